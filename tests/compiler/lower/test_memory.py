"""The arena: parts never overlap while they live, and are used again."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.compiler.lower.memory import ALIGNMENT, Arena


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
