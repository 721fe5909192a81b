"""What losses and metrics ask of a target `t`: the shape of the values it is held against, or class numbers."""

import math
from collections.abc import Callable

from ...shape import Clash, Linear, Shape, Size, Type, shape_text
from ..attribute import Attribute, Attributes, AttributeValue
from ..facts import Array, Types
from ..operation import Namespace

LOG_ODDS = {
    "scores": "`sigmoid_loss(scores, t)` with targets of its shape, 0 or 1",
    "p": "`sigmoid_loss(z, t)`, where p is `sigmoid(z)` and the targets, 0 or 1, have the shape of z",
}
"""The loss that learns from a single column, by what a loss over classes calls its operand."""

ROWS = Attribute("rows", "size")
"""N of a loss, which the compiler fills in: whether an axis is a `dim` cannot be seen any more at run time."""

TARGETS = tuple(
    (shape, target)
    for shape in ((3,), (4, 3), (2, 4, 3))
    for target in (Type("int", shape[:-1]), shape, Type("int", shape))
)
"""Scores of one row, of a batch and of rows of rows, with every form of target, for trials."""


def is_column(y: tuple[Size, ...], t: tuple[Size, ...], rows: AttributeValue) -> bool:
    """Whether y holds one number for each row, which counts as class 1 above 0.5, and not a score for each class."""
    return not y or y[-1] == 1 or (y == t and len(y) == 1 and rows == y[0])


def rows_of(shape: Shape) -> Size:
    """N: the size of the first axis if there are two or more or if it is a `dim`; else 1."""
    if len(shape) > 1 or (shape and isinstance(shape[0], Linear)):
        return shape[0]
    return 1


def filling_rows(rows: Callable[[tuple[Type, ...]], Size]) -> Callable[[tuple[Type, ...], Attributes], Attributes]:
    """A `complete` that fills in the last attribute, `rows`."""

    def complete(types: tuple[Type, ...], attributes: Attributes) -> Attributes:
        return attributes if attributes[-1] is not None else (*attributes[:-1], rows(types))

    return complete


def same_shape(name: str, operands: tuple[str, str], types: tuple[Type, ...]) -> None:
    """Raises Clash where a target has another shape than the values it is held against."""
    (values, target), (left, right) = operands, (types[0].shape, types[1].shape)
    if left == right:
        return
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    hint = None
    if len(longer) == len(shorter) + 1 and longer == (*shorter, 1):
        wide = values if longer == left else target
        hint = f"declare both alike, or write `sum({wide}, axis = {len(longer) - 1})`, which is {shape_text(shorter)}"
    raise Clash(
        f"{name}: {values} is {shape_text(left)} but {target} is {shape_text(right)}; they must have the same shape",
        operands=(0, 1),
        hint=hint,
    )


def class_target(name: str, operands: tuple[str, str], types: tuple[Type, ...]) -> None:
    """Raises Clash where a target is neither class numbers of the rows nor of the same shape as the scores."""
    (values, target), (scores, t) = operands, types
    if not scores.shape:
        raise Clash(f"{name}: {values} is a scalar; it must be rows of numbers, [..., C]", operands=(0,))
    if scores.shape[-1] == 1 and values in LOG_ODDS:
        raise Clash(
            f"{name}: {values} has one column, {shape_text(scores.shape)}, and a single class is never wrong",
            operands=(0,),
            hint=f"give it two columns, or write {LOG_ODDS[values]}",
        )
    if t.shape == scores.shape:
        return
    if len(t.shape) != len(scores.shape) - 1 or (scores.shape[-1] == 1 and t.shape == scores.shape[:-1]):
        same_shape(name, operands, types)
    if t.kind != "int":
        raise Clash(
            f"{name}: {target} is {t}, but class numbers are of kind int",
            operands=(1,),
            hint=f"declare {target} as `int{shape_text(t.shape) if t.shape else ''}`",
        )
    if t.shape == scores.shape[:-1]:
        return
    if len(t.shape) == 1:
        told = f"{values} has {scores.shape[0]} rows but {target} has {t.shape[0]} class numbers"
    else:
        wanted = f"int{shape_text(scores.shape[:-1])}"
        told = f"{values} is {shape_text(scores.shape)} but {target} is {t}; it must be {wanted}"
    raise Clash(f"{name}: {told}", operands=(0, 1))


def each_weighed(name: str, shape: Shape, weight: Type) -> None:
    """Raises Clash where a weight is not one number for each element of a shape, of what a mean goes over."""
    if weight.shape == shape:
        return
    each = f"one number for each, {shape_text(shape)}" if shape else "a scalar"
    hint = f"write `reshape(weight, {shape_text(shape)})`" if shape == (*weight.shape, 1) else None
    raise Clash(f"{name}: weight is {shape_text(weight.shape)}; it must be {each}", operands=(0, 1, 2), hint=hint)


def inner_rows(shape: Shape) -> Shape:
    """The axes between the first one and that of the classes, whose sizes count rows as the first one does."""
    return shape[1:-1]


def rows_within(shape: tuple[int, ...]) -> int:
    """How many rows stand behind each place of the first axis."""
    return math.prod(shape[1:-1])


def class_numbers(scores: Type, t: Type) -> bool:
    """Whether a target holds class numbers, one for each row, and not a weight for each class."""
    return len(t.shape) < len(scores.shape)


def labelled(types: Types, result: Type) -> tuple[int, Size] | None:
    """What `Values.classes` says of scores and a target: the target, and a class for each score, if it numbers them."""
    scores, t = types[:2]
    return (1, scores.shape[-1]) if t.kind == "int" and class_numbers(scores, t) else None


def labels(xp: Namespace, values: Array, t: Array) -> Array:
    """Where each row's class stands: true at its column, of the shape of the values."""
    return xp.arange(values.shape[-1]) == xp.expand_dims(t, -1)
