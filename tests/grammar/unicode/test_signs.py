"""Signs of other keyboards: each has a hint, and names go on without them."""

import pytest

from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.unicode.characters import is_name
from chainrule.grammar.unicode.signs import SIGNS_MEANT, is_sign, sign_meant, without_signs

WIDE = [chr(code) for code in range(0xFF01, 0xFF5F) if is_sign(chr(code))]


@pytest.mark.parametrize("sign", [*SIGNS_MEANT, *WIDE])
def test_a_sign_has_a_hint_wherever_it_stands(sign: str) -> None:
    hint = sign_meant(sign)
    assert hint
    inside = () if is_name(f"a{sign}") else (f"a = b{sign}c\n", f"a{sign} = 1\n")  # a middle dot may
    for text in (f"a = 1 {sign} 2\n", f"a = {sign}\n", *inside):
        first, *others = parse(Source("a.graph", text))[1]
        assert first.code in ("G010", "G013"), text
        assert first.hint == hint
        assert all(each.code in ("G010", "G013") for each in others), "one fault for one sign"


@pytest.mark.parametrize("sign", WIDE)
def test_a_sign_of_full_width_is_the_plain_one(sign: str) -> None:
    assert sign_meant(sign) == f"write `{chr(ord(sign) - 0xFEE0)}`"


def test_letters_have_none() -> None:
    assert [sign_meant(letter) for letter in "aеα가ⅷ"] == ["write `a`", None, None, None, None]


def test_names_go_on_without_signs() -> None:
    assert [without_signs(word) for word in ("x：", "（사과）", "∂y", "＝", "a_1")] == ["x", "사과", "y", "＝", "a_1"]
