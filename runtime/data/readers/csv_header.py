"""The head of a CSV file: what its columns are called, and whether its first row is a header that looks like values."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from .csv_column import INTEGER, NUMBER

Record: TypeAlias = tuple[int, list[str]]
"""A row: the number of its first line, and its fields without white space around them."""

HEAD = 10
"""Rows that are looked at before the columns are known."""


class Head(NamedTuple):
    """What the first rows say: the names of the columns, the line of the header if there is one, rows of values.

    `doubtful`: the first row is taken for values, because one of its fields is a number, and may be a header.
    """

    names: list[str]
    line: int
    values: Sequence[Record]
    doubtful: bool


def head_of(records: Sequence[Record]) -> Head:
    """The head of a file that begins with these rows, at least one."""
    (line, first), *others = records
    if not any(NUMBER.fullmatch(field) for field in first):
        return Head(first, line, others, doubtful=False)
    names = [str(number) for number in range(1, len(first) + 1)]
    return Head(names, 0, records, _stands_out(first, [fields for _, fields in others if len(fields) == len(first)]))


def _stands_out(first: list[str], others: Sequence[list[str]]) -> bool:
    """Whether a first row with whole numbers is unlike all others: it counts up, or stands above texts or fractions."""
    numbers = [field for field in first if NUMBER.fullmatch(field)]
    if not others or not all(INTEGER.fullmatch(field) for field in numbers):
        return False
    columns = list(zip(*others, strict=True))
    titled = any(
        not NUMBER.fullmatch(title) and all(NUMBER.fullmatch(field) for field in column)
        for title, column in zip(first, columns, strict=True)
    )
    above_fractions = len(others) > 2 and all(_is_fraction(field) for column in columns for field in column)
    return titled or above_fractions or (_counts_up(first) and not any(map(_counts_up, others)))


def _counts_up(row: list[str]) -> bool:
    """0, 1, 2 and 2019, 2020, 2021; a row of two numbers may be anything."""
    if len(row) < 3 or not all(INTEGER.fullmatch(field) for field in row):
        return False
    start = int(row[0])
    return [int(field) for field in row] == list(range(start, start + len(row)))


def _is_fraction(field: str) -> bool:
    return bool(NUMBER.fullmatch(field)) and not INTEGER.fullmatch(field)
