"""conv, conv_transpose and what brings their gradients back: all are made of correlations with rows last.

Over 300 lines: two operations, each with and without a bias, and the gradient by their weights.
"""

from collections.abc import Sequence
from typing import Any

from ...shape import Clash, Type, multiply_sizes, shape_text
from ..attribute import Attribute, Attributes, AttributeValue, attribute_text
from ..builder import Builder
from ..emitter import Buffer, Emitter
from ..facts import Advice, Algebra, Array, Rows, Share, Types, Values, Words, elements, for_each_operand
from ..facts import Axes as RowAxes
from ..forms import windows as forms_of
from ..forms.c import sums as c_sums
from ..forms.numpy_form import NumpyForm
from ..forms.onnx import windows as onnx_windows
from ..forms.torch import windows as torch_windows
from ..operation import Namespace, Operation, Reference, Trial
from .geometry import Numbers, Sides, Windows, each_axis, sides_of, space_of, text_of, windows

Settings = tuple[AttributeValue, AttributeValue, AttributeValue, int]
"""Stride, padding, dilation, groups."""


def rows_last(builder: Builder, x: Reference) -> Reference:
    """[N, C, ...space] as [C, ...space, N]."""
    return builder.transpose(x, axes=(*range(1, len(builder.type(x).shape)), 0))


def rows_first(builder: Builder, x: Reference) -> Reference:
    """[C, ...space, N] as [N, C, ...space]."""
    last = len(builder.type(x).shape) - 1
    return builder.transpose(x, axes=(last, *range(last)))


# --- what fits --------------------------------------------------------------------------------------------------


def _checked(name: str, types: Types, groups: int, channels_at: int) -> tuple[Numbers, Numbers]:
    """The sizes of space, and of the windows. `channels_at`: the axis of W that counts x's channels. Raises Clash."""
    x, weights = types[0].shape, types[1].shape
    space = space_of(name, "x", x)
    if len(weights) != len(x):
        axes = "one axis" if len(space) == 1 else f"{len(space)} axes"
        raise Clash(
            f"{name}: x is {shape_text(x)}, so W must have {axes} of space, but is {shape_text(weights)}",
            operands=(0, 1),
        )
    if not all(isinstance(size, int) for size in weights):
        raise Clash(f"{name}: the sizes of W, {shape_text(weights)}, must be numbers", operands=(1,))
    if groups < 1 or weights[0] % groups:  # type: ignore[operator]  # a number, as was seen
        raise Clash(f"{name}: W, {shape_text(weights)}, has {weights[0]} at first, which is no multiple of {groups}")
    given = weights[0] if channels_at == 0 else multiply_sizes(weights[1], groups)
    if x[1] != given:
        many = f"{groups} groups of {weights[1]}" if channels_at and groups > 1 else str(given)
        raise Clash(
            f"{name}: x, {shape_text(x)}, has {x[1]} channels but W, {shape_text(weights)}, takes {many}",
            operands=(0, 1),
        )
    return space, tuple([size for size in weights[2:] if isinstance(size, int)])


def _check_bias(name: str, bias: Type, filters: object) -> None:
    if bias.shape != (filters,):
        raise Clash(f"{name}: b is {shape_text(bias.shape)}, but must be [{filters}], one for each filter")


def _conv_windows(types: Types, settings: Settings) -> Windows:
    stride, padding, dilation, groups = settings
    space, size = _checked("conv", types, groups, 1)
    return windows("conv", space, size, stride, padding, dilation)


def _transpose_windows(types: Types, settings: Settings, output_padding: AttributeValue) -> tuple[Windows, Numbers]:
    """The windows that go over the result, and the sizes of that with what is cut off around it."""
    name, (stride, padding, dilation, groups) = "conv_transpose", settings
    space, size = _checked(name, types, groups, 0)
    axes = len(space)
    steps, apart = each_axis(name, "stride", stride, axes, 1), each_axis(name, "dilation", dilation, axes, 1)
    more = each_axis(name, "output_padding", output_padding, axes, 0)
    if padding in ("same", "valid"):
        raise Clash(f'{name}: padding is "{padding}", but must be a number here: several sizes would give this one')
    sides = sides_of(name, padding, axes)
    whole = []
    for axis in range(axes):
        if more[axis] >= steps[axis]:
            raise Clash(
                f"{name}: output_padding is {more[axis]}, but must be below the stride, {steps[axis]}: it says which "
                "of the sizes is meant that a stride makes alike"
            )
        full = (space[axis] - 1) * steps[axis] + (size[axis] - 1) * apart[axis] + 1 + more[axis]
        if full <= sum(sides[axis]):
            raise Clash(
                f"{name}: of {text_of(space)} windows of {text_of(size)} reach over {full} along axis {axis + 2}; "
                f"nothing is left without the padding of {sum(sides[axis])}",
                operands=(0,),
            )
        whole.append(full)
    return Windows(size, steps, sides, apart, space), tuple(whole)


