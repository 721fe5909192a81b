"""Updates fused into products: W -= rate * transpose(x) @ d, by one call of the BLAS that adds to W."""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from ..ops.emitter import Buffer
from .writer import Product, Writer

ROW_MAJOR, STRAIGHT, TRANSPOSED = 101, 111, 112
"""What the BLAS calls them."""


class FusedUpdate(NamedTuple):
    """A parameter whose update is fused, the leaf of its learning rate, and the nodes of its gradient's operands, which
    is the sum of transpose(x) @ d over them: x, d, x, d ...

    `stacked`: they are one product, that of all rows one below the other.
    """

    path: str
    rate: str
    operands: tuple[int, ...]
    stacked: bool


def write_fused_update(writer: Writer, rate: str, weights: Buffer, operands: Sequence[Buffer]) -> None:
    """The lines of one fused update; the rate of that leaf is an object `descent`, with its sign turned."""
    whole = [writer.copied(each) for each in operands]
    for x, d in zip(whole[::2], whole[1::2], strict=True):
        _write_product(writer, rate, weights, x, d)
    writer.end_of_node()


def stack_of(writer: Writer, shapes: Sequence[tuple[int, ...]], stack: Buffer) -> list[Buffer]:
    """The parts of a stack for matrices of these shapes, one below the other."""
    ends = list(accumulate(rows for rows, _ in shapes))
    return [writer.view(stack, "rows", end - rows, end) for end, (rows, _) in zip(ends, shapes, strict=True)]


def stacked_shape(shapes: Sequence[tuple[int, ...]]) -> tuple[int, int]:
    """The shape of them all."""
    return sum(rows for rows, _ in shapes), shapes[0][1]


def copied_in_stacks(writer: Writer, operands: Sequence[Buffer]) -> list[Buffer]:
    """Copies of all x one below the other, and of all d."""
    stacks = []
    for buffers in (operands[::2], operands[1::2]):
        shapes = [each.shape for each in buffers]
        stacks.append(writer.scratch(stacked_shape(shapes)))
        for part, buffer in zip(stack_of(writer, shapes, stacks[-1]), buffers, strict=True):
            writer.copy(part, buffer)
    return stacks


def _write_product(writer: Writer, rate: str, weights: Buffer, x: Buffer, d: Buffer) -> None:
    (rows, features), units = x.shape, d.shape[1]
    writer.products.append(Product(features, rows, units, True, False))
    I, O, N = (writer.bind("long", size) for size in (features, units, rows))  # noqa: E741, N806  # as formulas have them
    at_x, at_d, at_w = (_address(writer, each) for each in (x, d, weights))
    row_major, transposed, straight = (writer.bind("int", code) for code in (ROW_MAJOR, TRANSPOSED, STRAIGHT))
    descent = writer.bind("descent", rate)
    if rows == 1:
        writer.line(
            f"{writer.bind('blas', 'ger', writer.dtype)}"
            f"({row_major}, {I}, {O}, {descent}, {at_x}, {N}, {at_d}, {N}, {at_w}, {O})"
        )
    else:
        writer.line(
            f"{writer.bind('blas', 'gemm', writer.dtype)}({row_major}, {transposed}, {straight}, "
            f"{I}, {O}, {N}, {descent}, {at_x}, {I}, {at_d}, {O}, {writer.bind('real', 1.0)}, {at_w}, {O})"
        )


def _address(writer: Writer, buffer: Buffer) -> str:
    """Where an array lies; of one that each call is given, a ctypes object that shares its memory."""
    if not writer.is_argument(buffer):
        return writer.bind("address", buffer.name)
    return f"{writer.bind('sharing')}({buffer})"
