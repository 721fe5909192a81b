"""Signs and words of other languages get an answer of their own."""

import pytest

from chainrule.grammar.habits import SIGNS, WORDS
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source


@pytest.mark.parametrize("sign", [sign for sign in SIGNS if sign != "."])
def test_signs_of_other_languages(sign: str) -> None:
    _, found = parse(Source("a.graph", f"a = b {sign} c\n"))
    assert [(fault.code, fault.message) for fault in found] == [("G031", SIGNS[sign].problem)]


@pytest.mark.parametrize("word", WORDS)
def test_words_of_other_languages(word: str) -> None:
    _, found = parse(Source("a.graph", f"{word} a b\n"))
    assert [(fault.code, fault.message) for fault in found] == [("G031", WORDS[word].problem)]
    assert not parse(Source("a.graph", f"{word} = 3\n"))[1]
