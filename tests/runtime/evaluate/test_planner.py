"""Plans of one graph: what is filled in, which shapes share a plan, and what is said of sizes that nothing gives."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.compile import compiled
from chainrule.compiler.graph.graph import Graph
from chainrule.compiler.graph.spec import Precision
from chainrule.compiler.lower.computation import UnboundSize
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.evaluate.planner import MOST_PLANS, Planner, unbound_error

TEXT = """dim N, K
input x: [N, K]
input t: int[N]
input k = 3
input spare: [K] = [1, 2]
param W: [K, 2] = ones()
param idle = 5
state seen = 0
h = x @ W
output loss = softmax_loss(h, t) * k + seen
output other = sum(spare) * idle
"""
W = {"W": np.ones((2, 2)), "idle": np.array(5.0), "seen": np.array(0.0)}


def graph(text: str = TEXT) -> Graph:
    return compiled(Source("test.graph", text), Path()).spec.graph


def planner(*paths: str, text: str = TEXT, precision: Precision = "float64", dims: Any = None) -> Planner:
    made = graph(text)
    return Planner(made, [made.index[path] for path in paths], precision, dims or {})


def given(made: Planner, rows: int = 3, **more: Any) -> dict[str, Any]:
    return made.filled(made.admitted({"x": np.ones((rows, 2)), "t": np.zeros(rows, int), **more}))


def fault(call: Any) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        call()
    (found,) = caught.value.diagnostics
    return found


def test_what_targets_need_is_filled_in_behind_what_is_given() -> None:
    made = planner("loss")
    assert list(given(made)) == ["x", "t", "k"]
    assert given(made)["k"] == 3
    assert given(made, k=4)["k"] == 4
    assert list(planner("h").filled(planner("h").admitted({"x": [[1, 2]]}))) == ["x"]
    assert list(planner("other").filled({})) == ["spare"]
    leaves = made.admitted({"W": np.zeros((2, 2)), "x": [[1, 2]], "t": [0]}, leaves=True)
    assert list(made.filled(leaves)) == ["x", "t", "k", "W"]


def test_what_is_missing_is_told_at_its_declaration() -> None:
    made = planner("loss")
    found = fault(lambda: made.filled(made.admitted({"x": [[1, 2]]})))
    assert found.message == "`t` has no value: it is an input without a default"
    assert found.where == made.graph.nodes[made.graph.inputs["t"].index].span


def test_parameters_that_targets_need_are_held_in_the_precision_of_the_run() -> None:
    made = planner("loss", precision="float32")
    held = made.held(W, {})
    assert list(held) == ["W", "seen"]
    assert {str(np.asarray(value).dtype) for value in held.values()} == {"float32"}
    assert made.held(W, {"W": np.ones((2, 2))}).keys() == {"seen"}
    exact = planner("loss")
    assert exact.held(W, {})["W"] is W["W"]


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_graphs_of_scalars_are_fed_floats_in_double_precision(precision: Precision) -> None:
    made = planner("y", text="input x = 2\nparam w = 3\noutput y = w * x\n", precision=precision)
    assert made.scalar == (precision == "float64")
    held = made.held({"w": np.array(3.0)}, {})
    assert type(held["w"]) is (float if made.scalar else np.ndarray)
    plan = made.plan(made.filled({}), {"w": np.array(3.0)})
    assert plan is made.plan(made.filled({}), {"w": np.array(3.0)})
    assert plan.scalar == made.scalar


def test_each_shape_has_a_plan_until_there_are_too_many() -> None:
    made = planner("h")
    first = made.plan({"x": np.ones((1, 2))}, W)
    assert made.plan({"x": np.zeros((1, 2))}, W) is first
    others = [made.plan({"x": np.ones((rows, 2))}, W) for rows in range(2, MOST_PLANS + 1)]
    assert len({id(each) for each in (first, *others)}) == MOST_PLANS
    assert made.plan({"x": np.ones((1, 2))}, W) is first
    made.plan({"x": np.ones((MOST_PLANS + 1, 2))}, W)
    assert made.plan({"x": np.ones((1, 2))}, W) is not first


def test_class_numbers_are_looked_at_whenever_they_are_fed() -> None:
    made = planner("loss")
    assert [judge.path for judge in made.judges] == ["t"]
    assert planner("h").judges == ()
    for _ in range(2):
        made.plan(given(made), W)
        found = fault(lambda: made.plan(given(made, t=[0, 2, 1]), W))
        assert found.message.startswith("row 2 of `t` is class 2")


def test_sizes_come_from_all_that_is_fed_and_held_and_from_defaults_that_nothing_needs() -> None:
    made = planner("loss")
    assert made.dims(given(made), W) == {"N": 3, "K": 2}
    assert planner("h", dims={"N": 3}).sizes({}, {"W": np.ones((4, 2))}) == {"N": 3, "K": 4}
    assert planner("idle").sizes({}, W) == {"K": 2}, "of the default of `spare`"
    wrong = fault(lambda: planner("loss", dims={"K": 7}).sizes({"x": (3, 2)}, {**W, "W": np.ones((7, 2))}))
    assert wrong.message == "`x` has 2 where its type [N, K] wants K = 7"


def test_a_default_that_does_not_fit_is_called_one() -> None:
    text = "dim K\ninput a: [K]\ninput b: [K] = [1, 2]\noutput y = sum(a * b)\n"
    made = planner("y", text=text)
    found = fault(lambda: made.plan(made.filled(made.admitted({"a": [1, 2, 3]})), {}))
    assert "default" in str(found.hint)
    fed = fault(lambda: made.plan(made.filled(made.admitted({"a": [1, 2, 3], "b": [1, 2]})), {}))
    assert "default" not in str(fed.hint)


@pytest.mark.parametrize(("at", "said"), [("z", "`z`"), ("", "`a node`")])
def test_a_size_that_nothing_gives_is_told_where_it_is_needed(at: str, said: str) -> None:
    made = graph("dim M\nparam w: [M] = ones()\noutput z = sum(w)\n")
    found = unbound_error(made, UnboundSize("M", at)).diagnostics[0]
    assert found.message.startswith("the size `M` is not known")
    assert said in found.message
    assert "--set M=..." in str(found.hint)
    assert found.where == (made.nodes[made.index["z"]].span if at else None)
