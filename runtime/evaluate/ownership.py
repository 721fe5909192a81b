"""Whose memory a result lies in: writing into it may change nothing else."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from ..arrays import Array, Value


def memory_of(array: Array) -> object:
    """The object that holds an array's elements: itself, or what it is a view of."""
    held: object = array
    while isinstance(held, np.ndarray) and held.base is not None:
        held = held.base
    return held


def holders(values: Iterable[Value | None]) -> Counter[int]:
    """How many of the values lie in each piece of memory, by the identity of the object that holds it."""
    return Counter([id(memory_of(value)) for value in values if isinstance(value, np.ndarray)])


def own(value: Value, shared: bool) -> Array:
    """A value as an array that nobody else has: a copy, in C order, where its memory is shared."""
    return np.array(value, order="C") if shared else np.asarray(value)


def all_own(values: Sequence[Value], fed: Iterable[Value]) -> list[Array]:
    """Results that share no memory with each other and with what was fed."""
    taken = set(holders(fed))
    owned = []
    for value in values:
        held = id(memory_of(value)) if isinstance(value, np.ndarray) else 0
        owned.append(own(value, held in taken))
        taken.add(held)
    return owned
