"""How long each node of a plan takes: the plain executor, with a clock between any two nodes."""

import statistics
import time
from collections.abc import Mapping

import numpy as np

from ...compiler.lower.plan import Plan
from ..arrays import Value
from .execute import execute, ordered

LEAST, MOST = 5, 200
"""Steps that are timed."""


def node_times(plan: Plan, feeds: Mapping[str, Value], seconds: float = 0.5) -> dict[int, float]:
    """The median seconds of each step of a plan by its slot, over as many rounds as the time allows.

    Fed values must have come through the door.
    """
    values = execute(plan, feeds)
    spent: dict[int, list[float]] = {slot: [] for slot, *_ in plan.steps}
    end = time.perf_counter() + seconds
    for number in range(MOST):
        if number >= LEAST and time.perf_counter() > end:
            break
        with np.errstate(all="ignore"):
            _timed(plan, values, spent)
    return {slot: statistics.median(each) for slot, each in spent.items()}


def _timed(plan: Plan, values: list[Value | None], spent: Mapping[int, list[float]]) -> None:
    """One round, in the order of the plan, so that caches are as full as they are in a step."""
    clock = time.perf_counter
    for slot, operation, inputs, attributes in plan.steps:
        began = clock()
        if plan.scalar:
            values[slot] = operation.scalar(*[values[i] for i in inputs], *attributes)  # type: ignore[misc]  # the planner took care
        else:
            operands = [values[i] for i in inputs]
            if not operation.strided:
                operands = [ordered(operand) for operand in operands]
            value = operation.forward(np, *operands, *attributes)
            values[slot] = value if operation.strided else ordered(value)
        spent[slot].append(clock() - began)
