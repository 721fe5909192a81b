"""Hidden layers at moments of a training: values and gradients are those that the program itself computes."""

from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import load
from chainrule.program.program import Program
from chainrule.runtime.studies.activations import MOST_VALUES, Activations, _flat, activations

SPECS = Path(chainrule.__file__).parent / "specs"


def of(made: Program) -> Activations:
    return activations(made._trainings.job(made.precision), made.params, made._trainings.steps)


def test_values_and_gradients_at_the_end() -> None:
    xor = load(SPECS / "xor.graph", set={"train.epochs": 40}, precision="float64")
    xor.train()
    found = of(xor)
    assert (found.layers, found.operations, found.rows, found.same) == (("h",), ("tanh",), 4, True)
    assert [moment.step for moment in found.moments] == [0, 1, 4, 10, 18, 28, 40]
    gradients = xor.grad("loss", xor.rows())
    last = found.moments[-1]
    np.testing.assert_allclose(last.values[0], xor.run(xor.rows())["h"].ravel(), rtol=1e-12)
    np.testing.assert_allclose(last.gradients[0], gradients["h"].ravel(), rtol=1e-12)


def test_the_gradient_vanishes_among_sigmoids() -> None:
    found = of(load(SPECS / "vanishing.graph"))
    assert found.layers == ("s1", "s2", "s3", "s4", "r1", "r2", "r3", "r4")
    assert found.rows is None
    first = dict(zip(found.layers, (np.abs(each).mean() for each in found.moments[0].gradients), strict=True))
    assert first["s1"] < first["s2"] / 2 < first["s3"] / 4 < first["s4"] / 8
    assert first["r1"] > first["r4"] / 10


def test_no_hidden_layer() -> None:
    with pytest.raises(SpecError, match="G545"):
        of(load(SPECS / "linear-regression.graph"))


def test_many_values_are_thinned_evenly() -> None:
    flat = _flat(np.arange(3.0 * MOST_VALUES))
    assert flat.size == MOST_VALUES
    assert set(np.diff(flat)) == {3.0}
