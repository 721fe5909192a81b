"""Sums and means, over all elements or along some axes. Long sums are carried in float64, whatever the precision.

Over 300 lines: records, each with all that is known of an operation.
"""

from collections.abc import Sequence
from typing import Any

from ...shape import Clash, Size, multiply_sizes
from ..attribute import AttributeValue
from ..builder import Builder
from ..emitter import Buffer, Emitter, in_float64, spreading
from ..facts import Advice, Array, Rows, Words, for_each_operand
from ..forms.c import sums as c_sums
from ..forms.numpy_form import reducing
from ..forms.onnx import along_axes as onnx_axes
from ..forms.torch import along_axes as torch_axes
from ..operation import Namespace, Operation, Reference
from .axes import (
    REDUCING,
    TRIALS,
    axes_of,
    count_of,
    reduced_rows,
    reduced_shape,
    reduced_type,
    sizes_of,
    spread_back,
    spread_words,
)
from .short_axes import added_one_by_one, short_axis

SHORT = 256
"""Numbers up to which a sum in float32 is one product with ones, which then loses digits."""

LONG = 65536
"""Rows from which on each is added in float64. Between the two, sums of about eight rows are, which takes a third of
the time; those are off by two units in the last place at most."""

DEPTHS = range(8, 13)
"""Of how many rows those sums may be."""

STRIP = 2048
"""Elements, about, that are added to as many others at a time: numpy's loops are slow over rows of a few."""


