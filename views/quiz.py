"""Questions about a walk: one for each number that a step makes, with the step as the explanation."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from ..compiler.constants import constant
from ..compiler.reporter import Reporter
from ..compiler.values import Scope, Unit
from ..grammar.diagnostic import SpecError
from ..grammar.parse import parse_expression
from ..grammar.source import Source
from .sentences import sentences
from .walk import Walk

TOLERANCE = 0.01
"""How far an answer may be off, relative to the right one."""


class Question(NamedTuple):
    """`text` asks for a number, `answer` is it, and `explanation` says how it comes about."""

    text: str
    answer: float
    explanation: str


def questions(walk: Walk, *, values: bool = False, by: int | None = None) -> Iterator[Question]:
    """Questions for gradients, or for values, in the order of the walk; tensors are not asked for."""
    for each in sentences(walk, by):
        kind, node, user, slot = each.step
        if kind == "seed" or (kind == "value") != values:
            continue
        number = (
            walk.values[node]
            if kind == "value"
            else walk.products[user, slot]
            if kind == "product"
            else walk.gradients[node]
        )
        if number.ndim == 0 and (kind != "value" or walk.graph.nodes[node].inputs):
            yield Question(f"{each.left} = ?", float(number), each.text)


def number_of(text: str) -> float | None:
    """The number that an answer means: `2.2`, `1/3`, `-0.5 * 1.1`; None for anything else."""
    if text.strip().lower() in ("nan", "inf", "-inf"):
        return float(text)
    source = Source("answer", text)
    reporter = Reporter()
    try:
        value = constant(parse_expression(source), Scope(Unit(source)), source, reporter, "the answer")
    except SpecError:
        return None
    return float(value) if isinstance(value, int | float) and not reporter.failed else None


def right(question: Question, answer: float, tolerance: float = TOLERANCE) -> bool:
    """Whether an answer is near enough."""
    if math.isnan(question.answer):
        return math.isnan(answer)
    return answer == question.answer or abs(answer - question.answer) <= tolerance * abs(question.answer) + 1e-12
