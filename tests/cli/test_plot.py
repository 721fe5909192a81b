"""`plot`: of runs, models and specs; what is wrong with a command line is said before anything is computed."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

SPEC = """dim N
input x: [N, 2]
input t: int[N]
param W: [2, 5] = he()
param V: [5, 2] = he()
scores = relu(x @ W) @ V
loss = softmax-loss(scores, t)
data d { x = moons("x", rows = 40) ; t = moons("t", rows = 40) }
train { minimize = loss ; optimizer = adam(lr = 0.05) ; epochs = 8 ; batch = 10 ; data = d ; hold_out = 0.25 }
"""


@pytest.fixture
def run(call: Any) -> str:
    Path("moons.graph").write_text(SPEC)
    assert call("train", "moons.graph", "--run", "run", "--quiet").code == 0
    return "run"


def test_runs_models_and_specs_say_the_same(call: Any, run: str) -> None:
    for kind in ("confusion", "activations", "curves"):
        answers = [call("plot", each, kind, "--json") for each in (run, "run/model.safetensors", "moons.graph")]
        assert [answer.code for answer in answers] == [0, 0, 0], answers
        numbers = [answer.json for answer in answers]
        for each in numbers:
            each.get("columns", {}).pop("seconds", None)
        assert numbers[0] == numbers[1] == numbers[2], kind
        assert numbers[0]["kind"] == kind
    assert sorted(path.name for path in Path().iterdir()) == ["moons.graph", "run"]


def test_text_without_a_picture(call: Any, run: str) -> None:
    answer = call("plot", run, "confusion")
    assert "10 test rows are right" in answer.out
    assert call("plot", run, "confusion", "--rows", "train", "--json").json["rows"] == "train"
    assert "the two directions hold" in call("plot", run, "landscape").out


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_picture(call: Any, run: str) -> None:
    pytest.importorskip("matplotlib")
    answer = call("plot", run, "decision", "--out", "a.svg", "--dark")
    assert answer.out.endswith("wrote a.svg\n")
    assert Path("a.svg").read_bytes().startswith(b"<?xml")
    assert call("plot", run, "curves", "--out", "no/a.svg").code == 1


def test_a_run_that_was_stopped_midway(call: Any, run: str) -> None:
    shutil.copytree(run, "half")
    assert call("train", "moons.graph", "--run", "short", "--quiet", "--set", "train.epochs=3").code == 0
    document = call("plot", "short", "activations", "--json").json
    assert document["steps"][-1] == 9
    assert document["same"]
    assert not document["diagnostics"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("curve",),
        ("curves", "--seed", "1"),
        ("weights", "--shape", "2"),
        ("weights", "--shape", "4x4"),
        ("weights", "--out", "a.gif"),
        ("confusion", "--rows", "all"),
        ("landscape", "--seed", "-1"),
    ],
)
def test_wrong_command_lines(call: Any, run: str, arguments: tuple[str, ...]) -> None:
    assert call("plot", run, *arguments).code == 2


def test_without_matplotlib(call: Any, run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    answer = call("plot", run, "curves", "--out", "a.svg")
    assert answer.code == 1
    assert "error G713: a plot needs matplotlib" in answer.errors
    assert "pip install 'chainrule[plot]'" in answer.errors
    assert call("plot", run, "curves").code == 0
