"""What a statement that did not parse would have defined."""

import re
import unicodedata

from .scan import WORD
from .signs import without_signs
from .syntax import Broken

SECOND = rf"(?:[ \t]+({WORD}))?"
"""What an unknown word before a name would have defined: `x` of `inpt x: [3]`."""
LIST = rf"{WORD}(?:[ \t]*,[ \t]*{WORD}){{0,1000}}+"
HEAD = r"(dim|const|input|param|output|block|data|train|expect|use|return|chainrule)\b(?![ \t]*[=,])"
DEFINED = re.compile(rf"[ \t]*(?:{HEAD})?[ \t]*({LIST})?{SECOND}")
ALIAS = re.compile(rf"\bas[ \t]+({WORD})")


def broken(text: str, start: int, stop: int) -> Broken:
    """The stand-in for the statement at `start` whose text was given up up to `stop`."""
    match = DEFINED.match(text, start)
    assert match is not None  # it matches nothing at all, too
    keyword, listed = match[1], match[2] or ""
    names = tuple(part.strip() for part in listed.split(",") if part.strip())
    if keyword is None and match[3]:
        names = (*names, match[3])
    names = tuple(without_signs(unicodedata.normalize("NFC", name)) for name in names)
    if keyword == "block":
        return Broken("block", names[:1], start, stop)
    if keyword in ("data", "train"):
        return Broken("section", ("train",) if keyword == "train" else names[:1], start, stop)
    if keyword in ("expect", "use", "return", "chainrule"):
        return Broken("value", (), start, stop)
    stages = tuple(ALIAS.findall(text, start, stop))
    return Broken("value", tuple(dict.fromkeys(names + stages)), start, stop)
