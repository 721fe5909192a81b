"""Functions of scalars: generated Python has the bits of the loop, at the extremes too."""

import math
import struct
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.compiler.derive.reverse import differentiate
from chainrule.compiler.graph.graph import Graph, GraphBuilder
from chainrule.compiler.ops.operation import Operation
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import SCALAR
from chainrule.program.front_door import compile
from chainrule.runtime.steps import scalar_function
from chainrule.runtime.steps.scalar_function import Result, ScalarFunction

EXTREMES = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 710.0, -750.0, 1e308, -1e308, 5e-324, math.inf, -math.inf, math.nan]


def bits(result: Result) -> list[tuple[str, bytes]]:
    values = [("", result[0]), *result[1].items()]
    return [(name, struct.pack("d", math.nan if math.isnan(value) else value)) for name, value in values]


def function_of(builder: GraphBuilder, *targets: int) -> ScalarFunction:
    graph = Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {})
    return ScalarFunction(graph, targets, [f"target {number}" for number, _ in enumerate(targets[1:])])


def agreeing(function: ScalarFunction, values: list[float]) -> None:
    assert bits(function._generate()(*values)) == bits(function._looped(*values)), values


APART = ("real", "bias-correction", "accuracy")
"""One takes integers, one counts steps from 1 on, one judges."""

SCALAR_OPERATIONS = [
    each
    for each in OPERATIONS.values()
    if each.scalar is not None and each.operands and not (each.fed_as or each.name in APART)
]

DRAWN = [
    each
    for each in SCALAR_OPERATIONS
    if each.role == "operation" and not each.attributes and each.infer(each.trials[0].types).kind == "real"
]
"""Of an int a graph is none of scalars."""


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
    for _ in range(data.draw(st.integers(1, 20))):
        operation = data.draw(st.sampled_from(DRAWN))
        operands = tuple(data.draw(st.sampled_from(nodes[-6:])) for _ in operation.operands)
        nodes.append(builder.append(operation, operands))
    function = function_of(builder, nodes[-1], nodes[len(nodes) // 2])
    values = [data.draw(st.one_of(st.floats(), st.sampled_from(EXTREMES))) for _ in function.leaves]
    agreeing(function, values)


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_random_gradients(data: st.DataObject) -> None:
    builder = GraphBuilder()
    nodes = [builder.input(name, SCALAR, None) for name in "xy"] + [builder.constant(2.0)]
    for _ in range(data.draw(st.integers(1, 12))):
        operation = data.draw(st.sampled_from(DRAWN))
        operands = tuple(data.draw(st.sampled_from(nodes[-4:])) for _ in operation.operands)
        nodes.append(builder.append(operation, operands))
    gradients = differentiate(builder, nodes[-1], nodes)
    function = function_of(builder, nodes[-1], *(gradients[node] for node in nodes))
    for _ in range(3):
        agreeing(function, [data.draw(st.one_of(st.floats(-3, 3), st.sampled_from(EXTREMES))) for _ in function.leaves])


def test_what_is_nested_deeply() -> None:
    builder = GraphBuilder()
    x = total = builder.input("x", SCALAR, None)
    for number in range(1000):
        total = builder.sub(x, total) if number % 2 else builder.tanh(total)
    agreeing(function_of(builder, total), [0.3])


def test_what_is_read_long_after() -> None:
    builder = GraphBuilder()
    x = builder.input("x", SCALAR, None)
    early = [builder.mul(x, builder.constant(number / 7)) for number in range(600)]
    total = x
    for node in (*early, *reversed(early)):
        total = builder.add(builder.tanh(total), node)
    agreeing(function_of(builder, total, early[3], x, builder.constant(1.5), early[3]), [0.3])


def generated(function: ScalarFunction) -> bool:
    return function.generated is not None


def test_the_loop_gives_way_once_that_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = GraphBuilder()
    x = builder.input("x", SCALAR, None)
    function = function_of(builder, builder.mul(x, builder.exp(x)))
    monkeypatch.setattr(function, "_worth", math.inf)  # however slow the machine is
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
    assert function.generated is None


def test_a_program_s_function() -> None:
    program = compile("input x = 3\nparam w = 2\ny = w * x + exp(x - x)\n")
    function = program.function("y", grad=["x", "w"])
    for _ in range(3):
        assert function() == (7.0, {"x": 2.0, "w": 3.0})
        assert function(x=5) == (11.0, {"x": 2.0, "w": 5.0})
        assert function(w=1.0) == (4.0, {"x": 1.0, "w": 3.0})
        assert function(x=True) == (3.0, {"x": 2.0, "w": 1.0})
    program.params = {"w": 10.0}
    assert function()[0] == 31.0


@pytest.mark.parametrize(("text", "x", "value"), [("1 / x", 0.0, math.inf), ("exp(x)", 1000, math.inf)])
def test_what_floats_refuse_has_its_ieee_result(text: str, x: float, value: float) -> None:
    function = compile(f"input x = 1\ny = {text}\n").function("y")
    for _ in range(1000):
        function()
    assert function(x=x) == (value, {})
    assert function() == function(x=1)
