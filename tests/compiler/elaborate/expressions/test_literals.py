"""Declared types, and the values beside them."""

from collections.abc import Callable

import pytest

from chainrule.compiler.graph.spec import Spec
from chainrule.compiler.shape import Type, dimension

Compile = Callable[..., Spec]
Said = Callable[[str], list[str]]


@pytest.mark.parametrize(
    ("declaration", "type_", "default"),
    [
        ("x", Type("real", ()), None),
        ("x = 3", Type("real", ()), 3),
        ("x = [[1, 2]]", Type("real", (1, 2)), ((1, 2),)),
        ("x: real", Type("real", ()), None),
        ("x: int", Type("int", ()), None),
        ("x: int = 3.0", Type("int", ()), 3),
        ("x: int[2] = [1.0, 2]", Type("int", (2,)), (1, 2)),
        ("x: [k + 1]", Type("real", (5,)), None),
        ("x: [N, 2*N + 1]", Type("real", (dimension("N"), type(dimension("N"))((("N", 2),), 1))), None),
        ("x: [N] = [1, 2]", Type("real", (dimension("N"),)), (1, 2)),
        ("x: [2.0]", Type("real", (2,)), None),
        ("x: [rows] = list", Type("real", (2,)), (1, 2)),
    ],
)
def test_inputs(spec: Compile, declaration: str, type_: Type, default: object) -> None:
    graph = spec(f"dim N\nconst k = 4\nconst rows = 2\nconst list = [1, 2]\ninput {declaration}\ny = x\n").graph
    assert graph.nodes[graph.index["x"]].type == type_
    assert graph.inputs["x"].default == default


@pytest.mark.parametrize(
    ("declaration", "type_", "initial"),
    [
        ("x = 0.5", Type("real", ()), 0.5),
        ("x: [2, 3] = 0.5", Type("real", (2, 3)), 0.5),
        ("x: [2] = [1, 2]", Type("real", (2,)), (1, 2)),
        ("x = [[1], [2]]", Type("real", (2, 1)), ((1,), (2,))),
        ("x: [N] = 0", Type("real", (dimension("N"),)), 0),
        ("x = -k / 2", Type("real", ()), -2),
    ],
)
def test_params(spec: Compile, declaration: str, type_: Type, initial: object) -> None:
    graph = spec(f"dim N\nconst k = 4\nparam {declaration}\ny = x\n").graph
    assert graph.nodes[graph.index["x"]].type == type_
    assert graph.params["x"].initial == initial


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("input x: [3] = [1, 2]", "1:16: G203 `x` is declared [3], but this is [2]"),
        ("input x: [3] = 1", "1:16: G203 `x` is declared [3], but this is a scalar"),
        ("input x: real = [1]", "1:17: G203 `x` is declared a scalar, but this is [1]"),
        ("param x: [2, 2] = [1, 2]", "1:19: G203 `x` is declared [2, 2], but this is [2]"),
        ("input x: [0]", "1:11: G204 a size must be a whole number of at least 1; this is 0"),
        ("input x: [-3]", "1:11: G204 a size must be a whole number of at least 1; this is -3"),
        ("input x: [2.5]", "1:11: G204 a size must be a whole number of at least 1; this is 2.5"),
        ('input x: ["a"]', '1:11: G204 a size must be a whole number of at least 1; this is "a"'),
        ("input x: [[1]]", "1:11: G204 a size must be a whole number of at least 1; this is (1,)"),
        ("input x: int = 0.5", "1:16: G205 `x` is int, but 0.5 is not a whole number"),
        ("input x: int[2] = [1, 1e30]", "1:19: G205 `x` is int, but 1e+30 is not a whole number"),
        ("param x: int = 3", "1:10: G207 a param is real; `x` is declared int"),
        ("input x: [n]", "1:11: G211 `n` is not a size"),
        ('input x = "a"', "1:11: G109 a text is not a value that can be computed with"),
        ("input x = z", "1:11: G101 nothing here is called `z`"),
        ("input x = exp(1)", "1:11: G110 a literal must be known before anything runs, but `exp(...)` is computed"),
        ("input x = D", "1:11: G109 a size is not a value that can be computed with"),
        (f"input x: [{', '.join('1' * 33)}]", "1:10: G118 this needs 33 axes; the limit is 32"),
    ],
)
def test_faults(said: Said, line: str, fault: str) -> None:
    assert said(f"{line}\ndim D\ny = x\n") == [fault]


def test_every_faulty_size_is_reported(said: Said) -> None:
    assert [line[:10] for line in said("input x: [a, 0, b] = [1]\ny = x\n")] == [
        "1:11: G211",
        "1:14: G204",
        "1:17: G211",
    ]
