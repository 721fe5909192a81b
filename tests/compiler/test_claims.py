"""Claims: how derivatives bind, and which shapes may be held against each other."""

import pytest

from chainrule.grammar.diagnostic import SpecError
from chainrule.program import compile

CUBE = "input x = 2\ny = x ** 3\n"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("d(y)/d(x)", 12),
        ("2 * d(y)/d(x)", 24),
        ("-d(y)/d(x)", -12),
        ("d(y)/d(x) ** 2", 144),
        ("-d(y)/d(x) ** 2", -144),
        ("2 * d(y)/d(x) ** 2 + 1", 289),
        ("d(y)/d(x) * d(y)/d(x)", 144),
        ("d(y)/d(x) / d(y)/d(x)", 1),
        ("d(d(y)/d(x))/d(x)", 12),
    ],
)
def test_a_derivative_binds_like_a_call(written: str, value: float) -> None:
    (result,) = compile(f"{CUBE}expect {written} == {value}\n").test()
    assert result.left == value


ROWS = "dim N\ninput x: [N, 2] = [[1, 2], [3, 4]]\ny = 2 * x\n"


def test_a_free_size_is_held_against_a_number_once_it_has_a_value() -> None:
    (right, wrong) = compile(f"{ROWS}expect y == [[2, 4], [6, 8]]\nexpect y == [[2, 4], [6, 8], [0, 0]]\n").test()
    assert right.holds
    assert not wrong.holds
    assert wrong.diagnostics


def test_sizes_that_can_never_fit_are_an_error_before() -> None:
    with pytest.raises(SpecError, match=r"shapes \[N, 2\] and \[3\] do not broadcast"):
        compile(f"{ROWS}expect y == [1, 2, 3]\n")
