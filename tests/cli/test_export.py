"""`export`: files that others run."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def test_a_file_of_python_runs_by_itself(call: Any, apple: str) -> None:
    answer = call("export", apple, "--to", "python", "--out", "apple.py")
    assert answer.code == 0
    assert answer.out == "apple.py written\n"
    ran = subprocess.run([sys.executable, "-I", "apple.py"], capture_output=True, text=True, check=True)
    assert ran.stdout == "total = 220.00000000000003\n"


def test_to_the_terminal(call: Any, apple: str) -> None:
    text = call("export", apple, "--to", "python").out
    assert text.startswith('"""Buying apples\n')
    assert call("export", apple, "--to", "python", "--json").json["text"] == text
    assert call("export", apple, "--to", "python").out == text


def test_a_trained_run(call: Any, line: str) -> None:
    assert call("train", line, "--run", "runs/a", "--quiet").code == 0
    assert call("export", "runs/a", "--out", "line.py").code == 0
    ran = subprocess.run([sys.executable, "-I", "line.py"], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("step 2: ")


def test_large_arrays_lie_beside_it(call: Any, tmp_path: Path) -> None:
    Path("wide.graph").write_text("input x = [1, 2]\nparam W: [2, 1500] = he()\noutput y = sum(x @ W)\n", "utf-8")
    answer = call("export", "wide.graph", "--out", "wide.py", "--json")
    assert answer.json["out"] == ["wide.arrays.npz", "wide.py"]
    first = [Path(name).read_bytes() for name in ("wide.arrays.npz", "wide.py")]
    assert call("export", "wide.graph", "--out", "wide.py").code == 0
    assert first == [Path(name).read_bytes() for name in ("wide.arrays.npz", "wide.py")]
    ran = subprocess.run([sys.executable, "-I", "wide.py"], capture_output=True, text=True, check=True)
    own = call("run", "wide.graph", "--json").json["outputs"]["y"]
    assert float(ran.stdout.removeprefix("y = ")) == pytest.approx(own, rel=1e-15)


def test_a_spec_without_blocks(call: Any, apple: str) -> None:
    assert call("export", apple, "--out", "flat.graph").code == 0
    assert call("run", "flat.graph", "--json").json["outputs"]["d_count"] == 110.00000000000001


@pytest.mark.parametrize("words", [(), ("--to", "cobol"), ("--out", "net.txt")])
def test_what_is_no_target(call: Any, apple: str, words: tuple[str, ...]) -> None:
    assert call("export", apple, *words).code in (1, 2)
    assert not Path("net.txt").exists()


def test_nothing_is_written_over_a_folder(call: Any, apple: str) -> None:
    Path("net.py").mkdir()
    assert call("export", apple, "--out", "net.py").code == 1
