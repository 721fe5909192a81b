"""Predictions as files: the bytes do not tell in how many parts they were written, nor where the outputs lay."""

import csv
import io
import json
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest

from chainrule.runtime.data.stored import StoredArray
from chainrule.views.text import predictions
from chainrule.views.text.json_text import dumps
from chainrule.views.text.predictions import WRITERS, Classes, Outputs, class_lines, document

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

RANDOM = np.random.default_rng(0)
SCORES = RANDOM.normal(size=(1000, 3)).astype("f4")
OUTPUTS: Outputs = {"scores": SCORES, "s": RANDOM.normal(size=1000), "k": RANDOM.integers(9, size=(1000, 2, 2))}
CLASSES: Classes = {"t": ("rose", 'li"ly,', "애스터\x1b[31m\n")}


def written(suffix: str, outputs: Outputs, classes: Classes = CLASSES) -> bytes:
    stream = io.BytesIO()
    WRITERS[suffix](stream, outputs, classes)
    return stream.getvalue()


@pytest.mark.parametrize("suffix", [".csv", ".json", ".npz"])
@pytest.mark.parametrize("at_once", [1, 700, 10**6])
@pytest.mark.parametrize("stored", [False, True])
def test_parts_leave_no_trace(monkeypatch: pytest.MonkeyPatch, suffix: str, at_once: int, *, stored: bool) -> None:
    expected = written(suffix, OUTPUTS)
    monkeypatch.setattr(predictions, "ELEMENTS_AT_ONCE", at_once)
    outputs = {path: StoredArray.of([np.asarray(rows)]) for path, rows in OUTPUTS.items()} if stored else OUTPUTS
    assert written(suffix, outputs) == expected


def test_csv_reads_back() -> None:
    header, *rows = csv.reader(io.StringIO(written(".csv", OUTPUTS).decode("utf-8"), newline=""))
    assert header == [
        "scores[0]", "scores[1]", "scores[2]", "s", "k[0]", "k[1]", "k[2]", "k[3]", "scores class",
    ]  # fmt: skip
    assert np.array_equal(np.array([row[:3] for row in rows], "f4"), SCORES)
    assert [row[-1] for row in rows] == [CLASSES["t"][best] for best in SCORES.argmax(axis=1)]


def test_json_is_the_document() -> None:
    outputs: Outputs = {**OUTPUTS, "mean": np.float32(0.1) * np.ones(()), "bad": np.array([np.nan, 1, -np.inf])}
    text = written(".json", outputs).decode("utf-8")
    assert text == dumps(document(outputs, CLASSES)) + "\n"
    assert json.loads(text)["classes"]["scores"][0] in CLASSES["t"]


@pytest.mark.parametrize("array", [SCORES, np.arange(5.0), np.asfortranarray(SCORES), np.float32(2) * np.ones(())])
def test_arrays_read_back(array: np.ndarray) -> None:
    for suffix in (".npy", ".npz"):
        read = np.load(io.BytesIO(written(suffix, {"file": array})))  # a name that numpy.savez has for itself
        found = read if suffix == ".npy" else read["file"]
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    ("suffix", "outputs"),
    [(".csv", {"y": np.ones(())}), (".csv", {"y": np.ones(2), "z": np.ones(3)}), (".npy", OUTPUTS)],
)
def test_what_a_format_cannot_hold(suffix: str, outputs: Outputs) -> None:
    with pytest.raises(ValueError, match="write"):
        written(suffix, outputs)


@pytest.mark.parametrize("suffix", [".csv", ".json", ".npz"])
def test_many_rows_in_little_memory(suffix: str) -> None:
    """Of texts alone the rows would be a hundred megabytes."""

    class Nowhere(io.BytesIO):
        def write(self, data: "Buffer") -> int:
            return memoryview(data).nbytes

    rows = StoredArray.of(np.zeros((1000, 3), "f4") for _ in range(300))
    tracemalloc.start()
    WRITERS[suffix](Nowhere(), {"y": rows}, CLASSES)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30e6


def test_classes_on_a_terminal() -> None:
    (few,) = class_lines({"y": np.eye(3)}, CLASSES)
    assert few == r'y class = rose, li"ly,, 애스터\x1b[31m\n'
    (many,) = class_lines(OUTPUTS, CLASSES)
    assert many.count("...") == 1
    assert len(many) < 150
