"""Numbers and lines of C in the precision of a file."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ...graph.spec import Precision
from .names import MATH

TYPES = {"float32": "float", "float64": "double"}

NUMBER = re.compile(r"(?<![\w.])(\d+\.\d*(?:e[+-]?\d+)?|\d+e[+-]?\d+)(?![\w.])")
CALLS = re.compile(rf"(?<!\w)({'|'.join(MATH)})\(")
REAL = re.compile(r"(?<!\w)real(?!\w)")
PER_LINE = 8


def number_text(value: float, precision: Precision, kind: str = "real") -> str:
    """A number as it stands in a line; lines are written for double."""
    if kind == "int":
        return str(int(value)) if value >= 0 else f"({int(value)})"
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INFINITY" if value > 0 else "(-INFINITY)"
    text = str(np.float32(value)) if precision == "float32" else repr(float(value))
    if "." not in text and "e" not in text:
        text += ".0"
    return text if not text.startswith("-") else f"({text})"


def in_precision(line: str, precision: Precision) -> str:
    """A line with the type, the functions and the numbers of a precision; what says `double_` stays double."""
    line = REAL.sub(TYPES[precision], line)
    if precision == "float32":
        line = CALLS.sub(r"\1f(", NUMBER.sub(r"\1f", line))
    return line.replace("double_", "")


def listed(values: Any, precision: Precision, kind: str, indent: str) -> Iterator[str]:
    """Lines with the elements of an array, between braces."""
    flat = np.asarray(values).ravel()
    texts: Iterable[str] = [number_text(each, precision, kind).strip("()") for each in flat.tolist()]
    if kind == "real" and precision == "float32":
        texts = [each if each[-1].isalpha() or each[-1] in "YN" else f"{each}f" for each in texts]
    for row in batched_texts(texts):
        yield f"{indent}{', '.join(row)},"


def batched_texts(texts: Iterable[str]) -> Iterator[Sequence[str]]:
    """So many texts as stand in a line."""
    row: list[str] = []
    for each in texts:
        row.append(each)
        if len(row) == PER_LINE:
            yield row
            row = []
    if row:
        yield row
