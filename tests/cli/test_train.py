"""`train`: reports, the run folder, resuming, stopping where a value is not finite."""

from pathlib import Path
from typing import Any


def test_reports_and_the_answer(call: Any, line: str) -> None:
    answer = call("train", line, "--run", "runs/a")
    assert answer.code == 0, answer.errors
    assert [row.split()[:4] for row in answer.out.splitlines()[:2]] == [
        ["epoch", "1", "step", "2"],
        ["epoch", "2", "step", "4"],
    ]
    assert Path("runs/a/model.safetensors").is_file()
    document = call("train", line, "--run", "runs/b", "--json").json
    assert document["run"] == "runs/b"
    assert document["steps"] == 4
    assert set(document["metrics"]) == {"train.loss"}
    assert Path(document["history"]).is_file()


def test_quiet(call: Any, line: str) -> None:
    assert "epoch" not in call("train", line, "--run", "runs/a", "--quiet").out


def test_a_run_is_not_overwritten_but_resumed(call: Any, line: str) -> None:
    assert call("train", line, "--run", "runs/a").code == 0
    assert call("train", line, "--run", "runs/a").code == 1
    assert call("train", line, "--resume", "runs/a").code == 0
    assert call("train", line, "--resume", "runs/new").code == 0
    assert call("train", line, "--resume", "runs/a", "--run", "runs/b").code == 2


def test_without_a_train_section(call: Any, apple: str) -> None:
    answer = call("train", apple)
    assert answer.code == 1
    assert "apple.graph:1:" in answer.errors


def test_a_value_that_is_not_finite(call: Any, line: str) -> None:
    settings = "--set", "train.optimizer=sgd(lr = 1e200)", "--set", "train.precision=float64"
    answer = call("train", line, *settings)
    assert answer.code == 1
    assert "error G501" in answer.errors


def test_settings(call: Any, line: str) -> None:
    document = call("train", line, "--set", "train.epochs=1", "--set", "train.batch=1", "--json").json
    assert document["steps"] == 4
    assert call("train", line, "--set", "train.epoch=1").code == 2
    assert call("train", line, "--set", "train.epochs=").code == 2
