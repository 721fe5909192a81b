"""Raw rows through the columns of a spec as a graph: an exported file gives them the program's own answers."""

import csv
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from raw_table import SPEC, TABLE

import chainrule


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[chainrule.Program, ModuleType]:
    """A trained program, and the file that it was written as."""
    folder = tmp_path_factory.mktemp("rows")
    (folder / "rows.csv").write_text(TABLE, encoding="utf-8")
    program = chainrule.compile(SPEC, folder=folder, set={"train.precision": "float64"}, precision="float64")
    program.train()
    program.export(folder / "exported.py")
    return program, module(folder / "exported.py")


def columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def test_raw_rows_get_the_answers_of_the_program(pair: tuple[chainrule.Program, ModuleType]) -> None:
    program, exported = pair
    rows: list[dict[str, Any]] = list(csv.DictReader(TABLE.splitlines()))
    rows += [{**rows[0], "kind": "castle", "rooms": None}, {**rows[1], "size": 33.5, "year": 1900, "town": ""}]
    wanted = [row["y"] for row in program.answer(rows)]
    found = exported.answer(exported.initial(), columns(rows))["y"]
    np.testing.assert_allclose(found, np.array(wanted), rtol=1e-14)
    alone = [exported.answer(exported.initial(), columns([row]))["y"][0] for row in rows]
    np.testing.assert_allclose(alone, found, rtol=1e-15)


def test_a_list_of_one_column_is_a_table_of_one(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("a,b\n1,3\n2,5\n4,9\n", encoding="utf-8")
    program = chainrule.compile(
        "dim N\ninput x: [N, 1]\nparam w: [1] = [2]\noutput y = x @ w\n"
        'data rows { x = csv("one.csv", ["a"]) -> standardize }\n',
        folder=tmp_path,
        precision="float64",
    )
    program.export(tmp_path / "exported.py")
    exported = module(tmp_path / "exported.py")
    found = exported.answer(exported.initial(), {"a": [1, 2, 4]})["y"]
    np.testing.assert_allclose(found, [row["y"] for row in program.answer([{"a": 1}, {"a": 2}, {"a": 4}])], rtol=1e-14)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"town": "z"}, r"row 2 of town: 'z' is none of \['a', 'b', 'none'\]"),
        ({"size": ""}, "row 2 lacks a value of sizes"),
        ({"extra": "7"}, "row 2 lacks a value of decade"),
        ({"size": "big"}, "could not convert string to float: 'big'"),
    ],
)
def test_wrong_rows_are_refused(pair: tuple[chainrule.Program, ModuleType], change: dict[str, str], said: str) -> None:
    rows: list[dict[str, Any]] = list(csv.DictReader(TABLE.splitlines()))
    rows[1] |= change
    with pytest.raises(ValueError, match=said):
        pair[1].answer(pair[1].initial(), columns(rows))


@pytest.mark.parametrize(
    "column",
    ['npy("a.npy")', "[1, 2, 3]", 'windows(csv("rows.csv", "size"), 3)[:, 0]', 'csv("rows.csv", "size")[::-1, 0]'],
)
def test_other_rows_have_no_raw_columns(tmp_path: Path, column: str) -> None:
    (tmp_path / "rows.csv").write_text(TABLE, encoding="utf-8")
    np.save(tmp_path / "a.npy", np.arange(3.0))
    program = chainrule.compile(f"dim N\ninput x: [N]\noutput y = 2 * x\ndata rows {{ x = {column} }}", folder=tmp_path)
    assert "def answer" not in program.exported("python").text
