"""Findings as Python's warnings, for scripts: where nobody shows diagnostics, they would be lost."""

import sys
import warnings

from ..grammar.diagnostic import Diagnostic
from ..grammar.spec_error import SpecError

PACKAGE = __name__.partition(".")[0]


def warn(diagnostic: Diagnostic) -> None:
    """Warns of a finding, as a RuntimeWarning at the line of the caller's own that led to it."""
    text = str(SpecError([diagnostic])).partition("\n")[0]  # an error loads the renderer when it is needed
    warnings.warn(text, RuntimeWarning, stacklevel=_own_frames())


def _own_frames() -> int:
    """How many frames lead to the first that is not of this package, counted from `warn`."""
    level, frame = 1, sys._getframe(1)  # `warnings` takes numbers of frames alone before Python 3.12
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == PACKAGE:
        level, frame = level + 1, frame.f_back
    return level
