"""The reverse pass held against central differences."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..compiler.binding import bind_dims
from ..compiler.gradients import UPSTREAM, gradient_graph
from ..compiler.graph import Graph
from ..compiler.plan import Plan, plan
from .evaluate import Evaluator
from .execute import Array, Value, admit, execute
from .parameters import parameter_stream
from .threads import threads_for

STEP = 1e-4
RELATIVE = 1e-6
"""How far the two ways may be apart, as a share of the tensor's largest gradient."""
ROUNDING = 1e-11
"""And beside that, as a share of the value: what its rounding does to a difference."""
SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its index, its gradient by the reverse pass and by differences, and how far apart they may be."""

    index: tuple[int, ...]
    analytic: float
    numerical: float
    allowed: float

    @property
    def excess(self) -> float:
        """The distance of the two ways in units of what is allowed: at most 1 where they agree."""
        distance = abs(self.analytic - self.numerical)
        if distance <= self.allowed or self.analytic == self.numerical:
            return distance / self.allowed if self.allowed else 0.0
        return distance / self.allowed if self.allowed and math.isfinite(distance) else math.inf


@dataclass(frozen=True, slots=True)
class TensorCheck:
    """One input or param: elements in all, elements checked, those left out at a kink, the worst of the checked."""

    path: str
    size: int
    checked: int
    kinks: tuple[tuple[int, ...], ...]
    worst: Element | None

    @property
    def holds(self) -> bool:
        return self.worst is None or self.worst.excess <= 1


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """The gradients of one node, held against `evaluations` forward passes; both ways with their seconds."""

    of: str
    tensors: tuple[TensorCheck, ...]
    evaluations: int
    numerical_seconds: float
    backward_seconds: float

    @property
    def holds(self) -> bool:
        return all(tensor.holds for tensor in self.tensors)


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
    """Gradients of a node to every real input and param, against central differences of step 1e-4 in float64.

    `feeds` are inputs by path, defaults fill in the others. A node that is no scalar is weighted by random numbers
    between 1/2 and 3/2. Of each tensor `sample` elements are checked, None for all. Where the two ways are apart,
    differences of half the step say whether the step was too long. Raises SpecError for inputs that the node needs and
    lacks, and for values that do not fit.
    """
    Evaluator(dims or {}).evaluate(graph, [of], feeds, parameters)  # what is wrong with the inputs is its to tell
    with threads_for(_largest_product(feeds, parameters)):
        point = _Point(graph, of, feeds, parameters, dims or {}, seed)
        gradients, backward_seconds = point.gradients()
        began = time.perf_counter()
        tensors = tuple(_check(point, path, gradients[path], seed, sample) for path in point.paths)
        seconds = time.perf_counter() - began
    name = graph.nodes[of].path or graph.nodes[of].operation.name
    return GradientCheck(name, tensors, point.evaluations, seconds, backward_seconds)


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
        self.relus = [node.inputs[0] for node in used if node.operation.name == "relu"]
        self.plan: Plan = plan(graph, [of], self.dims, "float64", scalar=self.scalar)
        self.value, self.signs = self._at(self.values, None)
        shape = np.shape(self.value)
        self.weights = parameter_stream(seed, "gradcheck").uniform(0.5, 1.5, shape) if shape else None

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
    def rounding(self) -> float:
        """How far rounding alone may take a difference from the gradient."""
        return ROUNDING * abs(self._weighted(self.value))

    def sides(self, path: str, index: tuple[int, ...], step: float) -> tuple[float, bool]:
        """The central difference at one element, and whether a relu's operand changes its sign in between."""
        (above, upper, high), (below, lower, low) = (self._moved(path, index, by) for by in (step, -step))
        kink = any(not np.array_equal(a, b) for a, b in zip(upper, lower, strict=True))
        with np.errstate(all="ignore"):
            # The steps that were really taken: x + 1e-4 is rounded.
            return float(np.divide(self._weighted(above - below), high - low)), kink

    def _moved(self, path: str, index: tuple[int, ...], by: float) -> tuple[Array, list[Array], float]:
        whole = np.asarray(self.values[path], np.float64).copy()
        whole[index] += by
        moved: Value = float(whole) if self.scalar else whole
        value, signs = self._at({**self.values, path: moved}, path)
        return np.asarray(value), signs, float(whole[index])

    def _at(self, values: Mapping[str, Value], moved: str | None) -> tuple[Array, list[Array]]:
        self.evaluations += moved is not None
        slots = execute(self.plan, values)
        return np.asarray(slots[self.of]), [np.asarray(slots[number]) > 0 for number in self.relus]

    def _weighted(self, value: Array) -> float:
        with np.errstate(all="ignore"):
            return float(value) if self.weights is None else float(np.sum(self.weights * value))


def _leaves(
    graph: Graph, feeds: Mapping[str, object], parameters: Mapping[str, Array], *, scalar: bool
) -> dict[str, Value]:
    """Values of inputs and params, as far as they have one, in the form that plans compute on."""
    given: dict[str, object] = {path: each.default for path, each in graph.inputs.items() if each.default is not None}
    given |= {path: value for path, value in feeds.items() if path in graph.inputs}
    kinds = {path: graph.nodes[each.index].type.kind for path, each in graph.inputs.items()}
    values = {path: admit(value, kinds[path], "float64", scalar=scalar) for path, value in given.items()}
    return values | {path: admit(value, "real", "float64", scalar=scalar) for path, value in parameters.items()}


def _check(point: _Point, path: str, gradient: Array, seed: int, sample: int | None) -> TensorCheck:
    with np.errstate(all="ignore"):
        largest = float(np.max(np.abs(gradient), initial=0.0, where=np.isfinite(gradient)))
    allowed = RELATIVE * largest + point.rounding
    worst: Element | None = None
    kinks: list[tuple[int, ...]] = []
    chosen = _chosen(gradient.shape, path, seed, sample)
    for index in chosen:
        numerical, kink = point.sides(path, index, STEP)
        if kink:
            kinks.append(index)
            continue
        element = Element(index, float(gradient[index]), numerical, allowed)
        if element.excess > 1:
            element = _refined(point, path, element)
        if worst is None or element.excess > worst.excess:
            worst = element
    return TensorCheck(path, gradient.size, len(chosen) - len(kinks), tuple(kinks), worst)


def _refined(point: _Point, path: str, element: Element) -> Element:
    """The element by a difference whose error falls with the fourth power of the step (Richardson 1911).

    A function that bends much within the step is told apart from a wrong gradient by it.
    """
    halves = [point.sides(path, element.index, STEP / divisor)[0] for divisor in (1, 2)]
    numerical = (4 * halves[1] - halves[0]) / 3
    other = Element(element.index, element.analytic, numerical, element.allowed)
    return min(element, other, key=lambda each: each.excess)


def _chosen(shape: tuple[int, ...], path: str, seed: int, sample: int | None) -> Sequence[tuple[int, ...]]:
    size = math.prod(shape)
    numbers: Iterator[int] | range = range(size)
    if sample is not None and size > sample:
        numbers = iter(sorted(map(int, parameter_stream(seed, path).choice(size, sample, replace=False))))
    return [tuple(map(int, np.unravel_index(number, shape))) for number in numbers]
