"""The clock between nodes: it sees every step, and the costly one."""

import numpy as np

import chainrule
from chainrule.runtime.evaluate.evaluate import Evaluator
from chainrule.runtime.evaluate.node_times import node_times


def test_every_step_is_timed() -> None:
    program = chainrule.compile("input a: [300, 300]\ninput b: [2]\nc = a @ a\noutput d = sum(c)\noutput e = sum(b)")
    graph = program.spec.graph
    feeds = {"a": np.ones((300, 300)), "b": np.ones(2)}
    plan, fed = Evaluator({}).prepared(graph, graph.outputs, feeds, {})
    times = node_times(plan, fed, 0.01)
    assert set(times) == {graph.index[path] for path in ("c", "d", "e")}
    assert all(seconds > 0 for seconds in times.values())
    assert times[graph.index["c"]] > times[graph.index["e"]]


def test_a_graph_of_scalars() -> None:
    program = chainrule.compile("input x = 1\ny = x * x\noutput z = exp(y)")
    graph = program.spec.graph
    plan, fed = Evaluator({}).prepared(graph, graph.outputs, {}, {})
    assert plan.scalar
    assert set(node_times(plan, fed, 0.0)) == {graph.index["y"], graph.index["z"]}
