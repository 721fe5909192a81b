"""All that a generated program may be made of: machine-made names, numbers, a few words. Whatever else is refused.

A text, a path, an attribute that is no number: what a spec or a file can say never becomes part of a program, it is
bound as an object. This is held here, where programs are finished, and by the executor, which takes no other text.
"""

import re
from typing import NewType

Program = NewType("Program", str)
"""A text that `checked` has seen."""

WORDS = (
    "def", "return", "for", "in", "if", "else", "not", "try", "except", "None", "make", "step", "function", "np",
    "float", "copy", "others", "out", "ArithmeticError", "ValueError",
    "loss", "own", "own_e", "peak", "chosen", "rest", "scale", "t",
)  # fmt: skip
"""Python's own, and the names of locals."""

METHODS = ("argmax", "argmin", "copy", "dot", "fill", "item", "reshape", "swapaxes", "take", "transpose", "view")
"""Methods of the arrays that each call is given."""

TEXTS = ("'clip'", '"same_kind"', "'nan'", "'uint32'", "'uint64'")

ALL = "..."
NAME = r"(?:[bxv]|row)\d+"
NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
SIGNS = r"[-+*/<>=()\[\],: \n]++"


def _any(*choices: str) -> str:
    return f"(?:{'|'.join(choices)})"


PROGRAM = re.compile(
    f"(?:{SIGNS}"
    f"|{_any(NAME, NUMBER, *WORDS)}(?![.\\w])"
    f"|{NAME}\\.{_any(*METHODS)}(?!\\w)"
    f"|{_any(*map(re.escape, (ALL, *TEXTS)))})*+",
    re.ASCII,
)


class Unspeakable(Exception):
    """A program that says what none may say: a fault of the compiler, or of whoever fed it."""


def checked(text: str) -> Program:
    """The text as a program. Raises Unspeakable where anything stands in it that has no place there."""
    found = PROGRAM.match(text)
    end = found.end() if found else 0
    if end != len(text):
        raise Unspeakable(text[end : end + 40])
    return Program(text)
