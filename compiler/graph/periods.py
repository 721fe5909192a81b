"""Where a sequence repeats itself: its maximal runs, each with the distance at which its elements come again."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple


class Periodic(NamedTuple):
    """Elements from `start` to before `stop`, of which each is the one `period` places before it, if that is there."""

    start: int
    stop: int
    period: int

    @property
    def spared(self) -> int:
        """Elements that need not be written a second time."""
        return self.stop - self.start - self.period


def periodic(labels: Sequence[Hashable]) -> list[Periodic]:
    """The maximal runs of at least two copies, in the order of what they spare, most first.

    Windows of 1, 2, 4, ... elements are numbered so that equal ones have equal numbers; a run of period p shows where
    a window of about p elements was last seen p places before. Linear, times the logarithm of the longest period.
    """
    numbers = _numbered(labels)
    count = len(labels)
    plain = numbers
    found: set[Periodic] = set()
    looked: dict[int, int] = {}
    width = 1
    while width <= count // 2:
        seen: dict[int, int] = {}
        for place, number in enumerate(numbers):
            period = place - seen.get(number, place)
            seen[number] = place
            if not 0 < period <= 2 * width or place < looked.get(period, 0):
                continue
            start, stop = place, place + width
            while stop < count and plain[stop] == plain[stop - period]:
                stop += 1
            while start > period and plain[start - 1] == plain[start - 1 - period]:
                start -= 1
            looked[period] = stop
            if stop - start >= period:
                found.add(Periodic(start - period, stop, period))
        if len(seen) == len(numbers):  # nothing comes twice
            break
        numbers = _numbered(list(zip(numbers, numbers[width:], strict=False)))
        looked = {}
        width *= 2
    return sorted(found, key=lambda run: (-run.spared, run))


def _numbered(values: Sequence[Hashable]) -> list[int]:
    """Equal values as equal numbers."""
    known: dict[Hashable, int] = {}
    return [known.setdefault(value, len(known)) for value in values]
