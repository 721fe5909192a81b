"""What the inputs and outputs of a spec are for, as an estimator sees them: rows, targets, weights, scores."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ...compiler.graph.class_labels import judges
from ...compiler.graph.class_scores import held_against_classes, is_share, squashing
from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import Spec
from ...compiler.ops.arrangement.shaping import IDENTITY
from ...compiler.shape import Linear, Size


class Roles(NamedTuple):
    """The input that takes rows, that of targets, that of weights (None: there is none), and the output.

    Of a classifier the output has a score for each of `classes`, or for two of them one (`classes` is None), and
    `squash` names the operation that makes probabilities of these; it is empty where none does.
    """

    x: str
    t: str
    weight: str | None
    output: str
    classes: Size | None = None
    squash: str = ""


def roles_of(spec: Spec, *, classifies: bool) -> Roles:
    """Raises ValueError, which says what the spec lacks for an estimator."""
    if spec.train is None:
        raise ValueError("the spec has no train section, so it can't be fitted")
    graph, minimised = spec.full, spec.train.minimize
    trained, shown = graph.ancestors([minimised]), graph.ancestors(spec.graph.outputs)
    inputs = {path: each.index for path, each in graph.inputs.items() if graph.nodes[each.index].type.shape}
    x = _only([path for path, index in inputs.items() if shown[index] and trained[index]], "rows")
    others = [path for path, index in inputs.items() if trained[index] and not shown[index]]
    counting = {graph.nodes[node.inputs[-1]].path for node in graph.nodes if node.slots[-1:] == ("weight",)}
    weight = next((path for path in others if path in counting), None)
    targets = [path for path in others if path != weight]
    if not classifies:
        t = _only([path for path in targets if graph.nodes[inputs[path]].type.kind == "real"], "targets, of reals")
        return Roles(x, t, weight, _name(spec.graph, _output(spec.graph, _compared(graph, t))))
    judged = {judge.path: judge for judge in judges(graph) if trained[judge.node] and not judge.indices}
    for path in targets:
        if path in judged:
            index, squash = _telling(spec, held_against_classes(graph)[judged[path].node])
            return Roles(x, path, weight, _name(spec.graph, index), judged[path].classes, squash)
    t = _only(targets, "class numbers")
    taking = (node for node in graph.nodes if node.operation.values.probabilities and inputs[t] in node.inputs)
    index, squash = _telling(spec, [node.inputs[0] for node in taking][:1])
    return Roles(x, t, weight, _name(spec.graph, index), None, squash)


def open_size(size: Size | None) -> str | None:
    """The dim that a size is; None where it is a number, or computed of dims."""
    if isinstance(size, Linear) and size == Linear(((size.terms[0][0], 1),)):
        return size.terms[0][0]
    return None


def _telling(spec: Spec, scores: Sequence[int]) -> tuple[int, str]:
    """The output that tells classes, scores or made of them, and the name of what makes probabilities of it."""
    graph, squashed = spec.graph, squashing(spec.full, spec.graph.outputs)
    made = [
        index
        for index in squashed
        if any(index in graph.nodes[each].inputs or each in graph.nodes[index].inputs for each in scores)
    ]
    index = _output(graph, (*scores, *made))
    squash = squashed.get(index) or (IDENTITY if is_share(spec.full, index) else None)
    return index, squash.name if squash is not None else ""


def _compared(graph: Graph, t: str) -> list[int]:
    """What stands beside the targets where something takes them."""
    target = graph.inputs[t].index
    return [operand for node in graph.nodes if target in node.inputs for operand in node.inputs if operand != target]


def _only(found: list[str], what: str) -> str:
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"`{name}`" for name in found) or "none"
    raise ValueError(f"an estimator needs a spec with one input for {what}; there are: {listed}")


def _output(graph: Graph, wanted: Collection[int]) -> int:
    """The output that is one of some nodes, else the only output. Raises ValueError where there are several."""
    for index in graph.outputs:
        if index in wanted:
            return index
    if len(graph.outputs) == 1:
        return graph.outputs[0]
    name = next((graph.nodes[index].path for index in wanted if graph.nodes[index].path), "...")
    raise ValueError(f"no output has what is compared with the targets: write `output {name}`")


def _name(graph: Graph, output: int) -> str:
    return graph.output_names[graph.outputs.index(output)]
