"""`eval`: the metrics of a model on the rows of its spec."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def run(call: Any, line: str) -> str:
    assert call("train", line, "--run", "runs/a", "--quiet").code == 0
    return "runs/a"


@pytest.mark.parametrize("model", ["runs/a", "runs/a/model.safetensors"])
def test_metrics(call: Any, run: str, model: str) -> None:
    metrics = call("eval", model, "--json").json["metrics"]
    assert set(metrics) == {"train.loss"}
    assert "train.loss = " in call("eval", model).out


def test_other_rows(call: Any, run: str) -> None:
    Path("other.csv").write_text("a,b,t\n100,100,0\n", encoding="utf-8")
    settings = "--set", 'points.x=csv("other.csv", ["a", "b"])', "--set", 'points.t=csv("other.csv", "t")'
    near, far = (call("eval", run, *more, "--json").json["metrics"] for more in ((), settings))
    assert far["loss"] > near["train.loss"]


@pytest.mark.parametrize("model", ["nothing", "nothing.safetensors", "points.csv", "."])
def test_what_is_no_model(call: Any, run: str, model: str) -> None:
    assert call("eval", model).code == 1
