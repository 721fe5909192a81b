"""Lowered steps: each proved line by line, and all ways with the bits of the plain executor."""

from typing import Any

import numpy as np
import pytest
from planned import hold_seed, same, trainers

PARTS, EACH = 3, 6


@pytest.mark.parametrize("part", range(PARTS))
def test_every_way_has_the_bits_of_the_plain_executor(part: int) -> None:
    for seed in range(1000 + part * EACH, 1000 + (part + 1) * EACH):
        hold_seed(seed)


VALUES = (
    "exp(transpose(x @ W))",  # copied to lie in order: the copy is not the value's to be written over
    "tanh(transpose(x @ W)) + transpose(x @ V)",
    "relu(transpose(transpose(x @ W)))",
    "transpose(exp(x @ W)) * transpose(x @ W)",
    "less(x @ W, x @ V) * (x @ V)",
    "less(x @ W, 0.1)",
    "equal(x @ W, x @ W) - less(x @ V, x @ W)",
    "exp((x @ W)[:, 1]) * (x @ V)[:, 2]",
    "reshape(exp(x @ W), [-1]) + reshape(tanh(x @ V), [-1])",
)


@pytest.mark.parametrize("value", VALUES)
def test_values_that_lie_in_the_memory_of_others(value: str) -> None:
    text = f"""dim N
input x: [N, 3]
param W: [3, 4] = normal()
param V: [3, 4] = normal()
y = {value}
loss = mean(y * y + y) + mean((x @ W) * (x @ V))
train {{ minimize = loss ; optimizer = momentum(lr = 0.1) ; steps = 3 ; precision = float32 }}
"""
    generator = np.random.default_rng(0)
    batches: list[dict[str, Any]] = [{"x": generator.normal(size=(rows, 3))} for rows in (2, 5, 5, 1)]
    same(trainers(text), batches)