# --- what they are made of --------------------------------------------------------------------------------------


def _padded(builder: Builder, x: Reference, sides: Sides) -> Reference:
    """Rows last, zeros added around each."""
    return builder.pad(x, widths=((0, 0), *sides, (0, 0))) if any(map(any, sides)) else x


def _shifted(builder: Builder, y: Reference, bias: Reference) -> Reference:
    """A number for each channel added to all of it."""
    shape = builder.type(y).shape
    return builder.add(y, builder.reshape(bias, shape=(shape[0], *(1,) * (len(shape) - 1))))


def _conv(builder: Builder, x: Reference, W: Reference, *rest: Any) -> Reference:  # noqa: N803  # weights
    *bias, stride, padding, dilation, groups = rest
    found = _conv_windows((builder.type(x), builder.type(W)), (stride, padding, dilation, groups))
    given = _padded(builder, rows_last(builder, x), found.sides)
    y = builder.correlate(given, W, stride=found.stride, dilation=found.dilation, groups=groups)
    for each in bias:
        _check_bias("conv", builder.type(each), builder.type(W).shape[0])
        y = _shifted(builder, y, each)
    return rows_first(builder, y)


def _conv_transpose(builder: Builder, x: Reference, W: Reference, *rest: Any) -> Reference:  # noqa: N803  # weights
    *bias, stride, padding, dilation, groups, output_padding = rest
    types = builder.type(x), builder.type(W)
    found, whole = _transpose_windows(types, (stride, padding, dilation, groups), output_padding)
    y = builder.correlate_input(
        rows_last(builder, x), W, space=whole, stride=found.stride, dilation=found.dilation, groups=groups
    )
    if any(map(any, found.sides)):
        channels, *_, rows = builder.type(y).shape
        start = (0, *(before for before, _ in found.sides), 0)
        left = tuple(size - sum(sides) for size, sides in zip(whole, found.sides, strict=True))
        y = builder.slice(y, start=start, count=(channels, *left, rows), step=(1,) * len(start))
    for each in bias:
        _check_bias("conv_transpose", builder.type(each), builder.type(y).shape[0])
        y = _shifted(builder, y, each)
    return rows_first(builder, y)


def _conv_weights(builder: Builder, g: Reference, x: Reference, size: Numbers, *settings: Any) -> Reference:
    stride, padding, dilation, groups = settings
    found = windows(
        "conv-weights", space_of("conv-weights", "x", builder.type(x).shape), size, stride, padding, dilation
    )
    given = _padded(builder, rows_last(builder, x), found.sides)
    return builder.correlate_weights(
        rows_last(builder, g), given, size=size, stride=found.stride, dilation=found.dilation, groups=groups
    )


# --- gradients --------------------------------------------------------------------------------------------------


def _of_bias(builder: Builder, g: Reference) -> Reference:
    """The sum of each channel."""
    return builder.channel_sum(rows_last(builder, g))


def _left_over(space: Sequence[int], found: Windows) -> Numbers:
    """What no window reaches behind x, of a size that a stride makes alike."""
    axes = zip(space, found.size, found.stride, found.sides, found.dilation, strict=True)
    return tuple((whole + sum(sides) - (size - 1) * apart - 1) % by for whole, size, by, sides, apart in axes)


def _conv_vjp(
    builder: Builder,
    g: Reference,
    x: Reference,
    W: Reference,  # noqa: N803  # weights keep their capital letter
    *rest: Any,
) -> tuple[Reference, ...]:
    *bias, _, stride, padding, dilation, groups = rest
    types = builder.type(x), builder.type(W)
    found = _conv_windows(types, (stride, padding, dilation, groups))
    given: dict[str, Any] = _resolved(found, groups)
    left = _left_over(space_of("conv", "x", types[0].shape), found)
    dx = builder.conv_transpose(g, W, **given, output_padding=left)
    dw = builder.conv_weights(g, x, size=found.size, **given)
    return (dx, dw, *(_of_bias(builder, g) for _ in bias))


