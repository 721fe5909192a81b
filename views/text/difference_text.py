"""What differs between two specs, as text and as JSON."""

from ...compiler.graph.diff import ChangedNode, Difference, LoneNode, Parameters
from ...compiler.graph.diff_sections import Change
from ...grammar.hidden import one_line
from .json_values import Json

LONGEST_VALUE = 60


def difference_text(found: Difference) -> str:
    """A sentence that sums it up, then a line for each node and setting that is otherwise."""
    lines = [_summary(found)]
    rows = [(f"~ {_both(node)}", "; ".join(map(_change, node.changes))) for node in found.changed]
    rows += [(f"- {node.path}", _lone(node)) for node in found.removed]
    rows += [(f"+ {node.path}", _lone(node)) for node in found.added]
    rows += [(f"= {before} -> {after}", "") for before, after in found.renamed]
    before, after = found.parameters
    if before != after:
        rows.append(("~ parameters", f"{_parameters(before)} -> {_parameters(after)}"))
    rows += [(f"~ {change.what}", f"{_cut(change.before)} -> {_cut(change.after)}") for change in found.settings]
    width = min(40, max((len(name) for name, rest in rows if rest), default=0))
    return "\n".join([*lines, *(f"{name:<{width}}  {rest}".rstrip() for name, rest in rows)])


def difference_document(found: Difference) -> dict[str, Json]:
    """The same as JSON: nodes by what became of them, settings, parameters before and after."""
    return {
        "same": found.alike,
        "same_graph": found.same_graph,
        "nodes": {
            "same": found.same,
            "renamed": [{"before": before, "after": after} for before, after in found.renamed],
            "changed": [
                {
                    "before": node.before,
                    "after": node.after,
                    "changes": [_change_document(change) for change in node.changes],
                }
                for node in found.changed
            ],
            "removed": [_lone_document(node) for node in found.removed],
            "added": [_lone_document(node) for node in found.added],
        },
        "parameters": [{"arrays": each.arrays, "elements": each.elements} for each in found.parameters],
        "settings": [_change_document(change) for change in found.settings],
    }


def _summary(found: Difference) -> str:
    if found.same_graph:
        nodes = _count(found.same, "node")
        named = f"; {_count(len(found.renamed), 'node')} called otherwise" if found.renamed else ""
        settings = f"; {_count(len(found.settings), 'setting')} changed" if found.settings else ""
        return f"the same graph: {nodes}{named}{settings}"
    parts = [
        (len(found.changed), "changed"),
        (len(found.removed), "removed"),
        (len(found.added), "added"),
        (found.same, "the same"),
    ]
    return "nodes: " + ", ".join(f"{count} {what}" for count, what in parts if count)


def _both(node: ChangedNode) -> str:
    return node.before if node.before == node.after else f"{node.before} -> {node.after}"


def _change(change: Change) -> str:
    return f"{change.what} {_cut(change.before)} -> {_cut(change.after)}"


def _lone(node: LoneNode) -> str:
    return f"{node.operation} {node.shape}" + (f" of {', '.join(node.inputs)}" if node.inputs else "")


def _parameters(parameters: Parameters) -> str:
    elements = "an open number of elements" if parameters.elements is None else _count(parameters.elements, "element")
    return f"{elements} in {_count(parameters.arrays, 'array')}"


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _cut(text: str) -> str:
    return one_line(text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}...")


def _change_document(change: Change) -> dict[str, Json]:
    return {"what": change.what, "before": change.before, "after": change.after}


def _lone_document(node: LoneNode) -> dict[str, Json]:
    return {"path": node.path, "operation": node.operation, "inputs": list(node.inputs), "shape": node.shape}
