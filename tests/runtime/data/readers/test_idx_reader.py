"""IDX files: round trips, plain and compressed, and hostile files."""

import contextlib
import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.column import Array
from chainrule.runtime.data.readers.data_file import DataFile
from chainrule.runtime.data.readers.idx_reader import TYPES, read_idx

CODES = {np.dtype(name): code for code, name in TYPES.items()}


def packed(array: Array) -> bytes:
    header = bytes([0, 0, CODES[array.dtype], array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


def code(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(SpecError) as caught:
        read_idx(DataFile(str(path)))
    return caught.value.diagnostics[0].code


@given(
    array=st.sampled_from(list(CODES)).flatmap(
        lambda dtype: arrays.arrays(
            dtype,
            arrays.array_shapes(max_dims=4, max_side=5),
            elements={"allow_nan": False} if dtype.kind == "f" else None,
        )
    ),
    compressed=st.booleans(),
)
def test_reads_back(tmp_path_factory: pytest.TempPathFactory, array: Array, compressed: bool) -> None:
    path = tmp_path_factory.mktemp("idx") / "file"
    data = packed(array)
    path.write_bytes(gzip.compress(data, mtime=0) if compressed else data)
    found = read_idx(DataFile(str(path))).array
    assert found.dtype == array.dtype
    assert np.array_equal(found, array)


IMAGES = packed(np.arange(24, dtype=">u1").reshape(2, 3, 4))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "G401"),
        (b"\0\0\x08\x01\0\0\0\0", "G401"),
        (b"PK\x03\x04 no idx", "G412"),
        (b"\0\0\x07\x01\0\0\0\1a", "G412"),
        (b"\0\0\x08\x40" + b"\0\0\0\1" * 64 + b"a", "G412"),
        (b"\0\0\x08\x03\0\0", "G413"),
        (IMAGES[:-1], "G413"),
        (IMAGES + b"a", "G413"),
        (b"\0\0\x0e\x03" + b"\xff" * 12, "G413"),
        (gzip.compress(IMAGES, mtime=0)[:-3], "G413"),
        (gzip.compress(IMAGES, mtime=0)[:12], "G413"),
        (gzip.compress(IMAGES + b"a", mtime=0), "G413"),
        (gzip.compress(IMAGES[:-1], mtime=0), "G413"),
        (gzip.compress(IMAGES, mtime=0)[:-8] + b"\0" * 8, "G413"),
        (gzip.compress(b"\0\0\x0e\x03" + b"\xff" * 12, mtime=0), "G414"),
        (gzip.compress(b"\0\0\x08\x02\0\1\0\0\0\0\x80\0" + bytes(9), mtime=0), "G415"),
    ],
)
def test_hostile_files(tmp_path: Path, data: bytes, expected: str) -> None:
    assert code(tmp_path / "file", data) == expected


@given(st.data())
def test_a_damaged_file_never_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("idx") / "file"
    whole = bytearray(gzip.compress(IMAGES, mtime=0) if data.draw(st.booleans()) else IMAGES)
    position = data.draw(st.integers(0, len(whole) - 1))
    whole[position] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    with contextlib.suppress(SpecError):
        read_idx(DataFile(str(path)))
