"""Operators of ONNX that put elements elsewhere, or say sizes, as nodes of a graph."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from ....compiler.ops.operation import Reference
from ....compiler.shape import Linear, Shape, Size, Type, add_sizes, multiply_sizes, product
from ..site import Known, Names, Site, Sizes, Unsayable, Value
from .elements import Rule

MOST_COPIES = 64
"""Of a value, one after the other."""

FAR = 2**31 - 1
"""What stands for an end that is behind all elements."""


def _axis(axis: int, rank: int) -> int:
    if not -rank <= axis < max(rank, 1):
        raise Unsayable(f"axis {axis} of {rank}")
    return axis % rank if rank else 0


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
    return x if site.builder.type(x).shape == shape else site.builder.reshape(x, shape=shape)


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
        {axis for axis, size in enumerate(own) if size == 1} if given is None else {_axis(a, len(own)) for a in given}
    )
    return _as_shape(site, tuple([size for axis, size in enumerate(own) if axis not in gone]))


def _unsqueeze(site: Site) -> Value:
    value, axes = site.value(0), site.axes(1, ()) or []
    if isinstance(value, Sizes) and value.scalar and len(axes) == 1:
        return Sizes(value.sizes)
    own = list(site.shape(0))
    rank = len(own) + len(axes)
    for axis in sorted(_axis(axis, rank) for axis in axes):
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
    axis = _axis(site.attribute("axis", 0), site.rank(0))
    if all(isinstance(each, Known) for each in values):
        return Known(np.concatenate([site.array(slot) for slot in range(len(site))], axis))
    parts = site.references()
    return parts[0] if len(parts) == 1 else site.builder.concat(parts[0], *parts[1:], axis=axis)


# --- parts ------------------------------------------------------------------------------------------------------


def part(site: Site, x: Reference, places: Mapping[int, slice]) -> Reference:
    """The part of a value at places of some of its axes; an end of FAR or more is that of the axis."""
    shape = site.builder.type(x).shape
    start, count, step = [0] * len(shape), list(shape), [1] * len(shape)
    for axis, place in places.items():
        start[axis], count[axis], step[axis] = _counted(shape[axis], place)
    if count == list(shape) and not any(start) and all(by == 1 for by in step):
        return x
    return site.builder.slice(x, start=tuple(start), count=tuple(count), step=tuple(step))


def _counted(size: Size, place: slice) -> tuple[int, Size, int]:
    """From where on, how many, how far apart."""
    by = place.step or 1
    if isinstance(size, int):
        begin, end, by = place.indices(size)
        return begin, len(range(begin, end, by)), by
    begin = place.start or 0
    if by != 1 or begin < 0:
        raise Unsayable(f"a part of an axis whose size is {size}")
    if place.stop is None or place.stop >= FAR:
        return begin, add_sizes(size, -begin), 1
    if place.stop < 0:
        return begin, add_sizes(size, place.stop - begin), 1
    return begin, place.stop - begin, 1


def _slice(site: Site) -> Value:
    if site.version < 10:
        starts, ends = (list(site.attribute(name, ())) for name in ("starts", "ends"))
        axes, steps = list(site.attribute("axes", range(len(starts)))), [1] * len(starts)
    else:
        starts, ends = site.whole(1), _ends(site)
        axes = site.whole(3) if site.has(3) else list(range(len(starts)))
        steps = site.whole(4) if site.has(4) else [1] * len(starts)
    places = {}
    rank = 1 if isinstance(site.value(0), Sizes) else site.rank(0)
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        stop = None if end is None or (step < 0 and end < -FAR) else end
        places[_axis(axis, rank)] = slice(start, stop, step)
    value = site.value(0)
    if isinstance(value, Sizes):
        return Sizes(value.sizes[places.get(0, slice(None))])
    if isinstance(value, Known):
        return Known(value.array[tuple(places.get(axis, slice(None)) for axis in range(value.array.ndim))])
    return part(site, site.reference(0), places)


def _ends(site: Site) -> list[int | None]:
    """Ends of parts; None where that is the size of the axis itself."""
    value = site.value(2)
    if not isinstance(value, Sizes):
        return [*site.whole(2)]
    return [size if isinstance(size, int) else None for size in value.sizes]


def _split(site: Site) -> tuple[Value, ...]:
    axis = _axis(site.attribute("axis", 0), site.rank(0))
    size = site.fixed(site.shape(0)[axis], "the axis that is split")
    if site.has(1):
        parts = site.whole(1)
    elif site.attribute("split") is not None:
        parts = list(site.attribute("split"))
    else:
        many = len(site.node.outputs)
        each = -(-size // many)
        parts = [min(each, size - each * number) for number in range(many)]
    if sum(parts) != size or any(each < 0 for each in parts):
        raise Unsayable(f"parts of {parts} of {size}")
    ends = np.cumsum([0, *parts]).tolist()
    x = site.reference(0)
    return tuple([part(site, x, {axis: slice(ends[n], ends[n + 1])}) for n in range(len(parts))])


def _gather(site: Site) -> Value:
    value, axis = site.value(0), site.attribute("axis", 0)
    if isinstance(value, Names):
        return _chosen(site, value)
    if isinstance(value, Sizes):
        indices = site.array(1)
        found = tuple([value.sizes[int(each)] for each in np.reshape(indices, -1)])
        return Sizes(found, scalar=not indices.ndim)
    index = site.value(1)
    if isinstance(value, Known) and isinstance(index, Known) and value.array.dtype.kind != "f":
        return Known(np.take(value.array, index.array.astype(np.int64), axis))
    x = site.reference(0)
    axis = _axis(axis, len(site.builder.type(x).shape))
    if isinstance(index, int):
        return site.builder.take(x, site.as_int(index), axis=axis)
    return _taken(site, x, site.array(1).astype(np.int64), axis)


def _taken(site: Site, x: Reference, index: np.ndarray, axis: int) -> Reference:
    """The elements of known numbers along an axis."""
    size = site.builder.type(x).shape[axis]
    if index.size and (index < 0).any():
        index = np.where(index < 0, index + site.fixed(size, "the axis that is counted from its end"), index)
    if not index.ndim:
        rank = len(site.builder.type(x).shape)
        start, count, step = [0] * rank, list(site.builder.type(x).shape), [1] * rank
        start[axis], count[axis], step[axis] = int(index), 1, 0
        return site.builder.slice(x, start=tuple(start), count=tuple(count), step=tuple(step))
    numbers = site.builder.literal(_tuples(index), Type("int", index.shape))
    return site.builder.take(x, numbers, axis=axis)


def _tuples(array: np.ndarray) -> tuple[int, ...]:
    return tuple([_tuples(each) if each.ndim else int(each) for each in array])  # type: ignore[misc]  # nested


def _chosen(site: Site, value: Names) -> Value:
    """Texts of class numbers: the numbers, whose texts are remembered."""
    index = site.value(1)
    if not isinstance(index, int):
        raise Unsayable("texts that are known")
    return Names(value.texts, index)


def _gather_elements(site: Site) -> Value:
    x, index = site.reference(0), site.as_int(site.reference(1))
    own, at = site.builder.type(x).shape, site.builder.type(index).shape
    axis = _axis(site.attribute("axis", 0), len(own))
    if at[axis] != 1 or at[:axis] + at[axis + 1 :] != own[:axis] + own[axis + 1 :]:
        raise Unsayable("more than one element along its axis")
    classes = site.fixed(own[axis], "its axis")
    if axis != len(own) - 1:
        raise Unsayable("an axis that is not the last")
    hot = site.builder.one_hot(site.builder.reshape(index, shape=at[:-1]), classes=classes)
    return site.builder.sum(site.builder.mul(x, site.builder.make("real", (hot,))), axis=axis, keepdims=True)


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
        widths[_axis(axis, rank)] = (pads[number], pads[number + len(axes)])
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


def sizes_computed(site: Site) -> Value | None:
    """The result of arithmetic between sizes; None where that is none."""
    values = [site.operands[slot] for slot in range(len(site))]
    if not any(isinstance(each, Sizes) for each in values) or any(isinstance(each, int | Names) for each in values):
        return None
    operator = site.node.operator
    if operator in ("Cast", "Identity") and len(values) == 1:
        return values[0]
    if operator not in ("Add", "Sub", "Mul", "Div", "Mod"):
        return None
    left, right = site.sizes(0), site.sizes(1)
    many = max(len(left), len(right))
    pairs = zip(_spread(left, many), _spread(right, many), strict=True)
    scalar = all(_is_scalar(each) for each in values)
    return Sizes(tuple([_arithmetic(operator, a, b) for a, b in pairs]), scalar)


def _is_scalar(value: Value | None) -> bool:
    return value.scalar if isinstance(value, Sizes) else isinstance(value, Known) and not value.array.ndim


def _spread(sizes: Shape, many: int) -> Sequence[Size]:
    return sizes * many if len(sizes) == 1 else sizes


def _arithmetic(operator: str, a: Size, b: Size) -> Size:
    if operator == "Add":
        return add_sizes(a, b)
    if operator == "Sub":
        return add_sizes(a, multiply_sizes(b, -1))
    if operator == "Mul":
        return multiply_sizes(a, b)
    if isinstance(a, int) and isinstance(b, int) and b:
        return a // b if operator == "Div" else a % b
    if operator == "Div" and isinstance(a, Linear) and isinstance(b, int) and b:
        numbers = [a.constant, *(factor for _, factor in a.terms)]
        if not any(number % b for number in numbers):
            return Linear(tuple([(name, factor // b) for name, factor in a.terms]), a.constant // b)
    raise Unsayable(f"the size `{a}` is divided by `{b}`")


ARRANGEMENT: Mapping[str, Rule] = MappingProxyType(
    {
        "Shape": _shape, "Size": _size, "Reshape": _reshape, "Flatten": _flatten, "Squeeze": _squeeze,
        "Unsqueeze": _unsqueeze, "Transpose": _transpose, "Expand": _expand, "Concat": _concat, "Slice": _slice,
        "Split": _split, "Gather": _gather, "GatherElements": _gather_elements, "Constant": _constant,
        "ConstantOfShape": _constant_of_shape, "Range": _range, "OneHot": _one_hot, "Pad": _pad, "Tile": _tile,
        "SpaceToDepth": _space_to_depth,
    }
)  # fmt: skip
"""By name."""
