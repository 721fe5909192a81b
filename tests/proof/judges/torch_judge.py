"""PyTorch as a judge: every value from the operands that we computed, gradients by its own differentiation."""

from typing import Any

import numpy as np
import torch

from .metrics import metric
from .subject import Subject
from .torch_operations import OPERATIONS
from .verdict import VALUE, compare, compare_gradients, largest

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


class _Ours(torch.autograd.Function):
    """Puts our value in the place of PyTorch's, whose gradient passes as if it were its own.

    So both go on from the same bits, and a digit that rounding made another does not decide a comparison, or which of
    two elements is the largest.
    """

    @staticmethod
    def forward(context: Any, theirs: torch.Tensor, ours: torch.Tensor) -> torch.Tensor:
        return ours

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> Any:  # type: ignore[override]  # as PyTorch's own examples do
        return gradient, None


def _tensor(value: Any) -> torch.Tensor:
    array = np.asarray(value)
    return torch.from_numpy(np.array(array, "int64" if array.dtype.kind in "iu" else "float64"))


def judge(subject: Subject) -> None:
    """Raises Mismatch where a value of a node, or a gradient, is not PyTorch's but for rounding."""
    values, plan = subject.values, subject.plan
    theirs: dict[int, torch.Tensor] = {}
    for slot, constant in plan.constants:
        theirs[slot] = _tensor(values[slot] if values[slot] is not None else constant)
    for fed in [*(leaf.slot for leaf in plan.leaves), *(draw.slot for draw in plan.draws)]:
        theirs[fed] = _tensor(values[fed])
    sources = [theirs[slot].requires_grad_() for slot in subject.sources.values()]
    for slot, operation, inputs, attributes in plan.steps:
        operands = [theirs[each] for each in inputs]
        settings = attributes[:-1] if operation.of_run else attributes
        judged = metric(operation.name, [values[each] for each in inputs], settings)
        made = OPERATIONS[operation.name](*operands, *settings) if judged is None else torch.from_numpy(judged)
        ours = _tensor(values[slot])
        scale = max(largest(values[each]) for each in (*inputs, slot))
        compare(f"value of {operation.name} (node {slot})", ours.numpy(), made.detach().numpy(), scale, VALUE)
        theirs[slot] = _Ours.apply(made, ours) if made.requires_grad else ours

    def differentiated(factor: float) -> list[list[Any]]:
        first = _gradients(theirs[subject.loss] * factor, sources)
        half = sum(((each * each).sum() for each in first), torch.zeros(())) * 0.5
        second = _gradients(half, sources) if first else []
        return [[each.detach().numpy(force=True) for each in found] for found in (first, second)]

    compare_gradients(subject, differentiated)


def _gradients(of: torch.Tensor, sources: list[torch.Tensor]) -> list[torch.Tensor]:
    """Zeros where nothing depends on a source."""
    if not of.requires_grad:
        return [torch.zeros_like(source) for source in sources]
    found = torch.autograd.grad(of, sources, create_graph=True, allow_unused=True)
    return [torch.zeros_like(source) if each is None else each for source, each in zip(sources, found, strict=True)]
