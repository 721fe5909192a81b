"""Forms of windows over the axes of space of [channels, ...space, rows]: sums of filters, pools."""

from collections.abc import Sequence
from math import prod

from .block import Block
from .form import Written
from .value import CValue, Numbers


def _patches(x: CValue, size: Numbers, counts: Numbers, stride: Numbers, dilation: Numbers, groups: int) -> CValue:
    """x as [groups, channels of a group, ...places in a window, ...windows, rows]."""
    channels, rows = x.shape[0] // groups, x.shape[-1]
    first, *space, last = x.strides
    within = [by * apart for by, apart in zip(space, dilation, strict=True)]
    between = [by * apart for by, apart in zip(space, stride, strict=True)]
    strides = (first * channels, first, *within, *between, last)
    return x.moved(0, (groups, channels, *size, *counts, rows), strides)


def _filters(weights: CValue, groups: int) -> CValue:
    """Filters as [groups, filters of a group, channels, ...places in a window]."""
    own = weights.shape[0] // groups
    first = weights.strides[0]
    return weights.moved(0, (groups, own, *weights.shape[1:]), (first * own, *weights.strides))


def _grouped(y: CValue, groups: int) -> CValue:
    """[groups, filters of a group, ...windows, rows]."""
    own = y.shape[0] // groups
    return y.moved(0, (groups, own, *y.shape[1:]), (y.strides[0] * own, *y.strides))


def _correlate(
    block: Block, out: CValue, x: CValue, weights: CValue, stride: Numbers, dilation: Numbers, groups: int
) -> None:
    size, counts = weights.shape[2:], out.shape[1:-1]
    seen = _patches(x, size, counts, stride, dilation, groups)
    filters, found = _filters(weights, groups), _grouped(out, groups)
    block.fill(out, "0.0")
    with block.over(filters.shape) as index:
        group, own, channel, *place = index
        block.line(f"const real weight = {filters.at(index)};")
        block.each(found.within([group, own]), (seen.within([group, channel, *place]),), "weight * {0}", "+=")


def _correlate_input(
    block: Block,
    out: CValue,
    g: CValue,
    weights: CValue,
    space: Numbers,
    stride: Numbers,
    dilation: Numbers,
    groups: int,
) -> None:
    size, counts = weights.shape[2:], g.shape[1:-1]
    seen = _patches(out, size, counts, stride, dilation, groups)
    filters, arrived = _filters(weights, groups), _grouped(g, groups)
    block.fill(out, "0.0")
    with block.over(filters.shape) as index:
        group, own, channel, *place = index
        block.line(f"const real weight = {filters.at(index)};")
        block.each(seen.within([group, channel, *place]), (arrived.within([group, own]),), "weight * {0}", "+=")


def _correlate_weights(
    block: Block,
    out: CValue,
    g: CValue,
    x: CValue,
    size: Numbers,
    stride: Numbers,
    dilation: Numbers,
    groups: int,
) -> None:
    counts = g.shape[1:-1]
    seen = _patches(x, size, counts, stride, dilation, groups)
    filters, arrived = _filters(out, groups), _grouped(g, groups)
    with block.over(filters.shape) as index:
        group, own, channel, *place = index
        operands = (arrived.within([group, own]), seen.within([group, channel, *place]))
        block.sum_of("sum", (*counts, g.shape[-1]), operands, lambda texts: f"{texts[0]} * {texts[1]}")
        block.line(f"{filters.at(index)} = sum;")


# --- pools ------------------------------------------------------------------------------------------------------


class _Window:
    """One window of a pool: the places in it that are inside of x."""

    def __init__(
        self, index: Sequence[str], place: Sequence[str], x: CValue, stride: Numbers, sides: Sequence[Numbers]
    ) -> None:
        channel, *windows, row = index
        axes = zip(windows, place, stride, sides, x.shape[1:-1], strict=True)
        places, conditions = [], []
        for window, offset, by, (before, behind), size in axes:
            shift = f" - {before}" if before else ""
            text = _added(f"{window} * {by}" if by != 1 and window != "0" else window, offset) + shift
            places.append(f"({text})" if " " in text else text)
            if before:
                conditions.append(f"{text} >= 0")
            if behind or before:
                conditions.append(f"{text} < {size}")
        self.index = [channel, *places, row]
        self.condition = " && ".join(conditions)

    def said(self, more: str = "") -> str:
        """A condition: inside of x, and one more."""
        return " && ".join(each for each in (self.condition, more) if each)


