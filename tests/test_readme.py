"""The README says what happens: its snippets are run in order, in a folder with a copy of the specs.

A block ```` ```graph NAME ```` is written to the file NAME. In a ```` ```console ```` block each line `$ python -m
chainrule ...` is run, and what it prints must be what stands below it; `...` stands for anything. A ```` ```python ````
block is executed after those above it; where `print(...)` lines have a comment, it is what they print.
"""

import contextlib
import doctest
import io
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


class Block(NamedTuple):
    """A fenced block: its language, the word after it, its text and its line in the README."""

    language: str
    name: str
    text: str
    line: int


BLOCKS = [
    Block(match[1], match[2].strip(), match[3], README.count("\n", 0, match.start()) + 1)
    for match in re.finditer(r"^```([a-z]*)(.*)\n((?:.*\n)*?)```$", README, re.MULTILINE)
]


def test_every_snippet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "specs", tmp_path / "specs", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in BLOCKS:
        if block.language == "graph" and block.name:
            Path(block.name).write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            check_console(block)
        elif block.language == "python":
            check_python(block, names)


def check_console(block: Block) -> None:
    for command, *expected in (part.splitlines() for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]):
        words = shlex.split(command)
        assert words[:3] == ["python", "-m", "chainrule"], f"README.md, line {block.line}: {command}"
        answer = subprocess.run(
            [sys.executable, *words[1:]],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            check=False,
        )
        same("\n".join(expected), answer.stdout, f"README.md, line {block.line}: {command}")
        failed = any(" error G" in line for line in expected)
        assert answer.returncode == (1 if failed else 0), command


def check_python(block: Block, names: dict[str, Any]) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile("\n" * block.line + block.text, "README.md", "exec"), names)
    expected = re.findall(r"^print\(.*\)  # (.*)$", block.text, re.MULTILINE)
    if expected:
        same("\n".join(expected), printed.getvalue(), f"README.md, line {block.line}")


def same(expected: str, printed: str, where: str) -> None:
    __tracebackhide__ = True
    want, got = (text.strip() + "\n" for text in (expected, printed))
    assert doctest.OutputChecker().check_output(want, got, doctest.ELLIPSIS), f"{where}\n{want}\nbut printed\n{got}"


@pytest.mark.parametrize("name", ["train", "test"])
def test_the_two_commands_bring_their_set_up(name: str) -> None:
    """`.ci/run` carries out these two as they stand, each in a fresh copy."""
    (command,) = re.findall(rf"^<!-- command: {name} -->\n```sh\n(.*)\n```$", README, re.MULTILINE)
    assert "-m venv" in command
    assert "pip install" in command


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target
