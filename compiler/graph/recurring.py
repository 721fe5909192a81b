"""Pieces of a sequence that come again in other places: of those that give one value, the longest."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

LOOKS = 16
"""How often each element is looked at to make pieces longer, at the most; longer ones stay as they are then."""

LEAST = 3
"""Elements of a piece: shorter ones are read as quickly as a name for them."""


class Recurring(NamedTuple):
    """Pieces of equal elements, `length` each, that do not overlap."""

    starts: tuple[int, ...]
    length: int

    @property
    def spared(self) -> int:
        """Elements that need not be written a second time."""
        return self.length * (len(self.starts) - 1)


def recurring(labels: Sequence[Hashable], last_read: Sequence[int], free: Sequence[bool]) -> list[Recurring]:
    """Pieces of which nothing but the last element is read behind them, those that spare most first.

    `last_read` is for each element the last place that reads it, `free` which elements may be in a piece. Windows of 1,
    2, 4, ... elements are numbered so that equal ones have equal numbers; each is made longer to the left, up to the
    next width. A piece that the element behind it could join is left to that one. Linear, times the logarithm of the
    longest piece.
    """
    plain = _numbered(
        [label if open else (place,) for place, (label, open) in enumerate(zip(labels, free, strict=True))]
    )
    numbers, width, found = plain, 1, list[Recurring]()
    looks = LOOKS * len(labels)
    while width <= len(labels) // 2:
        places: dict[int, list[int]] = {}
        for start, number in enumerate(numbers):
            if free[start]:
                places.setdefault(number, []).append(start + width - 1)
        for ends in places.values():
            if len(ends) > 1 and looks > 0 and not _joined(plain, last_read, ends):
                best, looked = _longest(plain, last_read, ends, width)
                looks -= looked
                found += [] if best is None else [best]
        if len(places) == len(numbers):  # nothing comes twice
            break
        numbers = _numbered(list(zip(numbers, numbers[width:], strict=False)))
        width *= 2
    return sorted(found, key=lambda each: (-each.spared, each.starts))


def _joined(plain: Sequence[int], last_read: Sequence[int], ends: Sequence[int]) -> bool:
    """Whether the same element follows all of these, and is the only one that reads them."""
    if ends[-1] + 1 == len(plain) or any(last_read[end] > end + 1 for end in ends):
        return False
    return len({plain[end + 1] for end in ends}) == 1


def _longest(
    plain: Sequence[int], last_read: Sequence[int], ends: Sequence[int], width: int
) -> tuple[Recurring | None, int]:
    """Of pieces that end in these places the ones that spare most, and how many elements were looked at."""
    apart: list[int] = []
    for end in ends:
        if not apart or end - apart[-1] >= width:
            apart.append(end)
    reach = {end: max(last_read[end - width + 1 : end], default=-1) for end in apart}
    best: Recurring | None = None
    looked = width * len(apart)
    for length in range(width, 2 * width):
        if length > width:
            last = apart[0] - length + 1
            if last < 0 or len({plain[end - length + 1] for end in apart}) > 1:
                break
            looked += len(apart)
            apart = [end for place, end in enumerate(apart) if not place or end - apart[place - 1] >= length]
            for end in apart:
                reach[end] = max(reach[end], last_read[end - length + 1])
        whole = tuple([end - length + 1 for end in apart if reach[end] <= end])
        made = Recurring(whole, length)
        if length >= LEAST and len(whole) > 1 and (best is None or made.spared > best.spared):
            best = made
    return best, looked


def _numbered(values: Sequence[Hashable]) -> list[int]:
    """Equal values as equal numbers."""
    known: dict[Hashable, int] = {}
    return [known.setdefault(value, len(known)) for value in values]
