"""Scripts in one name: which may stand together, and what to write for others."""

import pytest

from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.unicode.mixing import in_one_script, mixed, spelt_out


def codes(text: str) -> list[str]:
    return [fault.code for fault in parse(Source("a.graph", text))[1]]


@pytest.mark.parametrize(
    "name",
    ["오차y", "새w31", "δh1", "Δw", "dθ", "W입력", "漢字かなカナx",
     "값漢", "注音ㄅx", "오차δ", "ηかな", "µm", "σx", "fc1.오차y",
     "παράδειγμα", "день1"],
)  # fmt: skip
def test_scripts_that_stand_together(name: str) -> None:
    assert codes(f"y = {name}\n") == []


@pytest.mark.parametrize(
    "name", ["αx", "가α", "かな오", "ㄅか", "ㄅ가", "데이터ー2", "деньx", "деньᵃ", "שx", "خx", "δд"]
)
def test_scripts_that_do_not(name: str) -> None:
    assert codes(f"y = {name}\n") == ["G014"]


@pytest.mark.parametrize(
    ("name", "scripts", "hint"),
    [
        ("pri\u0441e", "Cyrillic Latin", "with Latin letters it is `price`"),
        ("오차\u0441", "Cyrillic Hangul", "with Latin letters it is `오차c`"),
        ("\u0391x", "Greek Latin", "with Latin letters it is `Ax`"),
        ("αx", "Greek Latin", "`α` looks like `a`: write `alpha_x`"),
        ("βx", "Greek Latin", "`β` looks like `ß`: write `beta_x`"),
        ("δαh", "Greek Latin", "`α` looks like `a`: write `δalpha_h`"),
        ("사과α", "Greek Hangul", "`α` looks like `a`: write `사과alpha`"),
        ("かな오", "Hangul Hiragana", "write `かな` or `오` alone; digits and `_` go with the letters of any script"),
        ("деньδ2", "Cyrillic Greek", "write `день` or `δ` alone; digits and `_` go with the letters of any script"),
    ],
)
def test_a_way_out_of_others(name: str, scripts: str, hint: str) -> None:
    assert mixed(name) == scripts.split()
    assert in_one_script(name) == hint
    said = hint.split("`")[1:-2:2] if "alone" in hint else hint.split("`")[-2:-1]
    assert said
    assert codes(f"y = {name}\n") == ["G014"]
    for each in said:
        assert codes(f"{each} = 1\n") == []


def test_greek_letters_by_name() -> None:
    assert [spelt_out(name) for name in ("d_α", "αx", "δx", "οx", "αβ")] == [
        "d_alpha",
        "alpha_x",
        "δx",
        "οx",
        "alpha_beta",
    ]
