"""Rows in parts: as many at a time as fit into what all values together may take, whatever they are computed for."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.compile import compiled
from chainrule.compiler.graph.graph import Graph
from chainrule.compiler.graph.spec import Precision
from chainrule.grammar.source import Source
from chainrule.runtime.evaluate import metrics, prediction
from chainrule.runtime.evaluate.evaluate import Evaluator
from chainrule.runtime.evaluate.metrics import Metrics
from chainrule.runtime.evaluate.prediction import Predictor

TEXT = """dim N
input x: [N, 4]
input weights: [3] = [1, 2, 3]
param W: [4, 3] = ones()
h = x @ W
output y = h * weights
output loss = mean(sum(y, axis = 1))
aside = exp(x)
"""
ROW, FIXED = 4 + 3 + 3 + 1, 12 + 3 + 1
"""Elements of a row, and of what does not hang on the rows, up to one more."""

ROWS = 40
X = np.random.default_rng(0).normal(size=(ROWS, 4))
W = {"W": np.ones((4, 3))}


@pytest.fixture(scope="module")
def graph() -> Graph:
    return compiled(Source("test.graph", TEXT), Path()).spec.graph


def measured(made: Graph, precision: Precision, chunk_bytes: int) -> Mapping[str, Any]:
    targets = {"loss": made.index["loss"]}
    return Metrics(made, targets, precision, {}, chunk_bytes=chunk_bytes).arrays_over({"x": X}, ROWS, W)


def predicted(made: Graph, precision: Precision, chunk_bytes: int) -> Mapping[str, Any]:
    outputs = [made.index["y"]]
    return Predictor(Evaluator({}), made, outputs, {}, precision, chunk_bytes=chunk_bytes).over({"x": X}, W)


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("share", [0, 1, 2, 13, ROWS - 1, ROWS])
@pytest.mark.parametrize(("module", "compute", "row"), [(metrics, measured, ROW), (prediction, predicted, ROW - 1)])
def test_parts_are_as_large_as_fits(
    module: Any,
    compute: Callable[[Graph, Precision, int], Mapping[str, Any]],
    row: int,
    share: int,
    graph: Graph,
    precision: Precision,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    size = np.dtype(precision).itemsize
    sizes: list[int] = []
    execute = module.execute

    def counted(plan: Any, feeds: Any, moment: Any) -> Any:
        assert moment.row == sum(sizes), "what is drawn hangs on how many rows stand before"
        sizes.append(len(feeds["x"]))
        return execute(plan, feeds, moment)

    monkeypatch.setattr(module, "execute", counted)
    allowed = (share * row + (FIXED if share else 0)) * size
    found = compute(graph, precision, allowed)
    assert sum(sizes) == ROWS
    whole, last = sizes[:-1], sizes[-1]
    assert all(each == sizes[0] for each in whole)
    assert last <= sizes[0]
    if share >= ROWS:
        assert sizes == [ROWS]
    else:
        assert sizes[0] == 1 or sizes[0] * row * size <= allowed
        assert (sizes[0] + 2) * row * size + FIXED * size > allowed
    sizes.clear()
    for name, value in found.items():
        np.testing.assert_allclose(value, compute(graph, precision, 1 << 30)[name], rtol=1e-5)
