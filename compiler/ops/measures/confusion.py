"""Metrics that are read off the confusion matrix: the matrix itself, precision, recall, f1. They have no gradient."""

from collections.abc import Callable

from ...shape import SCALAR, Clash, Size, Type
from ..attribute import Attribute, Attributes, AttributeValue
from ..facts import Advice, Array, Types, Values
from ..forms.classes import CLASS_COUNTS, F1_OF, OF_CLASSES, PRECISION_OF, RECALL_OF
from ..forms.numpy_form import NumpyForm
from ..forms.torch import metrics as torch_metrics
from ..operation import Namespace, Operation, Trial
from .class_targets import ROWS, filling_rows, is_column, labelled
from .metric import (
    OPERANDS,
    THRESHOLD,
    check_classes,
    check_threshold,
    decided,
    decided_text,
    judged_rows,
    row_count,
    weighed_trials,
    weighted_metric,
)


def _classes(name: str, types: tuple[Type, ...], threshold: AttributeValue, rows: AttributeValue) -> Size:
    """How many classes there are: two for a column of numbers."""
    check_classes(name, types)
    check_threshold(name, types, threshold, rows)
    y, t = (each.shape for each in types)
    return 2 if is_column(y, t, rows) else y[-1]


def _counts(xp: Namespace, y: Array, t: Array, threshold: float, rows: int, weight: Array | None = None) -> Array:
    """Rows by the class that they have and the class that they are given, [classes, classes], in float64.

    With a weight, what the rows of each weigh together.
    """
    classes = xp.arange(2 if is_column(y.shape, t.shape, rows) else y.shape[-1])
    given, actual = decided(xp, y, t, threshold, rows)
    is_given, is_actual = (
        (xp.reshape(each, (-1, 1)) == classes).astype(xp.result_type(float)) for each in (given, actual)
    )
    if weight is not None:
        is_given = is_given * xp.reshape(weight, (-1, 1)).astype(is_given.dtype)
    return xp.matmul(is_actual.T, is_given)


def _confusion_type(types: tuple[Type, ...], threshold: AttributeValue, rows: AttributeValue) -> Type:
    classes = _classes("confusion", types, threshold, rows)
    return Type("real", (classes, classes))


TRIALS = (
    Trial(((4, 3), Type("int", (4,))), (0.5, 4)),
    Trial(((4, 3), (4, 3)), (0.5, 4)),
    Trial(((2, 4, 3), Type("int", (2, 4))), (0.5, 2)),
    Trial(((3,), Type("int", ())), (0.5, 1)),
    Trial(((4,), Type("int", (4,))), (0.5, 4), 0.0, 1.0, 2),
    Trial(((4, 1), (4, 1)), (0.5, 4), 0.0, 1.0),
    Trial(((4, 1), Type("int", (4, 1))), (0.3, 4), 0.0, 1.0, 2),
)


def _counts_text(types: Types, attributes: Attributes) -> str:
    """`_counts` as an expression of numpy, with a weight behind y and t."""
    given, actual = decided_text(types, attributes)
    y, t = (each.shape for each in types[:2])
    classes = 2 if is_column(y, t, attributes[-1]) else y[-1]
    return f"class_counts({given}, {actual}, {classes}{', {2}' if len(types) > len(OPERANDS) else ''})"


COUNTED = NumpyForm(lambda types, result, attributes: _counts_text(types, attributes), (CLASS_COUNTS,))


def _share_form(name: str, function: str) -> NumpyForm:
    def text(types: Types, result: Type, attributes: Attributes) -> str:
        of = attributes[0]
        if of is None and is_column(types[0].shape, types[1].shape, attributes[-1]):
            of = 1
        return f"{name}_of({_counts_text(types, attributes)}, {of})"

    return NumpyForm(text, (CLASS_COUNTS, OF_CLASSES, function))


CONFUSION = Operation(
    "confusion",
    OPERANDS,
    "rows by class t and largest score of y",
    "Matrix [C, C] of counts: a line for each class of t, a column for the class with the largest score; y, t and "
    "`weight` as `accuracy` takes them, a single column counting as 1 above `threshold`.",
    infer=_confusion_type,
    forward=lambda xp, y, t, threshold, rows: _counts(xp, y, t, threshold, rows).astype(y.dtype),
    torch=torch_metrics.in_torch(COUNTED),
    numpy=COUNTED,
    weighted="weighted-confusion",
    values=Values(classes=labelled),
    advice=Advice(halves=True, other_names="confusion_matrix"),
    attributes=(THRESHOLD, ROWS),
    complete=filling_rows(row_count),
    integers=("t",),
    role="metric",
    trials=TRIALS,
)

