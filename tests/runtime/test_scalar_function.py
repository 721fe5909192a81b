"""Functions of scalars: generated Python has the bits of the loop, at the extremes too."""

import math
import struct
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.compiler.graph import Graph, GraphBuilder
from chainrule.compiler.ops.operation import Operation
from chainrule.compiler.ops.table import ALL
from chainrule.compiler.shape import SCALAR
from chainrule.program import compile
from chainrule.runtime import scalar_function
from chainrule.runtime.scalar_function import ScalarFunction

EXTREMES = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 710.0, -750.0, 1e308, -1e308, 5e-324, math.inf, -math.inf, math.nan]


def bits(values: tuple[float, ...]) -> list[bytes]:
    return [struct.pack("d", math.nan if math.isnan(value) else value) for value in values]


def function_of(builder: GraphBuilder, *targets: int) -> ScalarFunction:
    return ScalarFunction(Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {}), targets)


def agreeing(function: ScalarFunction, values: list[float]) -> None:
    looped = function._looped(dict(zip(function.leaves, values, strict=True)))
    assert bits(function._generated()(*values)) == bits(looped), values


APART = ("real", "bias-correction", "accuracy")
"""One takes integers, one counts steps from 1 on, one judges."""

SCALAR_OPERATIONS = [each for each in ALL if each.scalar is not None and each.operands and each.name not in APART]


@pytest.mark.parametrize("operation", SCALAR_OPERATIONS, ids=lambda each: each.name)
def test_every_operation_at_the_extremes(operation: Operation) -> None:
    trial = next(trial for trial in operation.trials if all(not each.shape for each in trial.types))
    builder = GraphBuilder()
    leaves = [builder.input(f"x{number}", SCALAR, None) for number, _ in enumerate(operation.operands)]
    made = builder.append(operation, tuple(leaves), trial.attributes)
    function = function_of(builder, *leaves, made)
    for values in product(EXTREMES, repeat=len(leaves)):
        agreeing(function, list(values))


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_random_graphs(data: st.DataObject) -> None:
    builder = GraphBuilder()
    nodes = [builder.input(name, SCALAR, None) for name in "xy"] + [builder.constant(value) for value in (1.0, -0.0)]
    operations = [each for each in SCALAR_OPERATIONS if each.role == "operation" and not each.attributes]
    for _ in range(data.draw(st.integers(1, 20))):
        operation = data.draw(st.sampled_from(operations))
        operands = tuple(data.draw(st.sampled_from(nodes[-6:])) for _ in operation.operands)
        nodes.append(builder.append(operation, operands))
    function = function_of(builder, nodes[-1], nodes[len(nodes) // 2])
    values = [data.draw(st.one_of(st.floats(), st.sampled_from(EXTREMES))) for _ in function.leaves]
    agreeing(function, values)


def generated(function: ScalarFunction) -> bool:
    return function.function is not None


def test_the_loop_gives_way_once_that_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = GraphBuilder()
    x = builder.input("x", SCALAR, None)
    function = function_of(builder, builder.mul(x, builder.exp(x)))
    first = function(0.3)
    assert not generated(function)
    monkeypatch.setattr(function, "_worth", 0.0)
    assert function(0.3) == first
    assert generated(function)
    assert function(0.3) == first


def test_large_graphs_stay_with_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalar_function, "MOST_NODES", 1)
    builder = GraphBuilder()
    x = builder.input("x", SCALAR, None)
    function = function_of(builder, builder.mul(x, builder.exp(x)))
    function._worth = 0.0
    function(0.3)
    function(0.3)
    assert function.function is None


def test_a_program_s_function() -> None:
    program = compile("input x = 3\nparam w = 2\ny = w * x + exp(x - x)\n")
    function = program.function("y", grad=["x", "w"])
    for _ in range(3):
        assert function() == (7.0, {"x": 2.0, "w": 3.0})
        assert function(x=5) == (11.0, {"x": 2.0, "w": 5.0})
        assert function(w=1.0) == (4.0, {"x": 1.0, "w": 3.0})
    program.params = {"w": 10.0}  # type: ignore[dict-item]  # a number is an array without axes
    assert function()[0] == 31.0
