"""Neutral operations: what is taken out, and what only looks like it."""

import pytest

from chainrule.compiler.graph.graph import Graph, GraphBuilder
from chainrule.compiler.lower.computation import bound
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.passes.neutral import DropNeutral
from chainrule.compiler.shape import SCALAR, Type


def left(builder: GraphBuilder, target: int, *, differentiated: bool = False) -> str:
    """What stands at the target afterwards: the path of a leaf, or the name of an operation."""
    graph = Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {})
    made = DropNeutral(differentiated)(bound(graph, [target], {}, "float64"))
    node = made.nodes[made.targets[0]]
    return node.path or node.operation.name


@pytest.mark.parametrize("shape", [(), (2, 3)])
@pytest.mark.parametrize(
    ("operation", "constant", "first", "expected"),
    [
        ("mul", 1.0, True, "x"),
        ("mul", 1.0, False, "x"),
        ("add", -0.0, True, "x"),
        ("add", -0.0, False, "x"),
        ("sub", 0.0, False, "x"),
        ("sub", 0.0, True, "sub"),
        ("div", 1.0, False, "x"),
        ("div", 1.0, True, "div"),
        ("mul", 2.0, True, "mul"),
    ],
)
def test_on_which_side_a_constant_is_neutral(
    operation: str, constant: float, first: bool, expected: str, shape: tuple[int, ...]
) -> None:
    builder = GraphBuilder()
    x, other = builder.input("x", Type("real", shape), None), builder.constant(constant)
    operands = (other, x) if first else (x, other)
    assert left(builder, builder.append(OPERATIONS[operation], operands)) == expected


def test_a_value_that_happens_to_be_one_is_no_constant() -> None:
    builder = GraphBuilder()
    x, y = (builder.input(name, SCALAR, None) for name in "xy")
    assert left(builder, builder.mul(x, y)) == "mul"
    assert left(builder, builder.mul(x, builder.literal((1.0, 1.0), Type("real", (2,))))) == "mul"


def test_what_undoes_itself() -> None:
    builder = GraphBuilder()
    x = builder.input("x", Type("real", (2, 3, 4)), None)
    assert left(builder, builder.neg(builder.neg(x))) == "x"
    assert left(builder, builder.neg(x)) == "neg"
    assert left(builder, builder.neg(builder.exp(x))) == "neg"
    assert left(builder, builder.exp(builder.neg(x))) == "exp"
    turned = builder.transpose(x)
    assert left(builder, builder.transpose(turned)) == "x"
    for first, second in (((1, 2, 0), (1, 2, 0)), ((1, 2, 0), None), (None, (1, 2, 0))):
        once = builder.append(OPERATIONS["transpose"], (x,), (first,))
        assert left(builder, builder.append(OPERATIONS["transpose"], (once,), (second,))) == "transpose"


def test_what_holds_a_value_stays_where_it_will_be_differentiated() -> None:
    builder = GraphBuilder()
    x = builder.input("x", SCALAR, None)
    held = builder.append(OPERATIONS["detach"], (x,))
    assert left(builder, held) == "x"
    assert left(builder, held, differentiated=True) == "detach"
    assert left(builder, builder.append(OPERATIONS["identity"], (x,)), differentiated=True) == "x"
