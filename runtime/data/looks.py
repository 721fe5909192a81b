"""What a text in data looks like to a person: a number in another notation, a date, a mark for what is missing."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import islice
from typing import NamedTuple

from ...grammar.diagnostic import shown
from .notation import notation_of

ONE = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
GROUPED = r"[+-]?[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}(?:\.\d*)?"
GROUPED_OTHERWISE = r"[+-]?\d{1,3}(?:[ ’'_]\d{3})+(?:[.,]\d*)?|[+-]?\d{1,3}(?:\.\d{3}){2,}|[+-]?\d{1,3}(?:\.\d{3})+,\d+"
COMMA = r"[+-]?\d*,\d+(?:e[+-]?\d+)?"
ANY = f"(?:{ONE}|{GROUPED}|{GROUPED_OTHERWISE}|{COMMA})"
MONEY = r"(?:[$€£¥₩₹₽₺₫₪฿¢]|usd|eur|gbp|jpy|krw|chf|inr|cny|원|円|元|kr|zł|r\$)"
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[ap]\.?m\.?)?"
DAY = (
    rf"\d{{4}}[-/.]\d{{1,2}}(?:[-/.]\d{{1,2}}\.?)?|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}|\d{{4}}년(?: ?\d{{1,2}}월)?"
    rf"(?: ?\d{{1,2}}일)?|\d{{1,2}}[- .]*{MONTH}[- ,]*\d{{2,4}}|{MONTH}[- ]*(?:\d{{1,2}},? *)?\d{{4}}"
)
ABSENT = r"\?+|-+|–|—|\.|n/?a|#n/a|<na>|nan|nil|null|\(null\)|none|missing|\\n|#(?:div/0|ref|value|num|name|null)[!?]"


class Notation(NamedTuple):
    """A notation: what it is, with the way to write it, and whether names of classes that have it are doubtful."""

    pattern: str
    what: str
    doubtful: bool = False


NUMBER = Notation(ONE, "a number: keep it as one, not as a text", doubtful=True)
OTHER_SIGNS = NUMBER._replace(what="a number in signs other than 0 to 9, a point and a hyphen: write it with those")
MISSING = Notation(ABSENT, "a mark for a missing value: fill in the value, or leave out its row")
LOOKS = (
    NUMBER,
    Notation(GROUPED, "a number with thousands separators: leave them out", doubtful=True),
    Notation(COMMA, "a number with a decimal comma: write a point in its place", doubtful=True),
    Notation(GROUPED_OTHERWISE, "a number with thousands separators: leave them out", doubtful=True),
    Notation(f"{ANY} ?[%‰]|% ?{ANY}", "a number in percent: write the number alone", doubtful=True),
    Notation(
        rf"[+-]? ?{MONEY} ?{ANY}|{ANY} ?{MONEY}|\({MONEY}? ?{ANY}\)",
        "an amount of money: write the number alone",
        doubtful=True,
    ),
    Notation(
        f"(?:{DAY})(?:[t ,]+{CLOCK})?(?: ?z| ?[+-]\\d{{2}}:?\\d{{2}})?",
        "a date: write numbers in its place, such as days since a first one",
        doubtful=True,
    ),
    Notation(CLOCK, "a time: write numbers in its place, such as hours"),
    Notation(r"true|false|yes|no|on|off|t|f|y|n", "true or false: write 1 and 0"),
    Notation(r"[+-]?0x[0-9a-f]+", "a number with the base 16: write it with the base 10"),
    Notation(rf"{ANY} ?/ ?{ANY}", "a fraction: write its value"),
    Notation(rf"{ANY} ?(?:-|–|~|\.\.|to) ?{ANY}", "a range of numbers: write one number, such as its middle"),
    Notation(rf"[\[(]? ?{ONE}(?:[,;| ]+{ONE})+ ?[\])]?", "several numbers: give each a column of its own"),
    Notation(rf"{ANY} ?[°μ%a-z][\w/°·^*.]{{0,11}}", "a number with a unit: write the number alone"),
    MISSING,
)
"""Of several that fit, the first counts."""

COMPARED = 1000
"""Texts of a column that are looked at."""


def look_of(texts: Iterable[str]) -> Notation | None:
    """What all of these look like, marks for missing values apart; None where that is nothing known."""
    listed = list(islice(texts, COMPARED))
    held = [text for text in listed if not is_missing(text)] or listed
    folded = [_latin(text) for text in held]
    found = next((look for look in LOOKS if folded and all(_fits(look, text) for text in folded)), None)
    return OTHER_SIGNS if found is NUMBER and not all(map(str.isascii, held)) else found


def look_hint(text: str, others: Iterable[str] = (), *, csv: bool = False) -> str | None:
    """A hint that says what a text looks like, judged together with the others of its column where they agree.

    Of one in a CSV file it names the setting that reads it, where there is one.
    """
    column = [text, *islice(others, COMPARED)]
    look = look_of([text]) if is_missing(text) else look_of(column) or look_of([text])
    if look is None:
        return None
    setting = _setting(text, column, look) if csv else None
    told = f", or {'name' if look is MISSING else 'read'} it by `{setting}`" if setting else ""
    return f"`{shown(text)}` looks like {look.what}{told}"


def _setting(text: str, column: list[str], look: Notation) -> str | None:
    """What `csv` is told so that it reads a text and the others of its column, which look alike, as it is meant."""
    if look is MISSING:
        return f'missing = ["{text}"]' if text.isprintable() and '"' not in text else None
    held = [each for each in column if not is_missing(each)]
    notation = notation_of(held) or notation_of([text])
    return (notation.settings or 'decimal = "."') if notation else None


def is_missing(text: str) -> bool:
    """Whether a text stands for a value that is not there."""
    return _fits(MISSING, text.strip())


def _fits(look: Notation, text: str) -> bool:
    return len(text) <= 40 and _compiled(look.pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Made when a text is looked at: most data are in order."""
    return re.compile(pattern, re.IGNORECASE)


def _latin(text: str) -> str:
    """A text with the digits, signs and spaces that programs write."""
    folded = unicodedata.normalize("NFKC", text[:41]).replace("−", "-").strip()
    return "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in folded)
