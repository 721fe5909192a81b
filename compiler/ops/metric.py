"""Metrics: numbers that people look at; they have no gradient."""

from ..shape import SCALAR, Linear, Size, Type
from .operation import Array, AttributeValue, Namespace, Operation, Trial
from .targets import ROWS, class_target, filling_rows, same_shape

OPERANDS = ("y", "t")


def _row_count(types: tuple[Type, ...]) -> Size:
    """How many rows are judged. One axis is a column of rows where it is a `dim` or where t is a class for each."""
    y, t = types
    if len(y.shape) > 1:
        return y.shape[0]
    if y.shape and y.shape == t.shape and (t.kind == "int" or isinstance(y.shape[0], Linear)):
        return y.shape[0]
    return 1


def _accuracy_type(types: tuple[Type, ...], rows: AttributeValue) -> Type:
    if types[0].shape:
        class_target("accuracy", OPERANDS, types)
    else:
        same_shape("accuracy", OPERANDS, types)
    return SCALAR


def _accuracy(xp: Namespace, y: Array, t: Array, rows: int) -> Array:
    column = y.ndim == 0 or y.shape[-1] == 1 or (y.shape == t.shape and y.ndim == 1 and rows == y.shape[0])
    if column:
        hits = (y > 0.5) == (t > 0.5)
    else:
        hits = xp.argmax(y, axis=-1) == (t if t.ndim < y.ndim else xp.argmax(t, axis=-1))
    return xp.mean(hits, dtype=xp.result_type(float)).astype(y.dtype)


ACCURACY = Operation(
    "accuracy",
    OPERANDS,
    "mean(argmax(y) == t) over rows",
    "Share of the rows whose largest score is the class: y [N, C], t int[N] or one-hot [N, C]; one column counts as 1 "
    "above 0.5, y and t [N, 1] or [N].",
    infer=_accuracy_type,
    forward=_accuracy,
    scalar=lambda y, t, rows: float((y > 0.5) == (t > 0.5)),
    attributes=(ROWS,),
    complete=filling_rows(_row_count),
    integers=("t",),
    role="metric",
    trials=(
        Trial(((), ()), (1,), 0.0, 1.0),
        Trial(((4, 3), Type("int", (4,))), (4,)),
        Trial(((4, 3), (4, 3)), (4,)),
        Trial(((4, 3), Type("int", (4, 3))), (4,)),
        Trial(((3,), Type("int", ())), (1,)),
        Trial(((3,), (3,)), (1,)),
        Trial(((4,), (4,)), (4,), 0.0, 1.0),
        Trial(((4,), Type("int", (4,))), (4,), 0.0, 1.0, 2),
        Trial(((4, 1), (4, 1)), (4,), 0.0, 1.0),
        Trial(((4, 1), Type("int", (4, 1))), (4,), 0.0, 1.0, 2),
    ),
)

METRICS = (ACCURACY,)
