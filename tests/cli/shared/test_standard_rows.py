"""Which bytes of standard input are a row: the same, however they come in."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.cli.shared.standard_rows import Row, batches_of
from chainrule.grammar.spec_error import SpecError

CSV = b'a,b\n1,"two\nlines"\n\n  \n3,"a ""quote"", and\n\nmore"\r\n5,6'
ROWS = [
    Row(1, b"a,b\n"),
    Row(2, b'1,"two\nlines"\n'),
    Row(4, b'\n  \n3,"a ""quote"", and\n\nmore"\r\n'),
    Row(9, b"5,6\n"),
]
JSON = b'{"a": 1}\n\n{"a": "\\"\xc3\xa9"}\n{"b": 5\n'
OBJECTS = [Row(1, b'{"a": 1}\n'), Row(2, b'\n{"a": "\\"\xc3\xa9"}\n'), Row(4, b'{"b": 5\n')]


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted({*(cut % (len(data) + 1) for cut in cuts), 0, len(data)})
    return [data[start:stop] for start, stop in pairwise(ends)]


@given(st.lists(st.integers(0, 200)), st.sampled_from([(CSV, ROWS), (JSON, OBJECTS)]))
def test_however_it_is_cut_the_rows_are_the_same(cuts: list[int], case: tuple[bytes, list[Row]]) -> None:
    data, rows = case
    coming = iter([*pieces(data, cuts), b""])
    assert [row for batch in batches_of(lambda: next(coming)) for row in batch] == rows


def test_rows_that_are_there_are_not_held_back() -> None:
    coming = iter([b"a,b\n1,2\n3", b",4\n", b"5,6"])
    batches = batches_of(lambda: next(coming, b""))
    assert next(batches) == [Row(1, b"a,b\n"), Row(2, b"1,2\n")]
    assert next(batches) == [Row(3, b"3,4\n")]
    assert next(batches) == [Row(4, b"5,6\n")]


def test_nothing_is_no_row() -> None:
    assert not list(batches_of(lambda: b""))
    blank = iter([b"\n  \n", b""])
    assert not list(batches_of(lambda: next(blank)))


def test_a_row_that_does_not_end_is_refused() -> None:
    coming = iter([b'a\n"', *[b"x" * (1 << 20)] * 18])
    with pytest.raises(SpecError, match="it is longer than 16 MiB"):
        list(batches_of(lambda: next(coming)))
