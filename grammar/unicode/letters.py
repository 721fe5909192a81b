"""What Unicode says about the letters of names: their scripts, and which of them look alike (UTS 39).

`python -m chainrule.grammar.unicode.letters FOLDER` makes letters.json again from Unicode's files of one version:
confusables.txt, IdentifierType.txt, Scripts.txt, ScriptExtensions.txt, PropertyValueAliases.txt,
DerivedCoreProperties.txt.
"""

import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

SEEN_OTHERWISE = {
    "ĸ": "k",  # and with it Greek kappa and Cyrillic ka, which Unicode keeps apart from k
    "χ": "x",
    "σ": "σ",  # sigma is no o: texts on gates have both side by side
}
"""Where readers of formulas see letters otherwise than Unicode's table has it."""

SOURCE = "Made from the files of Unicode {version} (c) 1991-2025 Unicode, Inc.; see LICENSE-UNICODE."


class Letters(NamedTuple):
    """Ranges of code points with the scripts that they are written in, and what a letter looks like."""

    starts: tuple[int, ...]
    stops: tuple[int, ...]
    scripts: tuple[frozenset[str], ...]
    prototypes: dict[int, str]
    own_greek: frozenset[str]
    """Greek letters that look like no Latin one."""


@cache
def load() -> Letters:
    """The shipped tables."""
    data = json.loads(Path(__file__).with_name("letters.json").read_text(encoding="ascii"))
    ranges = sorted(
        (int(start, 16), int(stop or start, 16), frozenset(scripts.split()))
        for scripts, text in data["scripts"].items()
        for start, _, stop in (each.partition("-") for each in text.split())
    )
    prototypes = {ord(letter): like for like, letters in data["look_alikes"].items() for letter in letters}
    starts, stops, scripts = zip(*ranges, strict=True)
    return Letters(starts, stops, scripts, prototypes, frozenset(data["own_greek"]))


@lru_cache(4096)
def scripts(character: str) -> frozenset[str]:
    """The scripts that a character is used in; none where it goes with those of any."""
    letters = load()
    place = bisect_right(letters.starts, ord(character)) - 1
    return letters.scripts[place] if place >= 0 and ord(character) <= letters.stops[place] else frozenset()


def own_greek(letter: str) -> bool:
    """Whether it is a Greek letter that looks like no Latin one."""
    return letter in load().own_greek


def looks_like(letter: str) -> str:
    """What Unicode's table writes for a letter and for all that look like it: of `α` and Cyrillic `а` it is `a`."""
    return "".join(map(_seen, _parts(letter)))


def latin_look_alike(letter: str) -> str:
    """The Latin letter of ASCII that a letter looks like; the letter itself where it looks like none."""
    if letter.isascii():
        return letter
    like = "I" if letter.isupper() and looks_like(letter) == "l" else looks_like(letter)
    return like if len(like) == 1 and like.isascii() and like.isalpha() else letter


def skeleton(name: str) -> str:
    """What is seen of a name: equal for names that look alike (and for `l`, `I` and `1`, `0` and `O`, `m` and `rn`)."""
    return unicodedata.normalize("NFD", _parts(name).translate(load().prototypes))


def told_apart(one: str, other: str) -> bool:
    """Whether names of one skeleton differ within one script alone, whose readers know its letters."""
    return one == other or all(
        not a or not b or a & b for a, b in zip(_written_in(one), _written_in(other), strict=True)
    )


def _parts(name: str) -> str:
    return unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name))


def _seen(character: str) -> str:
    return unicodedata.normalize("NFD", load().prototypes.get(ord(character), character))


def _written_in(name: str) -> Iterator[frozenset[str]]:
    """The scripts of the letter behind each character of a skeleton; what belongs to none counts as Latin."""
    for character in _parts(name):
        for _ in _seen(character):
            yield scripts(character) or frozenset(("Latin",))


# --- made from Unicode's files ----------------------------------------------------------------------------------


