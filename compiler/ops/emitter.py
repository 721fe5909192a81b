"""What a kernel may use: it writes lines of numpy with every result in a buffer that stands already."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np

from ..shape import Type
from .attribute import Attributes


class Buffer(NamedTuple):
    """An array of the generated function: its name there, its form, and whether its elements lie in C order."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    ordered: bool = True

    def __str__(self) -> str:
        return self.name


class Emitter(Protocol):
    """Appends lines to the function that is generated, and names what they use.

    Everything that `function`, `full`, `number` and `view` name is made once, before the first call.
    """

    dtype: str
    """The precision of real values."""

    def function(self, name: str) -> str:
        """A function of numpy, `add` or `add.reduce`."""

    def call(self, name: str, *arguments: object) -> None:
        """A line that calls a function of numpy; by position, the result's buffer among the arguments."""

    def line(self, text: str) -> None: ...

    def copy(self, out: Buffer, value: Buffer) -> None:
        """A line that fills a buffer with a value, broadcast and converted to its type."""

    def scratch(self, shape: tuple[int, ...], dtype: str | None = None) -> Buffer:
        """A buffer for this node alone; reals unless a type is given."""

    def full(self, value: float, shape: tuple[int, ...], dtype: str | None = None) -> Buffer:
        """An array of one value, which nobody may write into."""

    def arange(self, stop: int, step: int = 1) -> Buffer:
        """0, step, 2 step ... below stop, as indices: of the type `intp`."""

    def view(self, buffer: Buffer, how: str, *arguments: object) -> Buffer:
        """The same memory: `reshape` to a shape, `transpose` of the last two axes, `bits` as unsigned numbers.

        `rows` from one up to another are a part of it. `axes` in another order, and a `part` with a start, a size and a
        step for each axis are for lines alone that copy them: they are no value's buffer. So are `windows` of a size, a
        stride and a dilation over [C, ...space, N]: [C, ...size, ...windows, N].
        """

    def method(self, buffer: Buffer, name: str) -> str:
        """A method of an array, bound to it."""

    def copied(self, buffer: Buffer) -> Buffer:
        """The buffer itself, or a copy in C order."""

    def guard(self, condition: str) -> None:
        """A line that gives the step up unless the condition holds; only for kernels of the forward pass."""

    def number_in(self, buffer: Buffer) -> float | None:
        """The number that a buffer holds in every call: that of a scalar constant."""

    def by_reference(self, operation: str, out: Buffer, *operands: Buffer | int) -> None:
        """A line that computes an operation by its reference form, in memory of its own; numbers are attributes."""

    def comes_from(self, buffer: Buffer, operation: str) -> bool:
        """Whether an operand is the value of a node of that operation."""


def part_of(start: Sequence[int], count: Sequence[int], step: Sequence[int]) -> tuple[slice, ...]:
    """For each axis the elements from a start on, so many, a step apart."""
    ends = (first + size * by for first, size, by in zip(start, count, step, strict=True))
    return tuple(slice(first, end if end >= 0 else None, by) for first, end, by in zip(start, ends, step, strict=True))


def windows_in(
    space: Sequence[int], size: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> tuple[int, ...]:
    """How many windows there are along each axis of space."""
    axes = zip(space, size, stride, dilation, strict=True)
    return tuple((whole - (each - 1) * apart - 1) // by + 1 for whole, each, by, apart in axes)


Kernel: TypeAlias = Callable[..., None]
"""kernel(emitter, out, *operands, *attributes) writes the lines that put an operation's value into `out`.

Bit for bit the value of `forward`. Operands named in the operation's `in_place` may share their memory with `out`.
"""

View: TypeAlias = Callable[..., Buffer | None]
"""view(emitter, x, *attributes) gives the operand in another form without a computation; None where there is none."""


class Joint(NamedTuple):
    """Two operations that are written together where both take the same operands with the same attributes.

    `other` is the second one's name. Where `fits(types of the operands, attributes)`, `kernel(emitter, out, out of the
    other, *operands, *attributes)` writes the lines of both. `guards`: they look at class numbers themselves, and give
    the step up where one is no class.
    """

    other: str
    fits: Callable[[tuple[Type, ...], Attributes], bool]
    kernel: Kernel
    guards: bool = False


LONG_RUN = 1024
"""Elements in a row for which an operand has one, from which on numpy's own loop is faster than a copy of it."""


def spread(emit: Emitter, operand: Buffer, out: Buffer) -> Buffer:
    """An operand that broadcasts, copied to the shape of the result: faster than numpy's loops over short rows."""
    if operand.shape == out.shape or _run_of(operand, out) >= LONG_RUN:
        return operand
    if math.prod(operand.shape) == math.prod(out.shape):
        return emit.view(operand, "reshape", out.shape)
    if not operand.shape:
        return operand
    whole = emit.scratch(out.shape, operand.dtype)
    emit.copy(whole, operand)
    return whole


def _run_of(operand: Buffer, out: Buffer) -> int:
    """How many elements of the result, side by side, have the same element of an operand."""
    run = 1
    for size, whole in zip(reversed(operand.shape), reversed(out.shape), strict=False):
        if size != 1:
            break
        run *= whole
    return run


def spreading(function: str) -> Kernel:
    """The kernel of a function of numpy whose result is rounded alike in every loop: + - * and /."""

    def kernel(emit: Emitter, out: Buffer, a: Buffer, b: Buffer) -> None:
        if not out.shape:  # numpy is twice as fast on one element along an axis
            out = emit.view(out, "reshape", (1,))
        emit.call(function, spread(emit, a, out), spread(emit, b, out), out)

    return kernel


def operands_of(function: str) -> int | None:
    """How many operands a function of numpy takes that goes element by element; None of any other."""
    found = getattr(np, function, None)
    return found.nin if isinstance(found, np.ufunc) else None


def direct(function: str) -> Kernel:
    """The kernel of an operation that is one function of numpy."""

    def kernel(emit: Emitter, out: Buffer, *operands: Buffer) -> None:
        emit.call(function, *operands, out)

    return kernel


def in_float64(emit: Emitter, x: Buffer) -> Buffer:
    """Values in float64: themselves, or copied."""
    if x.dtype == "float64":
        return x
    wide = emit.scratch(x.shape, "float64")
    emit.copy(wide, x)
    return wide
