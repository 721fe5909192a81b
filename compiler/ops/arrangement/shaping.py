"""Operations that change the form of a value, not its numbers: flatten, transpose, reshape, expand, sum-to, real.

Over 300 lines: records, each with all that is known of an operation.
"""

import math
from collections.abc import Sequence

from ...shape import Clash, Shape, Type, broadcast, product, shape_text, transposed
from ..attribute import Attribute, Attributes
from ..builder import Builder
from ..emitter import Buffer, Emitter
from ..facts import (
    EACH,
    Advice,
    Algebra,
    Array,
    Axes,
    Rows,
    Share,
    Types,
    Values,
    Words,
    for_each,
    for_each_operand,
    shares,
)
from ..forms.arrangement import EXPAND_FORM, FLATTEN_FORM, SUM_TO_FORM, TRANSPOSE_FORM
from ..forms.c import classes as c_classes
from ..forms.c import sums as c_sums
from ..forms.c import views as c_views
from ..forms.c.form import Each
from ..forms.numpy_form import NumpyForm
from ..forms.onnx import arrangement as onnx_arrangement
from ..forms.onnx import elements as onnx_elements
from ..forms.onnx.nodes import onnx_operator
from ..forms.torch import arrangement as torch_arrangement
from ..forms.torch import elements as torch_elements
from ..operation import Namespace, Operation, Reference, Trial
from ..reductions.reduction import total, total_into
from .moved_axes import as_planned, inverse, order_of, reordered, reshaped_rows, transposed_rows
from .sizes import expanded, reshaped

Gradients = tuple[Reference | None, ...]


def _identity_vjp(builder: Builder, g: Reference, x: Reference, output: Reference) -> Gradients:
    return (g,)


def _flatten_type(types: tuple[Type, ...]) -> Type:
    kind, shape = types[0]
    if not shape:
        raise Clash("flatten: x is a scalar, which has no axes", operands=(0,))
    return types[0] if len(shape) == 1 else Type(kind, (shape[0], product(shape[1:])))


def flat(xp: Namespace, x: Array) -> Array:
    """Each row in one axis: [N, ...] to [N, -1]; one axis stays as it is."""
    return x if x.ndim == 1 else xp.reshape(x, (x.shape[0], math.prod(x.shape[1:])))


def _reshape_vjp(builder: Builder, g: Reference, x: Reference, output: Reference, *attributes: object) -> Gradients:
    shape = builder.type(x).shape
    return (g if builder.type(g).shape == shape else builder.reshape(g, shape=shape),)


def _transpose_type(types: tuple[Type, ...], axes: tuple[int, ...] | None = None) -> Type:
    kind, shape = types[0]
    if axes is None and len(shape) < 2:
        raise Clash(f"transpose: x is {shape_text(shape)}; it needs two axes to swap", operands=(0,))
    return Type(kind, transposed(shape, axes))


def _transpose(xp: Namespace, x: Array, axes: tuple[int, ...] | None = None) -> Array:
    return xp.swapaxes(as_planned(xp, x), -1, -2) if axes is None else reordered(xp, x, axes)


def _view_in_order(emit: Emitter, x: Buffer, axes: tuple[int, ...] | None) -> Buffer:
    return emit.view(x, "transpose") if axes is None else emit.view(x, "axes", axes)


def _transpose_vjp(
    builder: Builder, g: Reference, x: Reference, output: Reference, axes: tuple[int, ...] | None
) -> Gradients:
    return (builder.transpose(g, axes=None if axes is None else inverse(axes)),)


def _one_hot_type(types: tuple[Type, ...], classes: int) -> Type:
    kind, shape = types[0]
    if kind != "int":
        raise Clash(f"one-hot: t is {types[0]}, but class numbers are of kind int", operands=(0,))
    if classes < 1:
        raise Clash(f"one-hot: classes is {classes}; it must be at least 1")
    return Type("int", (*shape, classes))


def _one_hot(xp: Namespace, t: Array, classes: int) -> Array:
    return (xp.arange(classes) == xp.expand_dims(t, -1)).astype(t.dtype)


def _reshape_type(types: tuple[Type, ...], shape: Shape) -> Type:
    kind, own = types[0]
    return Type(kind, shape if shape == own else reshaped(own, shape))


def _reshape_complete(types: Types, attributes: Attributes) -> Attributes:
    (shape,), own = attributes, types[0].shape
    return attributes if shape == own else (reshaped(own, shape),)  # type: ignore[arg-type]  # sizes


def _expand_complete(types: Types, attributes: Attributes) -> Attributes:
    shape, axis = attributes
    return attributes if axis is not None else (expanded(types[0].shape, shape), None)  # type: ignore[arg-type]  # sizes


