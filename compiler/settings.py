"""Values that stand in for what the text says: `--set NAME=VALUE`."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..grammar.diagnostic import Diagnostic, SpecError
from ..grammar.parse import parse_expression
from ..grammar.source import Source
from ..grammar.syntax import Expression, Text
from .constants import constant
from .reporter import Reporter
from .values import Constant, Failed, Scope, Unit


class SettingError(SpecError):
    """A setting whose name is unknown or whose value cannot be read: the command line is wrong, not the spec."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: the name, the value as an expression, and the text that it came from."""

    name: str
    expression: Expression
    source: Source


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

    def section(self, section: str) -> dict[str, Setting]:
        """Settings of a section's keys, by key."""
        prefix = section + "."
        found = {name[len(prefix) :]: each for name, each in self._settings.items() if name.startswith(prefix)}
        self._taken.update(prefix + key for key in found)
        return found

    @property
    def untaken(self) -> list[Setting]:
        return [setting for name, setting in self._settings.items() if name not in self._taken]


def read_setting(name: str, text: str) -> Setting:
    """A setting from its text: an expression, or bare text where it is none."""
    source = Source(f"--set {name}", text)
    try:
        expression = parse_expression(source)
    except SpecError:
        expression = Text(text, 0, len(text))
    return Setting(name, expression, source)


def settle(setting: Setting, reporter: Reporter) -> Constant | Failed:
    """The compile-time value of a setting."""
    scope = Scope(Unit(setting.source))
    return constant(setting.expression, scope, setting.source, reporter, f"`{setting.name}`")


def setting_error(diagnostics: Iterable[Diagnostic]) -> SettingError:
    return SettingError(diagnostics)
