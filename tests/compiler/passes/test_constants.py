"""Constants: which scalars the compiler computes, and which it leaves to the run."""

import math
from dataclasses import replace

import numpy as np
import pytest

from chainrule.compiler.graph.graph import Graph, GraphBuilder
from chainrule.compiler.graph.spec import Precision
from chainrule.compiler.lower.computation import Computation, bound
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.passes.constants import FoldConstants
from chainrule.compiler.shape import SCALAR, Type


def folded(
    builder: GraphBuilder, target: int, precision: Precision = "float64", *, scalar: bool = False
) -> Computation:
    graph = Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {})
    return FoldConstants()(bound(graph, [target], {}, precision, scalar=scalar))


def names(made: Computation) -> list[str]:
    return [node.operation.name for node in made.nodes]


@pytest.mark.parametrize("scalar", [False, True])
def test_what_is_made_of_constants_alone_is_one(scalar: bool) -> None:
    builder = GraphBuilder()
    x = builder.input("x", SCALAR, None)
    half = builder.div(builder.exp(builder.constant(1.0)), builder.constant(2.0))
    made = folded(builder, builder.mul(x, builder.add(half, half)), scalar=scalar)
    last = made.nodes[made.targets[0]]
    factor = made.nodes[last.inputs[1]]
    assert (last.operation.name, factor.operation.name, factor.inputs) == ("mul", "constant", ())
    assert factor.attributes == pytest.approx((math.e,), rel=1e-15)


def test_what_is_no_scalar_or_made_of_others_stays() -> None:
    builder = GraphBuilder()
    x = builder.input("x", SCALAR, None)
    wide = builder.expand(builder.constant(2.0), shape=(3,))
    listed = builder.literal((1.0, 2.0), Type("real", (2,)))
    for target in (builder.mul(x, builder.constant(2.0)), wide, builder.sum(wide), builder.sum(listed), x):
        made = folded(builder, target)
        assert names(made)[-1] == builder.nodes[target].operation.name


def test_metrics_and_what_hangs_on_training_stay() -> None:
    builder = GraphBuilder()
    one, two = builder.constant(1.0), builder.constant(2.0)
    metric = builder.append(OPERATIONS["mae"], (one, two))
    assert names(folded(builder, metric))[-1] == "mae"
    form = builder.append(OPERATIONS["in_training"], (one, two))
    assert names(folded(builder, form))[-1] == "in_training"
    assert names(folded(builder, builder.mse(one, two)))[-1] == "constant"


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_value_is_that_of_the_run(precision: Precision) -> None:
    builder = GraphBuilder()
    made = folded(builder, builder.log(builder.constant(0.1)), precision)
    assert made.nodes[made.targets[0]].attributes == (float(np.log(np.asarray(0.1, precision))),)


def test_what_has_no_form_on_floats_is_left_to_a_run_on_floats() -> None:
    builder = GraphBuilder()
    exp = builder.append(replace(OPERATIONS["exp"], scalar=None), (builder.constant(1.0),))
    assert names(folded(builder, exp, scalar=True))[-1] == "exp"
    assert names(folded(builder, exp, scalar=False))[-1] == "constant"
