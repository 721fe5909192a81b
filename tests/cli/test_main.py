"""The command line as a process: help, usage errors, closed pipes, Ctrl-C, what it imports."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from chainrule.cli.main import OTHER_WORDS, VERBS
from chainrule.cli.shared.failures import failure_of
from chainrule.grammar.render import render

COMMAND = [sys.executable, "-W", "error", "-m", "chainrule"]


def process(*arguments: str, folder: Path, **streams: Any) -> "subprocess.Popen[str]":
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.Popen([*COMMAND, *arguments], text=True, encoding="utf-8", cwd=folder, **pipes)


def ended(*arguments: str, folder: Path, **streams: Any) -> tuple[int, str, str]:
    started = process(*arguments, folder=folder, **streams)
    out, errors = started.communicate(timeout=60)
    return started.returncode, out, errors


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_has_help_with_an_example_and_the_common_options(call: Any, verb: str) -> None:
    answer = call(verb, "--help")
    assert answer.code == 0
    assert f"chainrule {verb}" in answer.out.partition("Example")[2]
    for option in ("--json", "--set", "--strict", "--precision"):
        assert option in answer.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("run",),
        ("run", "a.graph", "--frob"),
        ("grad", "--of"),
        ("quiz", "a.graph", "--tolerance", "nan"),
        ("bench", "--seconds", "inf"),
    ],
)
def test_a_wrong_command_line(arguments: tuple[str, ...], tmp_path: Path) -> None:
    code, out, errors = ended(*arguments, folder=tmp_path)
    assert (code, out) == (2, "")
    assert "Error: " in errors
    code, out, errors = ended(*arguments, "--json", folder=tmp_path)
    assert (code, errors) == (2, "")
    assert json.loads(out)["diagnostics"][0]["code"] == "G701"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("tran", "did you mean `train`"),
        ("Check", "did you mean `check`"),
        ("gradchek", "did you mean `gradcheck`"),
        ("fit", "did you mean `train`?"),
        ("version", "did you mean `--version`?"),
        ("frobnicate", "verbs are: bench, check,"),
        ("a.graph", "a verb stands before the file, as in `chainrule check a.graph`"),
        ("tr\x1b[31m", "`tr\\x1b[31m`"),
    ],
)
def test_a_verb_that_is_meant(word: str, meant: str, tmp_path: Path) -> None:
    code, _, errors = ended(word, "a.graph", folder=tmp_path)
    assert code == 2
    assert meant in errors
    assert "\x1b" not in errors
    _, out, _ = ended(word, "--json", folder=tmp_path)
    assert meant in json.loads(out)["diagnostics"][0]["message"].replace("\\\\", "\\")


def test_other_words_lead_to_verbs() -> None:
    assert not set(OTHER_WORDS) & set(VERBS)
    assert {meant for meant in OTHER_WORDS.values() if not meant.startswith("-")} <= set(VERBS)


def test_errors_go_to_standard_error_without_colour_when_piped(tmp_path: Path) -> None:
    (tmp_path / "사과.graph").write_text("output y = q\n", encoding="utf-8")
    code, out, errors = ended("run", "사과.graph", folder=tmp_path)
    assert (code, out) == (1, "")
    assert errors.startswith("사과.graph:1:12: error G101")
    assert "\033" not in errors


@pytest.mark.skipif(os.name == "nt", reason="pipes end in another way")
@pytest.mark.parametrize("arguments", [("run", "big.graph"), ("run", "big.graph", "--json"), ("--help",)])
def test_a_closed_pipe(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "big.graph").write_text("output y = [1]\n", encoding="utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    code, _, errors = ended(*arguments, folder=tmp_path, stdout=writing)
    os.close(writing)
    assert code == 1
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors
    assert len(errors.splitlines()) <= 1


@pytest.mark.skipif(os.name == "nt", reason="pipes end in another way")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_stops_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbuffered: str) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    nodes = "".join(f"x{number} = {number}\n" for number in range(20_000))
    (tmp_path / "long.graph").write_text(nodes, encoding="utf-8")
    started = process("run", "long.graph", "--all", folder=tmp_path)
    assert started.stdout is not None
    assert started.stdout.readline()
    started.stdout.close()
    assert started.wait(60) == 1
    assert started.stderr is not None
    with started.stderr as errors:
        assert [line[:11] for line in errors] == ["error G703:"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full disk to offer")
@pytest.mark.parametrize("flag", ["--all", "--json"])
def test_a_full_disk(tmp_path: Path, flag: str) -> None:
    (tmp_path / "a.graph").write_text("output y = 1\n", encoding="utf-8")
    with open("/dev/full", "w", encoding="utf-8") as full:
        code, _, errors = ended("run", "a.graph", flag, folder=tmp_path, stdout=full)
    assert code == 1
    assert "no space left" in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT between processes")
def test_interrupted(tmp_path: Path) -> None:
    text = "param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 1e-9) ; steps = 100000000 }\n"
    (tmp_path / "long.graph").write_text(text + "", encoding="utf-8")
    started = process("train", "long.graph", "--set", "train.report=every(100)", folder=tmp_path)
    assert started.stdout is not None
    assert started.stdout.readline().startswith("epoch")
    time.sleep(0.05)
    started.send_signal(signal.SIGINT)
    _, errors = started.communicate(timeout=60)
    assert started.returncode == 130
    assert "Traceback" not in errors
    assert "interrupted" in errors


PRESSED_AT_AN_IMPORT = """
import os, runpy, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # who starts the tests may have it ignored
module = sys.argv.pop()
sys.meta_path.insert(0, Finder())
runpy.run_module("chainrule", run_name="__main__", alter_sys=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT between processes")
@pytest.mark.parametrize("as_json", [(), ("--json",)])
@pytest.mark.parametrize(
    "module",
    [
        "chainrule.cli",
        "click",
        "chainrule.cli.shared.output",
        "chainrule.cli.run",
        "numpy",
        "chainrule.program.program",
        "lark",
    ],
)
def test_interrupted_while_it_starts(tmp_path: Path, module: str, as_json: tuple[str, ...]) -> None:
    (tmp_path / "a.graph").write_text("output y = 1\n", encoding="utf-8")
    command = [sys.executable, "-c", PRESSED_AT_AN_IMPORT, "run", "a.graph", *as_json, module]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert [line for line in (done.stderr + done.stdout).splitlines() if "interrupted" in line]
    assert "y = 1" not in done.stdout


def test_an_interrupt_is_known_by_what_it_broke() -> None:
    error = RuntimeError("a class could not be made")
    error.__cause__ = KeyboardInterrupt()
    assert failure_of(error) == failure_of(KeyboardInterrupt())
    (said,) = failure_of(error).diagnostics
    assert render(said) == "error G702: interrupted", "chainrule.__main__ says so too, without any import"


def test_help_is_quick() -> None:
    code = (
        "import sys, chainrule.cli.main\n"
        "print(sorted({'numpy', 'lark', 'networkx', 'rich', 'safetensors'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
