"""Files that grow piece by piece: the old one, or the new one, whole."""

import errno
import os
from pathlib import Path

import pytest

from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.runs.whole_file import whole_file


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_is_there_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    with whole_file(path) as stream:
        stream.write(b"new")
        stream.flush()
        assert path.read_bytes() == b"old"
        stream.write(b", and more")
    assert files(tmp_path) == {"a.csv": b"new, and more"}


def broken_off(path: Path, error: BaseException) -> None:
    with whole_file(path) as stream:
        stream.write(b"half of it")
        raise error


@pytest.mark.parametrize("error", [ValueError("no rows"), KeyboardInterrupt(), OSError(errno.ENOSPC, "no space")])
def test_it_stays_what_it_was(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    expected = SpecError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        broken_off(path, error)
    assert files(tmp_path) == {"a.csv": b"old"}


def test_where_no_file_can_be(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "nowhere" / "a.csv", Path(os.devnull)):
        with pytest.raises(SpecError) as caught, whole_file(path) as stream:
            stream.write(b"something")
        assert str(path) in str(caught.value)
    assert Path(os.devnull).is_char_device() or os.name == "nt"
