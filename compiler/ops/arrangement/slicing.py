"""Parts of a value and their gradient: the record behind an index."""

from collections.abc import Sequence

from ...shape import Clash, Shape, Type, shape_text
from ..attribute import Attribute, Attributes, AttributeValue
from ..builder import Builder
from ..emitter import Buffer, Emitter, part_of
from ..facts import Array, Axes, Rows, Share, Types, Values, Words, for_each
from ..forms.arrangement import SLICE_FORM, SLICE_GRADIENT_FORM
from ..forms.c import places as c_places
from ..forms.c import views as c_views
from ..forms.onnx import arrangement as onnx_arrangement
from ..forms.torch import arrangement as torch_arrangement
from ..operation import Namespace, Operation, Reference, Trial
from .indexing import GONE, Numbers, Part, check_part, part_text, taken
from .moved_axes import moved


def _slice_type(types: Types, start: Shape, count: Shape, step: Numbers) -> Type:
    kind, own = types[0]
    check_part("slice", own, Part(start, count, step))
    return Type(kind, taken(count, step))


def _slice(xp: Namespace, x: Array, start: Numbers, count: Numbers, step: Numbers) -> Array:
    return xp.reshape(x[_places(start, count, step)], taken(count, step))


def _places(start: Numbers, count: Numbers, step: Numbers) -> tuple[slice, ...]:
    return part_of(start, count, _steps(step))


def _steps(step: Numbers) -> Numbers:
    return tuple(by or 1 for by in step)


def _slice_view(emit: Emitter, x: Buffer, start: Numbers, count: Numbers, step: Numbers) -> Buffer | None:
    """The part as it lies, where its elements do so side by side."""
    axis = next((axis for axis, size in enumerate(count) if size != 1), len(count))
    if not x.ordered or count[axis + 1 :] != x.shape[axis + 1 :] or any(by < 0 for by in step[axis:]):
        return None
    if any(by > 1 for by in step[axis : axis + 1]) or any(start[axis + 1 :]):
        return None
    first, inner = 0, 1
    for place, size in zip(reversed(start), reversed(x.shape), strict=True):
        first += place * inner
        inner *= size
    behind = 1
    for size in x.shape[axis + 1 :]:
        behind *= size
    size = behind * (count[axis] if axis < len(count) else 1)
    flat = emit.view(emit.view(x, "reshape", (inner,)), "rows", first, first + size)
    return emit.view(flat, "reshape", taken(count, step))


def _slice_into(emit: Emitter, out: Buffer, x: Buffer, start: Numbers, count: Numbers, step: Numbers) -> None:
    emit.copy(emit.view(out, "reshape", count), emit.view(x, "part", start, count, _steps(step)))


def _slice_vjp(
    builder: Builder, g: Reference, x: Reference, output: Reference, start: Shape, count: Shape, step: Numbers
) -> tuple[Reference]:
    return (builder.slice_gradient(g, shape=builder.type(x).shape, start=start, count=count, step=step),)


def _slice_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    """Rows that are all there stay; where some are picked, one row stands at the place of another."""
    start, count, step = attributes
    shape, picked = types[0].shape, False
    for axis in over[0]:
        picked = picked or (start[axis], count[axis], step[axis]) != (0, shape[axis], 1)  # type: ignore[index]  # shapes
    return moved(over[0], _kept_places(step)), picked


def _kept_places(step: AttributeValue) -> dict[int, int]:
    """Where the axes stand that are not gone, counted from the last."""
    assert isinstance(step, tuple)
    kept = [axis for axis, by in enumerate(step) if by != GONE]
    return {axis - len(step): place - len(kept) for place, axis in enumerate(kept)}


def _gradient_type(types: Types, shape: Shape, start: Shape, count: Shape, step: Numbers) -> Type:
    check_part("slice-gradient", shape, Part(start, count, step))
    if types[0].shape != taken(count, step):
        raise Clash(
            f"slice-gradient: g, {shape_text(types[0].shape)}, is no part of {shape_text(shape)}", operands=(0,)
        )
    return Type("real", shape)


def filled(xp: Namespace, shape: Numbers, value: float, places: tuple[slice, ...], part: Array) -> Array:
    """An array of one value with a part put in its place."""
    whole = xp.full(shape, value, part.dtype)
    if hasattr(whole, "at"):  # arrays of JAX do not change
        return whole.at[places].set(part)
    whole[places] = part
    return whole


