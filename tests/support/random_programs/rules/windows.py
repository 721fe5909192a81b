"""Convolutions and pools, over rows that are made pictures."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..maker import Maker
from ..terms import MOST, Term

SIDES: tuple[tuple[int, int], ...] = ((0, 0), (0, 0), (1, 1), (0, 1), (1, 0))
"""What may be added before and behind an axis of space."""


class Picture(NamedTuple):
    """An expression of the shape [N, channels, *space]."""

    text: str
    channels: int
    space: list[int]


def convolved(maker: Maker) -> Term | None:
    """A convolution, and what lies between it and a pool."""
    random, picture = maker.random, _picture(maker)
    if picture is None:
        return None
    channels, sizes = picture.channels, picture.space
    groups, filters = random.choice([size for size in (1, 2) if channels % size == 0]), random.choice((2, 4))
    window = [random.randint(1, min(3, size)) for size in sizes]
    stride = [random.choice((1, 1, 2)) for _ in sizes]
    dilation = [
        random.choice((1, 1, 2)) if (own - 1) * 2 < size else 1 for own, size in zip(window, sizes, strict=True)
    ]
    W, b = maker.param([filters, channels // groups, *window]), maker.param([filters])
    sides = [random.choice(SIDES) for _ in sizes]
    padding = str([list(each) for each in sides])
    if random.random() < 0.2:
        stride, padding = [1] * len(sizes), '"same"'
        sides = [(by * (own - 1), 0) for own, by in zip(window, dilation, strict=True)]  # together as many
    settings = f"stride = {stride}, groups = {groups}, padding = {padding}, dilation = {dilation}"
    text = f"conv({picture.text}, {W}{random.choice(('', f', {b}'))}, {settings})"
    reach = [(own - 1) * by + 1 for own, by in zip(window, dilation, strict=True)]
    found = _counts(sizes, sides, reach, stride)
    text = random.choice(("X", "relu(X)", "tanh(X)", "relu(X) * 0.5")).replace("X", text)
    made = Picture(text, filters, found)
    return _rows(_pool(maker, made) if random.random() < 0.6 else made)


def transposed(maker: Maker) -> Term | None:
    """What brings the gradient of a convolution back, as a layer."""
    random, picture = maker.random, _picture(maker)
    if picture is None:
        return None
    groups = random.choice([size for size in (1, 2) if picture.channels % size == 0])
    each = random.choice((1, 2))
    window = [random.randint(1, 3) for _ in picture.space]
    stride = [random.choice((1, 2)) for _ in picture.space]
    more = [random.choice((0, by - 1)) for by in stride]
    W, b = maker.param([picture.channels, each, *window]), maker.param([each * groups])
    settings = f"stride = {stride}, groups = {groups}, output_padding = {more}"
    text = f"conv_transpose({picture.text}, {W}{random.choice(('', f', {b}'))}, {settings})"
    sizes = zip(picture.space, stride, window, more, strict=True)
    found = [(size - 1) * by + own + added for size, by, own, added in sizes]
    return _rows(Picture(text, each * groups, found))


def pooled(maker: Maker) -> Term | None:
    """A pool that goes over what is added around, too."""
    picture = _picture(maker)
    return None if picture is None else _rows(_pool(maker, picture))


def _pool(maker: Maker, picture: Picture) -> Picture:
    random = maker.random
    pool = [random.randint(1, min(2, size)) for size in picture.space]
    by = random.choice((pool, [1] * len(pool)))
    around = [random.choice((0, 0, 1)) if own == 2 else 0 for own in pool]
    settings = f"stride = {by}{f', padding = {around}' if any(around) else ''}"
    text = f"{random.choice(('max_pool', 'mean_pool'))}({picture.text}, {pool}, {settings})"
    return Picture(text, picture.channels, _counts(picture.space, [(each, each) for each in around], pool, by))


def _counts(
    space: Sequence[int], sides: Sequence[tuple[int, int]], reach: Sequence[int], stride: Sequence[int]
) -> list[int]:
    """How many windows there are along each axis."""
    given = zip(space, sides, reach, stride, strict=True)
    return [(size + sum(around) - own) // by + 1 for size, around, own, by in given]


def _picture(maker: Maker) -> Picture | None:
    """Rows made pictures of one to three axes of space."""
    random = maker.random
    term = maker.term(lambda shape: len(shape) >= 1 and shape[0] == "N" and "N" not in shape[1:])
    if term is None:
        return None
    total = int(np.prod([int(size) for size in term.shape[1:]]))
    channels = random.choice([size for size in (1, 2, 4) if total % size == 0])
    sizes = [total // channels]
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        last = sizes.pop()
        first = random.choice([size for size in range(1, last + 1) if last % size == 0])
        sizes += [first, last // first]
    return Picture(f"reshape({term.text}, [N, {', '.join(map(str, [channels, *sizes]))}])", channels, sizes)


def _rows(picture: Picture) -> Term | None:
    size = picture.channels * int(np.prod(picture.space))
    return Term(f"reshape({picture.text}, [N, {size}])", ("N", size)) if size <= 4 * MOST else None
