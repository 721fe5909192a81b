"""Unicode's tables of scripts and look-alikes, tried on every pair of letters that may meet in a name."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

import pytest

from chainrule.grammar.hidden import HIDDEN
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.unicode.letters import (
    SEEN_OTHERWISE,
    latin_look_alike,
    load,
    looks_like,
    own_greek,
    scripts,
    skeleton,
    told_apart,
)
from chainrule.grammar.unicode.mixing import mixed

GOES_ON = [
    chr(code) for code in range(0x80, 0x110000) if f"a{chr(code)}".isidentifier() and not HIDDEN.match(chr(code))
]
BESIDE_LATIN = [each for each in GOES_ON if not mixed(f"w{each}")]


def codes(text: str) -> list[str]:
    return [fault.code for fault in parse(Source("a.graph", text))[1]]


def alike(among: list[str]) -> Iterator[tuple[str, str]]:
    """Every pair of one skeleton."""
    groups = defaultdict(list)
    for each in among:
        groups[skeleton(each)].append(each)
    for group in groups.values():
        yield from combinations(group, 2)


def test_every_pair_beside_latin_letters() -> None:
    """Those of two scripts that look alike are refused within a file; so is another form of one letter."""
    ascii_letters = [chr(code) for code in range(0x30, 0x7B) if chr(code).isalnum()]
    pairs = [pair for pair in alike([*ascii_letters, *BESIDE_LATIN]) if not told_apart(*pair)]
    assert len(pairs) > 50
    for one, other in pairs:
        assert codes(f"y = w{one} + w{other}\n") == ["G015"], (one, other)


def test_every_pair_of_letters_by_themselves() -> None:
    """Names of one letter, whatever its script, against each ASCII letter that it looks like."""
    found = [(letter, latin_look_alike(letter)) for letter in GOES_ON if letter.isidentifier()]
    pairs = [(letter, like) for letter, like in found if like != letter and not told_apart(letter, like)]
    assert len(pairs) > 200
    for letter, like in pairs:
        assert codes(f"y = {like} + {letter}\n") == ["G015"], (letter, like)


def test_nothing_else_is_refused() -> None:
    """Letters of different skeletons stay apart: a sample beside one another, all in one file."""
    letters: dict[str, str] = {}
    for each in BESIDE_LATIN[:: len(BESIDE_LATIN) // 2000]:
        letters.setdefault(skeleton(each), each)
    assert codes("".join(f"w{each} = 1\n" for each in letters.values())) == []


def test_greek_letters_that_go_with_latin_look_like_none_of_ascii() -> None:
    assert all(own_greek(letter) for letter in "ΓΔΘΛΞΠΣΦΨΩδεζηθλμξπσςτφψω")
    assert not any(own_greek(letter) for letter in "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβγικνορυχ")
    assert not [letter for letter in load().own_greek if latin_look_alike(letter).isascii()]


def test_what_a_letter_looks_like() -> None:
    assert [latin_look_alike(letter) for letter in "\u0430\u0406\u0399αδa1\u3137"] == [*"aIIa", "δ", "a", "1", "\u3137"]
    assert [looks_like(letter) for letter in "βаσχк"] == ["ß", "a", "σ", "x", "k"]


def test_scripts() -> None:
    assert [sorted(scripts(letter)) for letter in "aδ가漢_1"] == [["Latin"], ["Greek"], ["Hangul"], ["Han"], [], []]
    assert scripts("ー") == {"Hiragana", "Katakana"}


def test_letters_of_one_script_are_told_apart_by_its_readers() -> None:
    for one, other in (("x1", "xl"), ("ı", "i"), ("m", "rn"), ("아까", "악가")):
        assert skeleton(one) == skeleton(other)
        assert told_apart(one, other)
        assert codes(f"y = {one} + {other}\n") == []


def test_against_another_reading_of_unicodes_table() -> None:
    table = pytest.importorskip("confusable_homoglyphs.confusables").confusables_data
    known = {each for each in (*map(chr, range(0x80)), *BESIDE_LATIN) if unicodedata.normalize("NFKD", each) == each}
    pairs = [
        (one, other["c"])
        for one in table
        if one in known and one.isidentifier() and one not in SEEN_OTHERWISE
        for other in table[one]
        if other["c"] in known and other["c"].isidentifier() and other["c"] not in SEEN_OTHERWISE
    ]
    assert len(pairs) > 200
    missed = [pair for pair in pairs if skeleton(pair[0]) != skeleton(pair[1])]
    assert missed == []


def test_the_table_holds_what_normalisation_leaves() -> None:
    for code in load().prototypes:
        assert unicodedata.normalize("NFKD", chr(code)) == chr(code)