def _resolved(found: Windows, groups: int) -> dict[str, Any]:
    return {"stride": found.stride, "padding": found.sides, "dilation": found.dilation, "groups": groups}


def _conv_transpose_vjp(
    builder: Builder,
    g: Reference,
    x: Reference,
    W: Reference,  # noqa: N803  # weights keep their capital letter
    *rest: Any,
) -> tuple[Reference, ...]:
    *bias, _, stride, padding, dilation, groups, output_padding = rest
    types = builder.type(x), builder.type(W)
    found, _ = _transpose_windows(types, (stride, padding, dilation, groups), output_padding)
    given = _resolved(found, groups)
    dx = builder.conv(g, W, **given)
    dw = builder.conv_weights(x, g, size=found.size, **given)
    return (dx, dw, *(_of_bias(builder, g) for _ in bias))


def _conv_weights_vjp(
    builder: Builder, gw: Reference, g: Reference, x: Reference, output: Reference, size: Numbers, *settings: Any
) -> tuple[Reference, Reference]:
    stride, padding, dilation, groups = settings
    space = space_of("conv-weights", "x", builder.type(x).shape)
    found = windows("conv-weights", space, size, stride, padding, dilation)
    given = _resolved(found, groups)
    dx = builder.conv_transpose(g, gw, **given, output_padding=_left_over(space, found))
    return builder.conv(x, gw, **given), dx


# --- sums of channels -------------------------------------------------------------------------------------------

RUN = 1024
"""Elements that are added in the precision of the run, in pairs; sums of such sums are carried in float64."""


