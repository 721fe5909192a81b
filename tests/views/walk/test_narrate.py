"""The walk told: what the sentences say is what `grad` says."""

import re
from typing import Any

import pytest

from chainrule.program.program import Program
from chainrule.views.text.numerals import short
from chainrule.views.walk.narrate import narrate
from chainrule.views.walk.sentences import sentences
from chainrule.views.walk.walk import Walk

APPLE = "input price = 100\ninput count = 2\ninput tax = 1.1\nsubtotal = price * count\noutput total = subtotal * tax"


def test_the_apples(walked: Any) -> None:
    _, taken = walked(APPLE)
    told = [each.text for each in sentences(taken)]
    assert told == [
        "price = 100",
        "count = 2",
        "tax = 1.1",
        "subtotal = price × count = 100 × 2 = 200",
        "total = subtotal × tax = 200 × 1.1 = 220",
        "d total/d total = 1 (arriving)",
        "d total/d subtotal = 1 (arriving) × tax = 1 × 1.1 = 1.1",
        "d total/d tax = 1 (arriving) × subtotal = 1 × 200 = 200",
        "d total/d price = 1.1 (arriving) × count = 1.1 × 2 = 2.2",
        "d total/d count = 1.1 (arriving) × price = 1.1 × 100 = 110",
    ]


def test_a_sum_is_a_step_of_its_own(walked: Any) -> None:
    _, taken = walked("input b = 3\nx = b + 1\ny = b * -2\noutput f = x * y")
    told = [each.text for each in sentences(taken)]
    assert "d f/d b along x = -6 (arriving) × 1 = -6 × 1 = -6" in told
    assert "d f/d b along y = 4 (arriving) × (-2) = 4 × (-2) = -8" in told
    assert told[-1] == "d f/d b = -6 (from x) + (-8) (from y) = -14"


def test_by_leaves_out_what_is_not_needed(walked: Any) -> None:
    program, taken = walked(APPLE)
    reverse = [e.text for e in sentences(taken, program.spec.graph.index["price"]) if e.step.kind != "value"]
    assert len(reverse) == 3
    assert all("tax =" not in text.partition(" = ")[0] for text in reverse)


def test_lines_are_those_of_the_spec(walked: Any) -> None:
    _, taken = walked(APPLE)
    assert [each.line for each in sentences(taken)][:5] == [1, 2, 3, 4, 5]


def test_every_spec_ends_with_its_gradients(spec_walk: tuple[Program, Walk]) -> None:
    program, taken = spec_walk
    told = list(sentences(taken))
    assert len(told) == len(taken.steps)
    for each in told:
        if each.step.kind in ("seed", "sum") and not taken.gradients[each.step.node].ndim:
            assert short(taken.gradients[each.step.node].item()) == each.parts[-1].removesuffix(" (arriving)")
    text = narrate(taken, program.spec.title)
    assert len(re.findall(r"^ +\d+  ", text, re.MULTILINE)) == len(taken.steps)


@pytest.mark.parametrize("name", ["사과", "a" * 500])
def test_names_of_all_kinds(walked: Any, name: str) -> None:
    _, taken = walked(f"input {name} = 2\noutput y = {name} * {name}")
    assert "\x1b" not in narrate(taken, "\x1b[31m".encode("unicode_escape").decode())
