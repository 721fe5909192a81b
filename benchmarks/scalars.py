"""Graphs of scalars: one call gives the value and every gradient."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Entry = tuple[Callable[[], object], Callable[[], object], int]


@dataclass(frozen=True)
class Task:
    """A graph on numbered values: the leaves', then one a step, each an operation on two earlier values.

    `asked` is how many of the first values the last one's gradients are wanted of.
    """

    leaves: list[float]
    steps: list[tuple[str, int, int]]
    asked: int


def chain(count: int, *, every: bool) -> Task:
    """A long history of sums and products with one of many inputs: nothing in it is idle."""
    draw = random.Random(0)
    inputs = max(2, count // 10)
    steps: list[tuple[str, int, int]] = []
    for number in range(inputs, inputs + count):
        operation = "add" if draw.random() < 0.7 else "mul"
        other = draw.randrange(inputs)
        if operation == "add" and draw.random() < 0.4:  # products with inputs alone: all stays finite
            other = draw.randrange(max(0, number - 200), number)
        steps.append((operation, number - 1 if steps else 0, other))
    leaves = [draw.uniform(-0.9, 0.9) for _ in range(inputs)]
    return Task(leaves, steps, inputs + count - 1 if every else inputs)


def tangle(count: int) -> Task:
    """Operations on any earlier values: two thirds of them lead nowhere."""
    draw = random.Random(0)
    steps: list[tuple[str, int, int]] = []
    for number in range(2, count + 2):
        operation = draw.choice(["add", "mul", "tanh"])
        steps.append((operation, draw.randrange(max(0, number - 20), number), draw.randrange(number)))
    return Task([0.5, -0.3], steps, count + 1)


TASKS: dict[str, Callable[[], Task]] = {
    "apple": lambda: Task([100.0, 2.0, 1.1], [("mul", 0, 1), ("mul", 3, 2)], 4),
    "chain": lambda: chain(1000, every=False),
    "chain-every": lambda: chain(1000, every=True),
    "tangle": lambda: tangle(1000),
}


def competitor(name: str, what: str) -> Entry:
    """Builds a competitor on one of the tasks."""
    return {"chainrule": chainrule, "micrograd": micrograd, "torch": torch}[name](TASKS[what]()), lambda: None, 1


def chainrule(task: Task) -> Callable[[], object]:
    import chainrule

    names = [f"x{number}" for number in range(len(task.leaves))]
    values = dict(zip(names, task.leaves, strict=True))
    lines = [f"input {name}" for name in names]
    for operation, left, right in task.steps:
        names.append(f"n{len(names)}")
        second = "" if operation == "tanh" else f", {names[right]}"
        lines.append(f"{names[-1]} = {operation}({names[left]}{second})")
    program = chainrule.compile("\n".join(lines) + "\n")
    function = program.function(names[-1], grad=names[: task.asked])
    for _ in range(1000):  # until the loop has given way to generated Python
        function(**values)
    return lambda: function(**values)


def micrograd(task: Task) -> Callable[[], object]:
    from micrograd.engine import Value

    def tanh(operand: Any) -> Any:  # which micrograd lacks, in the manner of its others
        value = math.tanh(operand.data)
        out = Value(value, (operand,), "tanh")

        def backward() -> None:
            operand.grad += (1 - value**2) * out.grad

        out._backward = backward
        return out

    def step() -> object:
        values = [Value(leaf) for leaf in task.leaves]
        for operation, left, right in task.steps:
            a, b = values[left], values[right]
            values.append(tanh(a) if operation == "tanh" else a + b if operation == "add" else a * b)
        values[-1].backward()
        return values[-1].data, [value.grad for value in values[: task.asked]]

    return step


def torch(task: Task) -> Callable[[], object]:
    import torch

    torch.set_num_threads(1)

    def step() -> object:  # torch keeps the gradients of leaves alone
        leaves = [torch.tensor(leaf, dtype=torch.float64, requires_grad=True) for leaf in task.leaves]
        values = leaves.copy()
        for operation, left, right in task.steps:
            a, b = values[left], values[right]
            values.append(torch.tanh(a) if operation == "tanh" else a + b if operation == "add" else a * b)
        values[-1].backward()
        return values[-1], [leaf.grad for leaf in leaves]

    return step
