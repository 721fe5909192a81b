"""What generated programs may be made of."""

import pytest

from chainrule.compiler.targets.vocabulary import Unspeakable, checked
from chainrule.compiler.targets.writer import Writer, program_text

STEP = """def make(np, b0, b1, b2):
    def step(x0, x1):
        b3 = x0.reshape((2, -1))
        b0(x0, b1, None, b2)
        if not -1e+300 < loss < 1e300: return None
        for row0, row1 in b1:
            b1[...] = b2(np, b0, *b1)
        return float('nan')
    return step
"""
FUNCTION = """def make(np, b0):
    def function(x0):
        try:
            others = b0.copy()
            v1 = 4.0 * (t := b0(2.0 * x0 if x0 < 0.0 else -2.0 * x0)) / ((t := 1.0 + t) * t)
            return (-1e-05), others
        except (ArithmeticError, ValueError):
            return b0(x0)
    return function
"""


@pytest.mark.parametrize("text", [STEP, FUNCTION], ids=["step", "function"])
def test_programs_are_taken_as_they_are(text: str) -> None:
    assert checked(text) == text


@pytest.mark.parametrize(
    "said",
    [
        "1 if __import__('os').system('echo') else 3)#",
        "__import__('os')",
        "b1.__class__",
        "b1.tofile('x')",
        "x0.ctypes",
        "b1[0].dot(b2)",
        "1 .real",
        "1.5.real",
        "loss.item",
        "open('x')",
        "eval('1')",
        "np.load",
        "import os",
        "b1; b2",
        "lambda: 1",
        "b1 # b2",
        "b1\\\nb2",
        "'text'",
        "b1x",
        "1e5x",
        "1_000",
        "0x10",
        "\tb1",
        "ｂ1",
        "b１",
        "inf",
        "nan",
        "True",
        "(3,).count",
    ],
)
def test_whatever_else_is_said_is_refused(said: str) -> None:
    with pytest.raises(Unspeakable):
        checked(said)
    with pytest.raises(Unspeakable):
        checked(STEP.replace("loss", said, 1))


def test_a_writer_finishes_no_program_that_says_more() -> None:
    writer = Writer("float64")
    count: object = "1 if __import__('os').system('echo') else 3)#"
    writer.line(f"b1 = b2 / {count}")
    with pytest.raises(Unspeakable, match="__import__"):
        program_text("step", ["x0"], writer)
