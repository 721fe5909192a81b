"""Updates fused into products: W -= rate * transpose(x) @ d, by one call of the BLAS that adds to W."""

from typing import NamedTuple

from ..ops.emitter import Buffer
from .writer import Product, Writer

ROW_MAJOR, STRAIGHT, TRANSPOSED = 101, 111, 112
"""What the BLAS calls them."""


class FusedUpdate(NamedTuple):
    """A parameter whose update is fused, the leaf of its learning rate, and the nodes of its gradient's operands:
    transpose(x) @ d."""

    path: str
    rate: str
    x: int
    d: int


def write_fused_update(writer: Writer, rate: str, weights: Buffer, x: Buffer, d: Buffer) -> None:
    """The lines of one fused update; the rate of that leaf is an object `descent`, with its sign turned."""
    x, d = writer.copied(x), writer.copied(d)
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
    writer.end_of_node()


def _address(writer: Writer, buffer: Buffer) -> str:
    """Where an array lies; of one that each call is given, a ctypes object that shares its memory."""
    if not writer.is_argument(buffer):
        return writer.bind("address", buffer.name)
    return f"{writer.bind('sharing')}({buffer})"
