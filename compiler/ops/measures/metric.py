"""Metrics of one number: how good answers are. They have no gradient.

Over 300 lines: records, each with all that is known of an operation.
"""

from collections.abc import Callable

from ...shape import SCALAR, Clash, Linear, Shape, Size, Type, shape_text
from ..attribute import Attribute, Attributes, AttributeValue
from ..facts import Advice, Array, Rows, Types, Values, within
from ..forms.c import classes as c_classes
from ..forms.classes import AMONG_TOP, EXPLAINED, WEIGHED, WEIGHED_EXPLAINED
from ..forms.numpy_form import NumpyForm, Text, tuple_text
from ..forms.onnx import classes as onnx_classes
from ..forms.torch import metrics as torch_metrics
from ..operation import Namespace, Operation, Trial
from .class_targets import ROWS, class_target, each_weighed, filling_rows, is_column, labelled, same_shape

OPERANDS = ("y", "t")


def row_count(types: tuple[Type, ...]) -> Size:
    """How many rows are judged. One axis is a column of rows where it is a `dim` or where t is a class for each."""
    y, t = types[:2]
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


THRESHOLD = Attribute("threshold", "number", 0.5)
"""Above which a single column counts as class 1."""


def check_threshold(name: str, types: tuple[Type, ...], threshold: AttributeValue, rows: AttributeValue) -> None:
    """Raises Clash where there is a threshold for scores of several classes."""
    y, t = types[0].shape, types[1].shape
    if threshold != THRESHOLD.default and not is_column(y, t, rows):
        raise Clash(
            f"{name}: threshold is for a single column; y, {shape_text(y)}, has a score for each class",
            operands=(0,),
            hint="of several scores the largest decides",
        )


def judged(types: tuple[Type, ...], rows: AttributeValue) -> Shape:
    """The shape of what is judged, one answer for each element."""
    y, t = types[0].shape, types[1].shape
    return y if is_column(y, t, rows) else y[:-1]


def decided(xp: Namespace, y: Array, t: Array, threshold: float, rows: int) -> tuple[Array, Array]:
    """The class that each row is given, and the one that it has."""
    if is_column(y.shape, t.shape, rows):
        return (y > threshold), (t > 0.5).reshape(y.shape)
    return xp.argmax(y, axis=-1), t if t.ndim < y.ndim else xp.argmax(t, axis=-1)


def _accuracy_type(types: tuple[Type, ...], threshold: AttributeValue, rows: AttributeValue) -> Type:
    check_classes("accuracy", types)
    check_threshold("accuracy", types, threshold, rows)
    return SCALAR


def _share(xp: Namespace, hits: Array, like: Array) -> Array:
    return xp.mean(hits, dtype=xp.result_type(float)).astype(like.dtype)


def _hits(xp: Namespace, y: Array, t: Array, threshold: float, rows: int) -> Array:
    given, actual = decided(xp, y, t, threshold, rows)
    return given == actual


def decided_text(types: Types, attributes: Attributes) -> tuple[str, str]:
    """`decided` as two expressions of numpy."""
    y, t = (each.shape for each in types[:2])
    if is_column(y, t, attributes[-1]):
        return "({0} > {threshold})", f"np.reshape({{1}} > 0.5, {tuple_text(y)})"
    return "np.argmax({0}, axis=-1)", "{1}" if len(t) < len(y) else "np.argmax({1}, axis=-1)"


def _hits_text(types: Types, result: Type, attributes: Attributes) -> str:
    return " == ".join(decided_text(types, attributes))


def _among_top_text(types: Types, result: Type, attributes: Attributes) -> str:
    return f"among_top({{0}}, {decided_text(types, attributes)[1]}, {{k}})"


def meaning(values: Text, *functions: str) -> NumpyForm:
    """The mean of such values as an expression; with a weight behind y and t, by the weight."""

    def text(types: Types, result: Type, attributes: Attributes) -> str:
        of = values if isinstance(values, str) else values(types, result, attributes)
        return f"weighed({of}, {{2}})" if len(types) > len(OPERANDS) else f"np.mean({of})"

    return NumpyForm(text, functions)


