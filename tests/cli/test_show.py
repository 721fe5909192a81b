"""`show`: summary, stages, the reference of operations."""

from pathlib import Path
from typing import Any

import click
import pytest

from chainrule.cli.show import show
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.views.stages.stages import STAGES


def test_the_summary(call: Any, line: str) -> None:
    answer = call("show", line)
    assert answer.code == 0
    assert "parameters: 3" in answer.out
    assert "with N = 2" in answer.out
    document = call("show", line, "--json").json
    nodes = {node["path"]: node for node in document["nodes"]}
    assert nodes["y"]["shape"] == "[N, 1]"
    assert nodes["y"]["flops"] == 2 * (2 * 2 + 1)
    assert document["forward"]["flops"] > 0
    assert document["reverse"]["flops"] > 0


@pytest.mark.parametrize("stage", ["syntax", "graph", "shapes", "reverse", "optimised", "plan"])
def test_every_stage(call: Any, apple: str, line: str, stage: str) -> None:
    assert "total" in call("show", apple, "--after", stage).out
    answer = call("show", line, "--after", stage, "--json")
    assert answer.code == 0
    assert ("W" if stage == "plan" else "affine") in answer.json["text"]


def test_the_generated_code(call: Any, apple: str, line: str) -> None:
    assert "others[" in call("show", apple, "--after", "python").out
    assert "def step(x0, x1):" in call("show", line, "--after", "python").out
    Path("tensor.graph").write_text("input x = [1, 2]\ny = sum(x * x)\n", encoding="utf-8")
    assert call("show", "tensor.graph", "--after", "python").out.startswith("# nothing is generated")


def test_the_stages_are_those_that_are_described() -> None:
    choice = next(each for each in show.params if each.name == "stage").type
    assert isinstance(choice, click.Choice)
    assert tuple(choice.choices) == tuple(STAGES)


def test_the_graph_reads_back(call: Any, apple: str) -> None:
    Path("flat.graph").write_text(call("show", apple, "--after", "graph").out, encoding="utf-8")
    assert call("run", "flat.graph", "--json").json == call("run", apple, "--json").json
    gradients = call("grad", apple, "--json").json["gradients"]
    for stage in ("reverse", "optimised"):
        Path("reverse.graph").write_text(call("show", apple, "--after", stage).out, encoding="utf-8")
        outputs = call("run", "reverse.graph", "--json").json["outputs"]
        assert {path: outputs[f"d_{path}"] for path in gradients} == gradients


def test_operations(call: Any) -> None:
    text = call("show", "ops").out
    for operation in OPERATIONS.values():
        assert (f"  {operation.name}(" in text) == operation.written
    assert call("show", "ops", "--json").json["operations"][0]["name"] == "add"


def test_defaults_read_back(call: Any, line: str) -> None:
    answer = call("show", line, "--defaults", "--set", "train.batch=4")
    assert "batch = 4" in answer.out
    assert "precision = float32" in answer.out
    Path("full.graph").write_text(answer.out, encoding="utf-8")
    of_line = call("show", line, "--json", "--set", "train.batch=4")
    assert call("show", "full.graph", "--json").json["nodes"] == of_line.json["nodes"]
    assert call("show", line, "--defaults", "--json").json["text"] == call("show", line, "--defaults").out


def test_data(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHAINRULE_DATA", raising=False)
    assert "\niris " in call("show", "data").out
    Path("own.csv").write_text("hours,score\n1,2\n", encoding="utf-8")
    monkeypatch.setenv("CHAINRULE_DATA", ".")
    document = call("show", "data", "--json").json
    assert document["own"] == [{"name": "own", "file": "own.csv", "columns": ["hours", "score"]}]
    assert {each["name"] for each in document["packaged"]} >= {"iris", "mnist5k"}


def test_a_run_that_is_called_data(call: Any, line: str) -> None:
    assert call("train", line, "--run", "data", "--quiet").code == 0
    assert "parameters: 3" in call("show", "./data").out


def test_a_model_has_the_sizes_of_its_data(call: Any, tmp_path: Path) -> None:
    (tmp_path / "open.graph").write_text(
        "dim N, F\ninput x: [N, F]\ninput t: [N, 1]\nparam W: [F, 1] = zeros()\nloss = mse(x @ W, t)\n"
        "data rows { x = [[1, 2, 3], [4, 5, 6]]; t = [[1], [0]] }\n"
        "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = rows }\n"
    )
    run = str(tmp_path / "run")
    assert call("train", str(tmp_path / "open.graph"), "--run", run)[0] == 0
    code, out, _ = call("show", run)
    assert code == 0
    assert "with N = 1, F = 3\nparameters: 3" in out


def test_the_stages_of_a_step_are_those_of_training(call: Any) -> None:
    Path("forms.graph").write_text(
        "param w = [3, 4]\nloss = sum(in_training(w * 5, w * 7))\n"
        "train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 1 }\n"
    )
    for stage in ("optimised", "python"):
        told = call("show", "forms.graph", "--after", stage).out
        assert "5.0" in told, told
        assert "7.0" not in told, told
