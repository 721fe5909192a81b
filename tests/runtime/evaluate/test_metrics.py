"""Metrics by parts of the rows are those of all rows at once."""

import numpy as np
import pytest

from chainrule.compiler.build import build
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.runtime.data.stored import StoredArray
from chainrule.runtime.evaluate.metrics import Metrics, decimal

TEXT = """
dim N
input x: [N, 4]
input t: int[N]
param W: [4, 3] = 0
scores = x @ W
loss = softmax-loss(scores, t)
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; epochs = 1 ; metrics = [METRICS] }
"""
CALLS = ("accuracy(scores, t)", "top-k(scores, t, k = 2)", "precision(scores, t)", "recall(scores, t, of = 1)")
ALL = ", ".join((*CALLS, "confusion(scores, t)"))


@pytest.mark.parametrize("rows", [17, 40])
@pytest.mark.parametrize("text", [TEXT, TEXT.replace("dim N\n", "").replace("N", "ROWS")])
def test_parts(rows: int, text: str) -> None:
    text = text.replace("METRICS", ALL).replace("ROWS", "10")
    if "[10," in text and rows % 10:
        pytest.skip("a declared number of rows goes into all of them")
    spec, _ = build(*parse(Source("test.graph", text)))
    assert spec.train is not None
    generator = np.random.default_rng(0)
    x, t = generator.normal(size=(rows, 4)), generator.integers(3, size=rows)
    parameters = {"W": generator.normal(size=(4, 3))}
    targets = {"loss": spec.train.minimize, **spec.train.metrics, **spec.train.matrices}
    whole_spec, _ = build(*parse(Source("test.graph", TEXT.replace("METRICS", ALL))))
    assert whole_spec.train is not None
    whole_targets = {"loss": whole_spec.train.minimize, **whole_spec.train.metrics, **whole_spec.train.matrices}
    whole = Metrics(whole_spec.full, whole_targets, "float64", {}).arrays_over({"x": x, "t": t}, rows, parameters)
    parts = Metrics(spec.full, targets, "float64", {}, chunk_bytes=500)
    stored = {"x": StoredArray.of([x]), "t": StoredArray.of([t])}
    for found in (parts.arrays_over({"x": x, "t": t}, rows, parameters), parts.arrays_over(stored, rows, parameters)):
        for name, value in whole.items():
            assert found[name] == pytest.approx(value), name


def test_a_number_has_the_digits_of_its_precision() -> None:
    rounded = float(np.float32(0.93))
    assert (decimal(rounded, "float32"), decimal(rounded, "float64")) == (0.93, rounded)
    assert type(decimal(np.float32(0.5), "float32")) is float  # type: ignore[arg-type]  # as a graph gives it
