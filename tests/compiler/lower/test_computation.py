"""Computations: what is bound of a graph, what a rule makes of its nodes, and which nodes are written together."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chainrule.compiler.graph.graph import Graph, GraphBuilder, Node
from chainrule.compiler.graph.spec import Precision, Spec
from chainrule.compiler.lower.computation import (
    Computation,
    UnboundSize,
    bound,
    bound_attributes,
    joint_nodes,
    needed,
    rewritten,
)
from chainrule.compiler.ops.activation import RELU
from chainrule.compiler.ops.draws import FILLS
from chainrule.compiler.shape import Type, dimension, product

Compile = Callable[..., Spec]
N = dimension("N")


def graph(builder: GraphBuilder, seed: int = 0) -> Graph:
    return Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {}, seed=seed)


def names(made: Computation) -> list[str]:
    return [node.operation.name for node in made.nodes]


@pytest.mark.parametrize("left_out", range(4))
def test_what_is_left_out_makes_what_follows_move_up(left_out: int) -> None:
    builder = GraphBuilder()
    x = builder.input("x", Type("real", (N,)), None)
    kept = x
    for number in range(4):
        aside = builder.exp(kept)
        kept = builder.tanh(kept) if number != left_out else builder.add(kept, aside)
    made = bound(graph(builder), [kept, kept], {"N": 2}, "float64")
    assert made.targets == (len(made.nodes) - 1,) * 2
    assert names(made).count("exp") == 1
    assert names(made).count("tanh") == 3
    assert all(operand < number for number, node in enumerate(made.nodes) for operand in node.inputs)
    assert [len(set(node.inputs)) for node in made.nodes if node.operation.name == "add"] == [2]
    assert {node.type.shape for node in made.nodes} == {(2,)}


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("scalar", [False, True])
def test_floats_carry_graphs_of_scalars_in_double_precision_alone(scalar: bool, precision: Precision) -> None:
    builder = GraphBuilder()
    x = builder.input("x", Type("real", ()), None)
    made = bound(graph(builder), [x], {}, precision, scalar=scalar)
    assert made.scalar == (scalar and precision == "float64")
    assert not bound(graph(builder), [x], {}, precision).scalar


def test_dims_become_sizes_wherever_they_stand() -> None:
    builder = GraphBuilder()
    x = builder.input("x", Type("real", (N, 2)), None)
    flat = builder.reshape(x, shape=(product((N, 2)),))
    both = builder.mul(flat, builder.size(N))
    made = bound(graph(builder), [both], {"N": 3}, "float64")
    assert [node.type.shape for node in made.nodes] == [(3, 2), (6,), (), (6,)]
    assert made.nodes[1].attributes == bound_attributes(builder.nodes[flat], {"N": 3}) == ((6,),)
    assert (made.nodes[2].operation.name, made.nodes[2].attributes) == ("constant", (3.0,))
    for dims in ({}, {"M": 3}):
        with pytest.raises(UnboundSize) as caught:
            bound(graph(builder), [both], dims, "float64")
        assert (caught.value.dim, caught.value.path) == ("N", "x")


def test_draws_are_of_the_graph_s_seed(spec: Compile) -> None:
    made = replace(spec("input x: [3]\noutput y = uniform_like(x)\n").full, seed=7)
    drawn = [node for node in bound(made, made.outputs, {}, "float64").nodes if node.operation.name in FILLS]
    assert [node.attributes for node in drawn] == [(7,)]


def test_what_is_needed_stands_in_the_order_of_the_graph() -> None:
    builder = GraphBuilder()
    x = builder.input("x", Type("real", ()), None)
    y, _, z = builder.exp(x), builder.tanh(x), builder.neg(x)
    assert needed(graph(builder), [z, y]) == [x, y, z]


def chain() -> Computation:
    builder = GraphBuilder()
    x = builder.input("x", Type("real", (2,)), None)
    last = builder.exp(builder.tanh(x))
    return bound(graph(builder), [last], {}, "float64")


def test_a_rule_that_changes_nothing_gives_the_same_object() -> None:
    made = chain()
    assert rewritten(made, lambda _, node: node) is made


def test_a_rule_puts_nodes_or_earlier_ones_in_the_place_of_one() -> None:
    made = chain()

    def without_tanh(_: list[Node], node: Node) -> Node | int:
        return node.inputs[0] if node.operation.name == "tanh" else node

    shorter = rewritten(made, without_tanh)
    assert (names(shorter), shorter.targets) == (["input", "exp"], (1,))
    assert shorter.nodes[1].inputs == (0,)
    assert rewritten(made, lambda nodes, node: len(nodes) - 1 if node.operation.name == "exp" else node).targets == (1,)
    other = rewritten(made, lambda _, node: node._replace(operation=RELU) if node.operation.name == "exp" else node)
    assert (names(other), other.targets) == (["input", "tanh", "relu"], made.targets)


def losses(*, smoothing: float = 0.0, other: bool = False, classes: bool = True) -> tuple[Node, ...]:
    """A softmax loss and its gradient, of the same scores, or of others."""
    builder = GraphBuilder()
    scores, more = (builder.input(name, Type("real", (4, 3)), None) for name in ("scores", "more"))
    t = builder.input("t", Type("int", (4,)) if classes else Type("real", (4, 3)), None)
    builder.softmax_loss(scores, t, smoothing=smoothing)
    builder.softmax_loss_gradient(more if other else scores, t, smoothing=smoothing)
    return tuple(builder.nodes)


def test_a_loss_is_written_with_its_gradient() -> None:
    made = losses()
    assert [made[each].operation.name for pair in joint_nodes(made).items() for each in pair] == [
        "softmax-loss",
        "softmax-loss-gradient",
    ]
    turned = [*made[:3], made[4], made[3]]
    assert joint_nodes(turned) == joint_nodes(made) == {3: 4}
    for apart in (losses(smoothing=0.1), losses(other=True), losses(classes=False), made[:4], [*made[:4], made[3]]):
        assert joint_nodes(apart) == {}