def _expand_type(types: tuple[Type, ...], shape: Shape, axis: int | None) -> Type:
    kind, own = types[0]
    if axis is None:
        fits = _fills(own, shape)
    else:
        fits = -len(shape) <= axis < len(shape) and own == _without(shape, axis % len(shape))
    if not fits:
        raise Clash(f"expand: x, {shape_text(own)}, does not fill {shape_text(shape)}", operands=(0,))
    return Type(kind, shape)


def _fills(own: Shape, shape: Shape) -> bool:
    """Whether a value is repeated to a shape by numpy's rule."""
    try:
        return len(own) <= len(shape) and broadcast(own, shape) == shape
    except Clash:
        return False


def _without(shape: Shape, axis: int) -> Shape:
    return (*shape[:axis], *shape[axis + 1 :])


def _sum_to_type(types: tuple[Type, ...], shape: Shape) -> Type:
    kind, own = types[0]
    if len(shape) > len(own) or broadcast(shape, own) != own:
        raise Clash(f"sum-to: x, {shape_text(own)}, does not come from {shape_text(shape)}", operands=(0,))
    return Type(kind, shape)


def _expand(xp: Namespace, x: Array, shape: tuple[int, ...], axis: int | None) -> Array:
    # `full`, not `broadcast_to`: matrix products take whole arrays, not views that repeat one row.
    return xp.full(shape, x if axis is None else xp.expand_dims(x, axis))


def _expand_vjp(
    builder: Builder, g: Reference, x: Reference, output: Reference, shape: Shape, axis: int | None
) -> Gradients:
    if axis is not None:
        return (builder.sum(g, axis=axis),)
    own = builder.type(x).shape
    return (g if own == shape else builder.sum_to(g, shape=own),)


def _sum_to(xp: Namespace, x: Array, shape: tuple[int, ...]) -> Array:
    if _one_each(x.shape, shape):
        return xp.reshape(x, shape)
    if (matrix := _as_rows(x.shape, shape)) is not None:
        return xp.reshape(total(xp, xp.reshape(x, matrix), (0,)), shape)
    return xp.reshape(total(xp, x, _summed_axes(x.shape, shape)), shape)


def _one_each(shape: tuple[int, ...], kept: tuple[int, ...]) -> bool:
    """Whether each sum is one of a single element, which is its value as it stands."""
    return math.prod(shape) == math.prod(kept)


def _summed_axes(shape: tuple[int, ...], kept: tuple[int, ...]) -> tuple[int, ...]:
    lead = len(shape) - len(kept)
    stretched = (axis for axis in range(lead, len(shape)) if kept[axis - lead] == 1 and shape[axis] != 1)
    return (*range(lead), *stretched)


def _as_rows(shape: tuple[int, ...], kept: tuple[int, ...]) -> tuple[int, int] | None:
    """Rows and columns of a matrix whose rows are to be added, where it is the first axes that are gone and something
    is left: sums over positions are those over rows."""
    axes = _summed_axes(shape, kept)
    if axes != (*range(len(axes)),) or math.prod(kept) == 1:
        return None
    return math.prod(shape[: len(axes)]), math.prod(shape[len(axes) :])


def _sum_to_into(emit: Emitter, out: Buffer, x: Buffer, shape: tuple[int, ...]) -> None:
    if (matrix := _as_rows(x.shape, shape)) is not None:
        total_into(emit, emit.view(out, "reshape", matrix[1:]), emit.view(x, "reshape", matrix), (0,))
        return
    axes = _summed_axes(x.shape, shape)
    left = tuple(size for axis, size in enumerate(x.shape) if axis not in axes)
    total_into(emit, emit.view(out, "reshape", left), x, axes)


def _expand_into(emit: Emitter, out: Buffer, x: Buffer, shape: tuple[int, ...], axis: int | None) -> None:
    if axis is not None:
        axis %= len(shape)
        x = emit.view(x, "reshape", (*x.shape[:axis], 1, *x.shape[axis:]))
    emit.copy(out, x)


def _flattened_rows(
    over: Sequence[Axes], types: Types, result: Type, attributes: Attributes
) -> tuple[Axes | None, bool]:
    """The first axis stays, the others become one."""
    if over[0] - {-len(types[0].shape)}:
        return None, False
    return (frozenset({-len(result.shape)}) if over[0] else frozenset()), False


def _expanded_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    """Axes before the new one move away from the last; without one all keep their places."""
    _, axis = attributes
    if not isinstance(axis, int):
        return over[0], False
    rank = len(result.shape)
    new = axis % rank - rank
    return frozenset(each if each > new else each - 1 for each in over[0]), False


def _one_hot_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    return frozenset(each - 1 for each in over[0]), False