def _added(one: str, other: str) -> str:
    return other if one == "0" else one if other == "0" else f"{one} + {other}"


def _pool_max(block: Block, out: CValue, x: CValue, size: Numbers, stride: Numbers, sides: Sequence[Numbers]) -> None:
    with block.over(out.shape) as index:
        block.line("real best = -INFINITY;")
        with block.over(size) as place:
            window = _Window(index, place, x, stride, sides)
            own = x.at(window.index)
            larger = f"({own} > best || {own} != {own})"
            block.line(f"if ({window.said(larger)})")
            block.line(f"    best = {own};")
        block.line(f"{out.at(index)} = best;")


def _pool_max_gradient(
    block: Block, out: CValue, g: CValue, x: CValue, y: CValue, size: Numbers, stride: Numbers, sides: Sequence[Numbers]
) -> None:
    block.fill(out, "0.0")
    with block.over(y.shape) as index:
        block.line("int found = 0;")
        with block.over(size) as place:
            window = _Window(index, place, x, stride, sides)
            with block.inside(f"if ({window.said(f'!found && {x.at(window.index)} == {y.at(index)}')})"):
                block.line("found = 1;")
                block.line(f"{out.at(window.index)} += {g.at(index)};")


def _pool_chosen(
    block: Block, out: CValue, a: CValue, x: CValue, y: CValue, size: Numbers, stride: Numbers, sides: Sequence[Numbers]
) -> None:
    block.fill(out, "0.0")
    with block.over(y.shape) as index:
        block.line("int found = 0;")
        with block.over(size) as place:
            window = _Window(index, place, x, stride, sides)
            with block.inside(f"if ({window.said(f'!found && {x.at(window.index)} == {y.at(index)}')})"):
                block.line("found = 1;")
                block.line(f"{out.at(index)} = {a.at(window.index)};")


FEW = 16
"""Elements of a window that are added in the precision of the run."""


def _pool_mean(block: Block, out: CValue, x: CValue, size: Numbers, stride: Numbers, sides: Sequence[Numbers]) -> None:
    with block.over(out.shape) as index:
        block.line(f"{'real' if prod(size) <= FEW else 'double'} total = 0.0;")
        with block.over(size) as place:
            window = _Window(index, place, x, stride, sides)
            if window.condition:
                block.line(f"if ({window.condition})")
            block.line(f"{'    ' if window.condition else ''}total += {x.at(window.index)};")
        block.line(f"{out.at(index)} = (real)(total / {prod(size)}.0);")


def _pool_mean_gradient(
    block: Block, out: CValue, g: CValue, space: Numbers, size: Numbers, stride: Numbers, sides: Sequence[Numbers]
) -> None:
    block.fill(out, "0.0")
    with block.over(g.shape) as index:
        block.line(f"const real share = {g.at(index)} / {prod(size)}.0;")
        with block.over(size) as place:
            window = _Window(index, place, out, stride, sides)
            if window.condition:
                block.line(f"if ({window.condition})")
            block.line(f"{'    ' if window.condition else ''}{out.at(window.index)} += share;")


CORRELATE = Written(_correlate, strided=True)
CORRELATE_INPUT = Written(_correlate_input, strided=True)
CORRELATE_WEIGHTS = Written(_correlate_weights, strided=True)
POOL_MAX = Written(_pool_max, strided=True)
POOL_MAX_GRADIENT = Written(_pool_max_gradient, strided=True)
POOL_CHOSEN = Written(_pool_chosen, strided=True)
POOL_MEAN = Written(_pool_mean, strided=True)
POOL_MEAN_GRADIENT = Written(_pool_mean_gradient, strided=True)
