"""Leaves: nodes without operands, which the executor feeds or makes."""

from collections.abc import Callable

from ..shape import SCALAR, Clash, Shape, Size, Type
from .attribute import Attribute
from .facts import Array
from .operation import Namespace, Operation, Trial


def _declared(name: str) -> Callable[..., Type]:
    def infer(types: tuple[Type, ...]) -> Type:
        raise TypeError(f"the type of `{name}` is declared, not inferred")

    return infer


def _fed(name: str) -> Callable[..., Array]:
    def forward(xp: Namespace) -> Array:
        raise TypeError(f"`{name}` is fed, not computed")

    return forward


def leaf(name: str, formula: str, doc: str, *, attributes: tuple[Attribute, ...] = ()) -> Operation:
    """A node kind that is fed, and whose type is declared."""
    return Operation(
        name, (), formula, doc, infer=_declared(name), forward=_fed(name), attributes=attributes, role="leaf"
    )


def literal_shape(value: object) -> Shape:
    """The shape of a number or of nested tuples of numbers. Raises Clash where rows differ in length."""
    shape: list[Size] = []
    level: list[object] = [value]
    while level and isinstance(level[0], tuple):
        lengths = {len(item) if isinstance(item, tuple) else None for item in level}
        if len(lengths) > 1:
            raise Clash("the rows of a list differ in length", hint="give every row as many elements as the first")
        shape.append(len(level[0]))
        level = [element for row in level if isinstance(row, tuple) for element in row]
    if any(isinstance(item, tuple) for item in level):
        raise Clash("a list holds both numbers and lists", hint="nest all of its elements equally deep")
    return tuple(shape)


def _constant_type(types: tuple[Type, ...], value: object) -> Type:
    return Type("real", literal_shape(value))


INPUT = leaf("input", "x", "A value from outside, of its declared shape.")
PARAM = leaf("param", "x", "A value that training changes, of its declared shape.")
STATE = leaf("state", "x", "A value that changes from step to step by a rule of its own, of its declared shape.")
FED = leaf("fed", "x", "What a step is fed beside all these: an optimiser's values, a rate, a gradient that arrives.")
METRIC = leaf("metric", "x", "A number that training reports, a scalar.")
CONSTANT = Operation(
    "constant",
    (),
    "c",
    "A number or a list of numbers, of the shape in which it is written.",
    infer=_constant_type,
    forward=lambda xp, value: xp.asarray(value, dtype=xp.result_type(float)),
    scalar=lambda value: float(value),
    attributes=(Attribute("value", "number", required=True),),
    role="leaf",
    trials=(Trial((), (2.5,)),),
)
SIZE = Operation(
    "size",
    (),
    "n",
    "A size of a shape as a number, a real scalar.",
    infer=lambda types, size: SCALAR,
    forward=lambda xp, size: xp.asarray(float(size), dtype=xp.result_type(float)),
    scalar=lambda size: float(size),
    attributes=(Attribute("size", "size", required=True),),
    role="leaf",
    trials=(Trial((), (3,)),),
)

LEAVES = (INPUT, PARAM, STATE, FED, METRIC, CONSTANT, SIZE)
