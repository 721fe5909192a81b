"""Files and bytes as sources."""

import tracemalloc
from pathlib import Path

import pytest

from chainrule.grammar.diagnostic import Place
from chainrule.grammar.limits import Limits
from chainrule.grammar.read import decode, read_source
from chainrule.grammar.source import Span
from chainrule.grammar.spec_error import SpecError


def test_a_byte_order_mark_is_dropped() -> None:
    assert decode(b"\xef\xbb\xbfa = 1\r\n", "a.graph").text == "a = 1\r\n"


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [(b"a = 1\nb = \xff", 2, 5), ("사과 = ".encode() + b"\xc3\x28", 1, 6), ("a".encode("utf-16"), 1, 1)],
)
def test_other_encodings_are_refused_at_their_place(data: bytes, line: int, column: int) -> None:
    with pytest.raises(SpecError) as caught:
        decode(data, "a.graph")
    fault = caught.value.diagnostics[0]
    assert isinstance(fault.where, Span)
    assert (fault.code, fault.where.line, fault.where.column) == ("G002", line, column)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "사과.graph"
    path.write_text("a = 1\n", encoding="utf-8")
    assert read_source(path).text == "a = 1\n"
    assert read_source(str(path)).name == str(path)


@pytest.mark.parametrize("name", ["missing.graph", ".", "nul\0.graph"])
def test_what_is_no_file_is_a_fault(tmp_path: Path, name: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_source(f"{tmp_path}/{name}")
    fault = caught.value.diagnostics[0]
    assert fault.code == "G001"
    assert isinstance(fault.where, Place)


def test_large_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.graph"
    path.write_text("#" * 100)
    with pytest.raises(SpecError) as caught:
        read_source(path, Limits(file_bytes=50))
    assert "CHAINRULE_LIMITS=file_bytes=" in str(caught.value)


def test_a_small_file_takes_little_room(tmp_path: Path) -> None:
    """Room for as many bytes as a file may have, taken for a moment, stays taken where memory only grows."""
    path = tmp_path / "small.graph"
    path.write_text("input x = 1\n", encoding="utf-8")
    tracemalloc.start()
    try:
        assert read_source(path).text == "input x = 1\n"
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
