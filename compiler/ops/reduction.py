"""Sums and means, over all elements or along one axis. Long sums are carried in float64, whatever the precision."""

import math
from collections.abc import Sequence

from ..shape import Clash, Shape, Size, Type, multiply_sizes, shape_text
from .attribute import Attribute, Attributes
from .builder import Builder
from .emitter import Buffer, Emitter, spreading
from .facts import Advice, Array, Axes, Rows, Share, Shares, Types, Words, for_each_operand
from .operation import Namespace, Operation, Reference, Trial

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
    wide, result = x, out
    if axes is None:  # one number, which Python divides faster
        if x.dtype != "float64":
            wide = emit.scratch(x.shape, "float64")
            emit.copy(wide, x)
        divided = "" if count is None else f" / {count}"
        emit.line(f"{emit.method(out, 'fill')}({emit.function('add.reduce')}({wide}, None){divided})")
        return
    if x.dtype != "float64":
        wide, result = emit.scratch(x.shape, "float64"), emit.scratch(out.shape, "float64")
        emit.copy(wide, x)
    emit.call("add.reduce", wide, axes, None, result)
    if count is not None:
        _divide_into(emit, result, result, emit.full(float(count), (), "float64"))
    if result is not out:
        emit.copy(out, result)


_divide_into = spreading("divide")


def count(builder: Builder, shape: Shape) -> Reference:
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


def _reduced(shape: Shape, axis: int | None) -> Shape:
    return shape if axis is None else (shape[axis],)


def _reduced_type(name: str, types: tuple[Type, ...], axis: int | None) -> Type:
    shape = types[0].shape
    if axis is None:
        return Type("real", ())
    if not -len(shape) <= axis < len(shape):
        axes = f"has axes from {-len(shape)} to {len(shape) - 1}" if shape else "is a scalar, which has no axes"
        raise Clash(f"{name}: there is no axis {axis}; x, {shape_text(shape)}, {axes}", operands=(0,))
    axis %= len(shape)
    return Type("real", shape[:axis] + shape[axis + 1 :])


def _reduced_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    (axis,) = attributes
    if not isinstance(axis, int):
        return frozenset(), bool(over[0])
    rank = len(types[0].shape)
    gone = axis % rank - rank
    return frozenset(each + 1 if each < gone else each for each in over[0] if each != gone), gone in over[0]


def _spread(formula: str) -> Shares:
    """Every element that went into a result gets the same."""

    def shares(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
        (axis,), rank = attributes, len(types[0].shape)
        if not isinstance(axis, int):
            return (Share(formula, "for every element" if rank else ""),)
        return (Share(formula, f"repeated along axis {axis % rank}"),)

    return shares


def _sum_vjp(builder: Builder, g: Reference, x: Reference, output: Reference, axis: int | None) -> tuple[Reference]:
    shape = builder.type(x).shape
    return (builder.expand(g, shape=shape, axis=axis) if shape else g,)


def _mean(xp: Namespace, x: Array, axis: int | None) -> Array:
    count = math.prod(_axes_of(x.shape, axis))
    return (xp.sum(x.astype(xp.result_type(float)), axis=axis) / count).astype(x.dtype)


def _axes_of(shape: tuple[int, ...], axis: int | None) -> tuple[int, ...]:
    return shape if axis is None else (shape[axis],)


def _mean_vjp(builder: Builder, g: Reference, x: Reference, output: Reference, axis: int | None) -> tuple[Reference]:
    shape = builder.type(x).shape
    if not shape:
        return (g,)
    share = builder.div(g, count(builder, _reduced(shape, axis)))
    return (builder.expand(share, shape=shape, axis=axis),)


TRIALS = (
    Trial(((),), (None,)),
    Trial(((3,),), (None,)),
    Trial(((3,),), (0,)),
    Trial(((2, 3),), (None,)),
    Trial(((2, 3),), (0,)),
    Trial(((2, 3),), (-1,)),
    Trial(((2, 3, 4),), (1,)),
    Trial(((2, 3, 4),), (-3,)),
)

SUM = Operation(
    "sum",
    ("x",),
    "x1 + x2 + ...",
    "Sum of all elements, or along `axis`, which is then gone.",
    infer=lambda types, axis: _reduced_type("sum", types, axis),
    forward=lambda xp, x, axis: xp.sum(x.astype(xp.result_type(float)), axis=axis).astype(x.dtype),
    kernel=lambda emit, out, x, axis: _reduced_into(emit, out, x, axis, None),
    scalar=lambda x, axis: x,
    javascript="x",
    vjp=_sum_vjp,
    flops=for_each_operand(1),
    rows=Rows(_reduced_rows),
    words=Words(local=("1",), shares=_spread("g")),
    advice=Advice(other_names="reduce_sum"),
    attributes=(Attribute("axis", "integer"),),
    trials=TRIALS,
)
MEAN = Operation(
    "mean",
    ("x",),
    "(x1 + ... + xn) / n",
    "Mean of all elements, or along `axis`, which is then gone.",
    infer=lambda types, axis: _reduced_type("mean", types, axis),
    forward=_mean,
    kernel=lambda emit, out, x, axis: _reduced_into(emit, out, x, axis, math.prod(_axes_of(x.shape, axis))),
    scalar=lambda x, axis: x,
    javascript="x",
    vjp=_mean_vjp,
    flops=for_each_operand(1),
    rows=Rows(_reduced_rows, averages=True),
    words=Words(local=("1",), shares=_spread("g / n")),
    advice=Advice(other_names="reduce_mean average avg"),
    attributes=(Attribute("axis", "integer"),),
    trials=TRIALS,
)

REDUCTIONS = (SUM, MEAN)
