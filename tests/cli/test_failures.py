"""Wrong files: exit code 1, the place, and never a traceback; exceptions and what they mean."""

from pathlib import Path
from typing import Any

import pytest

from chainrule.cli.failures import failure_of
from chainrule.compiler.setting_error import SettingError
from chainrule.grammar.diagnostic import SpecError

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
