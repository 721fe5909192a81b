"""`new`: starting points that run as they are, and nothing that is written over."""

from pathlib import Path
from typing import Any

import pytest

import chainrule
from chainrule.cli.new import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_starting_point_runs_as_it_is(kind: str, call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    answer = call("new", kind, "--out", "net.graph")
    assert answer.code == 0
    assert "`chainrule train net.graph --run runs/net` trains it" in answer.out
    assert call("check", "net.graph", "--strict").code == 0
    assert call("fmt", "--check", "net.graph").code == 0
    assert call("test", "net.graph").code == 0
    assert chainrule.load("net.graph").diagnostics == ()


def test_without_a_file_it_is_shown(call: Any) -> None:
    shown = call("new", "mlp")
    assert shown.code == 0
    assert shown.out.startswith('chainrule 1 "A net of two hidden layers"\n')
    assert call("new", "mlp", "--json").json["text"] == shown.out


def test_nothing_is_written_over(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.graph").write_text("mine", encoding="utf-8")
    answer = call("new", "mlp", "--out", "net.graph")
    assert answer.code == 2
    assert "is there already" in answer.errors
    assert Path("net.graph").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("cnm",),
        ("mlp", "--from", "rows.csv", "--target", "t"),
        ("--from", "rows.csv"),
        ("--target", "t"),
        ("mlp", "--target", "t"),
        ("mlp", "--out", "net.txt"),
    ],
)
def test_a_wrong_command_line(arguments: tuple[str, ...], call: Any) -> None:
    assert call("new", *arguments).code == 2
