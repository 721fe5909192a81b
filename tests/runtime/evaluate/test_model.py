"""A spec's graphs with its parameters: when parameters are drawn, kept and replaced, and what is told on the way."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.compile import compiled
from chainrule.compiler.graph.spec import Precision
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.datasets import DataSets
from chainrule.runtime.evaluate.model import Model

OPEN = "dim N, K\ninput x: [N, K]\nparam W: [K, 2] = normal()\noutput y = x @ W\noutput total = sum(y)\n"


def model(text: str) -> Model:
    spec = compiled(Source("test.graph", text), Path()).spec
    return Model(spec, spec, DataSets(spec, Path()))


def quiet(found: Diagnostic) -> None:
    raise AssertionError(f"told of {found}")


def test_what_is_fed_gives_open_dims_their_sizes_once() -> None:
    made = model(OPEN)
    with pytest.raises(SpecError, match="`K`"):
        made.known({}, None)
    first = made.run({"x": np.ones((4, 3))}, None, quiet)
    kept = made.known({}, None)
    assert kept["W"].shape == (3, 2)
    assert np.array_equal(first["y"], np.ones((4, 3)) @ kept["W"])
    with pytest.raises(SpecError):
        made.run({"x": np.ones((4, 5))}, None, quiet)
    assert made.known({"x": np.ones((4, 5))}, None) is kept


def test_parameters_that_were_drawn_for_what_does_not_fit_are_not_kept() -> None:
    made = model(OPEN + "input z: [N]\noutput s = sum(z)\n")
    with pytest.raises(SpecError):
        made.run({"x": np.ones((4, 3)), "z": np.ones(5)}, None, quiet)
    assert made.parameters is None


@pytest.mark.parametrize("precision", [None, "float32", "float64"])
def test_the_precision_of_a_drawing_is_that_of_who_asks_first(precision: Precision | None) -> None:
    made = model(OPEN)
    drawn = made.initial({"x": np.ones((1, 2))}, precision)
    assert drawn["W"].dtype == np.dtype(precision or "float64")
    assert made.parameters is None, "looking at the start keeps nothing"
    assert np.array_equal(drawn["W"], made.initial({"x": np.ones((9, 2))}, precision)["W"]), "the seed says all"


def test_plans_hold_for_the_shapes_of_what_was_taken() -> None:
    made = model(OPEN)
    made.take({"W": np.ones((3, 2))})
    made.run({"x": np.ones((1, 3))}, None, quiet)
    before = made.evaluator
    made.take({"W": np.full((3, 2), 2.0)})
    assert made.evaluator is before, "the shapes are the same"
    made.take({"W": np.ones((5, 2))})
    assert made.run({"x": np.ones((1, 5))}, None, quiet)["total"] == 10


def test_gradients_and_results_are_of_the_parameters_that_are_held() -> None:
    made = model("param w = 3\noutput y = w * w\n")
    made.take({"w": np.array(5.0)})
    assert float(made.grad("y", {}, None, None, quiet)["w"]) == 10
    graph = made.differentiator.graph_of("y", upstream=False)
    value, slope = made.results(graph.graph, [graph.of, graph.gradients["w"]], {}, None)
    assert (float(value), float(slope)) == (25, 10)


def test_what_is_not_finite_is_told_with_the_node_that_it_came_from() -> None:
    told: list[Diagnostic] = []
    made = model("input x = 1\na = log(x)\noutput y = a * 2\noutput z = a + 1\n")
    values = made.run({"x": 0.0}, None, told.append)
    assert float(values["y"]) == -math.inf
    assert [found.code for found in told] == ["G540"]
    assert "`a` is -inf" in told[0].message


def test_predictions_tell_of_the_first_finding_alone() -> None:
    told: list[Diagnostic] = []
    made = model("dim N\ninput x: [N]\noutput y = log(x)\n")
    rows = made.predict({"x": np.zeros(100_000)}, "float64", 64_000, told.append)
    assert len(told) == 1
    assert rows["y"].shape == (100_000,)
    assert np.isneginf(np.asarray(rows["y"][:5])).all()


@pytest.mark.parametrize(("section", "expected"), [("", "float32"), ("; precision = float64", "float64")])
def test_predictions_have_the_precision_of_training(section: str, expected: str) -> None:
    head = "input x = 1\nparam w = 2\noutput y = w * x\n"
    text = f"{head}train {{ minimize = y ; optimizer = sgd(lr = 1) ; steps = 1 {section} }}"
    given: Any = {"x": 3.0}
    made = model(text)
    assert made.predict(given, None, math.inf, quiet)["y"].dtype == np.dtype(expected)
    assert made.predict(given, "float64", math.inf, quiet)["y"].dtype == np.dtype("float64")


def test_an_element_has_gradients() -> None:
    made = model("input x = [1, 2, 3]\ny = x * x\noutput loss = sum(y)\n")
    assert made.grad("y[1]", {}, None, None, quiet)["x"].tolist() == [0, 4, 0]
    assert made.grad("loss", {}, None, None, quiet)["x"].tolist() == [2, 4, 6]
