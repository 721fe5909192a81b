"""Several trainings of one spec, compared: seeds, folds, values of settings; the best by rows to validate on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from ..compiler.graph.spec import Spec
from ..grammar.diagnostic import Diagnostic, Place
from ..grammar.spec_error import SpecError
from ..runtime.runs.run_folder import holds_run
from ..runtime.runs.selection_faults import CAME_TO_NO_END
from ..runtime.training.history import History
from ..runtime.training_faults import NOT_FINITE, RUN_EXISTS
from ..views.text.json_values import Json, json_value
from ..views.text.selection_text import Line, selection_text
from .choices import Sweep, choices, folder_name


class Trains(Protocol):
    """What a selection asks of a program."""

    def forget_rows(self) -> None: ...


Made = TypeVar("Made", bound=Trains)


@dataclass(frozen=True)
class Run(Generic[Made]):
    """One of the trainings: the settings that it had, the program that it trained, and what that left behind.

    `failed` says why a run came to no end; it has no metrics then. `folder` is where it is kept.
    """

    settings: Mapping[str, str]
    program: Made
    history: History | None
    failed: Diagnostic | None = None
    folder: Path | None = None

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of the weights that are kept: of the best report under early stopping, else of the last."""
        return {} if self.history is None else dict(self.history.kept)

    @property
    def seconds(self) -> float:
        """Time that its training took."""
        return float(self.history.rows[-1]["seconds"]) if self.history is not None and self.history.rows else 0.0


@dataclass(frozen=True)
class Choice(Generic[Made]):
    """Runs with the same values of what was swept over; without a sweep, one run."""

    settings: Mapping[str, str]
    runs: tuple[Run[Made], ...]

    @property
    def mean(self) -> dict[str, float]:
        """The mean of each metric over its runs."""
        return _over(self.runs, np.mean)

    @property
    def std(self) -> dict[str, float]:
        """The standard deviation of each metric over its runs, over N."""
        return _over(self.runs, np.std)


@dataclass(frozen=True)
class Selection(Generic[Made]):
    """All runs, in order. `by` is the metric that decides, on rows to validate on; None where there are no such rows.

    Runs that came to no end are left out of `mean` and `std`. Printed, it is a table.
    """

    runs: tuple[Run[Made], ...]
    by: str | None
    swept: tuple[str, ...] = ()
    """The settings that were swept over."""
    higher: bool = field(default=False, repr=False)
    """Whether the largest value of `by` is the best."""

    @property
    def mean(self) -> dict[str, float]:
        """The mean of each metric over all runs."""
        return _over(self.runs, np.mean)

    @property
    def std(self) -> dict[str, float]:
        """The standard deviation of each metric over all runs, over N."""
        return _over(self.runs, np.std)

    @cached_property
    def choices(self) -> tuple[Choice[Made], ...]:
        """The runs by what was swept over; without a sweep, each by itself."""
        if not self.swept:
            return tuple(Choice(run.settings, (run,)) for run in self.runs)
        found: dict[tuple[str, ...], list[Run[Made]]] = {}
        for run in self.runs:
            found.setdefault(tuple(run.settings[name] for name in self.swept), []).append(run)
        return tuple(Choice(dict(zip(self.swept, key, strict=True)), tuple(runs)) for key, runs in found.items())

    @property
    def best(self) -> Choice[Made] | None:
        """The choice with the best mean on rows to validate on, all of whose runs came to their end.

        The first of several; None without such rows: test rows choose nothing.
        """
        sound = [each for each in self.choices if not any(run.failed for run in each.runs)]
        return _best(sound, lambda choice: choice.mean, self.by, higher=self.higher)

    @property
    def best_run(self) -> Run[Made] | None:
        """The best run of the best choice: the model to take."""
        best = self.best
        return None if best is None else _best(best.runs, lambda run: run.metrics, self.by, higher=self.higher)

    def as_json(self) -> dict[str, Json]:
        """As `train --json` answers: `runs`, `mean`, `std`, `choices`, and `best`, which is None without one."""
        numbers = {id(run): number for number, run in enumerate(self.runs)}
        best, run = self.best, self.best_run
        return {
            "runs": [_document(each) for each in self.runs],
            "mean": _numbers(self.mean),
            "std": _numbers(self.std),
            "choices": [
                {
                    "set": dict(each.settings),
                    "runs": [numbers[id(run)] for run in each.runs],
                    "mean": _numbers(each.mean),
                    "std": _numbers(each.std),
                }
                for each in self.choices
            ],
            "best": None
            if best is None or run is None
            else {
                "set": dict(best.settings),
                "by": self.by,
                "value": json_value(best.mean[self.by or ""]),
                "number": numbers[id(run)],
                "run": None if run.folder is None else str(run.folder),
            },
        }

    def __str__(self) -> str:
        best, run = self.best, self.best_run
        value = best.mean[self.by or ""] if best is not None else None
        named = (best.settings, value, run.folder if run is not None else None) if best is not None else None
        choices = [Line(each.settings, each.mean, each.std, len(each.runs)) for each in self.choices]
        lines = [Line(each.settings, each.metrics, {}, 1) for each in self.runs]
        return selection_text(lines, Line({}, self.mean, self.std, len(self.runs)), choices, named, self.by)

    __repr__ = __str__


