"""Values of hidden layers, and the gradients that reach them, at moments of a training: where they vanish, it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...compiler.derive.reverse import differentiate
from ...compiler.graph.graph import GraphBuilder
from ...grammar.spec_error import SpecError
from ..arrays import Array
from ..evaluate.execute import execute
from ..evaluate.planner import Planner
from ..plot_faults import NOTHING_TO_PLOT
from ..training.health import sample
from ..training.job import Job
from ..training.replay import replay, same_end, spread
from ..training.train import Training
from ..training.watched_layers import layers_of, node_name

MOMENTS = 7
"""Moments that are looked at."""

MOST_LAYERS = 8
"""Layers that are looked at; of more, some evenly out of all."""

MOST_VALUES = 20_000
"""Values that are kept of a layer at a moment; of more, some evenly out of all."""


class Moment(NamedTuple):
    """A step, and by layer the values over some rows and the loss's gradients with respect to them, both flat."""

    step: int
    values: tuple[Array, ...]
    gradients: tuple[Array, ...]


@dataclass(frozen=True, eq=False)
class Activations:
    """Moments of a training; `layers` are names of hidden activations in the order of the graph.

    `rows` is how many rows the values are over, None without data; `same` whether the training came to the
    model's parameters.
    """

    layers: tuple[str, ...]
    operations: tuple[str, ...]
    rows: int | None
    moments: tuple[Moment, ...]
    same: bool


def activations(job: Job, parameters: Mapping[str, Array], trained: int) -> Activations:
    """Trains again, up to the model's step (0: to the end), and looks at hidden layers on the way. Raises SpecError."""
    graph = job.training.graph
    nodes = hidden_activations(job)
    if not nodes:
        where = job.section.spans.get("train")
        reason = "no relu, sigmoid or tanh leads to a later weight"
        raise SpecError([NOTHING_TO_PLOT.at(where, kind="activations", reason=reason)])
    watch = LayerWatch(job, nodes)
    training = replay(job, trained, spread(trained or job.steps, MOMENTS), watch.look)
    names = tuple(node_name(graph, number) for number in nodes)
    operations = tuple(graph.nodes[number].operation.name for number in nodes)
    return Activations(names, operations, watch.rows, tuple(watch.moments), same_end(training, parameters, trained))


def hidden_activations(job: Job) -> list[int]:
    """The nodes that are looked at, in the order of the training's graph; none where nothing squashes."""
    layers = layers_of(job.training)
    return _some(sorted(step for steps in layers.steps.values() for step in steps))


def _some(nodes: Sequence[int]) -> list[int]:
    if len(nodes) <= MOST_LAYERS:
        return list(nodes)
    return [nodes[number * (len(nodes) - 1) // (MOST_LAYERS - 1)] for number in range(MOST_LAYERS)]


class LayerWatch:
    """Takes the values of some nodes, and the gradients with respect to them."""

    def __init__(self, job: Job, nodes: Sequence[int]) -> None:
        graph = job.training.graph
        builder = GraphBuilder(graph.nodes)
        gradients = differentiate(builder, job.training.loss, nodes)
        self._nodes = tuple(nodes)
        self._gradients = tuple(gradients[number] for number in nodes)
        whole = graph.extended(builder.nodes[len(graph.nodes) :])
        self._planner = Planner(whole, (*self._nodes, *self._gradients), job.precision, job.dims)
        self._sample = sample(job)
        self.rows = len(next(iter(self._sample.values()))) if self._sample else None
        self.moments: list[Moment] = []

    def look(self, training: Training) -> None:
        """Notes one moment; changes nothing."""
        self.moments.append(self.at(training))

    def at(self, training: Training) -> Moment:
        """What the nodes are at this moment."""
        planner = self._planner
        inputs = planner.filled(planner.admitted(self._sample))
        held = training.trainer.held
        values = execute(planner.plan(inputs, held), {**inputs, **planner.fed(held)})
        kept, sent = (
            tuple(_flat(np.asarray(values[n])) for n in numbers) for numbers in (self._nodes, self._gradients)
        )
        return Moment(training.step, kept, sent)


def _flat(value: Array) -> Array:
    flat = np.array(value, np.float64).ravel()
    return flat[:: -(-flat.size // MOST_VALUES)] if flat.size > MOST_VALUES else flat
