"""The words that the language and its tables know, with what is to be said of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...compiler.graph.signatures import (
    FITTED,
    GENERATORS,
    INITIALISERS,
    OPTIMISERS,
    READERS,
    REPORTS,
    SCHEDULES,
    STOPS,
    Signature,
)
from ...compiler.ops.attribute import attribute_text
from ...compiler.ops.operation import Operation
from ...compiler.ops.table import OPERATIONS
from ...compiler.sections.train_keys import KEYS


class Word(NamedTuple):
    """A word: how it is called, its formula where it has one, and a sentence about it."""

    name: str
    kind: str
    call: str
    formula: str
    about: str
    insert: str


KEYWORDS: Mapping[str, str] = {
    "input": "A value from outside, with a default or a shape.",
    "param": "A value that training changes, and what it starts from.",
    "state": "A value that is kept from step to step; `next` says what it becomes.",
    "next": "What a state becomes after a step.",
    "output": "A value that the graph is for.",
    "const": "A number with a name.",
    "dim": "A size that is known later, such as the number of rows.",
    "block": "A part that may be used many times, each time with params of its own.",
    "use": "Takes blocks of another file or of the library.",
    "data": "Rows to train or to run on.",
    "train": "What is minimised, how, and for how long.",
    "expect": "A claim that `chainrule test` holds the spec to.",
    "return": "What a block gives back.",
    "chainrule": "The version of the language, and a title.",
}


def operations() -> Iterator[Word]:
    """Operations and metrics that a text may call."""
    for each in OPERATIONS.values():
        if each.written:
            call = f"{each.name}({', '.join(_arguments(each))})"
            yield Word(each.name, each.role, call, each.formula, each.doc, f"{each.name}(")


def _arguments(operation: Operation) -> Iterator[str]:
    yield from operation.parameters
    for each in operation.attributes:
        if each.written:
            yield each.name if each.default is None else f"{each.name} = {attribute_text(each.default)}"


def keys() -> Iterator[Word]:
    """Keys of a train section."""
    for name in KEYS:
        yield Word(name, "key", name, "", "A key of the train section.", f"{name} = ")


def calls(key: str) -> Iterator[Word]:
    """What may be called behind a key of a section; `data` stands for any column."""
    tables: dict[str, tuple[tuple[str, Mapping[str, Signature]], ...]] = {
        "optimizer": (("optimiser", OPTIMISERS),),
        "schedule": (("schedule", SCHEDULES),),
        "stop": (("stop", STOPS),),
        "report": (("report", REPORTS),),
        "param": (("initialiser", INITIALISERS),),
        "data": (("reader", READERS), ("generator", GENERATORS), ("fitted", FITTED)),
    }
    for kind, table in tables.get(key, ()):
        for name, signature in table.items():
            listed = ", ".join(_parameter(each.name, each.default, each.required) for each in signature.parameters)
            yield Word(name, kind, f"{name}({listed})", "", signature.doc, f"{name}(")


def _parameter(name: str, default: object, required: bool) -> str:
    if required or default is None:
        return name
    return f"{name} = {default}".replace("True", "true").replace("False", "false")
