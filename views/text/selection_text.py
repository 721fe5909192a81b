"""Several trainings as a table: a line a run, their means, and the best by rows to validate on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ...grammar.diagnostic import shown
from .terminal import table

NONE_NAMED = (
    "no best is named: there are no rows to validate on, and test rows choose nothing; `validate = 0.1` in `train` "
    "takes a tenth of the rows for that, `--folds 5` each fifth in turn"
)


class Line(NamedTuple):
    """Settings, and what metrics came to, over so many runs."""

    settings: Mapping[str, str]
    mean: Mapping[str, float]
    std: Mapping[str, float]
    runs: int


Best = tuple[Mapping[str, str], float | None, Path | None]


def selection_text(
    runs: Sequence[Line], over_all: Line, choices: Sequence[Line], best: Best | None, by: str | None
) -> str:
    """The table, and which is the best by the metric `by`; None: nothing may decide."""
    names = list(dict.fromkeys(name for line in runs for name in line.settings))
    metrics = list(over_all.mean)
    lines = [_cells(line.settings, line.mean, names, metrics) for line in runs]
    several = [line for line in choices if line.runs > 1]
    if not several and len(runs) > 1 and _repeated(names):
        several = [over_all]
    lines += [_summary(line, names, metrics) for line in several]
    text = table([shown(name) for name in (*names, *metrics)], lines, left=len(names))
    return f"{text}\n{_best_text(best, by)}"


def _repeated(names: Sequence[str]) -> bool:
    """Whether runs differ in seeds and folds alone, so that their mean means something."""
    return set(names) <= {"train.seed", "train.validate"}


def _cells(
    settings: Mapping[str, str], values: Mapping[str, float], names: Sequence[str], metrics: Sequence[str]
) -> list[str]:
    told = [shown(settings.get(name, "")) for name in names]
    return [*told, *(f"{values[name]:.4g}" if name in values else "-" for name in metrics)]


def _summary(line: Line, names: Sequence[str], metrics: Sequence[str]) -> list[str]:
    """The means with their deviations, under the first setting that was not the same in all of them."""
    told = [shown(line.settings[name]) if name in line.settings else "mean ± std" for name in names]
    values = [f"{line.mean[name]:.4g} ± {line.std[name]:.2g}" if name in line.mean else "-" for name in metrics]
    return [*told, *values]


def _best_text(best: Best | None, by: str | None) -> str:
    if by is None:
        return NONE_NAMED
    if best is None:
        return f"no best is named: no `{shown(by)}` is a number"
    settings, value, folder = best
    said = ", ".join(f"{shown(name)} = {shown(text)}" for name, text in settings.items())
    where = f"; its model is in {shown(str(folder))}" if folder is not None else ""
    return f"best: {said}, by {shown(by)} {value:.4g}{where}"


def run_text(line: Line, number: int, count: int, seconds: float) -> str:
    """One run that has ended, as a line."""
    said = "  ".join(f"{shown(name)} = {shown(text)}" for name, text in line.settings.items())
    metrics = "  ".join(f"{shown(name)} {value:.4g}" for name, value in line.mean.items()) or "came to no end"
    return f"run {number} of {count}  {said}  {metrics}  {seconds:.1f} s"
