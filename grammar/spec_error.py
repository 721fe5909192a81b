"""What is raised where a spec, or a setting, cannot be used."""

from collections.abc import Iterable

from .diagnostic import Diagnostic
from .render import render


class SpecError(Exception):
    """A spec, its data or a model that cannot be used; `diagnostics` says why, each with its place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n".join(render(diagnostic) for diagnostic in self.diagnostics)


class SettingError(SpecError):
    """A setting whose name is unknown or whose value cannot be read: the command line is wrong, not the spec."""
