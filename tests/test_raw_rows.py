"""Raw rows in files of C and in models of ONNX: they get the answers that the program itself gives."""

import csv
import ctypes
import re
import runpy
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported_c import NO_GCC, compiled
from hash_seeds import said_under_hash_seeds
from onnx.reference import ReferenceEvaluator
from raw_table import SPEC, TABLE

import chainrule
from chainrule.compiler.graph.spec import Precision
from chainrule.compiler.targets.c.names import comment
from chainrule.program.exported import Options

Row = Mapping[str, Any]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> chainrule.Program:
    folder = tmp_path_factory.mktemp("rows")
    (folder / "rows.csv").write_text(TABLE, encoding="utf-8")
    made = chainrule.compile(SPEC, folder=folder, set={"train.precision": "float64"}, precision="float64")
    made.train()
    return made


def rows_of() -> list[dict[str, Any]]:
    """Rows with missing values and with texts that were never seen."""
    rows: list[dict[str, Any]] = list(csv.DictReader(TABLE.splitlines()))
    first, second = rows[:2]
    return [*rows, {**first, "kind": "castle", "rooms": None}, {**second, "size": 33.5, "year": 1900, "town": ""}]


class CRows:
    """`answer` of a file of C, a row at a time."""

    def __init__(self, program: chainrule.Program, folder: Path) -> None:
        program.export(folder / "net.c", train_step=True)
        compiled(folder / "net.c", folder / "net.so", "-O1", "-shared", "-fPIC")
        header = (folder / "net.h").read_text("utf-8")
        (fields,) = re.findall(r"typedef struct \{([^}]*)\} net_row_t;", header)
        self.fields = re.findall(r"(double |char \*)(\w+); /\* (.+?):", fields)
        kinds = {"double ": ctypes.c_double, "char *": ctypes.c_char_p}
        self.row = type(
            "Row", (ctypes.Structure,), {"_fields_": [(name, kinds[kind]) for kind, name, _ in self.fields]}
        )
        self.answer = ctypes.CDLL(str(folder / "net.so")).net_answer
        self.real = ctypes.c_float if program.precision == "float32" else ctypes.c_double

    def __call__(self, row: Row) -> tuple[int, float]:
        given: list[bytes | float | None] = []
        for kind, _, source in self.fields:
            value = next(each for name, each in row.items() if comment(name) == source)
            if kind == "char *":
                given.append(None if value is None else str(value).encode())
            else:
                given.append(float("nan") if value in (None, "") else float(value))
        out = (self.real * 1)()
        return self.answer(ctypes.byref(self.row(*given)), out), out[0]


