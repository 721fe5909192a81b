"""NumPy's files: round trips, and hostile ones refused before memory grows."""

import contextlib
import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.column import Array
from chainrule.runtime.data.readers.data_file import DataFile
from chainrule.runtime.data.readers.numpy_reader import read_npy, read_npz

dtypes = st.one_of(
    arrays.boolean_dtypes(), arrays.integer_dtypes(), arrays.unsigned_integer_dtypes(), arrays.floating_dtypes()
)


def file(path: Path, data: bytes) -> DataFile:
    path.write_bytes(data)
    return DataFile(str(path))


def npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def npz(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compression)  # the clock is no part of a test's name
    return stream.getvalue()


def header(text: str, version: int = 1) -> bytes:
    body = text.encode() + b"\n"
    length = len(body).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + length + body


def lying(shape: str, descr: str = "'<f8'") -> bytes:
    return header(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}") + bytes(64)


def refused(reader: Any, *arguments: object) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        reader(*arguments)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


@given(
    array=dtypes.flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=3, max_side=4))),
    columns_first=st.booleans(),
    compressed=st.booleans(),
)
def test_reads_back(
    tmp_path_factory: pytest.TempPathFactory, array: Array, columns_first: bool, compressed: bool
) -> None:
    folder = tmp_path_factory.mktemp("numpy")
    array = np.asarray(array, order="F" if columns_first else "C")
    np.save(folder / "a.npy", array)
    (np.savez_compressed if compressed else np.savez)(folder / "a.npz", x=array, other=np.zeros(3))
    for found in (read_npy(DataFile(str(folder / "a.npy"))), read_npz(DataFile(str(folder / "a.npz")), "x")):
        assert found.array.dtype == array.dtype
        assert found.array.shape == array.shape
        assert found.array.tobytes() == array.tobytes()


def test_texts_are_classes(tmp_path: Path) -> None:
    found = read_npy(file(tmp_path / "a.npy", npy(np.array(["b", "a", "사과", "b"]))))
    assert found.classes == ("a", "b", "사과")
    assert found.array.tolist() == [1, 0, 2, 1]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "G401"),
        (npy(np.zeros((0, 3))), "G401"),
        (b"x,y\n1,2\n", "G412"),
        (header("no dict"), "G412"),
        (header("-" * 9000 + "1"), "G412"),
        (header("(" * 9000), "G412"),
        (header("{" * 300 + "'"), "G412"),
        (lying("(8L,)"), "G412"),
        (lying("(True, 8)", "'q'"), "G412"),
        (lying("(1.0, 8)"), "G412"),
        (lying(f"({'9' * 400}, 2)"), "G413"),
        (lying(f"({'9' * 4200}, 2)"), "G413"),
        (lying(f"({'9' * 5000}, 2)"), "G412"),
        (npy(np.arange(5.0))[:-1], "G413"),
        (npy(np.arange(5.0)) + b"a", "G413"),
        (lying("(1000000, 1000000)"), "G413"),
        (lying("(-8,)"), "G413"),
        (lying(f"(0{', 1' * 100})"), "G401"),
        (lying(f"(8{', 1' * 100})"), "G413"),
        (lying("(1, 0, 99999999999999999999)")[:-64], "G413"),
        (npy(np.array([1, "a", None], object)), "G416"),
        (npy(np.array([1 + 2j])), "G416"),
        (npy(np.array(["2024-01-01"], "M8[D]")), "G416"),
        (npy(np.array([(1, 2.0)], "i4,f8")), "G416"),
        (npy(np.array([["a"]])), "G416"),
        (lying("(16,)", "'<U1'")[:-64] + b"\xff" * 64, "G413"),
    ],
)
def test_hostile_npy(tmp_path: Path, data: bytes, code: str) -> None:
    assert refused(read_npy, file(tmp_path / "a.npy", data)).code == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "G401"),
        (b"no archive", "G412"),
        (npz({"x.npy": npy(np.arange(9))})[:-30], "G412"),
        (npz({"y.npy": npy(np.arange(9))}), "G402"),
        (npz({"x.npy": npy(np.arange(9)), "../../x": b"a"}), "G417"),
        (npz({"x.npy": npy(np.arange(9)), "/x": b"a"}), "G417"),
        (npz({"x.npy": npy(np.arange(9))}, zipfile.ZIP_BZIP2), "G417"),
        (npz({"x.npy": npy(np.array([None]))}), "G416"),
        (npz({"x.npy": b"a"}), "G412"),
        (npz({"x.npy": lying("(1000000, 1000000)")}), "G413"),
        (npz({"x.npy": lying("(1000000, 1000000)")}, zipfile.ZIP_STORED), "G413"),
        (npz({"x.npy": npy(np.arange(9.0)) + b"a"}), "G413"),
    ],
)
def test_hostile_npz(tmp_path: Path, data: bytes, code: str) -> None:
    assert refused(read_npz, file(tmp_path / "a.npz", data), "x").code == code


def test_a_member_named_twice_is_refused(tmp_path: Path) -> None:
    data = npz({"x.npy": npy(np.arange(9)), "y.npy": npy(np.arange(9))}).replace(b"y.npy", b"x.npy")
    assert refused(read_npz, file(tmp_path / "a.npz", data), "x").code == "G417"


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(npz({"x.npy": npy(np.arange(9))}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refused(read_npz, file(tmp_path / "a.npz", bytes(data)), "x").code == "G417"


def test_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    data = bytearray(npz({"x.npy": npy(np.arange(9))}, zipfile.ZIP_STORED))
    data[150] ^= 1
    assert refused(read_npz, file(tmp_path / "a.npz", bytes(data)), "x").code in {"G412", "G413"}


def test_a_bomb_is_refused_before_memory_grows(tmp_path: Path) -> None:
    member = npy(np.zeros(10 << 20))  # 80 MiB of zeros, 1000 times smaller in the file
    bomb = file(tmp_path / "bomb.npz", npz({"x.npy": member}))
    small = file(tmp_path / "small.npz", npz({"x.npy": member[: 128 + 8000].replace(b"(10485760,)", b"(1000,)    ")}))
    tracemalloc.start()
    try:
        diagnostic = refused(read_npz, bomb, "x")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert diagnostic.code == "G415"
    assert peak < 8 << 20
    assert len(read_npz(small, "x").array) == 1000  # small files may be as uniform as they like


def test_the_budget_says_how_to_raise_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAINRULE_DATA_LIMIT", "1")
    diagnostic = refused(read_npy, file(tmp_path / "a.npy", npy(np.zeros(1 << 18))))
    assert diagnostic.code == "G414"
    assert "2 MiB" in diagnostic.message
    assert "CHAINRULE_DATA_LIMIT" in str(diagnostic.hint)


ARCHIVE = npz({"x.npy": npy(np.arange(9))})


@given(st.data())
def test_a_damaged_archive_never_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(ARCHIVE)
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(SpecError):
        read_npz(file(tmp_path_factory.mktemp("npz") / "a.npz", bytes(whole)), "x")
