"""What may stand at a place of a text that is being written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...compiler.graph.spec import Spec
from ...grammar.syntax import Module
from .places import Spot, in_comment, spot
from .symbols import Symbol, symbols
from .words import KEYWORDS, Word, calls, keys, operations

MOST = 200


class Item(NamedTuple):
    """One of the things that may be meant; `insert` is what is then written."""

    label: str
    kind: str
    detail: str
    about: str
    insert: str


class Completion(NamedTuple):
    """Items for the stretch that they would stand for, in characters."""

    start: int
    stop: int
    items: list[Item]


def completion(module: Module, spec: Spec | None, at: int, files: Sequence[str] = ()) -> Completion:
    """What may stand at an offset of a text; `spec` is what it compiles to, `files` are data files beside it."""
    text = module.source.text
    here = spot(text, at)
    begun = text[here.start : max(here.start, min(at, here.stop))]
    if in_comment(here.before):
        return Completion(here.start, here.stop, list(_files(here, files, begun)))
    found = (each for each in _candidates(module, spec, here) if _begins(each.label, begun))
    return Completion(here.start, here.stop, list(_once(found))[:MOST])


def _begins(label: str, begun: str) -> bool:
    return label.casefold().replace("-", "_").startswith(begun.casefold().replace("-", "_"))


def _once(items: Iterable[Item]) -> Iterator[Item]:
    seen: set[str] = set()
    for each in items:
        if each.label not in seen:
            seen.add(each.label)
            yield each


def _files(here: Spot, files: Sequence[str], begun: str) -> Iterator[Item]:
    if here.before.count('"') % 2 == 1:
        for name in files:
            if _begins(name, begun):
                yield Item(name, "file", "data file", "", name)


def _candidates(module: Module, spec: Spec | None, here: Spot) -> Iterator[Item]:
    bare = here.before.strip()
    if not bare and here.section != "train":
        yield from (Item(name, "keyword", "", about, f"{name} ") for name, about in KEYWORDS.items())
        return
    if not bare:
        yield from map(_item, keys())
        return
    key = re.match(r"(\w+)", bare)
    if here.section == "train" and key is not None and bare.endswith("="):
        yield from map(_item, calls(key[1]))
    elif here.section == "data":
        yield from map(_item, calls("data"))
    elif bare.startswith("param ") and "=" in bare:
        yield from map(_item, calls("param"))
    defined = symbols(module, spec)
    for each in defined:
        if each.kind not in ("section", "setting", "column") and each.start != here.start:
            yield _named(each)
    yield from map(_item, operations())


def _named(symbol: Symbol) -> Item:
    insert = f"{symbol.name}(" if symbol.kind == "block" else symbol.name
    about = " ".join(line.lstrip("#").strip() for line in symbol.doc)
    return Item(symbol.name, symbol.kind, symbol.shape or "", about, insert)


def _item(word: Word) -> Item:
    return Item(word.name, word.kind, word.call, word.about, word.insert)
