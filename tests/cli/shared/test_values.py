"""Names from outside whose letters and marks stand apart (NFD), as macOS and some editors write them."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SPEC = """dim N
input größe: [N]
input preis: [N]
param w = 1.0
output kosten = w * größe
loss = mse(kosten, preis)
data rows { größe = csv("rows.csv", "größe"); preis = csv("rows.csv", "préis") }
train { minimize = loss; optimizer = sgd(lr = 0.01); epochs = 1; data = rows }
"""


def apart(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.fixture
def written() -> None:
    Path("spec.graph").write_text(SPEC, encoding="utf-8")
    Path("rows.csv").write_text(apart("größe,préis\n1,2\n3,4\n"), encoding="utf-8")


def test_columns_of_a_table(call: Any, written: None) -> None:
    document = call("run", "spec.graph", "--rows", "0:2", "--json").json
    assert document["outputs"]["kosten"] == [1, 3]
    assert call("train", "spec.graph", "--run", "r", "--quiet").code == 0
    Path("new.csv").write_text(apart("größe\n5\n"), encoding="utf-8")
    assert call("predict", "r", "--inputs", "new.csv").code == 0


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_values_by_name(call: Any, written: None, form: Any) -> None:
    name = unicodedata.normalize(form, "größe")
    Path("new.json").write_text(json.dumps({name: [5, 7]}, ensure_ascii=False), encoding="utf-8")
    np.savez("new.npz", **{name: np.array([5.0, 7.0])})  # type: ignore[arg-type]  # numpy's stubs take it for an option
    for file in ("new.json", "new.npz"):
        assert call("run", "spec.graph", "--inputs", file, "--json").json["outputs"]["kosten"] == [5, 7]
    assert call("run", "spec.graph", "--set", f"{name}=[5]", "--json").json["outputs"]["kosten"] == [5]


def test_names_that_come_together_are_refused(call: Any, written: None) -> None:
    Path("new.json").write_text(json.dumps({"größe": [5], apart("größe"): [6]}, ensure_ascii=False), encoding="utf-8")
    answer = call("run", "spec.graph", "--inputs", "new.json")
    assert answer.code == 1
    assert "two of its names have the same letters" in answer.errors


def test_arrays_of_an_archive_and_of_a_folder(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "dim N\ninput größe: [N]\noutput y = 2 * größe\ndata rows { größe = READ }\n"
    np.savez("rows.npz", **{apart("größe"): np.array([1.0, 2.0])})  # type: ignore[arg-type]  # as above
    Path("sets/rows").mkdir(parents=True)
    np.save(f"sets/rows/{apart('größe')}.npy", np.array([1.0, 2.0]))
    monkeypatch.setenv("CHAINRULE_DATA", str(Path("sets").resolve()))
    for reader in ('npz("rows.npz", "größe")', 'dataset("rows", "größe")'):
        Path("spec.graph").write_text(text.replace("READ", reader), encoding="utf-8")
        assert call("run", "spec.graph", "--rows", "0:2", "--json").json["outputs"]["y"] == [2, 4], reader


def test_a_file_whose_name_stands_apart_is_told(call: Any, written: None) -> None:
    Path("spec.graph").write_text(SPEC.replace("rows.csv", "größen.csv"), encoding="utf-8")
    Path("rows.csv").rename(apart("größen.csv"))
    answer = call("train", "spec.graph")
    if answer.code:  # a file system that keeps names as they are
        assert "letters and marks are written otherwise" in answer.errors
