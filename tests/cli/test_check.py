"""`check`: quiet on a right file, every fault of wrong ones."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def test_quiet_when_nothing_is_wrong(call: Any, apple: str) -> None:
    assert call("check", apple) == (0, "", "")


def test_json_has_all_faults_of_all_files(call: Any, apple: str) -> None:
    Path("one.graph").write_text("output y = rleu(1)\nz = q + 1\n", encoding="utf-8")
    Path("two.graph").write_text("output y = [1, [2]]\n", encoding="utf-8")
    answer = call("check", "one.graph", apple, "two.graph", "--json")
    assert answer.code == 1
    assert [(each["file"], each["line"]) for each in answer.json["diagnostics"]] == [
        ("one.graph", 1),
        ("one.graph", 2),
        ("two.graph", 1),
    ]


def test_literal_data_are_held_to_the_rules_of_data(call: Any) -> None:
    text = "dim N\ninput x: [N, 2]\ninput t: int[N]\nloss = softmax-loss(x, t)\n"
    Path("labels.graph").write_text(text + "data d { x = [[1, 2], [3, 4]] ; t = [0, 2] }\n", encoding="utf-8")
    answer = call("check", "labels.graph")
    assert answer.code == 1
    assert "labels.graph:5:" in answer.errors


def test_missing_data_are_told_before_a_training(call: Any) -> None:
    text = "dim N\ninput x: [N]\nparam w = 1\nloss = mean(w * x)\n"
    train = "train { minimize = loss ; optimizer = sgd(lr = 0.1) ; epochs = 1 ; data = d }\n"
    Path("sub").mkdir()
    Path("sub/points.graph").write_text(text + 'data d { x = csv("points.csv", "x") }\n' + train, encoding="utf-8")
    answer = call("check", "sub/points.graph")
    assert answer.code == 1
    assert answer.errors == call("train", "sub/points.graph").errors
    assert "points.graph:5:14: error G400: cannot read `sub/points.csv`: there is no such file" in answer.errors
    Path("sub/points.csv").write_text("x\n1\n2\n", encoding="utf-8")
    assert call("check", "sub/points.graph") == (0, "", "")
    assert call("train", "sub/points.graph", "--run", "run", "--quiet").code == 0
    Path("sub/points.csv").unlink()
    assert call("check", "run").code == 0, "a model does without the data that it was trained on"


def test_strict_fails_on_warnings(call: Any) -> None:
    text = "param w = 1\nparam v = 2\nloss = w * w\nother = v * 2\n"
    train = "train { minimize = loss ; optimizer = sgd(lr = 0.1) ; epochs = 1 }\n"
    Path("warned.graph").write_text(text + train, encoding="utf-8")
    answer = call("check", "warned.graph", "--json")
    assert "warning" in {each["severity"] for each in answer.json["diagnostics"]}
    assert answer.code == 0
    assert call("check", "warned.graph", "--strict").code == 1


def test_a_check_imports_no_more_than_it_needs(apple: str, call: Any) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "chainrule", "check", apple]
    imported = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert "chainrule.compiler.build" in imported
    for heavy in ("networkx", "safetensors", "rich", "chainrule.program.program", "chainrule.runtime.training.train"):
        assert not re.search(rf"\| +{re.escape(heavy)}$", imported, re.MULTILINE), heavy


CENTRED = """dim N
input x: [N, 1]
input t: [N, 1]
param w: [1, 1] = 1
param b: [1] = 0
output y = x @ w + b
loss = mse(y, t)
data d { x = csv("rows.csv", "x") - mean(csv("rows.csv", "x")); t = csv("rows.csv", "t") }
train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 2; data = d }
"""
SUMMED = CENTRED.replace('csv("rows.csv", "x") - mean(csv("rows.csv", "x"))', 'cumsum(csv("rows.csv", "x"), axis = 0)')
BATCHED = CENTRED.replace(' - mean(csv("rows.csv", "x"))', "").replace("x @ w", "(x - mean(x)) @ w")


@pytest.mark.parametrize(("text", "code"), [(SUMMED, "G633"), (BATCHED, "G629")])
def test_rows_that_hang_on_one_another_are_told_wherever_it_matters(call: Any, text: str, code: str) -> None:
    Path("a.graph").write_text(text, encoding="utf-8")
    Path("rows.csv").write_text("x,t\n1,10\n2,20\n3,30\n", encoding="utf-8")
    Path("new.csv").write_text("x\n4\n", encoding="utf-8")
    for command in (("check", "a.graph"), ("train", "a.graph", "--run", "R"), ("predict", "R", "--inputs", "new.csv")):
        answer = call(*command)
        assert answer.code == 0
        assert f"warning {code}" in answer.errors
