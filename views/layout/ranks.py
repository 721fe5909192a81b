"""Columns of one frame of a layered layout: which box stands in which, and in what order from top to bottom."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence

SWEEPS = 16
"""Sortings by the neighbours on one side, to and fro; the best order that was seen is kept."""

PATIENCE = 8
"""Sortings without anything better after which it ends."""

EXCHANGES = 8
"""Rounds of exchanging neighbours in the columns, after the sorting."""

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
    operands: Mapping[int, tuple[int, int]],
) -> None:
    """Puts the slots of each column into an order with few crossings.

    `left` and `right` are the neighbours of each slot in the columns beside its own. A walk from the ends back gives
    the first order: operands from top to bottom as they are written. Those are never swapped: `operands` gives the
    box that a slot leads to and its place, and slots of one box stay in the order of their places.

    Sorting is by the mean of the neighbours' places, as Sugiyama has it. Of equal means the order stays, and is turned
    about in every other pair of sortings (as dagre does): what a tie hides is tried both ways.
    """
    as_written(columns, left)
    position = [0] * len(left)
    _number(columns, position)
    total = sum(map(len, columns))
    best, fewest = [list(column) for column in columns], crossings(columns, right, position)
    patience = PATIENCE
    for number in range(SWEEPS if total <= MOST_SWEPT else 2):
        if not fewest or not patience:
            break
        forwards, turned = number % 2 == 0, number % 4 >= 2
        _sweep(columns if forwards else columns[::-1], left if forwards else right, position, operands, turned=turned)
        count = crossings(columns, right, position)
        patience = PATIENCE if count < fewest else patience - 1
        if count < fewest:
            best, fewest = [list(column) for column in columns], count
    for column, order in zip(columns, best, strict=True):
        column[:] = order
    _number(columns, position)
    for _ in range(EXCHANGES if fewest and total <= MOST_SWEPT else 0):
        exchanged = [_exchanged(column, left, right, position, operands) for column in columns]
        if not any(exchanged):
            break


def _exchanged(
    column: list[int],
    left: Sequence[Sequence[int]],
    right: Sequence[Sequence[int]],
    position: list[int],
    operands: Mapping[int, tuple[int, int]],
) -> bool:
    """Exchanges neighbours in a column whose links cross less the other way round; returns whether there were any."""
    found = False
    for place in range(len(column) - 1):
        a, b = column[place], column[place + 1]
        if a in operands and b in operands and operands[a][0] == operands[b][0]:
            continue
        pairs = [(side[a], side[b]) for side in (left, right)]
        if sum(_between(x, y, position) for x, y in pairs) > sum(_between(y, x, position) for x, y in pairs):
            column[place], column[place + 1] = b, a
            position[a], position[b] = place + 1, place
            found = True
    return found


def _between(upper: Sequence[int], lower: Sequence[int], position: Sequence[int]) -> int:
    """How many links of two slots cross, the ends of the upper one's links first."""
    ends = sorted(position[slot] for slot in lower)
    return sum(bisect_left(ends, position[slot]) for slot in upper)


def as_written(columns: list[list[int]], left: Sequence[Sequence[int]]) -> None:
    """Puts each column into the order in which a walk from the ends back meets its slots."""
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
    operands: Mapping[int, tuple[int, int]],
    *,
    turned: bool,
) -> None:
    """Sorts each column by the mean place of its slots' neighbours; one without stays."""
    for column in columns:
        moved = [slot for slot in column if neighbours[slot]]
        wanted = {slot: sum(position[n] for n in neighbours[slot]) / len(neighbours[slot]) for slot in moved}
        if turned:
            moved.reverse()
        moved.sort(key=wanted.__getitem__)
        following = iter(moved)
        column[:] = [next(following) if slot in wanted else slot for slot in column]
        _unswap(column, operands)
        _number([column], position)


def _unswap(column: list[int], operands: Mapping[int, tuple[int, int]]) -> None:
    """Puts operands of one box back into their order, at the places that they have together."""
    places: dict[int, list[int]] = {}
    for place, slot in enumerate(column):
        if slot in operands:
            places.setdefault(operands[slot][0], []).append(place)
    for held in places.values():
        in_order = sorted((column[place] for place in held), key=lambda slot: operands[slot][1])
        for place, slot in zip(held, in_order, strict=True):
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
