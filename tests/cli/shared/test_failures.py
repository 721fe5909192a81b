"""Wrong files: exit code 1, the place, and never a traceback; exceptions and what they mean."""

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chainrule.cli.shared.failures import failure_of
from chainrule.grammar.spec_error import SettingError, SpecError

TRAIN = "train { minimize = loss ; optimizer = sgd(lr = 0.1) ; epochs = 1 ; data = d }\n"
CLASSES = "dim N\ninput x: [N, 2]\ninput t: int[N]\nparam W: [2, 2] = he()\nloss = softmax-loss(x @ W, t)\n"

WRONG: dict[str, tuple[str | bytes, str]] = {
    "unknown operation": ("input x = 1\noutput y = rleu(x)\n", "2:12"),
    "unknown name": ("input price = 1\noutput y = 2 * prise\n", "2:16"),
    "cycle": ("a = b + 1\nb = a * 2\n", "1:1"),
    "too many operands": ("input x = 1\noutput y = exp(x, 2)\n", "2:"),
    "too few operands": ("input x = 1\noutput y = mul(x)\n", "2:"),
    "shape clash": ("input x: [3] = [1, 2, 3]\ninput y: [4] = [1, 2, 3, 4]\noutput z = x + y\n", "3:"),
    "defined twice": ("input x = 1\nx = 2\n", "2:1"),
    "ragged list": ("const m = [[1, 2], [3]]\noutput y = sum(m)\n", "1:"),
    "unknown key": ("param w = 1\nloss = w * w\ntrain { minimise = loss }\n", "3:9"),
    "bracket": ("output y = add(1, 2\n", "1:15"),
    "not UTF-8": ("# caf\xe9\noutput y = 1\n".encode("latin-1"), "1:6"),
    "UTF-16": ("output y = 1\n".encode("utf-16"), "1:1"),
    "NUL": (b"output y = 1\x00\n", "1:13"),
    "empty": ("", "1:1"),
}

WRONG_DATA = {
    "missing data file": 'data d { x = csv("nothing.csv", ["a", "b"]) ; t = csv("nothing.csv", "t") }\n',
    "label out of range": "data d { x = [[1, 2], [3, 4]] ; t = [0, 2] }\n",
}


@pytest.mark.parametrize("verb", ["check", "run", "grad", "show"])
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file(call: Any, name: str, verb: str) -> None:
    content, place = WRONG[name]
    Path("wrong.graph").write_bytes(content if isinstance(content, bytes) else content.encode())
    answer = call(verb, "wrong.graph")
    assert answer.code == 1
    assert f"wrong.graph:{place}" in answer.errors
    assert " error G" in answer.errors
    assert answer.out == ""
    document = call(verb, "wrong.graph", "--json")
    assert document.code == 1
    assert document.errors == ""
    found = document.json["diagnostics"]
    assert {each["file"] for each in found} == {"wrong.graph"}
    assert any(f"{each['line']}:{each['column']}".startswith(place) for each in found)


@pytest.mark.parametrize("verb", ["run", "train"])
@pytest.mark.parametrize("name", WRONG_DATA)
def test_wrong_data(call: Any, name: str, verb: str) -> None:
    Path("wrong.graph").write_text(CLASSES + WRONG_DATA[name] + TRAIN, encoding="utf-8")
    rows = ("--rows", "0:2") if verb == "run" else ()
    answer = call(verb, "wrong.graph", *rows)
    assert answer.code == 1
    assert "wrong.graph:6:" in answer.errors
    assert call(verb, "wrong.graph", *rows, "--json").json["diagnostics"][0]["line"] == 6


@pytest.mark.parametrize("verb", ["check", "run", "grad", "gradcheck", "train", "eval", "test", "show", "fmt"])
@pytest.mark.parametrize("file", ["missing.graph", ".", "no\0where", ""])
def test_what_is_no_file(call: Any, verb: str, file: str) -> None:
    answer = call(verb, file)
    assert answer.code == 1
    assert "error G" in answer.errors
    assert call(verb, file, "--json").json["diagnostics"]


