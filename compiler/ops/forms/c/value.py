"""A value as C finds it: where each of its elements lies."""

from collections.abc import Sequence
from typing import NamedTuple

from ....shape import Kind

Numbers = tuple[int, ...]


class CValue(NamedTuple):
    """Elements of an array of C, `strides` apart along each axis, from an `offset` on, an expression.

    A `single` one is no array: its name is a variable or a number itself.
    """

    name: str
    kind: Kind
    shape: Numbers
    strides: Numbers
    offset: str = ""
    single: bool = False

    def at(self, index: Sequence[str] = ()) -> str:
        """One element, by an expression for each axis."""
        return self.name if self.single else f"{self.name}[{self.place(index) or '0'}]"

    def pointer(self, index: Sequence[str] = ()) -> str:
        """Where one element lies."""
        if self.single:
            return f"&{self.name}"
        place = self.place(index)
        return f"{self.name} + {place}" if place else self.name

    def place(self, index: Sequence[str]) -> str:
        """The number of an element in the array."""
        steps = zip(index, self.strides, strict=False)
        terms = [_times(each, by) for each, by in steps if by and each != "0"]
        return " + ".join([*([self.offset] if self.offset else []), *terms]).replace("+ -", "- ")

    def within(self, index: Sequence[str]) -> "CValue":
        """What is left where the first axes have an index."""
        if self.single:
            return self
        count = len(index)
        return self._replace(shape=self.shape[count:], strides=self.strides[count:], offset=self.place(index))

    def moved(self, offset: int, shape: Numbers, strides: Numbers) -> "CValue":
        """Other elements of the array, from so many further on."""
        there = " + ".join([each for each in (self.offset, str(offset) if offset else "") if each])
        return self._replace(shape=shape, strides=strides, offset=there)

    def broadcast(self, shape: Numbers) -> "CValue":
        """The value repeated to a shape, by numpy's rule."""
        if self.shape == shape:
            return self
        if self.single:
            return self._replace(shape=shape, strides=(0,) * len(shape))
        lead = len(shape) - len(self.shape)
        own = zip(self.shape, self.strides, strict=True)
        return self._replace(shape=shape, strides=(0,) * lead + tuple(0 if size == 1 else by for size, by in own))

    @property
    def ordered(self) -> bool:
        """Whether elements lie one behind the other, in the order in which they are written."""
        own = zip(self.shape, self.strides, in_order(self.shape), strict=True)
        return all(size == 1 or by == wanted for size, by, wanted in own)


def in_order(shape: Numbers) -> Numbers:
    """Strides of elements that lie one behind the other."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def joined(shape: Numbers, values: Sequence[CValue]) -> tuple[Numbers, list[CValue]]:
    """The same elements over as few axes as they need: those of size 1 go, neighbours become one."""
    kept: list[int] = []
    sizes: list[int] = []
    for axis, size in enumerate(shape):
        if size == 1:
            continue
        if kept and all(each.single or each.strides[kept[-1]] == each.strides[axis] * size for each in values):
            kept[-1], sizes[-1] = axis, sizes[-1] * size
        else:
            kept.append(axis)
            sizes.append(size)
    made = [
        each if each.single else each._replace(shape=tuple(sizes), strides=tuple([each.strides[axis] for axis in kept]))
        for each in values
    ]
    return tuple(sizes), made


def _times(index: str, by: int) -> str:
    if by == 1:
        return index
    return f"{index} * {by}" if index.isidentifier() else f"({index}) * {by}"
