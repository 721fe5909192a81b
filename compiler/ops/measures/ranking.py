"""How well scores rank rows of two classes: the area under the ROC curve. It has no gradient."""

from ...shape import SCALAR, Clash, Shape, Type, shape_text
from ..attribute import AttributeValue
from ..facts import Advice, Array, Values, within
from ..forms.classes import RANKED
from ..forms.numpy_form import NumpyForm, tuple_text
from ..forms.torch import metrics as torch_metrics
from ..operation import Namespace, Operation, Trial
from .class_targets import labelled, same_shape
from .metric import OPERANDS, weighed_trials, weighted_metric


def _type(types: tuple[Type, ...]) -> Type:
    y = types[0].shape
    if not y:
        raise Clash("auc: y is a scalar; it compares rows with one another", operands=(0,))
    if len(y) > 1 and y[-1] != 1:
        hint = "take one column: `auc(take(y, 1, axis = 1), t)`" if len(y) == 2 else None
        raise Clash(f"auc: y is {shape_text(y)}; it ranks a single column, [N] or [N, 1]", operands=(0,), hint=hint)
    same_shape("auc", OPERANDS, types)
    return SCALAR


def _auc(xp: Namespace, y: Array, t: Array, weight: Array) -> Array:
    """The share of pairs, one row of each class, in which that of class 1 has the larger score; ties count half."""
    real = xp.result_type(float)
    scores, ones = xp.reshape(y, (-1,)), xp.reshape(t > 0.5, (-1,))
    weights = xp.reshape(weight, (-1,)).astype(real)
    of_ones, of_zeros = xp.where(ones, weights, 0.0), xp.where(ones, 0.0, weights)
    order = xp.argsort(scores)
    ranked = scores[order]
    below = xp.concatenate([xp.zeros(1, real), xp.cumsum(of_zeros[order])])
    first, last = (xp.searchsorted(ranked, scores, side=side) for side in ("left", "right"))
    pairs = xp.sum(of_ones) * xp.sum(of_zeros)
    wins = xp.sum(of_ones * (below[first] + below[last])) / 2
    found = xp.where(pairs == 0, 0.5, wins / xp.where(pairs == 0, 1.0, pairs))
    return xp.where(xp.any(xp.isnan(scores)), xp.nan, found).astype(y.dtype)


def _each(types: tuple[Type, ...], *attributes: AttributeValue) -> Shape:
    return types[0].shape


def _weighted_auc(xp: Namespace, y: Array, t: Array, weight: Array) -> Array:
    return xp.where(xp.all(weight == 0), xp.zeros((), y.dtype), _auc(xp, y, t, weight))


AUC = Operation(
    "auc",
    OPERANDS,
    "share of pairs, t 1 and t 0, in which the score of the 1 is larger",
    "Area under the ROC curve of one column of scores, log-odds or probabilities; equal scores count half. 0.5 where "
    "all rows are of one class. y, t and `weight` [N] or [N, 1].",
    infer=_type,
    forward=lambda xp, y, t: _auc(xp, y, t, xp.ones(y.shape, xp.result_type(float))),
    torch=torch_metrics.AUC,
    numpy=NumpyForm(
        lambda types, result, attributes: f"ranked({{0}}, {{1}}, np.ones({tuple_text(types[0].shape)}))", (RANKED,)
    ),
    weighted="weighted-auc",
    values=Values(bounds=within(0.0, 1.0), classes=labelled, higher_is_better=True),
    advice=Advice(other_names="roc_auc roc_auc_score auroc"),
    integers=("t",),
    role="metric",
    trials=(
        Trial(((6,), Type("int", (6,))), classes=2),
        Trial(((6,), (6,)), (), 0.0, 1.0),
        Trial(((6, 1), Type("int", (6, 1))), classes=2),
    ),
)

WEIGHTED_AUC = weighted_metric(
    AUC,
    _weighted_auc,
    _each,
    weighed_trials(AUC.trials, _each),
    NumpyForm("np.where(np.all({2} == 0), 0.0, ranked({0}, {1}, {2}))", (RANKED,)),
)

RANKING = (AUC, WEIGHTED_AUC)
