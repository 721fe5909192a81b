"""Every keyword is soft: whether a word is one is seen from what stands before and after it."""

import re

from .unicode.characters import LETTER

AFTER_OPERAND = {"as": "AS", "like": "LIKE", "within": "WITHIN", "after": "AFTER"}
KINDS = {"int", "real"}
SOFT = {*AFTER_OPERAND, *KINDS, "train", "repeat"}
"""Words that may be keywords inside a statement."""

OPERAND_ENDS = {"NAME", "PATH", "NUMBER", "TEXT", "RPAR", "RSQB", "RBRACE"}
"""Types of the tokens that an operand may end with."""

NAMES_A_NODE = re.compile(r"[ \t]*(?:=(?!=)|,)")
COUNTS_COPIES = re.compile(rf"[ \t]+(?!as[ \t]+{LETTER})(?:[0-9(.]|{LETTER})")


def names_node(text: str, stop: int) -> bool:
    """Whether the first word of a statement, which ends at `stop`, is a name that the statement gives."""
    return NAMES_A_NODE.match(text, stop) is not None


def inner_type(word: str, before: str, text: str, stop: int, *, inside_values: bool) -> str:
    """The type of a soft word inside a statement: the keyword's, or NAME.

    `before` is the type of the token before it, `stop` where the word ends in `text`, `inside_values` whether it stands
    in brackets that hold values.
    """
    if before == "COLON":
        return "KIND" if word in KINDS else "NAME"
    if before in OPERAND_ENDS:
        return AFTER_OPERAND.get(word, "NAME")
    if word == "train" and before == "AFTER":
        return "TRAIN"
    may_repeat = before == "ARROW" or (before == "LBRACE" and inside_values)
    return "REPEAT" if word == "repeat" and may_repeat and COUNTS_COPIES.match(text, stop) else "NAME"
