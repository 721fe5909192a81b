"""Which argument of a call goes where."""

from collections.abc import Callable

import pytest

from chainrule.compiler.elaborate.calls.arguments import assign_arguments, parameters_of
from chainrule.compiler.elaborate.reporter import Reporter
from chainrule.compiler.elaborate.scope import Scope, Site, Unit
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.grammar.parse import parse_expression
from chainrule.grammar.source import Source
from chainrule.grammar.syntax import Call, Number

Said = Callable[[str], list[str]]


def assigned(text: str, *, piped: bool = False) -> tuple[dict[str, float | int | None] | None, list[str]]:
    """Parameter to number for a call of f(a, b, c, d), of which a and b are required."""
    source = Source("test", text)
    call = parse_expression(source)
    assert isinstance(call, Call)
    reporter = Reporter()
    site = Site(Scope(Unit(source)), source, reporter)
    found = assign_arguments("f", ("a", "b", "c", "d"), ("a", "b"), call.arguments, call.function, site, piped=piped)
    values = None
    if found is not None:
        values = {
            name: argument.value.value if argument and isinstance(argument.value, Number) else None
            for name, argument in found.items()
        }
    return values, [f"{each.code} {each.message}" for each in reporter.diagnostics]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("f(1, 2)", {"a": 1, "b": 2}),
        ("f(1, 2, 3, 4)", {"a": 1, "b": 2, "c": 3, "d": 4}),
        ("f(b = 1, a = 2)", {"b": 1, "a": 2}),
        ("f(1, d = 2, b = 3)", {"a": 1, "d": 2, "b": 3}),
    ],
)
def test_by_place_and_by_name(text: str, wanted: dict[str, object]) -> None:
    found, faults = assigned(text)
    assert not faults
    assert found == wanted
    assert list(found or ()) == list(wanted)  # the order in which they are evaluated


def test_what_is_piped_comes_first() -> None:
    assert assigned("f(1)", piped=True)[0] == {"a": None, "b": 1}
    assert assigned("f(a = 1)", piped=True)[1] == ["G107 f(a, b, c, d): `a` is given twice"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f(1, 2, 3, 4, 5)", ["G105 f(a, b, c, d) takes 4 arguments, but 5 are given"]),
        ("f(1)", ["G108 f(a, b, c, d) lacks `b`"]),
        ("f()", ["G108 f(a, b, c, d) lacks `a`, `b`"]),
        ("f(1, a = 2)", ["G107 f(a, b, c, d): `a` is given twice"]),
        ("f(1, b = 2, b = 3)", ["G107 f(a, b, c, d): `b` is given twice"]),
        (
            "f(1, e = 2, g = 3)",
            ["G106 f(a, b, c, d) has no argument called `e`", "G106 f(a, b, c, d) has no argument called `g`"],
        ),
    ],
)
def test_faults_of_a_call(text: str, said: list[str]) -> None:
    assert assigned(text) == (None, said)


def test_a_spec_does_not_see_what_the_compiler_fills_in() -> None:
    assert parameters_of(OPERATIONS["cross-entropy"]) == (["p", "t", "eps", "weight"], ["p", "t"])
    assert parameters_of(OPERATIONS["sum"]) == (["x", "axis", "keepdims"], ["x"])
    assert parameters_of(OPERATIONS["one-hot"]) == (["t", "classes"], ["t", "classes"])


def test_attributes_are_constants(said: Said) -> None:
    start = "const k = 1\ndim N\ninput n = 1\ninput x: [2, 3] = [[1, 2, 3], [4, 5, 6]]\n"
    assert said(f"{start}y = sum(x, axis = 0.5)\n") == [
        "5:19: G303 `sum: axis` takes a whole number or a list, `[...]`"
    ]
    assert said(f'{start}y = sum(x, axis = "a")\n') == [
        "5:19: G303 `sum: axis` takes a whole number or a list, `[...]`"
    ]
    assert said(f"{start}y = sum(x, axis = N)\n") == ["5:19: G303 `sum: axis` takes a whole number or a list, `[...]`"]
    assert said(f"{start}y = sum(x, axis = n)\n") == [
        "5:19: G110 `axis` must be known before anything runs, but `n` is computed"
    ]
    assert said(f"{start}y = sum(x, axis = k + 1)\n") == [
        "5:5: G201 sum: there is no axis 2; x, [2, 3], has axes from -2 to 1"
    ]


def test_positions_that_names_have_taken() -> None:
    assert assigned("f(a = 1, b = 2, c = 3, d = 4, 5)")[1] == ["G105 f(a, b, c, d) takes 4 arguments, but 5 are given"]


def test_a_chain_into_a_block_without_arguments(said: Said) -> None:
    assert said("block f() { return 2 }\ny = 1 -> f\n") == ["2:10: G105 f() takes 0 arguments, but 1 is given"]
