"""The confusion matrix of a model: which classes it takes for which."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...compiler.graph.graph import GraphBuilder
from ...compiler.ops.measures.confusion import CONFUSION
from ..arrays import Array
from ..evaluate.metrics import Metrics
from ..training.job import Job
from .judged import class_names, judged
from .sides import Side, side_of


@dataclass(frozen=True, eq=False)
class Confusion:
    """Counts [C, C] of rows: a line for each true class, a column for each class that the model gives.

    `rows` says of which: those to train on, to validate on, or to test on.
    """

    rows: Side
    classes: tuple[str, ...]
    matrix: Array

    @property
    def right(self) -> int:
        """Rows that are given their class."""
        return int(np.trace(self.matrix))

    @property
    def count(self) -> int:
        """All rows."""
        return int(self.matrix.sum())


def confusion(
    job: Job, parameters: Mapping[str, Array], classes: Mapping[str, tuple[str, ...]], rows: Side | None = None
) -> Confusion:
    """Counts over the test rows if there are any, else those to validate on, else the train rows, unless `rows` says
    which. Raises SpecError."""
    found = judged(job, "confusion")
    side = side_of(job, "confusion", rows)
    held = job.sides[side]
    graph = job.graph
    builder = GraphBuilder(graph.nodes)
    index = builder.append(CONFUSION, (found.scores, found.target), (found.threshold, None))
    counted = Metrics(graph.extended(builder.nodes[len(graph.nodes) :]), {"confusion": index}, job.precision, job.dims)
    inputs, count = (held.inputs, held.rows) if held is not None else ({}, 1)
    matrix = np.rint(counted.arrays_over(inputs, count, parameters)["confusion"]).astype(np.int64)
    return Confusion(side, class_names(graph, found.target, classes, len(matrix)), matrix)
