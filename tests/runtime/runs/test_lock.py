"""Lock files: one writer, and nothing but locks are written over."""

import json
import os
import sys
from pathlib import Path

import pytest

from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.runs.lock import Lock


def codes(path: Path, *, force: bool = False) -> list[str]:
    try:
        with Lock(path, "run", force=force):
            return []
    except SpecError as error:
        return [diagnostic.code for diagnostic in error.diagnostics]


def test_it_names_the_process_and_is_gone_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with Lock(path, "abc") as lock:
        assert not lock.left
        assert json.loads(path.read_text()) == {"process": os.getpid(), "run": "abc"}
        assert codes(path) == ["G524"]
    assert not path.exists()


def test_what_was_given_back_before_is_not_given_back_again(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with Lock(path, "abc") as lock:
        lock.leave()
        assert not path.exists()
        with Lock(path, "next"):
            lock.leave()
            assert codes(path) == ["G524"]
            assert json.loads(path.read_text())["run"] == "next"


@pytest.mark.parametrize(
    "left", ['{"process": 1, "run": "gone and longer than the next"}', '{"process": 12345678901234']
)
def test_what_a_killed_run_left_is_taken_over(tmp_path: Path, left: str) -> None:
    path = tmp_path / "run.lock"
    path.write_text(left)
    with Lock(path, "abc") as lock:
        assert lock.left
        assert json.loads(path.read_text())["run"] == "abc"
    assert not path.exists()


@pytest.mark.parametrize("left", ["", '{"proc'])
def test_one_that_was_just_begun_is_taken_over(tmp_path: Path, left: str) -> None:
    (tmp_path / "run.lock").write_text(left)
    with Lock(tmp_path / "run.lock", "abc") as lock:
        assert not lock.left


@pytest.mark.parametrize("text", ["mine", "[" * 100_000, "{}", '{"process" : 1}', "\n"])
def test_a_file_of_something_else_stays(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.lock"
    path.write_text(text)
    assert codes(path) == ["G554"]
    assert path.read_text() == text
    assert codes(path, force=True) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links are another thing there")
def test_what_a_link_leads_to_stays(tmp_path: Path) -> None:
    path, victim = tmp_path / "run.lock", tmp_path / "victim.txt"
    victim.write_text("victim's words")
    path.symlink_to(victim)
    assert codes(path) == ["G554"]
    assert path.is_symlink()
    assert codes(path, force=True) == []
    assert not path.is_symlink()
    assert victim.read_text() == "victim's words"
    path.symlink_to(tmp_path / "nowhere")
    assert codes(path) == ["G554"]
    assert not (tmp_path / "nowhere").exists()
    path.unlink()
    os.link(victim, path)
    assert codes(path) == ["G554"]
    assert victim.read_text() == "victim's words"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_pipe_is_no_lock(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.lock")
    assert codes(tmp_path / "run.lock") == ["G554"]


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"process": ' + "1" * 5000, '{"process": "\x1b[31m"}', '{"process": []}']
)
def test_a_holder_with_an_odd_text_is_unknown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.lock"
    with Lock(path, "abc"):
        path.write_text(text)
        with pytest.raises(SpecError, match="in use by process unknown"):
            Lock(path, "def").__enter__()
