"""What a console can show: plain characters in place of drawn ones that it lacks, colour where there is some."""

import os
from typing import TextIO

FAMILIES = (
    ("▁▂▃▄▅▆▇█", "_.:-=+*#"),
    ("─│╭╮╰╯├┤┬┴┼└•↑", "-|++++++++++*^"),
    ("×−±Σ‖∂µ·…′", "*-~S|du..'"),
)
"""Characters that pictures and narrations are made of, and those that stand in for them, one for one.

A curve of which some bars are lacking would mislead, so the characters of a family are replaced together.
"""


def fitted(text: str, stream: TextIO | None) -> str:
    """A text as a stream can show it; what is not drawn but somebody's own stays what it is."""
    if text.isascii() or stream is None:  # there is none where it was closed before
        return text
    for drawn, plain in FAMILIES:
        if is_dumb(stream) or not _encodable(drawn, stream):
            text = text.translate(str.maketrans(drawn, plain))
    return text


def shows_colours(stream: TextIO | None) -> bool:
    """Whether what is written there shows in colour."""
    return stream is not None and stream.isatty() and "NO_COLOR" not in os.environ and not is_dumb(stream)


def is_dumb(stream: TextIO) -> bool:
    """Whether a terminal says of itself that it can do next to nothing."""
    return os.environ.get("TERM") in ("dumb", "unknown") and stream.isatty()


def _encodable(text: str, stream: TextIO) -> bool:
    try:
        text.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
