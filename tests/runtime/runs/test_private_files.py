"""Files that nobody else can have written."""

import os
import stat
import sys
from pathlib import Path

import pytest

from chainrule.runtime.runs.private_files import is_private, read_private, write_private

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has lists of its own")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "private"
    made.mkdir(mode=0o700)
    return made


def test_what_is_written_is_read(folder: Path) -> None:
    os.umask(os.umask(0o002))
    write_private(folder / "a.json", b"first")
    write_private(folder / "a.json", b"second")
    assert read_private(folder / "a.json", 100) == b"second"
    assert [path.name for path in folder.iterdir()] == ["a.json"]
    assert stat.S_IMODE((folder / "a.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(("mode", "private"), [(0o700, True), (0o755, True), (0o775, False), (0o777, False)])
def test_a_folder_that_others_can_write_is_not_private(folder: Path, mode: int, private: bool) -> None:
    folder.chmod(mode)
    assert is_private(folder) == private


def test_what_is_no_folder_is_not_private(folder: Path) -> None:
    (folder / "file").touch()
    assert not is_private(folder / "file")
    assert not is_private(folder / "nowhere")
    assert not is_private(folder / "a\0b")


def test_what_others_own_is_not_private(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_private(folder / "a.json", b"mine")
    (folder / "link").symlink_to(folder)
    assert is_private(folder / "link")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert not is_private(folder)
    assert not is_private(folder / "link")
    with pytest.raises(PermissionError):
        read_private(folder / "a.json", 100)


@pytest.mark.parametrize("mode", [0o660, 0o602])
def test_a_file_that_others_can_write_is_not_read(folder: Path, mode: int) -> None:
    write_private(folder / "a.json", b"mine")
    (folder / "a.json").chmod(mode)
    with pytest.raises(PermissionError):
        read_private(folder / "a.json", 100)


def test_links_pipes_devices_and_large_files_are_not_read(folder: Path) -> None:
    write_private(folder / "real.json", b"mine")
    (folder / "link.json").symlink_to(folder / "real.json")
    os.mkfifo(folder / "pipe.json")
    (folder / "folder.json").mkdir()
    for name in ("link.json", "pipe.json", "folder.json", "nowhere.json"):
        with pytest.raises(OSError, match=r".*"):
            read_private(folder / name, 100)
    with pytest.raises(OSError, match=r".*"):
        read_private(Path(os.devnull), 100)
    with pytest.raises(PermissionError):
        read_private(folder / "real.json", 3)


def test_a_link_in_the_way_is_replaced_not_followed(folder: Path) -> None:
    victim = folder / "victim.txt"
    victim.write_text("victim's words")
    (folder / "a.json").symlink_to(victim)
    write_private(folder / "a.json", b"mine")
    assert victim.read_text() == "victim's words"
    assert read_private(folder / "a.json", 100) == b"mine"


def test_nothing_is_left_of_a_file_that_cannot_be_written(folder: Path) -> None:
    (folder / "a.json").mkdir()
    (folder / "a.json" / "in the way").touch()
    with pytest.raises(OSError, match=r".*"):
        write_private(folder / "a.json", b"mine")
    assert [path.name for path in folder.iterdir()] == ["a.json"]
