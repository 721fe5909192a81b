"""Symbolic sizes, shapes and types: what is known of a value before anything runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Kind = Literal["real", "int"]


@dataclass(frozen=True, slots=True)
class Linear:
    """A size that is not known yet: `constant + sum(coefficient * dim)`, terms sorted, none with coefficient 0."""

    terms: tuple[tuple[str, int], ...]
    constant: int = 0

    def __str__(self) -> str:
        text = ""
        for name, coefficient in self.terms:
            sign = "-" if coefficient < 0 else "+"
            factor = "" if abs(coefficient) == 1 else f"{abs(coefficient)}*"
            text += f" {sign} {factor}{name}" if text else f"{'-' if coefficient < 0 else ''}{factor}{name}"
        if self.constant:
            text += f" {'-' if self.constant < 0 else '+'} {abs(self.constant)}"
        return text


Size: TypeAlias = int | Linear
Shape: TypeAlias = tuple[Size, ...]

MOST = 2**63 - 1
"""The largest size: what an index of 64 bits counts."""


def beyond(size: Size) -> bool:
    """Whether a number in a size is larger than any array along an axis."""
    numbers = (size,) if isinstance(size, int) else (size.constant, *(coefficient for _, coefficient in size.terms))
    return max(map(abs, numbers)) > MOST


class Type(NamedTuple):
    """Kind and shape of a value."""

    kind: Kind
    shape: Shape

    def __str__(self) -> str:
        return f"{'int' if self.kind == 'int' else ''}{shape_text(self.shape)}"


SCALAR = Type("real", ())


def shape_text(shape: Shape) -> str:
    """`[N, 784]`, as a spec writes it; `[]` for a scalar."""
    return f"[{', '.join(str(size) for size in shape)}]"


class Clash(Exception):
    """Types that do not go together.

    `operands` are the positions of the operands to blame, `hint` says how to mend it. Whoever knows the places
    (the builder) makes a diagnostic of it.
    """

    def __init__(self, message: str, *, operands: tuple[int, ...] = (), hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.operands = operands
        self.hint = hint


def dimension(name: str) -> Linear:
    """The size that a `dim` stands for."""
    return Linear(((name, 1),))


def _linear(terms: Mapping[str, int], constant: int) -> Size:
    kept = tuple(sorted((name, coefficient) for name, coefficient in terms.items() if coefficient))
    return Linear(kept, constant) if kept else constant


def add_sizes(left: Size, right: Size) -> Size:
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    terms: dict[str, int] = {}
    for side in (left, right):
        for name, coefficient in () if isinstance(side, int) else side.terms:
            terms[name] = terms.get(name, 0) + coefficient
    constant = sum(side if isinstance(side, int) else side.constant for side in (left, right))
    return _linear(terms, constant)


def multiply_sizes(left: Size, right: Size) -> Size:
    """The product of two sizes. Raises Clash where neither is a number: such a size is not linear."""
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    if isinstance(right, Linear):
        left, right = right, left
    if isinstance(right, Linear) or isinstance(left, int):
        raise Clash(
            f"the product of the sizes `{left}` and `{right}` is not linear",
            hint="give one of the two as a number",
        )
    return _linear({name: coefficient * right for name, coefficient in left.terms}, left.constant * right)


def product(sizes: Iterable[Size]) -> Size:
    """How many elements a shape has. Raises Clash where that is not linear in one dim."""
    result: Size = 1
    for size in sizes:
        result = multiply_sizes(result, size)
    return result


def bind_size(size: Size, dims: Mapping[str, int]) -> Size:
    """The size with the given dims filled in; an int where all of its dims are known."""
    if isinstance(size, int):
        return size
    result: Size = size.constant
    for name, coefficient in size.terms:
        value: Size = dims[name] if name in dims else dimension(name)
        result = add_sizes(result, multiply_sizes(value, coefficient))
    return result


def bind_shape(shape: Shape, dims: Mapping[str, int]) -> Shape:
    return tuple(bind_size(size, dims) for size in shape)


def solve_size(pattern: Size, value: Size) -> dict[str, Size] | None:
    """What the one unknown of `pattern` must be so that it equals `value`; None where nothing whole does.

    `{}` where the pattern has no unknown and equals the value. Patterns with two unknowns are the caller's fault.
    """
    if isinstance(pattern, int):
        return {} if pattern == value else None
    ((name, coefficient),) = pattern.terms
    rest = add_sizes(value, -pattern.constant)
    if isinstance(rest, int):
        return {name: rest // coefficient} if rest % coefficient == 0 else None
    if any(factor % coefficient for _, factor in rest.terms) or rest.constant % coefficient:
        return None
    divided = tuple((dim, factor // coefficient) for dim, factor in rest.terms)
    return {name: Linear(divided, rest.constant // coefficient)}


def broadcast(left: Shape, right: Shape) -> Shape:
    """The common shape of two operands by numpy's rule. Raises Clash."""
    longer, shorter = (left, right) if len(left) >= len(right) else (right, left)
    offset = len(longer) - len(shorter)
    result = list(longer)
    for axis, size in enumerate(shorter, start=offset):
        if size == longer[axis] or size == 1:
            continue
        if longer[axis] != 1:
            raise Clash(
                f"shapes {shape_text(left)} and {shape_text(right)} do not broadcast: "
                f"axis {axis - len(longer)} has {longer[axis]} against {size}",
                operands=(0, 1),
            )
        result[axis] = size
    return tuple(result)


def comparable(left: Shape, right: Shape) -> bool:
    """Whether two shapes broadcast; an axis whose dims have no size yet may still come to fit."""
    try:
        broadcast(*(tuple(size if isinstance(size, int) else 1 for size in shape) for shape in (left, right)))
    except Clash:
        return False
    return True


def transposed(shape: Shape, axes: Sequence[int] | None) -> Shape:
    """The shape of a value whose axes are put in another order; None swaps the last two."""
    return (*shape[:-2], shape[-1], shape[-2]) if axes is None else tuple(shape[axis] for axis in axes)
