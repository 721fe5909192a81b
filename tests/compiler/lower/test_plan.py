"""Plans: what is computed, with every size a number."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chainrule.compiler.graph.graph import Graph, GraphBuilder
from chainrule.compiler.graph.spec import Spec
from chainrule.compiler.lower.computation import UnboundSize, UnfitSize, bound, needed
from chainrule.compiler.lower.plan import plan, steps_of
from chainrule.compiler.shape import Type, dimension

Compile = Callable[..., Spec]

TEXT = """dim N
input x: [N, 2]
input t: int[N]
param W: [2, N + 1] = ones()
h = x @ W
s = sum(h) / N
e = mean(exp(t))
dead = exp(s)
"""


def test_only_what_is_needed_is_computed(spec: Compile) -> None:
    graph = spec(TEXT).graph
    made = plan(graph, [graph.index["s"]], {"N": 3}, "float32", scalar=False)
    assert [leaf.path for leaf in made.leaves] == ["x", "W"]
    assert [(leaf.role, leaf.kind, leaf.shape) for leaf in made.leaves] == [
        ("input", "real", (3, 2)),
        ("param", "real", (2, 4)),
    ]
    assert [step.operation.name for step in made.steps] == ["matmul", "sum", "div"]
    assert made.constants == ((graph.nodes[graph.index["s"]].inputs[1], 3.0),)
    assert (made.targets, made.slots, made.precision) == ((graph.index["s"],), len(graph.nodes), "float32")


def test_an_int_becomes_what_the_run_computes_with(spec: Compile) -> None:
    graph = spec(TEXT).graph
    made = plan(graph, [graph.index["e"]], {"N": 3}, "float32", scalar=False)
    assert (made.steps[0].operation.name, made.steps[0].attributes) == ("real", ("float32",))


def test_every_size_must_be_known(spec: Compile) -> None:
    graph = spec(TEXT).graph
    with pytest.raises(UnboundSize) as caught:
        plan(graph, [graph.index["s"]], {}, "float64", scalar=False)
    assert (caught.value.dim, caught.value.path) == ("N", "x")


def test_what_a_dim_left_open_is_looked_at_again() -> None:
    builder = GraphBuilder()
    x = builder.input("x", Type("real", (dimension("N"),)), None)
    third = builder.slice(x, start=(2,), count=(1,), step=(0,))
    graph = Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {})
    assert bound(graph, [third], {"N": 3}, "float64").nodes[-1].type == Type("real", ())
    with pytest.raises(UnfitSize) as told:
        bound(graph, [third], {"N": 2}, "float64")
    with pytest.raises(UnfitSize) as again:
        plan(graph, [third], {"N": 2}, "float64", scalar=False)
    assert told.value.message == again.value.message
    assert told.value.message == "slice: there is no 2 along axis 0 of x, [2], which counts from 0 to 1"


def test_numbers_that_count_elements_have_a_name(spec: Compile) -> None:
    graph = spec("dim N\ninput x: [N, 2]\ninput k: int[N]\ny = take(x, k)\n").graph
    taken = graph.index["y"]
    among = plan(graph, [taken], {"N": 3}, "float64", scalar=False)
    alone = steps_of(bound(graph, [taken], {"N": 3}, "float64"))
    assert [each.name for each in among.indexed.values()] == [each.name for each in alone.indexed.values()] == ["k"]
    assert list(among.indexed) == [taken]


@pytest.mark.parametrize(("text", "name"), [("classes = argmax(x, axis = 1)\ny = softmax_loss(x, classes)", "classes"),
                                            ("y = softmax_loss(x, argmax(x, axis = 1))", "y.argmax")])  # fmt: skip
def test_classes_that_are_computed_have_the_name_of_their_node(spec: Compile, text: str, name: str) -> None:
    graph = spec(f"dim N\ninput x: [N, 2]\n{text}\n").graph
    wanted = graph.index["y"]
    made = plan(graph, [wanted], {"N": 3}, "float64", scalar=False)
    (found,) = made.indexed.values()
    assert (found.name, found.classes, found.span) == (name, True, graph.nodes[wanted].span)
    bare = replace(graph, nodes=tuple(node._replace(path="") for node in graph.nodes))
    (found,) = plan(bare, [wanted], {"N": 3}, "float64", scalar=False).indexed.values()
    assert found.name == "t"


def test_draws_are_told_with_where_their_rows_count(spec: Compile) -> None:
    graph = spec("dim N\ninput x: [N, 2]\ny = uniform_like(x)\nz = normal_like([1, 2])\n").graph
    targets = [graph.index["y"], graph.index["z"]]
    made = plan(graph, targets, {"N": 3}, "float64", scalar=False)
    assert [(each.leaf, each.path, each.shape, each.by_rows) for each in made.draws] == [
        ("uniform-draw", "y", (3, 2), True),
        ("normal-draw", "z", (2,), False),
    ]
    assert {each.role for each in made.leaves} <= {"input"}


def test_float32_is_rounded_at_every_step(spec: Compile) -> None:
    graph = spec("input x = 1\ny = x * 2\n").graph
    assert plan(graph, graph.outputs, {}, "float64", scalar=True).scalar
    assert not plan(graph, graph.outputs, {}, "float32", scalar=True).scalar
    assert not plan(graph, graph.outputs, {}, "float64", scalar=False).scalar


def test_a_plan_is_a_view_of_a_computation(spec: Compile) -> None:
    graph = spec(TEXT).graph
    wanted = [graph.index["dead"]]
    computation = bound(graph, wanted, {"N": 3}, "float32")
    alone, among = steps_of(computation), plan(graph, wanted, {"N": 3}, "float32", scalar=False)
    slots = needed(graph, wanted)
    assert alone.slots == len(computation.nodes) < among.slots
    assert [slots[step.slot] for step in alone.steps] == [step.slot for step in among.steps]
    assert [tuple(slots[each] for each in step.inputs) for step in alone.steps] == [step.inputs for step in among.steps]
    assert [step.inputs for step in among.steps] == [graph.nodes[step.slot].inputs for step in among.steps]
    assert [step.attributes for step in alone.steps] == [step.attributes for step in among.steps]
    assert (slots[alone.targets[0]], [leaf.path for leaf in alone.leaves]) == (wanted[0], ["x", "W"])
