"""Work on rows that is done once: the bits of the training stay, and so does what it says about values."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.compiler.graph.shares import Share
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile
from chainrule.runtime.data.binding import Dataset
from chainrule.runtime.data.stored import StoredArray
from chainrule.runtime.training.hoisted_rows import prepared
from chainrule.runtime.training.job import Job, job_of
from chainrule.runtime.training.train import Training

SPEC = """
dim N
input x: [N, 3]
input u: [N]
input t: int[N]
param W: [3, 4] = normal(std = 0.5)
param b: [4] = zeros()
BODY
train { minimize = loss ; optimizer = momentum(lr = 0.05) ; epochs = 3 ; exact = true ; seed = 3 }
"""

BODIES = {
    "a standard score": "loss = softmax-loss(affine((x - 0.1) / 0.3, W, b), t)",
    "vectors": "loss = softmax-loss(affine((x - [0.1, 0, 1]) / [1, 2, 4], W, b), t)",
    "classes as rows": "loss = mse(sigmoid(affine(x, W, b)), one-hot(t, 4) * 0.8 + 0.1)",
    "transcendental": "loss = softmax-loss(affine(tanh(x) * exp(-x * x) + softplus(x) ** 1.5, W, b), t)",
    "reals of integers": "s = (t - 1.5) / 2\nloss = mean((sum(affine(x, W, b), axis = 1) - s * u) ** 2)",
    "read twice": "y = sqrt(x * x + 1)\nloss = softmax-loss(affine(y, W, b) + sum(y * x), t)",
    "nothing": "loss = softmax-loss(affine(x, W, b), t)",
    "a sum over the batch": "loss = softmax-loss(affine(x - mean(x, axis = 0), W, b), t)",
    "the rows' number": "loss = softmax-loss(affine(x / N, W, b), t)",
    "a product": "loss = softmax-loss(affine(x @ [[1, 2, 0], [0, 1, 0], [1, 1, 1]], W, b), t)",
}
MOVED = {name: number < 6 for number, name in enumerate(BODIES)}


def job(body: str, rows: int = 21, columns: Mapping[str, Any] | None = None, **settings: Any) -> Job:
    """A training in batches of 8, unless settings of its section say otherwise."""
    spec = compile(SPEC.replace("BODY", body)).spec
    assert spec.train is not None
    section = replace(spec.train, **{"batch": 8, **settings})
    draw = np.random.default_rng(rows)
    inputs = {
        "x": draw.normal(size=(rows, 3)).astype(section.precision),
        "u": draw.normal(size=rows).astype(section.precision),
        "t": draw.integers(4, size=rows),
    }
    return job_of(spec, section, Dataset(inputs | dict(columns or {}), rows), None)


def trained(of: Job) -> tuple[list[float], Mapping[str, bytes]]:
    training = Training(of)
    losses = []
    while training.step < training.steps:
        training._take_step()
        losses.append(training.loss)
    return losses, {path: value.tobytes() for path, value in training.params.items()}


def moved(of: Job) -> bool:
    return prepared(of).training is not of.training


@pytest.mark.parametrize(
    "settings",
    [{}, {"sampling": "replacement"}, {"precision": "float64"}, {"batch": 21}, {"batch": 1}, {"hold_out": Share(0.3)}],
    ids=str,
)
@pytest.mark.parametrize("name", BODIES)
def test_every_bit_stays(name: str, settings: Mapping[str, Any]) -> None:
    made = job(BODIES[name], **settings)
    assert trained(made) == trained(replace(made, optimise=False))
    assert moved(made) == MOVED[name]


ROW_WISE = [
    "X + Y",
    "X - Y",
    "X * Y",
    "X / Y",
    "exp(X)",
    "tanh(X)",
    "sigmoid(X)",
    "softplus(X)",
    "relu(X)",
    "sqrt(X * X)",
]
ROW_WISE += ["X ** 2", "log(X * X + 1)", "(X * X + 0.5) ** 1.3", "-X", "flatten(X)", "X + [0.5, 1, -0.0]"]


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """Values made of rows, which then meet parameters."""
    names = ["x", "x"]
    lines = []
    for number in range(draw(st.integers(1, 5))):
        template = draw(st.sampled_from(ROW_WISE))
        first, second = draw(st.sampled_from(names[-2:])), draw(st.sampled_from(names))
        lines.append(f"r{number} = {template.replace('X', first).replace('Y', second)}")
        names.append(f"r{number}")
    other = draw(st.sampled_from(names))
    lines.append(f"loss = softmax-loss(affine({names[-1]}, W, b), t) + mean({other}) * b -> sum")
    return "\n".join(lines)


@settings(deadline=None, max_examples=60)
@given(bodies(), st.integers(1, 21), st.sampled_from(["float32", "float64"]))
def test_random_work(body: str, batch: int, precision: str) -> None:
    made = job(body, batch=batch, precision=precision)
    results = []
    for optimise in (True, False):
        try:
            results.append(trained(replace(made, optimise=optimise)))
        except SpecError as error:
            results.append(error.diagnostics[0].message)  # type: ignore[arg-type]  # what stopped it, in place of results
    assert results[0] == results[1]


def test_what_is_read_in_place_of_the_rows_themselves() -> None:
    ready = prepared(job(BODIES["a standard score"]))
    assert len(ready.inputs) == 2
    assert "x" not in ready.inputs
    assert "t" in ready.inputs


def test_a_value_that_is_not_finite_is_left_to_its_step() -> None:
    x = np.ones((21, 3), "float32")
    x[13, 1] = 0
    made = job("loss = softmax-loss(affine(log(x) + log(x), W, b), t)", columns={"x": x})
    assert not moved(made)
    with pytest.raises(SpecError, match="in row 14"):
        trained(made)


def test_rows_in_files_stay_there() -> None:
    x = np.ones((21, 3), "float32")
    assert not moved(job(BODIES["a standard score"], columns={"x": StoredArray.of([x])}))


def test_results_have_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    assert moved(job(BODIES["a standard score"], rows=9000))
    monkeypatch.setenv("CHAINRULE_DATA_MEMORY", "0")
    assert not moved(job(BODIES["a standard score"], rows=9000))


def test_steps_that_do_not_see_all_rows_save_nothing() -> None:
    assert not moved(job(BODIES["a standard score"], epochs=None, steps=2))


def test_one_operation_on_rows_that_are_read_besides_does_not_pay() -> None:
    assert not moved(job("loss = softmax-loss(affine(x - 1, W, b) + sum(x), t)"))


def test_a_batch_of_a_declared_size() -> None:
    made = job(BODIES["a standard score"])
    assert moved(made)
    assert not moved(replace(made, dims={"N": 8}))
