"""Patterns of sizes, solved for one name."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.blocks.block_arguments import solve_pattern, unknown_of
from chainrule.compiler.elaborate.reporter import Reporter
from chainrule.compiler.elaborate.scope import FAILED, Failed, Scope, Site, Unit
from chainrule.compiler.graph.spec import Spec
from chainrule.compiler.shape import Size, dimension
from chainrule.grammar.parse import parse_expression
from chainrule.grammar.source import Source


def solved(pattern: str, size: Size, **bound: Size) -> tuple[Mapping[str, Size] | Failed | None, list[str]]:
    source = Source("test", pattern)
    scope = Scope(Unit(source, constants={"k": 3}), values=dict(bound))
    reporter = Reporter()
    found = solve_pattern(parse_expression(source), size, Site(scope, source, reporter))
    return found, [f"{each.code} {each.message}" for each in reporter.diagnostics]


N = dimension("N")


@pytest.mark.parametrize(
    ("pattern", "size", "bound", "wanted"),
    [
        ("I", 7, {}, {"I": 7}),
        ("2*I + 1", 7, {}, {"I": 3}),
        ("2*I + 1", 8, {}, None),
        ("5 - I", 3, {}, {"I": 2}),
        ("I + I", 8, {}, {"I": 4}),
        ("I + 3", 3, {}, None),
        ("I - 1", 0, {}, {"I": 1}),
        ("I", N, {}, {"I": N}),
        ("2*I", N, {}, None),
        ("I + N", 7, {"N": 3}, {"I": 4}),
        ("I + J", N, {"J": N}, None),
        ("I + J", 7, {"J": N}, {"I": dimension("N")}),
        ("I", 7, {"I": 7}, {}),
        ("I", 7, {"I": 8}, None),
        ("2*I", N, {"I": N}, None),
        ("I * J", 12, {"J": 3}, {"I": 4}),
        ("4", 4, {}, {}),
        ("4", 5, {}, None),
        ("k", 9, {}, {"k": 9}),
    ],
)
def test_a_pattern_is_solved(pattern: str, size: Size, bound: dict[str, Size], wanted: dict[str, Size] | None) -> None:
    found, faults = solved(pattern, size, **bound)
    assert not faults
    if pattern == "I + J" and size == 7:  # what is left depends on N: 7 - N
        assert str(found and not isinstance(found, Failed) and found["I"]) == "-N + 7"
        return
    assert found == wanted


@given(st.integers(1, 9), st.integers(-9, 9), st.integers(1, 9))
def test_what_was_put_in_comes_out(factor: int, constant: int, size: int) -> None:
    found, faults = solved(f"{factor} * I + ({constant})", factor * size + constant)
    assert (found, faults) == ({"I": size}, [])


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("I + J", "G206 `I` and `J` are both unknown: a size is solved for one"),
        ("I * I", "G206 `I * I` is a product of two sizes that are not known yet"),
        ("I - I + 3", "G206 `I` cancels out of this size, so that nothing says what it is"),
        (
            "I / 2",
            "G206 `I / 2` is no size: sizes go together by `+`, `-` and `*`, with whole numbers and with each other",
        ),
        ("2.5", "G204 a size must be a whole number of at least 1; this is 2.5"),
        ("exp(I)", "G110 a size must be known before anything runs, but `exp(...)` is computed"),
    ],
)
def test_a_faulty_pattern_is_reported(pattern: str, fault: str) -> None:
    assert solved(pattern, 3) == (FAILED, [fault])


def test_a_new_name_is_one_that_the_signature_has_not_bound() -> None:
    source = Source("test", "k + I")
    scope = Scope(Unit(source, constants={"k": 3}), values={"I": 2})
    assert unknown_of(parse_expression(source), Site(scope, source, Reporter())) == "k"
    assert solved("I", 3, I=FAILED) == (FAILED, [])  # type: ignore[arg-type]  # what has failed stays quiet


# --- `...` ------------------------------------------------------------------------------------------------------


def test_dots_stand_for_the_axes_that_are_left(spec: Callable[[str], Spec]) -> None:
    text = (
        "dim N\nblock f(x: [..., I], t: [...]) { param w: [..., I] = ones(); return sum(x * w, axis = -1) * t + I }\n"
    )
    graph = spec(text + "a = f([1, 2], 3)\ninput y: [2, 5, 4]\nb = f(y, [[1, 2, 3, 4, 5]] + sum(y, axis = -1))\n").graph
    assert graph.nodes[graph.index["a"]].type.shape == ()
    assert graph.nodes[graph.index["b"]].type.shape == (2, 5)
    assert graph.nodes[graph.index["b.w"]].type.shape == (2, 5, 4)


@pytest.mark.parametrize(
    ("pattern", "shape", "fits"),
    [
        ("...", [], True),
        ("...", [2, 3], True),
        ("N, ...", [], False),
        ("N, ...", [2], True),
        ("N, ..., I", [2], False),
        ("N, ..., I", [2, 3], True),
        ("N, ..., N", [2, 3, 2], True),
        ("N, ..., N", [2, 3, 4], False),
        ("..., 3", [2, 3], True),
        ("..., 3", [2, 4], False),
        ("2, ...", [3, 2], False),
    ],
)
def test_patterns_with_dots(said: Callable[[str], list[str]], pattern: str, shape: list[int], fits: bool) -> None:
    text = f"input x: {shape or 'real'}\nblock f(x: [{pattern}]) {{ return sum(x) }}\ny = f(x) + nothing\n"
    codes = [each.split()[1] for each in said(text)]
    assert codes == (["G101"] if fits else ["G212", "G101"])
