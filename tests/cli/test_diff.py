"""`diff`: two specs compared."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TEXT = "input x = 1\nparam w = 2\nh = w * x\noutput y = exp(h)\n"


def pair(folder: Path, before: str, after: str) -> tuple[str, str]:
    (folder / "a.graph").write_text(before, encoding="utf-8")
    (folder / "b.graph").write_text(after, encoding="utf-8")
    return "a.graph", "b.graph"


def test_the_same_under_other_names(call: Any, tmp_path: Path) -> None:
    files = pair(tmp_path, TEXT, TEXT.replace("h", "hidden"))
    answer = call("diff", *files)
    assert answer.code == 0
    assert answer.out.splitlines() == ["the same graph: 4 nodes; 1 node called otherwise", "= h -> hidden"]
    document = call("diff", *files, "--json").json
    assert document["same"] is True
    assert document["nodes"]["renamed"] == [{"before": "h", "after": "hidden"}]
    assert document["diagnostics"] == []


def test_what_is_otherwise(call: Any, tmp_path: Path) -> None:
    files = pair(tmp_path, TEXT, TEXT.replace("2", "[2, 3]").replace("exp(h)", "sum(exp(h))"))
    answer = call("diff", *files)
    assert answer.code == 1
    assert answer.out.splitlines() == [
        "nodes: 3 changed, 1 added, 1 the same",
        "~ w           shape [] -> [2]; start 2 -> [2, 3]",
        "~ h           shape [] -> [2]",
        "~ y           operation exp -> sum; inputs h -> y.exp",
        "+ y.exp       exp [2] of h",
        "~ parameters  1 element in 1 array -> 2 elements in 1 array",
    ]
    assert "G715" in answer.errors
    document = call("diff", *files, "--json").json
    assert document["same"] is False
    assert document["parameters"] == [{"arrays": 1, "elements": 1}, {"arrays": 1, "elements": 2}]
    assert [each["code"] for each in document["diagnostics"]] == ["G715"]


def test_settings_serve_both(call: Any, tmp_path: Path) -> None:
    files = pair(tmp_path, TEXT, TEXT.replace("x = 1", "x = 5"))
    assert call("diff", *files).code == 1
    assert call("diff", *files, "--set", "x=3").code == 0


def test_a_file_that_is_wrong(call: Any, tmp_path: Path) -> None:
    answer = call("diff", *pair(tmp_path, TEXT, "y = \n"))
    assert answer.code == 1
    assert "b.graph:1:" in answer.errors
    assert call("diff", "a.graph").code == 2


def test_runs(call: Any, line: str) -> None:
    assert call("train", line, "--run", "a").code == 0
    assert call("train", line, "--run", "b").code == 0
    assert call("diff", "a", "b").code == 0
    assert call("train", line, "--run", "c", "--set", "train.optimizer=adam(lr = 0.01)").code == 0
    answer = call("diff", "a", "c", "--json")
    assert answer.code == 1
    assert answer.json["same"] is False
    assert answer.json["settings"]["train.optimizer"][1].startswith("adam(lr = 0.01")
    assert set(answer.json["results"]) == {"train.loss", "best train.loss"}
    assert "adam(lr = 0.01" in call("diff", "a", "c").out
    assert "G521" in call("diff", "a", line).errors


RUN = """chainrule 1 "logistic regression, softmax"
dim N
input x: [N, 2]
input t: int[N]
param W: [2, 2] = normal()
param b: [2] = zeros()
output scores = affine(x, W, b)
loss = softmax-loss(scores, t)
data study { x = csv("study.csv", ["hours", "sleep"]); t = csv("study.csv", "result") }
train { minimize = loss; optimizer = adam(lr = 0.1); epochs = 3; data = study; metrics = [accuracy(scores, t)] }
"""


@pytest.fixture
def run(call: Any) -> Callable[[str, str], str]:
    """Trains a spec in a folder of a name, on the same rows."""
    Path("study.csv").write_text("hours,sleep,result\n5,6,pass\n1,2,fail\n7,5,pass\n2,1,fail\n", encoding="utf-8")

    def trained(name: str, text: str, *options: str) -> str:
        Path(f"{name}.graph").write_text(text, encoding="utf-8")
        assert call("train", f"{name}.graph", "--run", name, *options).code == 0
        return name

    return trained


@pytest.mark.parametrize(
    "changed",
    [
        RUN + "# a comment\n",
        RUN.replace("logistic", "another") + "expect loss > 0 after train\n",
        RUN.replace("loss =", "cost =").replace("= loss", "= cost"),
        RUN.replace("scores", "out"),
        RUN.replace("study {", "rows {").replace("= study", "= rows"),
        RUN.replace("N]", "Rows]").replace("dim N", "dim Rows").replace("[N,", "[Rows,"),
        RUN.replace("input x", "##  a row\ninput  x"),
    ],
)
def test_runs_of_specs_that_differ_in_names_and_comments(call: Any, run: Any, changed: str) -> None:
    answer = call("diff", run("a", RUN), run("b", changed))
    assert answer.code == 0, answer.out
    assert answer.out.startswith("the same settings and the same results")
    document = call("diff", "a", "b", "--json").json
    assert (document["same"], document["settings"], document["results"]) == (True, {}, {})


def test_settings_that_come_to_the_same(call: Any, run: Any) -> None:
    run("a", RUN, "--set", "train.epochs=5")
    assert call("diff", "a", run("b", RUN.replace("epochs = 3", "epochs = 5"))).code == 0


def test_runs_of_specs_that_compute_otherwise(call: Any, run: Any) -> None:
    answer = call("diff", run("a", RUN), run("b", RUN.replace("affine(x, W, b)", "affine(x, W, b) * 1.5")))
    assert answer.code == 1
    assert answer.out.startswith("nodes: 1 changed, 2 added, 5 the same\n")
    assert "hash of spec" not in answer.out
    other = RUN.replace('["hours", "sleep"]', '["sleep", "hours"]')
    assert "study.x" in call("diff", "a", run("c", other)).out
