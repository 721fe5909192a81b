"""What holds of every computation: each way to break it is found, and named with the passes that ran."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chainrule.compiler.graph.graph import Graph, GraphBuilder
from chainrule.compiler.lower.computation import Computation, bound
from chainrule.compiler.lower.verify import Broken, verify
from chainrule.compiler.shape import Type, dimension


def sound() -> Computation:
    """x, x * x, its sum."""
    builder = GraphBuilder()
    x = builder.input("x", Type("real", (dimension("N"), 3)), None)
    total = builder.sum(builder.mul(x, x))
    return bound(Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {}), [total], {"N": 4}, "float64")


def changed(number: int, **fields: Any) -> Callable[[Computation], Computation]:
    def change(made: Computation) -> Computation:
        nodes = list(made.nodes)
        nodes[number] = nodes[number]._replace(**fields)
        return replace(made, nodes=tuple(nodes))

    return change


def test_what_is_sound_passes() -> None:
    verify(sound())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed(1, inputs=(0,)), "node 1, mul, has 1 operands after dead, equal"),
        (changed(1, inputs=(0, 1)), "node 1, mul, stands before an operand after dead, equal"),
        (changed(1, inputs=(0, -1)), "node 1, mul, stands before an operand after dead, equal"),
        (changed(0, type=Type("real", (dimension("N"), 3))), "node 0, input, has a size that is no number"),
        (changed(1, type=Type("real", (4, 2))), "node 1, mul, is "),
        (lambda made: replace(made, targets=(3,)), "a target does not exist after dead, equal"),
        (lambda made: replace(made, targets=(-1,)), "a target does not exist after dead, equal"),
    ],
)
def test_what_is_broken_is_named(change: Callable[[Computation], Computation], message: str) -> None:
    with pytest.raises(Broken) as caught:
        verify(change(sound()), ("dead", "equal"))
    assert str(caught.value).startswith(message)


def test_what_is_only_shown_may_have_symbols() -> None:
    shown = changed(0, type=Type("real", (dimension("N"), 3)))(sound())
    shown = replace(shown, nodes=shown.nodes[:1], targets=(0,))
    verify(shown, symbols=True)
    with pytest.raises(Broken):
        verify(shown)
