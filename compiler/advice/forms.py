"""Forms that lose digits or overflow where an operation has the same value, and a softmax that is made twice.

A form is an expression that is found again in a graph: `1 / (1 + exp(-x))`, in which a letter stands for any value.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple, TypeAlias

from ...grammar.diagnostic import Diagnostic
from ..graph.graph import Node
from ..ops.attribute import is_number
from ..ops.facts import ByHand
from ..ops.leaves import CONSTANT
from ..ops.operation import Operation
from ..ops.table import INFIX, NEGATIVE, OPERATIONS, RECORDS, find
from .adviser import Adviser
from .faults import FAULTS

NUMBER = "c"
"""The letter that stands for any number."""


class Applied(NamedTuple):
    """An operation on forms."""

    operation: Operation
    operands: tuple["Form", ...]


Form: TypeAlias = Applied | str | float
"""A form: an operation on forms, a letter, a number."""

_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@", ast.Pow: "**"}


def careless_forms(adviser: Adviser) -> Iterator[Diagnostic]:
    """A finding for each node that is a form for which there is a better operation."""
    nodes, by_hand, by_code = adviser.nodes, _by_hand(), {fault.code: fault for fault in FAULTS}
    for number in adviser.written:
        node = nodes[number]
        for each in by_hand.get(OPERATIONS.get(node.operation.form_of, node.operation), ()):
            if each.of_row and len(node.type.shape) != 1:
                continue
            if found(form(each.form), node, nodes, adviser.origin) is not None:
                yield adviser.at(by_code[each.code], number, **each.facts)
                break


@cache
def _by_hand() -> Mapping[Operation, tuple[ByHand, ...]]:
    """The forms that are better written otherwise, by the operation that they are made with last."""
    forms: dict[Operation, tuple[ByHand, ...]] = {}
    for operation in RECORDS:
        for each in operation.advice.by_hand:
            last = form(each.form).operation
            forms[last] = (*forms.get(last, ()), each)
    return forms


# --- forms ------------------------------------------------------------------------------------------------------


@cache
def form(text: str) -> Applied:
    """The form of a text; names of operations are spelt with `_`, so that it is one of Python's expressions."""
    made = _form(ast.parse(text, mode="eval").body)
    assert isinstance(made, Applied)  # a letter alone is no form
    return made


def _form(part: ast.expr) -> Form:
    match part:
        case ast.Constant(int() | float() as value):
            return float(value)
        case ast.Name(name):
            return name
        case ast.UnaryOp(ast.USub(), operand):
            return Applied(NEGATIVE, (_form(operand),))
        case ast.BinOp(left, sign, right):
            return Applied(INFIX[_SIGNS[type(sign)]], (_form(left), _form(right)))
        case ast.Call(ast.Name(name), arguments) if (operation := find(name)) is not None:
            return Applied(operation, tuple(map(_form, arguments)))
    raise ValueError(f"no form: {ast.unparse(part)}")


def found(wanted: Applied, node: Node, nodes: Sequence[Node], origin: Sequence[int]) -> Mapping[str, int] | None:
    """The nodes behind the letters of a form where a node has it, else None.

    `origin` has, for each node, the one whose value it passes on. Operands of a commutative operation may stand in
    either order. Forms are those of our own records, so going down them may recurse.
    """
    bound: dict[str, int] = {}
    return bound if _is(wanted, node, nodes, origin, bound) else None


def _is(wanted: Applied, node: Node, nodes: Sequence[Node], origin: Sequence[int], bound: dict[str, int]) -> bool:
    if node.operation.called != wanted.operation.name or not _plain(node):
        return False
    given = node.inputs[: len(wanted.operands)]  # without a weight, which makes no other form
    orders = [given, given[::-1]] if node.operation.algebra.commutative else [given]
    for inputs in orders:
        tried = dict(bound)
        if all(
            _fits(part, origin[each], nodes, origin, tried) for part, each in zip(wanted.operands, inputs, strict=True)
        ):
            bound.update(tried)
            return True
    return False


def _plain(node: Node) -> bool:
    """Whether the numbers that a form does not write are what they are by default: a softmax along the last axis."""
    named = zip(node.operation.attributes, node.attributes, strict=True)
    return not any(value != each.default and each.written and is_number(each.default) for each, value in named)


def _fits(wanted: Form, number: int, nodes: Sequence[Node], origin: Sequence[int], bound: dict[str, int]) -> bool:
    node = nodes[number]
    match wanted:
        case Applied():
            return _is(wanted, node, nodes, origin, bound)
        case str():
            fits = wanted != NUMBER or node.operation is CONSTANT
            return fits and bound.setdefault(wanted, number) == number
    return node.operation is CONSTANT and node.attributes == (wanted,)
