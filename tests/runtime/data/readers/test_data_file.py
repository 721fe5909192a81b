"""NumPy's and IDX files that are larger than memory should hold give what they give when they are held."""

import gzip
import os
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule
from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data import stored
from chainrule.runtime.data.binding import Dataset, bind_table
from chainrule.runtime.data.columns import evaluate
from chainrule.runtime.data.readers import data_file
from chainrule.runtime.data.readers.data_file import DataFile
from chainrule.runtime.data.readers.idx_reader import read_idx
from chainrule.runtime.data.readers.numpy_reader import read_npy, read_npz
from chainrule.runtime.data.stored import StoredArray
from chainrule.runtime.runs.run_record import data_hash

ROWS = 300
X = np.random.default_rng(0).normal(size=(ROWS, 2, 3))
T = np.random.default_rng(1).integers(3, size=ROWS)
READERS = {
    "C": 'npy("c.npy")',
    "F": 'npy("f.npy")',
    "float32": 'npy("s.npy")',
    "big-endian": 'npy("b.npy")',
    "archive": 'npz("a.npz", "x")',
    "columns first in an archive": 'npz("a.npz", "f")',
    "compressed archive": 'npz("z.npz", "x")',
    "columns first in a compressed archive": 'npz("z.npz", "f")',
    "idx": 'idx("x.idx")',
    "compressed idx": 'idx("x.idx.gz")',
    "computed": 'flatten(npz("a.npz", "x")) / 3',
}
SPEC = """
dim N
input x: [N, 6]
input t: int[N]
param W: [6, 3] = he()
scores = x @ W
loss = softmax-loss(scores, t)
data rows { x = READER ; t = npy("t.npy") }
train { minimize = loss ; optimizer = adam() ; epochs = 2 ; data = rows ; batch = 32 ; hold_out = 0.2 }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("large")
    columns_first = np.asarray(X, order="F")
    np.save(place / "c.npy", X)
    np.save(place / "f.npy", columns_first)
    np.save(place / "s.npy", X.astype("f4"))
    np.save(place / "b.npy", X.astype(">f8"))
    np.save(place / "t.npy", T)
    np.savez(place / "a.npz", other=T, x=X, f=columns_first)
    np.savez_compressed(place / "z.npz", x=X, f=columns_first)
    idx = bytes([0, 0, 0x0E, 3]) + struct.pack(">3I", *X.shape) + X.astype(">f8").tobytes()
    (place / "x.idx").write_bytes(idx)
    (place / "x.idx.gz").write_bytes(gzip.compress(idx))
    return place


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Sets memory to nothing, and pieces to a few rows, one value over what they would hold."""

    def limit() -> None:
        monkeypatch.setenv("CHAINRULE_DATA_MEMORY", "0")
        monkeypatch.setattr(stored, "PIECE_BYTES", 1000)
        monkeypatch.setattr(data_file, "PIECE", 1001)

    return limit


def bound(spec: Spec, folder: Path) -> Dataset:
    return bind_table(evaluate(spec.data["rows"], str(folder)), spec.full, "float32", {})[0]


@pytest.mark.parametrize("reader", READERS)
def test_the_same_rows(reader: str, compiled: Callable[[str], Spec], folder: Path, small: Callable[[], None]) -> None:
    spec = compiled(SPEC.replace("READER", READERS[reader]))
    inside = bound(spec, folder)
    small()
    outside = bound(spec, folder)
    assert all(isinstance(array, StoredArray) for array in outside.inputs.values())
    assert data_hash(inside) == data_hash(outside)
    wanted = np.array([299, 0, 17, 17])
    assert data_hash(inside.take(wanted)) == data_hash(outside.take(wanted))


@pytest.mark.parametrize("reader", ["float32", "columns first in a compressed archive", "compressed idx"])
def test_a_training_has_the_same_bits(reader: str, folder: Path, tmp_path: Path, small: Callable[[], None]) -> None:
    def trained(run: str) -> dict[str, Any]:
        program = chainrule.compile(SPEC.replace("READER", READERS[reader]), folder=folder)
        history = program.train(tmp_path / run)
        return {"W": program.params["W"].tobytes(), "losses": history.losses.tobytes(), "last": history.last}

    inside = trained("inside")
    small()
    assert trained("outside") == inside


def full_disk(**settings: str) -> object:
    raise AssertionError("nothing needs to be copied")


