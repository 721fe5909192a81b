"""Values that stand in for what the text says: `--set NAME=VALUE`."""

from collections.abc import Iterable
from typing import NamedTuple

from ...grammar.diagnostic import Diagnostic
from ...grammar.parse import parse_expression
from ...grammar.source import Source, Span
from ...grammar.spec_error import SpecError
from ...grammar.syntax import Expression, Text
from .. import faults
from .expressions.constants import constant
from .reporter import Reporter, span_of
from .scope import FAILED, Constant, Failed, Scope, Site, Unit

KINDS_AND_SHAPES = "G2"
"""Codes of values that can be read, but do not fit the spec."""


class Setting(NamedTuple):
    """One setting: the name, the value as an expression, and the text that it came from.

    `fault` says why the text is no expression; it is a bare text then.
    """

    name: str
    expression: Expression
    source: Source
    fault: Diagnostic | None = None

    @property
    def span(self) -> Span:
        return span_of(self.source, self.expression)

    def site(self, reporter: Reporter) -> Site:
        """Where the value stands; it sees no names."""
        return Site(Scope(Unit(self.source)), self.source, reporter)


class Settings:
    """All settings of one compilation; remembers which were taken."""

    def __init__(self, settings: Iterable[Setting] = ()) -> None:
        self._settings = {setting.name: setting for setting in settings}
        self._taken: set[str] = set()

    def take(self, name: str) -> Setting | None:
        """The setting of that name, if there is one."""
        if not self._settings:
            return None
        setting = self._settings.get(name)
        if setting is not None:
            self._taken.add(name)
        return setting

    def section(self, section: str, keys: Iterable[str]) -> dict[str, Setting]:
        """Settings of a section's keys, by key."""
        found = {key: self.take(f"{section}.{key}") for key in keys}
        return {key: setting for key, setting in found.items() if setting is not None}

    @property
    def untaken(self) -> list[Setting]:
        return [setting for name, setting in self._settings.items() if name not in self._taken]

    def unreadable(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Of some diagnostics, those that say that a setting's value cannot be read."""
        by_source = {setting.source: setting for setting in self._settings.values()}
        found = []
        for diagnostic in diagnostics:
            where = diagnostic.where
            setting = by_source.get(where.source) if isinstance(where, Span) else None
            if setting is None or (diagnostic.code.startswith(KINDS_AND_SHAPES) and not setting.fault):
                continue
            said = setting.fault or diagnostic
            reason, hint = said.message, said.hint
            found.append(faults.UNREADABLE_SETTING.at(said.where, name=setting.name, reason=reason, hint=hint))
        return found


def read_setting(name: str, text: str) -> Setting:
    """A setting from its text: an expression, or bare text where it is none."""
    source = Source(f"--set {name}", text)
    try:
        return Setting(name, parse_expression(source), source)
    except SpecError as error:
        return Setting(name, Text(text, 0, len(text)), source, error.diagnostics[0])


def settle(setting: Setting, reporter: Reporter, *, text: bool) -> Constant | Failed:
    """The compile-time value of a setting; `text`: a text is wanted, so that bare text is one."""
    expression = setting.expression
    if text:
        return expression.value if isinstance(expression, Text) else setting.source.text
    value = constant(expression, setting.site(reporter), f"`{setting.name}`")
    if isinstance(value, str):
        reporter.report(faults.NOT_A_VALUE, setting.span, what="a text")
        return FAILED
    return value