@pytest.mark.skipif(shutil.which("gcc") is None, reason=NO_GCC)
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_file_of_c(
    program: chainrule.Program, precision: Precision, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns are computed in double, whatever the net is computed in."""
    rows = rows_of()
    wanted = np.ravel([row["y"] for row in program.answer(rows)])
    monkeypatch.setattr(program, "precision", precision)
    net = CRows(program, tmp_path)
    found = [net(row) for row in rows]
    assert [code for code, _ in found] == [0] * len(rows)
    near = {"float64": 1e-13, "float32": 1e-6}[precision] * np.max(np.abs(wanted))
    np.testing.assert_allclose([value for _, value in found], wanted, rtol=0, atol=near)
    for change in ({"town": "z"}, {"size": ""}, {"size": "inf"}, {"extra": "7"}):
        code, _ = net({**rows[0], **change})
        assert code == 1, change


def evaluated(content: bytes | None, rows: Sequence[Row]) -> dict[str, Any]:
    """What onnx's own evaluator makes of a model for raw rows."""
    evaluator = ReferenceEvaluator(content or b"")
    feeds: dict[str, Any] = {}
    for given in evaluator.proto_.graph.input:
        values = [row[given.name.removesuffix(" column")] for row in rows]
        if given.type.tensor_type.elem_type == 8:  # texts
            feeds[given.name] = np.array([value or "" for value in values], object)
        else:
            feeds[given.name] = np.array([np.nan if value in (None, "") else float(value) for value in values])
    return dict(zip(evaluator.output_names, evaluator.run(None, feeds), strict=True))


def test_a_model_of_onnx(program: chainrule.Program) -> None:
    rows = rows_of()
    content = program.exported("onnx", options=Options(raw=True)).content
    found = evaluated(content, rows)
    np.testing.assert_allclose(found["y"], [row["y"] for row in program.answer(rows)], rtol=1e-13)
    assert found["complete"].all()
    for change in ({"size": ""}, {"size": "inf"}, {"extra": "7"}):
        with np.errstate(all="ignore"):
            found = evaluated(content, [rows[0], {**rows[0], **change}])
        assert found["complete"].tolist() == [True, False]
        assert np.isnan(found["y"].ravel()).tolist() == [False, True]
    with pytest.raises(IndexError):
        evaluated(content, [rows[0], {**rows[0], "town": "z"}])  # of which there is no row of the table E


HEADER = ["class", "int", "a b", "*/ '''", "None", "오차", "a_b", "??/\\", "main", "%n"]
TEXTS = ["*/ \"\" '''", "??/ \\", "%s %n", "사\n과"]
"""Names of columns and texts that mean something in a language, or end a comment, a text or a line."""
HOSTILE = """chainrule 1 "a title with */ and '''"
dim N
input x: [N, 15]
input t: [N, 1]
param W: [15, 1] = normal()
output class = x @ W
loss = mse(class, t)
data rows {
  words = concat(one_hot(csv("rows.csv", "*/ '''")), one_hot(csv("rows.csv", "오차")), axis = 1)
  numbers = csv("rows.csv", ["class", "int", "a b", "None", "a_b", "??/\\", "main"])
  x = concat(numbers, words, axis = 1)
  t = csv("rows.csv", "%n")
}
train { minimize = loss; optimizer = sgd(lr = 0.01); epochs = 1; data = rows }
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[chainrule.Program, list[dict[str, Any]]]:
    """A program whose columns have such names, and its rows."""
    folder = tmp_path_factory.mktemp("hostile")
    numbers = np.random.default_rng(0).normal(size=(8, len(HEADER))).round(3)
    rows: list[dict[str, Any]] = [dict(zip(HEADER, row.tolist(), strict=True)) for row in numbers]
    for number, row in enumerate(rows):
        row |= {HEADER[3]: TEXTS[number % 4], HEADER[5]: TEXTS[number // 2]}
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, HEADER)
        writer.writeheader()
        writer.writerows(rows)
    made = chainrule.compile(HOSTILE, folder=folder, set={"train.precision": "float64"}, precision="float64")
    made.train()
    return made, rows


@pytest.mark.skipif(shutil.which("gcc") is None, reason=NO_GCC)
def test_hostile_columns_in_c(hostile: tuple[chainrule.Program, list[dict[str, Any]]], tmp_path: Path) -> None:
    program, rows = hostile
    net = CRows(program, tmp_path)
    found = [net(row) for row in rows]
    np.testing.assert_allclose(found, [(0, row["class"][0]) for row in program.answer(rows)], rtol=1e-13)


def test_hostile_columns_in_onnx(hostile: tuple[chainrule.Program, list[dict[str, Any]]]) -> None:
    program, rows = hostile
    found = evaluated(program.exported("onnx", options=Options(raw=True)).content, rows)
    np.testing.assert_allclose(found["class"], [row["class"] for row in program.answer(rows)], rtol=1e-13)


def test_hostile_columns_in_python(hostile: tuple[chainrule.Program, list[dict[str, Any]]], tmp_path: Path) -> None:
    program, rows = hostile
    program.export(tmp_path / "net.py")
    names = runpy.run_path(str(tmp_path / "net.py"))
    found = names["answer"](names["initial"](), {name: [row[name] for row in rows] for name in HEADER})
    np.testing.assert_allclose(found["class"], [row["class"] for row in program.answer(rows)], rtol=1e-13)


def test_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    """Of every target: nothing hangs on the order in which a set or a hash has things."""
    (tmp_path / "rows.csv").write_text(TABLE, encoding="utf-8")
    script = f"""
import hashlib, chainrule
from chainrule.program.exported import Options
program = chainrule.compile({SPEC!r}, folder={str(tmp_path)!r}, precision="float64")
options = {{"c": [Options(train_step=True)], "onnx": [Options(raw=True), Options(train_step=True)]}}
for target in ("python", "c", "onnx", "graph", "torch", "jax"):
    for each in options.get(target, [Options()]):
        made = program.exported(target, options=each)
        print(target, hashlib.sha256(repr((made.text, made.content, made.others)).encode()).hexdigest())
"""
    (said,) = said_under_hash_seeds(script, seeds=("0", "1"))
    assert len(said.splitlines()) == 7
