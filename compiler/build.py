"""A module becomes a spec: names resolved, blocks expanded, types inferred, sections and claims checked.

Over 300 lines: one walk over all kinds of statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from ..grammar.diagnostic import Diagnostic, Note
from ..grammar.source import Span
from ..grammar.spec_error import SettingError, SpecError
from ..grammar.suggestion import suggestion
from ..grammar.syntax import (
    Block,
    Broken,
    Const,
    Dim,
    Expect,
    Input,
    Module,
    Next,
    Node,
    Output,
    Param,
    Section,
    State,
    Statement,
    Use,
)
from . import faults
from .advice.rules import advice
from .blocks.block_check import check_blocks
from .blocks.expand import Expander
from .elaborate import statements, states
from .elaborate.budget import Limits
from .elaborate.draft import Draft
from .elaborate.expressions.constants import whole
from .elaborate.expressions.literals import LARGEST
from .elaborate.order import ordered
from .elaborate.reporter import Abandoned, Reporter, in_order, span_of
from .elaborate.scope import FAILED, BlockValue, Failed, Scope, Site, Unit
from .elaborate.settings import Setting, Settings, settle
from .elaborate.statements import outputs_of
from .files.loading import Loader
from .files.uses import UsedFiles
from .graph.graph import Graph
from .graph.signatures import INITIALISERS_OF_0_1_0
from .graph.spec import Claim, DataSection, Spec, TrainSection
from .ops.table import reserved
from .sections.claims import claims_of
from .sections.data_section import data_section
from .sections.train_keys import KEYS, SEED, seed_alone
from .sections.train_section import TrainReader
from .shape import beyond, dimension


def build(
    module: Module,
    diagnostics: Iterable[Diagnostic] = (),
    *,
    settings: Iterable[Setting] = (),
    loader: Loader | None = None,
    limits: Limits | None = None,
) -> tuple[Spec, tuple[Diagnostic, ...]]:
    """The checked spec of a module, and its warnings and hints.

    `diagnostics` are those of the parser; raises SpecError with all errors, theirs among them, and SettingError where
    a setting names nothing.
    """
    limits = limits or Limits()
    builder = _Build(module, Reporter(diagnostics), Settings(settings), limits, UsedFiles(loader, limits))
    spec = builder.run()
    return spec, (*in_order(builder.reporter.diagnostics, module.source), *advice(spec, module))


class _Build:
    def __init__(
        self,
        module: Module,
        reporter: Reporter,
        settings: Settings,
        limits: Limits,
        used: UsedFiles,
        *,
        is_used: bool = False,
    ) -> None:
        self.module = module
        self.source = module.source
        self.reporter = reporter
        self.settings = settings
        self.draft = Draft(reporter, settings, limits, Expander())
        self.unit = Unit(module.source, limits=limits)
        self.scope = Scope(self.unit)
        self.site = Site(self.scope, module.source, reporter)
        self.dims: dict[str, int | None] = {}
        self.limits = limits
        self.used = used
        self.is_used = is_used

    def run(self) -> Spec:
        try:
            spec = self._spec()
        except Abandoned:
            raise self._error() from None
        if self.reporter.failed:
            raise self._error()
        self._check_settings(spec)
        return spec

    def _spec(self) -> Spec:
        statements = self.module.statements
        _enter_blocks(self.unit, statements, self.reporter)
        if any(isinstance(each, Use) for each in statements):
            self.used.enter(self.module, self.unit, self.scope, self.reporter, self._check_used)
        self._blocks(statements)
        order = ordered(statements, self.source, self.reporter, self.unit.aliases)
        self.scope.values |= dict.fromkeys(order.circular, FAILED)
        self.scope.declared = order.names
        for statement in order.statements:
            self._statement(statement)
        self._check_not_empty(statements)
        graph = self._graph(statements)
        if graph.states:
            states.check_shapes(graph, self.reporter)
        data = self._data(statements)
        train = self._train(statements, data)
        claims, full = self._claims(statements, graph, train)
        constants = {name: value for name, value in self.scope.values.items() if isinstance(value, int | float | str)}
        title = self.module.header.title if self.module.header else None
        seed = train.seed if train else seed_alone(self.settings, self.reporter) if graph.draws else 0
        graph, full = replace(graph, seed=seed), replace(full, seed=seed)
        return Spec(self.source, title, graph, full, data, train, claims, constants, self.dims, seed)

    def _error(self) -> SpecError:
        diagnostics = in_order(self.reporter.diagnostics, self.source)
        if unreadable := self.settings.unreadable(diagnostics):
            return SettingError(unreadable)
        return SpecError(diagnostics)

    def _check_used(self, module: Module, diagnostics: Iterable[Diagnostic]) -> tuple[Unit, list[Diagnostic]]:
        builder = _Build(module, Reporter(diagnostics), Settings(), self.limits, self.used, is_used=True)
        with suppress(SpecError):  # the reporter has what it says
            builder.run()
        return builder.unit, builder.reporter.diagnostics

    def _blocks(self, statements: Iterable[Statement]) -> None:
        """Checks the blocks by themselves; of the constants that they see no value is known yet."""
        for statement in statements:
            if isinstance(statement, Const):
                self.unit.constants.setdefault(statement.name.name, FAILED)
            elif isinstance(statement, Broken) and statement.kind == "value":
                self.unit.constants |= {name: FAILED for name in statement.names if name not in self.unit.constants}
        if self.unit.blocks:
            check_blocks(self.unit, self.reporter, self.limits)

    # --- statements ---------------------------------------------------------------------------------------------

    def _statement(self, statement: Statement) -> None:
        draft, scope, site = self.draft, self.scope, self.site
        match statement:
            case Node():
                statements.node(draft, statement, site)
            case Output() if statement.value is not None:
                node = Node(statement.names, statement.value, statement.doc, statement.start, statement.stop)
                statements.node(draft, node, site)
            case Const():
                statements.const(draft, statement, site)
                name = statement.name.name
                self.unit.constants[name] = scope.values.get(name, FAILED)
            case Input():
                statements.input(draft, statement, site)
            case Param():
                statements.param(draft, statement, site)
            case State():
                states.state(draft, statement, site)
            case Next():
                states.following(draft, statement, site)
            case Dim():
                self._dim(statement)
            case Broken() if statement.kind == "value":
                for name in statement.names:
                    scope.values.setdefault(name, FAILED)
            case _:
                return

    def _dim(self, statement: Dim) -> None:
        for name in statement.names:
            size: int | None = None
            if (setting := self.settings.take(name.name)) is not None:
                value = settle(setting, self.reporter, text=False)
                known = whole(value)
                if not isinstance(known, int) or known < 1 or beyond(known):
                    if not isinstance(value, Failed):
                        hint = LARGEST if isinstance(known, int) and beyond(known) else None
                        self.reporter.report(faults.BAD_SIZE, setting.span, value=value, hint=hint)
                    self.draft.define(name, FAILED, self.site)
                    continue
                size = known
            self.dims[name.name] = size
            self.draft.define(name, dimension(name.name) if size is None else size, self.site)

    def _check_not_empty(self, statements: Iterable[Statement]) -> None:
        if self.reporter.failed:
            return
        wanted = Node | Block | Const if self.is_used else Node | Block
        defines = any(isinstance(each, wanted) or (isinstance(each, Output) and each.value) for each in statements)
        if not defines:
            self.reporter.report(faults.EMPTY_FILE, Span(self.source, 0, 0))

    # --- the graph ----------------------------------------------------------------------------------------------

    def _graph(self, statements: Iterable[Statement]) -> Graph:
        draft = self.draft
        draft.closed = True
        outputs = outputs_of(statements, self.site, draft.builder)
        aliases = {path: _resolved(path, draft.aliases) for path in draft.aliases}
        return Graph(
            tuple(draft.builder.nodes),
            draft.inputs,
            draft.params,
            tuple(outputs.values()),
            frozenset(draft.named),
            draft.docs,
            aliases,
            tuple(draft.expansions),
            tuple(outputs),
            draft.states,
        )

    # --- sections and claims ------------------------------------------------------------------------------------

    def _data(self, statements: Iterable[Statement]) -> dict[str, DataSection]:
        sections: dict[str, DataSection] = {}
        for statement in statements:
            if not isinstance(statement, Section) or statement.kind != "data" or statement.name is None:
                continue
            name = statement.name.name
            if name in sections:
                first = Note("it is defined here first", sections[name].span)
                place = span_of(self.source, statement.name)
                self.reporter.report(faults.DEFINED_TWICE, place, name=name, notes=[first])
                continue
            columns = [entry.key.name for entry in statement.entries]
            replaced = self.settings.section(name, [*columns, *self.draft.inputs])
            sections[name] = data_section(statement, self.site, replaced, self.dims)
        return sections

    def _train(self, statements: Iterable[Statement], data: Mapping[str, DataSection]) -> TrainSection | None:
        sections = [each for each in statements if isinstance(each, Section) and each.kind == "train"]
        for second in sections[1:]:
            self.reporter.report(faults.TWO_TRAINS, span_of(self.source, second))
        if not sections:
            return None
        broken = {
            name for each in statements if isinstance(each, Broken) and each.kind == "section" for name in each.names
        }
        reader = TrainReader(self.draft, self.site, data, broken)
        return reader.read(sections[0], self.settings.section("train", KEYS), complete="train" not in broken)

    def _claims(
        self, statements: Iterable[Statement], graph: Graph, train: TrainSection | None
    ) -> tuple[tuple[Claim, ...], Graph]:
        trains = any(isinstance(each, Section) and each.kind == "train" for each in statements)
        written = [each for each in statements if isinstance(each, Expect)]
        claims = claims_of(written, self.site, self.draft, graph, train, trains=trains)
        return claims, replace(graph, nodes=tuple(self.draft.builder.nodes))

    def _check_settings(self, spec: Spec) -> None:
        """Every setting was used for something. Raises SettingError."""
        untaken = self.settings.untaken
        if not untaken:
            return
        known = [*spec.graph.inputs, *spec.graph.held, *self.unit.constants, *self.dims]
        known += [f"train.{key}" for key in KEYS] if spec.train else [SEED] if spec.graph.draws else []
        known += [f"{name}.{column}" for name, section in spec.data.items() for column in section.columns]
        raise SettingError(
            faults.UNKNOWN_SETTING.at(
                setting.span, name=setting.name, hint=suggestion(setting.name, known, what="names that can be set")
            )
            for setting in untaken
        )


def _resolved(path: str, aliases: Mapping[str, str]) -> str:
    """The path that a chain of aliases ends at."""
    seen = set()
    while path in aliases and path not in seen:
        seen.add(path)
        path = aliases[path]
    return path


def _enter_blocks(unit: Unit, statements: Iterable[Statement], reporter: Reporter) -> None:
    for statement in statements:
        if isinstance(statement, Broken) and statement.kind == "block":
            unit.broken_blocks |= set(statement.names)
        if not isinstance(statement, Block):
            continue
        name = statement.name.name
        place = span_of(unit.source, statement.name)
        taken = "an operation" if reserved(name) else "an initialiser" if name in INITIALISERS_OF_0_1_0 else None
        if taken:
            reporter.report(faults.RESERVED_BLOCK, place, name=name, what=taken)
        elif name in unit.blocks:
            first = Note("it is defined here first", span_of(unit.source, unit.blocks[name].block.name))
            reporter.report(faults.DEFINED_TWICE, place, name=name, notes=[first])
        else:
            unit.blocks[name] = BlockValue(statement, unit)
