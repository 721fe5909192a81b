"""What a model says of rows that come one after the other: values of outputs that each row has by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np

from ...compiler.graph.row_dependence import OfRows, dependence_of
from ...compiler.graph.spec import Spec
from ...compiler.shape import Linear
from ...grammar.spec_error import SpecError
from ...runtime.arrays import Array
from ...views.text.json_values import Json, json_value
from ...views.text.predictions import PROBABILITY, best_classes
from .csv_rows import Predicts
from .faults import NOT_BY_ROWS
from .probabilities import squashing_of

Feeds: TypeAlias = Mapping[str, object]


class Answers(NamedTuple):
    """Of some rows: outputs, probabilities and the best class by output; class names where there are some."""

    outputs: Mapping[str, Array]
    probabilities: Mapping[str, Array]
    classes: Mapping[str, Sequence[str]]
    names: tuple[str, ...]

    def behind(self, count: int) -> Answers:
        """Those of the rows behind the first ones."""
        return Answers(
            {path: each[count:] for path, each in self.outputs.items()},
            {path: each[count:] for path, each in self.probabilities.items()},
            {path: each[count:] for path, each in self.classes.items()},
            self.names,
        )

    def header(self) -> list[str]:
        """The names of the fields of a CSV line."""
        fields = [name for path, rows in self.outputs.items() for name in _fields(path, rows, "[{}]", ())]
        for path, rows in self.probabilities.items():
            fields += _fields(f"{path}{PROBABILITY}", rows, "[{}]" if not self.names else " {}", self.names)
        return [*fields, *(f"{path} class" for path in self.classes)]

    def lines(self) -> Iterator[list[str]]:
        """The fields of each row."""
        arrays = [*self.outputs.values(), *self.probabilities.values()]
        columns = [[str(each) for each in column] for rows in arrays for column in rows.reshape(len(rows), -1).T]
        return map(list, zip(*columns, *self.classes.values(), strict=True))

    def documents(self) -> Iterator[dict[str, Json]]:
        """Each row as what JSON holds."""
        columns: dict[str, Sequence[Json]] = {path: _listed(rows) for path, rows in self.outputs.items()}
        for path, rows in self.probabilities.items():
            listed = _listed(rows)
            columns[f"{path}{PROBABILITY}"] = _named(listed, self.names) if rows.ndim == 2 and self.names else listed
        columns |= {f"{path} class": list(names) for path, names in self.classes.items()}
        return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))


class Answering:
    """Answers rows with a program's model; the outputs of the first ones are those of all.

    `probabilities`: with those of outputs that are scores of classes. Raises SpecError where no output has a value for
    each row alone, or no scores.
    """

    def __init__(self, program: Predicts, *, probabilities: bool = False) -> None:
        self._program = program
        self.spec = _by_rows(program.spec)
        squashing = squashing_of(self.spec) if probabilities else {}
        self._squashing: Mapping[str, Callable[[Array], Array]] = squashing
        self._outputs: tuple[str, ...] = ()

    def answer(self, feeds: Feeds) -> Answers:
        """What is said of some rows, given by input. Raises SpecError."""
        paths = [self.spec.graph.nodes[index].path for index in self.spec.graph.outputs]
        found = self._program.predict(feeds)
        outputs = {path: found[path] for path in self._outputs or paths if path in found}
        self._outputs = self._outputs or tuple(outputs)
        if len(outputs) < len(self._outputs) or not outputs:
            raise SpecError([NOT_BY_ROWS.at(None, outputs=", ".join(paths))])
        squashed = {path: squash(outputs[path]) for path, squash in self._squashing.items() if path in outputs}
        one_set = len(set(self._program.classes.values())) == 1
        names = next(iter(self._program.classes.values())) if one_set else ()
        known = all(rows.ndim == 1 or rows.shape[1] == len(names) for rows in squashed.values())
        return Answers(outputs, squashed, best_classes(outputs, self._program.classes), names if known else ())


Row = TypeVar("Row")


def in_order(rows: Sequence[Row], answer: Callable[[Sequence[Row]], Answers]) -> Iterator[Answers]:
    """What is said of rows, up to the first that is wrong, whose fault is raised then: SpecError."""
    try:
        found = answer(rows)
    except SpecError:
        if len(rows) == 1:
            raise
        yield from in_order(rows[: len(rows) // 2], answer)
        yield from in_order(rows[len(rows) // 2 :], answer)
        return
    yield found


def _by_rows(spec: Spec) -> Spec:
    """The spec with those outputs alone whose rows are their own. Raises SpecError where there are none."""
    graph = spec.graph
    firsts = {path: graph.nodes[each.index].type.shape[:1] for path, each in graph.inputs.items()}
    rows = {graph.inputs[path].index for path, first in firsts.items() if first and isinstance(first[0], Linear)}
    alone = []
    for index, name in zip(graph.outputs, graph.output_names, strict=True):
        fed = rows & {number for number, needed in enumerate(graph.ancestors([index])) if needed}
        if fed and graph.nodes[index].type.shape and dependence_of(graph, fed, [index])[index] is OfRows.ROWS:
            alone.append((index, name))
    if not alone:
        raise SpecError([NOT_BY_ROWS.at(None, outputs=", ".join(graph.output_names))])
    outputs, names = zip(*alone, strict=True)
    return replace(spec, graph=replace(graph, outputs=outputs, output_names=names))


def _fields(path: str, rows: Array, pattern: str, names: Sequence[str]) -> list[str]:
    if rows.ndim == 1:
        return [path]
    count = int(np.prod(rows.shape[1:]))
    return [path + pattern.format(each) for each in (names or range(count))]


def _named(rows: list[Json], names: Sequence[str]) -> list[Json]:
    return [dict(zip(names, row, strict=True)) for row in rows if isinstance(row, list)]


def _listed(rows: Array) -> list[Json]:
    made = json_value(rows)
    assert isinstance(made, list)  # rows have an axis
    return made
