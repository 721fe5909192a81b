"""Formulas with names and numbers put in."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule
from chainrule.views.walk.formulas import GREEK, latex_name, latex_number, latex_text, with_latex, with_texts


@pytest.mark.parametrize(
    ("formula", "texts", "said"),
    [
        ("a * b", {"a": "price", "b": "count"}, "price × count"),
        ("a * b", {"a": "-1", "b": "-2"}, "-1 × (-2)"),
        ("a ** b", {"a": "-3", "b": "2"}, "(-3)^2"),
        ("a - b", {"a": "1", "b": "-2"}, "1 - (-2)"),
        ("-x", {"x": "-2"}, "-(-2)"),
        ("-a / b ** 2", {"a": "1", "b": "y"}, "-1 / y^2"),
        ("2 * (y - t)", {}, "2 × (y - t)"),
        ("a / (b / c)", {}, "a / (b / c)"),
        ("a - (b - c)", {}, "a - (b - c)"),
        ("sigmoid(x) * (1 - sigmoid(x))", {"x": "h"}, "sigmoid(h) × (1 - sigmoid(h))"),
        ("1 where x > 0, else 0", {"x": "h"}, "1 where h > 0, else 0"),
    ],
)
def test_for_a_terminal(formula: str, texts: dict[str, str], said: str) -> None:
    assert with_texts(formula, texts) == said


@pytest.mark.filterwarnings("ignore:.*G540")  # some divide by zero
@given(st.integers(0, 10**9))
def test_what_is_written_means_the_same(seed: int) -> None:
    chance = random.Random(seed)

    def made(depth: int) -> str:
        if not depth:
            return chance.choice(["a", "b", "2", "0.5"])
        if chance.random() < 0.2:
            return f"-({made(depth - 1)})"
        return f"({made(depth - 1)}) {chance.choice('+-*/')} ({made(depth - 1)})"

    formula = made(3)
    values = {"a": chance.choice(["-3", "1.5"]), "b": chance.choice(["-0.25", "4"])}
    written = with_texts(formula, values).replace("×", "*")
    declared = "".join(f"input {name} = {value}\n" for name, value in values.items())
    there = chainrule.compile(f"{declared}output y = ({formula}) * 1").run()["y"]
    here = chainrule.compile(f"input z = 0\noutput y = ({written}) * 1").run()["y"]
    assert here == pytest.approx(there, rel=1e-9, nan_ok=True)


def test_latex() -> None:
    assert with_latex("a / b", {"a": "x", "b": "y"}) == r"\frac{x}{y}"
    assert with_latex("-a / b ** 2", {"a": "1", "b": r"\text{below}"}) == r"\frac{-1}{{\text{below}}^{2}}"
    assert with_latex("exp(x)", {"x": "-1"}) == "e^{-1}"
    assert with_latex("a * b", {"a": "2", "b": "-1"}) == r"2 \cdot \left(-1\right)"
    assert with_latex("g @ transpose(W)", {"W": "W_{1}"}) == r"g \, W_{1}^{\top}"
    assert latex_number("1.5e-7") == r"1.5 \cdot 10^{-7}"
    assert latex_name("W1") == "W_{1}"
    assert latex_name("x") == "x"
    assert latex_name("sub_total") == r"\text{sub\_total}"
    assert latex_name("사과") == r"\text{사과}"


def test_greek_letters_and_subscripts_are_texs_own() -> None:
    assert [latex_name(name) for name in ("w₁", "δ", "δ₁₂", "δ_1")] == [
        "w_{1}",
        r"\delta",
        r"\delta_{12}",
        r"\delta_{1}",
    ]
    assert latex_name("δh₁") == r"\delta\text{h}_{1}"
    assert latex_name("오차₁.Δw_2") == r"\text{오차}_{1}\text{.}\Delta\text{w\_2}"
    assert latex_text("Δw₁") == r"$\Delta$w$_{1}$"
    assert all(latex_name(letter).isascii() for letter in (*GREEK, "w₁", "βx₂y"))


@pytest.mark.parametrize("text", [r"$\frac{", "\\", "%", "#1", "a^b_c~d", "{", "&", "\x1b["])
def test_text_means_nothing_to_tex(text: str) -> None:
    bare = re.sub(r"\\(textbackslash|textasciicircum|textasciitilde)\{\}|\\[{}$&#%_]", "", latex_text(text))
    assert not set(bare) & set("\\{}$&#%_^~\x1b")
