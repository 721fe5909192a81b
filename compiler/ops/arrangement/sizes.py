"""Shapes as calls write them, `[N, ..., -1]`, made whole by what is reshaped."""

from collections import Counter
from math import gcd

from ...shape import Clash, Linear, Shape, Size, multiply_sizes, shape_text
from ..attribute import Sizes, attribute_text


def reshaped(own: Shape, sizes: Sizes) -> Shape:
    """The shape that a value of shape `own` is given. Raises Clash, which names both."""
    clash = f"reshape: x, {shape_text(own)}, has not the elements of {attribute_text(sizes)}"
    shape = _with_axes_left(own, sizes)
    _check_sizes("reshape", shape)
    count, names = _factors(own)
    given, wanted = _factors(tuple(size for size in shape if size != -1))
    left, over = names - wanted, wanted - names
    if -1 not in shape:
        if given != count or left or over:
            raise Clash(clash, operands=(0,))
        return shape
    if shape.count(-1) > 1:
        raise Clash(f"reshape: {attribute_text(sizes)} has more than one -1", hint="one size may be left open")
    if over or count % given:
        raise Clash(clash, operands=(0,))
    rest: Size = count // given
    for size in left.elements():
        rest = multiply_sizes(rest, size)
    return tuple(rest if size == -1 else size for size in shape)


def expanded(own: Shape, sizes: Sizes) -> Shape:
    """The shape that a value of shape `own` is repeated to; -1 keeps its size there. Raises Clash."""
    if ... in sizes:
        after = len(sizes) - 1 - sizes.index(...)
        sizes = _put(sizes, own[: max(0, len(own) - after)])
    lead = len(sizes) - len(own)
    kept = [own[axis - lead] if size == -1 and axis >= lead else size for axis, size in enumerate(sizes)]
    shape = tuple(size for size in kept if not isinstance(size, type(...)))
    if len(shape) < len(kept):
        raise Clash(f"expand: {attribute_text(sizes)} has more than one `...`")
    _check_sizes("expand", shape, least=1)
    return shape


def _with_axes_left(own: Shape, sizes: Sizes) -> Shape:
    """The sizes with the axes that `...` stands for: those between what the sizes before and after it hold."""
    if ... in sizes:
        place = sizes.index(...)
        before, after = sizes[:place], sizes[place + 1 :]
        if ... in after:
            raise Clash(f"reshape: {attribute_text(sizes)} has more than one `...`")
        start, behind = _held(own, before), _held(own[::-1], after[::-1])
        if start is None or behind is None or start + behind > len(own):
            raise Clash(
                f"reshape: no axes of x, {shape_text(own)}, stay where {attribute_text(sizes)} has `...`", operands=(0,)
            )
        sizes = _put(sizes, own[start : len(own) - behind])
    return tuple(size for size in sizes if not isinstance(size, type(...)))


def _held(own: Shape, sizes: Sizes) -> int | None:
    """How many of the first axes have the elements of the sizes, as many as these if that does; None where none do."""
    if -1 in sizes:
        return len(sizes)
    wanted = _factors(tuple(size for size in sizes if not isinstance(size, type(...))))
    counts = [len(sizes), *range(len(own) + 1)]
    return next((count for count in counts if count <= len(own) and _factors(own[:count]) == wanted), None)


def _put(sizes: Sizes, axes: Shape) -> Sizes:
    place = sizes.index(...)
    return (*sizes[:place], *axes, *sizes[place + 1 :])


def _check_sizes(name: str, shape: Shape, least: int = -1) -> None:
    for size in shape:
        if isinstance(size, int) and (size < least or size == 0):
            raise Clash(f"{name}: {size} is no size", hint="sizes are whole numbers from 1 on")


def _factors(shape: Shape) -> tuple[int, Counter[Linear]]:
    """How many elements a shape has: a number, and the sizes with dims that it is multiplied by, which have no factor
    of their own."""
    count, names = 1, Counter[Linear]()
    for size in shape:
        if isinstance(size, int):
            count *= size
            continue
        factor = gcd(size.constant, *(coefficient for _, coefficient in size.terms))
        count *= factor
        terms = tuple((name, coefficient // factor) for name, coefficient in size.terms)
        names[Linear(terms, size.constant // factor)] += 1
    return count, names
