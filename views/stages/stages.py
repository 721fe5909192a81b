"""What the compiler sees after each of its stages, as text."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ...compiler.derive.gradients import GradientGraph
from ...compiler.graph.graph import Graph
from ...compiler.lower.plan import Plan
from ...grammar.syntax import Module
from ..text.terminal import table
from .graph_text import graph_text


def syntax_text(module: Module) -> str:
    """The syntax of a file as an indented tree: a line a value, with its place; deep nesting is ordinary."""
    lines = []
    pending: list[tuple[int, str, object]] = [(0, "", each) for each in reversed(module.statements)]
    while pending:
        depth, label, value = pending.pop()
        start = "  " * min(depth, 40) + label
        fields = getattr(value, "_fields", None)
        if fields is None:
            lines.append(f"{start}{value!r}")
            continue
        line, column = module.source.position(getattr(value, "start", 0))
        children = [(field, getattr(value, field)) for field in fields if field not in ("start", "stop")]
        plain = [f"{field}={each!r}" for field, each in children if isinstance(each, str | int | float) or each is None]
        lines.append(" ".join([f"{start}{type(value).__name__}", *plain]) + f"  # {line}:{column}")
        for field, each in reversed(children):
            if isinstance(each, tuple) and hasattr(each, "_fields"):
                pending.append((depth + 1, f"{field}: ", each))
            elif isinstance(each, tuple):
                pending += [(depth + 1, f"{field}: ", item) for item in reversed(each)]
    return "\n".join(lines) + "\n"


def shapes_text(graph: Graph) -> str:
    """Each node with its type."""
    rows = [
        (node.path or f"#{number}", str(node.type) if node.type.shape else node.type.kind, node.operation.name)
        for number, node in enumerate(graph.nodes)
    ]
    return table(("node", "type", "operation"), rows, left=3) + "\n"


def reverse_text(made: GradientGraph) -> str:
    """The graph with its reverse pass; gradients are `d_PATH`."""
    return graph_text(made.graph, {f"d_{path}": number for path, number in made.gradients.items()})


def steps_text(plan: Plan, graph: Graph) -> str:
    """The steps of a plan in order: what goes where."""

    def slot(number: int) -> str:
        path = graph.nodes[number].path if number < len(graph.nodes) else ""
        return f"{number}:{path}" if path else str(number)

    def rows() -> Iterator[tuple[str, ...]]:
        for leaf in plan.leaves:
            yield slot(leaf.slot), leaf.role, f"{leaf.kind} {list(leaf.shape)}"
        for number, value in plan.constants:
            yield slot(number), "constant", repr(value) if isinstance(value, int | float) else "literal"
        for step in plan.steps:
            extra = [str(value) for value in step.attributes]
            yield slot(step.slot), step.operation.name, ", ".join([*map(slot, step.inputs), *extra])

    form = "Python floats" if plan.scalar else f"numpy arrays of {plan.precision}"
    return f"# {len(plan.steps)} steps on {form}\n" + table(("slot", "operation", "operands"), rows(), left=3) + "\n"


STAGES: Mapping[str, str] = MappingProxyType(
    {
        "syntax": "the file as it was parsed",
        "graph": "the graph as flat text",
        "shapes": "the type of each node",
        "reverse": "the graph with its reverse pass, as flat text",
        "optimised": "what the passes leave of it, and of the update if it is trained, as flat text",
        "plan": "the order, and what lies where in memory",
        "python": "the code that is generated",
    }
)
"""Stages by name, in the order in which they follow each other."""
