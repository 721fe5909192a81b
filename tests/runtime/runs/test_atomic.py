"""Whole files or none, and only files."""

import os
import sys
from pathlib import Path

import pytest

from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.runs.atomic import read_bytes, write_atomically, written_beside


def code(path: Path, data: bytes | None = None, most: int | None = None) -> str:
    with pytest.raises(SpecError) as caught:
        read_bytes(path, most) if data is None else write_atomically(path, data)
    return caught.value.diagnostics[0].code


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"first")
    write_atomically(path, b"second")
    assert read_bytes(path) == b"second"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_of_the_temporary_name_stays(tmp_path: Path) -> None:
    path, other = tmp_path / "x.svg", tmp_path / "x.svg.tmp"
    other.write_text("mine")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert other.read_text() == "mine"
    assert sorted(tmp_path.iterdir()) == [path, other]
    written = written_beside(path, b"newer", verify=True)
    assert written.read_bytes() == b"newer"
    assert written != other


@pytest.mark.skipif(sys.platform == "win32", reason="links are another thing there")
def test_what_a_link_of_the_temporary_name_leads_to_stays(tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("victim's words")
    (tmp_path / "x.svg.tmp").symlink_to(victim)
    write_atomically(tmp_path / "x.svg", b"new")
    assert victim.read_text() == "victim's words"
    (tmp_path / "y.svg").symlink_to(victim)
    write_atomically(tmp_path / "y.svg", b"new")
    assert victim.read_text() == "victim's words", "a link is replaced, not followed"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_pipes_and_devices_are_neither_read_nor_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "null").symlink_to(os.devnull)
    for path in (pipe, tmp_path / "null", Path(os.devnull)):
        assert code(path) == "G521"
        assert code(path, b"new") == "G520"
        assert not path.is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["null", "pipe"]


def test_what_is_said_of_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"1234")
    assert code(tmp_path) == "G521"
    assert code(tmp_path / "nowhere") == "G521"
    assert code(tmp_path / "a\0b") == "G521"
    assert code(tmp_path / "large", most=3) == "G521"
    assert code(tmp_path, b"new") == "G520"
