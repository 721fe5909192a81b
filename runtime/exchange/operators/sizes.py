"""Arithmetic between sizes, some of them dims: what exporters write to put shapes together."""

from collections.abc import Sequence

from ....compiler.shape import Linear, Shape, Size, add_sizes, multiply_sizes
from ..site import Known, Names, Site, Sizes, Unsayable, Value


def sizes_computed(site: Site) -> Value | None:
    """The result of arithmetic between sizes; None where that is none."""
    values = [site.operands[slot] for slot in range(len(site))]
    if not any(isinstance(each, Sizes) for each in values) or any(isinstance(each, int | Names) for each in values):
        return None
    operator = site.node.operator
    if operator in ("Cast", "Identity") and len(values) == 1:
        return values[0]
    if operator not in ("Add", "Sub", "Mul", "Div", "Mod"):
        return None
    left, right = site.sizes(0), site.sizes(1)
    many = max(len(left), len(right))
    pairs = zip(_spread(left, many), _spread(right, many), strict=True)
    scalar = all(_is_scalar(each) for each in values)
    return Sizes(tuple([_arithmetic(operator, a, b) for a, b in pairs]), scalar)


def _is_scalar(value: Value | None) -> bool:
    return value.scalar if isinstance(value, Sizes) else isinstance(value, Known) and not value.array.ndim


def _spread(sizes: Shape, many: int) -> Sequence[Size]:
    return sizes * many if len(sizes) == 1 else sizes


def _arithmetic(operator: str, a: Size, b: Size) -> Size:
    if operator == "Add":
        return add_sizes(a, b)
    if operator == "Sub":
        return add_sizes(a, multiply_sizes(b, -1))
    if operator == "Mul":
        return multiply_sizes(a, b)
    if isinstance(a, int) and isinstance(b, int) and b:
        return a // b if operator == "Div" else a % b
    if operator == "Div" and isinstance(a, Linear) and isinstance(b, int) and b:
        numbers = [a.constant, *(factor for _, factor in a.terms)]
        if not any(number % b for number in numbers):
            return Linear(tuple([(name, factor // b) for name, factor in a.terms]), a.constant // b)
    raise Unsayable(f"the size `{a}` is divided by `{b}`")
