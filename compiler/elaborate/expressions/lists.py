"""Lists of an expression: constants stay a literal, anything else becomes values of one shape, stacked."""

from __future__ import annotations

from ....grammar.syntax import Expression, Infix, List, Negative, Number
from ...ops.table import LISTED
from ..scope import FAILED, Failed, NodeValue
from .append import stacked
from .constants import constant, is_constant, listed
from .stack import Stack


def begin_list(stack: Stack, expression: List) -> None:
    """Prepares a list: its elements are evaluated first, those that are constants as such."""
    stack.later(_end_list, expression)
    for item in reversed(expression.items):
        if type(item) is Number:
            stack.later(_number, item)
        else:
            stack.later(_element, item)


def _number(stack: Stack, item: Number) -> None:
    stack.values.append(item.value)


def _element(stack: Stack, item: Expression) -> None:
    if isinstance(item, Infix | Negative) and is_constant(item, stack.site.scope):
        stack.values.append(constant(item, stack.site, "an element of a list"))
    else:
        stack.operand(stack, item)


def _end_list(stack: Stack, expression: List) -> None:
    items, site = stack.taken(len(expression.items)), stack.site
    if any(isinstance(item, Failed) for item in items):
        stack.values.append(FAILED)
    elif any(isinstance(item, NodeValue) for item in items):
        path = stack.path(expression, LISTED.name)
        places = [site.span(item) for item in expression.items]
        stack.values.append(stacked(stack.draft, items, path, site.span(expression), places))
    else:
        stack.values.append(listed(expression, items, site))
