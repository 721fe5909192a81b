"""Evaluation of any nodes on fed values."""

import numpy as np
import pytest

from chainrule.compiler.build import build
from chainrule.compiler.graph.graph import Graph
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.evaluate.evaluate import MOST_PLANNERS, Evaluator, missing, reachable

TEXT = """dim N
input x: [N, 2]
input k = 3
param w: [2] = ones()
y = x @ w * k
s = sum(y) / N
other = exp(k)
"""
W = {"w": np.array([1.0, 2.0])}


@pytest.fixture(scope="module")
def graph() -> Graph:
    return build(*parse(Source("test.graph", TEXT)))[0].graph


def test_values_by_path_and_by_index(graph: Graph) -> None:
    values = Evaluator({}).evaluate(graph, [graph.index["s"]], {"x": [[1, 2], [3, 4]]}, W)
    assert values["y"].tolist() == [15.0, 33.0]
    assert values.at(graph.index["s"]) == values["s"] == 24.0
    assert set(values) == {"x", "k", "w", "y.matmul", "y", "s", "s.sum"}
    assert len(values) == 7
    assert "other" not in values
    with pytest.raises(KeyError, match=r"other"):
        values["other"]
    with pytest.raises(KeyError, match="did you mean"):
        values["y.matmull"]


def test_a_default_fills_in_and_may_be_fed(graph: Graph) -> None:
    evaluator = Evaluator({})
    for fed, wanted in (({}, 8.0), ({"k": 5}, 5 * 8 / 3)):
        values = evaluator.evaluate(graph, [graph.index["s"]], {"x": [[2, 3]], **fed}, W)
        assert values["s"] == pytest.approx(wanted * 3)


def test_other_shapes_and_precisions_get_plans_of_their_own(graph: Graph) -> None:
    evaluator = Evaluator({})
    for rows in (1, 3, 1, 2):
        assert evaluator.evaluate(graph, [graph.index["s"]], {"x": np.ones((rows, 2))}, W)["s"] == 9.0
    assert (
        evaluator.evaluate(graph, [graph.index["s"]], {"x": [[1, 1]]}, W, precision="float32")["s"].dtype == "float32"
    )


def test_plans_are_given_up_in_the_end(graph: Graph) -> None:
    evaluator = Evaluator({})
    for number in range(MOST_PLANNERS + 3):
        targets = [graph.index["other"]] * (number + 1)
        assert evaluator.evaluate(graph, targets, {}, W)["other"] == np.exp(3)


def fault(evaluator: Evaluator, graph: Graph, **feeds: object) -> str:
    with pytest.raises(SpecError) as caught:
        evaluator.evaluate(graph, [graph.index["s"]], feeds, W)
    return caught.value.diagnostics[0].message


def test_faults(graph: Graph) -> None:
    assert fault(Evaluator({}), graph) == "`x` has no value: it is an input without a default"
    assert "z" in fault(Evaluator({}), graph, x=[[1, 2]], z=3)
    assert fault(Evaluator({}), graph, x=[1, 2]) == "`x` is declared [N, 2], but this is [2]"
    assert fault(Evaluator({}), graph, x=[[1, 2, 3]]) == "`x` has 3 where its type [N, 2] wants 2"
    assert fault(Evaluator({"N": 5}), graph, x=[[1, 2]]) == "`x` has 1 where its type [N, 2] wants N = 5"


def test_a_size_that_nothing_gives() -> None:
    graph = build(*parse(Source("test.graph", "dim N\nparam W: [N] = ones()\ny = sum(W) / N\ndim M\nz = y * M\n")))[
        0
    ].graph
    evaluator = Evaluator({})
    values = evaluator.evaluate(graph, [graph.index["y"]], {}, {"W": np.ones(4)})
    assert values["y"] == 1.0
    with pytest.raises(SpecError, match="the size `M` is not known"):
        evaluator.evaluate(graph, [graph.index["z"]], {}, {"W": np.ones(4)})


def test_planners_are_kept_until_there_are_too_many(graph: Graph) -> None:
    evaluator = Evaluator({})

    def planner(number: int) -> object:
        return evaluator.planner(graph, (graph.index["s"],) * number, "float64")

    first = planner(1)
    kept = [planner(number) for number in range(1, MOST_PLANNERS + 1)]
    assert kept[0] is first
    assert len({id(each) for each in kept}) == MOST_PLANNERS
    assert planner(1) is first
    assert evaluator.planner(graph, (graph.index["s"],), "float32") is not first
    assert planner(1) is not first


def test_values_are_the_readers_own(graph: Graph) -> None:
    x = np.array([[1.0, 2.0]])
    held = {"w": W["w"].copy()}
    values = Evaluator({}).evaluate(graph, [graph.index["s"]], {"x": x}, held)
    for path in values:
        values[path][...] = -1
    assert x.tolist() == [[1, 2]]
    assert held["w"].tolist() == [1, 2]
    assert values["x"].tolist() == [[-1, -1]]
    again = Evaluator({}).evaluate(graph, [graph.index["s"]], {"x": x}, held)
    assert again["s"] == 15


def test_what_inputs_determine(graph: Graph) -> None:
    targets = [graph.index["s"], graph.index["other"], graph.index["y"]]
    assert reachable(graph, targets, ["x"]) == targets
    assert reachable(graph, targets, []) == [graph.index["other"]]
    assert reachable(graph, targets, ["x", "k"]) == targets


def test_a_name_that_is_not_there_is_compared_with_those_that_are() -> None:
    assert "did you mean `loss`?" in str(missing("lost", ["loss", "x"], "nodes"))
    assert missing(3, ["loss"], "nodes") == 3
