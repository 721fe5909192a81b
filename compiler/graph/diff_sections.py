"""What differs between the sections of two specs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import NamedTuple

from .diff_names import numbered
from .groups import Group, grouped, groups_text, settings_text
from .signatures import Invocation, invocation_text
from .spec import Apply, Column, Cut, DataSection, Fit, Push, Read, Spec, TrainSection, Use, Windows

OWN_WAY = frozenset(
    {
        "precision",
        "mixed",
        "minimize",
        "loss",
        "groups",
        "metrics",
        "matrices",
        "stop",
        "data",
        "test",
        "validate",
        "validate_share",
        "spans",
    }
    | {"follows", "about_rows"}  # they follow from the other keys
)
"""Fields of `train` that hold indices, names and places: they are compared in a way of their own."""


class Change(NamedTuple):
    """One thing about a node or a setting that is otherwise in the second spec."""

    what: str
    before: str
    after: str


class Said(NamedTuple):
    """A setting as a spec writes it, and what it means: the same under whatever names."""

    text: str
    meaning: object


NOTHING = Said("none", None)


def changed_settings(before: Spec, after: Spec, matching: Sequence[int | None]) -> Iterator[Change]:
    """Keys of `train` and columns of data that are otherwise; `matching` gives each node's other one."""
    numbers = numbered(before, after, matching)
    sections = _called(before, after)
    first = _written(before, numbers[0], {name: name for name in before.data})
    second = _written(after, numbers[1], sections)
    for key in dict.fromkeys((*first, *second)):
        one, other = first.get(key, NOTHING), second.get(key, NOTHING)
        if one.meaning != other.meaning:
            yield Change(key, one.text, other.text)
    yield from _changed_groups(before, after, numbers)


def same_metrics(before: Spec, after: Spec, matching: Sequence[int | None]) -> Iterator[tuple[str, str]]:
    """The names, in the first and in the second spec, of what is reported in both; the loss among it."""
    numbers = numbered(before, after, matching)
    names = [
        _reported(spec.train, each) if spec.train else {} for spec, each in zip((before, after), numbers, strict=True)
    ]
    return ((name, names[1][number]) for number, name in names[0].items() if number in names[1])


def _reported(train: TrainSection, numbers: Sequence[int]) -> dict[int, str]:
    return {**{numbers[index]: name for name, index in train.metrics.items()}, numbers[train.minimize]: train.loss}


def _called(before: Spec, after: Spec) -> dict[str, str]:
    """What the first spec calls the data sections of the second: those in which the same is read for the same use."""
    uses = [(train.data, train.test, train.validate) if train else () for train in (before.train, after.train)]
    called = {
        other: one
        for one, other in zip(*uses, strict=False)
        if one is not None and other is not None and _columns(before.data[one]) == _columns(after.data[other])
    }
    return {name: called.get(name, name if name not in called.values() else f"{name}′") for name in after.data}


def _columns(section: DataSection) -> dict[str, tuple[object, ...]]:
    return {name: _steps(column) for name, column in section.columns.items()}


def _written(spec: Spec, numbers: Sequence[int], called: Mapping[str, str]) -> dict[str, Said]:
    """Settings by name."""
    settings: dict[str, Said] = {}
    for name, section in spec.data.items():
        for column in section.columns.values():
            value = column.span.text if column.folder else column.span.text.partition("=")[2]
            settings[f"{called[name]}.{column.name}"] = Said("".join(value.split()), _steps(column))
    if spec.train is None and spec.seed:
        settings["train.seed"] = Said(str(spec.seed), spec.seed)
    if spec.train is not None:
        settings |= {f"train.{key}": said for key, said in _train(spec.train, numbers, called).items()}
    return settings


def _steps(column: Column) -> tuple[object, ...]:
    """How a column is computed, without the places where that is written."""
    steps: list[object] = []
    for step in column.steps:
        match step:
            case Read(reader):
                steps.append(("read", reader.name, tuple(reader.arguments.items())))
            case Push(value):
                steps.append(("push", value))
            case Apply(operation, operands, attributes):
                steps.append(("apply", operation.name, operands, attributes))
            case Fit(call):
                steps.append(("fit", call.name, tuple(call.arguments.items())))
            case Use(name):
                steps.append(("use", name))
            case Cut(places):
                steps.append(("cut", places))
            case Windows(length):
                steps.append(("windows", length))
    return tuple(steps)


def _train(train: TrainSection, numbers: Sequence[int], called: Mapping[str, str]) -> dict[str, Said]:
    written: dict[str, Said] = {}
    for key in (field.name for field in fields(train) if field.name not in OWN_WAY):
        value = getattr(train, key)
        if value is not None:
            text = invocation_text(value) if isinstance(value, Invocation) else str(value)
            written[key] = Said(text, text)
    written["precision"] = Said(train.written_precision, train.written_precision)
    minimized = train.spans["minimize"].text
    text = "".join((minimized.partition("=")[2] or minimized).split())
    written["minimize"] = Said(text, numbers[train.minimize])
    metrics = {**train.metrics, **train.matrices}
    if metrics:
        written["metrics"] = Said(", ".join(metrics), frozenset(numbers[index] for index in metrics.values()))
    if train.stop is not None:
        written["stop"] = Said(invocation_text(train.stop), _stop(train.stop, train, numbers))
    if train.validate_share is not None:
        written["validate"] = Said(str(train.validate_share), train.validate_share)
    for key, section in (("data", train.data), ("test", train.test), ("validate", train.validate)):
        if section is not None:
            written[key] = Said(section, called[section])
    return written


def _changed_groups(before: Spec, after: Spec, numbers: tuple[Sequence[int], Sequence[int]]) -> Iterator[Change]:
    """Groups that are otherwise, where any param that both specs have is treated otherwise because of them."""
    shared = set(numbers[0]) & set(numbers[1])
    first, second = (spec.train.groups if spec.train else () for spec in (before, after))
    if _treated(before, first, numbers[0], shared) == _treated(after, second, numbers[1], shared):
        return
    texts = [{f"train.groups {group.pattern}": settings_text(group) for group in groups} for groups in (first, second)]
    names = [name for name in dict.fromkeys((*texts[0], *texts[1])) if texts[0].get(name) != texts[1].get(name)]
    for name in names:
        yield Change(name, texts[0].get(name, NOTHING.text), texts[1].get(name, NOTHING.text))
    if not names:  # they stand in another order
        yield Change("train.groups", groups_text(first), groups_text(second))


def _treated(spec: Spec, groups: Sequence[Group], numbers: Sequence[int], shared: Collection[int]) -> set[object]:
    """What groups say for each of some params."""
    params = spec.full.params
    members = ((numbers[params[path].index], groups[number]) for path, number in grouped(groups, params).items())
    own = ((number, group) for number, group in members if number in shared and settings_text(group))
    return {(number, group.frozen, group.columns, *sorted(group.settings.items())) for number, group in own}


def _stop(stop: Invocation, train: TrainSection, numbers: Sequence[int]) -> tuple[object, ...]:
    """A stop rule with the node that it watches in place of its name."""
    side, _, name = str(stop.arguments["watch"]).partition(".")
    watched = numbers[train.minimize if name == train.loss else train.metrics[name]]
    others = tuple((key, value) for key, value in stop.arguments.items() if key != "watch")
    return stop.name, side, watched, others
