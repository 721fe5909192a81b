"""The spec that predicts one column of a table from the others, as a person would write it."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ...compiler.ops.table import OPERATIONS
from ...grammar.diagnostic import Place
from ...grammar.spec_error import SpecError
from ...grammar.suggestion import suggestion
from ...runtime.data.readers.csv_settings import CsvSettings, sep_text
from .columns import Column, Table
from .faults import NO_START

FEWEST_ROWS = 20
"""Of a table from which some are held out."""

TAKEN = frozenset({"N", "columns", "x", "t", "h", "y", "z", "scores", "loss", "numbers", "rows", "centre", "spread"})
"""Names that the spec itself uses."""


class Start(NamedTuple):
    """A spec, and why columns were left out, by name."""

    text: str
    left_out: dict[str, str]


def spec_of(table: Table, path: str, target: str, out: Path | None) -> Start:
    """The spec for a table in a file, whose paths are relative to where it will lie. Raises SpecError."""
    wanted = _target(table, path, target)
    others = [column for column in table.columns.values() if column is not wanted]
    left_out = {column.name: column.unfit for column in others if column.unfit is not None}
    used = [column for column in others if column.name not in left_out]
    if not used:
        reason = f"there is no column to predict `{target}` from"
        raise SpecError([NO_START.at(Place(path), path=path, reason=reason)])
    file = os.path.relpath(path, out.parent if out is not None else ".").replace(os.sep, "/")
    if '"' in file or not file.isprintable():
        raise SpecError([NO_START.at(Place(path), path=path, reason="its name can't be written in a spec")])
    writer = _Writer(table, file, wanted, used, left_out)
    return Start(writer.text(), left_out)


def _target(table: Table, path: str, target: str) -> Column:
    found = table.columns.get(target)
    if found is None:
        hint = suggestion(target, table.columns, what="its columns")
        raise SpecError([NO_START.at(Place(path), path=path, reason=f"it has no column `{target}`", hint=hint)])
    reason = None
    if table.rows < FEWEST_ROWS:
        reason = f"it has {table.rows} rows, and {FEWEST_ROWS} are the fewest that can be told apart"
    elif found.missing:
        reason = f"`{target}` has no value in {found.missing} rows: leave them out"
    elif found.asked is None or found.infinite is not None or (found.is_text and found.numbers):
        reason = f"`{target}` {found.unfit}"
    elif found.is_text and len(found.texts) > table.rows / 4:
        reason = f"`{target}` has {len(found.texts)} different texts in {table.rows} rows"
    elif (found.classes and len(found.classes) < 2) or (not found.is_text and len(set(found.numbers)) < 2):
        reason = f"`{target}` is the same in each row"
    if reason is not None:
        raise SpecError([NO_START.at(Place(path), path=path, reason=reason)])
    return found


class _Writer:
    def __init__(self, table: Table, file: str, target: Column, used: list[Column], left_out: dict[str, str]) -> None:
        self.table = table
        self.file = file
        self.target = target
        self.used = used
        self.left_out = left_out
        self.classes = target.classes
        self.hidden = 32 if table.rows >= 100 else 8

    def text(self) -> str:
        parts = [self._head(), self._net(), self._data(), self._train(), self._claim()]
        return "\n\n".join(parts) + "\n"

    def _head(self) -> str:
        title = _clipped(f"{self.target.name}, from {self.file}").replace('"', "'")
        return f'chainrule 1 "{title}"\n\nuse chainrule.layers\n\ndim N, columns'

    def _net(self) -> str:
        layer = (
            "## One hidden layer, enough for most tables. More units see more, and overfit sooner.\n"
            f"h = x -> dense({self.hidden}) -> relu\n"
        )
        rows = "## What is known of each row: numbers on one scale, and 0 or 1 for each text; `data` says which.\n"
        if self.classes:
            names = ", ".join(self.classes) if self.target.is_text else f"0 to {len(self.classes) - 1}"
            return (
                f"{rows}input x: [N, columns]\n"
                f"## What is to be predicted: {_clipped(names)}.\n"
                "input t: int[N]\n\n"
                f"{layer}"
                "## A score for each class; the largest is the answer.\n"
                f"output scores = h -> dense({len(self.classes)}, init = xavier)\n"
                "loss = softmax-loss(scores, t)"
            )
        centre, spread = _rounded(self.target.numbers)
        return (
            f"{rows}input x: [N, columns]\n"
            f"## What is to be predicted: {_clipped(self.target.name)}.\n"
            "input t: [N]\n\n"
            "# About the mean and the spread of what is predicted: nets learn best what is near 0 and about 1 wide.\n"
            f"const centre = {centre}\n"
            f"const spread = {spread}\n\n"
            f"{layer}"
            "z = h -> dense(1, init = xavier)\n"
            "output y = centre + spread * z[:, 0]\n"
            "loss = mse(y / spread, t / spread)"
        )

    def _data(self) -> str:
        numbers = [column for column in self.used if not column.is_text]
        texts = [column for column in self.used if column.is_text]
        lines, names = [], []
        if numbers:
            gaps = any(column.missing for column in numbers)
            filled = " -> fill(median)" if gaps else ""
            lines.append(f"# Numbers: {'the median where one is missing, then ' if gaps else ''}mean 0 and variance 1.")
            names.append("numbers" if texts else "x")
            lines.append(f"{names[0]} = {self._csv(numbers, listed=True)}{filled} -> standardize")
        if texts:
            lines.append("# Texts: 0 or 1 for each; the last column is for those that were not there in training.")
        for count, column in enumerate(texts, 1):
            name = _entry(column.name, count, names) if numbers or len(texts) > 1 else "x"
            read = self._csv([column])
            read = f'fill({read}, "missing")' if column.missing else read
            lines.append(f"{name} = one_hot({read}, unknown = true)")
            names.append(name)
        for name, reason in self.left_out.items():
            lines.append(f"# Left out: `{_clipped(name)}` {_clipped(reason, 120)}.")
        if len(names) > 1:
            lines.append(f"x = concat({', '.join(names)}, axis = 1)")
        lines.append(f"t = {self._csv([self.target])}")
        inner = "\n".join(f"  {line}" for line in lines)
        return f"data rows {{\n{inner}\n}}"

    def _train(self) -> str:
        fewest = min(self.target.texts.values(), default=0) if self.target.is_text else self._fewest()
        stratified = bool(self.classes) and fewest >= 2 and 0.1 * self.table.rows >= len(self.classes)
        metric = "accuracy(scores, t)" if self.classes else "r2(y, t)"
        lines = [
            "minimize = loss",
            "optimizer = adamw(lr = 0.01, weight_decay = 0.3)  # weights shrink unless the rows hold them",
            "schedule = cosine  # steps get smaller to the end",
            "epochs = 100  # at the most",
            "data = rows",
            "hold_out = 0.2  # a fifth of the rows judges, once",
            "validate = 0.1  # a tenth says when it is enough",
            *(["stratify = t  # each of these has its share of all classes"] * stratified),
            "batch = 32",
            f"metrics = [{metric}]",
            "stop = early(validate.loss, patience = 30)",
        ]
        inner = "\n".join(f"  {line}" for line in lines)
        return f"train {{\n{inner}\n}}"

    def _fewest(self) -> int:
        return min(map(self.target.numbers.count, set(self.target.numbers))) if self.classes else 0

    def _claim(self) -> str:
        if not self.classes:
            return "# Better than the mean of all rows.\nexpect test.r2 > 0 after train"
        common, share = self._commonest()
        return (
            f"# Better than to answer `{_clipped(common)}` each time, as {share:.2f} of the rows would have it.\n"
            f"expect test.accuracy > {share:.2f} after train"
        )

    def _commonest(self) -> tuple[str, float]:
        if self.target.is_text:
            ((name, count),) = self.target.texts.most_common(1)
            return name, count / self.table.rows
        number = statistics.mode(self.target.numbers)
        return f"{number:g}", self.target.numbers.count(number) / self.table.rows

    def _csv(self, columns: list[Column], *, listed: bool = False) -> str:
        """A call of `csv` that reads some columns; `listed`: one too is a table of its own."""
        found = dict.fromkeys(mark for column in columns for mark in column.marks)
        marks = [mark for mark in found if '"' not in mark and mark.isprintable()]
        names = [f'"{column.asked}"' for column in columns]
        asked = f"[{', '.join(names)}]" if listed else names[0]
        told = [f'"{self.file}"', asked, *_settings(self.table.settings)]
        if marks:
            quoted = ", ".join(f'"{mark}"' for mark in marks)
            told.append(f"missing = [{quoted}]")
        return f"csv({', '.join(told)})"


def _settings(settings: CsvSettings) -> Iterable[str]:
    if settings.sep != ",":
        yield f'sep = "{sep_text(settings.sep)}"'
    if settings.notation.settings:
        yield settings.notation.settings
    if settings.header:
        yield "header = true"
    if settings.encoding != CsvSettings().encoding:
        yield f'encoding = "{settings.encoding}"'


def _entry(name: str, number: int, taken: Iterable[str]) -> str:
    """What a column of texts is called in the data section: as in the file, where that is a name and is free."""
    free = name.isidentifier() and name.isascii() and name not in {*TAKEN, *taken, *OPERATIONS, *WORDS}
    return name if free else f"text{number}"


WORDS = frozenset(
    {
        *("chainrule", "use", "dim", "const", "input", "output", "param", "state", "next", "block", "repeat", "data"),
        *("train", "expect", "return", "within", "like", "as", "after", "int", "real", "true", "false"),
    }
)
"""Words of the language."""


def _clipped(text: str, length: int = 80) -> str:
    """A text for a comment."""
    plain = "".join(each if each.isprintable() else " " for each in text)
    return plain if len(plain) <= length else f"{plain[: length - 3]}..."


def _rounded(numbers: list[float]) -> tuple[str, str]:
    """About the mean and the standard deviation, to two digits of the latter."""
    mean, spread = statistics.fmean(numbers), statistics.pstdev(numbers)
    return f"{float(f'{mean:.3g}'):.10g}", f"{float(f'{spread:.2g}'):.10g}"
