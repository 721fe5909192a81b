"""Initial parameters: each from a random stream of its own, so that adding one leaves the others as they were."""

import hashlib
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from ...compiler.chosen_limits import limits_from
from ...compiler.graph.bind_dims import with_sizes_from
from ...compiler.graph.graph import Graph, Literal
from ...compiler.graph.signatures import Invocation
from ...compiler.graph.spec import Precision
from ...compiler.lower.computation import UnboundSize
from ...compiler.shape import Linear, Shape, bind_shape
from ...grammar.spec_error import SpecError
from ..arrays import Array, rounded
from ..data.foreign import plain
from ..data.stored import StoredArray
from ..training_faults import TOO_MANY_PARAMETERS
from .planner import unbound_error

Draw: TypeAlias = Callable[[np.random.Generator, tuple[int, ...], Invocation], Array]


def parameter_stream(seed: int, path: str) -> np.random.Generator:
    """The random stream of one parameter: a function of the seed and the path alone."""
    words = np.frombuffer(hashlib.sha256(path.encode("utf-8")).digest(), "<u4")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *map(int, words)])))


def initial_parameters(
    graph: Graph, dims: Mapping[str, int], seed: int, precision: Precision, limit: int | None = None
) -> dict[str, Array]:
    """Every parameter and state of a graph by path, drawn in float64 and rounded once.

    `limit` is how many bytes all together may take, None for what the environment says. Raises SpecError for a shape
    whose dims have no size, and where they take more.
    """
    try:
        shapes = {path: _bound(graph.nodes[each.index].type.shape, dims, path) for path, each in graph.held.items()}
    except UnboundSize as unbound:
        raise unbound_error(graph, unbound) from None
    most = limits_from().graph.parameter_bytes if limit is None else limit
    _within(most, graph, shapes, np.dtype(precision).itemsize)
    parameters: dict[str, Array] = {}
    for path, each in graph.held.items():
        parameters[path] = _begun(path, each.initial, parameters, shapes[path], seed, precision)
    return parameters


def _begun(
    path: str,
    initial: Invocation | Literal | str,
    others: Mapping[str, Array],
    shape: tuple[int, ...],
    seed: int,
    precision: Precision,
) -> Array:
    """One parameter or state as it starts, which may be a copy of one of the `others`."""
    if isinstance(initial, str):
        return others[initial].copy()
    if isinstance(initial, Invocation):
        with np.errstate(all="ignore"):  # what starts from infinity is told where it is computed with
            drawn = INITIALISERS[initial.name](parameter_stream(seed, path), shape, initial)
        return np.require(rounded(drawn, precision), None, ("C", "W"))
    return np.full(shape, rounded(np.asarray(initial, "float64"), precision))


def as_they_start(graph: Graph, held: Mapping[str, Array], seed: int, precision: Precision) -> dict[str, Array]:
    """Every parameter and state, in the shapes that they have, as the spec's initialisers and seed give them."""
    made: dict[str, Array] = {}
    for path, each in graph.held.items():
        made[path] = _begun(path, each.initial, made, held[path].shape, seed, precision)
    return made


def with_states(graph: Graph, parameters: Mapping[str, Array], known: Mapping[str, int], seed: int) -> dict[str, Array]:
    """Parameters with the states that are not among them, as these start: a copy is one of the parameter given here.

    `known` are dims that have a size. Raises SpecError for a state whose dims get none.
    """
    lacking = {path: each for path, each in graph.states.items() if path not in parameters}
    if not lacking:
        return dict(parameters)
    dims = with_sizes_from(graph, {path: array.shape for path, array in parameters.items()}, known)
    precision: Precision = "float32" if all(each.dtype == np.float32 for each in parameters.values()) else "float64"
    made = dict(parameters)
    try:
        for path, each in lacking.items():
            shape = _bound(graph.nodes[each.index].type.shape, dims, path)
            made[path] = _begun(path, each.initial, made, shape, seed, precision)
    except UnboundSize as unbound:
        raise unbound_error(graph, unbound) from None
    return made


