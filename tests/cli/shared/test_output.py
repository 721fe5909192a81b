"""The standard streams: an encoding that lacks a letter, closed ones, foreign texts on their way to a terminal."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.cli.main import VERBS, exit_code
from chainrule.cli.shared import output

CLOSED = ("2>&-", ">&-", "<&-", "<&- >&- 2>&-")
"""What a shell writes for streams that are closed."""


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "cp1252"])
def test_json_in_any_encoding(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    output.prepare()
    output.answer({"outputs": {"사과": 1.0, "\U0001f34e": 2.0}}, ())
    output.flush()
    written = stream.buffer.getvalue()
    assert json.loads(written.decode(encoding)) == {"outputs": {"사과": 1.0, "\U0001f34e": 2.0}, "diagnostics": []}


SPEC = """dim N
input x: [N]
input t: [N]
param w = 0
output y = w * x
loss = mse(y, t)
data rows { x = [1, 2] ; t = [2, 4] }
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 2 ; data = rows }
"""

ARGUMENTS = {
    "diff": ("a.graph", "a.graph"), "eval": ("first",), "explain": ("G103",), "fmt": ("-",),
    "export": ("a.graph", "--to", "python"), "import": ("a.onnx",), "new": ("mlp",), "play": ("--site", "page"),
    "plot": ("first", "curves"), "predict": ("first", "--inputs", "x.json"),
    "bench": ("a.graph", "--seconds", "0.0001"), "train": ("a.graph", "--run", "second"),
}  # fmt: skip
"""What verbs take, where it is not a spec alone."""


@pytest.fixture
def a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A spec, a run of it, and rows to predict on."""
    monkeypatch.chdir(tmp_path)
    Path("a.graph").write_text(SPEC, encoding="utf-8")
    Path("x.json").write_text('{"x": [1, 2]}', encoding="utf-8")
    assert exit_code(["train", "a.graph", "--run", "first"]) == 0
    assert exit_code(["export", "a.graph", "--out", "a.onnx"]) == 0
    capsys.readouterr()


@pytest.mark.usefixtures("a_run")
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_runs_without_streams(verb: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for stream in ("stdin", "stdout", "stderr"):
            patch.setattr(sys, stream, None)  # as Python has it where they are closed
        output.prepare()
        opened = (sys.stdin, sys.stdout, sys.stderr)
        code = exit_code([verb, *ARGUMENTS.get(verb, ("a.graph",))])
        for each in opened:
            each.close()
    assert code == 0


@pytest.mark.skipif(os.name == "nt", reason="no such shell")
@pytest.mark.parametrize("closed", CLOSED)
@pytest.mark.parametrize(
    ("line", "code"), [("run a.graph", 0), ("run nothing.graph", 1), ("fmt - --json", 0), ("run --frob", 2)]
)
def test_closed_streams(tmp_path: Path, line: str, code: int, closed: str) -> None:
    (tmp_path / "a.graph").write_text("output y = 2\n", encoding="utf-8")
    command = f"'{sys.executable}' -W error -m chainrule {line} {closed}"
    done = subprocess.run(command, shell=True, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == code
    for text in (done.stdout, done.stderr):
        assert "Traceback" not in text
        assert "G706" not in text


@pytest.mark.skipif(os.name == "nt", reason="no such shell")
def test_no_file_takes_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    code = (
        "from chainrule.cli.shared.output import prepare; prepare(); f = open('number', 'w'); f.write(str(f.fileno()))"
    )
    subprocess.run(f'exec "{sys.executable}" -c "{code}" <&- >&- 2>&-', shell=True, check=True, cwd=tmp_path)
    assert int((tmp_path / "number").read_text(encoding="utf-8")) > 2
