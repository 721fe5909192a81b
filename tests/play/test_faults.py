"""What goes wrong between a page and its engine is told: the faults that no golden pair shows."""

import socket
from pathlib import Path
from typing import Any

import pytest

from chainrule.cli.main import exit_code
from chainrule.play.session import Session


def told(session: Session, **message: Any) -> str:
    *_, last = session.answer({"id": 1, **message})
    return str(last["failed"]["code"])


def test_a_training_that_has_ended(tmp_path: Path) -> None:
    assert told(Session(tmp_path), do="stop", run=7) == "G765"


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert exit_code(["play", "--no-browser", "--port", str(taken.getsockname()[1])]) == 1
    assert "G767" in capsys.readouterr().err


def test_a_folder_that_holds_other_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert exit_code(["play", "--site", str(tmp_path)]) == 1
    assert "G768" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]
