"""The reverse pass held against differences."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...compiler.derive.gradients import UPSTREAM, gradient_graph
from ...compiler.graph.bind_dims import bind_dims
from ...compiler.graph.graph import Graph, Node
from ...compiler.lower.computation import bound_attributes
from ...compiler.lower.plan import Leaf, Plan, plan
from ...grammar.diagnostic import Diagnostic
from ..arrays import Array, Value
from ..evaluate.door import Door
from ..evaluate.evaluate import Evaluator
from ..evaluate.execute import execute
from ..evaluate.first_nonfinite import first_nonfinite
from ..evaluate.parameters import parameter_stream
from ..steps.threads import threads_for
from .differences import Line, Sample

RELATIVE = 1e-6
"""How far the two ways may be apart, as a share of the gradient; and beside that, as far as the differences may err."""

CERTAIN = 1e-2
"""How far differences may err, as a share of the gradient, where they are to say something about it."""

SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its index, its gradient by the reverse pass and by differences, and how far these may err."""

    index: tuple[int, ...]
    analytic: float
    numerical: float
    error: float

    @property
    def allowed(self) -> float:
        """How far apart the two ways may be."""
        return RELATIVE * self.size + self.error

    @property
    def size(self) -> float:
        """That of the gradient, by whichever way it is larger."""
        return max((abs(each) for each in (self.analytic, self.numerical) if math.isfinite(each)), default=0.0)

    @property
    def excess(self) -> float:
        """The distance of the two ways in units of what is allowed: at most 1 where they agree."""
        if self.analytic == self.numerical:
            return 0.0
        distance = abs(self.analytic - self.numerical)
        return distance / self.allowed if self.allowed and math.isfinite(distance) else math.inf

    @property
    def certain(self) -> bool:
        """Whether the differences say something about this gradient."""
        return self.analytic == self.numerical or self.error <= CERTAIN * self.size or math.isnan(self.analytic)


@dataclass(frozen=True, slots=True)
class TensorCheck:
    """One input or param: elements in all, elements checked, those left out, the worst of the checked.

    Left out are `kinks`, at which every step crosses one, and those of which differences can't tell.
    """

    path: str
    size: int
    checked: int
    kinks: tuple[tuple[int, ...], ...]
    untold: tuple[tuple[int, ...], ...]
    worst: Element | None

    @property
    def holds(self) -> bool:
        return self.worst is None or self.worst.excess <= 1


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """The gradients of one node, held against `evaluations` forward passes; both ways with their seconds.

    Where the node itself is not `finite`, nothing is checked; `culprit` is then the first node that was not.
    """

    of: str
    finite: bool
    tensors: tuple[TensorCheck, ...]
    evaluations: int
    numerical_seconds: float
    backward_seconds: float
    culprit: tuple[Diagnostic, ...] = ()

    @property
    def holds(self) -> bool:
        return self.finite and all(tensor.holds for tensor in self.tensors)


def check_gradients(
    graph: Graph,
    of: int,
    feeds: Mapping[str, object],
    parameters: Mapping[str, Array],
    *,
    dims: Mapping[str, int] | None = None,
    seed: int = 0,
    sample: int | None = SAMPLE,
) -> GradientCheck:
    """Gradients of a node to every real input and param, against differences in float64.

    `feeds` are inputs by path, defaults fill in the others. A node that is no scalar is weighted by random numbers
    between 1/2 and 3/2. Of each tensor `sample` elements are checked, None for all. The first step is a ten-thousandth
    of the element, or of 1; where the two ways are then apart, others say whether it was too long or too short.
    Raises SpecError for inputs that the node needs and lacks, and for values that do not fit.
    """
    values = Evaluator(dims or {}).evaluate(graph, [of], feeds, parameters)  # it tells what is wrong with the inputs
    with threads_for(_largest_product(feeds, parameters)):
        point = _Point(graph, of, feeds, parameters, dims or {}, seed)
        gradients, backward_seconds = point.gradients()
        began = time.perf_counter()
        tensors = tuple(_check(point, path, gradients[path], seed, sample) for path in point.paths if point.finite)
        seconds = time.perf_counter() - began
    name = graph.nodes[of].path or graph.nodes[of].operation.called
    culprit = first_nonfinite(graph, values.slots, [of])
    return GradientCheck(name, point.finite, tensors, point.evaluations, seconds, backward_seconds, culprit)


def _largest_product(feeds: Mapping[str, object], parameters: Mapping[str, Array]) -> float:
    """Floating-point operations of the largest matrix product, as the shapes of rows and parameters let on."""
    arrays = [np.asarray(value) for value in feeds.values()]
    rows = max((len(array) for array in arrays if array.ndim), default=1)
    return 2.0 * rows * max((value.size for value in parameters.values() if value.ndim > 1), default=0)


