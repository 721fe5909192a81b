"""Files with arrays and a record: read back exactly, and every damage found."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.runs.tensor_file import decode, encode

TENSORS = {
    "W": np.arange(6, dtype="float32").reshape(2, 3),
    "scalar": np.array(0.1),
    "empty": np.zeros((0, 3)),
    "가중치": np.array([1.5, -0.0, 2e-308]),
}
RECORD = {"format": "test 1", "text": 'a\n"b" 사과', "numbers": [1, 0.1, None]}


def written(folder: Path) -> Path:
    path = folder / "file.safetensors"
    path.write_bytes(encode(TENSORS, RECORD))
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    tensors, record = decode(written(tmp_path), "test 1")
    assert record == RECORD
    assert {name: (value.dtype, value.shape, value.tobytes()) for name, value in tensors.items()} == {
        name: (value.dtype, value.shape, value.tobytes()) for name, value in TENSORS.items()
    }


def test_the_same_content_gives_the_same_bytes() -> None:
    assert len({encode(dict(sorted(TENSORS.items(), reverse=turn)), RECORD) for turn in (False, True)}) == 1


def test_other_programs_read_it(tmp_path: Path) -> None:
    with safe_open(written(tmp_path), framework="np") as file:
        assert sorted(file.keys()) == sorted(TENSORS)
        assert json.loads(file.metadata()["chainrule"])["text"] == RECORD["text"]


def test_views_and_other_layouts_are_written_as_they_look(tmp_path: Path) -> None:
    path = tmp_path / "file.safetensors"
    wide = np.arange(12.0).reshape(3, 4)
    path.write_bytes(encode({"turned": wide.T, "part": wide[:, 1:3]}, RECORD))
    tensors, _ = decode(path, "test 1")
    assert np.array_equal(tensors["turned"], wide.T)
    assert np.array_equal(tensors["part"], wide[:, 1:3])


def codes(path: Path) -> list[str]:
    with pytest.raises(SpecError) as caught:
        decode(path, "test 1")
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


def test_every_truncation_is_found(tmp_path: Path) -> None:
    path = written(tmp_path)
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert codes(path) == ["G522"], length


def test_flipped_bits_are_found(tmp_path: Path) -> None:
    path = written(tmp_path)
    data = path.read_bytes()
    draw = random.Random(1)
    for bit in draw.sample(range(8 * len(data)), 1500):
        spoilt = bytearray(data)
        spoilt[bit // 8] ^= 1 << bit % 8
        path.write_bytes(spoilt)
        assert codes(path) in (["G522"], ["G526"]), bit


def test_files_of_others_and_other_formats(tmp_path: Path) -> None:
    path = tmp_path / "file.safetensors"
    save_file({"W": TENSORS["W"]}, path)
    assert codes(path) == ["G526"]
    path.write_bytes(encode(TENSORS, {"format": "test 2"}))
    assert codes(path) == ["G526"]
    path.write_bytes(b"not at all")
    assert codes(path) == ["G522"]
    assert codes(tmp_path) == ["G521"]
    assert codes(tmp_path / "nowhere") == ["G521"]