def _slice_gradient(xp: Namespace, g: Array, shape: Numbers, start: Numbers, count: Numbers, step: Numbers) -> Array:
    return filled(xp, shape, 0, _places(start, count, step), xp.reshape(g, count))


def _slice_gradient_into(
    emit: Emitter, out: Buffer, g: Buffer, shape: Numbers, start: Numbers, count: Numbers, step: Numbers
) -> None:
    if count != shape:
        emit.line(f"{emit.method(out, 'fill')}(0)")
    emit.copy(emit.view(out, "part", start, count, _steps(step)), emit.view(g, "reshape", count))


def _slice_gradient_vjp(
    builder: Builder,
    gg: Reference,
    g: Reference,
    output: Reference,
    shape: Shape,
    start: Shape,
    count: Shape,
    step: Numbers,
) -> tuple[Reference]:
    return (builder.slice(gg, start=start, count=count, step=step),)


def _slice_gradient_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    shape, start, count, step = attributes
    back = {place: axis for axis, place in _kept_places(step).items()}
    found, picked = moved(over[0], back), False
    for axis in found:
        picked = picked or (start[axis], count[axis], step[axis]) != (0, shape[axis], 1)  # type: ignore[index]  # shapes
    return found, picked


PART = (
    Attribute("start", "shape", required=True),
    Attribute("count", "shape", required=True),
    Attribute("step", "list", required=True),
)


def _shares(types: Types, result: Type, attributes: Attributes) -> tuple[Share]:
    return (Share("g", f"at {{x}}{part_text(*attributes)}, else 0"),)  # type: ignore[arg-type]  # an operation's own attributes


PARTS = (
    ((5,), (1,), (3,), (1,)),
    ((5,), (4,), (5,), (-1,)),
    ((5,), (3,), (2,), (-2,)),
    ((5,), (2,), (1,), (0,)),
    ((2, 3), (0, 1), (2, 2), (1, 1)),
    ((2, 3), (1, 0), (1, 3), (0, 1)),
    ((2, 3), (0, 2), (2, 1), (1, 0)),
    ((2, 3), (1, 2), (1, 1), (0, 0)),
    ((4, 3), (0, 0), (2, 3), (2, 1)),
    ((4, 2, 3), (1, 0, 2), (2, 2, 1), (1, 1, 0)),
    ((1, 3), (0, 0), (1, 3), (0, 1)),
)
"""Shapes, and what is taken of them."""

SLICE = Operation(
    "slice",
    ("x",),
    "`count` elements of x along each axis, from `start` on, `step` apart",
    "A part of a value, as an index takes it; an axis with step 0 is gone. Kind kept.",
    infer=_slice_type,
    forward=_slice,
    kernel=_slice_into,
    c=c_views.PART,
    onnx=onnx_arrangement.SLICE,
    torch=torch_arrangement.SLICE,
    numpy=SLICE_FORM,
    view=_slice_view,
    vjp=_slice_vjp,
    attributes=PART,
    integers=("x",),
    looks_again=True,
    flops=for_each(0),
    rows=Rows(_slice_rows, same_bits=True, sized=True),
    values=Values(passes_on="chosen"),
    words=Words(shares=_shares, index=part_text),
    role="helper",
    trials=tuple(Trial((shape,), part) for shape, *part in PARTS),  # type: ignore[arg-type]  # tuples of attributes
)
SLICE_GRADIENT = Operation(
    "slice-gradient",
    ("g",),
    "g at the part's places in `shape`, else 0",
    "Brings the gradient of a part back to the shape of the whole.",
    infer=_gradient_type,
    forward=_slice_gradient,
    kernel=_slice_gradient_into,
    c=c_places.PART_BACK,
    onnx=onnx_arrangement.SLICE_GRADIENT,
    numpy=SLICE_GRADIENT_FORM,
    vjp=_slice_gradient_vjp,
    attributes=(Attribute("shape", "shape", required=True), *PART),
    looks_again=True,
    flops=for_each(0),
    rows=Rows(_slice_gradient_rows, same_bits=True),
    role="helper",
    trials=tuple(Trial((taken(*part[1:]),), (shape, *part)) for shape, *part in PARTS if any(part[2])),  # type: ignore[arg-type]  # as above
)
SLICES = (SLICE, SLICE_GRADIENT)
