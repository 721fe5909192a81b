"""What goes wrong between a page and its engine is told: no golden pair can show it."""

import socket
from pathlib import Path
from typing import Any

import pytest

from chainrule.cli.main import exit_code
from chainrule.grammar.diagnostic import Fault
from chainrule.play.faults import FAULTS
from chainrule.play.session import Session
from chainrule.views.page.player import MOST_STEPS


def told(session: Session, **message: Any) -> str:
    *_, last = session.answer({"id": 1, **message})
    return str(last["failed"]["code"])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
def test_each_is_caused_by_a_test(fault: Fault) -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert f'"{fault.code}"' in tests or f"{fault.code} " in tests


def test_a_training_that_has_ended(tmp_path: Path) -> None:
    assert told(Session(tmp_path), do="stop", run=7) == "G765"


def test_a_fault_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(tmp_path)

    def fails(request: object) -> None:
        raise KeyError("lost")

    monkeypatch.setattr(session, "_verbs", {"check": fails})
    assert told(session, do="check") == "G763"


def test_more_steps_than_a_page_tells(tmp_path: Path) -> None:
    sums = "".join(f"s{number + 1} = s{number} + 1\n" for number in range(MOST_STEPS))
    assert told(Session(tmp_path), do="walk", name="a.graph", text=f"input s0 = 1\n{sums}") == "G766"


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert exit_code(["play", "--no-browser", "--port", str(taken.getsockname()[1])]) == 1
    assert "G767" in capsys.readouterr().err


def test_a_folder_that_holds_other_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert exit_code(["play", "--site", str(tmp_path)]) == 1
    assert "G768" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]
