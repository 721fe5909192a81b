"""Elements put around a value: pad."""

from collections.abc import Sequence

from ...shape import Clash, Shape, Type, add_sizes, shape_text
from ..attribute import Attribute, Attributes, is_number
from ..builder import Builder
from ..emitter import Buffer, Emitter, part_of
from ..facts import Advice, Array, Axes, Rows, Share, Types, Values, Words, for_each, shares
from ..forms.c import places as c_places
from ..forms.numpy_form import NumpyForm
from ..forms.onnx import arrangement as onnx_arrangement
from ..forms.torch import arrangement as torch_arrangement
from ..operation import Namespace, Operation, Reference, Trial
from .indexing import Part
from .slicing import filled


def _widths(types: Types, attributes: Attributes) -> Attributes:
    """The widths as [before, after] for each axis. Raises Clash."""
    (widths, value), (kind, shape) = attributes, types[0]
    assert isinstance(widths, tuple)
    if len(widths) != len(shape):
        raise Clash(
            f"pad: widths is of {len(widths)} axes but x, {shape_text(shape)}, has {len(shape)}",
            operands=(0,),
            hint="give each axis a number, or [before, after]; 0 where nothing is added",
        )
    if kind == "int" and not float(value).is_integer():  # type: ignore[arg-type]  # a number
        raise Clash(f"pad: x is {types[0]}, but value is {value}, which is no whole number", operands=(0,))
    return tuple(_both_sides(each) for each in widths), value


def _both_sides(entry: object) -> tuple[int, int]:
    sides = (entry, entry) if not isinstance(entry, tuple) else entry
    whole = [int(side) for side in sides if is_number(side) and side >= 0 and float(side).is_integer()]
    if len(sides) != 2 or len(whole) != 2:
        raise Clash(
            f"pad: {_entry_text(entry)} is no width",
            hint="a width is a whole number from 0 on, or two of them, [before, after]",
        )
    return whole[0], whole[1]


def _entry_text(entry: object) -> str:
    return f"[{', '.join(map(_entry_text, entry))}]" if isinstance(entry, tuple) else str(entry)


def _pad_type(types: Types, widths: tuple[tuple[int, int], ...], value: float) -> Type:
    kind, shape = types[0]
    return Type(
        kind, tuple(add_sizes(size, before + after) for size, (before, after) in zip(shape, widths, strict=True))
    )


def _inner(shape: Shape, widths: tuple[tuple[int, int], ...]) -> Part:
    """Where the operand lies in the result."""
    return Part(tuple(before for before, _ in widths), shape, (1,) * len(shape))


def _pad(xp: Namespace, x: Array, widths: tuple[tuple[int, int], ...], value: float) -> Array:
    shape = tuple(size + before + after for size, (before, after) in zip(x.shape, widths, strict=True))
    return filled(xp, shape, value, part_of(*_inner(x.shape, widths)), x)  # type: ignore[arg-type]  # numbers


def _pad_into(emit: Emitter, out: Buffer, x: Buffer, widths: tuple[tuple[int, int], ...], value: float) -> None:
    if out.shape != x.shape:
        emit.line(f"{emit.method(out, 'fill')}({emit.full(value, (), out.dtype)})")
    emit.copy(emit.view(out, "part", *_inner(x.shape, widths)), x)


def _pad_vjp(
    builder: Builder, g: Reference, x: Reference, output: Reference, widths: tuple[tuple[int, int], ...], value: float
) -> tuple[Reference]:
    start, count, step = _inner(builder.type(x).shape, widths)
    return (builder.slice(g, start=start, count=count, step=step),)


def _pad_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    widths = attributes[0]
    assert isinstance(widths, tuple)
    return over[0], any(widths[axis] != (0, 0) for axis in over[0])


PAD = Operation(
    "pad",
    ("x",),
    "x with `value` around it",
    "Adds elements before and behind: `widths` has a number for each axis, or [before, after]; kind kept.",
    infer=_pad_type,
    complete=_widths,
    forward=_pad,
    kernel=_pad_into,
    c=c_places.PAD,
    onnx=onnx_arrangement.PAD,
    torch=torch_arrangement.PAD,
    numpy=NumpyForm("np.pad({0}, {widths}, constant_values={value})"),
    vjp=_pad_vjp,
    attributes=(Attribute("widths", "list", required=True), Attribute("value", "number", 0.0)),
    integers=("x",),
    flops=for_each(0),
    rows=Rows(_pad_rows, same_bits=True),
    values=Values(passes_on="chosen"),
    advice=Advice(other_names="zero_padding zero_padding2d"),
    words=Words(shares=shares(Share("g", "at the places of {x}"))),
    trials=(
        Trial(((3,),), (((1, 2),), 0.0)),
        Trial(((2, 3),), (((0, 0), (1, 1)), -1.5)),
        Trial(((2, 3),), (((2, 0), (0, 1)), 0.0)),
        Trial(((1, 2, 3),), (((0, 0), (0, 0), (0, 0)), 1.0)),
    ),
)

PADDING = (PAD,)
