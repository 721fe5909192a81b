"""Parameters, gradients and states in one array each: parts of it by path, written whole and apart."""

import numpy as np
import pytest

import chainrule
from chainrule.compiler.derive.training import LEARNING_RATE, STEP_COUNT
from chainrule.runtime.steps.memory import MemoryBackend

TEXT = """param W: [2, 3] = [[1, 2, 3], [4, 5, 6]]
param b = 7
y = sum(W * W) + b * b
train { minimize = y; optimizer = adam(lr = 0.1); steps = 1; precision = float32 }
"""


def backend() -> MemoryBackend:
    made = chainrule.compile(TEXT).trainer().backend
    assert isinstance(made, MemoryBackend)
    return made


def test_parts_are_of_one_array() -> None:
    made = backend()
    held = made.read()
    assert {*held.params, *held.states} == {"W", "b", "W mean", "W square", "b mean", "b square"}
    assert made.memory.array.size == 3 * 7
    for path, value in made.arrays.items():
        assert np.shares_memory(value, made.memory.array), path
        assert value.dtype == np.dtype("float32")
    values = list(made.arrays.values())
    assert not any(np.shares_memory(a, b) for n, a in enumerate(values) for b in values[:n])
    assert made.read().params is held.params, "what is read stays what is held"


def test_what_is_written_is_rounded_once_and_quietly() -> None:
    made = backend()
    made.write({"W": np.full((2, 3), 1e300), "b mean": 0.1})
    assert np.isposinf(made.read().params["W"]).all()
    assert made.read().states["b mean"] == np.float32(0.1)
    assert made.read().params["b"] == 7


def test_parts_may_be_written_in_each_others_place() -> None:
    made = backend()
    params = made.read().params
    made.write({"W": params["W"][::-1], "b": params["W"][0, 0]})
    assert params["W"].tolist() == [[4, 5, 6], [1, 2, 3]]
    assert float(params["b"]) == 1


@pytest.mark.parametrize("rate", [0.25, 1e300])
def test_steps_are_told_the_rate_and_their_number(rate: float) -> None:
    memory = backend().memory
    assert set(memory.held) >= {LEARNING_RATE, STEP_COUNT, "descents"}
    memory.tell({LEARNING_RATE: rate}, 3)
    assert float(memory.held[LEARNING_RATE]) == (np.inf if rate > 1e38 else rate)
    assert memory.held[STEP_COUNT] == 3
    for descent in memory.held["descents"].values():
        assert descent.value == -float(memory.held[LEARNING_RATE])
