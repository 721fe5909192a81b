"""The form of every operation in PyTorch: it is there, and PyTorch's value and derivatives are ours."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.derive.reverse import differentiate
from chainrule.compiler.graph.graph import Graph, GraphBuilder
from chainrule.compiler.ops.leaves import FED
from chainrule.compiler.ops.operation import Operation, Trial
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.targets.python.body import Request, body_of
from chainrule.compiler.targets.python.functions import called_by
from chainrule.compiler.targets.python.names import Names
from chainrule.compiler.targets.torch_file.dialect import MODULE, TORCH

WRITTEN = [
    each
    for each in OPERATIONS.values()
    if (each.written or each.form_of or each.torch is not None) and each.role != "leaf" and each.fed_as is None
]
"""What specs call, and helpers of which definitions may be made."""


def text_of(operation: Operation, trial: Trial) -> str:
    """The operation on operands of a trial's types, as a method of a file."""
    builder = GraphBuilder()
    leaves = [builder.leaf(FED, type, f"x{number}", None) for number, type in enumerate(trial.types)]
    number = builder.make(operation.name, tuple(leaves), trial.attributes)
    graph = Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {})
    body = body_of(Request(graph, {"y": number}, lambda node, name: "", {}, {}, {}, TORCH), Names(called_by(TORCH)))
    arguments = "".join(f", x{number}" for number in range(len(leaves)))
    lines = "\n".join(f"    {line}" for line in body.lines)
    return "\n".join([*body.functions, f"def f(self{arguments}):", lines, f"    return {body.results['y']}"])


@pytest.mark.parametrize("operation", WRITTEN, ids=lambda each: each.name)
def test_every_operation_that_specs_call_has_a_form(operation: Operation) -> None:
    """What is made of nodes has theirs: a text comes out, which Python can read."""
    for trial in operation.trials:
        compile(text_of(operation, trial), operation.name, "exec")


@pytest.mark.proof
@pytest.mark.parametrize("operation", WRITTEN, ids=lambda each: each.name)
def test_a_form_has_the_values_of_the_operation(operation: Operation, draw: Callable[..., Any]) -> None:
    import torch
    from torch.nn import functional

    for trial in operation.trials:
        names: dict[str, Any] = {"torch": torch, "functional": functional, "Array": Any, "Any": Any}
        names |= {"REAL": torch.float64, "INT": torch.int64}
        exec(text_of(operation, trial), names)  # what files do that are exported
        for seed in range(3):
            operands = [np.asarray(each) for each in draw(trial, seed)]
            if seed == 2:  # many are equal then, and some 0
                operands = [np.round(each) if each.dtype.kind == "f" and trial.low < 0 else each for each in operands]
            given = [torch.tensor(each, requires_grad=each.dtype.kind == "f") for each in operands]
            found = names["f"](type("", (), {"training": False}), *given)
            with np.errstate(all="ignore"):
                own, slopes = own_of(operation, trial, operands)
            assert found.numpy(force=True).dtype.kind == own.dtype.kind
            np.testing.assert_allclose(found.numpy(force=True), own, rtol=1e-12, atol=1e-13)
            if slopes and found.requires_grad:
                found.backward(torch.as_tensor(upstream_of(own)))
                for number, slope in slopes.items():
                    derived = given[number].grad
                    derived = torch.zeros_like(given[number]) if derived is None else derived
                    fine = np.isfinite(slope)
                    message = f"{operation.name} {trial} seed {seed} operand {number}"
                    np.testing.assert_allclose(
                        derived.numpy()[fine], slope[fine], rtol=1e-10, atol=1e-12, err_msg=message
                    )


def upstream_of(value: Any) -> Any:
    return np.random.default_rng(5).normal(size=np.shape(value))


def own_of(operation: Operation, trial: Trial, operands: list[Any]) -> tuple[Any, dict[int, Any]]:
    """The value that chainrule has, and its derivatives by real operands, where it can be differentiated."""
    builder = GraphBuilder()
    leaves = [builder.leaf(FED, type, f"x{number}", None) for number, type in enumerate(trial.types)]
    number = builder.make(operation.name, tuple(leaves), trial.attributes)
    own = values_of(builder, operands)[number]
    if own.dtype.kind != "f" or operation.role == "metric":
        return own, {}
    reals = tuple(each for each, type in enumerate(trial.types) if type.kind == "real")
    seed = builder.leaf(FED, builder.type(number), "g", None)
    loss = builder.sum(builder.mul(builder.make(operation.name, tuple(leaves), trial.attributes), seed))
    gradients = differentiate(builder, loss, tuple(leaves[each] for each in reals))
    values = values_of(builder, [*operands, upstream_of(own)])
    return own, {each: values[gradients[leaves[each]]] for each in reals}


def values_of(builder: GraphBuilder, fed: list[Any]) -> list[Any]:
    """The value of every node; leaves are fed in their order."""
    waiting, values = iter(fed), []
    for node in builder.nodes:
        if node.operation is FED:
            values.append(np.asarray(next(waiting)))
        elif node.operation.role == "leaf":
            values.append(np.asarray(node.attributes[0]))
        elif node.operation.define is not None and node.operation.kernel is None:
            inner = GraphBuilder()
            leaves = [inner.leaf(FED, builder.nodes[each].type, "x", None) for each in node.inputs]
            last = node.operation.define(inner, *leaves, *node.attributes)
            values.append(values_of(inner, [values[each] for each in node.inputs])[last])
        else:
            forward = partial(node.operation.forward, np)
            run = ("float64",) if node.operation.of_run else ()
            values.append(np.asarray(forward(*[values[each] for each in node.inputs], *node.attributes, *run)))
    return values


@pytest.mark.proof
def test_names_of_a_module_are_reserved() -> None:
    import torch

    own = {name for name in dir(torch.nn.Module()) if not name.startswith("__")}
    assert own <= {*MODULE}
