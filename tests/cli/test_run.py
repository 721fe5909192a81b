"""`run`: outputs, all nodes, values from files and from the data, what is not finite."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def test_text(call: Any, apple: str) -> None:
    assert call("run", apple).out == "total = 220.00000000000003\n"
    lines = call("run", apple, "--all").out.splitlines()
    assert [line.partition(" = ")[0] for line in lines] == ["price   ", "count   ", "tax     ", "subtotal", "total   "]


def test_json(call: Any, apple: str) -> None:
    assert call("run", apple, "--json").json == {"outputs": {"total": 100 * 2 * 1.1}, "diagnostics": []}
    assert call("run", apple, "--all", "--json").json["values"]["subtotal"] == 200


def test_settings(call: Any, apple: str) -> None:
    assert call("run", apple, "--set", "price=-1e2", "--set", "count=3", "--json").json["outputs"]["total"] == -330


def test_inputs_from_files(call: Any, apple: str) -> None:
    Path("values.json").write_text('{"price": 150, "count": "inf"}', encoding="utf-8")
    np.savez("values.npz", price=np.array(150.0))
    assert call("run", apple, "--inputs", "values.json", "--json").json["outputs"]["total"] == "inf"
    assert call("run", apple, "--inputs", "values.npz", "--json").json["outputs"]["total"] == 150 * 2 * 1.1


def test_rows_of_the_data(call: Any, line: str) -> None:
    (first,) = call("run", line, "--json").json["outputs"]["y"]
    rows = call("run", line, "--rows", "0:4", "--json").json["outputs"]["y"]
    assert len(rows) == 4
    assert rows[0] == pytest.approx(first)
    (third,) = call("run", line, "--rows", "2", "--json").json["outputs"]["y"]
    assert third == pytest.approx(rows[2])


def test_a_file_stands_in_for_the_data(call: Any, line: str) -> None:
    Path("points.csv").unlink()
    Path("rows.json").write_text('{"x": [[1, 1], [2, 2]], "t": [[0], [0]]}', encoding="utf-8")
    assert len(call("run", line, "--inputs", "rows.json", "--json").json["outputs"]["y"]) == 2


def test_inputs_may_have_any_name(call: Any) -> None:
    Path("names.graph").write_text("input self\ninput of\ninput feeds\noutput y = self * of + feeds\n")
    Path("names.json").write_text('{"self": 2, "of": 3, "feeds": 4}', encoding="utf-8")
    assert call("run", "names.graph", "--inputs", "names.json", "--json").json["outputs"]["y"] == 10
    assert call("grad", "names.graph", "--inputs", "names.json", "--json").json["gradients"]["of"] == 2


@pytest.mark.parametrize("rows", ["9:12", "2:2", "-1", "a:b"])
def test_rows_that_do_not_exist(call: Any, line: str, rows: str) -> None:
    assert call("run", line, "--rows", rows).code == 2


def test_what_is_not_finite_is_named_and_no_failure(call: Any) -> None:
    Path("zero.graph").write_text("input x = 0\nfine = 1 / (1 / x)\nbad = 1 / x\noutput y = bad * 2 + fine\n")
    answer = call("run", "zero.graph")
    assert answer.code == 0
    assert answer.out == "y = inf\n"
    assert "zero.graph:3:" in answer.errors or "zero.graph:2:" in answer.errors
    document = call("run", "zero.graph", "--json").json
    assert document["outputs"] == {"y": "inf"}
    (warning,) = document["diagnostics"]
    assert warning["severity"] == "warning"


def test_an_infinity_that_does_no_harm_is_not_warned_of(call: Any) -> None:
    Path("tail.graph").write_text("input x = 800\noutput y = 1 / (1 + exp(x))\n", encoding="utf-8")
    document = call("run", "tail.graph", "--json").json
    assert document["outputs"] == {"y": 0.0}
    assert not [each for each in document["diagnostics"] if each["severity"] == "warning"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.json", None),
        ("broken.json", b"{"),
        ("list.json", b"[1, 2]"),
        ("text.json", b'{"price": "many"}'),
        ("ragged.json", b'{"price": [[1, 2], [3]]}'),
        ("deep.json", b'{"price": ' + b"[" * 100_000 + b"}"),
        ("wide.json", b"\xff\xfe{\x00"),
        ("stranger.json", b'{"prise": 3}'),
        ("broken.npz", b"PK\x03\x04 nothing"),
        ("empty.npz", b""),
        ("values.txt", b"price 3"),
        ("folder.json", "folder"),
    ],
)
def test_values_that_can_not_be_read(call: Any, apple: str, name: str, content: bytes | str | None) -> None:
    if content == "folder":
        Path(name).mkdir()
    elif isinstance(content, bytes):
        Path(name).write_bytes(content)
    answer = call("run", apple, "--inputs", name)
    assert answer.code == 1
    assert "error G" in answer.errors
    document = call("run", apple, "--inputs", name, "--json")
    assert document.code == 1
    assert document.json["diagnostics"]


def test_pickles_are_refused(call: Any, apple: str) -> None:
    np.savez("objects.npz", price=np.array([{}], dtype=object))
    assert call("run", apple, "--inputs", "objects.npz").code == 1


def test_a_shape_that_does_not_fit(call: Any, line: str) -> None:
    Path("rows.json").write_text(json.dumps({"x": [[1, 2, 3]], "t": [[1]]}), encoding="utf-8")
    answer = call("run", line, "--inputs", "rows.json")
    assert answer.code == 1
    assert "line.graph:2:" in answer.errors
