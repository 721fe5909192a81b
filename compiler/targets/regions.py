"""Where the arrays of a generated function lie: bytes of the arena, of an array that its caller holds, of an input."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

ITEM_BYTES = {"float32": 4, "float64": 8, "int64": 8, "intp": 8, "uint32": 4, "uint64": 8, "uint8": 1, "bool": 1}
"""Bytes of an element; `intp`, the type of indices, takes 4 where addresses have 32 bits."""

ARENA = "arena"
"""The memory of a step's own."""


class Region(NamedTuple):
    """The bytes of a memory from `start` up to `stop`."""

    memory: str
    start: int
    stop: int

    def overlaps(self, other: "Region") -> bool:
        return self.memory == other.memory and self.start < other.stop and other.start < self.stop

    def holds(self, other: "Region") -> bool:
        return self.memory == other.memory and self.start <= other.start and other.stop <= self.stop

    def without(self, other: "Region") -> "list[Region]":
        """What is left of it once another is taken out: up to two parts."""
        if not self.overlaps(other):
            return [self]
        parts = (self._replace(stop=other.start), self._replace(start=other.stop))
        return [part for part in parts if part.start < part.stop]


def region_of(
    name: str, kind: str, arguments: tuple[Any, ...], precision: str, known: Callable[[str], Region | None]
) -> Region | None:
    """Where a bound object lies; None for what is no array. `known` says it of the object that another is a view of."""
    if kind in ("arena", "row"):
        offset, shape, dtype = arguments
        return Region(ARENA, offset, offset + _bytes(shape, dtype))
    if kind == "held":
        array, start, shape = arguments
        begin = start * ITEM_BYTES[precision]
        return Region(array, begin, begin + _bytes(shape, precision))
    if kind in ("full", "constant"):
        return Region(name, 0, _bytes(*arguments[1:]))
    if kind == "arange":
        stop, step = arguments
        return Region(name, 0, -(-stop // step) * ITEM_BYTES["intp"])
    if kind in ("reshape", "transpose", "bits", "axes", "part", "windows", "method", "address"):
        return known(arguments[0])
    if kind == "rows" and (whole := known(arguments[0])) is not None:
        _, first, last, count = arguments
        row = (whole.stop - whole.start) // count
        return Region(whole.memory, whole.start + first * row, whole.start + last * row)
    return None


def _bytes(shape: tuple[int, ...], dtype: str) -> int:
    return math.prod(shape) * ITEM_BYTES[dtype]