Shares = Callable[[Namespace, Array], Array]
"""shares(xp, counts) is a number for each class, 0 where there are no rows that it could be of."""


def _quotient(xp: Namespace, hits: Array, sums: Array) -> Array:
    return hits / xp.where(sums == 0, 1.0, sums)


def _precisions(xp: Namespace, counts: Array) -> Array:
    return _quotient(xp, xp.diagonal(counts), xp.sum(counts, axis=0))


def _recalls(xp: Namespace, counts: Array) -> Array:
    return _quotient(xp, xp.diagonal(counts), xp.sum(counts, axis=1))


def _f1s(xp: Namespace, counts: Array) -> Array:
    return _quotient(xp, 2 * xp.diagonal(counts), xp.sum(counts, axis=0) + xp.sum(counts, axis=1))


def _share_type(name: str) -> Callable[..., Type]:
    def infer(types: tuple[Type, ...], of: AttributeValue, threshold: AttributeValue, rows: AttributeValue) -> Type:
        classes = _classes(name, types, threshold, rows)
        if isinstance(of, int) and (of < 0 or (isinstance(classes, int) and of >= classes)):
            raise Clash(f"{name}: there is no class {of}; there are {classes}, from 0 on", operands=(0,))
        return SCALAR

    return infer


def _share(shares: Shares) -> Callable[..., Array]:
    """A number of one class, or the mean over those that occur."""

    def forward(
        xp: Namespace,
        y: Array,
        t: Array,
        of: int | None,
        threshold: float,
        rows: int,
        weight: Array | None = None,
    ) -> Array:
        counts = _counts(xp, y, t, threshold, rows, weight)
        found = shares(xp, counts)
        if of is None and is_column(y.shape, t.shape, rows):
            of = 1
        if of is not None:
            return found[of].astype(y.dtype)
        occurs = xp.sum(counts, axis=0) + xp.sum(counts, axis=1) > 0
        many = xp.sum(occurs)
        return (xp.sum(xp.where(occurs, found, 0.0)) / xp.where(many == 0, 1, many)).astype(y.dtype)

    return forward


def _metric(name: str, shares: Shares, function: str, formula: str, doc: str) -> tuple[Operation, Operation]:
    """A metric of one class, or the mean of it over several; and its form with a weight."""
    forward, form = _share(shares), _share_form(name, function)
    base = Operation(
        name,
        OPERANDS,
        formula,
        f"{doc} Of class 1 where y is a column, else the mean over the classes that occur; `of` names one class. "
        "0 where there are no such rows. y, t, `threshold` and `weight` as for `accuracy`.",
        infer=_share_type(name),
        forward=forward,
        numpy=form,
        torch=torch_metrics.in_torch(form),
        weighted=f"weighted-{name}",
        values=Values(classes=labelled, higher_is_better=True),
        advice=Advice(halves=True, other_names=f"{name}_score"),
        attributes=(Attribute("of", "integer"), THRESHOLD, ROWS),
        complete=filling_rows(row_count),
        integers=("t",),
        role="metric",
        trials=(
            *(Trial(each.operands, (None, *each.attributes), each.low, each.high, each.classes) for each in TRIALS),
            Trial(((4, 3), Type("int", (4,))), (2, 0.5, 4)),
        ),
    )
    weighted = weighted_metric(
        base,
        lambda xp, y, t, weight, of, threshold, rows: forward(xp, y, t, of, threshold, rows, weight),
        judged_rows,
        weighed_trials(base.trials, judged_rows),
        form,
    )
    return base, weighted


PRECISION, WEIGHTED_PRECISION = _metric(
    "precision",
    _precisions,
    PRECISION_OF,
    "hits / rows given the class",
    "Of the rows that are given a class, the share that has it.",
)
RECALL, WEIGHTED_RECALL = _metric(
    "recall",
    _recalls,
    RECALL_OF,
    "hits / rows of the class",
    "Of the rows that have a class, the share that is given it.",
)
F1, WEIGHTED_F1 = _metric(
    "f1",
    _f1s,
    F1_OF,
    "2 hits / (rows given the class + rows of the class)",
    "The harmonic mean of precision and recall.",
)
WEIGHTED_CONFUSION = weighted_metric(
    CONFUSION,
    lambda xp, y, t, weight, threshold, rows: _counts(xp, y, t, threshold, rows, weight).astype(y.dtype),
    judged_rows,
    weighed_trials(CONFUSION.trials, judged_rows),
    COUNTED,
)

CONFUSIONS = (
    CONFUSION, PRECISION, RECALL, F1, WEIGHTED_CONFUSION, WEIGHTED_PRECISION, WEIGHTED_RECALL, WEIGHTED_F1,
)  # fmt: skip
