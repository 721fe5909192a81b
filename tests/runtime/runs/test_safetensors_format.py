"""The safetensors format, held against the library of that name: the same bytes, the same arrays, damages refused."""

import json
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from safetensors import SafetensorError
from safetensors.numpy import load, save

from chainrule.runtime.arrays import Array
from chainrule.runtime.runs.safetensors_format import (
    METADATA,
    TYPES,
    NotSafetensors,
    header_length,
    header_of,
    tensors_of,
    to_safetensors,
)

texts = st.text(st.characters(codec="utf-8"), max_size=8)
values = st.sampled_from(sorted(TYPES.values())).flatmap(
    lambda code: arrays.arrays(code, arrays.array_shapes(min_dims=0, min_side=0, max_dims=4))
)


def from_safetensors(data: bytes) -> tuple[dict[str, Array], dict[str, str]]:
    """A whole file, as the readers of records and arrays take it part by part."""
    start = 8 + header_length(data[:8], len(data))
    header = header_of(data[8:start])
    return tensors_of(header, data[start:]), header.metadata


@given(st.dictionaries(texts.filter(lambda name: name != METADATA), values, max_size=5), st.booleans(), texts)
def test_the_same_bytes_and_the_same_arrays_as_the_library(
    tensors: dict[str, Array], described: bool, text: str
) -> None:
    metadata = {"text": text} if described else {}
    data = to_safetensors(tensors, metadata)
    assert data == save(tensors, metadata or None)
    found, about = from_safetensors(data)
    assert about == metadata
    assert found.keys() == tensors.keys()
    for name, array in tensors.items():
        assert (found[name].dtype, found[name].shape, found[name].tobytes()) == (
            array.dtype,
            array.shape,
            array.tobytes(),
        )
        assert found[name].flags.carray


def test_other_byte_orders_are_written_as_the_format_has_them() -> None:
    array = np.arange(4, dtype=">f8")
    assert from_safetensors(to_safetensors({"x": array}, {}))[0]["x"].tolist() == array.tolist()


def file_of(header: object, values: bytes = bytes(8)) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + values


def entry(dtype: object = "F64", shape: object = (1,), offsets: object = (0, 8)) -> dict[str, object]:
    return {"x": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


def test_the_file_that_the_others_are_variants_of_is_read() -> None:
    assert from_safetensors(file_of(entry()))[0]["x"].tolist() == [0.0]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01\0\0\0",
        (2**63).to_bytes(8, "little"),
        file_of(b""),
        file_of(b"\xff"),
        file_of(b"[" * 200_000),
        file_of(b'{"x":' * 200_000),
        file_of([]),
        file_of("text"),
        file_of(None),
        file_of(entry())[:-1],
        file_of(entry(), bytes(9)),
        file_of({}),
        file_of({"x": None}),
        file_of({"x": {}}),
        file_of(json.dumps(entry()).encode()[:-1] + b"," + json.dumps(entry()).encode()[1:]),
        file_of({**entry(), METADATA: 1}),
        file_of({**entry(), METADATA: {"chainrule": 1}}),
        file_of(entry(dtype="BF16", offsets=(0, 2)), bytes(2)),
        file_of(entry(dtype=["F64"])),
        file_of(entry(shape=1)),
        file_of(entry(shape="1")),
        file_of(entry(shape=(1.0,))),
        file_of(entry(shape=(True,))),
        file_of(entry(shape=(-1,))),
        file_of(entry(shape=(-1, -1))),
        file_of(entry(shape=(2,))),
        file_of(entry(shape=(2**62, 4), offsets=(0, 0)), b""),
        file_of(entry(shape=(0, 2**62, 2**62), offsets=(0, 0)), b""),
        file_of(entry(shape=(1,) * 65)),
        file_of(entry(shape=(10**4000,) * 5000)),
        file_of(entry(offsets=(0,))),
        file_of(entry(offsets=(8, 16)), bytes(16)),
        file_of(entry(offsets=(8, 0))),
        file_of(entry(offsets=("0", "8"))),
        file_of({**entry(), "y": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}),
    ],
)
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    with pytest.raises(NotSafetensors):
        from_safetensors(data)


def test_a_damaged_header_is_read_as_the_library_reads_it() -> None:
    data = to_safetensors({"W": np.arange(6.0).reshape(2, 3), "b": np.ones(3, np.float32)}, {"about": "it"})
    draw = random.Random(1)
    read = 0
    for _ in range(5000):
        spoilt = bytearray(data)
        for _ in range(draw.choice([1, 1, 2, 5])):
            spoilt[draw.randrange(8 + int.from_bytes(data[:8], "little"))] = draw.choice(
                b'\x00\x7f\xff0123456789[],"abz'
            )
        try:
            expected = load(bytes(spoilt))
        except SafetensorError:
            with pytest.raises(NotSafetensors):
                from_safetensors(bytes(spoilt))
            continue
        found, _ = from_safetensors(bytes(spoilt))
        assert {name: array.tobytes() for name, array in found.items()} == {
            name: array.tobytes() for name, array in expected.items()
        }
        read += 1
    assert read
