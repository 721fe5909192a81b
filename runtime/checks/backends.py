"""What two backends make of the same nodes: each node of a step computed by both, of the same operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...compiler.derive.gradients import UPSTREAM, gradient_graph, paths_with_gradients
from ...compiler.derive.training import STEP_COUNT
from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import Precision, Spec
from ...compiler.lower.computation import UnboundSize, bound, needed
from ...compiler.lower.plan import plan
from ...compiler.targets.jax import Lowered
from ..arrays import Array, Value, rounded
from ..evaluate.execute import execute
from ..evaluate.parameters import initial_parameters
from ..evaluate.planner import Planner, unbound_error
from ..training.job import Job

ROUNDING: Mapping[str, float] = {"float64": 1e-12, "float32": 1e-5, "bfloat16": 2.0**-6}
"""How far apart values may be, as a share of what they are made of. A number of bfloat16 is rounded by up to 2^-9."""


class Differing(NamedTuple):
    """A node, by its index, and where its values are furthest apart: the place, numpy's value, JAX's, and `apart`, the
    difference as a share of the largest number that goes into it or comes out."""

    node: int
    place: tuple[int, ...]
    values: tuple[float, float]
    apart: float


@dataclass(frozen=True)
class BackendDifference:
    """How two backends compute the nodes of a graph: of each where its values are furthest apart.

    `first` is the first node whose values differ by more than rounding, None where none does.
    """

    graph: Graph
    each: tuple[Differing, ...]
    first: Differing | None

    @property
    def nodes(self) -> int:
        """How many nodes were computed."""
        return len(self.each)

    @property
    def largest(self) -> Differing | None:
        """Where they are furthest apart."""
        return max(self.each, key=lambda each: each.apart, default=None)

    def name(self, number: int) -> str:
        """What a node is called; those of a reverse pass by their operation."""
        node = self.graph.nodes[number]
        return node.path or node.operation.called


class Subject(NamedTuple):
    """A graph with what is wanted of it, and all that is fed, by path."""

    graph: Graph
    targets: tuple[int, ...]
    precision: Precision
    dims: Mapping[str, int]
    fed: Mapping[str, Value]
    mixed: bool = False
    """Whether JAX multiplies numbers of bfloat16."""


def step_subject(job: Job) -> Subject:
    """The first step of a training: forward pass, reverse pass, update."""
    training, section, minibatches = job.training, job.section, job.minibatches
    planner = Planner(training.graph, training.targets, section.precision, job.dims)
    rows = {} if job.data is None or minibatches is None else job.data.take(minibatches.at(0)).inputs
    inputs = planner.filled(planner.admitted(rows))
    initial = job.initial
    if initial is None:
        initial = initial_parameters(training.graph, job.dims, section.seed, section.precision)
    tables = (training.states, training.sums)
    zeros = {path: np.zeros_like(initial[each.parameter]) for table in tables for path, each in table.items()}
    numbers = {**training.rates, **dict.fromkeys((STEP_COUNT, *training.counts), 1.0)}
    dims = planner.dims(inputs, initial)
    fed = {**inputs, **initial, **zeros, **numbers}
    return Subject(training.graph, training.targets, section.precision, dims, fed, section.mixed)


def gradient_subject(
    spec: Spec, of: int, inputs: Mapping[str, object], held: Mapping[str, Array], precision: Precision
) -> Subject:
    """A node and its gradients, as `grad` gives them; what arrives at a tensor are ones."""
    graph = spec.differentiable
    made = gradient_graph(graph, of, paths_with_gradients(graph, of), upstream=bool(graph.nodes[of].type.shape))
    planner = Planner(made.graph, made.targets, precision, spec.known_dims)
    filled = planner.filled(planner.admitted(inputs))
    dims = planner.dims(filled, held)
    shape = [size for size in bound(graph, (of,), dims, precision).nodes[-1].type.shape if isinstance(size, int)]
    arriving = {UPSTREAM: np.ones(shape)} if made.upstream else {}
    return Subject(made.graph, made.targets, precision, dims, {**held, **filled, **arriving})


def compared(subject: Subject) -> BackendDifference:
    """Each node by numpy's plain executor, and by JAX of the same operands. Raises SpecError."""
    import jax  # it takes a second

    graph, targets, precision = subject.graph, subject.targets, subject.precision
    try:
        plain = plan(graph, targets, subject.dims, precision, scalar=False)
        computation = bound(graph, targets, subject.dims, precision)
    except UnboundSize as unbound:
        raise unbound_error(graph, unbound) from None
    kinds = {leaf.path: "int64" if leaf.kind == "int" else precision for leaf in plain.leaves}
    values = execute(plain, {path: rounded(subject.fed[path], kind) for path, kind in kinds.items()})
    numbers = needed(graph, targets)
    here = [np.asarray(values[number]) for number in numbers]
    lowered, functions = Lowered(computation, jax, subject.mixed), dict[tuple[object, ...], Any]()
    found = []
    for number, node, one in zip(numbers, computation.nodes, here, strict=True):
        if not node.inputs:
            continue
        operands = [_flushed(here[operand]) for operand in node.inputs]
        if any(each is not here[operand] for each, operand in zip(operands, node.inputs, strict=True)):
            run = (precision,) if node.operation.of_run else ()
            with np.errstate(all="ignore"):
                one = np.asarray(node.operation.forward(np, *operands, *node.attributes, *run))
        alike = (node.operation, node.attributes, *[(each.shape, each.dtype) for each in operands])
        if alike not in functions:  # copies of a layer are compiled once
            functions[alike] = jax.jit(partial(lowered.computed, node))
        with jax.enable_x64(True):
            other = np.asarray(functions[alike](operands))
        found.append(_furthest(number, operands, _flushed(one), _flushed(other)))
    rounding = ROUNDING["bfloat16" if subject.mixed else precision]
    first = next((each for each in found if not each.apart <= rounding), None)
    return BackendDifference(graph, tuple(found), first)


def _flushed(value: Array) -> Array:
    """A value with 0 for what is so small that processors may take it for 0, as XLA has them do; itself without any."""
    if value.dtype.kind != "f":
        return value
    tiny = (np.abs(value) < np.finfo(value.dtype).tiny) & (value != 0)
    return np.where(tiny, np.zeros((), value.dtype), value) if tiny.any() else value


def _furthest(number: int, operands: Sequence[Array], one: Array, other: Array) -> Differing:
    """Where two values of a node are furthest apart."""
    if not one.size:
        return Differing(number, (), (0.0, 0.0), 0.0)
    with np.errstate(all="ignore"):
        ours, theirs = (np.asarray(each, np.float64) for each in (one, other))
        apart = np.where((ours == theirs) | (np.isnan(ours) & np.isnan(theirs)), 0.0, np.abs(ours - theirs))
        apart = np.where(np.isnan(apart), np.inf, apart)
    place: tuple[Any, ...] = np.unravel_index(int(np.argmax(apart)), apart.shape)
    share = float(apart[place])
    if share:
        share /= max(_size(ours), *(_size(each) * max(1.0, each.size / one.size) ** 0.5 for each in operands))
    return Differing(number, tuple(map(int, place)), (float(ours[place]), float(theirs[place])), share)


def _size(value: Array) -> float:
    """The largest finite number; the smallest that there is where it is 0."""
    sizes = np.abs(np.asarray(value, np.float64))
    return float(np.max(sizes, where=np.isfinite(sizes), initial=np.finfo("float64").tiny))
