"""Which scripts the letters of one name may be of, and what to write for a name that mixes others."""

import unicodedata
from collections.abc import Iterator
from itertools import islice

from ..diagnostic import LONGEST_SHOWN
from .letters import latin_look_alike, looks_like, own_greek, scripts

MOST_PARTS = 3
"""Parts of a name in several scripts that a hint shows."""

WRITTEN_TOGETHER = (
    frozenset(("Latin", "Han", "Hiragana", "Katakana")),
    frozenset(("Latin", "Han", "Hangul")),
    frozenset(("Latin", "Han", "Bopomofo")),
)
"""Scripts that a name may mix (UTS 39, highly restrictive); Greek letters that look like no Latin one go with each."""


def mixed(name: str) -> list[str]:
    """The scripts of a name, where its letters may not stand together; none where they may."""
    letters = list(_letters(name))
    found = [of for letter in letters if (of := scripts(letter))]
    if not found or frozenset.intersection(*found):
        return []
    if any(all(_goes_with(letter, together) for letter in letters) for together in WRITTEN_TOGETHER):
        return []
    return sorted({min(of) for of in found})


def in_one_script(name: str) -> str:
    """What to write for a name that mixes letters which may not stand together."""
    name = name[:LONGEST_SHOWN]
    plain = "".join(map(latin_look_alike, name))
    if not mixed(plain) and not any(map(_spelt, name)):
        return f"with Latin letters it is `{plain}`"
    spelt = spelt_out(name)
    if spelt != name and not mixed(spelt):
        letter = next(filter(_spelt, name))
        return f"`{letter}` looks like `{looks_like(letter)}`: write `{spelt}`"
    alone = " or ".join(f"`{part}`" for part in islice(_apart(name), MOST_PARTS))
    return f"write {alone} alone; digits and `_` go with the letters of any script"


def spelt_out(name: str) -> str:
    """A name with Greek letters that may not stand beside Latin by their names: `alpha_x` for `αx`."""
    return "".join(f"{_spelt(letter)}_" if _spelt(letter) else letter for letter in name).rstrip("_")


def _letters(text: str) -> Iterator[str]:
    """The letters of a text, of what it is without marks and forms: digits and marks go with any."""
    for character in text:
        if unicodedata.category(character)[0] == "L":
            plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", character))
            yield from (each for each in plain if unicodedata.category(each)[0] == "L")


def _goes_with(letter: str, together: frozenset[str]) -> bool:
    of = scripts(letter)
    return not of or bool(of & together) or own_greek(letter)


def _apart(name: str) -> Iterator[str]:
    """The letters of a name in parts that are no fault each."""
    part = ""
    for letter in name:
        if unicodedata.category(letter)[0] != "L":
            continue
        if mixed(part + letter):
            yield part
            part = ""
        part += letter
    yield part


def _spelt(letter: str) -> str:
    """A Greek letter that may not stand beside Latin by its name, as `alpha`; empty for capitals, and all others."""
    words = unicodedata.name(unicodedata.normalize("NFKC", letter)[0], "").split()
    if words[:2] != ["GREEK", "SMALL"] or "LETTER" not in words or own_greek(letter):
        return ""
    name = words[words.index("LETTER") + 1].lower()
    return "" if name == "omicron" else name
