"""Raw rows in files of C and in models of ONNX: they get the answers that the program itself gives."""

import csv
import ctypes
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported_c import NO_GCC, compiled
from onnx.reference import ReferenceEvaluator
from raw_table import SPEC, TABLE

import chainrule
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
        self.fields = re.findall(r"(double |char \*)(\w+); /\* (\w+):", fields)
        kinds = {"double ": ctypes.c_double, "char *": ctypes.c_char_p}
        self.row = type(
            "Row", (ctypes.Structure,), {"_fields_": [(name, kinds[kind]) for kind, name, _ in self.fields]}
        )
        self.answer = ctypes.CDLL(str(folder / "net.so")).net_answer

    def __call__(self, row: Row) -> tuple[int, float]:
        given: list[bytes | float | None] = []
        for kind, _, source in self.fields:
            value = row[source]
            if kind == "char *":
                given.append(None if value is None else str(value).encode())
            else:
                given.append(float("nan") if value in (None, "") else float(value))
        out = (ctypes.c_double * 1)()
        return self.answer(ctypes.byref(self.row(*given)), out), out[0]


@pytest.mark.skipif(shutil.which("gcc") is None, reason=NO_GCC)
def test_a_file_of_c(program: chainrule.Program, tmp_path: Path) -> None:
    net = CRows(program, tmp_path)
    rows = rows_of()
    wanted = [row["y"] for row in program.answer(rows)]
    found = [net(row) for row in rows]
    assert [code for code, _ in found] == [0] * len(rows)
    np.testing.assert_allclose([value for _, value in found], np.ravel(wanted), rtol=1e-13)
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
