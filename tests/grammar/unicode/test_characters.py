"""Characters and names that may stand in a spec."""

import unicodedata

import pytest

from chainrule.grammar.hidden import HIDDEN
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.unicode.characters import described


def codes(text: str) -> list[str]:
    return [fault.code for fault in parse(Source("a.graph", text))[1]]


@pytest.mark.parametrize(
    "name",
    ["사과", "Δ", "größe", "naïve", "переменная", "価格", "かな交じり", "नमस्ते", "x_1", "µ", "ℓ", "𝛼", "w₁₂", "a₁_2"],
)
def test_names_of_one_script(name: str) -> None:
    assert codes(f"{name} = 1\ny = {name}\n") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "а"),
        ("ο", "o"),
        ("BX", "ВХ"),
        ("µ", "μ"),
        ("ａ", "a"),
        ("y.c", "y.с"),
        ("w₁", "w1"),
        ("xロ", "x口"),
        ("x৪", "x8"),
        ("á", "ά"),
    ],
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


def test_a_subscript_goes_on_a_name() -> None:
    """It is a character of its own: `w₁` is not `w1`, and no name begins with it."""
    assert [codes(f"y = {word}\n") for word in ("w₁", "fc₁.w₂[2].b₃", "데이터₀", "w_₁₂")] == [[]] * 4
    assert [codes(f"y = {word}\n") for word in ("₁", "₁w", "a.₁", "w¹")] == [["G013"]] * 4
    module, _ = parse(Source("a.graph", "w₁ = 3\n"))
    assert "w₁" in str(module)


def test_characters_are_named() -> None:
    assert described("$") == "`$`"
    assert described("×") == "`×` (U+00D7 MULTIPLICATION SIGN)"
    assert described("\u202e") == "(U+202E RIGHT-TO-LEFT OVERRIDE)"