def _channel_sum(xp: Namespace, x: Array) -> Array:
    channels = x.shape[0]
    flat = xp.reshape(x, (channels, -1))
    many = flat.shape[1] // RUN * RUN
    sums = xp.sum(xp.reshape(flat[:, :many], (channels, many // RUN, RUN)), axis=2)
    wide = xp.concatenate([sums, xp.sum(flat[:, many:], axis=1)[:, None]], axis=1).astype(xp.result_type(float))
    return xp.sum(wide, axis=1).astype(x.dtype)


def _channel_sum_into(emit: Emitter, out: Buffer, x: Buffer) -> None:
    channels, size = x.shape[0], 1
    for each in x.shape[1:]:
        size *= each
    count = size // RUN
    flat, wide = emit.view(x, "reshape", (channels, size)), emit.scratch((channels, count + 1), "float64")
    if count:
        sums = emit.scratch((channels, count))
        for channel in range(channels):  # each as it lies
            row = emit.view(emit.view(flat, "rows", channel, channel + 1), "reshape", (size,))
            own = emit.view(emit.view(row, "rows", 0, count * RUN), "reshape", (count, RUN))
            found = emit.view(emit.view(sums, "rows", channel, channel + 1), "reshape", (count,))
            emit.call("add.reduce", own, 1, None, found)
        emit.copy(emit.view(wide, "part", (0, 0), (channels, count), (1, 1)), sums)
    rest = emit.scratch((channels,))
    emit.call(
        "add.reduce", emit.view(flat, "part", (0, count * RUN), (channels, size - count * RUN), (1, 1)), 1, None, rest
    )
    last = emit.view(wide, "part", (0, count), (channels, 1), (1, 1))
    emit.copy(last, emit.view(rest, "reshape", (channels, 1)))
    found = emit.scratch((channels,), "float64")
    emit.call("add.reduce", wide, 1, None, found)
    emit.copy(out, found)


def _channel_sum_vjp(builder: Builder, g: Reference, x: Reference, output: Reference) -> tuple[Reference]:
    shape = builder.type(x).shape
    column = builder.reshape(g, shape=(shape[0], *(1,) * (len(shape) - 1)))
    return (builder.expand(column, shape=shape),)


def _channels_of_rows(
    over: Sequence[RowAxes], types: Types, result: Type, attributes: Attributes
) -> tuple[RowAxes, bool]:
    rank = len(types[0].shape)
    return frozenset({-1}) if -rank in over[0] else frozenset(), bool(over[0] - {-rank})


# --- words ------------------------------------------------------------------------------------------------------


def _written(name: str, numbers: Sequence[Any], default: object) -> str:
    """A setting as a call has it, as one number where that says the same; nothing where it is the default."""
    alike = [each[0] if isinstance(each, tuple) and each[0] == each[1] else each for each in numbers]
    value = alike[0] if len(set(alike)) == 1 and not isinstance(alike[0], tuple) else tuple(numbers)
    return "" if value == default else f", {name} = {attribute_text(value)}"


def _settings_text(found: Windows, groups: int) -> str:
    return (
        _written("stride", found.stride, 1)
        + _written("padding", found.sides, 0)
        + _written("dilation", found.dilation, 1)
        + _written("groups", (groups,), 1)
    )


def _bias_share(result: Type) -> Share:
    axes = [axis for axis in range(len(result.shape)) if axis != 1]
    return Share(f"sum(g, axis = {axes})")


def _conv_shares(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
    found = _conv_windows(types, attributes)  # type: ignore[arg-type]  # an operation's own attributes
    left = _left_over(space_of("conv", "x", types[0].shape), found)
    settings = _settings_text(found, attributes[3])  # type: ignore[arg-type]  # as above
    by_x = Share(f"conv_transpose(g, W{settings}{_written('output_padding', left, 0)})")
    by_weights = Share(f"conv_weights(g, x, size = {attribute_text(found.size)}{settings})")
    return (by_x, by_weights, *[_bias_share(result)] * (len(types) - 2))


def _transpose_shares(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
    found, _ = _transpose_windows(types, attributes[:4], attributes[4])  # type: ignore[arg-type]  # as above
    settings = _settings_text(found, attributes[3])  # type: ignore[arg-type]  # as above
    by_weights = Share(f"conv_weights(x, g, size = {attribute_text(found.size)}{settings})")
    return (Share(f"conv(g, W{settings})"), by_weights, *[_bias_share(result)] * (len(types) - 2))


# --- costs ------------------------------------------------------------------------------------------------------


def _conv_flops(types: Types, result: Type, attributes: Attributes) -> int:
    """A product and a sum for each element of the result and of a filter, and the bias."""
    filters = elements(Type("real", types[1].shape[1:]))
    return (2 * filters + len(types) - 2) * elements(result)


def _transpose_flops(types: Types, result: Type, attributes: Attributes) -> int:
    filters = elements(Type("real", types[1].shape[1:]))
    return 2 * filters * elements(types[0]) + (len(types) - 2) * elements(result)


def _weights_flops(types: Types, result: Type, attributes: Attributes) -> int:
    return 2 * elements(types[0]) * elements(Type("real", result.shape[1:]))


# --- records ----------------------------------------------------------------------------------------------------

SETTINGS = (
    Attribute("stride", ("integer", "list"), 1),
    Attribute("padding", ("integer", "text", "list"), 0, choices=("same", "valid")),
    Attribute("dilation", ("integer", "list"), 1),
    Attribute("groups", "integer", 1),
)
OUTPUT_PADDING = Attribute("output_padding", ("integer", "list"), 0)

Case = tuple[tuple[int, ...], tuple[int, ...], tuple[Any, ...]]

CONVOLVED: tuple[Case, ...] = (
    ((5, 1, 6), (2, 1, 3), (1, 0, 1, 1)),
    ((5, 2, 4, 3), (3, 2, 2, 2), (1, "same", 1, 1)),
    ((5, 2, 6, 7), (4, 1, 3, 2), ((2, 3), ((1, 0), (0, 2)), (1, 2), 2)),
    ((5, 3, 2, 2), (2, 3, 1, 1), (1, "valid", 1, 1)),
    ((5, 1, 3, 3, 4), (2, 1, 2, 2, 2), (2, 1, 1, 1)),
)
TRANSPOSED: tuple[Case, ...] = (
    ((5, 2, 4), (2, 1, 3), (1, 0, 1, 1, 0)),
    ((5, 2, 3, 2), (2, 3, 2, 2), (2, 1, 1, 1, 1)),
    ((5, 4, 2, 3), (4, 1, 3, 2), ((2, 3), ((1, 0), (0, 2)), (1, 2), 2, (1, 2))),
    ((5, 1, 2, 2, 3), (1, 2, 2, 2, 2), (1, 0, 1, 1, 0)),
)


def _operations(
    name: str, operands: tuple[str, str], cases: Sequence[Case], bias_at: int, **rest: Any
) -> tuple[Operation, Operation]:
    """An operation and its form with a bias, for each of the sizes at axis `bias_at` of W."""

    def biased(case: Case) -> Trial:
        x, weights, attributes = case
        groups = attributes[3] if bias_at else 1
        return Trial((x, weights, (weights[bias_at] * groups,)), attributes)

    rest |= {"values": Values(channels=True), "multiplied": (0, 1)}
    base = Operation(
        name,
        operands,
        **rest,
        shifted=f"shifted-{name.replace('_', '-')}",
        trials=tuple(Trial(case[:2], case[2]) for case in cases),
    )
    form: dict[str, Any] = {**rest, "formula": f"{rest['formula']} + b", "advice": Advice()}
    return base, Operation(base.shifted, (*operands, "b"), **form, form_of=name, trials=tuple(map(biased, cases)))


CONV, SHIFTED_CONV = _operations(
    "conv",
    ("x", "W"),
    CONVOLVED,
    0,
    formula="sums of W over windows of x",
    doc="Convolution: x [N, C, ...space], W [O, C / groups, ...size], b [O] or left out, give [N, O, ...]; one to "
    "three axes of space, each with a setting of its own where that is a list. `padding` adds zeros: a number, or "
    '[before, after] for each axis, or `"same"`, which with stride 1 keeps the sizes.',
    onnx=onnx_windows.CONV,
    torch=torch_windows.CONV,
    define=_conv,
    vjp=_conv_vjp,
    flops=_conv_flops,
    attributes=SETTINGS,
    algebra=Algebra(weighs=1),
    words=Words(shares=_conv_shares),
    advice=Advice(other_names="conv3d conv_general_dilated correlate2d convolve convolve2d"),
)
CONV_TRANSPOSE, SHIFTED_CONV_TRANSPOSE = _operations(
    "conv_transpose",
    ("x", "W"),
    TRANSPOSED,
    1,
    formula="W weighted by x at its windows, added up",
    doc="What brings a convolution's gradient back to its input, as a layer: x [N, C, ...space], W [C, O / groups, "
    "...size], b [O] or left out; sizes grow by the stride, as PyTorch has them.",
    onnx=onnx_windows.CONV_TRANSPOSE,
    torch=torch_windows.CONV_TRANSPOSE,
    define=_conv_transpose,
    vjp=_conv_transpose_vjp,
    flops=_transpose_flops,
    attributes=(*SETTINGS, OUTPUT_PADDING),
    algebra=Algebra(weighs=1),
    words=Words(shares=_transpose_shares),
    advice=Advice(other_names="conv_transpose1d conv_transpose2d conv_transpose3d deconvolution"),
)


def _weights_trials() -> tuple[Trial, ...]:
    found = []
    for x, weights, attributes in CONVOLVED:
        own = _conv_windows((Type("real", x), Type("real", weights)), attributes)
        g = (x[0], weights[0], *own.counts)
        found.append(Trial((g, x), (own.size, own.stride, own.sides, own.dilation, attributes[3])))
    return tuple(found)


CONV_WEIGHTS = Operation(
    "conv-weights",
    ("g", "x"),
    "windows of x weighted by g, added up",
    "The gradient of a convolution by its weights, whose windows are of `size`.",
    onnx=onnx_windows.CONV_WEIGHTS,
    define=_conv_weights,
    multiplied=(0, 1),
    vjp=_conv_weights_vjp,
    flops=_weights_flops,
    attributes=(Attribute("size", "list", required=True), *SETTINGS),
    role="helper",
    trials=_weights_trials(),
)
CHANNEL_SUM = Operation(
    "channel-sum",
    ("x",),
    "the sum of each channel",
    "Sums over all axes but the first, long ones carried in float64.",
    infer=lambda types: Type("real", types[0].shape[:1]),
    forward=_channel_sum,
    kernel=_channel_sum_into,
    vjp=_channel_sum_vjp,
    flops=for_each_operand(1),
    rows=Rows(_channels_of_rows),
    c=c_sums.CHANNEL_SUM,
    onnx=onnx_windows.CHANNEL_SUM,
    numpy=NumpyForm("channel_sum({0})", (forms_of.CHANNEL_SUM,)),
    role="helper",
    trials=(Trial(((2, 3),)), Trial(((3, 2, 4),)), Trial(((2, 5, 500),)), Trial(((1, 2048),))),
)

CONVOLUTIONS = (CHANNEL_SUM, CONV, SHIFTED_CONV, CONV_TRANSPOSE, SHIFTED_CONV_TRANSPOSE, CONV_WEIGHTS)
