"""Operations that are defined by nodes: all that follows from the nodes is what they themselves say."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.graph.graph import GraphBuilder
from chainrule.compiler.ops.attribute import Attribute
from chainrule.compiler.ops.builder import Builder
from chainrule.compiler.ops.composite import completed
from chainrule.compiler.ops.facts import EACH, Rows
from chainrule.compiler.ops.leaves import FED
from chainrule.compiler.ops.operation import Operation, Reference, Trial
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import Clash, Type, dimension

Add = Callable[[Operation], Operation]
Any_ = Callable[..., Any]


def composite(name: str, operands: str, define: Callable[..., Reference], *trials: Trial, **rest: Any) -> Operation:
    made = Operation(name, tuple(operands.split()), "...", "A trial.", define=define, trials=trials, **rest)
    return completed(made, OPERATIONS.__getitem__)


def thresholded(builder: Builder, x: Reference, at: float) -> Reference:
    return builder.relu_gradient(x, builder.sub(x, builder.constant(at)))


AT = (Attribute("at", "number", 1.0),)
SCALAR, VECTOR, MATRIX = Trial(((),)), Trial(((3,),)), Trial(((2, 3),))

THRESHOLDED = composite(
    "thresholded_relu", "x", thresholded, Trial(((),), (1.0,)), Trial(((3,),), (0.2,)), attributes=AT
)
MISH = composite("mish", "x", lambda b, x: b.mul(x, b.tanh(b.softplus(x))), SCALAR, VECTOR, MATRIX)
TWICE = composite("twice", "x", lambda b, x: b.add(x, x), VECTOR, MATRIX)
SHARE = composite("share", "x", lambda b, x: b.div(x, b.sum(x)), Trial(((3,),), (), 0.5, 2.0))
STANDARD = composite(
    "standard", "x", lambda b, x: b.sub(x, b.expand(b.mean(x, axis=-1), shape=b.type(x).shape, axis=-1)), MATRIX
)
COUNTED = composite("counted", "x", lambda b, x: b.mul(b.sum(x), b.size(b.type(x).shape[0])), MATRIX)
LAYER = composite("layer", "x W b", lambda b, x, W, c: b.relu(b.affine(x, W, c)), Trial(((4, 3), (3, 2), (2,))))
MIXED = composite("mixed", "x t", lambda b, x, t: b.mul(x, t), Trial(((3,), Type("int", (3,)))), integers=("t",))
TRANSPOSED = composite("gram", "x", lambda b, x: b.matmul(b.transpose(x), b.exp(b.transpose(b.transpose(x)))), MATRIX)
ALL = [THRESHOLDED, MISH, TWICE, SHARE, STANDARD, COUNTED, LAYER, MIXED, TRANSPOSED]
CASES = [pytest.param(each, trial, id=f"{each.name}-{n}") for each in ALL for n, trial in enumerate(each.trials)]


def by_name(operation: Operation) -> str:
    return operation.name


@pytest.mark.parametrize(("operation", "trial"), CASES)
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_its_value_is_that_of_its_nodes(
    operation: Operation, trial: Trial, precision: str, tape: Any_, draw: Any_
) -> None:
    made = tape(precision)
    leaves = [made.leaf(value) for value in draw(trial)]
    assert operation.define is not None
    alone = operation.define(made, *leaves, *trial.attributes)
    operands = [made.values[leaf] for leaf in leaves]
    value = operation.forward(np, *operands, *trial.attributes, precision)
    assert value.dtype == precision
    assert value.tobytes() == made.values[alone].tobytes()
    assert operation.infer(trial.types, *trial.attributes) == made.type(alone)
    turned = [np.asfortranarray(each) for each in operands]  # as they lie where an operand was transposed
    assert operation.forward(np, *turned, *trial.attributes, precision).tobytes() == value.tobytes()


@pytest.mark.parametrize(("operation", "trial"), CASES)
def test_its_gradients_of_any_order_are_those_of_its_nodes(
    operation: Operation, trial: Trial, tape: Any_, draw: Any_
) -> None:
    def orders(append: Callable[[Any, list[int]], int]) -> list[Any]:
        made = tape()
        leaves = [made.leaf(value) for value in draw(trial)]
        node, found = append(made, leaves), []
        for _ in range(3):
            sent = made.reverse(node, made.leaf(np.ones(made.type(node).shape)), leaves)
            if sent[0] is None:
                break
            found.append(made.values[sent[0]])
            node = made.sum(made.mul(made.leaf(np.full(made.type(sent[0]).shape, 0.7)), sent[0]))
        return found

    assert operation.define is not None
    define = operation.define
    whole = orders(lambda made, leaves: made.append(operation, leaves, trial.attributes))
    alone = orders(lambda made, leaves: define(made, *leaves, *trial.attributes))
    assert len(whole) == len(alone) > 0
    for one, other in zip(whole, alone, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)


def test_the_form_on_floats() -> None:
    assert [THRESHOLDED.scalar(x, 1.0) for x in (0.5, 1.0, 1.5)] == [0.0, 0.0, 1.5]  # type: ignore[misc]  # it has one
    assert MISH.scalar is not None
    assert MISH.scalar(0.5) == pytest.approx(float(MISH.forward(np, np.asarray(0.5))))
    assert STANDARD.scalar is None


def test_shapes_that_are_not_known_yet() -> None:
    rows = Type("real", (dimension("N"), 3))
    assert STANDARD.infer((rows,)) == rows
    with pytest.raises(Clash, match="layer: affine: x has 4 features but W has 3 rows") as caught:
        LAYER.infer((Type("real", (2, 4)), Type("real", (3, 2)), Type("real", (2,))))
    assert caught.value.operands == (0, 1, 2)


def test_facts_that_follow() -> None:
    assert THRESHOLDED.rows == MISH.rows == TWICE.rows == EACH
    assert SHARE.rows.axes is not None
    first = frozenset({-2})
    table = Type("real", (dimension("N"), 3))
    assert STANDARD.rows.axes is not None
    assert not STANDARD.rows.same_bits
    assert STANDARD.rows.axes((first,), (table,), table, ()) == (first, False)
    assert COUNTED.rows.axes is not None
    assert COUNTED.rows.axes((first,), (table,), table, ()) == (None, False), "the number of rows stands in it"
    assert SHARE.rows.axes((frozenset({-1}),), (Type("real", (3,)),), Type("real", (3,)), ()) == (frozenset({-1}), True)
    assert LAYER.rows.axes is not None
    types = (table, Type("real", (3, 2)), Type("real", (2,)))
    result = Type("real", (dimension("N"), 2))
    assert LAYER.rows.axes((first, frozenset(), frozenset()), types, result, ()) == (first, False)
    assert LAYER.flops((Type("real", (4, 3)), *types[1:]), Type("real", (4, 2)), ()) == 7 * 8 + 8
    assert THRESHOLDED.values.side is not None
    sides = THRESHOLDED.values.side(np, np.array([0.5, 1.5]), 1.0)
    assert sides.tolist() == [False, True]
    assert MISH.values.side is None


def test_what_the_record_says_goes_before_what_follows() -> None:
    rows = Rows(averages=True)
    made = composite("total", "x", lambda b, x: b.sum(x), VECTOR, rows=rows, flops=lambda *given: 7)
    assert made.rows is rows
    assert made.flops((Type("real", (3,)),), Type("real", ()), ()) == 7
    metric = composite("mean_size", "x", lambda b, x: b.mean(b.abs(x)), VECTOR, role="metric")
    assert metric.vjp is None


def test_what_a_definition_may_not_do() -> None:
    with pytest.raises(TypeError, match="`quadratic-loss` in a definition is to be given all of its attributes"):
        composite("loss", "y t", lambda b, y, t: b.quadratic_loss(y, t), Trial(((2, 3), (2, 3))))
    with pytest.raises(TypeError, match="the node that it appends last"):
        composite("first", "x", lambda b, x: (b.exp(x), x)[1], VECTOR)
    with pytest.raises(TypeError, match="completed by the table"):
        Operation("raw", ("x",), "x", "Not in the table.", define=lambda b, x: x).infer(())


def test_a_definition_of_definitions(add_operation: Add, tape: Any_) -> None:
    add_operation(MISH)
    made = add_operation(
        Operation(
            "mish_twice", ("x",), "mish(mish(x))", "A trial.", trials=(VECTOR,),
            define=lambda b, x: b.make("mish", (b.make("mish", (x,)),)),
        )
    )  # fmt: skip
    x = np.array([0.3, -1.0, 2.0])
    assert made.forward(np, x).tobytes() == MISH.forward(np, MISH.forward(np, x)).tobytes()
    on = tape()
    leaf = on.leaf(x)
    (gradient,) = on.reverse(on.append(made, [leaf], ()), on.leaf(np.ones(3)), [leaf])
    near = (made.forward(np, x + 1e-6) - made.forward(np, x - 1e-6)) / 2e-6
    np.testing.assert_allclose(on.values[gradient], near, rtol=1e-8)


def test_it_is_one_node_of_the_graph() -> None:
    builder = GraphBuilder()
    x = builder.leaf(FED, Type("real", (3,)), "x", None)
    builder.append(THRESHOLDED, (x,), (0.5,))
    assert len(builder) == 2
