"""Dims get their sizes from what is fed."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.graph.bind_dims import bind_dims
from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.spec_error import SpecError

Compile = Callable[..., Spec]

TEXT = """dim N, M, F
input x: [N, 2*M + 1]
input y: [N + M]
input z: [F - N, 3]
param W: [M, 4] = he()
v = sum(x) + sum(y) + sum(z) + sum(W)
"""


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.permutations(["x", "y", "z"]))
def test_dims_are_solved_for_whatever_comes_first(spec: Compile, n: int, m: int, more: int, order: list[str]) -> None:
    shapes = {"x": (n, 2 * m + 1), "y": (n + m,), "z": (more, 3)}
    found = bind_dims(spec(TEXT).graph, {path: shapes[path] for path in order}, {})
    assert found == {"N": n, "M": m, "F": n + more}


def test_what_is_not_determined_stays_open(spec: Compile) -> None:
    graph = spec(TEXT).graph
    assert bind_dims(graph, {"y": (5,)}, {}) == {}
    assert bind_dims(graph, {"y": (5,)}, {"N": 2}) == {"N": 2, "M": 3}
    assert bind_dims(graph, {"W": (6, 4)}, {}) == {"M": 6}


def clash(spec: Compile, shapes: Mapping[str, tuple[int, ...]], **known: int) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as caught:
        bind_dims(spec(TEXT).graph, shapes, known)
    return caught.value.diagnostics


@pytest.mark.parametrize(
    ("shapes", "known", "said"),
    [
        ({"x": (2, 3, 4)}, {}, "`x` is declared [N, 2*M + 1], but this is [2, 3, 4]"),
        ({"z": (1, 4)}, {}, "`z` has 4 where its type [F - N, 3] wants 3"),
        ({"x": (2, 4)}, {}, "`x` has 4 where its type [N, 2*M + 1] wants 2*M + 1"),
        ({"x": (2, 1)}, {}, "`x` has 1 where its type [N, 2*M + 1] wants 2*M + 1"),
        ({"x": (2, 3)}, {"N": 3}, "`x` has 2 where its type [N, 2*M + 1] wants N = 3"),
        ({"x": (2, 3), "y": (9,)}, {}, "`y` has 9 where its type [M + N] wants M + N = 3"),
    ],
)
def test_faults(spec: Compile, shapes: dict[str, tuple[int, ...]], known: dict[str, int], said: str) -> None:
    (fault,) = clash(spec, shapes, **known)
    assert fault.message == said
    assert getattr(fault.where, "text", "").startswith("input")


def test_a_clash_says_who_bound_the_dim(spec: Compile) -> None:
    (fault,) = clash(spec, {"x": (2, 3), "y": (9,)})
    assert sorted(note.message for note in fault.notes) == ["`M` was bound to 1 by `x`", "`N` was bound to 2 by `x`"]
    assert {getattr(note.where, "text", "") for note in fault.notes} == {"input x: [N, 2*M + 1]"}


def test_all_clashes_are_reported(spec: Compile) -> None:
    assert len(clash(spec, {"x": (2,), "z": (1, 4), "W": (3, 5)})) == 3
