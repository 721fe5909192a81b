"""Equal nodes: which are one, and which are told apart."""

from chainrule.compiler.graph.graph import Graph, GraphBuilder
from chainrule.compiler.lower.computation import bound
from chainrule.compiler.ops.leaves import CONSTANT
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.passes.equal import ShareEqual
from chainrule.compiler.shape import SCALAR, Type


def count(builder: GraphBuilder, *targets: int) -> int:
    """How many nodes the targets become."""
    graph = Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {})
    return len(set(ShareEqual()(bound(graph, targets, {}, "float64")).targets))


def test_names_tell_leaves_apart_and_nothing_else() -> None:
    builder = GraphBuilder()
    a, b = (builder.input(name, SCALAR, None) for name in "ab")
    assert count(builder, a, b) == 2
    exp = OPERATIONS["exp"]
    named = [builder.append(exp, (a,), path=path) for path in ("", "y", "z")]
    assert count(builder, *named) == 1
    assert count(builder, named[0], builder.append(exp, (b,))) == 2
    ones = [builder.append(CONSTANT, (), (1.0,), path=path) for path in ("", "one", "eins")]
    assert count(builder, *ones) == 1
    assert count(builder, builder.exp(ones[0]), builder.exp(ones[2])) == 1


def test_attributes_and_types_tell_nodes_apart() -> None:
    builder = GraphBuilder()
    x = builder.input("x", Type("real", (2, 2)), None)
    sums = [builder.append(OPERATIONS["sum"], (x,), (axis, False)) for axis in (0, 1, 0)]
    assert count(builder, *sums) == 2
    assert (
        count(builder, builder.literal((1.0, 2.0), Type("real", (2,))), builder.literal((1, 2), Type("int", (2,)))) == 2
    )
    assert count(builder, builder.sub(x, x), builder.add(x, x)) == 2
