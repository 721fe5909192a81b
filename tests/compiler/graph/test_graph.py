"""The graph and the builder that appends to it."""

from collections.abc import Callable

import networkx
import pytest

from chainrule.compiler.graph.graph import GraphBuilder
from chainrule.compiler.graph.spec import Spec
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import SCALAR, Clash, Type, dimension

Compile = Callable[..., Spec]

TEXT = """dim N
input x: [N, 2]
input t: int[N]
param W: [2, 3] = ones()
h = x @ W
y = mul(h, h)
s = sum(y)
unused = exp(t)
"""


def test_networkx_has_every_node_and_every_operand(spec: Compile) -> None:
    graph = spec(TEXT).graph
    made = graph.networkx()
    assert isinstance(made, networkx.MultiDiGraph)
    assert list(made) == list(range(len(graph.nodes)))
    assert networkx.is_directed_acyclic_graph(made)
    for number, node in enumerate(graph.nodes):
        data = made.nodes[number]
        assert (data["path"], data["operation"]) == (node.path, node.operation.name)
        assert (data["kind"], data["shape"], data["attributes"]) == (*node.type, node.attributes)
        slots = sorted((key, source) for source, _, key in made.in_edges(number, keys=True))
        assert [source for _, source in slots] == list(node.inputs)
    y, h = graph.index["y"], graph.index["h"]
    assert {key: data["operand"] for _, user, key, data in made.out_edges(h, keys=True, data=True) if user == y} == {
        0: "a",
        1: "b",
    }


def test_reachability_is_that_of_networkx(spec: Compile) -> None:
    graph = spec(TEXT).graph
    made = graph.networkx()
    for number in range(len(graph.nodes)):
        ancestors = networkx.ancestors(made, number) | {number}
        descendants = networkx.descendants(made, number) | {number}
        assert {n for n, needed in enumerate(graph.ancestors([number])) if needed} == ancestors
        assert {n for n, reached in enumerate(graph.dependents([number])) if reached} == descendants


def test_dims_scalars_and_extension(spec: Compile) -> None:
    graph = spec(TEXT).graph
    assert graph.dims == ("N",)
    assert not graph.scalar
    scalar = spec("input x = 1\ny = x * 2\n").graph
    assert scalar.scalar
    longer = scalar.extended([scalar.nodes[-1]._replace(path="z")])
    assert longer.index["z"] == len(scalar.nodes)
    assert longer.outputs == scalar.outputs


# --- the builder ------------------------------------------------------------------------------------------------


def test_constants_stand_once() -> None:
    builder = GraphBuilder()
    values = [1.0, 2.0, 1.0, 0.0, -0.0, float("nan"), float("nan"), float("inf")]
    assert [builder.constant(value) for value in values] == [0, 1, 0, 2, 3, 4, 4, 5]
    assert builder.size(2) == 1
    assert builder.type(builder.size(dimension("N"))) == SCALAR


def test_operations_are_methods() -> None:
    builder = GraphBuilder()
    x = builder.input("x", Type("real", (2, 3)), None)
    total = builder.sum(x, axis=1)
    assert builder.type(total) == Type("real", (2,))
    loss = builder.softmax_loss(x, builder.softmax(x))
    assert builder.nodes[loss].operation is OPERATIONS["softmax-loss"]
    assert builder.nodes[loss].attributes == (0.0, 2)
    with pytest.raises(AttributeError):
        builder.nothing(x)  # type: ignore[attr-defined]  # mypy sees it too
    with pytest.raises(TypeError, match="axsi"):
        builder.sum(x, axsi=0)  # type: ignore[call-arg]  # and this
    with pytest.raises(TypeError):
        builder.sum(x, x)  # type: ignore[call-arg]  # and this
    with pytest.raises(Clash):
        builder.add(x, builder.input("y", Type("real", (4,)), None))
    assert len(builder) == len(list(builder)) == 5


def test_ints_are_converted_where_reals_are_wanted() -> None:
    builder = GraphBuilder()
    t = builder.input("t", Type("int", (3,)), None)
    scores = builder.input("s", Type("real", (3, 4)), None)
    product = builder.mul(t, t)
    assert [builder.nodes[operand].operation.name for operand in builder.nodes[product].inputs] == ["real", "real"]
    assert builder.type(product) == Type("real", (3,))
    assert builder.nodes[builder.softmax_loss(scores, t)].inputs == (scores, t)
    assert builder.type(builder.identity(t)).kind == "int"
