"""Metrics of one number: how good answers are. They have no gradient."""

from ...shape import SCALAR, Clash, Linear, Size, Type, shape_text
from ..attribute import Attribute, AttributeValue
from ..facts import Advice, Array, Rows, Values, within
from ..operation import Namespace, Operation, Trial
from .class_targets import ROWS, class_target, filling_rows, labelled, same_shape

OPERANDS = ("y", "t")


def row_count(types: tuple[Type, ...]) -> Size:
    """How many rows are judged. One axis is a column of rows where it is a `dim` or where t is a class for each."""
    y, t = types
    if len(y.shape) > 1:
        return y.shape[0]
    if y.shape and y.shape == t.shape and (t.kind == "int" or isinstance(y.shape[0], Linear)):
        return y.shape[0]
    return 1


def check_classes(name: str, types: tuple[Type, ...]) -> None:
    """Raises Clash where t does not say the class of each row of y."""
    if types[0].shape:
        class_target(name, OPERANDS, types)
    else:
        same_shape(name, OPERANDS, types)


def is_column(y: tuple[Size, ...], t: tuple[Size, ...], rows: AttributeValue) -> bool:
    """Whether y holds one number for each row, which counts as class 1 above 0.5, and not a score for each class."""
    return not y or y[-1] == 1 or (y == t and len(y) == 1 and rows == y[0])


def decided(xp: Namespace, y: Array, t: Array, rows: int) -> tuple[Array, Array]:
    """The class that each row is given, and the one that it has."""
    if is_column(y.shape, t.shape, rows):
        return (y > 0.5), (t > 0.5).reshape(y.shape)
    return xp.argmax(y, axis=-1), t if t.ndim < y.ndim else xp.argmax(t, axis=-1)


def _accuracy_type(types: tuple[Type, ...], rows: AttributeValue) -> Type:
    check_classes("accuracy", types)
    return SCALAR


def _share(xp: Namespace, hits: Array, like: Array) -> Array:
    return xp.mean(hits, dtype=xp.result_type(float)).astype(like.dtype)


def _accuracy(xp: Namespace, y: Array, t: Array, rows: int) -> Array:
    given, actual = decided(xp, y, t, rows)
    return _share(xp, given == actual, y)


ACCURACY = Operation(
    "accuracy",
    OPERANDS,
    "mean(argmax(y) == t) over rows",
    "Share of the rows whose largest score is the class: y [N, C], t int[N] or one-hot [N, C]; one column counts as 1 "
    "above 0.5, y and t [N, 1] or [N].",
    infer=_accuracy_type,
    forward=_accuracy,
    scalar=lambda y, t, rows: float((y > 0.5) == (t > 0.5)),
    javascript="(y > 0.5) === (t > 0.5) ? 1 : 0",
    rows=Rows(averages=True),
    values=Values(bounds=within(0.0, 1.0), classes=labelled, higher_is_better=True),
    advice=Advice(
        halves=True,
        other_names="accuracy_score acc categorical_accuracy binary_accuracy sparse_categorical_accuracy",
    ),
    attributes=(ROWS,),
    complete=filling_rows(row_count),
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


def _top_type(types: tuple[Type, ...], k: AttributeValue, rows: AttributeValue) -> Type:
    y = types[0].shape
    class_target("top-k", OPERANDS, types)
    assert isinstance(k, int)
    if k < 1 or (isinstance(y[-1], int) and k > y[-1]):
        raise Clash(f"top-k: k is {k}; y, {shape_text(y)}, has {y[-1]} scores for each row", operands=(0,))
    return SCALAR


def _top(xp: Namespace, y: Array, t: Array, k: int, rows: int) -> Array:
    actual = xp.expand_dims(t if t.ndim < y.ndim else xp.argmax(t, axis=-1), -1)
    score = xp.take_along_axis(y, actual, axis=-1)
    before = (y > score) | ((y == score) & (xp.arange(y.shape[-1]) < actual))
    return _share(xp, xp.sum(before, axis=-1) < k, y)


TOP_K = Operation(
    "top-k",
    OPERANDS,
    "mean(t among the k largest of y) over rows",
    "Share of the rows whose class is among the `k` largest scores (of equal ones the first count): y [N, C], t int[N] "
    "or one-hot [N, C].",
    infer=_top_type,
    forward=_top,
    rows=Rows(averages=True),
    values=Values(classes=labelled, higher_is_better=True),
    advice=Advice(other_names="top_k_accuracy top_k_categorical_accuracy top5"),
    attributes=(Attribute("k", "integer", 5), ROWS),
    complete=filling_rows(row_count),
    integers=("t",),
    role="metric",
    trials=(
        Trial(((4, 6), Type("int", (4,))), (5, 4), classes=6),
        Trial(((4, 3), Type("int", (4,))), (2, 4)),
        Trial(((4, 3), (4, 3)), (1, 4)),
        Trial(((3,), Type("int", ())), (2, 1)),
    ),
)


def _same(name: str, types: tuple[Type, ...]) -> Type:
    same_shape(name, OPERANDS, types)
    return SCALAR


def _mae(xp: Namespace, y: Array, t: Array) -> Array:
    return xp.mean(xp.abs(y - t), dtype=xp.result_type(float)).astype(y.dtype)


MAE = Operation(
    "mae",
    OPERANDS,
    "mean(|y - t|)",
    "Mean of the absolute differences; y and t of one shape.",
    infer=lambda types: _same("mae", types),
    forward=_mae,
    scalar=lambda y, t: abs(y - t),
    javascript="Math.abs(y - t)",
    rows=Rows(averages=True),
    role="metric",
    trials=(Trial(((), ())), Trial(((3,), (3,))), Trial(((2, 3), (2, 3)))),
)


def _r2_type(types: tuple[Type, ...]) -> Type:
    if not types[0].shape:
        raise Clash("r2: y is a scalar; it compares the rows of y with their mean", operands=(0,))
    return _same("r2", types)


def _squares(xp: Namespace, differences: Array) -> Array:
    """The sum of squares of each column, without an array of them."""
    return xp.einsum("ij,ij->j", differences, differences)


def _r2(xp: Namespace, y: Array, t: Array) -> Array:
    answers, targets = (xp.reshape(each, (each.shape[0], -1)).astype(xp.result_type(float)) for each in (y, t))
    left = _squares(xp, targets - answers)
    spread = _squares(xp, targets - xp.mean(targets, axis=0))
    explained = 1 - left / xp.where(spread == 0, 1.0, spread)
    flat = xp.where(left == 0, 1.0, 0.0)
    return xp.mean(xp.where(spread == 0, flat, explained)).astype(y.dtype)


R2 = Operation(
    "r2",
    OPERANDS,
    "1 - sum((t - y) ** 2) / sum((t - mean(t)) ** 2)",
    "Share of the targets' variance that y explains, the mean of it over columns; 0 for a column of equal targets "
    "that y misses.",
    infer=_r2_type,
    forward=_r2,
    values=Values(higher_is_better=True),
    advice=Advice(other_names="r2_score r_squared"),
    role="metric",
    trials=(Trial(((4,), (4,))), Trial(((4, 1), (4, 1))), Trial(((4, 3), (4, 3)))),
)

METRICS = (ACCURACY, TOP_K, MAE, R2)