ACCURACY = Operation(
    "accuracy",
    OPERANDS,
    "mean(argmax(y) == t) over rows",
    "Share of the rows whose largest score is the class: y [..., C], t int[...] or one-hot [..., C]; one column counts "
    "as 1 above `threshold`, y and t [N, 1] or [N]. `weight` has one number for each row.",
    infer=_accuracy_type,
    forward=lambda xp, y, t, threshold, rows: _share(xp, _hits(xp, y, t, threshold, rows), y),
    weighted="weighted-accuracy",
    scalar=lambda y, t, threshold, rows: float((y > threshold) == (t > 0.5)),
    javascript="(y > threshold) === (t > 0.5) ? 1 : 0",
    c=c_classes.ACCURACY,
    onnx=onnx_classes.ACCURACY,
    torch=torch_metrics.in_torch(meaning(_hits_text)),
    numpy=meaning(_hits_text),
    rows=Rows(averages=True),
    values=Values(bounds=within(0.0, 1.0), classes=labelled, higher_is_better=True),
    advice=Advice(
        halves=True,
        other_names="accuracy_score acc categorical_accuracy binary_accuracy sparse_categorical_accuracy",
    ),
    attributes=(THRESHOLD, ROWS),
    complete=filling_rows(row_count),
    integers=("t",),
    role="metric",
    trials=(
        Trial(((), ()), (0.5, 1), 0.0, 1.0),
        Trial(((4, 3), Type("int", (4,))), (0.5, 4)),
        Trial(((4, 3), (4, 3)), (0.5, 4)),
        Trial(((4, 3), Type("int", (4, 3))), (0.5, 4)),
        Trial(((2, 4, 3), Type("int", (2, 4))), (0.5, 2)),
        Trial(((3,), Type("int", ())), (0.5, 1)),
        Trial(((3,), (3,)), (0.5, 1)),
        Trial(((4,), (4,)), (0.5, 4), 0.0, 1.0),
        Trial(((4,), Type("int", (4,))), (0.5, 4), 0.0, 1.0, 2),
        Trial(((4, 1), (4, 1)), (0.5, 4), 0.0, 1.0),
        Trial(((4, 1), Type("int", (4, 1))), (0.3, 4), 0.0, 1.0, 2),
    ),
)


def _top_type(types: tuple[Type, ...], k: AttributeValue, rows: AttributeValue) -> Type:
    y = types[0].shape
    class_target("top-k", OPERANDS, types)
    assert isinstance(k, int)
    if k < 1 or (isinstance(y[-1], int) and k > y[-1]):
        raise Clash(f"top-k: k is {k}; y, {shape_text(y)}, has {y[-1]} scores for each row", operands=(0,))
    return SCALAR


def _among_top(xp: Namespace, y: Array, t: Array, k: int, rows: int) -> Array:
    actual = xp.expand_dims(t if t.ndim < y.ndim else xp.argmax(t, axis=-1), -1)
    score = xp.take_along_axis(y, actual, axis=-1)
    before = (y > score) | ((y == score) & (xp.arange(y.shape[-1]) < actual))
    return xp.sum(before, axis=-1) < k


