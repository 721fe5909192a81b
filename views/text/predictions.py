"""Predictions, for a terminal and as files, some rows at a time: however many they are, few are texts at once."""

import csv
import io
import math
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import IO, TypeAlias

import numpy as np
from numpy.lib import format as npy

from ...grammar.diagnostic import shown
from ...runtime.arrays import Array
from ...runtime.data.stored import Rows
from .json_text import dumps
from .json_values import Json, json_value
from .terminal import IN_FULL

Classes: TypeAlias = Mapping[str, tuple[str, ...]]
Outputs: TypeAlias = Mapping[str, Rows]
"""Arrays by path, in memory or in files."""

PROBABILITY = " probability"
"""What the name of an output has behind it where probabilities are made of it."""

ELEMENTS_AT_ONCE = 1 << 16
"""Elements that become texts at a time."""

EDGE = 3
"""Rows at either end whose classes are told on a terminal, where there are too many for all."""


def document(outputs: Outputs, classes: Classes) -> dict[str, Json]:
    """Outputs as JSON, with the best class of each row where class names are known."""
    answer: dict[str, Json] = {"outputs": {path: json_value(value) for path, value in outputs.items()}}
    if best := best_classes(outputs, classes):
        answer["classes"] = {path: list(names) for path, names in best.items()}
    return answer


def class_lines(outputs: Outputs, classes: Classes) -> Iterator[str]:
    """A line for each output with a score a class: the best class of each row."""
    for path, names in _scored(outputs, classes).items():
        rows = outputs[path]
        if len(rows) <= IN_FULL:
            best = [shown(name) for name in _best(rows, names)]
        else:
            ends = (rows[:EDGE], rows[len(rows) - EDGE :])
            first, last = ([shown(name) for name in _best(part, names)] for part in ends)
            best = [*first, "...", *last]
        yield f"{shown(path)} class = {', '.join(best)}"


def best_classes(outputs: Outputs, classes: Classes) -> dict[str, list[str]]:
    """The best class of each row, by output with a score a class; none where it is not known which class is meant."""
    return {path: list(_best(outputs[path], names)) for path, names in _scored(outputs, classes).items()}


def _scored(outputs: Outputs, classes: Classes) -> dict[str, tuple[str, ...]]:
    """The class names of each output that has a score for each of them.

    Only where the model knows one set of class names: of several it is not known which is meant.
    """
    if len(set(classes.values())) != 1:
        return {}
    names = next(iter(classes.values()))
    own = {path: rows for path, rows in outputs.items() if not path.endswith(PROBABILITY)}
    return {path: names for path, rows in own.items() if rows.ndim == 2 and rows.shape[1] == len(names)}


def _best(rows: Rows, names: tuple[str, ...]) -> Iterator[str]:
    for part in _parts(rows):
        yield from (names[number] for number in np.argmax(part, axis=1))


