"""Heights of what stands in columns: near to what it is linked with, in order, and without touching."""

from collections.abc import Callable, Sequence
from itertools import pairwise

ROUNDS = 6
"""Times that every column is settled by its neighbours on one side."""


def settle(wanted: Sequence[float], weights: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """The places nearest to those wanted (least weighted squares) that are in order and `gaps` apart.

    It is isotonic regression by pooling neighbours that would be out of order. Places are whole numbers before the
    gaps are added.
    """
    shift = 0.0
    shifts = []
    pools: list[tuple[float, float, int]] = []
    for number, (place, weight) in enumerate(zip(wanted, weights, strict=True)):
        if number:
            shift += gaps[number - 1]
        shifts.append(shift)
        pool = (place - shift, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            other = pools.pop()
            total = other[1] + pool[1]
            pool = ((other[0] * other[1] + pool[0] * pool[1]) / total, total, other[2] + pool[2])
        pools.append(pool)
    levels = [float(round(mean)) for mean, _, count in pools for _ in range(count)]
    return [level + moved for level, moved in zip(levels, shifts, strict=True)]


def heights(
    columns: Sequence[Sequence[int]],
    up: Sequence[float],
    down: Sequence[float],
    left: Sequence[Sequence[tuple[int, float]]],
    right: Sequence[Sequence[tuple[int, float]]],
    gap: Callable[[int, int], float],
    weight: Callable[[int], float],
) -> list[float]:
    """The height of each slot. `left` and `right` are its neighbours with how much lower than those it wants to be."""
    height = [0.0] * len(up)
    gaps = [[down[a] + up[b] + gap(a, b) for a, b in pairwise(column)] for column in columns]
    for column, apart in zip(columns, gaps, strict=True):
        middle = sum(apart) / 2
        for slot, place in zip(column, settle([0.0] * len(column), [1.0] * len(column), apart), strict=True):
            height[slot] = place - round(middle)
    for _ in range(ROUNDS):  # the last round ends with the left side, so that links leave their sources straight
        for side, order in ((right, -1), (left, 1)):
            for column, apart in list(zip(columns, gaps, strict=True))[::order]:
                wanted = [_wanted(slot, side[slot], height) for slot in column]
                weights = [weight(slot) if side[slot] else 0.1 for slot in column]
                for slot, place in zip(column, settle(wanted, weights, apart), strict=True):
                    height[slot] = place
    _close_up(columns, gaps, up, down, right, height)
    return height


def _close_up(
    columns: Sequence[Sequence[int]],
    gaps: Sequence[Sequence[float]],
    up: Sequence[float],
    down: Sequence[float],
    right: Sequence[Sequence[tuple[int, float]]],
    height: list[float],
) -> None:
    """Moves parts that hang together with nothing above them up, to what is above them in their columns."""
    part = _parts(right)
    tops: dict[int, float] = {}
    members: dict[int, list[tuple[int, int, float]]] = {}
    for column, apart in zip(columns, gaps, strict=True):
        for place, slot in enumerate(column):
            tops[part[slot]] = min(tops.get(part[slot], height[slot]), height[slot] - up[slot])
            above = column[place - 1] if place else -1
            members.setdefault(part[slot], []).append((slot, above, apart[place - 1] if place else 0.0))
    if len(members) < 2:
        return
    highest = min(tops.values())
    for number in sorted(tops, key=tops.__getitem__):
        room = tops[number] - highest
        for slot, above, distance in members[number]:
            if above >= 0 and part[above] != number:
                room = min(room, height[slot] - height[above] - distance)
        for slot, _, _ in members[number] if room > 0 else ():
            height[slot] -= room


def _parts(right: Sequence[Sequence[tuple[int, float]]]) -> list[int]:
    """For each slot, the first slot of those that it hangs together with."""
    first = list(range(len(right)))

    def root(slot: int) -> int:
        while first[slot] != slot:
            first[slot] = first[first[slot]]
            slot = first[slot]
        return slot

    for slot, neighbours in enumerate(right):
        for other, _ in neighbours:
            a, b = root(slot), root(other)
            first[max(a, b)] = min(a, b)
    return [root(slot) for slot in range(len(right))]


def _wanted(slot: int, neighbours: Sequence[tuple[int, float]], height: Sequence[float]) -> float:
    if not neighbours:
        return height[slot]
    return sum(height[neighbour] + lower for neighbour, lower in neighbours) / len(neighbours)
