"""Convolutions and pools of ONNX as nodes of a graph."""

from collections.abc import Mapping
from itertools import product as all_of
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np

from ....compiler.ops.builder import Builder
from ....compiler.ops.windows.geometry import Numbers, Sides
from ..site import Known, Site, Unsayable, Value
from .elements import Function, Rule


def _space(site: Site) -> Numbers:
    return tuple([site.fixed(size, "an axis of space") for size in site.shape(0)[2:]])


def _numbers(site: Site, name: str, axes: int) -> Numbers:
    return tuple(site.attribute(name, (1,) * axes))


def _sides(site: Site, reach: Numbers, stride: Numbers, space: Numbers) -> Sides:
    """What is put around x."""
    axes, auto = len(reach), site.attribute("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        found = []
        for size, each, by in zip(space, reach, stride, strict=True):
            added = max(0, (-(-size // by) - 1) * by + each - size)
            small, large = added // 2, added - added // 2
            found.append((small, large) if auto == "SAME_UPPER" else (large, small))
        return tuple(found)
    pads = site.attribute("pads", (0,) * (2 * axes)) if auto != "VALID" else (0,) * (2 * axes)
    if len(pads) != 2 * axes or min(pads, default=0) < 0:
        raise Unsayable(f"pads of {list(pads)}")
    return tuple(zip(pads[:axes], pads[axes:], strict=True))


def _conv(site: Site) -> Value:
    size = tuple([site.fixed(each, "an axis of W") for each in site.shape(1)[2:]])
    stride, dilation = (_numbers(site, name, len(size)) for name in ("strides", "dilations"))
    reach = tuple((each - 1) * apart + 1 for each, apart in zip(size, dilation, strict=True))
    needs_space = site.attribute("auto_pad", "NOTSET") not in ("NOTSET", "VALID")
    sides = _sides(site, reach, stride, _space(site) if needs_space else reach)
    operation = Builder.shifted_conv if site.has(2) else Builder.conv
    return _called(operation, site, stride=stride, sides=sides, dilation=dilation)


def _called(operation: Function, site: Site, *, stride: Numbers, sides: Sides, dilation: Numbers, **more: Any) -> Value:
    return operation(
        site.builder,
        *site.references(),
        stride=_short(stride),
        padding=_short_sides(sides),
        dilation=_short(dilation),
        groups=site.attribute("group", 1),
        **more,
    )


def _short(numbers: Numbers) -> Numbers | int:
    """One number where all are alike."""
    return numbers[0] if len(set(numbers)) == 1 else numbers


def _short_sides(sides: Sides) -> Sides | Numbers | int:
    if any(before != after for before, after in sides):
        return sides
    return _short(tuple([before for before, _ in sides]))


def _conv_transpose(site: Site) -> Value:
    size = tuple([site.fixed(each, "an axis of W") for each in site.shape(1)[2:]])
    axes = len(size)
    stride, dilation = (_numbers(site, name, axes) for name in ("strides", "dilations"))
    if site.attribute("output_shape") is not None or site.attribute("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise Unsayable("sides that follow from the sizes of the result")
    sides = _sides(site, size, stride, size)
    more = tuple(site.attribute("output_padding", (0,) * axes))
    operation = Builder.shifted_conv_transpose if site.has(2) else Builder.conv_transpose
    return _called(operation, site, stride=stride, sides=sides, dilation=dilation, output_padding=_short(more))


def _pool(operation: Function, *, largest: bool) -> Rule:
    def rule(site: Site) -> Value:
        size = tuple(site.attribute("kernel_shape", ()))
        stride, dilation = (_numbers(site, each, len(size)) for each in ("strides", "dilations"))
        if set(dilation) - {1} or site.attribute("storage_order", 0):
            raise Unsayable("windows with gaps")
        if len(site.node.outputs) > 1 and site.node.outputs[1]:
            raise Unsayable("the places of the largest")
        space = _space(site)
        given = _sides(site, size, stride, space)
        sides = _ceiled(site, space, size, stride, given) if site.attribute("ceil_mode", 0) else given
        builder = site.builder
        found = operation(
            builder,
            site.reference(0),
            size=_short(size),
            stride=None if stride == size else _short(stride),
            padding=_short_sides(sides),
        )
        if largest or sides == ((0, 0),) * len(size):
            return found
        counted = _counts(space, size, stride, sides, given if site.attribute("count_include_pad", 0) else None)
        if (counted == prod(size)).all():
            return found
        share = np.asarray(prod(size) / counted, np.float32)
        return builder.mul(found, site.as_node(Known(share[None, None], f"{site.node.outputs[0]} share")))

    return rule


def _ceiled(site: Site, space: Numbers, size: Numbers, stride: Numbers, sides: Sides) -> Sides:
    """Sides with which the last window fits that begins within x or before it."""
    found = []
    for own, each, by, (before, after) in zip(space, size, stride, sides, strict=True):
        whole = own + before + after
        many = -(-(whole - each) // by) + 1
        many -= (many - 1) * by >= own + before
        found.append((before, max(after, (many - 1) * by + each - own - before)))
    return tuple(found)


def _counts(space: Numbers, size: Numbers, stride: Numbers, sides: Sides, pads: Sides | None) -> np.ndarray:
    """How many elements count in each window: those of x, and of what is put around it those that `pads` say."""
    along = []
    for axis, (own, each, by, (before, after)) in enumerate(zip(space, size, stride, sides, strict=True)):
        many = (own + before + after - each) // by + 1
        low, high = (0, own) if pads is None else (-pads[axis][0], own + pads[axis][1])
        starts = [number * by - before for number in range(many)]
        along.append([min(start + each, high) - max(start, low) for start in starts])
    counts = [prod(each) for each in all_of(*along)]
    return np.asarray(counts, float).reshape([len(each) for each in along])


WINDOWS: Mapping[str, Rule] = MappingProxyType(
    {
        "Conv": _conv,
        "ConvTranspose": _conv_transpose,
        "MaxPool": _pool(Builder.max_pool, largest=True),
        "AveragePool": _pool(Builder.mean_pool, largest=False),
    }
)
"""By name."""