def total(xp: Namespace, x: Array, axes: int | tuple[int, ...] | None = None) -> Array:
    """The sum along axes (None: over all), of the precision of `x`, accurate to rounding however many there are.

    The float32 sum of a matrix's rows is a product with ones, several times as fast as a sum in float64, or is made of
    such products. In float64 it is the plain sum.
    """
    if axes != (0,) or x.ndim != 2 or x.dtype != "float32":
        return xp.sum(x.astype(xp.result_type(float)), axis=axes).astype(x.dtype)
    rows, columns = x.shape
    if rows <= SHORT:
        return xp.dot(xp.ones(rows, x.dtype), x)
    wide = xp.result_type(float)
    if rows < LONG:
        sums = _sums_of_some(xp, x).astype(wide)
        return xp.dot(xp.ones(len(sums), wide), sums).astype(x.dtype)
    strips = min(rows, -(-STRIP // columns))
    depth = rows // strips
    sums = xp.sum(xp.reshape(x[: strips * depth], (depth, strips * columns)), axis=0, dtype=wide)
    found = xp.sum(xp.reshape(sums, (strips, columns)), axis=0)
    if rows > strips * depth:
        found = found + xp.sum(x[strips * depth :], axis=0, dtype=wide)
    return found.astype(x.dtype)


def _depth(rows: int) -> int:
    """How many rows are added at first: eight, or a few more where that leaves none over; all where there are fewer."""
    return min(rows, next((depth for depth in DEPTHS if rows % depth == 0), DEPTHS[0]))


def _sums_of_some(xp: Namespace, x: Array) -> Array:
    """Sums of about eight rows each, far apart; what is left over makes one more."""
    rows, columns = x.shape
    depth = _depth(rows)
    count = rows // depth
    whole = xp.reshape(x[: count * depth], (depth, count * columns))
    sums = xp.reshape(xp.dot(xp.ones(depth, x.dtype), whole), (count, columns))
    rest = x[count * depth :]
    return xp.concatenate([sums, xp.dot(xp.ones(len(rest), x.dtype), rest)[None]]) if len(rest) else sums


def total_into(emit: Emitter, out: Buffer, x: Buffer, axes: int | tuple[int, ...] | None) -> None:
    """The lines of `total`."""
    if axes != (0,) or len(x.shape) != 2 or x.dtype != "float32":
        _reduced_into(emit, out, x, axes, None)
        return
    rows, columns = x.shape
    if rows <= SHORT:
        emit.call("dot", emit.full(1.0, (rows,)), x, out)
        return
    found = emit.scratch((columns,), "float64")
    if rows < LONG:
        sums = _sums_of_some_into(emit, x)
        wide = emit.scratch(sums.shape, "float64")
        emit.copy(wide, sums)
        emit.call("dot", emit.full(1.0, sums.shape[:1], "float64"), wide, found)
        emit.copy(out, found)
        return
    strips = min(rows, -(-STRIP // columns))
    depth = rows // strips
    whole = emit.view(emit.view(x, "rows", 0, strips * depth), "reshape", (depth, strips * columns))
    sums = emit.scratch((strips * columns,), "float64")
    emit.call("add.reduce", whole, 0, None, sums)
    emit.call("add.reduce", emit.view(sums, "reshape", (strips, columns)), 0, None, found)
    if rows > strips * depth:
        rest = emit.scratch((columns,), "float64")
        emit.call("add.reduce", emit.view(x, "rows", strips * depth, rows), 0, None, rest)
        emit.call("add", found, rest, found)
    emit.copy(out, found)


def _sums_of_some_into(emit: Emitter, x: Buffer) -> Buffer:
    rows, columns = x.shape
    depth = _depth(rows)
    count = rows // depth
    sums = emit.scratch((-(-rows // depth), columns))
    whole = emit.view(emit.view(x, "rows", 0, count * depth), "reshape", (depth, count * columns))
    first = emit.view(emit.view(sums, "rows", 0, count), "reshape", (count * columns,))
    emit.call("dot", emit.full(1.0, (depth,)), whole, first)
    if rows > count * depth:
        rest, last = emit.view(x, "rows", count * depth, rows), emit.view(sums, "rows", count, count + 1)
        emit.call("dot", emit.full(1.0, rest.shape[:1]), rest, emit.view(last, "reshape", (columns,)))
    return sums


def row_totals(xp: Namespace, x: Array) -> Array:
    """The sum of each row, of the precision of `x`: [..., C] to [...].

    A product with ones is several times as fast as numpy's own sum, which adds pairs and so loses little in long rows;
    nothing is lost in float64, as it is by some versions of numpy in rows of hundreds of thousands.
    """
    if has_long_rows(x):
        return xp.sum(x, axis=-1) if x.shape[-1] < LONG else xp.sum(x.astype("float64"), axis=-1).astype(x.dtype)
    return xp.dot(x, xp.ones(x.shape[-1], x.dtype))


def row_totals_into(emit: Emitter, out: Buffer, x: Buffer) -> None:
    """The lines of `row_totals` for a matrix."""
    if has_long_rows(x) and x.shape[-1] >= LONG:
        _reduced_into(emit, out, x, 1, None)
    elif has_long_rows(x):
        emit.call("add.reduce", x, 1, None, out)
    else:
        emit.call("dot", x, emit.full(1.0, x.shape[-1:]), out)


def has_long_rows(x: Array | Buffer) -> bool:
    """Whether the sum of a row is not to be a product with ones."""
    return bool(x.dtype == "float32" and x.shape[-1] > SHORT)


def average(xp: Namespace, x: Array, count: int) -> Array:
    """The sum over all elements divided by `count`, rounded once to the precision of `x`."""
    return (xp.sum(x.astype(xp.result_type(float))) / count).astype(x.dtype)


def average_into(emit: Emitter, out: Buffer, x: Buffer, count: int) -> None:
    """The lines of `average`."""
    _reduced_into(emit, out, x, None, count)


def _reduced_into(emit: Emitter, out: Buffer, x: Buffer, axes: int | tuple[int, ...] | None, count: int | None) -> None:
    """A sum in float64, divided by `count` if one is given, and rounded once."""
    if axes is None:  # one number, which Python divides faster
        divided = "" if count is None else f" / {count}"
        emit.line(f"{emit.method(out, 'fill')}({emit.function('add.reduce')}({in_float64(emit, x)}, None){divided})")
        return
    result = out if x.dtype == "float64" else emit.scratch(out.shape, "float64")
    if (axis := short_axis(x, axes)) is not None:
        added_one_by_one(emit, result, x, axis)
    else:
        emit.call("add.reduce", in_float64(emit, x), axes, None, result)
    if count is not None:
        _divide_into(emit, result, result, emit.full(float(count), (), "float64"))
    if result is not out:
        emit.copy(out, result)


_divide_into = spreading("divide")


def count(builder: Builder, shape: tuple[Size, ...]) -> Reference:
    """How many elements a shape has, as a node: sizes whose product is not linear are multiplied as numbers."""
    known: Size = 1
    factors: list[Reference] = []
    for size in shape:
        try:
            known = multiply_sizes(known, size)
        except Clash:
            factors.append(builder.size(size))
    result = builder.size(known)
    for factor in factors:
        result = builder.mul(result, factor)
    return result


def _summed(xp: Namespace, x: Array, axis: AttributeValue, keepdims: bool) -> Array:
    """The sum in float64."""
    wide = x.astype(xp.result_type(float))
    if not isinstance(axis, tuple):
        return xp.sum(wide, axis=axis, keepdims=keepdims)
    axes = axes_of(x.shape, axis)
    shape, left = _without_single(x.shape, axes)
    return xp.reshape(xp.sum(xp.reshape(wide, shape), axis=left), reduced_shape(x.shape, axes, keepdims))


def _without_single(shape: tuple[int, ...], axes: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A shape without those of the axes that have one element, for which numpy is slow, and where the others are."""
    gone = [axis for axis in axes if shape[axis] == 1]
    left = tuple([axis - sum(each < axis for each in gone) for axis in axes if axis not in gone])
    return tuple([size for axis, size in enumerate(shape) if axis not in gone]), left


def _sum(xp: Namespace, x: Array, axis: AttributeValue, keepdims: bool = False) -> Array:
    return _summed(xp, x, axis, keepdims).astype(x.dtype)


def _sum_vjp(
    builder: Builder, g: Reference, x: Reference, output: Reference, axis: AttributeValue, keepdims: bool
) -> tuple[Reference]:
    return (spread_back(builder, g, builder.type(x).shape, axis, keepdims),)


def _into(emit: Emitter, out: Buffer, x: Buffer, axis: AttributeValue, count: int | None) -> None:
    """The lines of a sum along axes, divided by `count`."""
    axes = axes_of(x.shape, axis)
    along: Any = axis
    left = emit.view(out, "reshape", reduced_shape(x.shape, axes, keepdims=False))
    if isinstance(axis, tuple):
        shape, along = _without_single(x.shape, axes)
        x = emit.view(x, "reshape", shape)
    _reduced_into(emit, left, x, along, count)


def _mean(xp: Namespace, x: Array, axis: AttributeValue, keepdims: bool = False) -> Array:
    return (_summed(xp, x, axis, keepdims) / count_of(x.shape, axis)).astype(x.dtype)


def _mean_vjp(
    builder: Builder, g: Reference, x: Reference, output: Reference, axis: AttributeValue, keepdims: bool
) -> tuple[Reference]:
    shape = builder.type(x).shape
    if not shape:
        return (g,)
    share = builder.div(g, count(builder, sizes_of(shape, axis)))
    return (spread_back(builder, share, shape, axis, keepdims),)


SUM = Operation(
    "sum",
    ("x",),
    "x1 + x2 + ...",
    "Sum of all elements, or along `axis`, which may be a list and is gone, or has size 1 with `keepdims`.",
    infer=lambda types, axis, keepdims=False: reduced_type("sum", types, axis, keepdims),
    forward=_sum,
    kernel=lambda emit, out, x, axis, keepdims: _into(emit, out, x, axis, None),
    scalar=lambda x, axis, keepdims: x,
    javascript="x",
    c=c_sums.SUM,
    onnx=onnx_axes.reducing("ReduceSum"),
    torch=torch_axes.SUM,
    numpy=reducing("sum"),
    vjp=_sum_vjp,
    flops=for_each_operand(1),
    rows=Rows(reduced_rows),
    words=Words(local=("1",), shares=spread_words("g")),
    advice=Advice(other_names="reduce_sum"),
    attributes=REDUCING,
    trials=TRIALS,
)
MEAN = Operation(
    "mean",
    ("x",),
    "(x1 + ... + xn) / n",
    "Mean of all elements, or along `axis`, which may be a list and is gone, or has size 1 with `keepdims`.",
    infer=lambda types, axis, keepdims=False: reduced_type("mean", types, axis, keepdims),
    forward=_mean,
    kernel=lambda emit, out, x, axis, keepdims: _into(emit, out, x, axis, count_of(x.shape, axis)),
    scalar=lambda x, axis, keepdims: x,
    javascript="x",
    c=c_sums.MEAN,
    onnx=onnx_axes.reducing("ReduceMean"),
    torch=torch_axes.MEAN,
    numpy=reducing("mean"),
    vjp=_mean_vjp,
    flops=for_each_operand(1),
    rows=Rows(reduced_rows, averages=True),
    words=Words(local=("1",), shares=spread_words("g / n")),
    advice=Advice(other_names="reduce_mean average avg"),
    attributes=REDUCING,
    trials=TRIALS,
)

REDUCTIONS = (SUM, MEAN)
