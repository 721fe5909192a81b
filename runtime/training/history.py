"""What a training leaves behind: its reports, and the loss of every step."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from ...compiler.graph.spec import SIDES, Precision
from ..arrays import Array

if TYPE_CHECKING:
    import pandas

Row: TypeAlias = dict[str, float | int]
"""One report: `step`, `epoch`, metrics (`train.loss`, `test.accuracy`), `step.loss`, `seconds`."""


REPORTS, WORSE = 3, 0.02
"""Reports that must be worse than the best one, by what share of it, before that counts as a turn."""


class Turn(NamedTuple):
    """Where other rows were best while train rows went on to become better: which ones, the step and epoch, their
    values then and at the last report, and how far apart they and the train rows are by now."""

    side: str
    step: int
    epoch: int
    best: float
    last: float
    gap: float


class History:
    """The rows of the metrics, one a report, and the loss of every step.

    `train.*`, `validate.*` and `test.*` are evaluated over all rows with the weights of that moment. `step.NAME` is
    the mean of what the steps since the last report minimised, each with the weights before it, weighted by rows.
    `epoch` is the one that the step belongs to, from 1. `higher` says of which metrics the highest value is the best.
    """

    def __init__(self, precision: Precision, higher: Callable[[str], bool] = lambda name: False) -> None:
        self.rows: list[Row] = []
        self.health: list[Row] = []
        """Norms of values, gradients and updates by layer, one row a look; `Health` says which columns."""
        self.kept_step = 0
        """The step whose weights are kept: the last one, or the best one of early stopping."""
        self.draw: Callable[[History, str | Path | None], object] | None = None
        """What `plot` draws with."""
        self._losses = array("f" if precision == "float32" else "d")
        self._higher = higher

    def __getstate__(self) -> dict[str, object]:
        """What is copied and sent to other processes: which metrics are better when high, not what knows it."""
        return {**self.__dict__, "_higher": frozenset(filter(self._higher, self.columns)).__contains__}

    def __getitem__(self, column: str) -> Array:
        """A column of the rows, NaN where a row lacks it."""
        if column not in self.columns:
            raise KeyError(column)
        return np.array([row.get(column, np.nan) for row in self.rows])

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row))

    @property
    def losses(self) -> Array:
        """The loss of every step, in the precision of the training."""
        return np.array(self._losses)

    @property
    def steps(self) -> int:
        """Steps taken."""
        return len(self._losses)

    @property
    def last(self) -> Mapping[str, float]:
        """The last value of each metric."""
        return {name: self.rows[-1][name] for name in self._metrics()} if self.rows else {}

    @property
    def kept(self) -> Mapping[str, float]:
        """The metrics of the weights that are kept: of the best report under early stopping, else the last ones."""
        if not self.rows:
            return {}
        row = next((row for row in self.rows if row["step"] == self.kept_step), self.rows[-1])
        return {name: row[name] for name in self._metrics() if name in row}

    @property
    def best(self) -> Mapping[str, float]:
        """The best value of each metric over all reports."""
        found: dict[str, float] = {}
        for name in self._metrics():
            values = [row[name] for row in self.rows if name in row and row[name] == row[name]]
            if values:
                found[name] = max(values) if self._higher(name) else min(values)
        return found

    def higher(self, column: str) -> bool:
        """Whether a metric is the better the higher it is."""
        return self._higher(column)

    def best_row(self, column: str) -> Row | None:
        """The first report with the best value of a metric (`test.loss`); None where it has none."""
        rows = [row for row in self.rows if column in row and row[column] == row[column]]
        if not rows:
            return None
        return max(rows, key=lambda row: row[column] if self._higher(column) else -row[column])

    def turn(self, metric: str) -> Turn | None:
        """Where a metric began to overfit: on the rows to validate on, else on test rows, it has been worse than its
        best since, by the last three reports, while on train rows it became better. None where it has not."""
        side = "validate" if f"validate.{metric}" in self.columns else "test"
        test, train = f"{side}.{metric}", f"train.{metric}"
        best = self.best_row(test)
        if best is None or any(test not in row or train not in row for row in self.rows[-REPORTS:]):
            return None
        sign = -1.0 if self._higher(test) else 1.0
        since = [row for row in self.rows if row["step"] > best["step"]]
        last = self.rows[-1]
        worse = all(sign * (row[test] - best[test]) > WORSE * abs(best[test]) for row in since[-REPORTS:])
        if len(since) < REPORTS or not worse or sign * (last[train] - best[train]) >= 0:
            return None
        gap = abs(last[test] - last[train])
        return Turn(side, int(best["step"]), int(best["epoch"]), float(best[test]), float(last[test]), float(gap))

    def to_pandas(self) -> pandas.DataFrame:
        """The reports as a table, a row each, NaN where one lacks a column. Raises ImportError without pandas."""
        import pandas

        return pandas.DataFrame(self.rows, columns=list(self.columns)).set_index("step")

    def plot(self, path: str | Path | None = None) -> object:
        """Draws the metrics and the norms, as a matplotlib figure; writes it to a file (.svg, .png, .pdf) as well.

        Raises ImportError without matplotlib, the `plot` extra.
        """
        if self.draw is None:
            raise RuntimeError("this history is not one that Program.train returned")
        return self.draw(self, path)

    def stepped(self, loss: float) -> None:
        """Notes the loss of one more step."""
        self._losses.append(loss)

    def restore(self, rows: Iterable[Row], losses: Array, health: Iterable[Row] = ()) -> None:
        """Goes on from earlier reports, losses and looks."""
        self.rows[:] = rows
        self.health[:] = health
        self._losses[:] = array(self._losses.typecode, losses.astype(self._losses.typecode).tobytes())

    def _metrics(self) -> tuple[str, ...]:
        return tuple(name for name in self.columns if name.partition(".")[0] in SIDES and "." in name)

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {value:.6g}" for name, value in self.last.items())
        return f"<history of {self.steps} steps, {len(self.rows)} reports: {last}>"
