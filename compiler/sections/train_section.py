"""The `train` section: its keys are read, and checked against one another.

Over 300 lines: each key has a rule or two that only its neighbours could make shorter.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from ...grammar.diagnostic import Note
from ...grammar.source import Span
from ...grammar.suggestion import suggestion
from ...grammar.syntax import Call, Expression, List, Name, Section, Text
from .. import faults
from ..elaborate.calls.checked_calls import argument_value, invocation
from ..elaborate.draft import Draft
from ..elaborate.expressions.append import reference
from ..elaborate.expressions.evaluate import value_of
from ..elaborate.other_tools import elsewhere
from ..elaborate.scope import FAILED, Failed, NodeValue, Site
from ..elaborate.settings import Setting
from ..graph.graph import Graph
from ..graph.groups import Group
from ..graph.shares import Share, Taken
from ..graph.signatures import OPTIMISERS, REPORTS, SCHEDULES, SHARES, STOPS, Invocation
from ..graph.spec import SIDES, DataSection, TrainSection
from ..shape import shape_text
from .group_list import all_frozen, group_list, idle_groups
from .row_shares import check_overlaps, check_strata, hint_at_idle, strata, taken_rows
from .share_faults import TEST_WATCHED
from .train_keys import KEYS, Key


class _Given(NamedTuple):
    """The value of a key as it is written, and where."""

    expression: Expression
    site: Site
    span: Span


class TrainReader:
    """Reads one `train` section; faults go to its reporter."""

    def __init__(self, draft: Draft, site: Site, data: Mapping[str, DataSection], broken: Collection[str]) -> None:
        self.draft = draft
        self.reporter = site.reporter
        self.site = site
        self.data = frozenset(data) | frozenset(broken)
        """Names of the data sections, those with a fault as well."""
        self.columns = data
        self.given: dict[str, _Given] = {}
        self.unknown: list[str] = []
        """Hints given for unknown keys: a key that one proposes is not said to be missing as well."""

    def read(self, section: Section, replaced: Mapping[str, Setting], *, complete: bool) -> TrainSection | None:
        """The checked section, None where it has a fault; unless `complete`, some keys could not be parsed."""
        before = len(self.reporter.diagnostics)
        span = self.site.span(section)
        self._collect(section, replaced)
        if complete:
            self._check_complete(span)
        self._check_together()
        taken = {name: self._taken(name, key) for name, key in KEYS.items() if key.takes_rows}
        own_way = {name for name, key in KEYS.items() if key.takes_rows or not (key.parameter or key.words)}
        plain = {name: self._plain(name, key) for name, key in KEYS.items() if name not in own_way}
        data, test = self._data("data"), self._data("test")
        validate = self._data("validate") if self._names_section("validate") else None
        stratify = self._strata(data, taken)
        spans = {name: given.span for name, given in self.given.items()}
        leaking = {name: each for name, each in taken.items() if name != "rows"}
        check_overlaps(self.columns.get(data or ""), leaking, spans, self.reporter)
        loss, minimize = self._minimize()
        metrics, matrices = self._metrics(loss)
        optimizer = self._invocation("optimizer", OPTIMISERS, "an optimiser")
        groups = self._groups(optimizer, loss, minimize)
        schedule = self._schedule()
        report = self._invocation("report", REPORTS, "an interval")
        stop, follows = self._stop(loss, metrics, matrices)
        if optimizer is None or minimize is None or len(self.reporter.diagnostics) > before:
            return None
        if groups:
            self._warn_of_idle(groups)
        if stratify is not None:
            hint_at_idle(taken, self.given["stratify"].span, self.reporter)
        return TrainSection(
            minimize=minimize,
            loss=loss,
            optimizer=optimizer,
            groups=groups,
            epochs=plain["epochs"],
            steps=plain["steps"],
            data=data,
            test=test,
            hold_out=taken["hold_out"] if isinstance(taken["hold_out"], Share) else None,
            validate=validate,
            validate_share=taken["validate"],
            rows=taken["rows"] if isinstance(taken["rows"], Share) else None,
            stratify=stratify,
            batch=plain["batch"],
            accumulate=plain["accumulate"] or 1,
            sampling=plain["sampling"] or "shuffle",
            schedule=schedule,
            report=report.integer("steps") if report else None,
            metrics=metrics,
            matrices=matrices,
            stop=stop,
            follows=follows,
            precision="float64" if plain["precision"] == "float64" else "float32",
            mixed=plain["precision"] == "bfloat16",
            seed=plain["seed"] or 0,
            exact=bool(plain["exact"]),
            backend=plain["backend"] or "numpy",
            about_rows=() if data is not None else tuple(name for name in self.given if KEYS[name].needs_data),
            spans={**spans, "train": span},
        )

    def _collect(self, section: Section, replaced: Mapping[str, Setting]) -> None:
        for entry in section.entries:
            name = entry.key.name
            span = self.site.span(entry.key)
            if name not in KEYS:
                hint = elsewhere(name, "keys") or suggestion(name, KEYS, what="keys of `train`")
                self.reporter.report(faults.UNKNOWN_KEY, span, section="train", key=name, hint=hint)
                self.unknown.append(hint)
            elif name in self.given:
                first = Note("it is defined here first", self.given[name].span)
                self.reporter.report(faults.DEFINED_TWICE, span, name=name, notes=[first])
            else:
                self.given[name] = _Given(entry.value, self.site, self.site.span(entry))
        for name, setting in replaced.items():
            other = {"epochs": "steps", "steps": "epochs", "test": "hold_out", "hold_out": "test"}.get(name)
            self.given.pop(other or "", None)
            self.given[name] = _Given(setting.expression, self.site.reading(setting.source), setting.span)

    def _check_complete(self, span: Span) -> None:
        for keys in (("minimize",), ("optimizer",), ("epochs", "steps")):
            meant = any(f"`{key}`" in hint for key in keys for hint in self.unknown)
            if self.given.keys().isdisjoint(keys) and not meant:
                self.reporter.report(faults.MISSING_KEY, span, what=" or ".join(f"`{key}`" for key in keys))

    def _check_together(self) -> None:
        for key, other in (("epochs", "steps"), ("test", "hold_out")):
            if key in self.given and other in self.given:
                note = Note(f"`{key}` stands here", self.given[key].span)
                self.reporter.report(faults.KEYS_CONFLICT, self.given[other].span, key=key, other=other, notes=[note])

    def _plain(self, name: str, key: Key) -> Any:
        given = self.given.get(name)
        if given is None:
            return None
        if key.words:
            word = _word(given.expression)
            if word not in key.words:
                wanted = " or ".join(f"`{each}`" for each in key.words)
                given.site.tell(faults.WRONG_SETTING, given.expression, key=name, wanted=wanted)
            return word
        assert key.parameter is not None  # a key has words or a parameter
        value = argument_value(given.expression, key.parameter, name, given.site)
        return None if isinstance(value, Failed) else value

    def _data(self, key: str) -> str | None:
        given = self.given.get(key)
        if given is None:
            return None
        name = _word(given.expression)
        if name is None or name not in self.data:
            hint = suggestion(name or "", self.data, what="data sections")
            called = name or given.site.text(given.expression)
            given.site.tell(faults.UNKNOWN_SECTION, given.expression, name=called, hint=hint)
        return name

    def _names_section(self, key: str) -> bool:
        """Whether a key that takes rows names a section of them."""
        given = self.given.get(key)
        word = _word(given.expression) if given is not None else None
        return word is not None and word not in SHARES

    def _taken(self, name: str, key: Key) -> Taken | None:
        given = self.given.get(name)
        folds = name == "validate"
        if given is None or key.parameter is None or (folds and self._names_section(name)):
            return None
        return taken_rows(given.expression, key.parameter, given.site, folds=folds)

    def _strata(self, data: str | None, taken: Mapping[str, Taken | None]) -> str | None:
        given = self.given.get("stratify")
        if given is None:
            return None
        check_strata(taken, given.span, self.reporter)
        return strata(given.expression, self.columns.get(data or ""), self.draft, given.site)

    def _minimize(self) -> tuple[str, int | None]:
        given = self.given.get("minimize")
        if given is None:
            return "loss", None
        value = value_of(self.draft, given.site, given.expression, "train.minimize")
        index = reference(self.draft, value, given.site.span(given.expression))
        if index is None:
            return "loss", None
        name = _word(given.expression) or "loss"
        type_ = self.draft.builder.type(index)
        if type_.shape or type_.kind == "int":
            shape = shape_text(type_.shape)
            given.site.tell(faults.NOT_SCALAR, given.expression, what="what is minimised", name=name, shape=shape)
        return name, index

    def _metrics(self, loss: str) -> tuple[dict[str, int], dict[str, int]]:
        """The metrics that are numbers, and those that are matrices."""
        given = self.given.get("metrics")
        if given is None:
            return {}, {}
        items = given.expression.items if isinstance(given.expression, List) else (given.expression,)
        metrics: dict[str, int] = {}
        matrices: dict[str, int] = {}
        for item in items:
            name = item.function.name if isinstance(item, Call) else _word(item)
            if name is None:
                given.site.tell(faults.NOT_A_METRIC, item)
                continue
            if name in metrics or name in matrices or name == loss:
                given.site.tell(faults.METRIC_TWICE, item, name=name)
                continue
            value = value_of(self.draft, given.site, item, f"train.{name}")
            if not isinstance(value, NodeValue):
                if value is not FAILED:
                    given.site.tell(faults.NOT_A_METRIC, item)
                continue
            node = self.draft.builder.nodes[value.index]
            if node.type.shape and node.operation.role == "metric":
                matrices[name] = value.index
                continue
            if node.type.shape:
                shape = shape_text(node.type.shape)
                given.site.tell(faults.NOT_SCALAR, item, what="a metric", name=name, shape=shape)
            metrics[name] = value.index
        return metrics, matrices

    def _invocation(self, key: str, table: Mapping[str, Any], what: str) -> Invocation | None:
        given = self.given.get(key)
        return None if given is None else invocation(given.expression, table, what, given.site)

    def _groups(self, optimizer: Invocation | None, loss: str, minimize: int | None) -> tuple[Group, ...]:
        given = self.given.get("groups")
        if given is None or optimizer is None:
            return ()
        groups = group_list(given.expression, optimizer, self.draft.params, given.site) or ()
        if minimize is not None and any(group.frozen for group in groups):
            graph = Graph(tuple(self.draft.builder.nodes), {}, self.draft.params, (), frozenset(), {}, {})
            if all_frozen(groups, graph, minimize):
                hint = "leave out of the groups what is to be trained: the params of the last layer, for one"
                given.site.tell(faults.ALL_FROZEN, given.expression, loss=loss, hint=hint)
        return groups

    def _warn_of_idle(self, groups: tuple[Group, ...]) -> None:
        for group, other in idle_groups(groups, self.draft.params):
            notes = [Note("this one comes first", other.span)]
            self.reporter.report(faults.IDLE_GROUP, group.span, pattern=group.pattern, notes=notes)

    def _schedule(self) -> Invocation:
        schedule = self._invocation("schedule", SCHEDULES, "a schedule") or Invocation("constant", {"warmup": 0})
        if schedule.name == "piecewise" and schedule.span is not None:
            at, factors = schedule.numbers("at"), schedule.numbers("factors")
            if len(at) != len(factors):
                self.reporter.report(faults.UNEVEN_PIECES, schedule.span, at=len(at), factors=len(factors))
            elif any(one >= other for one, other in pairwise(at)):
                self.reporter.report(faults.PIECES_ASTRAY, schedule.span)
        return schedule

    def _stop(
        self, loss: str, metrics: Mapping[str, int], matrices: Mapping[str, int]
    ) -> tuple[Invocation | None, bool]:
        """The stop rule, what it watches written in full (`test.loss`), and whether test rows of a script change that.

        Without `data` a script gives the rows, and may give test rows.
        """
        stop = self._invocation("stop", STOPS, "a stop rule")
        if stop is None:
            return None, False
        tested, validated = not self.given.keys().isdisjoint(("test", "hold_out")), "validate" in self.given
        sides = ("train", *(["test"] if tested else []), *(["validate"] if validated else []))
        watched = stop.arguments["watch"]
        if watched is None:
            watched = f"{sides[-1]}.{loss}"
        full = str(watched) if str(watched).partition(".")[0] in SIDES else f"{sides[-1]}.{watched}"
        prefix, _, name = full.partition(".")
        possible = (*sides, *(["test"] if "data" not in self.given and not tested else []))
        if name not in (loss, *metrics) or prefix not in possible:
            known = [f"{each}.{n}" for each in possible for n in (loss, *metrics)]
            matrix = f"`{name}` is a matrix, which has no best value" if name in matrices else None
            hint = matrix or suggestion(full, known, what="metrics")
            self.reporter.report(faults.UNKNOWN_METRIC, stop.span, name=watched, hint=hint)
        elif prefix == "test" and validated:
            hint = f"{stop.name}(watch = validate.{name})"
            self.reporter.report(TEST_WATCHED, stop.span, watch=full, hint=hint)
        follows = sides == ("train",) and stop.arguments["watch"] != full
        return Invocation(stop.name, {**stop.arguments, "watch": full}, stop.span), follows


def _word(expression: Expression) -> str | None:
    """A bare word: a name, or a text given with `--set`."""
    if isinstance(expression, Name):
        return expression.name
    return expression.value if isinstance(expression, Text) else None
