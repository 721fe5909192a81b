"""max_pool and mean_pool, made of the same with rows last, where rows lie side by side.

Over 300 lines: records, each with all that is known of an operation.
"""

from collections.abc import Iterator, Sequence
from math import inf, prod
from typing import Any, NamedTuple

from ...shape import Clash, Shape, Type
from ..attribute import Attribute, Attributes, AttributeValue
from ..builder import Builder
from ..emitter import Buffer, Emitter
from ..facts import Advice, Array, Axes, Rows, Types, Values, elements
from ..forms import windows as forms_of
from ..forms.c import windows as c_windows
from ..forms.numpy_form import NumpyForm
from ..forms.onnx import windows as onnx_windows
from ..forms.torch import windows as torch_windows
from ..operation import Namespace, Operation, Reference, Trial
from ..reductions.reduction import MEAN
from .convolution import rows_first, rows_last
from .geometry import Numbers, Sides, Windows, each_axis, offsets, space_of, windows


class _Place(NamedTuple):
    """One place in a window: the windows that have it within x, and where it lies in x, along each axis of space."""

    counts: tuple[slice, ...]
    own: tuple[slice, ...]


def _places(space: Numbers, size: Numbers, stride: Numbers, sides: Sides) -> Iterator[_Place]:
    """The places in a window, in order, those without any element of x left out."""
    for offset in offsets(size):
        windows_, own = [], []
        for axis, place in enumerate(offset):
            by, before = stride[axis], sides[axis][0]
            whole = (space[axis] + sum(sides[axis]) - size[axis]) // by + 1
            first = max(0, -(-(before - place) // by))
            last = min(whole - 1, (space[axis] - 1 + before - place) // by)
            if last < first:
                break
            begin = first * by + place - before
            windows_.append(slice(first, last + 1))
            own.append(slice(begin, begin + (last - first) * by + 1, by))
        else:
            yield _Place((slice(None), *windows_), (slice(None), *own))


def _part(emit: Emitter, whole: Buffer, places: tuple[slice, ...]) -> Buffer:
    """That part of a buffer [C, ...space, N]."""
    start = tuple(each.start or 0 for each in places)
    step = tuple(each.step or 1 for each in places)
    stops = (whole.shape[axis] if each.stop is None else each.stop for axis, each in enumerate(places))
    count = tuple(-(-(stop - first) // by) for stop, first, by in zip(stops, start, step, strict=True))
    rest = whole.shape[len(places) :]
    return emit.view(whole, "part", (*start, *(0,) * len(rest)), (*count, *rest), (*step, *(1,) * len(rest)))


def _pooled_type(name: str, x: Type, size: Numbers, stride: Numbers, sides: Sides) -> Type:
    space = tuple([each for each in x.shape[1:-1] if isinstance(each, int)])
    if len(space) != len(size):
        raise Clash(f"{name}: the sizes of space must be numbers")
    found = windows(name, space, size, stride, sides, 1)
    return Type("real", (x.shape[0], *found.counts, x.shape[-1]))


def _disjoint(size: Numbers, stride: Numbers) -> bool:
    return all(each <= by for each, by in zip(size, stride, strict=True))


def _rows_last(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    found = frozenset[int]().union(*over)
    return found & {-1}, bool(found - {-1})


def _changed(xp: Namespace, whole: Array, places: tuple[slice, ...], value: Array) -> Array:
    """The array with a value in a part of it; of numpy the same one."""
    if hasattr(whole, "at"):  # arrays of JAX do not change
        return value if value.shape == whole.shape else whole.at[places].set(value)
    whole[places] = value
    return whole


# --- the largest ------------------------------------------------------------------------------------------------


def _max_type(types: Types, size: Numbers, stride: Numbers, sides: Sides) -> Type:
    return _pooled_type("max_pool", types[0], size, stride, sides)


def _max(xp: Namespace, x: Array, size: Numbers, stride: Numbers, sides: Sides) -> Array:
    shape = _max_type((Type("real", x.shape),), size, stride, sides).shape
    found = xp.full(shape, -inf, x.dtype)
    for place in _places(x.shape[1:-1], size, stride, sides):
        found = _changed(xp, found, place.counts, xp.maximum(found[place.counts], x[place.own]))
    return found


def _max_into(emit: Emitter, out: Buffer, x: Buffer, size: Numbers, stride: Numbers, sides: Sides) -> None:
    emit.line(f"{emit.method(out, 'fill')}({emit.full(-inf, (), out.dtype)})")
    for place in _places(x.shape[1:-1], size, stride, sides):
        part = _part(emit, out, place.counts)
        emit.call("maximum", part, _part(emit, x, place.own), part)


def _max_side(xp: Namespace, x: Array, size: Numbers, stride: Numbers, sides: Sides) -> Array:
    """At which place of each window its largest element stands first."""
    found = _max(xp, x, size, stride, sides)
    at = xp.full(found.shape, -1)
    for number, place in enumerate(_places(x.shape[1:-1], size, stride, sides)):
        first = (x[place.own] == found[place.counts]) & (at[place.counts] < 0)
        at = _changed(xp, at, place.counts, xp.where(first, number, at[place.counts]))
    return at


def _given(size: Numbers, stride: Numbers, sides: Sides) -> dict[str, Any]:
    return {"size": size, "stride": stride, "sides": sides}


def _max_vjp(builder: Builder, g: Reference, x: Reference, output: Reference, *settings: Any) -> tuple[Reference]:
    return (builder.pool_max_gradient(g, x, output, **_given(*settings)),)


def _max_gradient(xp: Namespace, g: Array, x: Array, y: Array, size: Numbers, stride: Numbers, sides: Sides) -> Array:
    """g at the first place of each window where x is y."""
    whole, left = xp.zeros(x.shape, x.dtype), xp.array(g, copy=True)
    for place in _places(x.shape[1:-1], size, stride, sides):
        found = xp.where(x[place.own] == y[place.counts], left[place.counts], xp.zeros((), x.dtype))
        left = _changed(
            xp, left, place.counts, xp.where(x[place.own] == y[place.counts], xp.zeros((), x.dtype), left[place.counts])
        )
        value = found if _disjoint(size, stride) else whole[place.own] + found
        whole = _changed(xp, whole, place.own, value)
    return whole


def _max_gradient_into(
    emit: Emitter, out: Buffer, g: Buffer, x: Buffer, y: Buffer, size: Numbers, stride: Numbers, sides: Sides
) -> None:
    left, found, mask = emit.scratch(g.shape), emit.scratch(g.shape), emit.scratch(g.shape, "bool")
    left_bits, found_bits = emit.view(left, "bits"), emit.view(found, "bits")
    places = list(_places(x.shape[1:-1], size, stride, sides))
    emit.line(f"{emit.method(out, 'fill')}(0)")
    emit.copy(left, g)
    for number, place in enumerate(places):
        chosen, part = _part(emit, mask, place.counts), _part(emit, found, place.counts)
        emit.call("equal", _part(emit, x, place.own), _part(emit, y, place.counts), chosen)
        # As bits, so that what is not finite is all there or all gone.
        ours, theirs = _part(emit, found_bits, place.counts), _part(emit, left_bits, place.counts)
        emit.call("multiply", theirs, chosen, ours)
        own = _part(emit, out, place.own)
        if _disjoint(size, stride):
            emit.copy(own, part)
        else:
            emit.call("add", own, part, own)
        if number < len(places) - 1:
            emit.call("subtract", theirs, ours, theirs)


def _max_gradient_vjp(
    builder: Builder, gg: Reference, g: Reference, x: Reference, y: Reference, output: Reference, *settings: Any
) -> tuple[Reference, None, None]:
    return builder.pool_chosen(gg, x, y, **_given(*settings)), None, None


def _chosen(xp: Namespace, a: Array, x: Array, y: Array, size: Numbers, stride: Numbers, sides: Sides) -> Array:
    """a at the first place of each window where x is y."""
    found, taken = xp.zeros(y.shape, a.dtype), xp.zeros(y.shape, bool)
    for place in _places(x.shape[1:-1], size, stride, sides):
        first = (x[place.own] == y[place.counts]) & ~taken[place.counts]
        found = _changed(xp, found, place.counts, xp.where(first, a[place.own], found[place.counts]))
        taken = _changed(xp, taken, place.counts, taken[place.counts] | first)
    return found


def _chosen_vjp(
    builder: Builder, g: Reference, a: Reference, x: Reference, y: Reference, output: Reference, *settings: Any
) -> tuple[Reference, None, None]:
    return builder.pool_max_gradient(g, x, y, **_given(*settings)), None, None


# --- the mean ---------------------------------------------------------------------------------------------------


def _mean_type(types: Types, size: Numbers, stride: Numbers, sides: Sides) -> Type:
    return _pooled_type("mean_pool", types[0], size, stride, sides)


FEW = 16
"""Elements that are added one by one in the precision of the run; more are in float64."""


def _mean(xp: Namespace, x: Array, size: Numbers, stride: Numbers, sides: Sides) -> Array:
    if _is_one(x.shape, size, sides):
        lines = xp.reshape(x, (x.shape[0], prod(size), x.shape[-1]))
        return xp.reshape(MEAN.forward(xp, lines, 1), _around(x.shape))
    precision = x.dtype if prod(size) <= FEW else xp.result_type(float)
    total = xp.zeros(_mean_type((Type("real", x.shape),), size, stride, sides).shape, precision)
    for place in _places(x.shape[1:-1], size, stride, sides):
        total = _changed(xp, total, place.counts, total[place.counts] + x[place.own])
    return (total / prod(size)).astype(x.dtype)


def _mean_into(emit: Emitter, out: Buffer, x: Buffer, size: Numbers, stride: Numbers, sides: Sides) -> None:
    if _is_one(x.shape, size, sides):
        lines = emit.view(x, "reshape", (x.shape[0], prod(size), x.shape[-1]))
        assert MEAN.kernel is not None
        MEAN.kernel(emit, emit.view(out, "reshape", (x.shape[0], x.shape[-1])), lines, 1, False)
        return
    total = _sums(emit, out, prod(size))
    emit.line(f"{emit.method(total, 'fill')}(0)")
    for place in _places(x.shape[1:-1], size, stride, sides):
        part = _part(emit, total, place.counts)
        emit.call("add", part, _part(emit, x, place.own), part)
    emit.call("divide", total, emit.full(prod(size), (), total.dtype), total)
    if total is not out:
        emit.copy(out, total)


def _is_one(shape: Numbers, size: Numbers, sides: Sides) -> bool:
    """Whether there is one window, which is all of space."""
    return shape[1:-1] == size and not any(map(any, sides))


def _around(shape: Numbers) -> Numbers:
    """[C, ...space, N] with one place in space."""
    return (shape[0], *(1,) * (len(shape) - 2), shape[-1])


def _sums(emit: Emitter, out: Buffer, count: int) -> Buffer:
    """Where sums of so many elements are carried: the result's own memory, or a wider one of its shape."""
    return out if count <= FEW or out.dtype == "float64" else emit.scratch(out.shape, "float64")


def _mean_vjp(builder: Builder, g: Reference, x: Reference, output: Reference, *settings: Any) -> tuple[Reference]:
    space = tuple([size for size in builder.type(x).shape[1:-1] if isinstance(size, int)])
    return (builder.pool_mean_gradient(g, space=space, **_given(*settings)),)


def _spread_type(types: Types, space: Numbers, size: Numbers, stride: Numbers, sides: Sides) -> Type:
    first, *_, last = types[0].shape
    return Type("real", (first, *space, last))


def _spread(xp: Namespace, g: Array, space: Numbers, size: Numbers, stride: Numbers, sides: Sides) -> Array:
    if _is_one((1, *space, 1), size, sides):
        return xp.full((g.shape[0], *space, g.shape[-1]), (g / prod(size)).astype(g.dtype))
    precision = g.dtype if _most_windows(size, stride) <= FEW else xp.result_type(float)
    whole = xp.zeros((g.shape[0], *space, g.shape[-1]), precision)
    share = (g / prod(size)).astype(g.dtype)
    for place in _places(space, size, stride, sides):
        whole = _changed(xp, whole, place.own, whole[place.own] + share[place.counts])
    return whole.astype(g.dtype)


def _most_windows(size: Numbers, stride: Numbers) -> int:
    """How many windows an element may lie in."""
    return prod(-(-each // by) for each, by in zip(size, stride, strict=True))


def _spread_into(
    emit: Emitter, out: Buffer, g: Buffer, space: Numbers, size: Numbers, stride: Numbers, sides: Sides
) -> None:
    share = emit.scratch(g.shape)
    emit.call("divide", g, emit.full(prod(size), ()), share)
    if _is_one((1, *space, 1), size, sides):
        emit.copy(out, share)
        return
    whole = _sums(emit, out, _most_windows(size, stride))
    emit.line(f"{emit.method(whole, 'fill')}(0)")
    for place in _places(space, size, stride, sides):
        own = _part(emit, whole, place.own)
        emit.call("add", own, _part(emit, share, place.counts), own)
    if whole is not out:
        emit.copy(out, whole)


def _spread_vjp(
    builder: Builder, gg: Reference, g: Reference, output: Reference, space: Numbers, *settings: Any
) -> tuple[Reference]:
    return (builder.pool_mean(gg, **_given(*settings)),)


# --- as specs call them -----------------------------------------------------------------------------------------


def _settled(name: str, shape: Shape, size: AttributeValue, stride: AttributeValue, padding: AttributeValue) -> Windows:
    """The windows of a call. Raises Clash."""
    space = space_of(name, "x", shape)
    own = each_axis(name, "size", size, len(space), 1)
    found = windows(name, space, own, own if stride is None else stride, padding, 1)
    for axis, sides in enumerate(found.sides):
        if max(sides) >= own[axis]:
            raise Clash(
                f"{name}: padding {max(sides)} is not below the size of a window, {own[axis]}, so that a window might "
                "see no element"
            )
    return found


def _pool(name: str, pooled: str) -> Any:
    def define(
        builder: Builder, x: Reference, size: AttributeValue, stride: AttributeValue, padding: AttributeValue
    ) -> Reference:
        found = _settled(name, builder.type(x).shape, size, stride, padding)
        y = builder.make(pooled, (rows_last(builder, x),), (found.size, found.stride, found.sides))
        return rows_first(builder, y)

    return define


def _window_flops(types: Types, result: Type, attributes: Attributes) -> int:
    """One for each element of each window."""
    size = attributes[-3]
    assert isinstance(size, tuple)
    many = prod(each for each in size if isinstance(each, int))
    return many * min(elements(types[0]), elements(result))


def _pool_flops(types: Types, result: Type, attributes: Attributes) -> int:
    size, axes = attributes[0], len(result.shape) - 2
    return prod(each_axis("pool", "size", size, axes, 1)) * elements(result)


INNER = (
    Attribute("size", "list", required=True),
    Attribute("stride", "list", required=True),
    Attribute("sides", "list", required=True),
)
SETTINGS = (
    Attribute("size", ("integer", "list"), required=True),
    Attribute("stride", ("integer", "list")),
    Attribute("padding", ("integer", "text", "list"), 0, choices=("same", "valid")),
)
SPACES: tuple[tuple[tuple[int, ...], tuple[Numbers, Numbers, Sides]], ...] = (
    ((7, 6, 2), ((2,), (2,), ((0, 0),))),
    ((7, 4, 5, 2), ((2, 3), (2, 1), ((0, 1), (1, 1)))),
    ((7, 5, 5, 2), ((3, 3), (2, 2), ((1, 1), (1, 1)))),
    ((7, 4, 2, 4, 2), ((2, 2, 2), (2, 2, 2), ((0, 0), (0, 0), (0, 0)))),
)


def _pooled(x: tuple[int, ...], settings: tuple[Numbers, Numbers, Sides]) -> tuple[Any, ...]:
    return _max_type((Type("real", x),), *settings).shape


POOL_MAX = Operation(
    "pool-max",
    ("x",),
    "the largest in each window",
    "max_pool with rows last: [C, ...space, N].",
    infer=_max_type,
    forward=_max,
    kernel=_max_into,
    vjp=_max_vjp,
    attributes=INNER,
    flops=_window_flops,
    rows=Rows(_rows_last, same_bits=True, last=True),
    values=Values(passes_on="chosen", side=_max_side),
    c=c_windows.POOL_MAX,
    onnx=onnx_windows.POOL_MAX,
    numpy=NumpyForm(
        "pool_max({0}, {size}, {stride}, {sides})",
        (forms_of.PLACES, forms_of.WINDOWS_IN, forms_of.PADDED, forms_of.POOL_MAX),
    ),
    role="helper",
    trials=tuple(Trial((x,), settings) for x, settings in SPACES),
)
POOL_MAX_GRADIENT = Operation(
    "pool-max-gradient",
    ("g", "x", "y"),
    "g at the first place in each window where x is y, else 0",
    "Brings the gradient of max_pool with rows last, y, back to x.",
    infer=lambda types, *settings: types[1],
    forward=_max_gradient,
    kernel=_max_gradient_into,
    vjp=_max_gradient_vjp,
    attributes=INNER,
    flops=_window_flops,
    rows=Rows(_rows_last, same_bits=True, last=True),
    c=c_windows.POOL_MAX_GRADIENT,
    onnx=onnx_windows.POOL_MAX_GRADIENT,
    numpy=NumpyForm(
        "pool_max_gradient({0}, {1}, {2}, {size}, {stride}, {sides})",
        (forms_of.PLACES, forms_of.PADDED, forms_of.INSIDE, forms_of.POOL_MAX_GRADIENT),
    ),
    role="helper",
    trials=tuple(Trial((_pooled(x, settings), x, _pooled(x, settings)), settings) for x, settings in SPACES),
)
POOL_CHOSEN = Operation(
    "pool-chosen",
    ("a", "x", "y"),
    "a at the first place in each window where x is y",
    "What of a stands where the largest elements of x do, which are y; rows last.",
    infer=lambda types, *settings: types[2],
    forward=_chosen,
    vjp=_chosen_vjp,
    attributes=INNER,
    flops=_window_flops,
    rows=Rows(_rows_last, same_bits=True, last=True),
    c=c_windows.POOL_CHOSEN,
    onnx=onnx_windows.POOL_CHOSEN,
    numpy=NumpyForm(
        "pool_chosen({0}, {1}, {2}, {size}, {stride}, {sides})",
        (forms_of.PLACES, forms_of.PADDED, forms_of.POOL_CHOSEN),
    ),
    role="helper",
    trials=tuple(Trial((x, x, _pooled(x, settings)), settings) for x, settings in SPACES),
)
POOL_MEAN = Operation(
    "pool-mean",
    ("x",),
    "the mean of each window",
    "mean_pool with rows last: [C, ...space, N].",
    infer=_mean_type,
    forward=_mean,
    kernel=_mean_into,
    vjp=_mean_vjp,
    attributes=INNER,
    flops=_window_flops,
    rows=Rows(_rows_last, same_bits=True, last=True),
    c=c_windows.POOL_MEAN,
    onnx=onnx_windows.POOL_MEAN,
    numpy=NumpyForm(
        "pool_mean({0}, {size}, {stride}, {sides})",
        (forms_of.PLACES, forms_of.WINDOWS_IN, forms_of.PADDED, forms_of.POOL_MEAN),
    ),
    role="helper",
    trials=tuple(Trial((x,), settings) for x, settings in SPACES),
)
POOL_MEAN_GRADIENT = Operation(
    "pool-mean-gradient",
    ("g",),
    "g / n at all elements of each window, added up",
    "Brings the gradient of mean_pool with rows last back to an input whose sizes are `space`.",
    infer=_spread_type,
    forward=_spread,
    kernel=_spread_into,
    vjp=_spread_vjp,
    attributes=(Attribute("space", "list", required=True), *INNER),
    flops=_window_flops,
    rows=Rows(_rows_last, same_bits=True, last=True),
    c=c_windows.POOL_MEAN_GRADIENT,
    onnx=onnx_windows.POOL_MEAN_GRADIENT,
    numpy=NumpyForm(
        "pool_mean_gradient({0}, {space}, {size}, {stride}, {sides})",
        (forms_of.PLACES, forms_of.INSIDE, forms_of.POOL_MEAN_GRADIENT),
    ),
    role="helper",
    trials=tuple(Trial((_pooled(x, settings),), (x[1:-1], *settings)) for x, settings in SPACES),
)
TRIALS = (
    Trial(((5, 2, 6),), (2, None, 0)),
    Trial(((5, 2, 4, 6),), (2, None, 0)),
    Trial(((5, 1, 4, 4),), (3, 2, 1)),
    Trial(((5, 1, 3, 6),), ((2, 3), 1, "same")),
    Trial(((5, 1, 2, 2, 4),), (2, None, "valid")),
)
MAX_POOL = Operation(
    "max_pool",
    ("x",),
    "the largest in each window",
    "The largest element of each window, channel by channel: [N, C, ...space] to [N, C, ...windows], one to three axes "
    "of space. `stride` is `size` unless it is given; NaN passes; of equal ones the first gets the gradient.",
    torch=torch_windows.MAX_POOL,
    onnx=onnx_windows.MAX_POOL,
    define=_pool("max_pool", "pool-max"),
    attributes=SETTINGS,
    flops=_pool_flops,
    values=Values(passes_on="chosen", channels=True),
    advice=Advice(other_names="max_pool1d max_pool3d"),
    trials=TRIALS,
)
MEAN_POOL = Operation(
    "mean_pool",
    ("x",),
    "the mean of each window",
    "The mean of each window, channel by channel: [N, C, ...space] to [N, C, ...windows]. `padding` adds zeros, which "
    "count.",
    torch=torch_windows.MEAN_POOL,
    onnx=onnx_windows.MEAN_POOL,
    define=_pool("mean_pool", "pool-mean"),
    attributes=SETTINGS,
    flops=_pool_flops,
    values=Values(channels=True),
    advice=Advice(other_names="average_pool avg_pool1d avg_pool3d"),
    trials=TRIALS,
)

POOLS = (POOL_MAX, POOL_MAX_GRADIENT, POOL_CHOSEN, POOL_MEAN, POOL_MEAN_GRADIENT, MAX_POOL, MEAN_POOL)
