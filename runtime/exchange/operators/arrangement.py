"""Operators of ONNX that put elements elsewhere, or say sizes, as nodes of a graph."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ....compiler.shape import Shape, multiply_sizes, product
from ..site import Known, Names, Site, Sizes, Unsayable, Value, place_of
from .elements import Rule
from .parts import part

MOST_COPIES = 64
"""Of a value, one after the other."""


def _shape(site: Site) -> Value:
    own = site.shape(0)
    return Sizes(own[slice(site.attribute("start", 0), site.attribute("end"))])


def _size(site: Site) -> Value:
    return Sizes((product(site.shape(0)),), scalar=True)


def _reshape(site: Site) -> Value:
    own = site.shape(0)
    wanted = site.sizes(1) if site.has(1) else tuple(site.attribute("shape", ()))
    if not site.attribute("allowzero", 0):
        wanted = tuple([own[axis] if size == 0 and axis < len(own) else size for axis, size in enumerate(wanted)])
    return _as_shape(site, wanted)


def _as_shape(site: Site, shape: Shape) -> Value:
    value = site.value(0)
    if isinstance(value, Names) and value.chosen is not None:
        return Names(value.texts, site.builder.reshape(value.chosen, shape=shape))
    if isinstance(value, Known) and all(isinstance(size, int) for size in shape):
        return Known(value.array.reshape(shape), value.name)
    if isinstance(value, Sizes):
        return Sizes(value.sizes, scalar=not shape)
    x = site.reference(0)
    own = site.builder.type(x).shape
    if not shape and {*own} == {1}:  # a text can't say a shape without axes
        return site.builder.slice(x, start=(0,) * len(own), count=own, step=(0,) * len(own))
    return x if own == shape else site.builder.reshape(x, shape=shape)


def _flatten(site: Site) -> Value:
    own = site.shape(0)
    axis = site.attribute("axis", 1)
    axis = axis + len(own) if axis < 0 else axis
    if axis == 1 and len(own) > 1:
        return site.builder.flatten(site.reference(0))
    return _as_shape(site, (product(own[:axis]), product(own[axis:])))


def _squeeze(site: Site) -> Value:
    value = site.value(0)
    if isinstance(value, Sizes):
        return Sizes(value.sizes, scalar=True)
    own = site.shape(0)
    given = site.axes(1)
    gone = (
        {axis for axis, size in enumerate(own) if size == 1}
        if given is None
        else {place_of(a, len(own)) for a in given}
    )
    return _as_shape(site, tuple([size for axis, size in enumerate(own) if axis not in gone]))


def _unsqueeze(site: Site) -> Value:
    value, axes = site.value(0), site.axes(1, ()) or []
    if isinstance(value, Sizes) and value.scalar and len(axes) == 1:
        return Sizes(value.sizes)
    own = list(site.shape(0))
    rank = len(own) + len(axes)
    for axis in sorted(place_of(axis, rank) for axis in axes):
        own.insert(axis, 1)
    return _as_shape(site, tuple(own))


def _transpose(site: Site) -> Value:
    rank = site.rank(0)
    order = tuple(site.attribute("perm", range(rank)[::-1]))
    value = site.value(0)
    if isinstance(value, Known):
        return Known(value.array.transpose(order), value.name)
    swapped = rank > 1 and order == (*range(rank - 2), rank - 1, rank - 2)
    x = site.reference(0)
    if order == tuple(range(rank)):
        return x
    return site.builder.transpose(x) if swapped else site.builder.transpose(x, axes=order)


def _expand(site: Site) -> Value:
    own, given = site.shape(0), site.sizes(1)
    rank = max(len(own), len(given))
    padded = [(*(1,) * (rank - len(each)), *each) for each in (own, given)]
    shape = tuple([b if a == 1 else a for a, b in zip(*padded, strict=True)])
    x = site.reference(0)
    return x if own == shape else site.builder.expand(x, shape=shape)


def _concat(site: Site) -> Value:
    values = [site.value(slot) for slot in range(len(site))]
    if any(isinstance(each, Sizes) for each in values) and all(not isinstance(each, int | Names) for each in values):
        return Sizes(tuple([size for slot in range(len(site)) for size in site.sizes(slot)]))
    axis = place_of(site.attribute("axis", 0), site.rank(0))
    if all(isinstance(each, Known) for each in values):
        return Known(np.concatenate([site.array(slot) for slot in range(len(site))], axis))
    parts = site.references()
    return parts[0] if len(parts) == 1 else site.builder.concat(parts[0], *parts[1:], axis=axis)


# --- what is made -----------------------------------------------------------------------------------------------


def _constant(site: Site) -> Value:
    names = ("value", "value_float", "value_int", "value_floats", "value_ints", "value_strings", "value_string")
    given = next((site.attribute(name) for name in names if site.attribute(name) is not None), None)
    if given is None:
        raise Unsayable("a constant of a kind that is not known")
    if isinstance(given, str) or (isinstance(given, tuple) and given and isinstance(given[0], str)):
        return Names((given,) if isinstance(given, str) else given)
    return Known(np.asarray(given, np.float32 if np.asarray(given).dtype.kind == "f" else None))


def _constant_of_shape(site: Site) -> Value:
    shape, value = site.sizes(0), np.reshape(site.attribute("value", np.zeros(1, np.float32)), -1)
    number = site.constant(float(value[0]))
    if value.dtype.kind in "iu" and len(shape) == 1 and isinstance(shape[0], int) and shape[0] <= 64:
        return Known(np.full(shape, value[0]))
    return number if not shape else site.builder.expand(number, shape=shape)


def _range(site: Site) -> Value:
    values = [site.value(slot) for slot in range(3)]
    if isinstance(values[1], Sizes) and site.whole(0) == [0] and site.whole(2) == [1]:
        return site.builder.range(n=values[1].sizes[0])
    start, limit, delta = (float(site.array(slot).reshape(())) for slot in range(3))
    many = max(0, int(np.ceil((limit - start) / delta))) if delta else 0
    builder = site.builder
    found = builder.range(n=many)
    if delta != 1:
        found = builder.mul(found, site.constant(delta))
    return builder.add(found, site.constant(start)) if start else found


def _one_hot(site: Site) -> Value:
    if site.attribute("axis", -1) not in (-1, site.rank(0)):
        raise Unsayable("an axis that is not the last")
    classes = site.whole(1)[0]
    low, high = (float(each) for each in site.array(2))
    builder = site.builder
    hot = builder.one_hot(site.as_int(site.reference(0)), classes=classes)
    if (low, high) == (0, 1):
        return hot
    scaled = builder.mul(hot, site.constant(high - low))
    return builder.add(scaled, site.constant(low)) if low else scaled


def _pad(site: Site) -> Value:
    if site.attribute("mode", "constant") != "constant":
        raise Unsayable(f"padding by `{site.attribute('mode')}`")
    pads = site.whole(1) if site.has(1) else list(site.attribute("pads", ()))
    value = site.number(2, 0.0) if site.version >= 11 else site.attribute("value", 0.0)
    rank = site.rank(0)
    axes = site.whole(3) if site.has(3) else list(range(rank))
    if len(pads) != 2 * len(axes):
        raise Unsayable(f"{len(pads)} widths for {len(axes)} axes")
    widths = [(0, 0)] * rank
    for number, axis in enumerate(axes):
        widths[place_of(axis, rank)] = (pads[number], pads[number + len(axes)])
    x = site.reference(0)
    cut = {axis: slice(max(0, -a), -max(0, -b) or None) for axis, (a, b) in enumerate(widths) if a < 0 or b < 0}
    x = part(site, x, cut)
    kept = tuple([(max(0, a), max(0, b)) for a, b in widths])
    return site.builder.pad(x, widths=kept, value=value) if any(map(any, kept)) else x


def _tile(site: Site) -> Value:
    x, builder = site.reference(0), site.builder
    for axis, many in enumerate(site.whole(1)):
        if not 0 < many <= MOST_COPIES:
            raise Unsayable(f"{many} copies")
        if many > 1:
            x = builder.concat(x, x, *[x] * (many - 2), axis=axis)
    return x


def _space_to_depth(site: Site) -> Value:
    rows, channels, *space = site.shape(0)
    by, builder = site.attribute("blocksize"), site.builder
    height, width = (site.fixed(size, "an axis of space") // by for size in space)
    x = builder.reshape(site.reference(0), shape=(rows, channels, height, by, width, by))
    x = builder.transpose(x, axes=(0, 3, 5, 1, 2, 4))
    return builder.reshape(x, shape=(rows, multiply_sizes(channels, by * by), height, width))


ARRANGEMENT: Mapping[str, Rule] = MappingProxyType(
    {
        "Shape": _shape, "Size": _size, "Reshape": _reshape, "Flatten": _flatten, "Squeeze": _squeeze,
        "Unsqueeze": _unsqueeze, "Transpose": _transpose, "Expand": _expand, "Concat": _concat,
        "Constant": _constant,
        "ConstantOfShape": _constant_of_shape, "Range": _range, "OneHot": _one_hot, "Pad": _pad, "Tile": _tile,
        "SpaceToDepth": _space_to_depth,
    }
)  # fmt: skip
"""By name."""
