"""Heights of what stands in columns: near to what it is linked with, in order, and without touching."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

ROUNDS = 6
"""Times that every column is settled by its neighbours on one side."""


MAIN, LANE = 1e9, 1e3
"""How much it counts that the main way runs level, and that a lane does; anything else counts 1 or so."""


@dataclass(eq=False)
class Sides:
    """The neighbours of each slot on the left and on the right, with how much lower than those it wants to be.

    The one with which it is to run level is held apart: where there is one, no other counts. `main` are the slots of
    main ways.
    """

    left: Sequence[Sequence[tuple[int, float]]]
    right: Sequence[Sequence[tuple[int, float]]]
    level_left: dict[int, tuple[int, float]] = field(default_factory=dict)
    level_right: dict[int, tuple[int, float]] = field(default_factory=dict)
    main: set[int] = field(default_factory=set)

    def level(self, links: Mapping[tuple[int, int], tuple[float, bool]]) -> None:
        """Lets neighbours (a, b) run level, as far as others leave them room: how much lower, and whether it is main.

        No slot is level with two on one side. A main way goes before others; where a lane forks, none of them is it.
        """
        users = Counter(a for a, _ in links)
        for main in (True, False):
            for (a, b), (lower, is_main) in links.items():
                if is_main != main or a in self.level_right or b in self.level_left or (users[a] > 1 and not main):
                    continue
                self.level_right[a] = (b, -lower)
                self.level_left[b] = (a, lower)
                if main:
                    self.main |= {a, b}


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
    sides: Sides,
    gap: Callable[[int, int], float],
    weight: Callable[[int], float],
) -> list[float]:
    """The height of each slot."""
    height = [0.0] * len(up)
    gaps = [[down[a] + up[b] + gap(a, b) for a, b in pairwise(column)] for column in columns]
    for column, apart in zip(columns, gaps, strict=True):
        middle = sum(apart) / 2
        for slot, place in zip(column, settle([0.0] * len(column), [1.0] * len(column), apart), strict=True):
            height[slot] = place - round(middle)
    # Where a level way begins behind a fork, in the end it stays where those on its right have room.
    begun = frozenset(
        slot
        for slot, (after, _) in sides.level_right.items()
        if slot not in sides.level_left and len(sides.left[slot]) < 2 and sides.right[after]
    )
    for turn in range(ROUNDS):  # the last round ends with the left side, so that links leave their sources straight
        for side, level, order in ((sides.right, sides.level_right, -1), (sides.left, sides.level_left, 1)):
            staying = begun if order > 0 and turn == ROUNDS - 1 else frozenset()
            for column, apart in list(zip(columns, gaps, strict=True))[::order]:
                wanted, weights = [], []
                for slot in column:
                    firm = slot in level or slot in staying
                    near = () if slot in staying else (level[slot],) if slot in level else side[slot]
                    wanted.append(_wanted(slot, near, height))
                    heavy = MAIN if slot in sides.main else LANE
                    weights.append(heavy if firm else weight(slot) if near else 0.1)
                for slot, place in zip(column, settle(wanted, weights, apart), strict=True):
                    height[slot] = place
    _close_up(columns, gaps, up, down, sides.right, height)
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