def _transpose_shares(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
    (axes,) = attributes
    return (Share("transpose(g)" if axes is None else f"transpose(g, axes = {list(inverse(axes))})"),)  # type: ignore[arg-type]  # axes are numbers


def _expand_shares(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
    axis = attributes[1]
    return (Share("g", shape=result.shape) if axis is None else Share(f"sum(g, axis = {axis})"),)


def _as(emit: Emitter, x: Buffer, shape: tuple[int, ...]) -> Buffer:
    return emit.view(x, "reshape", shape)


def _sum_to_vjp(builder: Builder, g: Reference, x: Reference, output: Reference, shape: Shape) -> Gradients:
    own = builder.type(x).shape
    return (g if own == shape else builder.expand(g, shape=own),)


def _real(xp: Namespace, x: Array, precision: str | None = None) -> Array:
    return x.astype(xp.result_type(float) if precision is None else precision)


IDENTITY = Operation(
    "identity",
    ("x",),
    "x",
    "The value itself under another name; any shape, kind kept.",
    infer=lambda types: types[0],
    forward=lambda xp, x: x,
    view=lambda emit, x: x,
    scalar=lambda x: x,
    javascript="x",
    c=c_views.SAME,
    onnx=onnx_operator("Identity"),
    torch=torch_elements.IDENTITY,
    numpy=NumpyForm("{0}"),
    vjp=_identity_vjp,
    integers=("x",),
    rows=EACH,
    values=Values(passes_on="elements"),
    algebra=Algebra(idle=True, linear=((0,),)),
    words=Words(sign="=", local=("1",)),
    trials=(Trial(((),)), Trial(((2, 3),))),
)
FLATTEN = Operation(
    "flatten",
    ("x",),
    "x as [N, -1]",
    "Each row in one axis: [N, ...] to [N, product of the others]; one axis stays as it is, kind kept.",
    infer=_flatten_type,
    forward=flat,
    c=c_views.RESHAPED,
    onnx=onnx_arrangement.FLATTEN,
    torch=torch_arrangement.FLATTEN,
    numpy=FLATTEN_FORM,
    view=lambda emit, x: _as(emit, x, (x.shape[0], math.prod(x.shape[1:])) if len(x.shape) > 1 else x.shape),
    vjp=_reshape_vjp,
    integers=("x",),
    rows=Rows(_flattened_rows, same_bits=True),
    values=Values(passes_on="elements"),
    algebra=Algebra(idle=True),
    words=Words(shares=shares(Share("g", "in the shape of {x}"))),
    trials=(Trial(((3,),)), Trial(((2, 3),)), Trial(((2, 3, 2),)), Trial(((2, 1, 3, 2),))),
)
TRANSPOSE = Operation(
    "transpose",
    ("x",),
    "x with its last two axes swapped, or with all in the order `axes`",
    "Rows become columns: [..., R, C] to [..., C, R], kind kept; `axes = [1, 0, 2]` says which axis comes where.",
    infer=_transpose_type,
    complete=order_of,
    forward=_transpose,
    kernel=lambda emit, out, x, axes: emit.copy(out, _view_in_order(emit, x, axes)),
    c=c_views.TURNED,
    onnx=onnx_arrangement.TRANSPOSE,
    torch=torch_arrangement.TRANSPOSE,
    numpy=TRANSPOSE_FORM,
    view=lambda emit, x, axes: emit.view(x, "transpose") if axes is None else None,
    strided=True,
    vjp=_transpose_vjp,
    attributes=(Attribute("axes", "list"),),
    integers=("x",),
    rows=Rows(transposed_rows),
    values=Values(passes_on="moved"),
    algebra=Algebra(involution=True),
    words=Words(latex=r"{}^{{\top}}", shares=_transpose_shares),
    advice=Advice(other_names="t swapaxes"),
    trials=(
        Trial(((2, 3),), (None,)),
        Trial(((2, 3, 4),), (None,)),
        Trial(((2, 3, 4),), ((1, 0, 2),)),
        Trial(((2, 3, 4),), ((2, 0, 1),)),
        Trial(((3,),), ((0,),)),
    ),
)
ONE_HOT = Operation(
    "one-hot",
    ("t",),
    "1 at the class number, else 0",
    "Class numbers as a row for each: int[N] to int[N, classes].",
    infer=_one_hot_type,
    forward=_one_hot,
    c=c_classes.ONE_HOT,
    onnx=onnx_arrangement.ONE_HOT,
    torch=torch_arrangement.ONE_HOT,
    numpy=NumpyForm("(np.expand_dims({0}, -1) == np.arange({classes})).astype(np.int64)"),
    vjp=lambda builder, g, t, output, classes: (None,),
    rows=Rows(_one_hot_rows, same_bits=True),
    values=Values(classes=lambda types, result: (0, result.shape[-1])),
    attributes=(Attribute("classes", "integer", required=True),),
    integers=("t",),
    trials=(Trial((Type("int", (4,)),), (3,)), Trial((Type("int", ()),), (5,))),
)
REAL = Operation(
    "real",
    ("x",),
    "x as a real number",
    "An int value converted for a real operation, in the precision of the run; any shape, no gradient.",
    infer=lambda types: Type("real", types[0].shape),
    forward=_real,
    kernel=lambda emit, out, x: emit.copy(out, x),
    scalar=lambda x: float(x),
    javascript="x",
    c=Each("(real){0}"),
    onnx=onnx_elements.CAST_TO_REAL,
    torch=torch_elements.REAL,
    numpy=NumpyForm("{0}.astype(np.float64)"),
    vjp=lambda builder, g, x, output: (None,),
    integers=("x",),
    of_run=True,
    implicit=True,
    flops=for_each(0),
    rows=EACH,
    values=Values(passes_on="elements"),
    role="helper",
    trials=(Trial((Type("int", ()),)), Trial((Type("int", (2, 3)),))),
)
RESHAPE = Operation(
    "reshape",
    ("x",),
    "x as `shape`",
    "The same elements in another shape, in the same order; one size may be -1, which is what is left, and `...` "
    "stands for axes that stay.",
    infer=_reshape_type,
    complete=_reshape_complete,
    forward=lambda xp, x, shape: xp.reshape(x, shape),
    view=lambda emit, x, shape: _as(emit, x, shape),
    scalar=lambda x, shape: x,
    javascript="x",
    c=c_views.RESHAPED,
    onnx=onnx_arrangement.RESHAPE,
    torch=torch_arrangement.RESHAPE,
    numpy=NumpyForm("np.reshape({0}, {shape})"),
    vjp=_reshape_vjp,
    attributes=(Attribute("shape", "sizes", required=True),),
    integers=("x",),
    rows=Rows(reshaped_rows, same_bits=True, sized=True),
    values=Values(passes_on="elements"),
    algebra=Algebra(idle=True),
    words=Words(local=("1",), shares=shares(Share("g", "in the shape of {x}"))),
    trials=(Trial(((),), ((),)), Trial(((2, 3),), ((3, 2),)), Trial(((2, 3, 4),), ((2, 12),))),
)
EXPAND = Operation(
    "expand",
    ("x",),
    "x repeated to `shape`",
    "Repeats a value to a shape by numpy's rule, or along one new axis `axis`; kind kept. -1 is the size that it has.",
    infer=_expand_type,
    complete=_expand_complete,
    forward=_expand,
    kernel=_expand_into,
    scalar=lambda x, shape, axis: x,
    javascript="x",
    c=c_views.EXPANDED,
    onnx=onnx_arrangement.EXPAND,
    torch=torch_arrangement.EXPAND,
    numpy=EXPAND_FORM,
    vjp=_expand_vjp,
    flops=for_each(0),
    rows=Rows(_expanded_rows, same_bits=True, sized=True),
    algebra=Algebra(idle=True),
    attributes=(Attribute("shape", "sizes", required=True), Attribute("axis", "integer")),
    integers=("x",),
    values=Values(passes_on="chosen"),
    words=Words(local=("1",), shares=_expand_shares),
    trials=(
        Trial(((),), ((), None)),
        Trial(((),), ((2, 3), None)),
        Trial(((3,),), ((2, 3), None)),
        Trial(((2, 1),), ((4, 2, 3), None)),
        Trial(((2,),), ((2, 3), 1)),
        Trial(((2,),), ((2, 3), -1)),
        Trial(((2, 3),), ((4, 2, 3), 0)),
        Trial(((2, 3),), ((2, 4, 3), -2)),
    ),
)
SUM_TO = Operation(
    "sum-to",
    ("x",),
    "x summed over the axes that `shape` lacks or has as 1",
    "Brings the gradient of a broadcast operand back to its shape.",
    infer=_sum_to_type,
    forward=_sum_to,
    kernel=_sum_to_into,
    view=lambda emit, x, shape: _as(emit, x, shape) if _one_each(x.shape, shape) else None,
    scalar=lambda x, shape: x,
    javascript="x",
    c=c_sums.SUM_TO,
    onnx=onnx_arrangement.SUM_TO,
    numpy=SUM_TO_FORM,
    vjp=_sum_to_vjp,
    flops=for_each_operand(1),
    algebra=Algebra(idle=True),
    attributes=(Attribute("shape", "shape", required=True),),
    role="helper",
    trials=(
        Trial(((),), ((),)),
        Trial(((2, 3),), ((),)),
        Trial(((2, 3),), ((3,),)),
        Trial(((4, 2, 3),), ((2, 1),)),
        Trial(((4, 2, 3),), ((1, 1, 3),)),
        Trial(((1, 3),), ((1, 1),)),
    ),
)

SHAPINGS = (IDENTITY, FLATTEN, TRANSPOSE, ONE_HOT, REAL, RESHAPE, EXPAND, SUM_TO)
