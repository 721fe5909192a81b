"""Random numbers by seed, path, step and element: each from words of its own, whatever else is drawn beside it.

They are those of Philox, whose key is a hash of seed and path; its counter holds the element's block and the step. So a
part of the rows has the numbers that it has among all, and a run that goes on has those of one that never stopped.
"""

import hashlib
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from .facts import Array

BLOCK = 32
"""Bytes of a block of Philox: eight numbers of 24 random bits, or four of 53."""

FIRST, SECOND = 0, 1
"""Rows of words; a normal number is made of one of each."""


@lru_cache(1024)
def key_of(seed: int, path: str) -> tuple[int, int]:
    """The key of what is drawn at a path."""
    digest = hashlib.sha256(f"draw {seed} {path}".encode()).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:16], "little")


class Source:
    """The random numbers of one path, kept so that a step needs no new generator."""

    def __init__(self, seed: int, path: str) -> None:
        bits = np.random.Philox(key=np.array(key_of(seed, path), np.uint64))
        self._generator = np.random.Generator(bits)
        self._bits: Any = bits
        self._state: Any = bits.state
        self._counter = np.zeros(4, np.uint64)
        self._state["state"]["counter"] = self._counter
        self._scratch: Array = np.empty(0)

    def uniform(self, out: Array, step: int, start: int = 0, words: int = FIRST) -> None:
        """Fills an array with numbers in [0, 1); its first element is the `start`th of all that the step draws."""
        block, rest = divmod(start, BLOCK // out.itemsize)
        self._counter[:] = block, 0, step, words
        self._state["buffer_pos"], self._state["has_uint32"] = 4, 0
        self._bits.state = self._state
        if rest:
            self._generator.random(rest, out.dtype)
        self._generator.random(out=out, dtype=out.dtype)

    def normal(self, out: Array, step: int, start: int = 0) -> None:
        """The same of normally distributed numbers: Box and Muller's, of two uniform ones for each."""
        if self._scratch.shape != out.shape or self._scratch.dtype != out.dtype:
            self._scratch = np.empty_like(out)
        angle = self._scratch
        self.uniform(out, step, start)
        self.uniform(angle, step, start, SECOND)
        np.subtract(1, out, out)  # in (0, 1], to the bit
        np.log(out, out)
        np.multiply(out, -2, out)
        np.sqrt(out, out)
        np.multiply(angle, 2 * math.pi, angle)
        np.cos(angle, angle)
        np.multiply(out, angle, out)


Fill: TypeAlias = Callable[[Source, Array, int, int], None]
"""fill(source, array, step, number of the first element)"""

FILLS: Mapping[str, Fill] = MappingProxyType({"uniform-draw": Source.uniform, "normal-draw": Source.normal})
"""How arrays are filled, by the leaf that they are the value of."""


def drawn(leaf: str, seed: int, path: str, shape: tuple[int, ...], precision: str, step: int, start: int) -> Array:
    """A new array of what a leaf draws."""
    out = np.empty(shape, precision)
    FILLS[leaf](Source(seed, path), out, step, start)
    return out
