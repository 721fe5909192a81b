"""Sums and means, over all elements or along one axis. Long sums are carried in float64, whatever the precision."""

import math

from ..shape import Clash, Shape, Size, Type, multiply_sizes, shape_text
from .kernel import Buffer, Emitter, spreading
from .operation import Array, Attribute, Builder, Namespace, Operation, Reference, Trial


def total(xp: Namespace, x: Array, axes: int | tuple[int, ...] | None = None) -> Array:
    """The sum along axes (None: over all), of the precision of `x`.

    The float32 sum of a matrix's rows is a product with ones: as exact in practice as a sum in float64, and several
    times as fast. In float64 it is the plain sum.
    """
    if axes == (0,) and x.ndim == 2 and x.dtype == "float32":
        return xp.dot(xp.ones_like(x[:, 0]), x)
    return xp.sum(x.astype(xp.result_type(float)), axis=axes).astype(x.dtype)


def total_into(emit: Emitter, out: Buffer, x: Buffer, axes: int | tuple[int, ...] | None) -> None:
    """The lines of `total`."""
    if axes == (0,) and len(x.shape) == 2 and x.dtype == "float32":
        emit.call("dot", emit.full(1.0, x.shape[:1]), x, out)
        return
    _reduced_into(emit, out, x, axes, None)


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
    vjp=_sum_vjp,
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
    vjp=_mean_vjp,
    attributes=(Attribute("axis", "integer"),),
    trials=TRIALS,
)

REDUCTIONS = (SUM, MEAN)
