"""The reverse pass, node by node."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.derive.reverse import Flow, differentiate
from chainrule.compiler.graph.graph import GraphBuilder
from chainrule.compiler.graph.spec import Spec
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import SCALAR, Clash, Type, dimension

Compile = Callable[..., Spec]


def scalar(builder: GraphBuilder, path: str) -> int:
    return builder.input(path, SCALAR, None)


def text(builder: GraphBuilder, reference: int) -> str:
    """A node as an expression."""
    node = builder.nodes[reference]
    if node.path or node.operation.name == "constant":
        return node.path or f"{node.attributes[0]:g}"
    symbols = {"add": "+", "mul": "*", "sub": "-"}
    operands = [text(builder, operand) for operand in node.inputs]
    if node.operation.name in symbols:
        return f"({symbols[node.operation.name].join(operands)})"
    return f"{node.operation.name}({', '.join(operands)})"


def test_gradients_are_nodes_of_the_same_graph() -> None:
    builder = GraphBuilder()
    a, b = scalar(builder, "a"), scalar(builder, "b")
    y = builder.mul(a, b)
    found = differentiate(builder, y, [a, b, y])
    assert [text(builder, found[each]) for each in (a, b, y)] == ["(1*b)", "(1*a)", "1"]


def test_a_node_in_between_is_asked_for_alone() -> None:
    builder = GraphBuilder()
    x, c = scalar(builder, "x"), scalar(builder, "c")
    h = builder.append(OPERATIONS["mul"], (x, x), path="h")
    y = builder.mul(h, c)
    assert text(builder, differentiate(builder, y, [h])[h]) == "(1*c)"
    assert text(builder, differentiate(builder, y, [y])[y]) == "1"


def test_users_add_up_in_the_order_of_the_text() -> None:
    builder = GraphBuilder()
    x = scalar(builder, "x")
    users = [builder.append(OPERATIONS["mul"], (x, scalar(builder, f"c{n}")), path=f"u{n}") for n in range(4)]
    total = users[0]
    for user in users[1:]:
        total = builder.add(total, user)
    found = differentiate(builder, total, [x])
    assert text(builder, found[x]) == "((((1*c0)+(1*c1))+(1*c2))+(1*c3))"


def test_operands_of_one_user_add_up_from_the_left() -> None:
    builder = GraphBuilder()
    x, c = scalar(builder, "x"), scalar(builder, "c")
    first = builder.append(OPERATIONS["mul"], (x, c), path="first")
    second = builder.append(OPERATIONS["sub"], (x, x), path="second")
    found = differentiate(builder, builder.add(first, second), [x])
    assert text(builder, found[x]) == "(((1*c)+1)+neg(1))"


def test_both_operands_count() -> None:
    builder = GraphBuilder()
    x = scalar(builder, "x")
    found = differentiate(builder, builder.mul(x, x), [x])
    assert text(builder, found[x]) == "((1*x)+(1*x))"


def test_what_does_not_depend_gets_zeros() -> None:
    builder = GraphBuilder()
    x = scalar(builder, "x")
    other = builder.input("other", Type("real", (dimension("N"), 2)), None)
    y = builder.exp(x)
    late = builder.exp(y)
    found = differentiate(builder, y, [x, other, late])
    assert builder.type(found[other]) == builder.type(other)
    assert text(builder, found[other]) == "expand(0)"
    assert text(builder, found[late]) == "0"


def test_nothing_is_computed_for_what_is_not_asked() -> None:
    builder = GraphBuilder()
    a, b = scalar(builder, "a"), scalar(builder, "b")
    y = builder.mul(builder.exp(a), builder.exp(b))
    before = len(builder)
    differentiate(builder, y, [b])
    names = [node.operation.name for node in builder.nodes[before:]]
    assert names.count("mul") <= 3  # the rule of `mul` gives both sides, that of exp(a) is not asked


def test_no_gradient_goes_through_ints() -> None:
    builder = GraphBuilder()
    t = builder.input("t", Type("int", (3,)), None)
    x = builder.input("x", Type("real", (3,)), None)
    y = builder.sum(builder.mul(builder.identity(t), x))
    found = differentiate(builder, y, [x])
    assert builder.type(found[x]) == builder.type(x)


def test_a_tensor_needs_an_upstream_gradient() -> None:
    builder = GraphBuilder()
    x = builder.input("x", Type("real", (3,)), None)
    y = builder.exp(x)
    with pytest.raises(Clash, match=r"this has shape \[3\]"):
        differentiate(builder, y, [x])
    upstream = builder.input("g", Type("real", (3,)), None)
    assert text(builder, differentiate(builder, y, [x], upstream)[x]) == "(g*exp(x))"


def test_flows_say_what_goes_along_each_edge() -> None:
    builder = GraphBuilder()
    x, c = scalar(builder, "x"), scalar(builder, "c")
    y = builder.mul(x, c)
    flows: list[Flow] = []
    found = differentiate(builder, y, [x, c], flows=flows)
    assert {(flow.user, flow.slot): flow.gradient for flow in flows} == {(y, 0): found[x], (y, 1): found[c]}


def test_long_chains_and_many_users() -> None:
    builder = GraphBuilder()
    x = value = scalar(builder, "x")
    for _ in range(20_000):
        value = builder.tanh(value)
    assert builder.type(differentiate(builder, value, [x])[x]) == SCALAR
    users = GraphBuilder()
    x = total = scalar(users, "x")
    for _ in range(20_000):
        total = users.add(total, x)
    assert users.type(differentiate(users, total, [x])[x]) == SCALAR


@given(st.lists(st.sampled_from(["tanh", "sigmoid", "exp", "neg", "identity"]), min_size=1, max_size=4))
def test_derivatives_have_derivatives(names: list[str]) -> None:
    builder = GraphBuilder()
    x = value = builder.input("x", Type("real", (dimension("N"),)), None)
    for name in names:
        value = builder.append(OPERATIONS[name], (value,))
    value = builder.sum(value)
    for _ in range(3):
        value = builder.sum(differentiate(builder, value, [x])[x])
    assert builder.type(value) == SCALAR


def test_shapes_of_gradients_are_those_of_their_nodes(spec: Compile) -> None:
    text_ = """dim N, M
input x: [N, 3]
input v: [3]
input c: [N, 1]
input s = 1
param W: [3, 4] = ones()
h = (x + v) * c * s
y = sum(relu(h) @ W) / N + mean(sum(x * v, axis = 1) -> mul(s))
"""
    graph = spec(text_).graph
    builder = GraphBuilder(graph.nodes)
    reals = [number for number, node in enumerate(graph.nodes) if node.path]
    found = differentiate(builder, graph.index["y"], reals)
    for number in reals:
        assert builder.type(found[number]) == graph.nodes[number].type


def test_the_sum_rounds_as_the_text_reads() -> None:
    """1e16 + 1 + 1 - 1e16 is 0 from the left, 2 in any kinder order."""
    import chainrule

    program = chainrule.compile("input x = 1\na = x * 1e16\nb = x * 1\nc = x * 1\nd = x * -1e16\ny = d + c + b + a\n")
    assert float(program.grad("y")["x"]) == np.float64(1e16) + 1 + 1 - 1e16
