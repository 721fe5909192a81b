"""Families of operations that go element by element: their shape rules and how gradients come back to an operand."""

from collections.abc import Callable
from typing import Any

from ..shape import Clash, Type, broadcast
from .attribute import AttributeValue
from .builder import Builder
from .facts import EACH
from .operation import Operation, Reference, Trial


def same_type(types: tuple[Type, ...], *attributes: AttributeValue) -> Type:
    """The type of the first operand."""
    return types[0]


def broadcasting(name: str) -> Callable[..., Type]:
    """The shape rule of two real operands that broadcast by numpy's rule. It raises Clash."""

    def infer(types: tuple[Type, ...], *attributes: AttributeValue) -> Type:
        left, right = types
        if left.shape == right.shape:
            return left
        try:
            return Type("real", broadcast(left.shape, right.shape))
        except Clash as clash:
            raise Clash(f"{name}: {clash.message}", operands=clash.operands, hint=clash.hint) from None

    return infer


def summed_back(builder: Builder, gradient: Reference, operand: Reference) -> Reference:
    """A gradient summed over the axes along which its operand was broadcast."""
    shape = builder.type(operand).shape
    if builder.type(gradient).shape == shape:
        return gradient
    return builder.sum_to(gradient, shape=shape)


def unary(name: str, formula: str, doc: str, *, low: float = -2.0, high: float = 2.0, **rest: Any) -> Operation:
    """An operation on each element of one operand `x`; its trials draw from between `low` and `high`."""
    trials = tuple(Trial((shape,), (), low, high) for shape in ((), (3,), (2, 3), (2, 1, 3)))
    return Operation(name, ("x",), formula, doc, infer=same_type, trials=trials, rows=EACH, **rest)


SHAPE_PAIRS = (((), ()), ((3,), (3,)), ((2, 3), ()), ((), (3,)), ((2, 3), (3,)), ((2, 1), (3,)), ((1, 3), (4, 2, 1)))


def binary(name: str, formula: str, doc: str, *, low: float = -2.0, high: float = 2.0, **rest: Any) -> Operation:
    """An operation on each pair of elements of two operands `a` and `b` that broadcast."""
    trials = tuple(Trial(shapes, (), low, high) for shapes in SHAPE_PAIRS)
    return Operation(name, ("a", "b"), formula, doc, infer=broadcasting(name), trials=trials, rows=EACH, **rest)
