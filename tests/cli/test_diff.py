"""`diff`: two specs compared."""

from pathlib import Path
from typing import Any

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
