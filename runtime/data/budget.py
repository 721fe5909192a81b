"""How much memory data may take: checked against what a file declares, before anything is allocated."""

import os

from ...compiler.faults import WRONG_LIMITS
from ...grammar.diagnostic import shown
from ...grammar.spec_error import SettingError

LIMIT_VARIABLE = "CHAINRULE_DATA_LIMIT"
DEFAULT_MEBIBYTES = 4096

MEMORY_VARIABLE = "CHAINRULE_DATA_MEMORY"
DEFAULT_MEMORY_MEBIBYTES = 128

HIGHEST_RATIO = 200
"""Expansion that is believed. Deflate can reach 1032; real data stays far below this."""

ALWAYS_ALLOWED = 64 << 20
"""Bytes that may be expanded to whatever the ratio: small files of zeros are honest."""

MOST_CLASSES = 1 << 20
"""Texts of a column, or words of a file, that are numbered."""

MOST_COUNTED = 1 << 80

UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def check() -> None:
    """Raises SettingError, as the others do, where a variable is no whole number."""
    limit()
    memory()


def limit() -> int:
    """The most bytes that one array of data may take; CHAINRULE_DATA_LIMIT gives it in mebibytes."""
    return _mebibytes(LIMIT_VARIABLE, DEFAULT_MEBIBYTES)


def memory() -> int:
    """Bytes of a file's columns that are held in memory; more stay in a file. CHAINRULE_DATA_MEMORY, mebibytes."""
    return _mebibytes(MEMORY_VARIABLE, DEFAULT_MEMORY_MEBIBYTES)


def _mebibytes(variable: str, default: int) -> int:
    text = os.environ.get(variable, "").strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        reason, hint = f"`{shown(text)}` is no whole number of mebibytes", f"such as {variable}={default}"
        raise SettingError([WRONG_LIMITS.at(None, variable=variable, reason=reason, hint=hint)])
    return (int(text) if text else default) << 20


def suspicious(stored: int, expanded: int) -> bool:
    """Whether compressed bytes claim to expand to more than real data does."""
    return expanded > max(ALWAYS_ALLOWED, stored * HIGHEST_RATIO)


def size_text(count: int) -> str:
    """`7.0 TiB`, `512 bytes`."""
    if count >= MOST_COUNTED:  # a header may say anything
        return f"more than {MOST_COUNTED >> 60:,} EiB"
    if count < 1024:
        return f"{count} bytes"
    power = min((count.bit_length() - 1) // 10, len(UNITS))
    return f"{count / 1024**power:.4g} {UNITS[power - 1]}"
