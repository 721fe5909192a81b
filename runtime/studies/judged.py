"""What a spec judges its answers by: the node with the scores, and the target that they are held against."""

from collections.abc import Mapping
from typing import NamedTuple

from ...compiler.graph.graph import Graph, Node
from ...compiler.ops.measures.class_targets import is_column
from ...compiler.ops.measures.metric import THRESHOLD, row_count
from ...grammar.spec_error import SpecError
from ..plot_faults import NOTHING_TO_PLOT
from ..training.job import Job


class Judged(NamedTuple):
    """Scores and target, by index in the job's graph.

    `column`: one number for each row, which counts as class 1 above `threshold`; else a score for each class.
    """

    scores: int
    target: int
    column: bool
    threshold: float = 0.5


def judged(job: Job, kind: str) -> Judged:
    """What the first metric of classes judges, else the loss. Raises SpecError, which names the kind of plot."""
    graph, section = job.graph, job.section
    before = graph.ancestors([section.minimize])
    in_loss = [number for number in range(len(before) - 1, -1, -1) if before[number]]
    for number in (*section.matrices.values(), *section.metrics.values(), *in_loss):
        node = graph.nodes[number]
        if node.operation.judges_classes:
            scores, target = node.inputs[:2]
            return Judged(scores, target, _column(graph, scores, target), _threshold(node))
    span = section.spans.get("train")
    hint = "write a metric that judges classes: `metrics = [accuracy(y, t)]`"
    raise SpecError([NOTHING_TO_PLOT.at(span, kind=kind, reason="nothing here judges classes", hint=hint)])


def _threshold(node: Node) -> float:
    """Above which a metric counts a number as class 1."""
    named = zip(node.operation.attributes, node.attributes, strict=True)
    return next((float(value) for each, value in named if each is THRESHOLD), 0.5)  # type: ignore[arg-type]  # a number


def _column(graph: Graph, scores: int, target: int) -> bool:
    y, t = (graph.nodes[number].type for number in (scores, target))
    return is_column(y.shape, t.shape, row_count((y, t)))


def class_names(graph: Graph, target: int, classes: Mapping[str, tuple[str, ...]], count: int) -> tuple[str, ...]:
    """The names of the classes that a target counts; their numbers where they have none."""
    before = graph.ancestors([target])
    for path, names in classes.items():
        if path in graph.inputs and before[graph.inputs[path].index] and len(names) == count:
            return names
    return tuple(map(str, range(count)))
