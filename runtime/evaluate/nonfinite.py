"""Where a value that is not finite came from."""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ...compiler.derive.training import TrainingGraph
from ...compiler.shape import Size
from ...grammar.diagnostic import Diagnostic
from ..arrays import Array, Value
from ..training_faults import NOT_FINITE


def finite(value: Value | None) -> bool:
    """Whether every element is finite; None is."""
    with np.errstate(all="ignore"):
        return _finite(value)


def first_spoilt(values: Sequence[Value | None], among: Iterable[int]) -> int | None:
    """The first of some values, by its index, that is not finite; None where all are."""
    with np.errstate(all="ignore"):
        spoilt = [number for number in among if not _finite(values[number])]
    return min(spoilt, default=None)


def _finite(value: Value | None) -> bool:
    if value is None:
        return True
    if isinstance(value, float):  # numpy's float64 is one
        return math.isfinite(value)
    if value.dtype.kind != "f":
        return True
    flat = value.reshape(-1)
    # One pass without a temporary array; a sum that overflows is looked at again.
    return math.isfinite(flat.dot(flat)) or bool(np.isfinite(flat).all())


def first_culprit(inputs: Sequence[tuple[int, ...]], values: Sequence[Value | None], target: int) -> int:
    """The first node from which the target's non-finite value came: its own operands are all finite.

    `inputs` are the operands of each node. An infinity that did no harm (`1 / exp(800)`) is passed by.
    """
    seen = {target}
    pending = [target]
    first = target
    while pending:
        node = pending.pop()
        guilty = [operand for operand in inputs[node] if not finite(values[operand])]
        if not guilty:
            first = min(first, node)
        for operand in guilty:
            if operand not in seen:
                seen.add(operand)
                pending.append(operand)
    return first


def diagnose(
    training: TrainingGraph,
    values: Sequence[Value | None],
    step: int,
    rates: Mapping[str, float],
    rows: Sequence[int] | Array | None,
) -> Diagnostic:
    """Says which node a training stopped at, and where it stands.

    `rows` are the rows of the data that the step was taken on, from 0; the message counts them from 1.
    """
    graph = training.graph
    hint = f"the learning rate was {_largest(training, rates):g}: try a smaller one, or clip_norm = 1"
    target = next((target for target in training.targets if not finite(values[target])), None)
    if target is None:  # it was so before some of the weights had changed
        span, what = graph.nodes[training.loss].span, "a gradient of the reverse pass"
        return NOT_FINITE.at(span, step=step, node=what, value="too large", row="", hint=hint)
    culprit = first_culprit([node.inputs for node in graph.nodes], values, target)
    node = graph.nodes[culprit]
    where = node.span or graph.nodes[target].span or graph.nodes[training.loss].span
    value = np.asarray(values[culprit])
    first = tuple(map(int, np.argwhere(~np.isfinite(value))[0]))
    spoilt = node.operation.role == "leaf"
    return NOT_FINITE.at(
        where,
        step=step,
        node=_name(training, culprit),
        value=str(float(value[first])),
        row=_row(node.type.shape, _row_sizes(training), first, rows),
        hint=None if spoilt else hint,
    )


def _largest(training: TrainingGraph, rates: Mapping[str, float]) -> float:
    """The largest learning rate that a parameter has."""
    return max((rates[update.rate] for update in training.parameters.values()), default=0.0)


def _name(training: TrainingGraph, number: int) -> str:
    node = training.graph.nodes[number]
    if node.path:
        return f"{node.operation.called} `{node.path}`" if node.operation.role == "leaf" else f"`{node.path}`"
    for path, update in training.parameters.items():
        if update.value == number:
            return f"the new value of `{path}`"
        if update.gradient == number:
            return f"the gradient of `{path}`"
    return f"`{node.operation.called}`" if number <= training.loss else f"`{node.operation.name}` in the reverse pass"


def _row_sizes(training: TrainingGraph) -> set[Size]:
    """Sizes that count rows: those of the inputs' first axes."""
    graph = training.graph
    shapes = [graph.nodes[declaration.index].type.shape for declaration in graph.inputs.values()]
    return {shape[0] for shape in shapes if shape}


def _row(
    shape: tuple[Size, ...], row_sizes: set[Size], first: tuple[int, ...], rows: Sequence[int] | Array | None
) -> str:
    if not shape or shape[0] not in row_sizes:
        return ""
    return f" in row {(int(rows[first[0]]) if rows is not None else first[0]) + 1}"
