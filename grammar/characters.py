"""Which characters may stand in a spec, and which names can be told apart."""

import re
import unicodedata
from collections.abc import Callable
from itertools import groupby, islice

from .diagnostic import LONGEST_SHOWN, Diagnostic, Note
from .faults import HIDDEN_CHARACTER, LONE_RETURN, LOOK_ALIKE, MIXED_SCRIPTS, NAME_CHARACTER, STRAY_CHARACTER
from .hidden import HIDDEN
from .signs import is_sign, sign_meant, without_signs
from .source import Source, Span

LETTER = r"[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f]"
WORD = LETTER + r"[^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]*"
"""A name as a pattern, as graph.lark's NAME is; which of them are names is for `Names` to say."""

MOST_PARTS = 3
"""Parts of a name in several scripts that a hint shows."""

WRITTEN_TOGETHER = dict.fromkeys(("HIRAGANA", "KATAKANA", "CJK", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"), "CJK")

# Letters of other scripts that look like a Latin letter, by that letter.
LATIN_LOOK_ALIKES = {
    "A": "\u0391\u0410", "B": "\u0392\u0412", "C": "\u0421\u03f9", "E": "\u0395\u0415",
    "H": "\u0397\u041d", "I": "\u0399\u0406\u04c0", "J": "\u0408", "K": "\u039a\u041a",
    "M": "\u039c\u041c", "N": "\u039d", "O": "\u039f\u041e\u0555", "P": "\u03a1\u0420",
    "S": "\u0405\u054f", "T": "\u03a4\u0422", "V": "\u0474", "W": "\u051c",
    "X": "\u03a7\u0425", "Y": "\u03a5\u04ae", "Z": "\u0396", "a": "\u0430\u03b1",
    "c": "\u0441\u03f2", "d": "\u0501", "e": "\u0435", "g": "\u0581",
    "h": "\u04bb\u0570", "i": "\u0456\u03b9", "j": "\u0458\u03f3", "k": "\u03ba\u043a",
    "l": "\u04cf", "n": "\u0578", "o": "\u03bf\u043e\u0585", "p": "\u03c1\u0440",
    "q": "\u051b\u0566", "s": "\u0455", "u": "\u03c5\u057d", "v": "\u03bd\u0475",
    "w": "\u051d", "x": "\u0445\u03c7", "y": "\u0443\u03b3\u04af",
}  # fmt: skip
TO_LATIN = {ord(other): latin for latin, others in LATIN_LOOK_ALIKES.items() for other in others}


def described(character: str) -> str:
    """A character as a message shows it: by sight where it can be seen, and by code point and name."""
    seen = f"`{character}` " if character.isprintable() and not character.isspace() else ""
    name = unicodedata.name(character, "")
    if seen and character.isascii():
        return seen.strip()
    return f"{seen}(U+{ord(character):04X}{' ' if name else ''}{name})"


def cleaned(source: Source, report: Callable[[Diagnostic], None], most: int) -> str:
    """The text with a space for each character that may not stand in a spec; reports at `most` so many of them."""
    text = source.text
    if HIDDEN.search(text) is None:
        return text
    for match in islice(HIDDEN.finditer(text), most):
        span = Span(source, match.start(), match.end())
        if match[0] == "\r":
            report(LONE_RETURN.at(span))
        else:
            report(HIDDEN_CHARACTER.at(span, character=described(match[0])))
    return HIDDEN.sub(" ", text)


def script(letter: str) -> str:
    """The script of a letter, by the first word of its Unicode name."""
    name = unicodedata.name(unicodedata.normalize("NFKC", letter)[0], "UNNAMED").split()
    return WRITTEN_TOGETHER.get(name[0], name[0])


def in_one_script(name: str) -> str:
    """What to write for a name whose letters are of several scripts."""
    name = name[:LONGEST_SHOWN]
    if _latin(plain := name.translate(TO_LATIN)) and not any(_spelt(c) for c in name):
        return f"in Latin letters alone it is `{plain}`"
    parts = [f"{_spelt(c)}_" if _spelt(c) else c for c in name]
    if _latin(spelt := "".join(parts).rstrip("_")):
        return f"write `{spelt}`"
    letters = (c for c in name if unicodedata.category(c)[0] == "L")
    alone = " or ".join(f"`{''.join(found)}`" for _, found in islice(groupby(letters, script), MOST_PARTS))
    return f"write it in one script, as {alone} alone; digits and `_` go with the letters of any"


def _latin(name: str) -> bool:
    return all(script(c) == "LATIN" for c in name if unicodedata.category(c)[0] == "L")


def _spelt(letter: str) -> str:
    """A Greek letter by its name, `delta` and `Delta`; empty for letters that look Latin, and all others."""
    words = unicodedata.name(letter, "").split()
    if words[:1] != ["GREEK"] or "LETTER" not in words or (letter.isupper() and ord(letter) in TO_LATIN):
        return ""
    name = words[words.index("LETTER") + 1].lower()
    return name.capitalize() if letter.isupper() else "" if name == "omicron" else name


class Names:
    """The names of a file as they are met: each held to the rules for names, and told apart from the others."""

    def __init__(self, source: Source, report: Callable[[Diagnostic], None]) -> None:
        self.source = source
        self.report = report
        self.plain: dict[str, int] = {}  # ASCII names, and where each was first seen
        self.others: dict[str, int] = {}

    def check(self, word: str, start: int) -> str:
        """The canonical form of a name or path as it stands at `start`."""
        if word.isascii():
            if "[" in word:
                word = re.sub(r"\[0+(?=[0-9])", "[", word)
            self.plain[word] = start
            return word
        name = unicodedata.normalize("NFC", word)
        for part in re.split(r"\.|\[[0-9]+\]", name):
            if part and not part.isidentifier():
                return self.refuse(word, start)
            scripts = sorted({script(c) for c in part if unicodedata.category(c)[0] == "L"})
            if len(scripts) > 1:
                span = Span(self.source, start, start + len(word))
                listed = " and ".join(s.capitalize() for s in scripts)
                self.report(MIXED_SCRIPTS.at(span, name=part, scripts=listed, hint=in_one_script(part)))
        self.others[name] = start
        return name

    def refuse(self, word: str, start: int) -> str:
        """Report the first character that can't stand in a name; returns the name without signs that can't."""
        begin = 0
        for place, character in enumerate(word):
            if character in ".[]" or (character.isdecimal() and "[" in word[begin:place]):
                begin = begin if character.isdecimal() or character == "[" else place + 1
            elif not unicodedata.normalize("NFC", word[begin : place + 1]).isidentifier():
                span = Span(self.source, start + place, start + place + 1)
                fault = STRAY_CHARACTER if is_sign(character) else NAME_CHARACTER
                self.report(fault.at(span, character=described(character), hint=sign_meant(character)))
                break
        return without_signs(word)

    def compare(self) -> None:
        """Report names that differ only in letters that look alike."""
        if not self.others:
            return
        seen: dict[str, tuple[str, int]] = {}
        ordered = sorted([*self.plain.items(), *self.others.items()], key=lambda item: item[1])
        for name, start in ordered:
            shape = unicodedata.normalize("NFKC", name).translate(TO_LATIN)
            other, first = seen.setdefault(shape, (name, start))
            if other != name:
                note = Note(f"`{other}` is here", Span(self.source, first, first + len(other)))
                span = Span(self.source, start, start + len(name))
                self.report(LOOK_ALIKE.at(span, name=name, other=other, notes=[note]))
