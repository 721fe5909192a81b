"""Values from the command line: of `--upstream`, `--inputs`, `--rows`."""

import json
import os
import zipfile
from pathlib import Path

import click
import numpy as np

from ...compiler.elaborate.expressions.constants import constant
from ...compiler.elaborate.reporter import Reporter
from ...compiler.elaborate.scope import Scope, Site, Unit
from ...grammar.diagnostic import Place
from ...grammar.parse import parse_expression
from ...grammar.source import Source
from ...grammar.spec_error import SpecError
from ...grammar.suggestion import suggestion
from ...runtime.arrays import Array
from ...runtime.data import budget
from ...runtime.data.readers.data_file import DataFile, composed
from ...runtime.data.readers.numpy_reader import numbers, of_system, read_npy, read_npz
from ...views.text.json_text import loads
from ...views.text.json_values import MOST_AXES, array_of_json
from .faults import UNREADABLE_VALUES

JSON_COST = 32
"""Bytes of memory that a byte of JSON may take: a number in a list of its own has that many."""


def read_inputs(path: str) -> dict[str, Array]:
    """The arrays of a .json or .npz file by name, as specs write names. Raises SpecError."""
    match Path(path).suffix.lower():
        case ".npz":
            file = DataFile(path)
            found = {name: np.asarray(numbers(file, read_npz(file, name))) for name in _members(path)}
        case ".json":
            found = _json_inputs(path)
        case _:
            raise unreadable(path, "its name ends neither with .json nor with .npz")
    named = {composed(name): array for name, array in found.items()}
    if len(named) < len(found):
        raise unreadable(path, "two of its names have the same letters")
    return named


def upstream_value(text: str) -> Array:
    """The gradient that arrives: a number, nested lists, or a .json or .npy file of them.

    Raises SpecError for a file, click.BadParameter for a value that can't be read.
    """
    match Path(text).suffix.lower():
        case ".npy":
            file = DataFile(text)
            return np.asarray(numbers(file, read_npy(file)))
        case ".json":
            return _array(text, _json(text))
    source = Source("--upstream", text)
    reporter = Reporter()
    try:
        site = Site(Scope(Unit(source)), source, reporter)
        value = constant(parse_expression(source), site, "the gradient that arrives")
    except SpecError as error:
        raise _bad_upstream(text, error.diagnostics[0].message) from None
    if reporter.failed:
        raise _bad_upstream(text, reporter.diagnostics[0].message)
    try:
        return np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise _bad_upstream(text, "it is not a number or a list of numbers") from None


def _bad_upstream(text: str, reason: str) -> click.BadParameter:
    return click.BadParameter(f"{text!r} can't be read: {reason}.", param_hint="'--upstream'")


def row_range(text: str) -> tuple[int, int | None]:
    """`0:32`, `5:`, `:10` or one row, `7`; counted from 0, the end exclusive. Raises click.BadParameter."""
    first, colon, last = text.partition(":")
    try:
        start = int(first) if first or not colon else 0
        stop = (int(last) if last else None) if colon else start + 1
    except ValueError:
        raise _bad_rows(text, "is not START:STOP or a row") from None
    if start < 0 or (stop is not None and stop <= start):
        raise _bad_rows(text, "holds no row")
    return start, stop


def _bad_rows(text: str, problem: str) -> click.BadParameter:
    return click.BadParameter(f"{text!r} {problem}; rows count from 0, as in 0:32.", param_hint="'--rows'")


def unreadable(path: str, reason: str, hint: str | None = None) -> SpecError:
    """The fault of a file with values."""
    return SpecError([UNREADABLE_VALUES.at(Place(path), path=path, reason=reason, hint=hint)])


def _members(path: str) -> list[str]:
    with DataFile(path).open() as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                return [name.removesuffix(".npy") for name in archive.namelist()]
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            if (cause := of_system(error)) is not None:
                raise cause from None
            raise unreadable(path, "it is not an .npz file") from None


def _json_inputs(path: str) -> dict[str, Array]:
    document = _json(path)
    if not isinstance(document, dict):
        raise unreadable(path, "it is not an object", 'write {"name": value, ...}')
    return {name: _array(path, value, name) for name, value in document.items()}


def _json(path: str) -> object:
    file = DataFile(path)
    with file.open() as stream:
        needed = JSON_COST * os.fstat(stream.fileno()).st_size
        if needed > budget.limit():
            raise file.oversize(f"what `{path}` holds", needed)
        data = stream.read()
    try:
        return loads(data)
    except UnicodeDecodeError:
        raise unreadable(path, "it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise unreadable(path, f"line {error.lineno}, column {error.colno}: {error.msg.lower()}") from None
    except RecursionError:
        raise unreadable(path, f"its lists are nested more than {MOST_AXES} deep") from None
    except ValueError as error:
        raise unreadable(path, str(error)) from None


def _array(path: str, value: object, name: str | None = None) -> Array:
    try:
        return array_of_json(value)
    except ValueError as error:
        raise unreadable(path, f"`{name}`: {error}" if name is not None else str(error)) from None


def unknown_path(path: str, known: list[str], option: str) -> click.BadParameter:
    """The fault of a node that an option names and the spec lacks."""
    return click.BadParameter(f"nothing is called {path!r}; {suggestion(path, known, what='nodes')}", param_hint=option)
