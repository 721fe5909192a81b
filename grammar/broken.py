"""After a fault: where to read on, and what stands for the statement that did not parse."""

import re
import unicodedata

from .scan import BRACKETS, CLOSES, COMMENT, END, NEWLINE, SIGN, Opener, Scanner
from .syntax import Broken
from .unicode.characters import WORD
from .unicode.signs import without_signs

SECOND = rf"(?:[ \t]+({WORD}))?"
"""What an unknown word before a name would have defined: `x` of `inpt x: [3]`."""
LIST = rf"{WORD}(?:[ \t]*,[ \t]*{WORD}){{0,1000}}+"
HEAD = r"(dim|const|input|param|output|block|data|train|expect|use|return|chainrule)\b(?![ \t]*[=,])"
DEFINED = re.compile(rf"[ \t]*(?:{HEAD})?[ \t]*({LIST})?{SECOND}")
BEGINS_NOTHING = re.compile(r"[ \t]*(?:->|[-+*/@([0-9\".])")
"""A line that can't begin a statement."""
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
    if keyword in ("expect", "use", "return", "chainrule", "next"):
        return Broken("value", (), start, stop)
    stages = tuple(ALIAS.findall(text, start, stop))
    return Broken("value", tuple(dict.fromkeys(names + stages)), start, stop)


def values_open(scanner: Scanner) -> list[Opener]:
    """The brackets that are open inside the statement."""
    openers = scanner.openers
    return openers[1:] if openers and openers[0].body else openers[:]


def line_start(scanner: Scanner, offset: int) -> int:
    """Where the line of an offset begins."""
    return scanner.text.rfind("\n", 0, offset) + 1


def starts_statement(scanner: Scanner, line: int) -> bool:
    """Whether a line inside open brackets reads like the next statement: it is no further right than this one."""
    match = scanner.words.statement.match(scanner.text, line)
    return match is not None and len(match[1]) <= scanner.statement - line_start(scanner, scanner.statement)


def skip(scanner: Scanner, start: int) -> int:
    """Where to read on after a fault at `start`: after the statement's end, brackets that it opened considered."""
    opened = [opener.symbol for opener in values_open(scanner)]
    del scanner.openers[len(scanner.openers) - len(opened) :]
    text = scanner.text
    for match in scanner.words.pattern.finditer(text, start):
        group = match.lastindex or END
        place, stop = match.span(group)
        word = text[place:stop]
        if group == NEWLINE:
            ends = word == "\n" and starts_statement(scanner, stop) if opened else not BEGINS_NOTHING.match(text, stop)
            if ends:
                return stop
        elif group == COMMENT:
            scanner.comment(place, stop)
        elif group == SIGN and word in BRACKETS:
            if word not in CLOSES:
                opened.append(word)
            elif CLOSES[word] in opened[-1:]:
                opened.pop()
            elif word == "}" and scanner.openers:
                return place
        elif group == END:
            return place
    return len(text)