def _parts(rows: Rows) -> Iterator[Array]:
    """All rows, some at a time."""
    at_once = max(1, ELEMENTS_AT_ONCE // max(1, _width(rows)))
    return (rows[start : start + at_once] for start in range(0, len(rows), at_once))


def _width(rows: Rows) -> int:
    return math.prod(rows.shape[1:])


# --- CSV --------------------------------------------------------------------------------------------------------


def write_csv(stream: IO[bytes], outputs: Outputs, classes: Classes) -> None:
    """A row a row, a column an element: `y` or `y[0]`, `y[1]`; the best class last.

    Raises ValueError for outputs that are no rows, or not as many as those of another.
    """
    single = next((path for path, rows in outputs.items() if not rows.ndim), None)
    if single is not None:
        raise ValueError(f"`{single}` is one number for all rows; write .json or .npz")
    if len({len(rows) for rows in outputs.values()}) > 1:
        raise ValueError("the outputs differ in their number of rows; write .json or .npz")
    scored = _scored(outputs, classes)
    text = io.TextIOWrapper(stream, "utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(name for path, rows in outputs.items() for name in _headers(path, rows)), *map(_header, scored)])
    count = max(map(len, outputs.values()), default=0)
    at_once = max(1, ELEMENTS_AT_ONCE // max(1, sum(map(_width, outputs.values()))))
    for start in range(0, count, at_once):
        part = {path: rows[start : start + at_once] for path, rows in outputs.items()}
        columns = [[str(each) for each in column] for rows in part.values() for column in rows.reshape(len(rows), -1).T]
        columns += [list(_best(part[path], names)) for path, names in scored.items()]
        writer.writerows(zip(*columns, strict=True))
    text.detach()  # flushed, and the stream stays open


def _headers(path: str, rows: Rows) -> list[str]:
    return [path] if rows.ndim == 1 else [f"{path}[{number}]" for number in range(_width(rows))]


def _header(path: str) -> str:
    return f"{path} class"


# --- JSON -------------------------------------------------------------------------------------------------------


def write_json(stream: IO[bytes], outputs: Outputs, classes: Classes) -> None:
    """The text of `document`."""
    for text in _json_texts(outputs, classes):
        stream.write(text.encode("utf-8"))


def _json_texts(outputs: Outputs, classes: Classes) -> Iterator[str]:
    yield '{"outputs": '
    yield from _json_object({path: _json_rows(rows) for path, rows in outputs.items()})
    if scored := _scored(outputs, classes):
        yield ', "classes": '
        yield from _json_object({path: _json_list(_names_at_once(outputs[path], scored[path])) for path in scored})
    yield "}\n"


def _json_object(values: Mapping[str, Iterable[str]]) -> Iterator[str]:
    for number, (name, texts) in enumerate(values.items()):
        yield f"{', ' if number else '{'}{dumps(name)}: "
        yield from texts
    yield "}"


def _json_rows(rows: Rows) -> Iterator[str]:
    if not rows.ndim:
        return iter((dumps(json_value(rows)),))
    return _json_list(json_value(part) for part in _parts(rows))


def _json_list(parts: Iterable[object]) -> Iterator[str]:
    """One list of the elements of several."""
    opening = "["
    for part in parts:
        yield f"{opening}{dumps(part)[1:-1]}"
        opening = ", "
    yield "]"


def _names_at_once(rows: Rows, names: tuple[str, ...]) -> Iterator[list[str]]:
    return (list(_best(part, names)) for part in _parts(rows))


# --- NumPy's formats --------------------------------------------------------------------------------------------


def write_npz(stream: IO[bytes], outputs: Outputs, classes: Classes) -> None:
    """An array an output, under its name."""
    with zipfile.ZipFile(stream, "w") as archive:
        for path, rows in outputs.items():
            with archive.open(f"{path}.npy", "w", force_zip64=True) as member:
                _write_array(member, rows)


def write_npy(stream: IO[bytes], outputs: Outputs, classes: Classes) -> None:
    """The array of the only output. Raises ValueError where there are several."""
    if len(outputs) != 1:
        raise ValueError(f"there are {len(outputs)} outputs, and .npy holds one array; write .npz")
    (rows,) = outputs.values()
    _write_array(stream, rows)


def _write_array(stream: IO[bytes], rows: Rows) -> None:
    """An array as numpy.save writes it."""
    npy.write_array_header_1_0(
        stream, {"descr": npy.dtype_to_descr(rows.dtype), "fortran_order": False, "shape": rows.shape}
    )
    for part in _parts(rows) if rows.ndim else (np.asarray(rows),):
        stream.write(part.tobytes())


WRITERS: Mapping[str, Callable[[IO[bytes], Outputs, Classes], None]] = MappingProxyType(
    {".csv": write_csv, ".json": write_json, ".npz": write_npz, ".npy": write_npy}
)
"""How predictions are written, by the file's suffix."""