TOP_K = Operation(
    "top-k",
    OPERANDS,
    "mean(t among the k largest of y) over rows",
    "Share of the rows whose class is among the `k` largest scores (of equal ones the first count): y [..., C], t "
    "int[...] or one-hot [..., C]. `weight` has one number for each row.",
    infer=_top_type,
    forward=lambda xp, y, t, k, rows: _share(xp, _among_top(xp, y, t, k, rows), y),
    torch=torch_metrics.in_torch(meaning(_among_top_text, AMONG_TOP)),
    numpy=meaning(_among_top_text, AMONG_TOP),
    weighted="weighted-top-k",
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
        Trial(((2, 4, 3), Type("int", (2, 4))), (2, 2)),
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
    "Mean of the absolute differences; y, t and `weight` of one shape.",
    weighted="weighted-mae",
    infer=lambda types: _same("mae", types),
    forward=_mae,
    scalar=lambda y, t: abs(y - t),
    onnx=onnx_classes.MAE,
    torch=torch_metrics.in_torch(NumpyForm("np.mean(np.abs({0} - {1}))")),
    numpy=NumpyForm("np.mean(np.abs({0} - {1}))"),
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


def _columns(xp: Namespace, *values: Array) -> tuple[Array, ...]:
    return tuple(xp.reshape(each, (each.shape[0], -1)).astype(xp.result_type(float)) for each in values)


def _r2(xp: Namespace, y: Array, t: Array) -> Array:
    answers, targets = _columns(xp, y, t)
    left = _squares(xp, targets - answers)
    spread = _squares(xp, targets - xp.mean(targets, axis=0))
    equal = xp.max(targets, axis=0) == xp.min(targets, axis=0)  # their mean may be off by a digit
    return _explained(xp, left, xp.where(equal, 0.0, spread)).astype(y.dtype)


def _explained(xp: Namespace, left: Array, spread: Array, counts: Array | bool = True) -> Array:
    """The mean over columns of the share of what is spread that is not left over; 0 of one that does not count."""
    explained = 1 - left / xp.where(spread == 0, 1.0, spread)
    flat = xp.where((left == 0) & counts, 1.0, 0.0)
    return xp.mean(xp.where(spread == 0, flat, explained))


R2 = Operation(
    "r2",
    OPERANDS,
    "1 - sum((t - y) ** 2) / sum((t - mean(t)) ** 2)",
    "Share of the targets' variance that y explains, the mean of it over columns; 0 for a column of equal targets "
    "that y misses. `weight` has the shape of both.",
    weighted="weighted-r2",
    infer=_r2_type,
    forward=_r2,
    torch=torch_metrics.in_torch(NumpyForm("explained({0}, {1})", (EXPLAINED,))),
    numpy=NumpyForm("explained({0}, {1})", (EXPLAINED,)),
    values=Values(higher_is_better=True),
    advice=Advice(other_names="r2_score r_squared"),
    role="metric",
    trials=(Trial(((4,), (4,))), Trial(((4, 1), (4, 1))), Trial(((4, 3), (4, 3)))),
)

# --- with a weight for each row, or each element ----------------------------------------------------------------


def weighed(xp: Namespace, values: Array, weight: Array, like: Array) -> Array:
    """The mean of values that count by their weights; 0 where all weights are 0."""
    wide, nothing = weight.astype(xp.result_type(float)), xp.all(weight == 0)
    total = xp.where(nothing, 1.0, xp.sum(wide))
    return xp.where(nothing, 0.0, xp.sum(wide * values) / total).astype(like.dtype)


def weighted_metric(
    base: Operation,
    forward: Callable[..., Array],
    of: Callable[..., Shape],
    trials: tuple[Trial, ...],
    numpy: NumpyForm,
) -> Operation:
    """The form of a metric in which what `of(types, *attributes)` has the shape of counts by a weight."""

    def infer(types: tuple[Type, ...], *attributes: AttributeValue) -> Type:
        found = base.infer(types[:2], *attributes)
        each_weighed(base.name, of(types[:2], *attributes), types[2])
        return found

    return Operation(
        base.weighted,
        (*base.operands, "weight"),
        f"{base.formula}, each counted by its weight",
        f"{base.name} with a `weight` for each row or element: sum(weight * l) / sum(weight), 0 where all are 0.",
        infer=infer,
        forward=forward,
        numpy=numpy,
        torch=torch_metrics.in_torch(numpy),
        form_of=base.name,
        attributes=base.attributes,
        complete=base.complete,
        integers=base.integers,
        values=Values(bounds=None, classes=base.values.classes, higher_is_better=base.values.higher_is_better),
        advice=Advice(halves=base.advice.halves),
        role="metric",
        trials=trials,
    )


def _weighted_r2(xp: Namespace, y: Array, t: Array, weight: Array) -> Array:
    answers, targets, weights = _columns(xp, y, t, weight)
    total = xp.sum(weights, axis=0)
    mean = xp.sum(weights * targets, axis=0) / xp.where(total == 0, 1.0, total)
    left = xp.sum(weights * (targets - answers) ** 2, axis=0)
    spread = xp.sum(weights * (targets - mean) ** 2, axis=0)
    most, least = (xp.where(weights == 0, other, targets) for other in (-xp.inf, xp.inf))
    equal = xp.max(most, axis=0) == xp.min(least, axis=0)
    counts = xp.any(weights != 0, axis=0)  # a column in which nothing counts explains nothing
    return _explained(xp, left, xp.where(equal, 0.0, spread), counts).astype(y.dtype)


def _each(types: tuple[Type, ...], *attributes: AttributeValue) -> Shape:
    return types[0].shape


def _each_row(types: tuple[Type, ...], *attributes: AttributeValue) -> Shape:
    return types[0].shape[:-1]


def weighed_trials(trials: tuple[Trial, ...], of: Callable[..., Shape]) -> tuple[Trial, ...]:
    """Trials with a weight, which is drawn as the scores are."""
    return tuple(
        Trial(
            (*each.operands, Type("real", of(each.types, *each.attributes))),
            each.attributes,
            max(each.low, 0.1),
            each.high,
            each.classes,
        )
        for each in trials
    )


def judged_rows(types: tuple[Type, ...], *attributes: AttributeValue) -> Shape:
    """What a metric of classes judges, whose last attribute is the number of rows."""
    return judged(types, attributes[-1])


WEIGHTED = (
    weighted_metric(
        ACCURACY,
        lambda xp, y, t, weight, threshold, rows: weighed(xp, _hits(xp, y, t, threshold, rows), weight, y),
        judged_rows,
        weighed_trials(ACCURACY.trials[1:], judged_rows),
        meaning(_hits_text, WEIGHED),
    ),
    weighted_metric(
        TOP_K,
        lambda xp, y, t, weight, k, rows: weighed(xp, _among_top(xp, y, t, k, rows), weight, y),
        _each_row,
        weighed_trials(TOP_K.trials, _each_row),
        meaning(_among_top_text, AMONG_TOP, WEIGHED),
    ),
    weighted_metric(
        MAE,
        lambda xp, y, t, weight: weighed(xp, xp.abs(y - t), weight, y),
        _each,
        weighed_trials(MAE.trials[1:], _each),
        meaning("np.abs({0} - {1})", WEIGHED),
    ),
    weighted_metric(
        R2,
        _weighted_r2,
        _each,
        weighed_trials(R2.trials, _each),
        NumpyForm("weighed_explained({0}, {1}, {2})", (WEIGHED_EXPLAINED,)),
    ),
)

METRICS = (ACCURACY, TOP_K, MAE, R2, *WEIGHTED)
