"""`show`: summary, stages, the reference of operations."""

from pathlib import Path
from typing import Any

import pytest

from chainrule.compiler.ops.table import OPERATIONS


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


@pytest.mark.parametrize("stage", ["syntax", "graph", "shapes", "reverse", "plan"])
def test_every_stage(call: Any, apple: str, line: str, stage: str) -> None:
    assert "total" in call("show", apple, "--after", stage).out
    answer = call("show", line, "--after", stage, "--json")
    assert answer.code == 0
    assert "affine" in answer.json["text"]


def test_the_graph_reads_back(call: Any, apple: str) -> None:
    Path("flat.graph").write_text(call("show", apple, "--after", "graph").out, encoding="utf-8")
    Path("reverse.graph").write_text(call("show", apple, "--after", "reverse").out, encoding="utf-8")
    assert call("run", "flat.graph", "--json").json == call("run", apple, "--json").json
    gradients = call("grad", apple, "--json").json["gradients"]
    outputs = call("run", "reverse.graph", "--json").json["outputs"]
    assert {path: outputs[f"d_{path}"] for path in gradients} == gradients


def test_operations(call: Any) -> None:
    text = call("show", "ops").out
    for operation in OPERATIONS.values():
        assert (f"  {operation.name}(" in text) == (operation.role in ("operation", "metric"))
    assert call("show", "ops", "--json").json["operations"][0]["name"] == "add"


def test_defaults_read_back(call: Any, line: str) -> None:
    answer = call("show", line, "--defaults", "--set", "train.batch=4")
    assert "batch = 4" in answer.out
    assert "precision = float32" in answer.out
    Path("full.graph").write_text(answer.out, encoding="utf-8")
    of_line = call("show", line, "--json", "--set", "train.batch=4")
    assert call("show", "full.graph", "--json").json["nodes"] == of_line.json["nodes"]
    assert call("show", line, "--defaults", "--json").json["text"] == call("show", line, "--defaults").out
