"""The clock between nodes: it sees every step, and the costly one."""

from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.runtime.evaluate import node_times as module
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


def test_as_many_rounds_are_timed_as_the_time_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    program = chainrule.compile("input x = 1\ny = x * x\noutput z = exp(y)")
    graph = program.spec.graph
    plan, fed = Evaluator({}).prepared(graph, graph.outputs, {}, {})
    rounds: list[int] = []

    def timed(plan: Any, values: Any, spent: Any) -> None:
        rounds.append(1)
        for each in spent.values():
            each.append(float(len(rounds)))

    monkeypatch.setattr(module, "_timed", timed)
    monkeypatch.setattr(module, "LEAST", 5)
    monkeypatch.setattr(module, "MOST", 9)
    assert set(node_times(plan, fed, 0.0).values()) == {3.0}, "the median of five"
    assert len(rounds) == 5
    rounds.clear()
    node_times(plan, fed, 1e9)
    assert len(rounds) == 9
