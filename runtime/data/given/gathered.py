"""Rows that come one by one, or some at a time: gathered in memory, and in files where they are too many for it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

import numpy as np

from ....compiler.graph.graph import Graph
from ....grammar.diagnostic import Diagnostic
from ....grammar.spec_error import SpecError
from ...arrays import Array
from .. import budget
from ..column import Origin
from ..foreign import described, plain
from ..kinds import whole
from ..stored import Rows, StoredArray
from .by_column import columns_of
from .faults import BAD_ROW
from .texts import Numbered, is_text, texts_of

AT_ONCE = 1024
"""Rows that become an array at a time."""

Pending: TypeAlias = dict[str, list[Any]]


def comes_in_parts(given: object) -> bool:
    """Whether it has no names itself, and gives one mapping after the other: a generator, a list of records."""
    return isinstance(given, Iterable) and not isinstance(given, str | bytes | np.ndarray) and columns_of(given) is None


def gathered(given: Iterable[object], graph: Graph) -> dict[str, "Rows | Numbered"]:
    """All rows by name. Raises SpecError, which names the row, counted from 1, that is not like those before it."""
    inputs: dict[str, _Input] = {}
    count = 0
    pending: Pending = {}
    for item in given:
        columns = columns_of(item)
        if columns is None:
            raise _bad(count, f"it is {described(item)}, and no mapping")
        if not inputs:
            inputs = {name: _Input(name, graph) for name in columns}
        if columns.keys() != inputs.keys():
            names = f"{', '.join(map(str, columns))}, and the rows before have {', '.join(inputs)}"
            raise _bad(count, f"its names are {names}")
        if _in_parts(columns, inputs):
            _add_all(inputs, pending, count)
            count += _add_part(inputs, columns, count)
            continue
        for name, value in columns.items():
            pending.setdefault(name, []).append(value)
        count += 1
        if len(next(iter(pending.values()))) >= AT_ONCE:
            _add_all(inputs, pending, count)
    if not inputs:
        raise _bad(0, "there is none")
    _add_all(inputs, pending, count)
    return {name: each.rows() for name, each in inputs.items()}


def _in_parts(columns: Mapping[str, Any], inputs: Mapping[str, "_Input"]) -> bool:
    """Whether an item has several rows: its first value has as many axes as the input."""
    name = next(iter(columns), "")
    return bool(columns) and np.ndim(columns[name]) >= inputs[name].axes


def _add_part(inputs: Mapping[str, "_Input"], columns: Mapping[str, Any], before: int) -> int:
    """Adds several rows; gives how many."""
    sizes = {name: len(value) if np.ndim(value) else 0 for name, value in columns.items()}
    if len(set(sizes.values())) > 1:
        raise _bad(before, f"its parts differ in rows: {', '.join(f'{name} {size}' for name, size in sizes.items())}")
    for name, value in columns.items():
        try:
            inputs[name].add(value)
        except (SpecError, _Unlike) as error:
            raise _bad(before, _reason(error)) from None
    return next(iter(sizes.values()))


def _add_all(inputs: Mapping[str, "_Input"], pending: Pending, count: int) -> None:
    """Adds the rows that wait, of which there are `count` with those before them."""
    for name, rows in pending.items():
        with suppress(SpecError, _Unlike):
            inputs[name].add(rows)
            continue
        raise _first_bad(inputs[name], rows, count - len(rows))
    pending.clear()


def _first_bad(each: "_Input", rows: list[Any], before: int) -> SpecError:
    """The fault of the first of some rows that can't be taken together."""
    for number, row in enumerate(rows):
        try:
            each.add([row])
        except (SpecError, _Unlike) as error:
            return _bad(before + number, _reason(error))
    return _bad(before, f"`{each.name}` has rows that can't be taken together")


class _Unlike(Exception):
    """Rows of an input are not like those before."""


def _reason(error: Exception) -> str:
    return error.diagnostics[0].message if isinstance(error, SpecError) else str(error)


def _bad(before: int, reason: str) -> SpecError:
    found: Diagnostic = BAD_ROW.at(None, row=before + 1, reason=reason)
    return SpecError([found])


class _Input:
    """The rows of one input so far."""

    def __init__(self, name: str, graph: Graph) -> None:
        self.name = name
        node = graph.nodes[graph.inputs[name].index] if name in graph.inputs else None
        self._is_int = node is not None and node.type.kind == "int"
        self._span = node.span if node else None
        self.axes = len(node.type.shape) if node else 1
        self._parts: list[Array] = []
        self._held = 0
        self._stored: StoredArray | None = None
        self._numbers: dict[str, int] = {}
        """Texts by the number that they have for now: in the order in which they came."""
        self._texts: bool | None = None

    def look(self, rows: Any) -> Array:
        """Rows as an array. Raises SpecError."""
        texts = self._is_int and is_text(np.ravel(rows[0])[:1].tolist() if len(rows) else [])
        if texts:
            return texts_of(self.name, rows, self._span)
        return plain(self.name, rows, self._span)

    def add(self, rows: Any) -> None:
        """Takes some rows. Raises SpecError where they are not like those before."""
        array = self.look(rows)
        texts = array.dtype.kind == "O"
        if self._texts is None:
            self._texts = texts
        if texts is not self._texts:
            raise _Unlike(f"`{self.name}` has texts in some rows and numbers in others")
        if texts:
            flat = [self._numbers.setdefault(text, len(self._numbers)) for text in array.ravel().tolist()]
            array = np.array(flat, np.int64).reshape(array.shape)
        elif self._is_int:
            array = np.asarray(whole(self.name, array, Origin(self._span)))
        else:
            array = array.astype(np.float64)
        before = self._stored if self._stored is not None else (self._parts[0] if self._parts else None)
        if before is not None and before.shape[1:] != array.shape[1:]:
            now, then = list(array.shape[1:]), list(before.shape[1:])
            raise _Unlike(f"`{self.name}` has rows of the shape {now}, and {then} before")
        self._keep(array)

    def _keep(self, array: Array) -> None:
        self._parts.append(array)
        self._held += array.nbytes
        if self._held > budget.memory() // 2:
            for part in self._parts:
                self._stored = StoredArray(part.dtype, part.shape[1:]) if self._stored is None else self._stored
                self._stored.append(part)
            self._parts, self._held = [], 0

    def rows(self) -> "Rows | Numbered":
        """All of them."""
        array: Rows
        if self._stored is None:
            array = np.concatenate(self._parts)
        else:
            for part in self._parts:
                self._stored.append(part)
            array = self._stored
        return Numbered(array, tuple(self._numbers)) if self._texts else array


def parts_of(given: Iterator[object], name: str, graph: Graph) -> "Rows | Numbered":
    """The rows of one input that come one by one."""
    return gathered(({name: row} for row in given), graph)[name]
