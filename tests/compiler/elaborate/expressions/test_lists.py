"""Lists of values."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule
from chainrule.compiler.graph.spec import Spec

Compile = Callable[[str], Spec]
Said = Callable[[str], list[str]]

HEAD = "dim N\ninput x: [N, 2] = [[1, 2], [3, 4], [5, 6]]\ninput a = 2\ninput b = 3\ninput i: int = 1\n"


def value(expression: str) -> np.ndarray:
    return np.asarray(chainrule.compile(f"{HEAD}output y = {expression}\n").run()["y"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a, b]", [2, 3]),
        ("[a]", [2]),
        ("[a, 1, 0.5, b]", [2, 1, 0.5, 3]),
        ("[[a, b], [1, 2]]", [[2, 3], [1, 2]]),
        ("[[1, 2], [a, b]]", [[1, 2], [2, 3]]),
        ("[x[0], x[1] * 2, [7, 8]]", [[1, 2], [6, 8], [7, 8]]),
        ("[x, x + 1][1, 0]", [2, 3]),
        ("[[[a]]]", [[[2]]]),
        ("[N, 2 * N - 1]", [3, 5]),
        ("[N, a]", [3, 2]),
        ("[a -> exp -> log, -a]", [2, -2]),
        ("[i, 2]", [1, 2]),
        ("sum([a, b, 1])", 6),
        ("[1, 2] + [a, b]", [3, 5]),
    ],
)
def test_elements_are_stacked(text: str, expected: object) -> None:
    assert value(text) == pytest.approx(np.asarray(expected))


def test_a_list_of_whole_numbers_counts() -> None:
    assert value("take(x, [i, 2, 0], axis = 0)") == pytest.approx(np.asarray([[3, 4], [5, 6], [1, 2]]))


def test_constants_stay_a_literal(paths: Callable[[str], list[str]]) -> None:
    assert paths("input a = 1\nconst w = [1, 2]\ny = [1, 2] * a\nz = w * a\n") == ["a", "y", "z"]
    assert paths("input a = 1\ny = [a, 1]\n") == ["a", "y.reshape", "y"]


def test_a_list_stands_as_a_setting(spec: Compile) -> None:
    text = "dim N\nconst s = [N, 2, 1]\ninput x: [N, 2]\nblock f(x, s) { return reshape(x, s) }\n"
    graph = spec(text + "y = f(x, [N, 1, 2])\nz = reshape(x, s)\nu = reshape(x, [..., 1, 2])\n").graph
    shapes = [str(graph.nodes[graph.index[path]].type) for path in "yzu"]
    assert shapes == ["[N, 1, 2]", "[N, 2, 1]", "[N, 1, 2]"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "1.5", "a * b"]), min_size=1, max_size=5), st.integers(0, 4))
def test_each_element_gets_its_part_of_the_gradient(items: list[str], place: int) -> None:
    weights = np.arange(1, len(items) + 1.0)
    program = chainrule.compile(f"{HEAD}output y = sum([{', '.join(items)}] * {weights.tolist()})\n")
    slopes = {"a": {"a": 1, "a * b": 3}, "b": {"b": 1, "a * b": 2}}
    gradients = program.grad(of="y")
    for name, slope in slopes.items():
        expected = sum(weight * slope.get(item, 0) for item, weight in zip(items, weights, strict=True))
        assert gradients[name] == pytest.approx(expected) if name in gradients else expected == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a, x]", "G220 the elements of a list have one shape, but here are a scalar and [N, 2]"),
        ("[x, [1, 2]]", "G220 the elements of a list have one shape, but here are [N, 2] and [2]"),
        ("[a, [1]]", "G220 the elements of a list have one shape, but here are a scalar and [1]"),
        ("[[1, 2], [3]]", "G202"),
        ('[a, "b"]', "G109 a text"),
        ("[a, nothing]", "G101"),
        ("[a, ...]", "G221"),
    ],
)
def test_what_cannot_stand_together(said: Said, text: str, message: str) -> None:
    (found,) = said(f"{HEAD}y = {text}\n")
    assert message in found


def test_deep_and_long_lists(spec: Compile, said: Said) -> None:
    (found,) = said("input a = 1\ny = " + "[" * 5000 + "a" + "]" * 5000 + "\n")
    assert "G005" in found or "axes" in found
    assert len(spec("input a = 1\ny = [" + ", ".join(["a"] * 2000) + "]\n").graph.nodes) == 2002
