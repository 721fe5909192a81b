"""Characters and names that may stand in a spec."""

import unicodedata

import pytest

from chainrule.grammar.characters import LATIN_LOOK_ALIKES, described, in_one_script
from chainrule.grammar.hidden import HIDDEN
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source


def codes(text: str) -> list[str]:
    return [fault.code for fault in parse(Source("a.graph", text))[1]]


@pytest.mark.parametrize(
    "name", ["사과", "Δ", "größe", "naïve", "переменная", "価格", "かな交じり", "नमस्ते", "x_1", "µ", "ℓ", "𝛼"]
)
def test_names_of_one_script(name: str) -> None:
    assert codes(f"{name} = 1\ny = {name}\n") == []


@pytest.mark.parametrize("name", ["priсe", "αx", "W입력", "fc1.аb"])
def test_names_of_two_scripts(name: str) -> None:
    assert codes(f"y = {name}\n") == ["G014"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("pri\u0441e", "in Latin letters alone it is `price`"),
        ("Δw", "write `Delta_w`"),
        ("δh1", "write `delta_h1`"),
        ("αx", "write `alpha_x`"),
        ("dθ", "write `dtheta`"),
        ("오차y", "write it in one script, as `오차` or `y` alone; digits and `_` go with the letters of any"),
        ("W입력2", "write it in one script, as `W` or `입력` alone; digits and `_` go with the letters of any"),
    ],
)
def test_a_way_out_of_two_scripts(name: str, hint: str) -> None:
    assert in_one_script(name) == hint
    *named, _ = hint.split("`")[1::2] if "digits" in hint else [*hint.split("`")[1::2], ""]
    for each in named:
        assert codes(f"{each} = 1\n") == []


@pytest.mark.parametrize(
    ("one", "other"), [("a", "а"), ("ο", "o"), ("BX", "ВХ"), ("µ", "μ"), ("ａ", "a"), ("y.c", "y.с")]
)
def test_names_that_look_alike(one: str, other: str) -> None:
    assert codes(f"y = {one} + {other}\n") == ["G015"]
    assert codes(f"y = {one} + {one}\n") == []


def test_composed_and_decomposed_names_are_the_same() -> None:
    assert codes("größe = 1\ny = " + unicodedata.normalize("NFD", "größe") + "\n") == []


@pytest.mark.parametrize(
    "character", ["\0", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\xad", "\u061c", "\u200b", "\u200d", "\u2028",
                  "\u202e", "\u2066", "\u3164", "\ufeff", "\ufffe", "\U000e0041", "\ud800"]
)  # fmt: skip
def test_hidden_characters_are_refused_wherever_they_stand(character: str) -> None:
    for text in (f"a = 1 {character}\n", f"# {character}\na = 1\n", f'use "{character}"\n'):
        assert codes(text) == ["G003"]


def test_what_hides_is_refused() -> None:
    """Unicode's own word: format characters and controls, but for tab and line ends."""
    hidden = [chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) in ("Cc", "Cs")]
    assert [c for c in hidden if not HIDDEN.fullmatch(c) and c not in "\t\n\r"] == []


def test_a_lone_carriage_return() -> None:
    assert codes("a = 1\rb = 2\r\n") == ["G004"]


@pytest.mark.parametrize(
    "text", ["y = x²\n", "y = ٣\n", "y = 3 × 4\n", "y = “a”\n", "y =\u00a03\n", "€ = 3\n", "y = a💥b\n"]
)
def test_what_can_not_stand_in_a_name(text: str) -> None:
    assert codes(text) in (["G013"], ["G010"])


def test_look_alikes_are_letters_of_other_scripts() -> None:
    for latin, others in LATIN_LOOK_ALIKES.items():
        assert unicodedata.name(latin).startswith("LATIN")
        assert not any(unicodedata.name(other).startswith("LATIN") for other in others)
        assert all(latin.isupper() == other.isupper() or other in "\u04c0" for other in others)


def test_characters_are_named() -> None:
    assert described("$") == "`$`"
    assert described("×") == "`×` (U+00D7 MULTIPLICATION SIGN)"
    assert described("\u202e") == "(U+202E RIGHT-TO-LEFT OVERRIDE)"