def test_settings(call: Any, apple: str, line: str) -> None:
    assert call("run", apple, "--set", "prise=3").code == 2
    assert call("run", apple, "--set", "price").code == 2
    assert call("run", apple, "--set", "price=oops").code == 2
    assert call("run", apple, "--set", "price=(").code == 2
    assert call("run", line, "--set", "W=[1, 2, 3]").code == 1
    (found,) = call("run", apple, "--set", "prise=3", "--json").json["diagnostics"]
    assert "price" in found["hint"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SpecError([]), 1),
        (SettingError([]), 2),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 1),
        (OSError(28, "No space left on device", "a.txt"), 1),
        (MemoryError(), 1),
        (ZeroDivisionError("division by zero"), 1),
    ],
)
def test_exit_codes(error: BaseException, code: int) -> None:
    failure = failure_of(error)
    assert failure.code == code
    assert isinstance(error, SpecError) or len(failure.diagnostics) == 1


UNREADABLE = Path("/proc/self/mem")
"""A regular file whose first byte the system refuses to give, and whose end it doesn't tell."""

SAID = re.compile("input/output error|invalid argument", re.IGNORECASE)
"""What the system says of these."""

WITH_DATA = """dim N
input x: [N]
param w = 1
output y = w * x
loss = mean(y)
data rows { x = READER }
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 1 ; data = rows }
"""


@pytest.mark.skipif(not UNREADABLE.exists(), reason="the system has no file that can't be read")
@pytest.mark.parametrize("memory", ["128", "0"])
@pytest.mark.parametrize("reader", ['csv("a.bad", "x")', 'npy("a.bad")', 'npz("a.bad", "x")', 'idx("a.bad")'])
def test_data_that_the_system_does_not_give(
    call: Any, monkeypatch: pytest.MonkeyPatch, reader: str, memory: str
) -> None:
    monkeypatch.setenv("CHAINRULE_DATA_MEMORY", memory)
    Path("a.graph").write_text(WITH_DATA.replace("READER", reader), encoding="utf-8")
    Path("a.bad").symlink_to(UNREADABLE)
    monkeypatch.setattr(os, "fstat", of_some_size(os.fstat))
    answer = call("train", "a.graph")
    assert answer.code == 1
    assert answer.errors.startswith("a.graph:6:17: error G400: cannot read `a.bad`: ")
    assert SAID.search(answer.errors)


def of_some_size(real: Callable[[int], os.stat_result]) -> Callable[[int], os.stat_result]:
    """Of the file that can't be read the system says that it is empty, and what is empty is told otherwise."""

    def status(descriptor: int) -> os.stat_result:
        found = real(descriptor)
        fields = list(found[:10])
        fields[6] = fields[6] or 100
        return os.stat_result(fields, {"st_mtime_ns": found.st_mtime_ns})

    return status


@pytest.mark.skipif(not UNREADABLE.exists(), reason="the system has no file that can't be read")
@pytest.mark.parametrize(
    "command",
    [
        ("run", "bad.graph"),
        ("fmt", "bad.graph"),
        ("eval", "bad.safetensors"),
        ("run", "a.graph", "--inputs", "bad.json"),
        ("run", "a.graph", "--inputs", "bad.npz"),
        ("grad", "a.graph", "--of", "w", "--upstream", "bad.npy"),
        ("grad", "a.graph", "--of", "w", "--upstream", "bad.json"),
    ],
)
def test_files_that_the_system_does_not_give(
    call: Any, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    Path("a.graph").write_text(WITH_DATA.replace("READER", "[1, 2]"), encoding="utf-8")
    bad = next(word for word in command if word.startswith("bad."))
    Path(bad).symlink_to(UNREADABLE)
    monkeypatch.setattr(os, "fstat", of_some_size(os.fstat))
    answer = call(*command)
    assert answer.code == 1
    assert answer.errors.startswith(f"{bad}: error G")
    assert SAID.search(answer.errors)


@pytest.mark.parametrize(
    "command",
    [
        ("fmt", "a.graph"),
        ("draw", "a.graph", "--out", "out.svg"),
        ("predict", "run", "--inputs", "x.json", "--out", "out.csv"),
        ("predict", "run", "--inputs", "x.json", "--out", "out.npz"),
        ("train", "a.graph", "--run", "out"),
    ],
)
def test_a_full_disk_is_told_with_the_file(
    call: Any, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    Path("a.graph").write_text(WITH_DATA.replace("READER", "[1, 2]").replace("[N]", "  [N]"), encoding="utf-8")
    Path("x.json").write_text('{"x": [1, 2]}', encoding="utf-8")
    assert call("train", "a.graph", "--run", "run").code == 0
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    answer = call(*command)
    assert answer.code == 1
    assert command[-1] in answer.errors.splitlines()[0]
    assert "No space left on device" in answer.errors
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before
