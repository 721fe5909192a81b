"""Which characters may stand in a spec, and which names can be told apart."""

import re
import unicodedata
from collections.abc import Callable
from itertools import islice

from ..diagnostic import Diagnostic, Note
from ..faults import HIDDEN_CHARACTER, LONE_RETURN, LOOK_ALIKE, MIXED_SCRIPTS, NAME_CHARACTER, STRAY_CHARACTER
from ..hidden import HIDDEN
from ..source import Source, Span
from .signs import is_sign, sign_meant, without_signs

LETTER = r"[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f]"
WORD = LETTER + r"[^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]*"
"""A name as a pattern, as graph.lark's NAME is; which of them are names is for `Names` to say."""

SUBSCRIPTS = {ord("\u2080") + digit: str(digit) for digit in range(10)}
"""Digits that go on a name (`w₁`) beside those of XID_Continue."""


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


def is_name(word: str) -> bool:
    """Whether a word in NFC is a name: XID_Start, then XID_Continue and subscripts."""
    return word.translate(SUBSCRIPTS).isidentifier()


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
        from .mixing import in_one_script, mixed  # most names are ASCII

        name = unicodedata.normalize("NFC", word)
        for part in re.split(r"\.|\[[0-9]+\]", name):
            if part and not is_name(part):
                return self.refuse(word, start)
            if scripts := mixed(part):
                span = Span(self.source, start, start + len(word))
                self.report(MIXED_SCRIPTS.at(span, name=part, scripts=" and ".join(scripts), hint=in_one_script(part)))
        self.others[name] = start
        return name

    def refuse(self, word: str, start: int) -> str:
        """Report the first character that can't stand in a name; returns the name without signs that can't."""
        begin = 0
        for place, character in enumerate(word):
            if character in ".[]" or (character.isdecimal() and "[" in word[begin:place]):
                begin = begin if character.isdecimal() or character == "[" else place + 1
            elif not is_name(unicodedata.normalize("NFC", word[begin : place + 1])):
                span = Span(self.source, start + place, start + place + 1)
                fault = STRAY_CHARACTER if is_sign(character) else NAME_CHARACTER
                self.report(fault.at(span, character=described(character), hint=sign_meant(character)))
                break
        return without_signs(word)

    def compare(self) -> None:
        """Report names that differ only in characters that look alike."""
        if not self.others:
            return
        from .letters import skeleton, told_apart

        spelt: dict[str, tuple[str, int]] = {}
        seen: dict[str, tuple[str, int]] = {}
        ordered = sorted([*self.plain.items(), *self.others.items()], key=lambda item: item[1])
        for name, start in ordered:
            other, first = spelt.setdefault(unicodedata.normalize("NFKC", name), (name, start))
            if other == name:
                other, first = seen.setdefault(skeleton(name), (name, start))
                if told_apart(name, other):
                    continue
            note = Note(f"`{other}` is here", Span(self.source, first, first + len(other)))
            span = Span(self.source, start, start + len(name))
            hint = f"where one of them is meant, write `{other}` in both places; else rename one"
            self.report(LOOK_ALIKE.at(span, name=name, other=other, notes=[note], hint=hint))
