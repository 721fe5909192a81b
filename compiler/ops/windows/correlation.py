"""Convolutions with rows last, [C, ...space, N], so that what windows read lies side by side: what `conv` is made of.

Three operations, linear in each of two operands, are all derivatives of one another. Patches are gathered for a part of
the windows at a time, so that they stay in the cache while the product reads them, and take little memory.

Over 300 lines: three operations that are each other's derivatives, each with its form over arrays and its kernel.
"""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

from ...shape import Clash, Shape, Size, Type, multiply_sizes, shape_text
from ..attribute import Attribute, Attributes
from ..builder import Builder
from ..emitter import Buffer, Emitter, windows_in
from ..facts import Array, Axes, Rows, Types, elements
from ..forms import windows as forms_of
from ..forms.c import windows as c_windows
from ..forms.numpy_form import NumpyForm
from ..forms.onnx import windows as onnx_windows
from ..operation import Namespace, Operation, Reference, Trial
from .geometry import Box, Numbers, boxes, offsets


class _Forms(NamedTuple):
    """Sizes of a correlation: x is [groups * channels, *space, rows], W [groups * filters, channels, *size]."""

    groups: int
    channels: int
    filters: int
    size: Numbers
    stride: Numbers
    dilation: Numbers
    counts: Numbers
    rows: int

    @property
    def patch(self) -> int:
        """The elements of W that one filter has."""
        return self.channels * prod(self.size)

    @property
    def plain(self) -> bool:
        """Whether each patch is an element of each channel as it lies."""
        return prod(self.size) == 1 and prod(self.stride) == 1

    @property
    def parts(self) -> list[Box]:
        """Boxes over [*windows, rows]."""
        whole = (*self.counts, self.rows)
        return [Box((0,) * len(whole), whole)] if self.plain else boxes(whole, self.patch)

    def columns(self) -> Iterator[tuple[Box, int, int]]:
        """Each part, where it begins among all windows of all rows, and how many it has."""
        first = 0
        for box in self.parts:
            yield box, first, prod(box.counts)
            first += prod(box.counts)


