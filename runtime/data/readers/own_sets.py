"""What lies in the folder CHAINRULE_DATA: the sets that `dataset` finds there, with the names of their columns."""

import csv
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ....grammar.spec_error import SpecError
from .data_file import DataFile
from .datasets import COLUMN_FILES, MNIST_FILES

LONGEST_HEADER = 1 << 20
"""Bytes of a CSV file in which its header is looked for."""

UNREADABLE = (OSError, ValueError, NotImplementedError, zipfile.BadZipFile, csv.Error, SpecError)


class OwnSet(NamedTuple):
    """A set of one's own: what `dataset` calls it, the file or folder that holds it, and its columns.

    Columns are None where the file can't be read.
    """

    name: str
    file: str
    columns: tuple[str, ...] | None


def own_sets(folder: str) -> Iterator[OwnSet]:
    """The sets of a folder by name; of two forms of one name that which is found first. Nothing is read but headers."""
    found: dict[str, OwnSet] = {}
    for form in (_archive, _table, _folder):
        for entry in _entries(folder):
            made = form(entry)
            if made is not None:
                found.setdefault(made.name, made)
    return iter(sorted(found.values()))


def _entries(folder: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted((each for each in entries if not each.name.startswith(".")), key=lambda each: each.name)
    except OSError:
        return []


def _archive(entry: "os.DirEntry[str]") -> OwnSet | None:
    if not entry.name.endswith(".npz") or not entry.is_file():
        return None
    return OwnSet(entry.name.removesuffix(".npz"), entry.name, _read(_keys, entry.path))


def _table(entry: "os.DirEntry[str]") -> OwnSet | None:
    if not entry.name.endswith(".csv") or not entry.is_file():
        return None
    return OwnSet(entry.name.removesuffix(".csv"), entry.name, _read(_header, entry.path))


def _folder(entry: "os.DirEntry[str]") -> OwnSet | None:
    if not entry.is_dir():
        return None
    columns = tuple(_columns(each.name for each in _entries(entry.path)))
    return OwnSet(entry.name, f"{entry.name}/", columns) if columns else None


def _read(names: Callable[[str], tuple[str, ...]], path: str) -> tuple[str, ...] | None:
    try:
        return names(path)
    except UNREADABLE:
        return None


def _keys(path: str) -> tuple[str, ...]:
    with DataFile(path).open() as stream, zipfile.ZipFile(stream) as archive:
        return tuple(name.removesuffix(".npy") for name in archive.namelist())


def _header(path: str) -> tuple[str, ...]:
    """The names in the first line, or the numbers of its columns where it holds a number."""
    with DataFile(path).open() as stream:
        line = stream.readline(LONGEST_HEADER).decode("utf-8-sig")
    names = tuple(field.strip() for field in next(csv.reader([line]), []))
    return tuple(map(str, range(1, len(names) + 1))) if any(map(_is_number, names)) else names


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False


def _columns(files: Iterable[str]) -> Iterator[str]:
    """The columns that the files of a folder are, each once."""
    known = {file: column for column, name in MNIST_FILES.items() for file in (name, f"{name}.gz")}
    endings = [pattern.removeprefix("{}") for pattern in COLUMN_FILES]
    seen: set[str] = set()
    for file in files:
        ending = next((each for each in endings if file.endswith(each)), None)
        column = known.get(file) or (file.removesuffix(ending) if ending else None)
        if column is not None and column not in seen:
            seen.add(column)
            yield column
