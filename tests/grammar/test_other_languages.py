"""Signs and words of other languages get an answer of their own."""

import pytest

from chainrule.grammar.other_languages import COMMENT_MEANT, SIGNS, WORDS
from chainrule.grammar.parse import parse
from chainrule.grammar.parser import HEADS
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


@pytest.mark.parametrize("comment", ["// it's a \"comment", "/* a\n comment */", "//", "/**/"])
def test_comments_of_other_languages_are_read_as_comments(comment: str) -> None:
    text = f'{comment}\nchainrule 1 "T"\na = 1 {comment}\nb = add(a, {comment}\n 2)\n{comment}\nc = b\n'
    module, found = parse(Source("a.graph", text))
    assert [fault.code for fault in found] == ["G031"] * 4
    assert module.header is not None
    assert [type(statement).__name__ for statement in module.statements] == ["Node"] * 3
    assert {fault.hint for fault in found} == {COMMENT_MEANT.hint, SIGNS[comment[:2]].hint}


@pytest.mark.parametrize("head", [head for head in HEADS if head != "chainrule"])
def test_mistyped_keywords(head: str) -> None:
    for mistyped in (head[:-1] + head[-1] * 2, head[1:] if len(head) > 3 else head + "s", head.capitalize()):
        text = f"{mistyped} name\n"
        text = f"block f() {{\n  {text}}}\n" if head == "return" else text
        (fault, *_) = parse(Source("a.graph", text))[1]
        assert f"`{head}`" in str(fault.hint), text


@pytest.mark.parametrize("text", ["relu(3)\n", "count\n", "price 100\n", "a == b\n", "x -> exp\n", "loss y\n"])
def test_what_is_no_mistyped_keyword(text: str) -> None:
    assert not any("did you mean" in str(fault.hint) for fault in parse(Source("a.graph", text))[1])