def parameters_for(
    graph: Graph,
    feeds: Mapping[str, object],
    row: Callable[[], Mapping[str, Array]],
    known: Mapping[str, int],
    seed: int,
    precision: Precision,
) -> dict[str, Array]:
    """The parameters as the spec's initialisers and seed give them; open dims have their sizes from the inputs.

    Of an input that is fed, that comes with the data, and that has a default, the first of these shapes counts;
    whether they agree is for those who compute with them to say. `row` gives a row of the data, which are read only
    where a parameter's shape has a dim that they may give a size. Raises SpecError.
    """
    fed = {path: _given_shape(graph, path, value) for path, value in feeds.items() if path in graph.inputs}
    open_dims = any(
        not isinstance(size, int) for each in graph.held.values() for size in graph.nodes[each.index].type.shape
    )
    rows = {path: array.shape for path, array in row().items()} if open_dims else {}
    defaults = {path: np.shape(i.default) for path, i in graph.inputs.items() if i.default is not None}
    dims = dict(known)
    for shapes in (fed, rows, defaults):
        dims = with_sizes_from(graph, shapes, dims)
    return initial_parameters(graph, dims, seed, precision)


def _given_shape(graph: Graph, path: str, value: object) -> tuple[int, ...]:
    """The shape of what is given for an input. Raises SpecError where it is no array."""
    span = graph.nodes[graph.inputs[path].index].span
    return value.shape if isinstance(value, StoredArray) else plain(path, value, span).shape


def _bound(shape: Shape, dims: Mapping[str, int], path: str) -> tuple[int, ...]:
    sizes: list[int] = []
    for size in bind_shape(shape, dims):
        if isinstance(size, Linear):
            raise UnboundSize(size.terms[0][0], path)
        sizes.append(size)
    return tuple(sizes)


def _within(limit: int, graph: Graph, shapes: Mapping[str, tuple[int, ...]], itemsize: int) -> None:
    total = 0
    for path, shape in shapes.items():
        total += math.prod(shape) * itemsize
        if total > limit:
            span = graph.nodes[graph.held[path].index].span
            raise SpecError([TOO_MANY_PARAMETERS.at(span, path=path, total=f"{total:,}", limit=f"{limit:,}")])


def _fan(shape: tuple[int, ...], call: Invocation, name: str = "fan", axis: int = 0) -> int:
    """How many values feed one unit: what the call says, or the size of an axis; 1 for a scalar."""
    if call.arguments.get(name) is not None:
        return call.integer(name)
    return max(1, shape[axis]) if shape else 1


def _normal(stream: np.random.Generator, shape: tuple[int, ...], call: Invocation) -> Array:
    return call.number("mean") + call.number("std") * stream.standard_normal(shape)


def _uniform(stream: np.random.Generator, shape: tuple[int, ...], call: Invocation) -> Array:
    low, high = call.number("low"), call.number("high")
    return low + (high - low) * stream.random(shape)


def _he(stream: np.random.Generator, shape: tuple[int, ...], call: Invocation) -> Array:
    return math.sqrt(2 / _fan(shape, call)) * stream.standard_normal(shape)


def _xavier(stream: np.random.Generator, shape: tuple[int, ...], call: Invocation) -> Array:
    return math.sqrt(1 / _fan(shape, call)) * stream.standard_normal(shape)


def _lecun(stream: np.random.Generator, shape: tuple[int, ...], call: Invocation) -> Array:
    return math.sqrt(3 / _fan(shape, call)) * (2 * stream.random(shape) - 1)


def _glorot(stream: np.random.Generator, shape: tuple[int, ...], call: Invocation) -> Array:
    both = _fan(shape, call, "fan_in") + _fan(shape, call, "fan_out", -1)
    return math.sqrt(2 / both) * stream.standard_normal(shape)


INITIALISERS: Mapping[str, Draw] = MappingProxyType(
    {
        "zeros": lambda stream, shape, call: np.zeros(shape),
        "ones": lambda stream, shape, call: np.ones(shape),
        "normal": _normal,
        "uniform": _uniform,
        "he": _he,
        "xavier": _xavier,
        "lecun": _lecun,
        "glorot": _glorot,
    }
)
