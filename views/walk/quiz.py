"""Questions about a walk: one for each value that a step makes, with the step as the explanation."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ...compiler.elaborate.expressions.constants import constant
from ...compiler.elaborate.reporter import Reporter
from ...compiler.elaborate.scope import Scope, Site, Unit
from ...grammar.parse import parse_expression
from ...grammar.source import Source
from ...grammar.spec_error import SpecError
from ...runtime.arrays import Array
from ..text.numerals import SMALL, shape_label
from .sentences import sentences
from .walk import Walk

TOLERANCE = 0.01
"""How far an answer may be off, relative to the right one."""


class Question(NamedTuple):
    """`text` asks for a number or for lists of them, `answer` is it, and `explanation` says how it comes about."""

    text: str
    answer: Array
    explanation: tuple[str, ...]
    """Lines."""


def questions(walk: Walk, *, values: bool = False, by: int | None = None) -> Iterator[Question]:
    """Questions for gradients, or for values, in the order of the walk; of a large tensor the shape is asked for."""
    for each in sentences(walk, by, full=True):
        kind, node, user, slot = each.step
        if kind == "seed" or (kind == "value") != values or (kind == "value" and not walk.graph.nodes[node].inputs):
            continue
        number = {"value": walk.values, "sum": walk.gradients}[kind][node] if user < 0 else walk.products[user, slot]
        if number.ndim == 0:
            yield Question(f"{each.left} = ?", number, tuple(each.lines()))
        elif number.size <= SMALL:
            yield Question(f"{each.left}, {shape_label(number)} = ?", number, tuple(each.lines()))
        else:
            shape = shape_label(number)
            told = " = ".join((each.left, *each.parts[:-1]))
            yield Question(f"the shape of {each.left} = ?", np.asarray(number.shape), (f"{told}, of shape {shape}",))


def answer_of(text: str) -> Array | None:
    """What an answer means: `2.2`, `1/3`, `-0.5 * 1.1`, `[[1, 2], [3, 4]]`; None for anything else."""
    if text.strip().lower() in ("nan", "inf", "-inf"):
        return np.asarray(float(text))
    source = Source("answer", text)
    reporter = Reporter()
    try:
        value = constant(parse_expression(source), Site(Scope(Unit(source)), source, reporter), "the answer")
        return None if reporter.failed else np.asarray(value, "float64")
    except (SpecError, TypeError, ValueError):
        return None


def right(question: Question, answer: Array, tolerance: float = TOLERANCE) -> bool:
    """Whether an answer has the shape of the right one and is near enough, element by element."""
    if answer.shape != question.answer.shape:
        return False
    return bool(np.allclose(answer, question.answer, rtol=tolerance, atol=1e-12, equal_nan=True))
