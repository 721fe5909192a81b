"""What the inputs and outputs of a spec are for, as an estimator sees them: rows, targets, weights, scores."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from ...compiler.graph.class_labels import judges
from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import Spec
from ...compiler.shape import Linear, Size


class Roles(NamedTuple):
    """The input that takes rows, that of targets, that of weights (None: there is none), and the output.

    Of a classifier the output has a score for each of `classes`, or for two of them one (`classes` is None), unless
    these are probabilities already.
    """

    x: str
    t: str
    weight: str | None
    output: str
    classes: Size | None = None
    probable: bool = False


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
        return Roles(x, t, weight, _output(spec.graph, _compared(graph, t)))
    judged = {judge.path: judge.node for judge in judges(graph) if trained[judge.node] and not judge.indices}
    for path in targets:
        if path in judged:
            scores = graph.nodes[judged[path]].inputs[0]
            return _classifying(spec.graph, x, path, weight, scores, "softmax", graph.nodes[scores].type.shape[-1])
    t = _only(targets, "class numbers")
    scores = next((node.inputs[0] for node in graph.nodes if _judges_one(graph, t, node.inputs, node.slots)), -1)
    return _classifying(spec.graph, x, t, weight, scores, "sigmoid", None)


def open_size(size: Size | None) -> str | None:
    """The dim that a size is; None where it is a number, or computed of dims."""
    if isinstance(size, Linear) and size == Linear(((size.terms[0][0], 1),)):
        return size.terms[0][0]
    return None


def _classifying(
    graph: Graph, x: str, t: str, weight: str | None, scores: int, squashed: str, classes: Size | None
) -> Roles:
    probable = [
        index
        for index in graph.outputs
        if graph.nodes[index].operation.name == squashed and scores in graph.nodes[index].inputs
    ]
    output = _output(graph, (scores, *probable))
    return Roles(x, t, weight, output, classes, scores not in graph.outputs)


def _judges_one(graph: Graph, t: str, operands: Iterable[int], slots: tuple[str, ...]) -> bool:
    """Whether a node holds one score against the targets, as sigmoid_loss does."""
    return slots[:2] == ("scores", "t") and graph.inputs[t].index in operands


def _compared(graph: Graph, t: str) -> list[int]:
    """What stands beside the targets where something takes them."""
    target = graph.inputs[t].index
    return [operand for node in graph.nodes if target in node.inputs for operand in node.inputs if operand != target]


def _only(found: list[str], what: str) -> str:
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"`{name}`" for name in found) or "none"
    raise ValueError(f"an estimator needs a spec with one input for {what}; there are: {listed}")


def _output(graph: Graph, wanted: Collection[int]) -> str:
    """The output that is one of some nodes, else the only output. Raises ValueError where there are several."""
    for index, name in zip(graph.outputs, graph.output_names, strict=True):
        if index in wanted:
            return name
    if len(graph.outputs) == 1:
        return graph.output_names[0]
    name = next((graph.nodes[index].path for index in wanted if index >= 0 and graph.nodes[index].path), "...")
    raise ValueError(f"no output has what is compared with the targets: write `output {name}`")
