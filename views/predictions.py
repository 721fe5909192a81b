"""Predictions as files: CSV, JSON, .npz, .npy."""

import csv
import io
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from ..runtime.execute import Array
from .json_text import dumps
from .json_values import Json, json_value

Classes = Mapping[str, tuple[str, ...]]


def best_classes(outputs: Mapping[str, Array], classes: Classes) -> dict[str, list[str]]:
    """For each output with a score a class, the name of the best class of each row.

    Only where the model knows one set of class names: of several it is not known which is meant.
    """
    if len(classes) != 1:
        return {}
    (names,) = classes.values()
    return {
        path: [names[number] for number in np.argmax(value, axis=1)]
        for path, value in outputs.items()
        if value.ndim == 2 and value.shape[1] == len(names)
    }


def document(outputs: Mapping[str, Array], classes: Classes) -> dict[str, Json]:
    """Outputs as JSON, with the best class of each row where class names are known."""
    answer: dict[str, Json] = {"outputs": {path: json_value(value) for path, value in outputs.items()}}
    if best := best_classes(outputs, classes):
        answer["classes"] = {path: list(names) for path, names in best.items()}
    return answer


def csv_bytes(outputs: Mapping[str, Array], classes: Classes) -> bytes:
    """A row a row, a column an element: `y` or `y[0]`, `y[1]`; the best class last. Raises ValueError for no rows."""
    columns: dict[str, list[object]] = {}
    for path, value in outputs.items():
        if not value.ndim:
            raise ValueError(f"`{path}` is one number for all rows; write .json or .npz")
        flat = value.reshape(len(value), -1)
        for number in range(flat.shape[1]):
            name = path if value.ndim == 1 else f"{path}[{number}]"
            columns[name] = [str(each) for each in flat[:, number]]
    for path, names in best_classes(outputs, classes).items():
        columns[f"{path} class"] = list(names)
    if len({len(column) for column in columns.values()}) > 1:
        raise ValueError("the outputs differ in their number of rows; write .json or .npz")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue().encode("utf-8")


def json_bytes(outputs: Mapping[str, Array], classes: Classes) -> bytes:
    return (dumps(document(outputs, classes)) + "\n").encode("utf-8")


def npz_bytes(outputs: Mapping[str, Array], classes: Classes) -> bytes:
    """An array an output, under its name."""
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **dict(outputs))
    return stream.getvalue()


def npy_bytes(outputs: Mapping[str, Array], classes: Classes) -> bytes:
    """The array of the only output. Raises ValueError where there are several."""
    if len(outputs) != 1:
        raise ValueError(f"there are {len(outputs)} outputs, and .npy holds one array; write .npz")
    stream = io.BytesIO()
    (array,) = outputs.values()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


WRITERS: Mapping[str, Callable[[Mapping[str, Array], Classes], bytes]] = MappingProxyType(
    {".csv": csv_bytes, ".json": json_bytes, ".npz": npz_bytes, ".npy": npy_bytes}
)
"""How predictions are written, by the file's suffix."""
