"""Forms in PyTorch of windows over axes of space, [N, channels, ...space], with its own functions."""

from typing import Any

from ....shape import Shape, Type
from ...attribute import Attributes
from ...facts import Types
from ...windows.geometry import Numbers, Sides, each_axis, sides_of, windows
from ..numpy_form import NumpyForm


def _space(shape: Shape) -> Numbers:
    return tuple([size for size in shape if isinstance(size, int)])


def _padded(sides: Sides, value: str = "") -> str:
    """The operand with something around it."""
    if not any(map(any, sides)):
        return "{0}"
    flat = [side for pair in reversed(sides) for side in pair]
    return f"functional.pad({{0}}, {flat}{value})"


def _settings(**given: Any) -> str:
    """Settings that are not what PyTorch takes by itself."""
    plain = {"stride": 1, "padding": 0, "dilation": 1, "output_padding": 0, "groups": 1}
    told = {name: value for name, value in given.items() if {plain[name]} != {*_listed(value)}}
    return "".join(f", {name}={_listed(value) if len(_listed(value)) > 1 else value}" for name, value in told.items())


def _listed(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _conv(types: Types, result: Type, attributes: Attributes) -> str:
    stride, padding, dilation, groups = attributes
    space, size = _space(types[0].shape[2:]), _space(types[1].shape[2:])
    found = windows("conv", space, size, stride, padding, dilation)
    even = all(before == behind for before, behind in found.sides)
    x = "{0}" if even else _padded(found.sides)
    around = tuple(before for before, _ in found.sides) if even else 0
    told = _settings(stride=found.stride, padding=around, dilation=found.dilation, groups=groups)
    bias = ", {2}" if len(types) > 2 else ""
    return f"functional.conv{len(space)}d({x}, {{1}}{bias}{told})"


def _conv_transpose(types: Types, result: Type, attributes: Attributes) -> str:
    """What is cut off around it is told as padding where it is the same on both sides, and is else cut off."""
    stride, padding, dilation, groups, output_padding = attributes
    axes = len(result.shape) - 2
    sides = sides_of("conv_transpose", padding, axes)
    more = each_axis("conv_transpose", "output_padding", output_padding, axes, 0)
    steps, apart = (each_axis("conv_transpose", "", each, axes, 1) for each in (stride, dilation))
    even = all(before == behind for before, behind in sides)
    around = tuple(before for before, _ in sides) if even else 0
    told = _settings(stride=steps, padding=around, output_padding=more, dilation=apart, groups=groups)
    bias = ", {2}" if len(types) > 2 else ""
    made = f"functional.conv_transpose{axes}d({{0}}, {{1}}{bias}{told})"
    if even:
        return made
    flat = [-side for pair in reversed(sides) for side in pair]
    return f"functional.pad({made}, {flat})"


def _pool(function: str, value: str) -> NumpyForm:
    def text(types: Types, result: Type, attributes: Attributes) -> str:
        size, stride, padding = attributes
        space = _space(types[0].shape[2:])
        sizes = each_axis(function, "size", size, len(space), 1)
        found = windows(function, space, sizes, sizes if stride is None else stride, padding, 1)
        x = _padded(found.sides, value)
        own, by = (each if len(each) > 1 else each[0] for each in (found.size, found.stride))
        return f"functional.{function}{len(space)}d({x}, {own}, {by})"

    return NumpyForm(text)


CONV = NumpyForm(_conv)
CONV_TRANSPOSE = NumpyForm(_conv_transpose)
MAX_POOL = _pool("max_pool", ", value=-torch.inf")
MEAN_POOL = _pool("avg_pool", "")
