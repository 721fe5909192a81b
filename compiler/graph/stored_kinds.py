"""What may stand at a place of stored data: how a value is written there, and how it is read back or refused.

The place says what is read, never the data: nothing in them names a class or a function. What is read is no more than
a spec could have said there; anything else is Damaged.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ...grammar.diagnostic import Place
from ...grammar.source import Source, Span
from ..shape import Linear, Type
from .signatures import LARGEST, Invocation, Signature

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MOST_AXES = 64
"""Lists inside one another, and axes of a shape: more than numpy has."""

HARMLESS = re.compile(r"[A-Za-z0-9_.\[\]\-\u0080-\U0010ffff]*")
"""Characters of paths: those of names, and of what stands between them."""


class Damaged(Exception):
    """Data that no spec was stored as."""


class Texts:
    """The texts that places lie in, by number."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = sources
        self.numbers = {id(source): number for number, source in enumerate(sources)}


@dataclass(frozen=True, slots=True)
class Kind:
    """Values of one kind: `write(value, texts)` gives data, `read(data, texts)` the value, or raises Damaged."""

    write: Callable[[Any, Texts], Any]
    read: Callable[[Any, Texts], Any]


# --- plain values -----------------------------------------------------------------------------------------------


def plain(fits: Callable[[Any], bool]) -> Kind:
    """Values that are data themselves, where they fit."""

    def read(data: Any, texts: Texts) -> Any:
        if not fits(data):
            raise Damaged
        return data

    return Kind(lambda value, texts: value, read)


def choice(*words: str | None) -> Kind:
    """One of a few words."""
    return plain(lambda data: (data is None or type(data) is str) and data in words)


def is_whole(data: object) -> bool:
    """Whether data are a whole number that numpy can count with."""
    return type(data) is int and -LARGEST < data < LARGEST


def is_number(data: object) -> bool:
    """Whether data are a finite number of float64."""
    try:
        return (type(data) is float or type(data) is int) and math.isfinite(data)
    except OverflowError:  # a whole number with too many digits
        return False


def is_path(data: object) -> bool:
    """Whether data are a text that could be a name or a path."""
    return type(data) is str and HARMLESS.fullmatch(data) is not None and data.isprintable()


TEXT = plain(lambda data: type(data) is str)
LINE = plain(lambda data: type(data) is str and data.isprintable())
PATH = plain(is_path)
FLAG = plain(lambda data: type(data) is bool)
NUMBER = plain(is_number)
WHOLE = plain(is_whole)
COUNT = plain(lambda data: is_whole(data) and data >= 0)

# --- compound values --------------------------------------------------------------------------------------------


def optional(kind: Kind) -> Kind:
    """None, or a value of the kind."""
    return Kind(
        lambda value, texts: None if value is None else kind.write(value, texts),
        lambda data, texts: None if data is None else kind.read(data, texts),
    )


def several(kind: Kind) -> Kind:
    """A tuple of values of the kind."""

    def read(data: Any, texts: Texts) -> tuple[Any, ...]:
        return tuple([kind.read(each, texts) for each in listed(data)])

    return Kind(lambda value, texts: [kind.write(each, texts) for each in value], read)


def table(kind: Kind) -> Kind:
    """Values of the kind by name, in their order."""

    def read(data: Any, texts: Texts) -> dict[str, Any]:
        if type(data) is not dict or not all(map(is_path, data)):
            raise Damaged
        return {name: kind.read(each, texts) for name, each in data.items()}

    return Kind(lambda value, texts: {name: kind.write(each, texts) for name, each in value.items()}, read)


def record(make: Any, **fields: Kind) -> Kind:
    """A record that is made again from its fields, all of them."""
    own = getattr(make, "_fields", None) or make.__dataclass_fields__  # a named tuple or a dataclass
    assert set(own) == set(fields), f"a field of {make.__name__} would be forgotten"

    def write(value: Any, texts: Texts) -> list[Json]:
        return [kind.write(getattr(value, name), texts) for name, kind in fields.items()]

    def read(data: Any, texts: Texts) -> Any:
        held = listed(data, len(fields))
        return make(**{name: kind.read(each, texts) for (name, kind), each in zip(fields.items(), held, strict=True)})

    return Kind(write, read)


