"""Evaluation of what must be known at compile time: numbers, texts, sizes, lists."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ....grammar.suggestion import suggestion
from ....grammar.syntax import Call, Chain, Dots, Expression, Index, Infix, List, Name, Negative, Number, Text
from ... import faults
from ...shape import Clash, Linear, Size, add_sizes, multiply_sizes
from ..budget import over_budget
from ..order import first_name
from ..scope import FAILED, Constant, Failed, ListValue, NodeValue, Scope, Site, Value, described
from .index_places import entries_of, expressions_in, of_list, split


class _Combine(NamedTuple):
    """Work left for when the operands stand on the stack."""

    expression: Infix | Negative | List | Index


NEW_AXIS = "an axis more is written `reshape(x, [N, 1, 3])`"
"""What `None` in an index is meant for."""


def constant(expression: Expression, site: Site, what: str) -> Constant | Failed:
    """The compile-time value of an expression; `what` names the thing that has it, for messages. Iterative."""
    work: list[Expression | _Combine] = [expression]
    values: list[Constant] = []
    while work:
        item = work.pop()
        match item:
            case Number() | Text():
                values.append(item.value)
            case Name() if item.name[-1] == "]":
                work.append(split(item))
            case Name():
                value = _named(item, site, what)
                if isinstance(value, Failed):
                    return FAILED
                values.append(value)
            case Negative():
                work += [_Combine(item), item.operand]
            case Infix():
                work += [_Combine(item), item.right, item.left]
            case List():
                work.append(_Combine(item))
                work.extend(reversed(item.items))
            case Index():
                work += [_Combine(item), *reversed(expressions_in(item)), item.operand]
            case Dots():
                site.tell(faults.MISPLACED_DOTS, item)
                return FAILED
            case Call() | Chain():
                culprit = f"`{item.function.name}(...)`" if isinstance(item, Call) else "a chain"
                site.tell(faults.NOT_CONSTANT, item, what=what, culprit=culprit)
                return FAILED
            case _Combine(part):
                combined = _combined(part, values, site)
                if isinstance(combined, Failed):
                    return FAILED
                values.append(combined)
    return values.pop()


def is_constant(expression: Expression, scope: Scope) -> bool:
    """Whether only numbers, constants and sizes are combined, so that the value is one of compile time. Iterative."""
    work = [expression]
    while work:
        match work.pop():
            case Number():
                continue
            case Name() as name if name.name[-1] == "]":
                work.append(split(name))
            case Name() as name:
                if not isinstance(scope.lookup(name.name), int | float | Linear):
                    return False
            case Index() as index:
                work += expressions_in(index)
                operand = index.operand
                if isinstance(operand, Name) and isinstance(scope.lookup(operand.name), tuple):
                    continue
                if not isinstance(operand, Index) and not (isinstance(operand, Name) and operand.name[-1] == "]"):
                    return False
                work.append(operand)
            case Infix() as infix:
                work += [infix.left, infix.right]
            case Negative() as negative:
                work.append(negative.operand)
            case _:
                return False
    return True


def _named(name: Name, site: Site, what: str) -> Constant | Failed:
    scope = site.scope
    value: Value | None = scope.lookup(name.name)
    if value is None:
        if scope.excused(name.name):
            return FAILED
        if isinstance(scope.lookup(first_name(name.name)), NodeValue):
            site.tell(faults.NOT_CONSTANT, name, what=what, culprit=f"`{name.name}`")
            return FAILED
        hint = NEW_AXIS if name.name.endswith(("None", "newaxis")) else suggestion(name.name, scope.known, what="names")
        site.tell(faults.UNKNOWN_NAME, name, name=name.name, hint=hint)
        return FAILED
    if isinstance(value, Failed):
        return FAILED
    if isinstance(value, NodeValue):
        site.tell(faults.NOT_CONSTANT, name, what=what, culprit=f"`{name.name}`")
        return FAILED
    if isinstance(value, float | int | str | Linear | tuple):
        return value
    site.tell(faults.NOT_A_VALUE, name, what=described(value))
    return FAILED


def _combined(part: Infix | Negative | List | Index, values: list[Constant], site: Site) -> Constant | Failed:
    if isinstance(part, List):
        return listed(part, _taken(values, len(part.items)), site)
    if isinstance(part, Index):
        entries = entries_of(part, _taken(values, len(expressions_in(part))), site)
        operand = values.pop()
        if isinstance(entries, Failed):
            return FAILED
        if isinstance(operand, tuple):
            return of_list(operand, literal_shape(operand), entries, part, site)
        site.tell(faults.NO_INDEX, part, what=described(operand))
        return FAILED
    if isinstance(part, Negative):
        return arithmetic("*", -1, values.pop(), part, site)
    right = values.pop()
    return arithmetic(part.symbol, values.pop(), right, part, site)


def _taken(values: list[Constant], count: int) -> list[Constant]:
    """The last so many values, which leave the list."""
    first = len(values) - count
    taken = values[first:]
    del values[first:]
    return taken


def listed(part: List, items: Sequence[Value], site: Site) -> ListValue | Failed:
    """A list whose items agree in shape; a ragged one is reported at the first item that differs."""
    numbers: list[ListValue | float | int | Linear] = []
    for item, place in zip(items, part.items, strict=True):
        if not isinstance(item, int | float | tuple | Linear):
            site.tell(faults.NOT_A_VALUE, place, what=described(item))
            return FAILED
        if numbers and literal_shape(item) != literal_shape(numbers[0]):
            site.tell(faults.RAGGED, place, first=_extent(numbers[0]), other=_extent(item))
            return FAILED
        numbers.append(item)
    if over_budget(site.scope.unit.limits, "rank", len(literal_shape(numbers[0])) + 1, site.span(part), site.reporter):
        return FAILED
    return tuple(numbers)


def _extent(item: ListValue | float | int | Linear) -> str:
    shape = literal_shape(item)
    if not shape:
        return "a number"
    return f"{shape[0]} number{'s' * (shape[0] != 1)}" if len(shape) == 1 else f"shape {list(shape)}"


def holds_sizes(value: tuple[object, ...]) -> bool:
    """Whether a list has a size among its numbers that is not known yet."""
    return any(holds_sizes(each) if isinstance(each, tuple) else isinstance(each, Linear) for each in value)


def literal_shape(value: ListValue | float | int | Linear) -> tuple[int, ...]:
    """The shape of a literal: lists are rows, all of one length."""
    shape: list[int] = []
    while isinstance(value, tuple):
        shape.append(len(value))
        value = value[0]
    return tuple(shape)


_NUMBERS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
}


def arithmetic(symbol: str, left: Constant, right: Constant, part: Infix | Negative, site: Site) -> Constant | Failed:
    """Arithmetic on constants: numbers by every symbol but `@`, sizes by `+ - *`."""
    if isinstance(left, Linear) or isinstance(right, Linear):
        return _size_arithmetic(symbol, left, right, part, site)
    if isinstance(left, str | tuple) or isinstance(right, str | tuple) or symbol not in _NUMBERS:
        odd = left if isinstance(left, str | tuple) else right
        site.tell(faults.NOT_A_VALUE, part, what=f"{described(odd)} in arithmetic of constants")
        return FAILED
    try:
        if symbol == "**":
            left, right = float(left), float(right)
        result = _NUMBERS[symbol](left, right)
        if isinstance(result, complex) or not math.isfinite(result):
            raise OverflowError
    except ArithmeticError:
        site.tell(
            faults.OUT_OF_RANGE,
            part,
            key=site.text(part),
            wanted="a finite number",
            value="not",
        )
        return FAILED
    return result


def _size_arithmetic(symbol: str, left: Constant, right: Constant, part: Infix | Negative, site: Site) -> Size | Failed:
    sizes = whole(left), whole(right)
    text = site.text(part)
    try:
        match symbol, sizes:
            case "+", (int() | Linear() as first, int() | Linear() as second):
                return add_sizes(first, second)
            case "-", (int() | Linear() as first, int() | Linear() as second):
                return add_sizes(first, multiply_sizes(second, -1))
            case "*", (int() | Linear() as first, int() | Linear() as second):
                return multiply_sizes(first, second)
    except Clash as clash:
        message = f"`{text}` is a product of two sizes that are not known yet"
        site.tell(faults.NOT_LINEAR, part, message=message, hint=clash.hint)
        return FAILED
    message = f"`{text}` is no size: sizes go together by `+`, `-` and `*`, with whole numbers and with each other"
    site.tell(faults.NOT_LINEAR, part, message=message)
    return FAILED


def whole(value: object) -> Size | None:
    """A constant as a size: 100.0 is 100; None where it is not whole."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Linear):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None
