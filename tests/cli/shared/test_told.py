"""Hints are told once a file: by the first verb that reads it, and by every `check`."""

import os
from pathlib import Path
from typing import Any

import pytest

from chainrule.cli.shared import told

HINTED = "input x = 2\noutput y = 1 / (1 + exp(-x))\n"
VERBS = ("run", "grad", "show", "test", "step")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("CHAINRULE_CACHE", str(folder))
    return folder


def write(text: str, name: str = "a.graph") -> None:
    Path(name).write_text(text, encoding="utf-8")


def hints(call: Any, *arguments: str) -> int:
    answer = call(*arguments)
    assert answer.code == 0, answer.errors
    return int(answer.errors.count("hint G"))


@pytest.mark.parametrize("first", VERBS)
def test_the_first_verb_tells(call: Any, cache: Path, first: str) -> None:
    write(HINTED)
    assert hints(call, first, "a.graph") == 1
    assert [hints(call, verb, "a.graph") for verb in VERBS] == [0] * len(VERBS)
    assert [hints(call, "check", "a.graph") for _ in range(2)] == [1, 1], "who checks asks for them"


def test_after_a_check_no_verb_tells(call: Any, cache: Path) -> None:
    write(HINTED)
    assert hints(call, "check", "a.graph") == 1
    assert hints(call, "run", "a.graph") == 0


def test_where_nothing_is_kept_every_verb_tells(call: Any, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(HINTED)
    cache.write_text("a file where the folder should be", encoding="utf-8")
    assert [hints(call, verb, "a.graph") for verb in ("run", "check", "run")] == [1, 1, 1]
    monkeypatch.setenv("CHAINRULE_CACHE", "")
    assert [hints(call, verb, "a.graph") for verb in ("run", "check", "run")] == [1, 1, 1]


def test_a_new_hint_and_another_file_are_told(call: Any, cache: Path) -> None:
    write(HINTED)
    assert hints(call, "run", "a.graph") == 1
    write("# a comment above\n" + HINTED)
    assert hints(call, "run", "a.graph") == 0
    write(HINTED + "spare = x + 1\n")
    assert hints(call, "run", "a.graph") == 2
    write(HINTED, "b.graph")
    assert hints(call, "run", "b.graph") == 1
    Path("sub").mkdir()
    write(HINTED, "sub/a.graph")
    assert hints(call, "run", "sub/a.graph") == 1


def test_a_document_has_them_always(call: Any, cache: Path) -> None:
    write(HINTED)
    for _ in range(2):
        assert [each["code"] for each in call("run", "a.graph", "--json").json["diagnostics"]] == ["G611"]
    assert hints(call, "run", "a.graph") == 1, "a program that reads JSON is not the one who is told"


def test_warnings_and_errors_are_told_at_every_verb(call: Any, cache: Path) -> None:
    write("input y = [[1], [2]]\ninput t = [1, 2]\noutput z = y - t\n")
    for _ in range(2):
        assert "warning G627" in call("run", "a.graph").errors
    write("output z = q\n")
    for _ in range(2):
        assert "error G101" in call("run", "a.graph").errors


def test_what_is_kept_is_bounded_and_nothing_else_is_touched(
    call: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "MOST_FILES", 4)
    cache.mkdir()
    foreign = [cache / "notes.told", cache / f"{'a' * 64}.told", cache / "b.json"]
    for file in foreign:
        file.write_text("mine", encoding="utf-8")
        os.utime(file, (0, 0))
    for number in range(12):
        write(f"spare = {number}\n{HINTED}", f"{number}.graph")
        assert hints(call, "run", f"{number}.graph") == 2
    assert all(file.read_text(encoding="utf-8") == "mine" for file in foreign)
    assert len(list(cache.glob("*.told"))) <= len(foreign) + 4


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own there")
def test_a_link_is_not_followed(call: Any, cache: Path, tmp_path: Path) -> None:
    write(HINTED)
    assert hints(call, "run", "a.graph") == 1
    (mark,) = cache.glob("*.told")
    mark.unlink()
    mark.symlink_to(tmp_path / "victim")
    hints(call, "run", "a.graph")
    assert not (tmp_path / "victim").exists()