def made(folder: Path) -> dict[str, Any]:
    """The tables as JSON values: of what may stand in a name, without what normalisation (NFKC, NFD) takes apart."""
    properties = _rows(folder / "DerivedCoreProperties.txt")
    in_names = {code for codes, kind, *_ in properties if kind == "XID_Continue" for code in codes}
    scripts_of = _scripts(folder)
    named = {code: scripts_of[code] for code in in_names if scripts_of[code] not in ("Common", "Inherited")}
    like = _prototypes(folder / "confusables.txt", in_names)
    everyday = {chr(code) for codes, kind in _rows(folder / "IdentifierType.txt") if kind == "Recommended"
                for code in codes if scripts_of.get(code) == "Latin"}  # fmt: skip
    greek = (chr(code) for code in sorted(named) if named[code] == "Greek" and _parts(chr(code)) == chr(code))
    version = re.search(r"# Version: (\S+)", (folder / "confusables.txt").read_text(encoding="utf-8"))
    assert version is not None  # it says of which version it is
    return {
        "source": SOURCE.format(version=version[1]),
        "own_greek": "".join(each for each in greek if each.isalpha() and like.get(each) not in everyday),
        "scripts": {each: _ranges(sorted(c for c in named if named[c] == each)) for each in sorted({*named.values()})},
        "look_alikes": {
            each: "".join(letter for letter in like if like[letter] == each) for each in sorted({*like.values()})
        },
    }


def _scripts(folder: Path) -> dict[int, str]:
    """The scripts of each code point, by their long names."""
    aliases = (folder / "PropertyValueAliases.txt").read_text(encoding="utf-8")
    long = dict(re.findall(r"^sc *; (\w+) *; (\w+)", aliases, re.MULTILINE))
    found = {code: name for codes, name in _rows(folder / "Scripts.txt") for code in codes}
    for codes, listed in _rows(folder / "ScriptExtensions.txt"):
        found |= dict.fromkeys(codes, " ".join(sorted(long[each] for each in listed.split())))
    return found


def _prototypes(path: Path, in_names: set[int]) -> dict[str, str]:
    """What letters look like, by letter."""
    other = str.maketrans(SEEN_OTHERWISE)
    rows = {codes[0]: "".join(chr(int(code, 16)) for code in like.split()) for codes, like, _ in _rows(path)}
    found = {chr(code): like.translate(other) for code, like in sorted(rows.items()) if code in in_names}
    found |= SEEN_OTHERWISE
    return {each: like for each, like in sorted(found.items()) if like != each and _parts(each) == each}


def _rows(path: Path) -> Iterator[tuple[Any, ...]]:
    """The rows of one of Unicode's files: a range of code points, then texts."""
    for line in path.read_text(encoding="utf-8").splitlines():
        codes, *others = (part.strip() for part in line.partition("#")[0].split(";"))
        if codes and re.fullmatch(r"[0-9A-F.]+", codes):
            start, _, stop = codes.partition("..")
            yield range(int(start, 16), int(stop or start, 16) + 1), *others


def _ranges(codes: list[int]) -> str:
    starts = [code for place, code in enumerate(codes) if place == 0 or codes[place - 1] != code - 1]
    stops = [code for place, code in enumerate(codes) if place + 1 == len(codes) or codes[place + 1] != code + 1]
    pairs = zip(starts, stops, strict=True)
    return " ".join(f"{start:x}" if start == stop else f"{start:x}-{stop:x}" for start, stop in pairs)


def text(data: dict[str, Any]) -> str:
    """The tables as the text of letters.json: a line for each entry, so that changes can be read."""
    parts = [f'"{key}": {json.dumps(data[key])}' for key in ("source", "own_greek")]
    for key in ("scripts", "look_alikes"):
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in data[key].items())
        parts.append(f'"{key}": {{\n{lines}\n}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    import sys

    Path(__file__).with_name("letters.json").write_text(text(made(Path(sys.argv[1]))), encoding="ascii")
