"""Files that a spec uses: each is checked once, and gives its blocks and constants."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ...grammar.diagnostic import Diagnostic
from ...grammar.source import Source
from ...grammar.spec_error import SpecError
from ...grammar.syntax import Broken, Const, Module, Statement, Text, Use
from .. import faults
from ..elaborate.budget import Limits, over_budget
from ..elaborate.reporter import Reporter, span_of
from ..elaborate.scope import FAILED, BlockValue, Scope, Unit, Value
from ..library.shipped import is_later
from .loading import Loader

Check = Callable[[Module, Iterable[Diagnostic]], tuple[Unit, list[Diagnostic]]]
"""Checks a used file: what it has, and what was found in it."""


@dataclass(eq=False)
class UsedFiles:
    """The files of one compilation: what those give that are checked, and those whose check has begun."""

    loader: Loader | None
    limits: Limits
    _units: dict[int, Unit] = field(default_factory=dict)
    _open: list[Module] = field(default_factory=list)

    def enter(self, module: Module, unit: Unit, scope: Scope, reporter: Reporter, check: Check) -> None:
        """Enters what the `use` statements of a file give among its own names."""
        self._open.append(module)
        for statement in module.statements:
            if isinstance(statement, Use):
                used = self._unit(statement, module.source, reporter, check)
                _enter(statement, used or Unit(module.source, incomplete=True), unit, scope, reporter)
        self._open.pop()

    def _unit(self, statement: Use, source: Source, reporter: Reporter, check: Check) -> Unit | None:
        """What the file of a `use` gives, None where it cannot be had; the file's own faults are reported once."""
        place = span_of(source, statement.path)
        path = statement.path.value if isinstance(statement.path, Text) else statement.path.name
        if self.loader is None:
            reporter.report(faults.USE_FAILED, place, path=path, reason="this text has no folder to look in")
            return None
        try:
            module, found = self.loader(statement, source)
        except SpecError as error:
            reporter.take(error.diagnostics)
            return None
        if id(module) in self._units:
            return self._units[id(module)]
        if module in self._open:
            names = [each.source.name for each in (*self._open[self._open.index(module) :], module)]
            reporter.report(faults.USE_CIRCLE, place, path=path, circle=" -> ".join(names))
            return None
        if over_budget(self.limits, "use_depth", len(self._open), place, reporter) or over_budget(
            self.limits, "files", len(self._units) + len(self._open), place, reporter
        ):
            return None
        unit, diagnostics = check(module, found)
        reporter.take(diagnostics)
        self._units[id(module)] = _given(unit, module.statements)
        return self._units[id(module)]


def _given(unit: Unit, statements: Iterable[Statement]) -> Unit:
    """What a file gives to those that use it: its own blocks and constants."""
    blocks = {name: block for name, block in unit.blocks.items() if block.unit is unit}
    constants: dict[str, Value] = {}
    for statement in statements:
        if isinstance(statement, Const):
            constants[statement.name.name] = unit.constants.get(statement.name.name, FAILED)
        elif isinstance(statement, Broken) and statement.kind == "value":
            constants |= dict.fromkeys(statement.names, FAILED)
    return Unit(unit.source, blocks, constants, broken_blocks=unit.broken_blocks)


def _enter(statement: Use, used: Unit, unit: Unit, scope: Scope, reporter: Reporter) -> None:
    """Enters what a used file gives: under the alias, or among the file's own names."""
    alias, span = statement.alias, span_of(unit.source, statement)

    def free(name: str, taken: bool) -> bool:
        if taken:
            hint = "`use ... as` and a name of its own for each file keeps their names apart"
            reporter.report(faults.DEFINED_TWICE, span, name=name, hint=hint)
        return not taken

    if alias is not None:
        if free(alias.name, alias.name in unit.aliases):
            unit.aliases[alias.name] = used
            unit.constants |= {f"{alias.name}.{name}": value for name, value in used.constants.items()}
        return
    unit.incomplete = unit.incomplete or used.incomplete
    unit.broken_blocks |= used.broken_blocks
    for name, block in used.blocks.items():
        known = unit.blocks.get(name)
        # What came into the library later goes behind any other of its name, whichever of them is used first.
        if known is None or known is block or _is_later(name, known):
            unit.blocks[name] = block
        elif not _is_later(name, block):
            free(name, taken=True)
    for name, value in used.constants.items():
        if free(name, name in unit.constants):
            unit.constants[name] = value
            scope.places[name] = span


def _is_later(name: str, block: BlockValue) -> bool:
    return is_later(block.unit.source.name, name)
