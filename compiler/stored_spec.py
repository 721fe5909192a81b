"""A compiled spec as JSON data and back, so that it can be kept: no code, no pickle, nothing that is carried out.

A value is itself where JSON has it, else a list that begins with the name of what it is: `["Type", "real", ["tuple"]]`.
Texts are not kept: a place names its text by number, and whoever reads the data gives the texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from ..grammar.diagnostic import Diagnostic, Note, Place
from ..grammar.source import Source, Span
from .graph import Expansion, Graph, InputDeclaration, Node, ParamDeclaration
from .ops.operation import Operation
from .ops.table import OPERATIONS
from .shape import Linear, Type
from .signatures import Invocation
from .spec import Apply, Claim, Column, Compiled, DataSection, Push, Read, Spec, TrainSection

Json: TypeAlias = "bool | int | float | str | list[Json] | None"

RECORDS: Mapping[str, type] = {
    each.__name__: each
    for each in (
        Apply, Claim, Column, DataSection, Diagnostic, Expansion, Graph, InputDeclaration, Invocation, Linear, Node,
        Note, ParamDeclaration, Place, Push, Read, TrainSection, Type,
    )
}  # fmt: skip
"""What a spec is made of, by name: records that are made again from their fields."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    name: tuple(getattr(kind, "_fields", None) or kind.__dataclass_fields__)  # type: ignore[attr-defined]  # one or the other
    for name, kind in RECORDS.items()
}


class Damaged(Exception):
    """Data that no spec was stored as."""


def stored(made: Compiled) -> list[Json]:
    """A compilation as data for `restored`."""
    spec = made.spec
    shared = len(spec.graph.nodes)
    full = replace(spec.full, nodes=spec.full.nodes[shared:])
    parts = (spec.title, spec.graph, full, spec.data, spec.train, spec.claims, spec.constants, spec.dims, spec.seed)
    write = _Writer(made.texts).data
    return [made.meaning(), write(made.diagnostics), *(write(part) for part in parts)]


def restored(data: Sequence[Json], source: Source, used: Sequence[Source], settings: Sequence[Source]) -> Compiled:
    """The compilation that data were made of, over the same texts. Raises Damaged."""
    try:
        meaning, *written = data
        read = _Reader((source, *used, *settings)).value
        diagnostics, title, graph, full, *rest = (read(each) for each in written)
        full = replace(full, nodes=(*graph.nodes, *full.nodes))
        spec = Spec(source, title, graph, full, *rest)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise Damaged from error
    return Compiled(spec, diagnostics, tuple(used), tuple(settings), lambda: str(meaning), {})


class _Writer:
    def __init__(self, texts: Sequence[Source]) -> None:
        self._texts = {id(text): number for number, text in enumerate(texts)}
        self._names = {kind: name for name, kind in RECORDS.items()}

    def data(self, value: object) -> Json:
        """A value as data. Raises KeyError for a text that is not among those given."""
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, Operation):
            return ["Operation", value.name]
        if isinstance(value, Span):
            call = [] if value.call is None else [self.data(value.call)]
            return ["Span", self._texts[id(value.source)], value.start, value.stop, *call]
        if name := self._names.get(type(value)):
            return [name, *[self.data(getattr(value, field)) for field in FIELDS[name]]]
        if isinstance(value, Mapping):
            return ["dict", *[self.data(each) for pair in value.items() for each in pair]]
        if isinstance(value, frozenset):
            return ["frozenset", *sorted(value)]
        if isinstance(value, tuple | list):
            return ["tuple", *[self.data(each) for each in value]]
        raise TypeError(f"a spec holds no {type(value).__name__}")


class _Reader:
    def __init__(self, texts: Sequence[Source]) -> None:
        self._texts = texts
        self._makers: dict[str, Callable[..., Any]] = {
            **RECORDS,
            "TrainSection": lambda *values: TrainSection(**dict(zip(FIELDS["TrainSection"], values, strict=True))),
            "Operation": OPERATIONS.__getitem__,
            "Span": self._span,
            "dict": lambda *pairs: dict(zip(pairs[::2], pairs[1::2], strict=True)),
            "frozenset": lambda *values: frozenset(values),
            "tuple": lambda *values: values,
        }

    def value(self, data: Any) -> Any:
        """The value of data."""
        if type(data) is not list:
            return data
        name, *fields = data
        return self._makers[name](*[self.value(each) for each in fields])

    def _span(self, number: int, start: int, stop: int, call: Span | None = None) -> Span:
        return Span(self._texts[number], start, stop, call)
