"""What differs between the sections of two specs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import NamedTuple

from .signatures import Invocation
from .spec import Spec, TrainSection

UNCOMPARED = frozenset({"minimize", "loss", "metrics", "matrices", "spans"})
"""Fields of `train` that hold indices and places: they are compared in a way of their own."""


class Change(NamedTuple):
    """One thing about a node or a setting that is otherwise in the second spec."""

    what: str
    before: str
    after: str


def changed_settings(before: Spec, after: Spec, matching: Sequence[int | None]) -> Iterator[Change]:
    """Keys of `train` and columns of data that are otherwise; `matching` gives each node's other one."""
    yield from _minimized(before, after, matching)
    first, second = _written(before), _written(after)
    for key in dict.fromkeys((*first, *second)):
        values = first.get(key, "none"), second.get(key, "none")
        if values[0] != values[1]:
            yield Change(key, *values)


def _minimized(before: Spec, after: Spec, matching: Sequence[int | None]) -> Iterator[Change]:
    """What `train` minimises, where it is neither the same node nor the same expression."""
    if before.train is None or after.train is None:
        return
    one, other = before.train.minimize, after.train.minimize
    if one < len(matching) and matching[one] == other:
        return
    written = (train.spans["minimize"].text for train in (before.train, after.train))
    texts = ["".join((text.partition("=")[2] or text).split()) for text in written]
    if texts[0] != texts[1] or one < len(matching) or other < len(after.graph.nodes):
        yield Change("train.minimize", *texts)


def _written(spec: Spec) -> Mapping[str, str]:
    """Settings by name, each as text."""
    settings: dict[str, str] = {}
    for name, section in spec.data.items():
        for column in section.columns.values():
            value = column.span.text if column.folder else column.span.text.partition("=")[2]
            settings[f"{name}.{column.name}"] = "".join(value.split())
    if spec.train is not None:
        settings |= {f"train.{key}": value for key, value in _train(spec.train).items()}
    return settings


def _train(train: TrainSection) -> dict[str, str]:
    keys = (field.name for field in fields(train) if field.name not in UNCOMPARED)
    values = {key: getattr(train, key) for key in keys}
    written = {
        key: invocation_text(value) if isinstance(value, Invocation) else str(value)
        for key, value in values.items()
        if value is not None
    }
    return {**written, "metrics": ", ".join((*train.metrics, *train.matrices)) or "none"}


def invocation_text(call: Invocation) -> str:
    """A call of a setting with all of its arguments."""
    given = (f"{name} = {value}" for name, value in call.arguments.items() if value is not None)
    return f"{call.name}({', '.join(given)})"
