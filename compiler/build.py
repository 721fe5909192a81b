"""A module becomes a spec: names resolved, blocks expanded, types inferred, sections and claims checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from ..grammar.diagnostic import Diagnostic, SpecError, suggestion
from ..grammar.syntax import (
    Block,
    Broken,
    Const,
    Dim,
    Expect,
    Input,
    Module,
    Name,
    Node,
    Output,
    Param,
    Section,
    Statement,
    Text,
    Use,
)
from . import faults
from .claims import ClaimElaborator, resolve
from .columns import data_section
from .elaborate import Abandoned, Elaborator
from .graph import Graph
from .limits import Limits, over_budget
from .loading import Loader
from .ops.table import find
from .ordering import ordered
from .reporter import Reporter, span_of
from .settings import Setting, SettingError, Settings, settle
from .shape import dimension
from .signatures import INITIALISERS
from .spec import Claim, DataSection, Spec, TrainSection
from .train_section import KEYS, TrainReader
from .values import FAILED, BlockValue, Failed, NodeValue, Scope, Unit, Value


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
    return spec, tuple(builder.reporter.diagnostics)


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
        self.unit = Unit(module.source)
        self.scope = Scope(self.unit)
        self.dims: dict[str, int | None] = {}
        self.outputs: list[int] = []
        self.has_outputs = False
        self.limits = limits
        self.is_used = used is not None
        self.used = used or _Used()

    def run(self) -> Spec:
        statements = self.module.statements
        self._header()
        _enter_blocks(self.unit, statements, self.reporter)
        self._uses(statements)
        try:
            order = ordered(statements, self.source, self.reporter)
            self.scope.values |= dict.fromkeys(order.circular, FAILED)
            for statement in order.statements:
                self._statement(statement)
            self._marked_outputs(statements)
            self._check_not_empty(statements)
            graph = self._graph()
            data = self._data(statements)
            train = self._train(statements, data)
            claims, full = self._claims(statements, train)
        except Abandoned:
            raise SpecError(self.reporter.diagnostics) from None
        if self.reporter.failed:
            raise SpecError(self.reporter.diagnostics)
        self._check_settings(graph, data)
        constants = {name: value for name, value in self.scope.values.items() if isinstance(value, int | float | str)}
        return Spec(self.source, self.module, graph, full, data, train, claims, constants, self.dims)

    def _header(self) -> None:
        header = self.module.header
        if header is not None and header.version != 1:
            self.reporter.report(
                faults.OUT_OF_RANGE, span_of(self.source, header), key="chainrule", wanted="1", value=header.version
            )

    # --- statements ---------------------------------------------------------------------------------------------

    def _statement(self, statement: Statement) -> None:
        elaborator, scope, source = self.elaborator, self.scope, self.source
        match statement:
            case Node():
                elaborator.node(statement, scope, source)
            case Output():
                self._output(statement)
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
            case Broken():
                self._broken(statement)
            case Block() | Use() | Section() | Expect():
                return

    def _dim(self, statement: Dim) -> None:
        for name in statement.names:
            size: int | None = None
            if (setting := self.settings.take(name.name)) is not None:
                value = settle(setting, self.reporter)
                if not isinstance(value, int) or value < 1:
                    if not isinstance(value, Failed):
                        place = span_of(setting.source, setting.expression)
                        self.reporter.report(faults.BAD_SIZE, place, value=value)
                    continue
                size = value
            self.dims[name.name] = size
            self.elaborator.define(name, dimension(name.name) if size is None else size, self.scope, self.source)

    def _output(self, statement: Output) -> None:
        self.has_outputs = True
        if statement.value is None:
            return
        node = Node(statement.names, statement.value, statement.doc, statement.start, statement.stop)
        self.elaborator.node(node, self.scope, self.source)

    def _marked_outputs(self, statements: Iterable[Statement]) -> None:
        """Outputs in the order of the text, each once."""
        seen: set[int] = set()
        for statement in statements:
            if not isinstance(statement, Output):
                continue
            for name in statement.names:
                value = self.scope.values.get(name.name)
                if isinstance(value, Failed):
                    continue
                if not isinstance(value, NodeValue):
                    hint = suggestion(name.name, self.scope.values, what="nodes")
                    self.reporter.report(faults.UNKNOWN_NAME, span_of(self.source, name), name=name.name, hint=hint)
                elif value.index not in seen:
                    seen.add(value.index)
                    self.outputs.append(value.index)

    def _broken(self, statement: Broken) -> None:
        for name in statement.names:
            if statement.kind == "value":
                self.scope.values.setdefault(name, FAILED)
            elif statement.kind == "block":
                self.unit.broken_blocks.add(name)

    def _check_not_empty(self, statements: Iterable[Statement]) -> None:
        if self.reporter.failed:
            return
        wanted = Node | Block | Const if self.is_used else Node | Block
        defines = any(isinstance(each, wanted) or (isinstance(each, Output) and each.value) for each in statements)
        if not defines:
            self.reporter.report(faults.EMPTY_FILE, span_of(self.source, Name("", 0, 0)))

    # --- the graph ----------------------------------------------------------------------------------------------

    def _graph(self) -> Graph:
        elaborator = self.elaborator
        nodes = tuple(elaborator.builder.nodes)
        outputs = self.outputs
        if not self.has_outputs:
            used = {operand for node in nodes for operand in node.inputs}
            outputs = [
                number
                for number, node in enumerate(nodes)
                if number not in used and node.operation.role != "leaf" and node.path
            ]
        aliases = {path: resolve(path, elaborator.aliases) for path in elaborator.aliases}
        return Graph(
            nodes,
            elaborator.inputs,
            elaborator.params,
            tuple(outputs),
            frozenset(elaborator.named),
            elaborator.docs,
            aliases,
            tuple(elaborator.expansions),
        )

    # --- sections and claims ------------------------------------------------------------------------------------

    def _data(self, statements: Iterable[Statement]) -> dict[str, DataSection]:
        sections: dict[str, DataSection] = {}
        for statement in statements:
            if not isinstance(statement, Section) or statement.kind != "data" or statement.name is None:
                continue
            name = statement.name.name
            if name in sections:
                self.reporter.report(faults.DEFINED_TWICE, span_of(self.source, statement.name), name=name)
                continue
            replaced = self.settings.section(name)
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
        return reader.read(sections[0], self._train_settings())

    def _train_settings(self) -> dict[str, Setting]:
        found = self.settings.section("train")
        for key, setting in found.items():
            self._known_key(key, setting)
        return found

    def _known_key(self, key: str, setting: Setting) -> None:
        if key not in KEYS:
            place = span_of(setting.source, setting.expression)
            hint = suggestion(key, KEYS, what="keys of `train`")
            raise SettingError([faults.UNKNOWN_SETTING.at(place, name=setting.name, hint=hint)])

    def _claims(self, statements: Iterable[Statement], train: TrainSection | None) -> tuple[tuple[Claim, ...], Graph]:
        elaborator = ClaimElaborator(self.reporter, self.settings, self.limits)
        elaborator.adopt(self.elaborator, train)
        claims = [
            claim
            for statement in statements
            if isinstance(statement, Expect)
            and (claim := elaborator.claim(statement, self.scope, self.source)) is not None
        ]
        full = replace(self._graph(), nodes=tuple(elaborator.builder.nodes))
        return tuple(claims), full

    def _check_settings(self, graph: Graph, data: Mapping[str, DataSection]) -> None:
        untaken = self.settings.untaken
        if not untaken:
            return
        known = [
            *graph.inputs,
            *graph.params,
            *self.unit.constants,
            *self.dims,
            *(f"train.{key}" for key in ("batch", "epochs")),
        ]
        known += [f"{name}.{column}" for name, section in data.items() for column in section.columns]
        raise SettingError(
            faults.UNKNOWN_SETTING.at(
                span_of(setting.source, setting.expression),
                name=setting.name,
                hint=suggestion(setting.name, known, what="names that can be set"),
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
        if not isinstance(statement, Block):
            continue
        name = statement.name.name
        place = span_of(unit.source, statement.name)
        reserved = "an operation" if find(name) else "an initialiser" if name in INITIALISERS else None
        if reserved:
            reporter.report(faults.RESERVED_BLOCK, place, name=name, what=reserved)
        elif name in unit.blocks:
            reporter.report(faults.DEFINED_TWICE, place, name=name)
        else:
            unit.blocks[name] = BlockValue(statement, unit)
