"""A module becomes a spec: names resolved, blocks expanded, types inferred, sections and claims checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from ..grammar.diagnostic import Diagnostic, Note, SpecError, suggestion
from ..grammar.source import Span
from ..grammar.syntax import (
    Block,
    Broken,
    Const,
    Dim,
    Expect,
    Input,
    Module,
    Node,
    Output,
    Param,
    Section,
    Statement,
    Text,
    Use,
)
from . import faults
from .advice import advice
from .block_check import check_blocks
from .claims import ClaimElaborator, resolve
from .columns import data_section
from .constants import whole
from .elaborate import Elaborator
from .graph import Graph
from .limits import Limits, over_budget
from .loading import Loader
from .ops.table import find
from .ordering import ordered
from .reporter import Abandoned, Reporter, in_order, span_of
from .setting_error import SettingError
from .settings import Setting, Settings, settle
from .shape import dimension
from .signatures import INITIALISERS
from .spec import Claim, DataSection, Spec, TrainSection
from .train_section import KEYS, TrainReader
from .values import FAILED, BlockValue, Failed, NodeValue, Scope, Unit, Value, described


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
    builder = _Build(module, Reporter(diagnostics), Settings(settings), loader, limits or Limits())
    spec = builder.run()
    return spec, (*in_order(builder.reporter.diagnostics, module.source), *advice(spec, module))


@dataclass
class _Used:
    """The files that a spec uses, each checked once: what they give, and those whose check has begun."""

    units: dict[int, Unit] = field(default_factory=dict)
    open: list[Module] = field(default_factory=list)


class _Build:
    def __init__(
        self,
        module: Module,
        reporter: Reporter,
        settings: Settings,
        loader: Loader | None,
        limits: Limits,
        used: _Used | None = None,
    ) -> None:
        self.module = module
        self.source = module.source
        self.reporter = reporter
        self.settings = settings
        self.loader = loader
        self.elaborator = Elaborator(reporter, settings, limits)
        self.unit = Unit(module.source, limits=limits)
        self.scope = Scope(self.unit)
        self.dims: dict[str, int | None] = {}
        self.limits = limits
        self.is_used = used is not None
        self.used = used or _Used()

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
        self._uses(statements)
        self._blocks(statements)
        order = ordered(statements, self.source, self.reporter)
        self.scope.values |= dict.fromkeys(order.circular, FAILED)
        self.scope.declared = order.names
        for statement in order.statements:
            self._statement(statement)
        self._check_not_empty(statements)
        graph = self._graph(statements)
        data = self._data(statements)
        train = self._train(statements, data)
        claims, full = self._claims(statements, graph, train)
        constants = {name: value for name, value in self.scope.values.items() if isinstance(value, int | float | str)}
        title = self.module.header.title if self.module.header else None
        return Spec(self.source, title, graph, full, data, train, claims, constants, self.dims)

    def _error(self) -> SpecError:
        diagnostics = in_order(self.reporter.diagnostics, self.source)
        if unreadable := self.settings.unreadable(diagnostics):
            return SettingError(unreadable)
        return SpecError(diagnostics)

    def _blocks(self, statements: Iterable[Statement]) -> None:
        """Checks the blocks by themselves; of the constants that they see no value is known yet."""
        for statement in statements:
            if isinstance(statement, Const):
                self.unit.constants.setdefault(statement.name.name, FAILED)
            elif isinstance(statement, Broken) and statement.kind == "value":
                self.unit.constants |= {name: FAILED for name in statement.names if name not in self.unit.constants}
        check_blocks(self.unit, self.reporter, self.limits)

    # --- statements ---------------------------------------------------------------------------------------------

    def _statement(self, statement: Statement) -> None:
        elaborator, scope, source = self.elaborator, self.scope, self.source
        match statement:
            case Node():
                elaborator.node(statement, scope, source)
            case Output() if statement.value is not None:
                node = Node(statement.names, statement.value, statement.doc, statement.start, statement.stop)
                elaborator.node(node, scope, source)
            case Const():
                elaborator.const(statement, scope, source)
                name = statement.name.name
                self.unit.constants[name] = scope.values.get(name, FAILED)
            case Input():
                elaborator.input(statement, scope, source)
            case Param():
                elaborator.param(statement, scope, source)
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
                if not isinstance(known, int) or known < 1:
                    if not isinstance(value, Failed):
                        self.reporter.report(faults.BAD_SIZE, setting.span, value=value)
                    self.elaborator.define(name, FAILED, self.scope, self.source)
                    continue
                size = known
            self.dims[name.name] = size
            self.elaborator.define(name, dimension(name.name) if size is None else size, self.scope, self.source)

    def _outputs(self, statements: Iterable[Statement]) -> dict[str, int]:
        """What `run` returns, by name, in the order of the text; unless told: the nodes that feed nothing."""
        marked = [statement for statement in statements if isinstance(statement, Output)]
        if not marked:
            return self._unused(statements)
        outputs: dict[str, int] = {}
        for name in (name for statement in marked for name in statement.names):
            value = self.scope.values.get(name.name)
            if isinstance(value, NodeValue):
                outputs[name.name] = value.index
            elif value is None:
                nodes = [each for each, value in self.scope.values.items() if isinstance(value, NodeValue)]
                hint = suggestion(name.name, nodes, what="nodes")
                self.reporter.report(faults.UNKNOWN_NAME, span_of(self.source, name), name=name.name, hint=hint)
            elif not isinstance(value, Failed):
                what = f"{described(value)}, `{name.name}`,"
                self.reporter.report(faults.NOT_A_VALUE, span_of(self.source, name), what=what)
        return outputs

    def _unused(self, statements: Iterable[Statement]) -> dict[str, int]:
        used = {operand for node in self.elaborator.builder for operand in node.inputs}
        outputs: dict[str, int] = {}
        for statement in statements:
            for name in statement.names if isinstance(statement, Node) else ():
                value = self.scope.values.get(name.name)
                if isinstance(value, NodeValue) and value.index not in used:
                    outputs[name.name] = value.index
        return outputs

    def _check_not_empty(self, statements: Iterable[Statement]) -> None:
        if self.reporter.failed:
            return
        wanted = Node | Block | Const if self.is_used else Node | Block
        defines = any(isinstance(each, wanted) or (isinstance(each, Output) and each.value) for each in statements)
        if not defines:
            self.reporter.report(faults.EMPTY_FILE, Span(self.source, 0, 0))

    # --- the graph ----------------------------------------------------------------------------------------------

    def _graph(self, statements: Iterable[Statement]) -> Graph:
        elaborator = self.elaborator
        outputs = self._outputs(statements)
        aliases = {path: resolve(path, elaborator.aliases) for path in elaborator.aliases}
        return Graph(
            tuple(elaborator.builder.nodes),
            elaborator.inputs,
            elaborator.params,
            tuple(outputs.values()),
            frozenset(elaborator.named),
            elaborator.docs,
            aliases,
            tuple(elaborator.expansions),
            tuple(outputs),
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
            replaced = self.settings.section(name, [*columns, *self.elaborator.inputs])
            sections[name] = data_section(statement, self.scope, self.source, replaced, self.reporter)
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
        reader = TrainReader(self.elaborator, self.scope, self.source, frozenset(data) | broken)
        return reader.read(sections[0], self.settings.section("train", KEYS), complete="train" not in broken)

    def _claims(
        self, statements: Iterable[Statement], graph: Graph, train: TrainSection | None
    ) -> tuple[tuple[Claim, ...], Graph]:
        elaborator = ClaimElaborator(self.reporter, self.settings, self.limits)
        trains = any(isinstance(each, Section) and each.kind == "train" for each in statements)
        elaborator.adopt(self.elaborator, graph, train, trains=trains)
        claims = [
            claim
            for statement in statements
            if isinstance(statement, Expect)
            and (claim := elaborator.claim(statement, self.scope, self.source)) is not None
        ]
        full = replace(graph, nodes=tuple(elaborator.builder.nodes))
        return tuple(claims), full

    def _check_settings(self, spec: Spec) -> None:
        """Every setting was used for something. Raises SettingError."""
        untaken = self.settings.untaken
        if not untaken:
            return
        known = [*spec.graph.inputs, *spec.graph.params, *self.unit.constants, *self.dims]
        known += [f"train.{key}" for key in (KEYS if spec.train else ())]
        known += [f"{name}.{column}" for name, section in spec.data.items() for column in section.columns]
        raise SettingError(
            faults.UNKNOWN_SETTING.at(
                setting.span, name=setting.name, hint=suggestion(setting.name, known, what="names that can be set")
            )
            for setting in untaken
        )

    # --- other files --------------------------------------------------------------------------------------------

    def _uses(self, statements: Iterable[Statement]) -> None:
        self.used.open.append(self.module)
        for statement in statements:
            if isinstance(statement, Use):
                self._use(statement, self._unit(statement) or Unit(self.source, incomplete=True))
        self.used.open.pop()

    def _use(self, statement: Use, unit: Unit) -> None:
        """Enters what a used file gives: under the alias, or among this file's own names."""
        alias = statement.alias
        if alias is not None:
            if self._enter_used(alias.name, alias.name in self.unit.aliases, statement):
                self.unit.aliases[alias.name] = unit
                self.unit.constants |= {f"{alias.name}.{name}": value for name, value in unit.constants.items()}
            return
        self.unit.incomplete = self.unit.incomplete or unit.incomplete
        self.unit.broken_blocks |= unit.broken_blocks
        for name, block in unit.blocks.items():
            if self._enter_used(name, self.unit.blocks.get(name, block) is not block, statement):
                self.unit.blocks[name] = block
        for name, value in unit.constants.items():
            if self._enter_used(name, name in self.unit.constants, statement):
                self.unit.constants[name] = value
                self.scope.places[name] = span_of(self.source, statement)

    def _enter_used(self, name: str, taken: bool, statement: Use) -> bool:
        """Whether a name of a used file is free here; else it is reported."""
        if taken:
            hint = "`use ... as` and a name of its own for each file keeps their names apart"
            self.reporter.report(faults.DEFINED_TWICE, span_of(self.source, statement), name=name, hint=hint)
        return not taken

    def _unit(self, statement: Use) -> Unit | None:
        """What the file of a `use` gives, None where it cannot be had; the file's own faults are reported once."""
        place = span_of(self.source, statement.path)
        path = statement.path.value if isinstance(statement.path, Text) else statement.path.name
        if self.loader is None:
            reason = "this text has no folder to look in"
            self.reporter.report(faults.USE_FAILED, place, path=path, reason=reason)
            return None
        try:
            module, found = self.loader(statement, self.source)
        except SpecError as error:
            self.reporter.diagnostics += error.diagnostics
            return None
        used = self.used
        if id(module) in used.units:
            return used.units[id(module)]
        if module in used.open:
            names = [each.source.name for each in (*used.open[used.open.index(module) :], module)]
            self.reporter.report(faults.USE_CIRCLE, place, path=path, circle=" -> ".join(names))
            return None
        if over_budget(self.limits, "use_depth", len(used.open), place, self.reporter) or over_budget(
            self.limits, "files", len(used.units) + len(used.open), place, self.reporter
        ):
            return None
        builder = _Build(module, Reporter(found), Settings(), self.loader, self.limits, used)
        with suppress(SpecError):  # the reporter has what it says
            builder.run()
        self.reporter.diagnostics += builder.reporter.diagnostics
        used.units[id(module)] = builder.exported()
        return used.units[id(module)]

    def exported(self) -> Unit:
        """What this file gives to those that use it: its own blocks and constants."""
        blocks = {name: block for name, block in self.unit.blocks.items() if block.unit is self.unit}
        constants: dict[str, Value] = {}
        for statement in self.module.statements:
            if isinstance(statement, Const):
                constants[statement.name.name] = self.unit.constants.get(statement.name.name, FAILED)
            elif isinstance(statement, Broken) and statement.kind == "value":
                constants |= dict.fromkeys(statement.names, FAILED)
        return Unit(self.source, blocks, constants, broken_blocks=self.unit.broken_blocks)


def _enter_blocks(unit: Unit, statements: Iterable[Statement], reporter: Reporter) -> None:
    for statement in statements:
        if isinstance(statement, Broken) and statement.kind == "block":
            unit.broken_blocks |= set(statement.names)
        if not isinstance(statement, Block):
            continue
        name = statement.name.name
        place = span_of(unit.source, statement.name)
        operation = find(name)
        written = operation is not None and operation.role in ("operation", "metric")
        reserved = "an operation" if written else "an initialiser" if name in INITIALISERS else None
        if reserved:
            reporter.report(faults.RESERVED_BLOCK, place, name=name, what=reserved)
        elif name in unit.blocks:
            first = Note("it is defined here first", span_of(unit.source, unit.blocks[name].block.name))
            reporter.report(faults.DEFINED_TWICE, place, name=name, notes=[first])
        else:
            unit.blocks[name] = BlockValue(statement, unit)
