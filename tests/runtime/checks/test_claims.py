"""Whether a claim holds."""

import math

import numpy as np
import pytest

from chainrule.compiler.build import build
from chainrule.compiler.graph.spec import Claim
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.program.front_door import compile
from chainrule.runtime.checks.claims import ABSOLUTE, RELATIVE, RELATIVE_AFTER_TRAIN, judge


def claim(text: str) -> Claim:
    return build(*parse(Source("test.graph", f"input x = 1\ny = x\nexpect {text}\n")))[0].claims[0]


def holds(text: str, left: object, right: object, relative: float = RELATIVE) -> bool:
    result = judge(claim(text), np.asarray(left), np.asarray(right), relative=relative)
    assert result.holds == (not result.diagnostics)
    return result.holds


@pytest.mark.parametrize(
    ("text", "left", "right", "wanted"),
    [
        ("y == x", 2.0, 2.0, True),
        ("y == x", 2.0 * (1 + 0.9e-9), 2.0, True),
        ("y == x", 2.0 * (1 + 1.1e-9), 2.0, False),
        ("y == x", 0.9e-12, 0.0, True),
        ("y == x", 1.1e-12, 0.0, False),
        ("y == x within 1e-3", 2.0009, 2.0, True),
        ("y == x within 1e-3", 2.0011, 2.0, False),
        ("y == x within 0", 2.0, 2.0, True),
        ("y < x", 1.0, 2.0, True),
        ("y < x", 2.0, 2.0, False),
        ("y <= x", 2.0, 2.0, True),
        ("y > x", 2.0, 2.0, False),
        ("y >= x", 2.0, 2.0, True),
        ("y == x", [1.0, 2.0], [1.0, 2.0], True),
        ("y == x", [1.0, 2.1], [1.0, 2.0], False),
        ("y < x", [1.0, 3.0], 2.0, False),
        ("y < x", [1.0, 1.5], 2.0, True),
        ("y == x", [1.0, 1.0], 1.0, True),
        ("y == x", [1.0, 1.0], [1.0, 1.0, 1.0], False),
    ],
)
def test_comparisons(text: str, left: object, right: object, wanted: bool) -> None:
    assert holds(text, left, right) == wanted


@pytest.mark.parametrize("text", ["y == x", "y <= x", "y >= x", "y == x within 1"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_fails(text: str, value: float) -> None:
    assert not holds(text, value, value)
    assert not holds(text, 1.0, value)


def test_the_tolerance_is_that_of_the_right_side() -> None:
    assert holds("y == x", 1000.0 + 0.9e-6, 1000.0)
    assert not holds("y == x", 1.0, 1.0 + 1e-8)
    assert holds("y == x", 1.0, 1.0 + 1e-8, relative=RELATIVE_AFTER_TRAIN)
    assert (RELATIVE, RELATIVE_AFTER_TRAIN, ABSOLUTE) == (1e-9, 1e-5, 1e-12)


def test_a_failure_shows_both_sides() -> None:
    result = judge(claim("y == x"), np.asarray(0.1), np.asarray([1.0, 2.5]), relative=RELATIVE)
    (fault,) = result.diagnostics
    assert fault.code == "G320"
    assert fault.message == "this does not hold: the left side is 0.1, the right side [1. , 2.5]"
    assert getattr(fault.where, "text", "") == "expect y == x"
    many = judge(claim("y == x"), np.arange(1000.0), np.asarray(0.0), relative=RELATIVE)
    assert "..." in many.diagnostics[0].message


def test_claims_have_the_defaults_of_inputs() -> None:
    program = compile(
        "input x = 3\ninput z\ny = x * x\nexpect y == 9\nexpect d(y)/d(x) == 6\nexpect y < 9\nexpect z == 1\n"
    )
    results = program.test()
    assert [result.holds for result in results] == [True, True, False, False]
    fault = results[3].diagnostics[0]
    assert (fault.code, results[3].left) == ("G213", None)
    assert [getattr(place, "text", "") for place in (fault.where, fault.notes[0].where)] == ["expect z == 1", "input z"]


def test_names_of_the_report_are_no_inputs() -> None:
    text = """input step = 5
param w = 4
loss = (w - 1) ** 2
train { minimize = loss; optimizer = sgd(lr = 0.25); epochs = 3 }
expect step == 5 after train
"""
    assert compile(text).test()[0].holds


@pytest.mark.parametrize(
    "claims",
    [
        ("test.accuracy > 0.9",),
        ("train.accuracy > 0.9",),
        ("accuracy > 0.9",),
        ("test.loss < 1",),
        ("test.loss < train.loss + 1",),
        ("w > 0", "x ** 2 >= 0"),
        ("w > 0", "test.accuracy > 0.9", "train.loss < 1"),
    ],
    ids=" and ".join,
)
def test_claims_need_not_name_all_metrics(claims: tuple[str, ...]) -> None:
    text = """dim N
input x: [N]
input t: int[N]
param w = 1
loss = sigmoid_loss(w * x, t)
data d { x = [-1, 1, -2, 2]; t = [0, 1, 0, 1] }
train {
  minimize = loss; optimizer = sgd(lr = 0.1); epochs = 2; data = d; hold_out = 0.5
  metrics = [accuracy(sigmoid(w * x), t)]
}
"""
    results = compile(text + "".join(f"expect {claim} after train\n" for claim in claims)).test()
    assert [result.diagnostics for result in results] == [()] * len(claims)


def test_a_claim_about_the_trained_model() -> None:
    text = """param w = 4
loss = (w - 1) ** 2
train { minimize = loss; optimizer = sgd(lr = 0.25); epochs = 60; PRECISION }
expect loss == 9
expect loss < 1e-6 after train
expect w == 1 after train
expect d(loss)/d(w) == 0 within 1e-4 after train
expect w == 2 after train
"""
    for precision in ("float32", "float64"):
        results = compile(text.replace("PRECISION", f"precision = {precision}")).test()
        assert [result.holds for result in results] == [True, True, True, True, False]