class _Point:
    """Where the gradients are checked: values of all leaves, and the function of them."""

    def __init__(
        self,
        graph: Graph,
        of: int,
        feeds: Mapping[str, object],
        parameters: Mapping[str, Array],
        dims: Mapping[str, int],
        seed: int,
    ) -> None:
        self.graph = graph
        self.of = of
        self.scalar = graph.scalar
        self.evaluations = 0
        needed = graph.ancestors([of])
        self.values = _leaves(graph, feeds, parameters, scalar=self.scalar)
        self.paths = [
            path
            for path in (*graph.inputs, *graph.params)
            if path in self.values and graph.nodes[graph.index[path]].type.kind == "real" and needed[graph.index[path]]
        ]
        shapes = {path: np.shape(value) for path, value in self.values.items()}
        self.dims = bind_dims(graph, shapes, dims)
        used = (node for number, node in enumerate(graph.nodes) if needed[number])
        self.kinked = [node for node in used if node.operation.values.side is not None]
        self.plan: Plan = plan(graph, [of], self.dims, "float64", scalar=self.scalar)
        self.fixed: dict[str, Value] = {}
        """What is held, by the paths of the leaves that stand for it."""
        self._hold()
        self.value, _ = self._at(self.values)
        shape = np.shape(self.value)
        self.weights = parameter_stream(seed, "gradcheck").uniform(0.5, 1.5, shape) if shape else None

    def _hold(self) -> None:
        """Feeds nodes that derivatives take for constants with their values here, so that differences do so too."""
        held = {step.slot for step in self.plan.steps if step.operation.values.held}
        if not held:
            return
        slots = execute(self.plan, self.values)
        values = {slot: value for slot in held if (value := slots[slot]) is not None}
        leaves = [
            Leaf(slot, "held", f"held {slot}", self.graph.nodes[slot].type.kind, np.shape(value))
            for slot, value in values.items()
        ]
        steps = tuple(step for step in self.plan.steps if step.slot not in held)
        self.plan = self.plan._replace(leaves=(*self.plan.leaves, *leaves), steps=steps)
        self.fixed = {leaf.path: values[leaf.slot] for leaf in leaves}

    def gradients(self) -> tuple[dict[str, Array], float]:
        """What the reverse pass says, and the seconds that it took, after a first pass to warm up."""
        upstream = self.weights is not None
        made = gradient_graph(self.graph, self.of, self.paths, upstream=upstream)
        feeds = dict(self.values)
        if self.weights is not None:
            feeds[UPSTREAM] = self.weights
        steps = plan(made.graph, made.targets, self.dims, "float64", scalar=self.scalar)
        execute(steps, feeds)
        began = time.perf_counter()
        values = execute(steps, feeds)
        seconds = time.perf_counter() - began
        return {path: np.asarray(values[number], np.float64) for path, number in made.gradients.items()}, seconds

    @property
    def finite(self) -> bool:
        """Whether the value itself is."""
        return bool(np.all(np.isfinite(self.value)))

    def line(self, path: str, index: tuple[int, ...]) -> Line:
        """The function along one element."""
        whole = np.asarray(self.values[path], np.float64)
        here = Sample(float(whole[index]), np.asarray(self.value), ())
        return Line(lambda by: self._moved(path, index, by), here, self.weights)

    def _moved(self, path: str, index: tuple[int, ...], by: float) -> Sample:
        whole = np.asarray(self.values[path], np.float64).copy()
        with np.errstate(all="ignore"):
            whole[index] += by
        self.evaluations += 1
        return Sample(float(whole[index]), *self._at({**self.values, path: float(whole) if self.scalar else whole}))

    def _at(self, values: Mapping[str, Value]) -> tuple[Array, tuple[Array, ...]]:
        slots = execute(self.plan, {**values, **self.fixed})
        with np.errstate(all="ignore"):
            return np.asarray(slots[self.of]), tuple(self._side(node, slots) for node in self.kinked)

    def _side(self, node: Node, slots: Sequence[Value | None]) -> Array:
        """On which side of its kinks each element of a node stands."""
        assert node.operation.values.side is not None  # only such are asked
        operands = [np.asarray(slots[operand]) for operand in node.inputs]
        return np.asarray(node.operation.values.side(np, *operands, *bound_attributes(node, self.dims)))


def _leaves(
    graph: Graph, feeds: Mapping[str, object], parameters: Mapping[str, Array], *, scalar: bool
) -> dict[str, Value]:
    """Values of inputs and params, as far as they have one, in the form that plans compute on."""
    given: dict[str, object] = {path: each.default for path, each in graph.inputs.items() if each.default is not None}
    given |= {path: value for path, value in feeds.items() if path in graph.inputs}
    return Door(graph, "float64", scalar=scalar).take({**given, **parameters}, leaves=True)


def _check(point: _Point, path: str, gradient: Array, seed: int, sample: int | None) -> TensorCheck:
    checked = 0
    worst: Element | None = None
    kinks: list[tuple[int, ...]] = []
    untold: list[tuple[int, ...]] = []
    for index in _chosen(gradient.shape, path, seed, sample):
        element = _element(point.line(path, index), index, float(gradient[index]))
        if element is None:
            kinks.append(index)
        elif not element.certain:
            untold.append(index)
        else:
            checked += 1
            if worst is None or element.excess > worst.excess:
                worst = element
    return TensorCheck(path, gradient.size, checked, tuple(kinks), tuple(untold), worst)


def _element(line: Line, index: tuple[int, ...], analytic: float) -> Element | None:
    """An element by the first step where that settles it, else by the step with the least error.

    None where every step crosses a kink.
    """
    first, *others = line.steps()
    slope = line.slope(first)
    if slope is not None:
        element = Element(index, analytic, slope.value, slope.error)
        if element.certain and element.excess <= 1:
            return element
    best, doubt = None, math.inf
    for step in (first, *others) if slope is not None else others:
        if (slope := line.refined(step)) is None:
            continue
        element = Element(index, analytic, slope.value, slope.error)
        if best is None or slope.doubt < doubt:
            best, doubt = element, slope.doubt
        if doubt <= RELATIVE:
            break
    return best


def _chosen(shape: tuple[int, ...], path: str, seed: int, sample: int | None) -> Sequence[tuple[int, ...]]:
    size = math.prod(shape)
    numbers: Iterator[int] | range = range(size)
    if sample is not None and size > sample:
        numbers = iter(sorted(map(int, parameter_stream(seed, path).choice(size, sample, replace=False))))
    return [tuple(map(int, np.unravel_index(number, shape))) for number in numbers]