Compared = TypeVar("Compared")


def _best(
    among: Sequence[Compared], metrics: Callable[[Compared], Mapping[str, float]], by: str | None, *, higher: bool
) -> Compared | None:
    """The first with the best value of a metric that is a number; None without one."""
    values = [metrics(each).get(by, np.nan) if by is not None else np.nan for each in among]
    known = [number for number, value in enumerate(values) if value == value]
    sign = -1 if higher else 1
    return among[min(known, key=lambda number: sign * values[number])] if known else None


def selected(
    program: Callable[[Mapping[str, str]], Made],
    spec: Spec,
    *,
    seeds: int | None,
    folds: int | None,
    sweep: Sweep,
    run: Path | None,
    resume: Path | None,
    on_run: Callable[[Run[Made], int], object],
    train: Callable[[Made, Path | None, Path | None], History],
) -> Selection[Made]:
    """Trains once for each seed, fold and value; `program` makes the program of some settings.

    `train` trains it, in a new run folder or in one to go on with. All are compiled before the first is trained.
    `on_run` is called after each, with the number of all. Raises SpecError where one cannot be trained, or where none
    comes to its end.
    """
    chosen = choices(spec, seeds, folds, sweep)
    programs = [program(each) for each in chosen]
    keep = resume if resume is not None else run
    folders = [None if keep is None else keep / folder_name(each, sweep) for each in chosen]
    if run is not None:
        _check_room(run, folders)
    runs: list[Run[Made]] = []
    failures: list[SpecError] = []
    for each, made, folder in zip(chosen, programs, folders, strict=True):
        history: History | None = None
        failed: Diagnostic | None = None
        new, old = (None, folder) if resume is not None else (folder, None)
        try:
            history = train(made, new, old)
        except SpecError as error:
            if error.diagnostics[0].code != NOT_FINITE.code:
                raise
            failures.append(error)
            failed = error.diagnostics[0]
        made.forget_rows()
        runs.append(Run(each, made, history, failed, folder))
        on_run(runs[-1], len(chosen))
    if len(failures) == len(runs):
        raise failures[0]
    return _compared(runs, spec, tuple(sweep))


def failure(run: Run[Any]) -> Diagnostic | None:
    """What is said of a run that came to no end."""
    if run.failed is None:
        return None
    said = ", ".join(f"{name} = {value}" for name, value in run.settings.items())
    return CAME_TO_NO_END.at(run.failed.where, settings=said, reason=run.failed.message, hint=run.failed.hint)


def _compared(runs: Sequence[Run[Made]], spec: Spec, swept: tuple[str, ...]) -> Selection[Made]:
    """The selection: what decides is the first of the spec's `metrics`, else its loss."""
    history = next(run.history for run in runs if run.history is not None)
    train = spec.train
    assert train is not None  # it was trained
    by = f"validate.{next(iter(train.metrics), train.loss)}"
    if by not in history.columns:
        return Selection(tuple(runs), None, swept)
    return Selection(tuple(runs), by, swept, history.higher(by))


def _check_room(folder: Path, folders: Sequence[Path | None]) -> None:
    """Raises SpecError where a folder holds runs already."""
    for path in (folder, *folders):
        if path is not None and holds_run(path):
            hint = f"choose another folder, or go on with what it holds: `--resume {folder}`"
            raise SpecError([RUN_EXISTS.at(Place(str(path)), path=path, hint=hint)])


def _over(runs: Sequence[Run[Any]], function: Callable[[list[float]], Any]) -> dict[str, float]:
    """A function of each metric's values over the runs that came to their end."""
    metrics = [run.metrics for run in runs if run.failed is None]
    names = dict.fromkeys(name for each in metrics for name in each)
    return {name: float(function([each[name] for each in metrics if name in each])) for name in names}


def _numbers(values: Mapping[str, float]) -> dict[str, Json]:
    return {name: json_value(value) for name, value in values.items()}


def _document(run: Run[Any]) -> dict[str, Json]:
    history = run.history
    return {
        "set": dict(run.settings),
        "run": None if run.folder is None else str(run.folder),
        "steps": None if history is None else history.steps,
        "kept_step": None if history is None else history.kept_step,
        "metrics": _numbers(run.metrics),
        "failed": None if run.failed is None else run.failed.message,
    }
