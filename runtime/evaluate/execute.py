"""The plain executor: a plan, node by node. It is the reference that faster ones are held against."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ...compiler.faults import INDEX_RANGE
from ...compiler.lower.plan import Draw, Indexed, Plan
from ...compiler.ops.arrangement.taking import OutOfRange
from ...compiler.ops.draws import drawn
from ...grammar.spec_error import SpecError
from ..arrays import Value
from ..data.faults import LABEL_RANGE


class Moment(NamedTuple):
    """What random draws hang on: the number of the step, from 0, and of the first row among all."""

    step: int = 0
    row: int = 0


START = Moment()


def execute(plan: Plan, feeds: Mapping[str, Value], moment: Moment = START) -> list[Value | None]:
    """Every value of a plan by slot, None where the targets do not need it; `feeds` has the leaves' values by path.

    Random numbers are those of a moment where they are not fed. Fed values must have come through the door. Non-finite
    results are values like any other: nothing warns.
    """
    values: list[Value | None] = [None] * plan.slots
    with np.errstate(over="ignore"):  # a constant may be infinite in float32
        for slot, constant in plan.constants:
            values[slot] = float(constant) if plan.scalar else np.asarray(constant, _dtype(constant, plan))  # type: ignore[arg-type]  # a scalar plan has scalar constants
    for leaf in plan.leaves:
        values[leaf.slot] = feeds[leaf.path]
    for draw in plan.draws:
        values[draw.slot] = feeds[draw.path] if draw.path in feeds else random_value(draw, plan, moment)
    if plan.scalar:
        for slot, operation, inputs, attributes in plan.steps:
            values[slot] = operation.scalar(*[values[i] for i in inputs], *attributes)  # type: ignore[misc]  # the planner took care
        return values
    with np.errstate(all="ignore"):
        for slot, operation, inputs, attributes in plan.steps:
            operands = [values[i] for i in inputs]
            if not operation.strided:
                operands = [ordered(operand) for operand in operands]
            try:
                value = operation.forward(np, *operands, *attributes)
            except OutOfRange as found:
                raise index_error(plan.indexed.get(slot), found) from None
            values[slot] = value if operation.strided else ordered(value)
    return values


def random_value(draw: Draw, plan: Plan, moment: Moment) -> Value:
    """What is drawn at a moment, in the form that a plan computes on."""
    start = moment.row * math.prod(draw.shape[1:]) if draw.by_rows else 0
    value = drawn(draw.leaf, draw.seed, draw.path, draw.shape, plan.precision, moment.step, start)
    return float(value) if plan.scalar else value


def index_error(named: Indexed | None, found: OutOfRange) -> SpecError:
    """The diagnostic of a number that counts no element, or is no class, as it was computed."""
    name, span, classes = named or Indexed("indices", None)
    row = found.place[0] + 1 if found.place else 1
    fault = LABEL_RANGE if classes else INDEX_RANGE
    return SpecError([fault.at(span, row=row, name=name, value=found.number, limit=found.count - 1)])


def ordered(value: Any) -> Any:
    """An array in C order, copied where it is not; numpy's scalars as they are."""
    return value if value.flags.c_contiguous else np.ascontiguousarray(value)


def _dtype(constant: object, plan: Plan) -> str:
    first = constant
    while isinstance(first, tuple) and first:
        first = first[0]
    return "int64" if isinstance(first, int) else plan.precision
