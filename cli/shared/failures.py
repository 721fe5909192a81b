"""The one place that turns what went wrong into diagnostics and an exit code."""

import os
from typing import NamedTuple

from ...grammar.diagnostic import Diagnostic, Place
from ...grammar.source import Span
from ...grammar.spec_error import SpecError
from .faults import INTERRUPTED, NO_MEMORY, OUTPUT_CLOSED, OWN_FAULT, SYSTEM

FINE, WRONG_FILE, WRONG_COMMAND_LINE, INTERRUPT = 0, 1, 2, 130
"""Exit codes: fine; the file, the data or a claim is wrong; the command line is wrong; interrupted."""

EXPECTED = (SpecError, OSError, MemoryError, KeyboardInterrupt)
"""Exceptions that a verb may end with; any other one is a fault of our own."""

UNREADABLE = ("G0", "G1", "G3")
"""The beginnings of the codes of faults in text, names and settings."""


class Failure(NamedTuple):
    """Why a verb failed, and the exit code that says so."""

    diagnostics: tuple[Diagnostic, ...]
    code: int


def failure_of(error: BaseException) -> Failure:
    """The diagnostics and the exit code of an exception."""
    if _of_interrupt(error):  # before anything is imported: that may be what it broke off
        return Failure((INTERRUPTED.at(None),), INTERRUPT)
    from ...grammar.spec_error import SettingError

    match error:
        case SettingError():
            return Failure(error.diagnostics, WRONG_COMMAND_LINE)
        case SpecError():
            return Failure(error.diagnostics, WRONG_COMMAND_LINE if _unreadable_setting(error) else WRONG_FILE)
        case BrokenPipeError():
            return Failure((OUTPUT_CLOSED.at(None),), WRONG_FILE)
        case OSError():
            place = Place(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else None
            return Failure((SYSTEM.at(place, reason=(error.strerror or str(error)).lower()),), WRONG_FILE)
        case MemoryError():
            return Failure((NO_MEMORY.at(None),), WRONG_FILE)
    hint = "CHAINRULE_TRACEBACK=1 in the environment prints where"
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Failure((OWN_FAULT.at(None, error=said, hint=hint),), WRONG_FILE)


def _of_interrupt(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind an exception: what it breaks off may fail in another way."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _unreadable_setting(error: SpecError) -> bool:
    """Whether all that is wrong stands in values of `--set`, and is neither their shapes nor the data they name."""
    errors = [diagnostic for diagnostic in error.diagnostics if diagnostic.severity == "error"]
    return bool(errors) and all(
        isinstance(each.where, Span) and each.where.source.name.startswith("--set ") and each.code[:2] in UNREADABLE
        for each in errors
    )


def traceback_wanted() -> bool:
    """Whether a fault of our own shall be shown with its whole trace."""
    return bool(os.environ.get("CHAINRULE_TRACEBACK"))
