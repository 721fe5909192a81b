"""Graphs of scalars: one call gives the value and every gradient."""

import random
from collections.abc import Callable

Entry = tuple[Callable[[], object], Callable[[], object], int]


def recipe(count: int) -> list[tuple[str, int, int]]:
    """A random chain of operations on earlier values: name and two operands."""
    random.seed(0)
    made = []
    for number in range(2, count + 2):
        operation = random.choice(["add", "mul", "tanh"])
        made.append((operation, random.randrange(max(0, number - 20), number), random.randrange(number)))
    return made


def competitor(name: str, what: str) -> Entry:
    """Builds a competitor on the apple graph or on a random graph of so many nodes."""
    steps = [("mul", 0, 1), ("mul", 3, 2)] if what == "apple" else recipe(int(what))
    leaves = [100.0, 2.0, 1.1] if what == "apple" else [0.5, -0.3]
    made = {"chainrule": chainrule, "micrograd": micrograd, "torch": torch}[name](steps, leaves)
    return made, lambda: None, 1


def chainrule(steps: list[tuple[str, int, int]], leaves: list[float]) -> Callable[[], object]:
    import chainrule

    names = [f"x{number}" for number in range(len(leaves))]
    lines = [f"input {name} = {value}" for name, value in zip(names, leaves, strict=True)]
    for operation, left, right in steps:
        names.append(f"n{len(names)}")
        second = "" if operation == "tanh" else f", {names[right]}"
        lines.append(f"{names[-1]} = {operation}({names[left]}{second})")
    program = chainrule.compile("\n".join(lines) + "\n")
    function = program.function(names[-1], grad=names[:-1])
    for _ in range(1000):  # until the loop has given way to generated Python
        function(x0=leaves[0])
    return lambda: function(x0=leaves[0])


def micrograd(steps: list[tuple[str, int, int]], leaves: list[float]) -> Callable[[], object]:
    from micrograd.engine import Value

    def step() -> object:
        values = [Value(leaf) for leaf in leaves]
        for operation, left, right in steps:
            if operation == "tanh":  # micrograd has relu alone
                values.append(values[left].relu())
            else:
                a, b = values[left], values[right]
                values.append(a + b if operation == "add" else a * b)
        values[-1].backward()
        return values[-1]

    return step


def torch(steps: list[tuple[str, int, int]], leaves: list[float]) -> Callable[[], object]:
    import torch

    torch.set_num_threads(1)

    def step() -> object:
        values = [torch.tensor(leaf, dtype=torch.float64, requires_grad=True) for leaf in leaves]
        for operation, left, right in steps:
            a, b = values[left], values[right]
            values.append(torch.tanh(a) if operation == "tanh" else a + b if operation == "add" else a * b)
        values[-1].backward()
        return values[-1]

    return step
