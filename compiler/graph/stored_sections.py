"""Sections, claims and warnings of a spec as data, and what must hold of those that are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from ...grammar.diagnostic import Diagnostic, Note
from ..ops.leaves import METRIC, literal_shape
from ..ops.table import OPERATIONS
from ..shape import comparable
from .graph import Graph
from .groups import Group, grouped
from .shares import Fold, Share, Taken
from .signatures import FITTED, GENERATORS, OPTIMISERS, READERS, SCHEDULES, STOPS, group_signature, in_order
from .spec import Apply, Claim, Column, Cut, DataSection, Fit, Push, Read, TrainSection, Use, Windows
from .stored_graph import kinds_of
from .stored_kinds import (
    COUNT,
    FLAG,
    LINE,
    LITERAL,
    NUMBER,
    PATH,
    SPAN,
    TEXT,
    WHERE,
    WHOLE,
    Damaged,
    Kind,
    Texts,
    choice,
    invocation,
    listed,
    optional,
    plain,
    record,
    several,
    table,
)

# --- data -------------------------------------------------------------------------------------------------------


def _write_apply(value: Apply, texts: Texts) -> list[Any]:
    kinds = kinds_of(value.operation)
    attributes = [optional(kind).write(each, texts) for kind, each in zip(kinds, value.attributes, strict=True)]
    return [value.operation.name, value.operands, attributes, SPAN.write(value.span, texts)]


def _read_apply(data: Any, texts: Texts) -> Apply:
    name, count, given, span = listed(data, 4)
    operation, operands = OPERATIONS[TEXT.read(name, texts)], COUNT.read(count, texts)
    if (operation.role != "operation" and not operation.form_of) or operands < len(operation.operands):
        raise Damaged
    if operands > len(operation.operands) and not operation.variadic:
        raise Damaged
    kinds = kinds_of(operation)
    attributes = [optional(kind).read(each, texts) for kind, each in zip(kinds, listed(given, len(kinds)), strict=True)]
    return Apply(operation, operands, tuple(attributes), SPAN.read(span, texts))


def _read_place(data: Any, texts: Texts) -> Any:
    if type(data) is not list:
        return optional(WHOLE).read(data, texts)
    place = tuple([optional(WHOLE).read(each, texts) for each in listed(data, 3)])
    if place[2] == 0:
        raise Damaged
    return place


PLACES = several(Kind(lambda value, texts: list(value) if isinstance(value, tuple) else value, _read_place))
"""The places of an index."""

STEPS: Mapping[str, tuple[type, Kind]] = {
    "read": (Read, record(Read, reader=invocation({**READERS, **GENERATORS}), span=SPAN)),
    "push": (Push, record(Push, value=LITERAL, span=SPAN)),
    "apply": (Apply, Kind(_write_apply, _read_apply)),
    "fit": (Fit, record(Fit, call=invocation(FITTED), span=SPAN)),
    "use": (Use, record(Use, name=PATH, span=SPAN)),
    "cut": (Cut, record(Cut, places=PLACES, span=SPAN)),
    "windows": (Windows, record(Windows, length=COUNT, span=SPAN)),
}
"""The steps of a column by what they do."""


def _write_step(value: object, texts: Texts) -> list[Any]:
    return next([name, kind.write(value, texts)] for name, (type_, kind) in STEPS.items() if isinstance(value, type_))


def _read_step(data: Any, texts: Texts) -> Any:
    name, content = listed(data, 2)
    return STEPS[TEXT.read(name, texts)][1].read(content, texts)


COLUMN = record(
    Column, name=PATH, steps=several(Kind(_write_step, _read_step)), span=SPAN, folder=choice(None, "."), size=FLAG
)
DATA_SECTION = record(DataSection, name=PATH, columns=table(COLUMN), span=SPAN)


def check_data(data: Mapping[str, DataSection]) -> None:
    """Names are those that they stand under, columns leave one value on their stack, and literals have a shape.

    Raises Damaged, Clash.
    """
    for name, section in data.items():
        if section.name != name or any(column.name != key for key, column in section.columns.items()):
            raise Damaged
        check_uses(section)
        for column in section.columns.values():
            height = 0
            for step in column.steps:
                if isinstance(step, Push):
                    literal_shape(step.value)
                if isinstance(step, Windows) and not step.length:
                    raise Damaged
                height -= step.operands if isinstance(step, Apply) else isinstance(step, Fit | Cut | Windows)
                if height < 0:
                    raise Damaged
                height += 1
            if height != 1:
                raise Damaged


def check_uses(section: DataSection) -> None:
    """Columns use such as there are, and no circle comes about. Raises Damaged."""
    uses = {name: set(column.uses) for name, column in section.columns.items()}
    if not all(names <= uses.keys() for names in uses.values()):
        raise Damaged
    try:
        TopologicalSorter(uses).prepare()
    except CycleError:
        raise Damaged from None


# --- training ---------------------------------------------------------------------------------------------------

SHARE = record(Share, fraction=NUMBER, last=FLAG)
FOLD = record(Fold, number=COUNT, of=COUNT)


def _write_taken(value: Share | Fold, texts: Texts) -> list[Any]:
    return ["fold", FOLD.write(value, texts)] if isinstance(value, Fold) else ["share", SHARE.write(value, texts)]


def _read_taken(data: Any, texts: Texts) -> Any:
    name, content = listed(data, 2)
    kinds = {"fold": FOLD, "share": SHARE}
    return kinds[TEXT.read(name, texts)].read(content, texts)


GROUP = record(Group, pattern=TEXT, frozen=FLAG, settings=table(NUMBER), span=SPAN, columns=FLAG)

TRAIN_SECTION = record(
    TrainSection,
    minimize=COUNT,
    loss=PATH,
    optimizer=invocation(OPTIMISERS),
    groups=several(GROUP),
    epochs=optional(COUNT),
    steps=optional(COUNT),
    data=optional(PATH),
    test=optional(PATH),
    hold_out=optional(SHARE),
    validate=optional(PATH),
    validate_share=optional(Kind(_write_taken, _read_taken)),
    rows=optional(SHARE),
    stratify=optional(PATH),
    batch=optional(COUNT),
    accumulate=COUNT,
    sampling=choice("shuffle", "replacement", "ordered"),
    schedule=invocation(SCHEDULES),
    report=optional(COUNT),
    metrics=table(COUNT),
    matrices=table(COUNT),
    stop=optional(invocation(STOPS)),
    follows=FLAG,
    precision=choice("float32", "float64"),
    mixed=FLAG,
    seed=COUNT,
    exact=FLAG,
    backend=choice("numpy", "jax"),
    about_rows=several(TEXT),
    spans=table(SPAN),
)


def reported(train: TrainSection | None) -> list[str]:
    """What a training can report, by name: `train.loss`, `test.accuracy`."""
    if train is None:
        return []
    given = [] if train.data is not None or "test" in train.sides else ["test"]
    return [f"{side}.{name}" for side in (*train.sides, *given) for name in (train.loss, *train.metrics)]


def check_training(train: TrainSection, graph: Graph, data: Mapping[str, DataSection]) -> None:
    """Keys go together, and lead to nodes and sections of their kind. Raises Damaged."""
    scalars = [train.minimize, *train.metrics.values()]
    if not all(number < len(graph.nodes) for number in (*scalars, *train.matrices.values())):
        raise Damaged
    if any(graph.nodes[number].type.shape for number in scalars) or graph.nodes[train.minimize].type.kind != "real":
        raise Damaged
    sound = (
        (train.epochs is None) != (train.steps is None),
        train.test is None or train.hold_out is None,
        train.data is None or train.data in data,
        train.test is None or train.test in data,
        train.validate is None or train.validate_share is None,
        train.validate is None or train.validate in data,
        train.stratify is None or train.stratify in graph.inputs,
        all(map(_may_be_taken, (train.hold_out, train.validate_share))),
        train.rows is None or 0 < train.rows.fraction <= 1,
        train.batch is None or train.batch > 0,
        train.accumulate > 0,
        train.report is None or train.report > 0,
        train.stop is None or train.stop.arguments["watch"] in reported(train),
        train.schedule.name != "piecewise" or in_order(train.schedule),
        "train" in train.spans,
        train.spans.keys() >= set(train.about_rows),
    )
    if not all(sound):
        raise Damaged
    for group in train.groups:
        _check_group(group, train, graph)


def _may_be_taken(taken: Taken | None) -> bool:
    """Whether rows can be taken so."""
    if taken is None:
        return True
    return 1 <= taken.number <= taken.of >= 2 if isinstance(taken, Fold) else 0 < taken.fraction < 1


def _check_group(group: Group, train: TrainSection, graph: Graph) -> None:
    """A group replaces settings that the optimiser has, and is one of params. Raises Damaged."""
    known = {each.name: each for each in group_signature(train.optimizer.name).parameters if each.kind == "number"}
    if group.frozen and group.settings:
        raise Damaged
    if not all(name in known and known[name].takes(value) for name, value in group.settings.items()):
        raise Damaged
    if not grouped([group], graph.params):
        raise Damaged


# --- claims -----------------------------------------------------------------------------------------------------

CLAIM = record(
    Claim,
    text=TEXT,
    left=COUNT,
    right=COUNT,
    comparison=choice("==", "<", "<=", ">", ">="),
    within=optional(NUMBER),
    after_train=FLAG,
    span=SPAN,
)


def check_claims(claims: tuple[Claim, ...], graph: Graph, train: TrainSection | None) -> None:
    """A claim's text is what stands at its place, its sides are nodes that can be compared, metrics are reported ones.

    Raises Damaged.
    """
    known = reported(train)
    if not all(node.path in known for node in graph.nodes if node.operation is METRIC):
        raise Damaged
    for claim in claims:
        if claim.text != claim.span.text:
            raise Damaged
        if not (claim.left < len(graph.nodes) and claim.right < len(graph.nodes)):
            raise Damaged
        sides = (graph.nodes[number].type.shape for number in (claim.left, claim.right))
        if not comparable(*sides) or (claim.within or 0) < 0 or (claim.after_train and train is None):
            raise Damaged


# --- warnings ---------------------------------------------------------------------------------------------------

DIAGNOSTIC = record(
    Diagnostic,
    code=plain(lambda data: type(data) is str and re.fullmatch(r"G\d{3}", data) is not None),
    severity=choice("warning", "hint"),
    message=LINE,
    where=WHERE,
    hint=optional(LINE),
    notes=several(record(Note, message=LINE, where=WHERE)),
)
