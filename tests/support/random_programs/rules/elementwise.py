"""Values element by element."""

import re
from collections.abc import Iterable

from chainrule.compiler.ops.operation import Operation
from chainrule.compiler.ops.table import OPERATIONS

from ..maker import Maker
from ..terms import Term, broadcast

UNARY = (
    "tanh(X)", "sigmoid(X)", "relu(X)", "softplus(X)", "abs(X)", "-X", "X * 0.5", "X * X * 0.3", "exp(-X * X)", "-(-X)",
    "X * 1", "X - 0", "X + (-0.0)", "X / 1", "sqrt(1 + X * X)", "X / (1 + X * X)", "log(1 + X ** 2)", "X", "X / N",
    "1 - X", "relu(X) * X", "sum(X) * 0.1", "mean(X) + X", "sin(X)", "cos(X) * X", "log1p(X * X)", "expm1(-X * X)",
    "sign(X) * X", "maximum(X, 0)", "minimum(X, 0.5)", "clip(X, -0.5, 0.5)", "where(X, X, 0.25)", "detach(X) + X",
    "X * less(X, 0.3)", "X + 0.1 * floor(clip(X, -9, 9))", "X * equal(X, 0)", "sum(logsumexp(X)) * 0.1",
    "X * less(uniform_like(X), 0.7) / 0.7", "X + 0.3 * normal_like(X)", "in_training(tanh(X), X)", "in_training(X, -X)",
    "in_training(X * less(uniform_like(X), 0.5), X)", "erf(X)", "X * (1 + erf(X / sqrt(2))) * 0.5", "X ** 3 * 0.1",
    "(0.1 + abs(X)) ** 1.5", "(1 + X * X) ** -0.5", "exp(minimum(X, 1))", "log(0.5 + abs(X))",
    "(0.5 + sigmoid(X)) ** X", "uniform_like(X) - normal_like(X)",
)  # fmt: skip


def unnamed(operations: Iterable[Operation], templates: Iterable[str]) -> tuple[str, ...]:
    """Templates of operations of one operand that no other has, within the domain that their trials say."""
    named = set(re.findall(r"[a-z]\w*", " ".join(templates)))
    return tuple(
        f"{operation.called}(clip(X, {operation.trials[0].low}, {operation.trials[0].high}))"
        for operation in operations
        if operation.written and operation.role == "operation" and operation.rows.each and len(operation.operands) == 1
        if operation.trials and not operation.variadic and not operation.integers
        if operation.called not in named and not operation.words.sign  # signs stand in templates
        if not any(attribute.required for attribute in operation.attributes)
    )


BINARY = ("A + B", "A - B", "B - A", "A * B", "A / (1 + B * B)", "relu(A) * B", "A * 2 - B", "tanh(A) + B", "A + B + B",
    "maximum(A, B)", "minimum(B, A)", "where(less(A, B), A, B)", "where(less(B, 0), A, B)", "clip(A, B, 0.5)",
    "A * equal(A, B) + B", "A - detach(B)", "clip(B, -A, A) + A", "A * uniform_like(B)", "(0.5 + abs(A)) ** tanh(B)",
    "where(A, B, A)", "A * less(B, A)", "B * sigmoid(A)", "equal(A, A) * B + A",
)  # fmt: skip


ALL_UNARY = (*UNARY, *unnamed(OPERATIONS.values(), (*UNARY, *BINARY)))


def unary(maker: Maker) -> Term | None:
    template, term = maker.random.choice(ALL_UNARY), maker.term()
    if term is None:
        return None
    if "N" in template and maker.scalar:
        return None
    shape = () if template.startswith("sum") else term.shape
    return Term(template.replace("X", term.text), shape)


def binary(maker: Maker) -> Term | None:
    first = maker.term()
    second = maker.term() if first is None else maker.term(lambda shape: broadcast(first.shape, shape) is not None)
    if first is None or second is None:
        return None
    shape = broadcast(first.shape, second.shape)
    if shape is None or shape.count("N") > 1 or len(shape) > 3:
        return None
    text = maker.random.choice(BINARY).replace("A", first.text).replace("B", second.text)
    return Term(text, shape)


def biased(maker: Maker) -> Term | None:
    """A value and what broadcasts against it, a bias that is used twice among them."""
    term = maker.term()
    other = None if term is None else maker.beside(term.shape)
    if term is None or other is None:
        return None
    return Term(maker.random.choice(BINARY).replace("A", term.text).replace("B", other.text), term.shape)


def of_params(maker: Maker) -> Term:
    """A value that no row enters."""
    sizes = maker.sizes(0 if maker.scalar else maker.random.randint(0, 2))
    template = maker.random.choice(("P", "tanh(P)", "P * 0.5", "P * P", "1 - P", "P - 0"))
    return Term(template.replace("P", maker.param(sizes)), sizes)
