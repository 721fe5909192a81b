"""The passes: what each takes out, what it must leave, and that all together change no bit."""

import pytest

from chainrule.compiler.graph.graph import Graph, GraphBuilder, Node
from chainrule.compiler.lower.computation import Computation, bound
from chainrule.compiler.lower.verify import Broken, verify
from chainrule.compiler.ops.leaves import CONSTANT
from chainrule.compiler.passes.constants import FoldConstants
from chainrule.compiler.passes.dead import DropDead
from chainrule.compiler.passes.equal import ShareEqual
from chainrule.compiler.passes.neutral import DropNeutral
from chainrule.compiler.passes.pipeline import PIPELINE, optimised
from chainrule.compiler.shape import Type, dimension

N = dimension("N")


def computation(builder: GraphBuilder, *targets: int) -> Computation:
    graph = Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {})
    return bound(graph, targets, {"N": 4}, "float64")


def with_input() -> tuple[GraphBuilder, int]:
    builder = GraphBuilder()
    return builder, builder.input("x", Type("real", (N, 3)), None)


def names(made: Computation) -> list[str]:
    return [node.operation.name for node in made.nodes]


def test_sizes_become_numbers() -> None:
    builder, x = with_input()
    made = computation(builder, builder.div(builder.sum(x), builder.size(N)))
    assert made.nodes[0].type.shape == (4, 3)
    assert ("constant", (4.0,)) in [(node.operation.name, node.attributes) for node in made.nodes]


def test_what_no_target_needs_is_dropped() -> None:
    builder, x = with_input()
    builder.exp(x)
    made = Computation(tuple(bound_all(builder)), (0,), "float64")
    assert names(DropDead()(made)) == ["input"]


def bound_all(builder: GraphBuilder) -> list[Node]:
    graph = Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {})
    return list(bound(graph, range(len(builder)), {"N": 4}, "float64").nodes)


def test_equal_nodes_are_computed_once() -> None:
    builder, x = with_input()
    made = ShareEqual()(computation(builder, builder.add(builder.exp(x), builder.exp(x))))
    assert names(made) == ["input", "exp", "add"]
    assert made.nodes[2].inputs == (1, 1)


def test_zeros_of_either_sign_are_not_equal() -> None:
    builder = GraphBuilder()
    zero, other = builder.append(CONSTANT, (), (0.0,)), builder.append(CONSTANT, (), (-0.0,))
    made = ShareEqual()(computation(builder, zero, other))
    assert len(made.nodes) == 2


def test_constants_are_folded_in_the_precision_of_the_run() -> None:
    builder = GraphBuilder()
    third = builder.div(builder.constant(1.0), builder.constant(3.0))
    graph = Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {})
    for precision, value in (("float64", 1 / 3), ("float32", 0.3333333432674408)):
        made = FoldConstants()(bound(graph, (third,), {}, precision))  # type: ignore[arg-type]  # both are precisions
        assert made.nodes[made.targets[0]].attributes == (value,)


def test_nan_is_left_to_the_run() -> None:
    builder = GraphBuilder()
    nan = builder.div(builder.constant(0.0), builder.constant(0.0))
    made = FoldConstants()(computation(builder, nan))
    assert "div" in names(made)


@pytest.mark.parametrize(
    ("operation", "constant", "kept"),
    [
        ("mul", 1.0, False), ("div", 1.0, False), ("sub", 0.0, False), ("add", -0.0, False), ("add", 0.0, True),
        ("sub", -0.0, True), ("mul", 0.0, True), ("mul", -1.0, True), ("pow", 1.0, True),
    ],
)  # fmt: skip
def test_neutral_only_where_every_bit_stays(operation: str, constant: float, kept: bool) -> None:
    builder, x = with_input()
    made = DropNeutral()(computation(builder, getattr(builder, operation)(x, builder.constant(constant))))
    assert (operation in [made.nodes[t].operation.name for t in made.targets]) == kept


def test_an_operation_that_broadcasts_is_not_neutral() -> None:
    builder = GraphBuilder()
    x = builder.input("x", Type("real", ()), None)
    wide = builder.expand(builder.constant(1.0), shape=(2, 3))
    made = DropNeutral()(computation(builder, builder.mul(x, wide)))
    assert "mul" in names(made)


def test_two_transpositions_are_none() -> None:
    builder, x = with_input()
    made = optimised(computation(builder, builder.transpose(builder.transpose(x))))
    assert names(made) == ["input"]


def test_a_computation_without_anything_to_do_stays_the_same_object() -> None:
    builder, x = with_input()
    made = computation(builder, builder.exp(x))
    for each in PIPELINE:
        assert each(made) is made


def test_the_passes_that_ran_are_named_where_one_breaks_the_graph() -> None:
    builder, x = with_input()
    made = computation(builder, builder.exp(x))
    broken = Computation((made.nodes[0], made.nodes[1]._replace(type=Type("real", (1,)))), (1,), "float64")
    with pytest.raises(Broken, match=r"exp, is \[1\] but should be \[4, 3\] after some pass"):
        verify(broken, ("some pass",))
    with pytest.raises(Broken, match="target"):
        verify(Computation(made.nodes, (7,), "float64"))
    with pytest.raises(Broken, match="before an operand"):
        verify(Computation((made.nodes[1]._replace(inputs=(1,)),), (0,), "float64"))


def test_what_is_shown_with_symbols_is_verified_too() -> None:
    builder, x = with_input()
    y = builder.exp(x)
    nodes = list(builder.nodes)
    symbolic = Computation(tuple(nodes), (y,), "float64")
    assert optimised(symbolic, symbols=True).nodes[-1].type.shape == (N, 3)
    with pytest.raises(Broken, match="a size that is no number"):
        optimised(symbolic)
    nodes[y] = nodes[y]._replace(type=Type("real", (N, 4)))
    with pytest.raises(Broken, match="should be"):
        optimised(Computation(tuple(nodes), (y,), "float64"), symbols=True)
