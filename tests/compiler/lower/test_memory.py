"""The arena: parts never overlap while they live, and are used again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.compiler.lower.memory import ALIGNMENT, Arena, aligned


@pytest.mark.parametrize(("size", "held"), [(0, 64), (1, 64), (63, 64), (64, 64), (65, 128), (128, 128)])
def test_parts_are_of_whole_lines(size: int, held: int) -> None:
    assert aligned(size) == held


@pytest.mark.parametrize("size", [1, 2, 3, 64, 65])
def test_whatever_is_counted(size: int) -> None:
    assert aligned(size, 1) == size
    assert Arena(alignment=1).allocate(size) == Arena(alignment=1).reserve(size) == (0, size)
    assert Arena(alignment=1).allocate(0) == (0, 1)


class Plain:
    """The same as an arena of units, unit by unit."""

    def __init__(self) -> None:
        self.units = 0
        self.free: set[int] = set()

    def allocate(self, size: int) -> int:
        runs: list[list[int]] = []
        for unit in sorted(self.free):
            if runs and runs[-1][-1] == unit - 1:
                runs[-1].append(unit)
            else:
                runs.append([unit])
        fitting = sorted((len(run), run[0]) for run in runs if len(run) >= size)
        last = runs[-1] if runs and runs[-1][-1] == self.units - 1 else [self.units]
        offset = fitting[0][1] if fitting else last[0]
        self.units = max(self.units, offset + size)
        self.free -= set(range(offset, offset + size))
        return offset


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), max_size=60))
def test_the_smallest_part_that_fits_is_given_out(steps: list[tuple[int, int]]) -> None:
    arena, plain = Arena(alignment=1), Plain()
    living: list[tuple[int, int]] = []
    for size, action in steps:
        if action < 5 and living:
            offset, held = living.pop(size * action % len(living))
            arena.free(offset, held)
            plain.free |= set(range(offset, offset + held))
        else:
            living.append(arena.allocate(size))
            assert living[-1] == (plain.allocate(size), size)
        assert arena.bytes == plain.units


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 9)), max_size=60))
def test_living_parts_never_overlap(steps: list[tuple[int, int]]) -> None:
    arena = Arena()
    living: list[tuple[int, int]] = []
    for size, action in steps:
        if action < 4 and living:
            arena.free(*living.pop(action % len(living)))
        else:
            offset, given_size = arena.allocate(size)
            assert given_size >= size
            assert offset % ALIGNMENT == 0
            assert all(offset >= start + held or offset + given_size <= start for start, held in living)
            living.append((offset, given_size))
        assert all(start + held <= arena.bytes for start, held in living)


def test_what_is_reserved_is_new_and_in_turn() -> None:
    arena = Arena()
    arena.free(*arena.allocate(256))
    first, second = arena.reserve(1), arena.reserve(100)
    assert first == (256, ALIGNMENT)
    assert second == (256 + ALIGNMENT, 2 * ALIGNMENT)
    assert arena.allocate(64)[0] == 0


def test_neighbours_are_joined() -> None:
    arena = Arena()
    parts = [arena.allocate(64) for _ in range(3)]
    for part in (parts[0], parts[2], parts[1]):
        arena.free(*part)
    assert arena.allocate(192)[0] == 0
    assert arena.bytes == 192


def test_the_end_grows_into_what_is_free() -> None:
    arena = Arena()
    arena.free(*arena.allocate(64))
    assert arena.allocate(256)[0] == 0


def test_without_reuse_nothing_is_given_out_twice() -> None:
    arena = Arena(reuse=False)
    part = arena.allocate(64)
    arena.free(*part)
    assert arena.allocate(64)[0] == 64
