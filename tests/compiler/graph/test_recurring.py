"""Pieces that come again in other places of a sequence."""

import random

import pytest

from chainrule.compiler.graph.recurring import LEAST, Recurring, recurring


def chain(length: int) -> list[int]:
    """Each element is read by the next alone."""
    return [*range(1, length + 1)]


def found(text: str, **last: int) -> list[Recurring]:
    reads = chain(len(text))
    for place, reader in last.items():
        reads[int(place[1:])] = reader
    return recurring(text, reads, [True] * len(text))


def test_the_longest_that_spares_most_is_first() -> None:
    assert found("abcdeXabcdeYabcdeZ")[0] == Recurring((0, 6, 12), 5)
    assert found("XabcYdefZabcWdefV")[:2] == [Recurring((1, 9), 3), Recurring((5, 13), 3)]


def test_nothing_but_the_last_is_read_behind_a_piece() -> None:
    assert found("abcdeXabcdeY", p2=6)[0].length < 5
    assert found("abcdeXabcdeY", p2=4)[0] == Recurring((0, 6), 5)
    assert Recurring((3, 9), 3) not in found("abcdeXabcdeY", p4=9)


def test_what_is_taken_is_in_no_piece() -> None:
    text = "abcdeXabcdeY"
    free = [place != 2 for place in range(len(text))]
    assert recurring(text, chain(len(text)), free) == []


@pytest.mark.parametrize("seed", range(20))
def test_pieces_are_equal_whole_and_apart(seed: int) -> None:
    chance = random.Random(seed)
    labels = [chance.randrange(3) for _ in range(60)]
    reads = [chance.randrange(place + 1, place + 4) for place in range(60)]
    free = [chance.random() < 0.9 for _ in range(60)]
    for starts, length in recurring(labels, reads, free):
        assert length >= LEAST
        assert len(starts) > 1
        assert len({tuple(labels[start : start + length]) for start in starts}) == 1
        for start, following in zip(starts, (*starts[1:], 1000), strict=True):
            assert start + length <= following
            assert all(free[start : start + length])
            assert max(reads[start : start + length - 1]) < start + length
