"""Numbers as a picture shows them: short, and with tensors summed up."""

import math

import numpy as np

from ...runtime.arrays import Array
from .terminal import number_text

DIGITS = 6
"""Significant digits of a number on a picture; its tooltip has them all."""

SMALL = 12
"""Tensors of at most so many elements are written out where that is asked for."""


def short(number: float) -> str:
    """A number with six significant digits at most: 220, 0.731059, 1.2e-7, nan."""
    if isinstance(number, int):
        return str(int(number))
    text = f"{number:.{DIGITS}g}"
    if "e" not in text:
        return text
    if abs(number) < 1e9 and float(number).is_integer():
        return str(int(number))
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}"


def exact(value: Array) -> str:
    """A value for a tooltip: a scalar in full, a tensor as its kind, shape and spread."""
    return number_text(value) if value.ndim == 0 else ", ".join(value_label(value))


def value_label(value: Array, *, full: bool = False) -> tuple[str, ...]:
    """The lines above an edge: a scalar; of a tensor its shape, and mean ± spread or the integers' range.

    A tensor of one element has that, and one whose elements are all alike is told as such: `all 0`.
    """
    if value.ndim == 0:
        return (short(value.item()),)
    if not value.size:
        return (shape_label(value), "empty")
    if not is_summed_up(value, full=full):
        return written_out(value)
    if value.size == 1:
        return (shape_label(value), short(value.item()))
    least, most = value.min().item(), value.max().item()
    if least == most:
        return (shape_label(value), f"all {short(least)}")
    if value.dtype.kind in "iu":
        return (shape_label(value), f"{least} .. {most}")
    with np.errstate(all="ignore"):
        mean, spread = float(np.mean(value, dtype="float64")), float(np.std(value, dtype="float64"))
    return (shape_label(value), f"{rounded(mean)} ± {rounded(spread)}")


def is_summed_up(value: Array, *, full: bool) -> bool:
    """Whether a label gives no elements, but what they are like."""
    return value.ndim > 0 and value.size > (SMALL if full else 0)


def gradient_label(gradient: Array, *, full: bool = False) -> tuple[str, ...]:
    """The lines below an edge: a scalar, or the norm of a tensor."""
    if gradient.ndim == 0:
        return (short(gradient.item()),)
    if gradient.size and not is_summed_up(gradient, full=full):
        return written_out(gradient)
    return (f"‖{rounded(norm(gradient))}‖",)


def norm(value: Array) -> float:
    """The root of the sum of squares; scaled, so that it neither overflows nor underflows."""
    if not value.size:
        return 0.0
    largest = float(np.max(np.abs(value)))
    if largest == 0.0 or not math.isfinite(largest):
        return largest
    return largest * math.sqrt(float(np.sum(np.square(np.asarray(value, "float64") / largest))))


def rounded(number: float) -> str:
    """A number with three significant digits."""
    text = f"{number:.3g}"
    if "e" not in text:
        return text
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}"


def shape_label(value: Array) -> str:
    """`[32, 100]`."""
    return f"[{', '.join(map(str, value.shape))}]"


def written_out(value: Array) -> tuple[str, ...]:
    """A small tensor, a line for each of its rows, its columns under each other."""
    rows = [[short(element) for element in row] for row in value.reshape(-1, value.shape[-1]).tolist()]
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for number, row in enumerate(rows):
        texts = (f"{text:>{width}}" for text, width in zip(row, wide, strict=True))
        opened, closed = _brackets(number, value.shape[:-1]), _brackets(len(rows) - 1 - number, value.shape[:-1])
        lines.append(f"{'[' * opened:>{value.ndim - 1}}[{', '.join(texts)}]{']' * closed}")
    return tuple(lines)


def _brackets(row: int, shape: tuple[int, ...]) -> int:
    """How many of the axes before the last begin with a row."""
    found, size = 0, 1
    for length in reversed(shape):
        size *= length
        if row % size:
            break
        found += 1
    return found


def matrix_lines(value: Array) -> list[str]:
    """A tensor with all of its elements, a line a row, the columns under each other."""
    texts = [short(each) for each in value.ravel().tolist()]
    wide = max(map(len, texts), default=0)
    lines = [f"{text:>{wide}}" for text in texts]
    for depth, size in enumerate(reversed(value.shape)):
        groups = [lines[start : start + size] for start in range(0, len(lines), size)] if size else [[]]
        if depth == 0:
            lines = [f"[{', '.join(group)}]" for group in groups]
        else:
            lines = ["[" + ",\n".join(group).replace("\n", "\n ") + "]" for group in groups]
    return "\n".join(lines).split("\n")
