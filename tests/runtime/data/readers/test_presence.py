"""Files and sets that are not there are told before anything reads them."""

import importlib.util
import os
from pathlib import Path

import pytest

from chainrule.compiler.compile import compiled
from chainrule.grammar.source import Source
from chainrule.runtime.data.readers.presence import check_presence

HEAD = "dim N\ninput x: [N]\ninput t: [N]\nparam w = 1\nloss = mean(w * x + t)\n"


def found(section: str, folder: Path) -> list[tuple[str, str]]:
    """Code and text of what is said about a section."""
    spec = compiled(Source("a.graph", f"{HEAD}data d {{ {section} }}\n"), folder).spec
    return [(each.code, getattr(each.where, "text", "")) for each in check_presence(spec, str(folder))]


def test_what_is_there_is_quiet_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff no table at all")
    (tmp_path / "a.npz").write_bytes(b"nor this")
    assert found('x = csv("a.csv", "x"); t = npz("a.npz", "t") / 2', tmp_path) == []
    assert found('x = line("x"); t = [1, 2]', tmp_path) == []
    assert found('x = dataset("iris", "x"); t = dataset("mnist5k", "t")', tmp_path) == []


@pytest.mark.parametrize("reader", ['csv("none.csv", "x")', 'npz("none.npz", "x")', 'npy("none.npy")', 'idx("none")'])
def test_a_missing_file_is_told_once(tmp_path: Path, reader: str) -> None:
    assert found(f"x = {reader}; t = {reader} - 1", tmp_path) == [("G400", reader)]


def test_settings_that_do_not_go_together(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n", encoding="utf-8")
    call = 'csv("a.csv", "x", decimal = ",", thousands = ",")'
    assert found(f"x = {call}; t = [1]", tmp_path) == [("G422", call)]


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    assert found('x = csv("folder.csv", "x"); t = [1]', tmp_path) == [("G400", 'csv("folder.csv", "x")')]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")  # looking must not wait for a writer
        assert found('x = csv("pipe.csv", "x"); t = [1]', tmp_path) == [("G400", 'csv("pipe.csv", "x")')]


def test_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found('x = dataset("irises", "x"); t = dataset("iris", "u")', tmp_path) == [
        ("G420", 'dataset("irises", "x")'),
        ("G402", 'dataset("iris", "u")'),
    ]
    (tmp_path / "own.csv").write_text("x,t\n1,2\n", encoding="utf-8")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "x.npy").write_bytes(b"")
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path))
    assert found('x = dataset("own", "x"); t = dataset("parts", "x")', tmp_path) == []
    assert found('x = dataset("parts", "t"); t = [1]', tmp_path) == [("G402", 'dataset("parts", "t")')]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert found('x = dataset("iris", "x"); t = dataset("iris", "t")', tmp_path) == [("G421", 'dataset("iris", "x")')]
