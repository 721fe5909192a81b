"""Numbers, texts, sizes and lists that are known at compile time."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.elaborate.budget import Limits
from chainrule.compiler.elaborate.expressions.constants import constant, literal_shape, whole
from chainrule.compiler.elaborate.reporter import Reporter
from chainrule.compiler.elaborate.scope import Constant, Failed, NodeValue, Scope, Site, Unit, Value
from chainrule.compiler.graph.spec import Spec
from chainrule.compiler.shape import Linear, dimension
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.parse import parse_expression
from chainrule.grammar.source import Source

Find = Callable[..., tuple[Diagnostic, ...]]
NAMES: dict[str, Value] = {
    "two": 2,
    "half": 0.5,
    "N": dimension("N"),
    "M": dimension("M"),
    "text": "abc",
    "node": NodeValue(0),
}


def evaluated(text: str, limits: Limits | None = None) -> tuple[Constant | Failed, list[str]]:
    source = Source("test", text)
    scope = Scope(Unit(source, limits=limits or Limits()), values=dict(NAMES))
    reporter = Reporter()
    return constant(parse_expression(source), Site(scope, source, reporter), "this"), [
        f"{each.code} {each.message}" for each in reporter.diagnostics
    ]


def value(text: str) -> Constant | Failed:
    found, faults = evaluated(text)
    assert not faults
    return found


def fault(text: str) -> str:
    found, faults = evaluated(text)
    assert isinstance(found, Failed)
    (said,) = faults
    return said


NUMBERS = st.one_of(st.integers(0, 20).map(str), st.floats(0.1, 8).map(repr))
ARITHMETIC = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda part: f"({part[0]} {part[1]} {part[2]})"),
        inner.map(lambda part: f"-{part}"),
    ),
    max_leaves=12,
)


@given(ARITHMETIC)
def test_arithmetic_is_that_of_reals(text: str) -> None:
    try:
        wanted = eval(text)  # text of our own, made above
    except ZeroDivisionError:
        assert fault(text).startswith("G304")
        return
    found = value(text)
    assert isinstance(found, int | float)
    assert found == pytest.approx(wanted, rel=1e-12)


def test_reals_divide() -> None:
    assert value("5 / two") == 2.5
    assert value("two ** 3 ** two") == 512
    assert value("-two ** 2") == -4
    assert value("1e3 - half") == 999.5


@pytest.mark.parametrize("text", ["1 / 0", "1e300 * 1e300", "10 ** 400", "(-8) ** half", "9 ** 9 ** 9"])
def test_what_is_no_finite_number_is_refused(text: str) -> None:
    assert fault(text) == f"G304 `{text}` must be a finite number; this is not"


def test_sizes_stay_linear() -> None:
    assert value("2*N + M - 3*N + 1") == Linear((("M", 1), ("N", -1)), 1)
    assert value("N * (1 + two)") == Linear((("N", 3),))
    assert value("N - N") == 0
    assert value("N + 2.0") == Linear((("N", 1),), 2)
    assert fault("N * M") == "G206 `N * M` is a product of two sizes that are not known yet"
    for text in ("N / 2", "N ** 2", "N + half", "2 @ N", 'N + "a"'):
        assert fault(text).startswith(f"G206 `{text}` is no size")


def test_texts_and_lists_are_no_numbers() -> None:
    assert value('"a.csv"') == "a.csv"
    assert fault("text + 1") == "G109 a text in arithmetic of constants is not a value that can be computed with"
    assert fault("-[1, 2]") == "G109 a list in arithmetic of constants is not a value that can be computed with"
    assert fault("[1] @ [1]") == "G109 a list in arithmetic of constants is not a value that can be computed with"
    assert fault("[text]").startswith("G109 a text")
    assert fault("[N, [1]]").startswith("G202")


def test_lists_have_a_shape() -> None:
    found = value("[[1, -two, half], [4, 5 / 2, 1e2]]")
    assert found == ((1, -2, 0.5), (4, 2.5, 100.0))
    assert isinstance(found, tuple)
    assert literal_shape(found) == (2, 3)
    assert literal_shape(3) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[1, 2], [3]]", "2 numbers in its first row, 1 number here"),
        ("[[1], 2]", "1 number in its first row, a number here"),
        ("[1, [2]]", "a number in its first row, 1 number here"),
        ("[[[1, 2]], [[3], [4]]]", "shape [1, 2] in its first row, shape [2, 1] here"),
        ("[[[1, 2]], [[3, 4], [5, 6]]]", "shape [1, 2] in its first row, shape [2, 2] here"),
    ],
)
def test_a_ragged_list_is_refused(text: str, said: str) -> None:
    found, faults = evaluated(text)
    assert isinstance(found, Failed)
    assert faults[0] == f"G202 this list is ragged: {said}"


def test_only_what_is_known_is_constant() -> None:
    assert fault("node + 1") == "G110 this must be known before anything runs, but `node` is computed"
    assert fault("exp(1)") == "G110 this must be known before anything runs, but `exp(...)` is computed"
    assert fault("two -> exp") == "G110 this must be known before anything runs, but a chain is computed"
    assert fault("three") == "G101 nothing here is called `three`"


def test_depth_is_no_matter() -> None:
    depth = 20_000
    assert value("(" * depth + "1" + ")" * depth) == 1
    assert value("1" + " + 1" * depth) == depth + 1
    assert value("-" * depth + "1") == 1
    assert value("1" + " ** 1" * depth) == 1
    assert evaluated("[" * depth + "1" + "]" * depth)[1] == ["G118 this needs 33 axes; the limit is 32"]
    assert evaluated("[[[1]]]", Limits(rank=2))[1] == ["G118 this needs 3 axes; the limit is 2"]


def test_an_empty_list_is_refused_by_the_grammar(faults: Find) -> None:
    assert faults("y = [] + 1\n")[0].code.startswith("G0")


def test_what_is_whole() -> None:
    assert whole(100.0) == whole(100) == 100
    assert whole(2.5) is whole(True) is whole("3") is whole(math.inf) is whole(math.nan) is None
    assert whole(dimension("N")) == dimension("N")


def test_a_constant_is_a_value_of_its_file(spec: Callable[..., Spec]) -> None:
    made = spec('const a = b / 2\nconst b = 7\nconst name = "x"\nconst rows = [1, 2]\ny = rows * a\n')
    assert made.constants == {"a": 3.5, "b": 7, "name": "x"}
