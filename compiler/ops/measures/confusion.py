"""Metrics that are read off the confusion matrix: the matrix itself, precision and recall. They have no gradient."""

from collections.abc import Callable

from ...shape import SCALAR, Clash, Size, Type
from ..attribute import Attribute, AttributeValue
from ..facts import Advice, Array, Values
from ..operation import Namespace, Operation, Trial
from .class_targets import ROWS, filling_rows, labelled
from .metric import OPERANDS, check_classes, decided, is_column, row_count


def _classes(name: str, types: tuple[Type, ...], rows: AttributeValue) -> Size:
    """How many classes there are: two for a column of numbers."""
    check_classes(name, types)
    y, t = (each.shape for each in types)
    return 2 if is_column(y, t, rows) else y[-1]


def _counts(xp: Namespace, y: Array, t: Array, rows: int) -> Array:
    """Rows by the class that they have and the class that they are given, [classes, classes], in float64."""
    classes = xp.arange(2 if is_column(y.shape, t.shape, rows) else y.shape[-1])
    given, actual = decided(xp, y, t, rows)
    is_given, is_actual = (
        (xp.reshape(each, (-1, 1)) == classes).astype(xp.result_type(float)) for each in (given, actual)
    )
    return xp.matmul(is_actual.T, is_given)


def _confusion_type(types: tuple[Type, ...], rows: AttributeValue) -> Type:
    classes = _classes("confusion", types, rows)
    return Type("real", (classes, classes))


TRIALS = (
    Trial(((4, 3), Type("int", (4,))), (4,)),
    Trial(((4, 3), (4, 3)), (4,)),
    Trial(((3,), Type("int", ())), (1,)),
    Trial(((4,), Type("int", (4,))), (4,), 0.0, 1.0, 2),
    Trial(((4, 1), (4, 1)), (4,), 0.0, 1.0),
)

CONFUSION = Operation(
    "confusion",
    OPERANDS,
    "rows by class t and largest score of y",
    "Matrix [C, C] of counts: a line for each class of t, a column for the class with the largest score; y and t as "
    "`accuracy` takes them, a single column counting as 1 above 0.5.",
    infer=_confusion_type,
    forward=lambda xp, y, t, rows: _counts(xp, y, t, rows).astype(y.dtype),
    values=Values(classes=labelled),
    advice=Advice(halves=True, other_names="confusion_matrix"),
    attributes=(ROWS,),
    complete=filling_rows(row_count),
    integers=("t",),
    role="metric",
    trials=TRIALS,
)


def _share_type(name: str) -> Callable[..., Type]:
    def infer(types: tuple[Type, ...], of: AttributeValue, rows: AttributeValue) -> Type:
        classes = _classes(name, types, rows)
        if isinstance(of, int) and (of < 0 or (isinstance(classes, int) and of >= classes)):
            raise Clash(f"{name}: there is no class {of}; there are {classes}, from 0 on", operands=(0,))
        return SCALAR

    return infer


def _share(axis: int) -> Callable[..., Array]:
    """Hits divided by the sums of the matrix along an axis: for one class, or the mean over those that occur."""

    def forward(xp: Namespace, y: Array, t: Array, of: int | None, rows: int) -> Array:
        counts = _counts(xp, y, t, rows)
        hits, sums = xp.diagonal(counts), xp.sum(counts, axis=axis)
        shares = hits / xp.where(sums == 0, 1.0, sums)
        if of is None and is_column(y.shape, t.shape, rows):
            of = 1
        if of is not None:
            return shares[of].astype(y.dtype)
        occurs = xp.sum(counts, axis=0) + xp.sum(counts, axis=1) > 0
        return (xp.sum(xp.where(occurs, shares, 0.0)) / xp.sum(occurs)).astype(y.dtype)

    return forward


def _metric(name: str, axis: int, formula: str, doc: str) -> Operation:
    return Operation(
        name,
        OPERANDS,
        formula,
        f"{doc} Of class 1 where y is a column, else the mean over the classes that occur; `of` names one class. "
        "0 where there are no such rows.",
        infer=_share_type(name),
        forward=_share(axis),
        values=Values(classes=labelled, higher_is_better=True),
        advice=Advice(halves=True, other_names=f"{name}_score"),
        attributes=(Attribute("of", "integer"), ROWS),
        complete=filling_rows(row_count),
        integers=("t",),
        role="metric",
        trials=(
            *(Trial(each.operands, (None, *each.attributes), each.low, each.high, each.classes) for each in TRIALS),
            Trial(((4, 3), Type("int", (4,))), (2, 4)),
        ),
    )


PRECISION = _metric(
    "precision", 0, "hits / rows given the class", "Of the rows that are given a class, the share that has it."
)
RECALL = _metric("recall", 1, "hits / rows of the class", "Of the rows that have a class, the share that is given it.")

CONFUSIONS = (CONFUSION, PRECISION, RECALL)
