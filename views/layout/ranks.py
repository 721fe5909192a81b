"""Columns of one frame of a layered layout: which box stands in which, and in what order from top to bottom."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence

SWEEPS = 4
"""Rounds of sorting to and fro; the best order that was seen is kept."""

MOST_SWEPT = 20_000
"""Slots beyond which one round must do."""


def ranks(count: int, links: Sequence[tuple[int, int]], beside: Iterable[int]) -> list[int]:
    """The column of each box: behind all that lead to it, and those `beside` right before their first user.

    Links that close a circle are left out of account, so the end of one may stand before its start.
    """
    after: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for source, target in links:
        if source != target:
            after[source].append(target)
            waiting[target] += 1
    rank = [0] * count
    done = [False] * count
    ready = [box for box in range(count) if not waiting[box]]
    next_stuck = 0
    finished = 0
    while finished < count:
        if not ready:  # a circle: its first box goes on without those before it
            while done[next_stuck]:
                next_stuck += 1
            ready.append(next_stuck)
        box = ready.pop()
        if done[box]:
            continue
        done[box] = True
        finished += 1
        for target in after[box]:
            if done[target]:
                continue
            rank[target] = max(rank[target], rank[box] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for box in beside:
        if after[box]:
            rank[box] = max(rank[box], min(rank[target] for target in after[box]) - 1)
    return rank


def ordered(
    columns: list[list[int]],
    left: Sequence[Sequence[int]],
    right: Sequence[Sequence[int]],
    operands: Mapping[int, int],
) -> None:
    """Puts the slots of each column into an order with few crossings.

    `left` and `right` are the neighbours of each slot in the columns beside its own. A walk from the ends back gives
    the first order: operands from top to bottom as they are written. Those are never swapped: `operands` gives the
    box of each slot that leads to one, and slots of a box stay in the order of their numbers.
    """
    _as_written(columns, left)
    position = [0] * len(left)
    _number(columns, position)
    total = sum(map(len, columns))
    best, fewest = [list(column) for column in columns], crossings(columns, right, position)
    for _ in range(SWEEPS if total <= MOST_SWEPT else 1):
        if not fewest:
            break
        _sweep(columns, left, position, operands)
        _sweep(columns[::-1], right, position, operands)
        count = crossings(columns, right, position)
        if count < fewest:
            best, fewest = [list(column) for column in columns], count
    for column, order in zip(columns, best, strict=True):
        column[:] = order


def _as_written(columns: list[list[int]], left: Sequence[Sequence[int]]) -> None:
    rank_of = {slot: number for number, column in enumerate(columns) for slot in column}
    seen: set[int] = set()
    found: list[list[int]] = [[] for _ in columns]
    for column in reversed(columns):
        for start in column:
            stack = [start]
            while stack:
                slot = stack.pop()
                if slot in seen:
                    continue
                seen.add(slot)
                found[rank_of[slot]].append(slot)
                stack += reversed(left[slot])
    for column, order in zip(columns, found, strict=True):
        column[:] = order


def _number(columns: Iterable[Sequence[int]], position: list[int]) -> None:
    for column in columns:
        for number, slot in enumerate(column):
            position[slot] = number


def _sweep(
    columns: Sequence[list[int]],
    neighbours: Sequence[Sequence[int]],
    position: list[int],
    operands: Mapping[int, int],
) -> None:
    """Sorts each column by the mean place of its slots' neighbours; one without keeps its own."""
    for column in columns:
        wanted = {
            slot: sum(position[n] for n in neighbours[slot]) / len(neighbours[slot])
            if neighbours[slot]
            else position[slot]
            for slot in column
        }
        column.sort(key=wanted.__getitem__)
        _unswap(column, operands)
        _number([column], position)


def _unswap(column: list[int], operands: Mapping[int, int]) -> None:
    """Puts operands of one box back into their order, at the places that they have together."""
    places: dict[int, list[int]] = {}
    for place, slot in enumerate(column):
        if slot in operands:
            places.setdefault(operands[slot], []).append(place)
    for held in places.values():
        for place, slot in zip(held, sorted(column[place] for place in held), strict=True):
            column[place] = slot


def crossings(columns: Sequence[Sequence[int]], right: Sequence[Sequence[int]], position: Sequence[int]) -> int:
    """How many pairs of links between neighbouring columns cross."""
    count = 0
    for column in columns[:-1]:
        passed: list[int] = []
        for slot in column:
            ends = sorted(position[n] for n in right[slot])
            count += sum(len(passed) - bisect_left(passed, end + 1) for end in ends)
            for end in ends:
                insort(passed, end)
    return count
