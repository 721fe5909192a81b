"""What is raised for a setting that cannot be."""

from ..grammar.diagnostic import SpecError


class SettingError(SpecError):
    """A setting whose name is unknown or whose value cannot be read: the command line is wrong, not the spec."""
