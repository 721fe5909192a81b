"""Heights of what stands in columns: near to what it is linked with, in order, and without touching."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TypeAlias

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
    shifts = [0.0, *accumulate(gaps)][: len(wanted)]
    pools: list[tuple[float, float, int]] = []
    for place, weight, shift in zip(wanted, weights, shifts, strict=True):
        mean, count = place - shift, 1
        while pools and pools[-1][0] > mean:
            other, heavy, more = pools.pop()
            total = heavy + weight
            mean, weight, count = (other * heavy + mean * weight) / total, total, more + count
        pools.append((mean, weight, count))
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
    right = [_pulls(column, sides.right, sides.level_right, frozenset(), sides.main, weight) for column in columns]
    left, last = (
        [_pulls(column, sides.left, sides.level_left, staying, sides.main, weight) for column in columns]
        for staying in (frozenset(), begun)
    )
    for turn in range(ROUNDS):  # the last round ends with the left side, so that links leave their sources straight
        for pulls, apart in zip(reversed(right), reversed(gaps), strict=True):
            _settle(pulls, apart, height)
        for pulls, apart in zip(left if turn < ROUNDS - 1 else last, gaps, strict=True):
            _settle(pulls, apart, height)
    _close_up(columns, gaps, up, down, sides.right, height)
    return height


Pull: TypeAlias = tuple[int, Sequence[tuple[int, float]], float]
"""A slot, the neighbours that it is to be near, and how much that counts."""


def _pulls(
    column: Sequence[int],
    side: Sequence[Sequence[tuple[int, float]]],
    level: Mapping[int, tuple[int, float]],
    staying: Collection[int],
    main: Collection[int],
    weight: Callable[[int], float],
) -> list[Pull]:
    """What moves the slots of a column, of their neighbours on one side."""
    found: list[Pull] = []
    for slot in column:
        if slot in staying or slot in level:
            near = () if slot in staying else (level[slot],)
            found.append((slot, near, MAIN if slot in main else LANE))
        else:
            found.append((slot, side[slot], weight(slot) if side[slot] else 0.1))
    return found


def _settle(pulls: Sequence[Pull], apart: Sequence[float], height: list[float]) -> None:
    """Moves the slots of a column to where their neighbours want them, as far as they leave each other room."""
    wanted = []
    for slot, near, _ in pulls:
        if len(near) == 1:  # as most have
            wanted.append(height[near[0][0]] + near[0][1])
        elif near:
            wanted.append(sum([height[neighbour] + lower for neighbour, lower in near]) / len(near))
        else:
            wanted.append(height[slot])
    if len(pulls) == 1:
        height[pulls[0][0]] = float(round(wanted[0]))
        return
    places = settle(wanted, [weight for _, _, weight in pulls], apart)
    for (slot, _, _), place in zip(pulls, places, strict=True):
        height[slot] = place


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
