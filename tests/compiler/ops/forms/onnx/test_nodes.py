"""The form of every operation in ONNX: it is there, and onnx's own evaluator computes what `forward` does."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.lib import NumpyVersion
from onnx.reference import ReferenceEvaluator

from chainrule.compiler.graph.graph import Graph, GraphBuilder
from chainrule.compiler.ops.leaves import FED
from chainrule.compiler.ops.operation import Operation, Trial
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.targets.onnx.body import Request, onnx_model
from chainrule.runtime.exchange.onnx_file import as_proto

WRITTEN = [each for each in OPERATIONS.values() if each.role not in ("leaf", "metric") and each.fed_as is None]

MISJUDGED = {"correlate-input", "conv_transpose", "shifted-conv-transpose"}
"""Of these the evaluator cannot carry out groups of channels; onnxruntime does (benchmarks/exported_onnx.py)."""

OLD = NumpyVersion(onnx.__version__) < "1.19.0"


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda each: each.name)
def test_every_operation_has_a_form(operation: Operation) -> None:
    """What is made of nodes has theirs, what is drawn is fed; metrics need none."""
    given = operation.role in ("leaf", "metric") or operation.fed_as is not None
    assert operation.onnx is not None or operation.define is not None or given


def evaluated(operation: Operation, trial: Trial, operands: list[Any]) -> Any:
    builder = GraphBuilder()
    leaves = [builder.leaf(FED, type, f"x{number}", None) for number, type in enumerate(trial.types)]
    number = builder.make(operation.name, tuple(leaves), trial.attributes)
    graph = Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {})
    model = onnx_model(Request(graph, {"y": number}, {}, frozenset(), {}, {}))
    read = {each.name for each in model.inputs}
    fed = {f"x{number}": value for number, value in enumerate(operands) if f"x{number}" in read}
    found: list[Any] = ReferenceEvaluator(as_proto(model, "0")).run(None, fed)  # type: ignore[assignment]  # it says otherwise
    return found[0]


@pytest.mark.parametrize("operation", WRITTEN, ids=lambda each: each.name)
def test_a_form_has_the_values_of_the_operation(operation: Operation, draw: Callable[..., Any]) -> None:
    for trial in operation.trials[:2]:
        if operation.name in MISJUDGED and 2 in trial.attributes:
            continue
        if operation.name == "softplus" and not trial.types[0].shape and OLD:
            continue  # it cannot take one number
        operands = [np.asarray(each) for each in draw(trial, 0)]
        if operation.name in ("pool-max-gradient", "pool-chosen"):  # y is the largest of each window of x
            operands[2] = pooled(operands[1], trial)
        narrow = [each.astype(np.float32) if each.dtype.kind == "f" else each for each in operands]
        with np.errstate(all="ignore"):
            own = np.asarray(operation.forward(np, *[each.astype(float) if each.dtype.kind == "f" else each
                                                     for each in narrow], *trial.attributes))  # fmt: skip
        found = np.asarray(evaluated(operation, trial, narrow))
        assert found.shape == own.shape
        assert found.dtype.kind == own.dtype.kind
        largest = float(np.max(np.abs(own), initial=0.0)) or 1.0
        np.testing.assert_allclose(found, own, rtol=0, atol=2e-6 * largest, err_msg=f"{trial}")


def pooled(x: Any, trial: Trial) -> Any:
    return OPERATIONS["pool-max"].forward(np, np.asarray(x, np.float32), *trial.attributes)