def listed(data: Any, length: int | None = None) -> list[Any]:
    """Data that are a list, of a length where one is given."""
    if type(data) is not list or (length is not None and len(data) != length):
        raise Damaged
    return data


# --- values of the language -------------------------------------------------------------------------------------


def _read_literal(data: Any, texts: Texts) -> Any:
    return _literal(data, MOST_AXES)


def _literal(data: Any, deepest: int) -> Any:
    """A number, or nested tuples of numbers."""
    if type(data) is not list:
        return NUMBER.read(data, NO_TEXTS)
    if not deepest:
        raise Damaged
    return tuple([_literal(each, deepest - 1) for each in data])


def _write_literal(value: Any, texts: Texts) -> Any:
    return [_write_literal(each, texts) for each in value] if isinstance(value, tuple) else value


def _read_size(data: Any, texts: Texts) -> Any:
    """A number, or the terms of a linear size and its constant."""
    if type(data) is not list:
        return COUNT.read(data, texts)
    *terms, constant = data
    read = tuple([(PATH.read(name, texts), WHOLE.read(factor, texts)) for name, factor in terms])
    names = [name for name, _ in read]
    if not read or names != sorted(set(names)) or not all(factor for _, factor in read):
        raise Damaged
    return Linear(read, WHOLE.read(constant, texts))


def _write_size(value: Any, texts: Texts) -> Any:
    return [*map(list, value.terms), value.constant] if isinstance(value, Linear) else value


def _read_shape(data: Any, texts: Texts) -> tuple[Any, ...]:
    if len(listed(data)) > MOST_AXES:
        raise Damaged
    return tuple([_read_size(each, texts) for each in data])


def _read_span(data: Any, texts: Texts) -> Span:
    number, start, stop, *call = listed(data)
    if len(call) > 1 or not (COUNT.read(number, texts) < len(texts.sources) and is_whole(start) and is_whole(stop)):
        raise Damaged
    source = texts.sources[number]
    if not 0 <= start <= stop <= len(source.text):
        raise Damaged
    return Span(source, start, stop, _read_span(call[0], texts) if call else None)


def _write_span(value: Span, texts: Texts) -> list[Json]:
    call = [] if value.call is None else [_write_span(value.call, texts)]
    return [texts.numbers[id(value.source)], value.start, value.stop, *call]


def _read_where(data: Any, texts: Texts) -> Span | Place | None:
    if data is None:
        return None
    place = type(data) is list and len(data) == 3 and type(data[0]) is str
    where: Span | Place = (PLACE if place else SPAN).read(data, texts)
    return where


def _write_where(value: Any, texts: Texts) -> Any:
    if value is None:
        return None
    return (SPAN if isinstance(value, Span) else PLACE).write(value, texts)


def invocation(signatures: Mapping[str, Signature]) -> Kind:
    """A call of one of the signatures, every argument of its parameter's kind and in its range."""

    def read(data: Any, texts: Texts) -> Invocation:
        name, given, span = listed(data, 3)
        signature = signatures.get(TEXT.read(name, texts))
        if signature is None or type(given) is not dict or given.keys() != {each.name for each in signature.parameters}:
            raise Damaged
        arguments = {key: tuple(value) if type(value) is list else value for key, value in given.items()}
        if not all(each.takes(arguments[each.name]) for each in signature.parameters):
            raise Damaged
        return Invocation(signature.name, arguments, optional(SPAN).read(span, texts))

    def write(value: Invocation, texts: Texts) -> list[Any]:
        return [value.name, dict(value.arguments), optional(SPAN).write(value.span, texts)]

    return Kind(write, read)


NO_TEXTS = Texts(())

LITERAL = Kind(_write_literal, _read_literal)
LENGTH = Kind(_write_size, _read_size)
SHAPE = Kind(lambda value, texts: [_write_size(each, texts) for each in value], _read_shape)
TYPE = record(Type, kind=choice("real", "int"), shape=SHAPE)
SPAN = Kind(_write_span, _read_span)
PLACE = record(Place, file=TEXT, line=COUNT, column=COUNT)
WHERE = Kind(_write_where, _read_where)