def _forms(x: Numbers, size: Numbers, filters: int, stride: Numbers, dilation: Numbers, groups: int) -> _Forms:
    """By the shape of x, or of what it would be, and of all filters."""
    count = windows_in(x[1:-1], size, stride, dilation)
    return _Forms(groups, x[0] // groups, filters // groups, size, stride, dilation, count, x[-1])


def _of_group(many: int, group: int) -> slice:
    return slice(many * group, many * (group + 1))


def _window(forms: _Forms, box: Box, offset: Numbers) -> tuple[slice, ...]:
    """Where the elements at one place of a part's windows lie along the axes of space, and the part's rows."""
    places = []
    for axis, place in enumerate(offset):
        by, first = forms.stride[axis], place * forms.dilation[axis] + box.start[axis] * forms.stride[axis]
        places.append(slice(first, first + (box.counts[axis] - 1) * by + 1, by))
    return (*places, slice(box.start[-1], box.start[-1] + box.counts[-1]))


def _patches(xp: Namespace, x: Array, forms: _Forms, box: Box, group: int) -> Array:
    """The patches of a part as a matrix: a row for each element of a filter, a column for each window."""
    own = x[_of_group(forms.channels, group)]
    if forms.plain:
        return xp.reshape(own, (forms.channels, -1))
    found = [own[(slice(None), *_window(forms, box, offset))] for offset in offsets(forms.size)]
    return xp.reshape(xp.stack(found, axis=1), (forms.patch, prod(box.counts)))


def _in_memory(x: Array) -> bool:
    """Whether results can be written into a part of an array: not with JAX's."""
    return not hasattr(x, "at")


def _type_of_space(name: str, whole: Shape, size: Shape, stride: Numbers, dilation: Numbers) -> Numbers:
    count = []
    for own, each, by, apart in zip(whole, size, stride, dilation, strict=True):
        if not isinstance(own, int) or not isinstance(each, int) or own < (each - 1) * apart + 1:
            raise Clash(f"{name}: windows of {shape_text(size)} do not fit into {shape_text(whole)}", operands=(0, 1))
        count.append((own - (each - 1) * apart - 1) // by + 1)
    return tuple(count)


# --- forward ----------------------------------------------------------------------------------------------------


def _type(types: Types, stride: Numbers, dilation: Numbers, groups: int) -> Type:
    x, weights = types[0].shape, types[1].shape
    count = _type_of_space("correlate", x[1:-1], weights[2:], stride, dilation)
    return Type("real", (weights[0], *count, x[-1]))


def _forward(
    xp: Namespace,
    x: Array,
    W: Array,  # noqa: N803  # weights keep their capital letter
    stride: Numbers,
    dilation: Numbers,
    groups: int,
) -> Array:
    forms = _forms(x.shape, W.shape[2:], W.shape[0], stride, dilation, groups)
    flat = xp.reshape(W, (groups, forms.filters, forms.patch))
    found = []
    for group in range(groups):
        if _in_memory(x):
            own = xp.empty((forms.filters, prod(forms.counts) * forms.rows), x.dtype)
            for box, first, size in forms.columns():
                xp.matmul(flat[group], _patches(xp, x, forms, box, group), own[:, first : first + size])
        else:
            parts = [xp.matmul(flat[group], _patches(xp, x, forms, box, group)) for box in forms.parts]
            own = xp.concatenate(parts, axis=1)
        found.append(own)
    whole = found[0] if groups == 1 else xp.concatenate(found)
    return xp.reshape(whole, (W.shape[0], *forms.counts, forms.rows))


def _jax_forward(
    jax: Any,
    x: Array,
    W: Array,  # noqa: N803  # as above
    stride: Numbers,
    dilation: Numbers,
    groups: int,
) -> Array:
    """The convolution of XLA, told which axis is what."""
    space = range(1, x.ndim - 1)
    own = (x.ndim - 1, 0, *space)
    axes = jax.lax.ConvDimensionNumbers(own, tuple(range(x.ndim)), own)
    return jax.lax.conv_general_dilated(
        x, W, stride, "VALID", rhs_dilation=dilation, dimension_numbers=axes, feature_group_count=groups
    )


class _Gathering:
    """Lines that gather patches into one piece of memory, part by part."""

    def __init__(self, emit: Emitter, x: Buffer, forms: _Forms) -> None:
        self.emit, self.x, self.forms = emit, x, forms
        largest = 0 if forms.plain else forms.patch * max(prod(box.counts) for box in forms.parts)
        self.memory = None if forms.plain else emit.scratch((largest,))

    def into(self, box: Box, group: int) -> Buffer:
        """The patches of a part."""
        emit, forms = self.emit, self.forms
        if self.memory is None:
            rows = emit.view(self.x, "rows", forms.channels * group, forms.channels * (group + 1))
            return emit.view(rows, "reshape", (forms.channels, prod(forms.counts) * forms.rows))
        patches = self.matrix(box)
        seen = emit.view(self.x, "windows", forms.size, forms.stride, forms.dilation)
        axes = len(forms.size)
        start = (forms.channels * group, *(0,) * axes, *box.start)
        count = (forms.channels, *forms.size, *box.counts)
        emit.copy(emit.view(patches, "reshape", count), emit.view(seen, "part", start, count, (1,) * len(count)))
        return patches

    def matrix(self, box: Box) -> Buffer:
        """The memory of a part's patches."""
        assert self.memory is not None
        size = self.forms.patch * prod(box.counts)
        return self.emit.view(
            self.emit.view(self.memory, "rows", 0, size), "reshape", (self.forms.patch, prod(box.counts))
        )


def _columns(emit: Emitter, whole: Buffer, group: int, forms: _Forms, first: int, size: int) -> Buffer:
    """The columns of a part, of all that a group's filters give."""
    flat = emit.view(whole, "reshape", (whole.shape[0], prod(forms.counts) * forms.rows))
    return emit.view(flat, "part", (forms.filters * group, first), (forms.filters, size), (1, 1))


def _weights_of(emit: Emitter, W: Buffer, group: int, forms: _Forms) -> Buffer:  # noqa: N803  # as above
    flat = emit.view(W, "reshape", (W.shape[0], forms.patch))
    return emit.view(flat, "rows", forms.filters * group, forms.filters * (group + 1))


def _into(
    emit: Emitter,
    out: Buffer,
    x: Buffer,
    W: Buffer,  # noqa: N803  # as above
    stride: Numbers,
    dilation: Numbers,
    groups: int,
) -> None:
    forms = _forms(x.shape, W.shape[2:], W.shape[0], stride, dilation, groups)
    gathering = _Gathering(emit, x, forms)
    for group in range(groups):
        weights = _weights_of(emit, W, group, forms)
        for box, first, size in forms.columns():
            emit.call("matmul", weights, gathering.into(box, group), _columns(emit, out, group, forms, first, size))


def _vjp(
    builder: Builder,
    g: Reference,
    x: Reference,
    W: Reference,  # noqa: N803  # as above
    output: Reference,
    stride: Numbers,
    dilation: Numbers,
    groups: int,
) -> tuple[Reference, Reference]:
    space, size = _numbers(builder.type(x).shape[1:-1]), _numbers(builder.type(W).shape[2:])
    given: dict[str, Any] = {"stride": stride, "dilation": dilation, "groups": groups}
    return (
        builder.correlate_input(g, W, space=space, **given),
        builder.correlate_weights(g, x, size=size, **given),
    )


def _numbers(shape: Shape) -> Numbers:
    return tuple([size for size in shape if isinstance(size, int)])


def _rows_last(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    """Rows of the first operand stay apart; what else runs over rows is put together."""
    return over[0] & {-1}, bool(over[0] - {-1}) or any(over[1:])


def _flops(types: Types, result: Type, attributes: Attributes) -> int:
    """A product and a sum for each element of the result and of a filter."""
    return 2 * elements(result) * elements(Type("real", types[1].shape[1:]))


def _backward_flops(types: Types, result: Type, attributes: Attributes) -> int:
    return 2 * elements(types[0]) * elements(Type("real", types[1].shape[1:]))


# --- by the input -----------------------------------------------------------------------------------------------


def _input_type(types: Types, space: Numbers, stride: Numbers, dilation: Numbers, groups: int) -> Type:
    g, weights = types[0].shape, types[1].shape
    if _type_of_space("correlate-input", space, weights[2:], stride, dilation) != g[1:-1]:
        raise Clash(f"correlate-input: g is {shape_text(g)}, which {shape_text(space)} does not give", operands=(0,))
    return Type("real", (multiply_sizes(weights[1], groups), *space, g[-1]))


def _input(
    xp: Namespace,
    g: Array,
    W: Array,  # noqa: N803  # as above
    space: Numbers,
    stride: Numbers,
    dilation: Numbers,
    groups: int,
) -> Array:
    shape = (W.shape[1] * groups, *space, g.shape[-1])
    forms = _forms(shape, W.shape[2:], W.shape[0], stride, dilation, groups)
    flat = xp.reshape(W, (groups, forms.filters, forms.patch))
    arrived = xp.reshape(g, (groups, forms.filters, -1))
    if forms.plain:
        found = [xp.matmul(xp.swapaxes(flat[group], 0, 1), arrived[group]) for group in range(groups)]
        return xp.reshape(xp.concatenate(found), shape)
    whole = xp.zeros(shape, g.dtype)
    for group in range(groups):
        for box, first, size in forms.columns():
            patches = xp.matmul(xp.swapaxes(flat[group], 0, 1), arrived[group][:, first : first + size])
            apart = xp.reshape(patches, (forms.channels, prod(forms.size), *box.counts))
            for number, offset in enumerate(offsets(forms.size)):
                places = (_of_group(forms.channels, group), *_window(forms, box, offset))
                if _in_memory(g):
                    whole[places] += apart[:, number]
                else:
                    whole = whole.at[places].add(apart[:, number])
    return whole


def _jax_input(
    jax: Any,
    g: Array,
    W: Array,  # noqa: N803  # as above
    space: Numbers,
    stride: Numbers,
    dilation: Numbers,
    groups: int,
) -> Array:
    """What is linear in x, the other way round."""
    x = jax.ShapeDtypeStruct((W.shape[1] * groups, *space, g.shape[-1]), g.dtype)
    return jax.linear_transpose(lambda each: _jax_forward(jax, each, W, stride, dilation, groups), x)(g)[0]


def _input_into(
    emit: Emitter,
    out: Buffer,
    g: Buffer,
    W: Buffer,  # noqa: N803  # as above
    space: Numbers,
    stride: Numbers,
    dilation: Numbers,
    groups: int,
) -> None:
    forms = _forms(out.shape, W.shape[2:], W.shape[0], stride, dilation, groups)
    gathering = _Gathering(emit, out, forms)
    whole = emit.view(out, "reshape", (out.shape[0], 1, *out.shape[1:]))
    if not forms.plain:
        emit.line(f"{emit.method(out, 'fill')}(0)")
    for group in range(groups):
        weights = emit.view(_weights_of(emit, W, group, forms), "transpose")
        for box, first, size in forms.columns():
            arrived = _columns(emit, g, group, forms, first, size)
            if forms.plain:
                emit.call("matmul", weights, arrived, gathering.into(box, group))
                continue
            patches = gathering.matrix(box)
            emit.call("matmul", weights, arrived, patches)
            apart = emit.view(patches, "reshape", (forms.channels, prod(forms.size), *box.counts))
            count, ones = (forms.channels, 1, *box.counts), (1,) * (2 + len(box.counts))
            for number, offset in enumerate(offsets(forms.size)):
                places = _window(forms, box, offset)
                start = (forms.channels * group, 0, *(each.start for each in places))
                step = (1, 1, *(each.step or 1 for each in places))
                own = emit.view(whole, "part", start, count, step)
                part = emit.view(apart, "part", (0, number, *(0,) * len(box.counts)), count, ones)
                emit.call("add", own, part, own)


def _input_vjp(
    builder: Builder,
    gg: Reference,
    g: Reference,
    W: Reference,  # noqa: N803  # as above
    output: Reference,
    space: Numbers,
    stride: Numbers,
    dilation: Numbers,
    groups: int,
) -> tuple[Reference, Reference]:
    given: dict[str, Any] = {"stride": stride, "dilation": dilation, "groups": groups}
    size = _numbers(builder.type(W).shape[2:])
    return builder.correlate(gg, W, **given), builder.correlate_weights(g, gg, size=size, **given)


# --- by the weights ---------------------------------------------------------------------------------------------


def _weights_type(types: Types, size: Numbers, stride: Numbers, dilation: Numbers, groups: int) -> Type:
    g, x = types[0].shape, types[1].shape
    if _type_of_space("correlate-weights", x[1:-1], size, stride, dilation) != g[1:-1]:
        raise Clash(f"correlate-weights: g is {shape_text(g)}, which {shape_text(x)} does not give", operands=(0, 1))
    channels: Size = x[0] if groups == 1 else x[0] // groups if isinstance(x[0], int) else x[0]
    return Type("real", (g[0], channels, *size))


def _weights(
    xp: Namespace, g: Array, x: Array, size: Numbers, stride: Numbers, dilation: Numbers, groups: int
) -> Array:
    forms = _forms(x.shape, size, g.shape[0], stride, dilation, groups)
    arrived = xp.reshape(g, (groups, forms.filters, -1))
    found = []
    for group in range(groups):
        total = None
        for box, first, many in forms.columns():
            transposed = xp.swapaxes(arrived[group][:, first : first + many], 0, 1)
            part = xp.matmul(_patches(xp, x, forms, box, group), transposed)
            total = part if total is None else total + part
        found.append(xp.swapaxes(total, 0, 1))
    return xp.reshape(xp.concatenate(found), (g.shape[0], forms.channels, *size))


def _jax_weights(
    jax: Any,
    g: Array,
    x: Array,
    size: Numbers,
    stride: Numbers,
    dilation: Numbers,
    groups: int,
) -> Array:
    """What is linear in W, the other way round."""
    weights = jax.ShapeDtypeStruct((g.shape[0], x.shape[0] // groups, *size), g.dtype)
    return jax.linear_transpose(lambda each: _jax_forward(jax, x, each, stride, dilation, groups), weights)(g)[0]


def _weights_into(
    emit: Emitter, out: Buffer, g: Buffer, x: Buffer, size: Numbers, stride: Numbers, dilation: Numbers, groups: int
) -> None:
    forms = _forms(x.shape, size, g.shape[0], stride, dilation, groups)
    gathering = _Gathering(emit, x, forms)
    shape = (forms.patch, forms.filters)
    total, part = emit.scratch(shape), emit.scratch(shape)
    for group in range(groups):
        for number, (box, first, many) in enumerate(forms.columns()):
            transposed = emit.view(_columns(emit, g, group, forms, first, many), "axes", (1, 0))
            emit.call("matmul", gathering.into(box, group), transposed, part if number else total)
            if number:
                emit.call("add", total, part, total)
        emit.copy(_weights_of(emit, out, group, forms), emit.view(total, "transpose"))


def _weights_vjp(
    builder: Builder,
    gw: Reference,
    g: Reference,
    x: Reference,
    output: Reference,
    size: Numbers,
    stride: Numbers,
    dilation: Numbers,
    groups: int,
) -> tuple[Reference, Reference]:
    given: dict[str, Any] = {"stride": stride, "dilation": dilation, "groups": groups}
    space = _numbers(builder.type(x).shape[1:-1])
    return builder.correlate(x, gw, **given), builder.correlate_input(g, gw, space=space, **given)


def _all_rows(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    return frozenset(), any(over)


def _weights_flops(types: Types, result: Type, attributes: Attributes) -> int:
    return 2 * elements(types[0]) * elements(Type("real", result.shape[1:]))


FURTHER = (
    Attribute("stride", "list", required=True),
    Attribute("dilation", "list", required=True),
    Attribute("groups", "integer", required=True),
)
SPACES: tuple[tuple[Numbers, Numbers, Numbers, Numbers, int, int, int], ...] = (
    ((6,), (3,), (1,), (1,), 1, 7, 1),
    ((4, 5), (2, 3), (1, 1), (1, 1), 8, 7, 1),
    ((6, 5), (2, 2), (2, 1), (1, 2), 8, 7, 1),
    ((4, 4), (1, 1), (1, 1), (1, 1), 8, 7, 1),
    ((5, 4), (3, 2), (2, 2), (1, 1), 8, 10, 2),
    ((3, 3, 4), (2, 2, 2), (1, 1, 2), (1, 2, 1), 7, 8, 1),
)
"""Space, size of windows, strides, dilations, channels, filters, groups."""

ROWS = 5


def _trial_sizes() -> Iterator[tuple[Numbers, Numbers, Numbers, tuple[Numbers, Numbers, int], Numbers]]:
    """Shapes of x, of what it gives, of the weights, then the attributes and the space."""
    for space, size, stride, dilation, channels, filters, groups in SPACES:
        x = (channels, *space, ROWS)
        forms = _forms(x, size, filters, stride, dilation, groups)
        weights = (filters, forms.channels, *size)
        yield x, (filters, *forms.counts, ROWS), weights, (stride, dilation, groups), space


CORRELATE = Operation(
    "correlate",
    ("x", "W"),
    "sums of W over windows of x",
    "A convolution with rows last: x [C, ...space, N], W [O, C / groups, ...size] give [O, ...windows, N].",
    infer=_type,
    forward=_forward,
    kernel=_into,
    vjp=_vjp,
    attributes=FURTHER,
    flops=_flops,
    rows=Rows(_rows_last, last=True),
    c=c_windows.CORRELATE,
    onnx=onnx_windows.CORRELATE,
    jax=_jax_forward,
    multiplied=(0, 1),
    numpy=NumpyForm(
        "correlate({0}, {1}, {stride}, {dilation}, {groups})",
        (forms_of.PLACES, forms_of.PATCHES, forms_of.CORRELATE),
    ),
    role="helper",
    # Of channels that are a dim only what is not in groups is known, and of one alone there is none.
    trials=tuple(Trial((x, weights), rest) for x, _, weights, rest, _ in _trial_sizes() if x[0] > 1 == rest[2]),
)
CORRELATE_INPUT = Operation(
    "correlate-input",
    ("g", "W"),
    "W weighted by g at its windows, added up",
    "The gradient of a convolution with rows last by its input, whose sizes are `space`.",
    infer=_input_type,
    forward=_input,
    kernel=_input_into,
    vjp=_input_vjp,
    attributes=(Attribute("space", "list", required=True), *FURTHER),
    flops=_backward_flops,
    rows=Rows(_rows_last, last=True),
    c=c_windows.CORRELATE_INPUT,
    onnx=onnx_windows.CORRELATE_INPUT,
    jax=_jax_input,
    multiplied=(0, 1),
    numpy=NumpyForm(
        "correlate_input({0}, {1}, {space}, {stride}, {dilation}, {groups})",
        (forms_of.PLACES, forms_of.CORRELATE_INPUT),
    ),
    role="helper",
    trials=tuple(Trial((g, weights), (space, *rest)) for _, g, weights, rest, space in _trial_sizes()),
)
CORRELATE_WEIGHTS = Operation(
    "correlate-weights",
    ("g", "x"),
    "windows of x weighted by g, added up",
    "The gradient of a convolution with rows last by its weights, whose windows are of `size`.",
    infer=_weights_type,
    forward=_weights,
    kernel=_weights_into,
    vjp=_weights_vjp,
    attributes=(Attribute("size", "list", required=True), *FURTHER),
    flops=_weights_flops,
    rows=Rows(_all_rows),
    c=c_windows.CORRELATE_WEIGHTS,
    onnx=onnx_windows.CORRELATE_WEIGHTS,
    jax=_jax_weights,
    multiplied=(0, 1),
    numpy=NumpyForm(
        "correlate_weights({0}, {1}, {size}, {stride}, {dilation}, {groups})",
        (forms_of.PLACES, forms_of.PATCHES, forms_of.CORRELATE_WEIGHTS),
    ),
    role="helper",
    trials=tuple(Trial((g, x), (weights[2:], *rest)) for x, g, weights, rest, _ in _trial_sizes()),
)

CORRELATIONS = (CORRELATE, CORRELATE_INPUT, CORRELATE_WEIGHTS)
