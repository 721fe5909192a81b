"""The reverse rule of each operation as a reader writes it down.

The rules by numbers are expressions of the language over the operands' names: a test evaluates them and holds them
against what the operations themselves do.
"""

from ..compiler.ops.operation import Operation

SCALAR_RULES: dict[str, tuple[str, ...]] = {
    "add": ("1", "1"),
    "sub": ("1", "-1"),
    "mul": ("b", "a"),
    "div": ("1 / b", "-a / b ** 2"),
    "ratio": ("1 / b", "-a / b ** 2"),
    "neg": ("-1",),
    "exp": ("exp(x)",),
    "log": ("1 / x",),
    "pow": ("b * a ** (b - 1)", "a ** b * log(a)"),
    "sqrt": ("1 / (2 * sqrt(x))",),
    "sigmoid": ("sigmoid(x) * (1 - sigmoid(x))",),
    "tanh": ("1 - tanh(x) ** 2",),
    "softplus": ("sigmoid(x)",),
    "identity": ("1",),
    "sum": ("1",),
    "mean": ("1",),
    "mse": ("2 * (y - t)", "-2 * (y - t)"),
    "quadratic-loss": ("y - t", "t - y"),
}
"""The local derivative by each operand, for scalars and element by element."""

WORDS: dict[str, tuple[str, ...]] = {
    "relu": ("1 where x > 0, else 0",),
    "relu-gradient": ("1 where y > 0, else 0", "none"),
}
"""Local derivatives that need words."""

TENSOR_RULES: dict[str, tuple[str, ...]] = {
    "matmul": ("g @ transpose(b)", "transpose(a) @ g"),
    "affine": ("g @ transpose(W)", "transpose(x) @ g", "g summed over the rows"),
    "outer": ("g @ b", "transpose(g) @ a"),
    "sum": ("g for every element that was summed",),
    "mean": ("g / n for every one of the n elements",),
    "mse": ("g * 2 * (y - t) / n", "-g * 2 * (y - t) / n"),
    "quadratic-loss": ("g * (y - t) / N", "g * (t - y) / N"),
    "softmax": ("p * (g - sum(g * p)) with p = softmax(x)",),
    "log-softmax": ("g - softmax(x) * sum(g)",),
    "softmax-loss": ("g * (softmax(scores) - t) / N", "-g * log-softmax(scores) / N"),
    "cross-entropy": ("-g * t / (p + eps) / N", "-g * log(p + eps) / N"),
    "transpose": ("transpose(g)",),
    "flatten": ("g in the shape of x",),
    "reshape": ("g in the shape of x",),
    "expand": ("g summed over what was repeated",),
    "sum-to": ("g repeated to the shape of x",),
}
"""What an operand gets of the gradient g that arrives, where it is more than a product element by element."""


def local_rule(operation: Operation, slot: int) -> str:
    """The local derivative by an operand, over the operands' names."""
    rules = SCALAR_RULES.get(operation.name) or WORDS.get(operation.name)
    return rules[slot] if rules else f"d {operation.name} / d {operation.operands[slot]}"


def tensor_rule(operation: Operation, slot: int) -> str:
    """What an operand gets of the gradient g that arrives."""
    rules = TENSOR_RULES.get(operation.name)
    if rules:
        return rules[slot]
    local = local_rule(operation, slot)
    return "g" if local == "1" else "-g" if local == "-1" else f"g * ({local})"
