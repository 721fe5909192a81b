"""Characters that can't be seen: no spec has them, and where a text of others is shown they stand as escapes."""

import re

HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]|\r(?!\n)"
)
"""Controls, bidirectional and zero-width characters, fillers, lone surrogates; CR without LF."""


def one_line(text: str) -> str:
    """A text without line ends, tabs, or anything else that can't be seen: these stand as escapes."""
    if text.isprintable() and (text.isascii() or HIDDEN.search(text) is None):
        return text
    return "".join(c if c.isprintable() and HIDDEN.match(c) is None else escaped(c) for c in text)


def printed(text: str) -> str:
    """A text of several lines as it goes to a terminal: of what can't be seen it keeps line ends and tabs alone.

    It is the last guard. A text of others that becomes part of a line goes through `one_line` before, or `shown`.
    """
    return HIDDEN.sub(lambda found: escaped(found[0]), text.replace("\r\n", "\\r\n"))


def escaped(character: str) -> str:
    """`\\x1b`, `\\u202e`: a character as Python writes it; the mark of a letter that could not be read is seen."""
    return character if character == "\ufffd" else character.encode("unicode_escape").decode("ascii")
