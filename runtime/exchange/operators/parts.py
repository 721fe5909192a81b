"""Operators of ONNX that take parts of a value, as nodes of a graph."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ....compiler.ops.operation import Reference
from ....compiler.shape import Size, Type, add_sizes
from ..site import Known, Names, Site, Sizes, Unsayable, Value, place_of
from .elements import Rule

FAR = 2**31 - 1
"""What stands for an end that is behind all elements."""


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
        places[place_of(axis, rank)] = slice(start, stop, step)
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
    axis = place_of(site.attribute("axis", 0), site.rank(0))
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
    axis = place_of(axis, len(site.builder.type(x).shape))
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
    axis = place_of(site.attribute("axis", 0), len(own))
    if at[axis] != 1 or at[:axis] + at[axis + 1 :] != own[:axis] + own[axis + 1 :]:
        raise Unsayable("more than one element along its axis")
    classes = site.fixed(own[axis], "its axis")
    if axis != len(own) - 1:
        raise Unsayable("an axis that is not the last")
    hot = site.builder.one_hot(site.builder.reshape(index, shape=at[:-1]), classes=classes)
    return site.builder.sum(site.builder.mul(x, site.builder.real(hot)), axis=axis, keepdims=True)


PARTS: Mapping[str, Rule] = MappingProxyType(
    {"Slice": _slice, "Split": _split, "Gather": _gather, "GatherElements": _gather_elements}
)
"""By name."""
