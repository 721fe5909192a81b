"""The data sections of a spec as datasets: each read once a precision, and held against the inputs."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.graph.bind_dims import bind_dims
from ...compiler.graph.spec import Apply, Fit, Precision, Spec
from ...grammar.diagnostic import Diagnostic
from ..arrays import Array
from . import budget
from .labels import check_labels

if TYPE_CHECKING:
    from .binding import Dataset
    from .columns import Table
    from .fitted.fits import Fits
    from .fitted.held import Fitted, Held
    from .stored import Rows

GIVEN, GIVEN_TEST = "given rows", "given test rows"
"""What rows that a script gives are called among the sections: no section has such a name."""


class DataSets:
    """Reads data sections when they are asked for.

    `folder` is what their paths are relative to; `classes` are the names of class numbers by input: those that a
    model was trained with, then those of the rows that were read first. `fitted` is what fitted columns hold: what a
    model was trained with, else what the rows to train on gave. `warnings` are what reading found.
    """

    def __init__(self, spec: Spec, folder: Path) -> None:
        self.classes: dict[str, tuple[str, ...]] = {}
        self.fitted: dict[str, tuple[Fitted, ...]] = {}
        self.scripted = False
        """Whether what is trained was trained on rows of a script, which fitted columns know nothing of."""
        self.sizes: dict[str, int] = {}
        """Of dims that have theirs from the data that were read."""
        self.warnings: list[Diagnostic] = []
        self._spec = spec
        self._folder = folder
        self._read: dict[tuple[str, Precision], Dataset] = {}
        self._own = False
        """Whether fitted columns hold what rows of this spec gave."""
        self._plain: set[str] = set()
        """`int` inputs whose rows that were read first are numbers."""
        self._given: dict[str, Table] = {}

    @property
    def given(self) -> frozenset[str]:
        """Which of GIVEN and GIVEN_TEST there are."""
        return frozenset(self._given)

    @contextmanager
    def giving(self, given: Mapping[str, Table], *, anew: bool) -> Iterator[None]:
        """Takes the rows of a script in place of those that were given before; if what follows fails, these come back.

        `anew`: names of classes are those of these rows, else what is known stays. Arrays in them are not copied.
        """
        before = self.classes, self._plain, self._given, self._read, self.warnings, self.sizes
        if anew and (given or self._given):
            self.classes, self._plain = {}, set()
        if given or self._given:
            self._read = {}
        self._given, self._plain, self.warnings = dict(given), set(self._plain), list(self.warnings)
        self.sizes = dict(self.sizes)
        try:
            yield
        except BaseException:
            self.classes, self._plain, self._given, self._read, self.warnings, self.sizes = before
            raise

    def trained(self, classes: Mapping[str, tuple[str, ...]]) -> None:
        """Takes over the names that a model was trained with; its other inputs were numbers."""
        self.classes = dict(classes)
        self._plain = self._integers - classes.keys()

    def keep(self, fitted: Held) -> None:
        """Takes over what the fitted columns of a model hold; empty: they are fitted to the rows that are read next."""
        if fitted is not self.fitted:
            self.fitted = dict(fitted)
            self._read.clear()
            self._own = False

    def refit(self, fitted: Held) -> None:
        """Has columns hold this, else, where it is empty, what the rows to train on give."""
        if fitted or not self._own:
            self.keep(fitted)

    @property
    def known_dims(self) -> Mapping[str, int]:
        """The dims that have a size, in the spec or by the data that were read: it changes as these are."""
        return ChainMap(dict(self._spec.known_dims), self.sizes)

    @property
    def may_fit(self) -> bool:
        """Whether some column may hold anything of its rows."""
        columns = (column for section in self._spec.data.values() for column in section.columns.values())
        steps = (each for column in columns for each in column.steps)
        return any(
            isinstance(each, Fit) or (isinstance(each, Apply) and not each.operation.rows.each) for each in steps
        )

    @property
    def coding(self) -> dict[str, tuple[str, ...]]:
        """What texts become numbers by, by input: the names of classes, none where numbers stand instead of texts."""
        return {**dict.fromkeys(self._plain, ()), **self.classes}

    @property
    def _integers(self) -> set[str]:
        graph = self._spec.graph
        return {path for path, each in graph.inputs.items() if graph.nodes[each.index].type.kind == "int"}

    def dataset(self, name: str, precision: Precision, *, batch: int | None = None) -> Dataset:
        """The rows of a data section; `batch` is how many go in at once, None for all. Raises SpecError."""
        key = (name, precision)
        if key not in self._read:
            self._read[key] = self._checked(name, precision, batch)
        return self._read[key]

    def forget(self) -> None:
        """Drops the rows that were read, which are read again where they are asked for, and those of a script."""
        self._read, self._given = {}, {}

    def rows(self, precision: Precision, start: int, stop: int | None, section: str | None = None) -> dict[str, Array]:
        """Some rows of a section by input, unless told of which: of those of a script, of the section that `train`
        names, else of the first.

        They are in memory of their own where they are a part; none without data. Raises SpecError.
        """
        train = self._spec.train
        given = GIVEN if self._given else None
        name = section or given or (train.data if train else None) or next(iter(self._spec.data), None)
        if name is None:
            return {}
        rows = {path: array[start:stop] for path, array in self.dataset(name, precision).inputs.items()}
        return {path: np.array(part) if part.base is not None else part for path, part in rows.items()}

    @property
    def kept_fits(self) -> Fits:
        """What fitted columns hold, for rows that the model is to be used on."""
        from .fitted.fits import Fits  # many specs have no data

        return Fits(self._kept, all_rows=True, foreign=self.scripted)

    def know(self) -> None:
        """Reads the rows to train on, unless those were a script's: what they say of classes, sizes of dims and fitted
        columns is then known. Raises SpecError."""
        source, train = self._source, self._spec.train
        if source is not None and not self._given and not self.scripted:
            self.dataset(source, "float64", batch=train.batch if train else None)

    def _kept(self) -> Held:
        """What a model was trained with; where that is not known, what the rows to train on give. Raises SpecError."""
        source, train = self._source, self._spec.train
        if not self.fitted and source is not None:
            self.dataset(source, train.precision if train else "float64", batch=train.batch if train else None)
        return self.fitted

    @property
    def _source(self) -> str | None:
        """The section whose rows are trained on: without a training the first."""
        train = self._spec.train
        return train.data if train else next(iter(self._spec.data), None)

    def _fits(self, name: str) -> Fits:
        """Where a section's numbers come from: without a training each has its own."""
        from .fitted.fits import Fits  # many specs have no data
        from .training_rows import trained_on

        train = self._spec.train
        if name == self._source:
            return Fits(self._kept) if self.fitted else Fits(rows=lambda rows: trained_on(train, rows, self._column))
        return Fits(self._kept) if train is not None and train.data is not None else Fits()

    def _column(self, name: str) -> Rows:
        """A column of the rows to train on by itself. Raises SpecError."""
        from .columns import evaluate  # see `_table`

        section = self._spec.data[self._source or ""]
        return evaluate(section.among([name]), str(self._folder), self.coding).columns[name]

    def _table(self, name: str) -> Table:
        if name in self._given:
            from .given.table import recoded  # most rows are read from files

            return recoded(self._given[name], self.coding)
        from .columns import evaluate  # many specs have no data

        fits = self._fits(name)
        table = evaluate(self._spec.data[name], str(self._folder), self.coding, fits)
        if name == self._source and fits.kept is None:
            self.fitted, self._own = {column: tuple(steps) for column, steps in fits.taken.items()}, True
        return table

    def _checked(self, name: str, precision: Precision, batch: int | None) -> Dataset:
        budget.check()  # what the environment says is no fault of the data
        return self._bound(self._table(name), precision, batch)

    def bound(self, given: Table, precision: Precision) -> Dataset:
        """Rows that a script gives, with their texts numbered by the classes that are known. Raises SpecError."""
        from .given.table import recoded  # see `_table`

        return self._bound(recoded(given, self.coding), precision, None)

    def _bound(self, table: Table, precision: Precision, batch: int | None) -> Dataset:
        from .binding import bind_table  # many specs have no data

        full = self._spec.full
        named = {name: classes for name, classes in table.classes.items() if name in full.inputs}
        self.classes = {**named, **self.classes}
        self._plain |= self._integers & (table.columns.keys() - self.classes.keys())
        self.sizes |= table.sizes
        dataset, warnings = bind_table(table, full, precision, self.known_dims, batch=batch)
        dims = bind_dims(full, {path: array.shape for path, array in dataset.inputs.items()}, self.known_dims)
        warnings += check_labels(full, dataset.inputs, dims, dataset.origins)
        self.warnings += [each for each in warnings if each not in self.warnings]
        return dataset
