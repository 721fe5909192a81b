"""Hostile names: a print of each case of `benchmarks/hostile_names.py`; no way to print goes round the guard."""

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from chainrule.cli.main import VERBS
from chainrule.cli.shared import output
from chainrule.grammar import diagnostic, render

ROOT = Path(__file__).parent.parent
BENCHMARK = ROOT / "benchmarks" / "hostile_names.py"


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hostile_names", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HOSTILE = benchmark()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting for a disk; colours on what says that it is a terminal."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.delenv("NO_COLOR")


@pytest.mark.usefixtures("quick")
def test_nothing_steers_a_terminal() -> None:
    verbs = set()
    for each in HOSTILE.prints(len(HOSTILE.CASES)):
        assert each.through == "", each
        assert each.code in (0, 1, 2), each
        verbs.add(HOSTILE.verb(each.command))
    assert verbs == {*VERBS, "no verb"}


@pytest.mark.usefixtures("quick")
def test_the_guards_are_what_keeps_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that would find nothing holds nothing."""
    monkeypatch.setattr(output, "printed", lambda text: text)
    for module in (diagnostic, render):
        monkeypatch.setattr(module, "one_line", lambda text: text)
    assert sum(each.through != "" for each in HOSTILE.prints(40)) > 10


@pytest.mark.skipif(os.name == "nt", reason="no terminals of this kind")
def test_on_a_real_terminal(tmp_path: Path) -> None:
    """Live lines, colours and all."""
    import pty

    name = "a\x1b]0;owned\x07\u202eb"
    (tmp_path / f"{name}.graph").write_text(HOSTILE.SPEC, encoding="utf-8")
    (tmp_path / "rows.csv").write_text(f"a,b,t\n1,2,{name}\n2,1,{name}z\n", encoding="utf-8")
    for command in (["train", f"{name}.graph", "--run", name], ["predict", name, "--inputs", "rows.csv"]):
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-m", "chainrule", *command], stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path
        ) as process:
            os.close(theirs)
            written = b"".join(everything(ours))
        assert process.returncode == 0, written
        assert rb"a\x1b]0;owned\x07\u202eb" in written
        assert b"\x1b]" not in written
        assert b"\x07" not in written
        assert "\u202e" not in written.decode()


def everything(descriptor: int) -> Iterator[bytes]:
    """What is written to a terminal until nobody holds its other end."""
    try:
        while piece := os.read(descriptor, 1 << 16):
            yield piece
    except OSError:  # how Linux says so
        pass
    finally:
        os.close(descriptor)


# --- no other way to print ----------------------------------------------------------------------------------------

ROOMS = ("grammar", "compiler", "runtime", "views", "cli")

PRINTS = {
    "cli/shared/output.py": "it is the guard",
    "cli/train.py": "it asks whether there is a terminal",
    "views/text/live_progress.py": "its line stays below what is printed; rows are made of shown names",
    "runtime/steps/sharing.py": "what is lost is told by `render`, which guards, as the process ends",
    "__main__.py": "it says one sentence of its own",
}
"""Files that may know the standard streams, and why."""

STREAMS = {"stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__", "displayhook"}
WRITERS = {"print", "echo", "secho", "Console", "print_exc", "print_exception", "prompt", "confirm"}


def prints(path: Path) -> Iterator[str]:
    """Where a file writes, or could write, to a standard stream by itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Attribute(value=ast.Name(id="sys"), attr=name) if name in STREAMS:
                yield f"line {node.lineno}: sys.{name}"
            case ast.ImportFrom(module="sys", names=names) if {each.name for each in names} & STREAMS:
                yield f"line {node.lineno}: streams imported by name"
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in WRITERS:
                yield f"line {node.lineno}: {name}"
            case ast.Call(func=ast.Name(id="input")):
                yield f"line {node.lineno}: input"
            case ast.Call(func=ast.Attribute(attr="write" | "fdopen"), args=[ast.Constant(value=0 | 1 | 2), *_]):
                yield f"line {node.lineno}: a stream by its number"


def test_whatever_is_printed_goes_through_the_guard() -> None:
    files = [*ROOT.glob("*.py"), *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]
    found = {path.relative_to(ROOT).as_posix(): list(prints(path)) for path in files}
    assert {name: places for name, places in found.items() if places and name not in PRINTS} == {}
    assert {name for name, places in found.items() if places} == set(PRINTS), "a reason that nothing needs"
