"""`import`, and `export` of models that it reads."""

from pathlib import Path
from typing import Any


def test_there_and_back(call: Any, line: str) -> None:
    assert call("train", line, "--run", "runs/a", "--quiet").code == 0
    assert call("export", "runs/a", "--out", "line.onnx").out == "line.onnx written\n"
    answer = call("import", "line.onnx", "--out", "back.graph")
    assert (answer.code, answer.out) == (0, "back.graph and back.safetensors written\n")
    assert call("check", "back.graph").code == 0
    text = Path("back.graph").read_text("utf-8")
    assert call("import", "line.onnx").out == text
    assert call("import", "line.onnx", "--json").json["text"] == text
    assert call("show", "back.safetensors").code == 0


def test_what_an_export_needs(call: Any, apple: str) -> None:
    for words, said in (
        (("export", apple, "--to", "onnx"), "is no text"),
        (("import", "a.onnx", "--out", "a.txt"), "with the ending .graph"),
    ):
        answer = call(*words)
        assert answer.code == 2
        assert said in " ".join(answer.errors.split())
    assert call("import", "a.onnx").code == 1
    assert "onnx" in call("export", apple, "--train-step", "--out", "a.py").errors
