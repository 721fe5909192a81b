"""The rows of a CSV file as they gather, column by column: in memory, and in files from a certain size on."""

from collections.abc import Mapping, Sequence

import numpy as np

from .. import budget
from ..column import Array, Request, Rows
from ..stored import StoredArray
from .csv_column import CsvColumn


class GatheredRows:
    """What the columns of a file took, for each request: in memory until it is too much for that."""

    def __init__(self, requests: Mapping[Request, Sequence[CsvColumn]]) -> None:
        self.bytes = 0
        self._requests = requests
        self._columns = {column.field: column for columns in requests.values() for column in columns}
        self._held = 0
        self._stored: dict[Request, StoredArray] = {}
        self._lines: list[range | Array] = []

    def count(self, lines: range | Array) -> None:
        """Takes note of rows that the columns took, by their lines. Raises SpecError where the disk is full."""
        last = self._lines[-1] if self._lines else None
        if isinstance(last, range) and isinstance(lines, range) and last.stop == lines.start:
            self._lines[-1] = range(last.start, lines.stop)
        else:
            self._lines.append(lines)
        added = 8 * len(lines) * len(self._columns)
        self.bytes += added
        self._held += added
        if self._held > budget.memory() // (4 if self._stored else 1):
            self._store()

    @property
    def lines(self) -> range | Array:
        """The line of each row; of length 0 where there are no rows."""
        if not self._lines:
            return range(0)
        return self._lines[0] if len(self._lines) == 1 else np.concatenate([np.asarray(each) for each in self._lines])

    def rows(self) -> dict[Request, Rows]:
        """The rows of each request, texts by the numbers of their columns' `codes`. To be called once."""
        if not self._stored:
            return dict(self._taken())
        if self._held:
            self._store()
        return dict(self._stored)

    def _store(self) -> None:
        """Moves what the columns hold into files."""
        for request, rows in self._taken().items():
            stored = self._stored.get(request)
            if stored is None:
                stored = StoredArray(rows.dtype, rows.shape[1:])
            elif stored.dtype.kind == "i" and rows.dtype.kind == "f":  # a column of whole numbers turned out real
                stored = stored.mapped(lambda part: part.astype(np.float64))
            stored.append(rows)
            self._stored[request] = stored
        self._held = 0

    def _taken(self) -> dict[Request, Array]:
        values = {field: column.taken() for field, column in self._columns.items()}
        return {
            request: np.stack([values[column.field] for column in columns], axis=1)
            if isinstance(request, tuple) or len(columns) > 1
            else values[columns[0].field]
            for request, columns in self._requests.items()
        }
