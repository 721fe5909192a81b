"""The form of every operation in files of numpy: it is there, and has the values of `forward`."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.graph.graph import Graph, GraphBuilder
from chainrule.compiler.ops.leaves import FED
from chainrule.compiler.ops.operation import Operation, Trial
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.targets.python.body import Request, body_of
from chainrule.compiler.targets.python.functions import FUNCTIONS
from chainrule.compiler.targets.python.names import Names

WRITTEN = [each for each in OPERATIONS.values() if each.role != "leaf" and each.fed_as is None]
SPECIAL = (0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e300, -1e300, 0.5, 2.0)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda each: each.name)
def test_every_operation_has_a_form(operation: Operation) -> None:
    """What is made of nodes has theirs, what is drawn that of the leaf in its place; other leaves are given."""
    given = operation.role == "leaf" or operation.fed_as is not None
    assert operation.numpy is not None or operation.define is not None or given
    assert operation.numpy is not None or operation.role != "metric"  # files spell out what nodes define, not metrics


def function_of(operation: Operation, trial: Trial) -> Callable[..., Any]:
    """The operation on operands of a trial's types, as a file has it."""
    builder = GraphBuilder()
    leaves = [builder.leaf(FED, type, f"x{number}", None) for number, type in enumerate(trial.types)]
    number = builder.make(operation.name, tuple(leaves), trial.attributes)
    graph = Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {})
    body = body_of(Request(graph, {"y": number}, lambda node, name: "", {}, {}, {}), Names(FUNCTIONS))
    arguments = ", ".join(f"x{number}" for number in range(len(leaves)))
    lines = "\n".join(f"    {line}" for line in body.lines)
    text = "\n".join([*body.functions, f"def f({arguments}):", lines, f"    return {body.results['y']}"])
    names: dict[str, Any] = {"np": np, "Array": Any, "Any": Any}
    exec(text, names)  # what files do that are exported
    found: Callable[..., Any] = names["f"]
    return found


def tried(trial: Trial, draw: Callable[..., Any]) -> Any:
    """Operands within the trial's bounds, then some at the extremes."""
    for seed in range(2):
        yield draw(trial, seed)
    if trial.low >= 1:  # steps, which are counted from 1
        return
    random = np.random.default_rng(1)
    for _ in range(6):
        yield [
            value if value.dtype.kind == "i" else random.choice(SPECIAL, value.shape) + 0.0 * value
            for value in draw(trial, 0)
        ]


@pytest.mark.parametrize("operation", WRITTEN, ids=lambda each: each.name)
def test_a_form_has_the_values_of_the_operation(operation: Operation, draw: Callable[..., Any]) -> None:
    for trial in operation.trials:
        function = function_of(operation, trial)
        for operands in tried(trial, draw):
            with np.errstate(all="ignore"):
                own = np.asarray(operation.forward(np, *operands, *trial.attributes))
                found = np.asarray(function(*operands))
            assert found.shape == own.shape
            assert found.dtype == own.dtype
            np.testing.assert_allclose(found, own, rtol=1e-15, atol=0, err_msg=f"{operation.name} of {operands}")
            numbers = ~np.isnan(own)
            assert np.array_equal(np.signbit(found[numbers]), np.signbit(own[numbers]))


def test_functions_of_one_name_are_the_same() -> None:
    sources = {source for each in OPERATIONS.values() if each.numpy is not None for source in each.numpy.functions}
    names = [re.findall(r"^def (\w+)", source, re.MULTILINE) for source in sources]
    assert all(len(found) == 1 for found in names)
    assert len({found[0] for found in names}) == len(sources)
    assert all(source.startswith("\ndef ") for source in sources)


def test_a_function_stands_behind_those_that_it_calls() -> None:
    for operation in (each for each in OPERATIONS.values() if each.numpy is not None):
        assert operation.numpy is not None
        known: set[str] = set()
        every = {re.findall(r"def (\w+)", source)[0] for source in operation.numpy.functions}
        for source in operation.numpy.functions:
            (own,) = re.findall(r"def (\w+)", source)
            called = {name for name in every if re.search(rf"\b{name}\(", source)}
            assert called <= known | {own}, operation
            known.add(own)