def test_values_that_need_no_conversion_stay_where_they_are(
    compiled: Callable[[str], Spec], folder: Path, small: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    small()
    monkeypatch.setattr(tempfile, "TemporaryFile", full_disk)
    dataset = bound(compiled(SPEC.replace("READER", 'npy("s.npy")')), folder)
    assert np.array_equal(np.asarray(dataset.inputs["x"]), X.astype("f4").reshape(ROWS, 6))


def test_texts(tmp_path: Path, small: Callable[[], None]) -> None:
    texts = np.array(["사과", "pear", "fig"] * 400)
    np.save(tmp_path / "t.npy", texts)
    inside = read_npy(DataFile(str(tmp_path / "t.npy")))
    small()
    outside = read_npy(DataFile(str(tmp_path / "t.npy")))
    assert isinstance(outside.array, StoredArray)
    assert outside.classes == inside.classes == ("fig", "pear", "사과")
    assert np.array_equal(np.asarray(outside.array), np.asarray(inside.array))


@given(
    shape=st.lists(st.integers(1, 7), min_size=1, max_size=4).map(tuple),
    dtype=st.sampled_from(["u1", "<i2", ">i4", "<f4", ">f8"]),
    columns_first=st.booleans(),
    compressed=st.booleans(),
    piece=st.integers(1, 40),
)
def test_any_shape(
    tmp_path_factory: pytest.TempPathFactory,
    shape: tuple[int, ...],
    dtype: str,
    columns_first: bool,
    compressed: bool,
    piece: int,
) -> None:
    folder = tmp_path_factory.mktemp("shapes")
    array = np.asarray(np.arange(np.prod(shape)).reshape(shape), dtype, order="F" if columns_first else "C")
    np.save(folder / "a.npy", array)
    (np.savez_compressed if compressed else np.savez)(folder / "a.npz", x=array)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHAINRULE_DATA_MEMORY", "0")
        patch.setattr(stored, "PIECE_BYTES", piece)
        patch.setattr(data_file, "PIECE", piece)
        for found in (read_npy(DataFile(str(folder / "a.npy"))), read_npz(DataFile(str(folder / "a.npz")), "x")):
            assert isinstance(found.array, StoredArray)
            assert found.array.dtype.newbyteorder("=") == array.dtype.newbyteorder("=")
            assert found.array.shape == array.shape
            assert np.array_equal(np.asarray(found.array), array)


# --- damage -----------------------------------------------------------------------------------------------------


def code(action: Callable[[], object]) -> str:
    with pytest.raises(SpecError) as caught:
        action()
    return caught.value.diagnostics[0].code


def test_a_file_that_changes_in_the_meantime(folder: Path, tmp_path: Path, small: Callable[[], None]) -> None:
    small()
    path = tmp_path / "x.npy"
    path.write_bytes((folder / "c.npy").read_bytes())
    array = read_npy(DataFile(str(path))).array
    (tmp_path / "new.npy").write_bytes((folder / "s.npy").read_bytes())
    os.replace(tmp_path / "new.npy", path)  # another file of that name is no change of this one
    assert np.array_equal(array[:5], X[:5])
    path.write_bytes((folder / "c.npy").read_bytes())
    array = read_npy(DataFile(str(path))).array
    os.truncate(path, 1000)
    assert code(lambda: array[:5]) == "G452"
    assert code(lambda: array[np.array([1])]) == "G452"


def test_a_wrong_checksum_is_found_before_a_row_is_used(
    folder: Path, tmp_path: Path, small: Callable[[], None]
) -> None:
    small()
    for name, place in (("a.npz", 5000), ("z.npz", 5000)):
        data = bytearray((folder / name).read_bytes())
        data[place] ^= 1
        (tmp_path / name).write_bytes(data)
        assert code(lambda name=name: read_npz(DataFile(str(tmp_path / name)), "x")) in {"G412", "G413"}  # type: ignore[misc]  # of the loop
    data = bytearray((folder / "x.idx.gz").read_bytes())
    (tmp_path / "x.idx.gz").write_bytes(data[:-1])
    assert code(lambda: read_idx(DataFile(str(tmp_path / "x.idx.gz")))) == "G413"


def test_a_fault_names_its_row(compiled: Callable[[str], Spec], tmp_path: Path, small: Callable[[], None]) -> None:
    spoiled = X.copy()
    spoiled[211, 1, 2] = np.nan
    np.save(tmp_path / "c.npy", spoiled)
    np.save(tmp_path / "t.npy", T)
    small()
    with pytest.raises(SpecError) as caught:
        bound(compiled(SPEC.replace("READER", READERS["C"])), tmp_path)
    assert caught.value.diagnostics[0].code == "G445"
    assert "row 212 of `x`" in caught.value.diagnostics[0].message
