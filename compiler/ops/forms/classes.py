"""Sources of functions over classes, and the forms of losses that call them, as exported files have them."""

from ...shape import Type
from ..attribute import Attributes
from ..facts import Types
from ..measures.class_targets import class_numbers
from .along_axes import BESIDE_LARGEST
from .numpy_form import NumpyForm, times_text

OF_CLASS = '''
def of_class(t: Array, classes: int) -> Array:
    """True at the class number of each row."""
    if np.any((t < 0) | (t >= classes)):
        raise ValueError(f"a class number is not among 0 to {classes - 1}")
    return np.arange(classes) == np.expand_dims(t, -1)
'''
SOFTMAX_LOSSES = '''
def softmax_losses(scores: Array, t: Array) -> Array:
    """The cross-entropy of each row of scores with its class number t."""
    if scores.ndim > 2:
        return softmax_losses(scores.reshape(-1, scores.shape[-1]), t.reshape(-1)).reshape(t.shape)
    below, _, others = beside_largest(scores)
    own = of_class(t, scores.shape[-1])
    return np.log1p(others[..., 0]) - np.sum(np.where(own, below, 0), axis=-1)
'''
SOFTMAX_LOSS_GRADIENT = '''
def softmax_loss_gradient(scores: Array, t: Array, rows: int) -> Array:
    """(softmax(scores) - t) / rows, where t are class numbers; each element exact."""
    if scores.ndim > 2:
        matrix = softmax_loss_gradient(scores.reshape(-1, scores.shape[-1]), t.reshape(-1), rows)
        return matrix.reshape(scores.shape)
    below, _, others = beside_largest(scores)
    own, e = of_class(t, scores.shape[-1]), np.exp(below)
    own_e = np.sum(np.where(own, e, 0), axis=-1, keepdims=True)
    return np.where(own, (own_e - 1) - others, e) / ((others + 1) * rows)
'''
WEIGHED_SOFTMAX_LOSSES = '''
def weighed_softmax_losses(scores: Array, weights: Array) -> Array:
    """The cross-entropy of each score with a weight for each class."""
    if scores.ndim > 2:
        rows = (-1, scores.shape[-1])
        return weighed_softmax_losses(scores.reshape(rows), weights.reshape(rows)).reshape(scores.shape)
    below, _, others = beside_largest(scores)
    losses = np.log1p(others) - below
    return np.where((weights == 0) & (losses == np.inf), 0, weights * losses)
'''
WEIGHED_SOFTMAX_LOSS_GRADIENT = '''
def weighed_softmax_loss_gradient(scores: Array, weights: Array, rows: int) -> Array:
    """The gradient of the cross-entropy by its scores, where each class has a weight."""
    if scores.ndim > 2:
        matrix = (-1, scores.shape[-1])
        gradient = weighed_softmax_loss_gradient(scores.reshape(matrix), weights.reshape(matrix), rows)
        return gradient.reshape(scores.shape)
    below, largest, others = beside_largest(scores)
    y = np.exp(below) / (1 + others)
    rest = np.where(largest, others / (1 + others), 1 - y)
    return (y * (np.sum(weights, axis=-1, keepdims=True) - weights) - weights * rest) / rows
'''
CLASS_ENTROPIES = '''
def class_entropies(p: Array, t: Array, eps: float) -> Array:
    """What each class costs: -log(p + eps) of the row's class number t, and 0."""
    return np.where(of_class(t, p.shape[-1]), -np.log(p + eps), 0)
'''
CROSS_ENTROPIES = '''
def cross_entropies(p: Array, weights: Array, eps: float) -> Array:
    """What each class costs: -weight * log(p + eps), and 0 where the weight is 0."""
    losses = -np.log(p + eps)
    return np.where((weights == 0) & (losses == np.inf), 0, weights * losses)
'''
SIGMOID_LOSSES = '''
def sigmoid_losses(scores: Array, t: Array) -> Array:
    """The binary cross-entropy of each score: softplus(scores) - t * scores, exact at any score."""
    factor = np.where(scores > 0, 1 - t, -t)
    return np.where(factor == 0, 0, factor * scores) + np.log1p(np.exp(-np.abs(scores)))
'''
SIGMOID_ERROR = '''
def sigmoid_error(scores: Array, t: Array) -> Array:
    """sigmoid(scores) - t, exact where t is 0 or 1."""
    tail = np.exp(-np.abs(scores))
    near, far, above = 1 / (1 + tail), tail / (1 + tail), scores > 0
    return (1 - t) * np.where(above, near, far) - t * np.where(above, far, near)
'''

EXPLAINED = '''
def explained(y: Array, t: Array) -> Array:
    """R2: the share of the targets' variance that y explains, the mean of it over columns."""
    y, t = y.reshape(y.shape[0], -1), t.reshape(t.shape[0], -1)
    left, spread = np.sum((t - y) ** 2, axis=0), np.sum((t - np.mean(t, axis=0)) ** 2, axis=0)
    spread = np.where(np.max(t, axis=0) == np.min(t, axis=0), 0.0, spread)  # their mean may be off by a digit
    share = 1 - left / np.where(spread == 0, 1.0, spread)
    return np.mean(np.where(spread == 0, np.where(left == 0, 1.0, 0.0), share))
'''
WEIGHED = '''
def weighed(values: Array, weight: Array) -> Array:
    """The mean of values that count by their weights; 0 where all weights are 0."""
    nothing = np.all(weight == 0)
    return np.where(nothing, 0.0, np.sum(weight * values) / np.where(nothing, 1.0, np.sum(weight)))
'''
WEIGHED_EXPLAINED = '''
def weighed_explained(y: Array, t: Array, weight: Array) -> Array:
    """R2 where each element counts by its weight; 0 of a column in which none counts."""
    y, t, weight = (each.reshape(each.shape[0], -1) for each in (y, t, weight))
    total = np.sum(weight, axis=0)
    mean = np.sum(weight * t, axis=0) / np.where(total == 0, 1.0, total)
    left, spread = np.sum(weight * (t - y) ** 2, axis=0), np.sum(weight * (t - mean) ** 2, axis=0)
    most, least = (np.where(weight == 0, other, t) for other in (-np.inf, np.inf))
    spread = np.where(np.max(most, axis=0) == np.min(least, axis=0), 0.0, spread)
    share = 1 - left / np.where(spread == 0, 1.0, spread)
    flat = np.where((left == 0) & np.any(weight != 0, axis=0), 1.0, 0.0)
    return np.mean(np.where(spread == 0, flat, share))
'''
AMONG_TOP = '''
def among_top(scores: Array, t: Array, k: int) -> Array:
    """Whether the class t of each row is among its k largest scores; of equal ones the first count."""
    own = np.expand_dims(t, -1)
    score = np.take_along_axis(scores, own, axis=-1)
    before = (scores > score) | ((scores == score) & (np.arange(scores.shape[-1]) < own))
    return np.sum(before, axis=-1) < k
'''
CLASS_COUNTS = '''
def class_counts(given: Array, actual: Array, classes: int, weight: Array | float = 1.0) -> Array:
    """Rows by the class that they have and the one that they are given; with a weight, what they weigh together."""
    each = np.arange(classes)
    is_given = (np.reshape(given, (-1, 1)) == each).astype(np.float64) * np.reshape(weight, (-1, 1))
    return np.matmul((np.reshape(actual, (-1, 1)) == each).astype(np.float64).T, is_given)
'''
OF_CLASSES = '''
def of_classes(hits: Array, rows: Array, counts: Array, of: int | None) -> Array:
    """The share of hits of one class, or the mean of those of the classes that occur."""
    shares = hits / np.where(rows == 0, 1.0, rows)
    if of is not None:
        return shares[of]
    occurs = np.sum(counts, axis=0) + np.sum(counts, axis=1) > 0
    many = np.sum(occurs)
    return np.sum(np.where(occurs, shares, 0.0)) / np.where(many == 0, 1, many)
'''
PRECISION_OF = '''
def precision_of(counts: Array, of: int | None) -> Array:
    """Of the rows that are given a class, the share that has it."""
    return of_classes(np.diagonal(counts), np.sum(counts, axis=0), counts, of)
'''
RECALL_OF = '''
def recall_of(counts: Array, of: int | None) -> Array:
    """Of the rows that have a class, the share that is given it."""
    return of_classes(np.diagonal(counts), np.sum(counts, axis=1), counts, of)
'''
F1_OF = '''
def f1_of(counts: Array, of: int | None) -> Array:
    """The harmonic mean of precision and recall."""
    return of_classes(2 * np.diagonal(counts), np.sum(counts, axis=0) + np.sum(counts, axis=1), counts, of)
'''
RANKED = '''
def ranked(y: Array, t: Array, weight: Array) -> Array:
    """The share of pairs, one row of each class, in which that of class 1 has the larger score; ties count half."""
    scores, ones, weights = np.reshape(y, (-1,)), np.reshape(t > 0.5, (-1,)), np.reshape(weight, (-1,))
    of_ones, of_zeros = np.where(ones, weights, 0.0), np.where(ones, 0.0, weights)
    order = np.argsort(scores)
    below = np.concatenate([np.zeros(1), np.cumsum(of_zeros[order])])
    first = np.searchsorted(scores[order], scores, side="left")
    last = np.searchsorted(scores[order], scores, side="right")
    pairs = np.sum(of_ones) * np.sum(of_zeros)
    wins = np.sum(of_ones * (below[first] + below[last])) / 2
    found = np.where(pairs == 0, 0.5, wins / np.where(pairs == 0, 1.0, pairs))
    return np.where(np.any(np.isnan(scores)), np.nan, found)
'''

NUMBERS = (BESIDE_LARGEST, OF_CLASS)
SOFTMAX_FUNCTIONS = (*NUMBERS, SOFTMAX_LOSSES, WEIGHED_SOFTMAX_LOSSES)
GRADIENT_FUNCTIONS = (*NUMBERS, SOFTMAX_LOSS_GRADIENT, WEIGHED_SOFTMAX_LOSS_GRADIENT)
ENTROPY_FUNCTIONS = (OF_CLASS, CLASS_ENTROPIES, CROSS_ENTROPIES)


def _hot(types: Types) -> str:
    """The target as a real weight for each class."""
    scores, t = types[:2]
    if class_numbers(scores, t):
        return f"of_class({{1}}, {scores.shape[-1]}).astype(np.float64)"
    return "{1}.astype(np.float64)" if t.kind == "int" else "{1}"


def _smoothed(types: Types, smoothing: float) -> str:
    if not smoothing:
        return _hot(types)
    return f"{_hot(types)} * (1 - {{smoothing}}) + {{smoothing}} / {times_text(types[0].shape[-1:])}"


def _rows(types: Types) -> str:
    """How many rows a loss is the mean of, where `rows` counts the first axis."""
    return f"({{rows}} * {times_text(types[0].shape[1:-1])})" if types[0].shape[1:-1] else "{rows}"


def _plain(types: Types, smoothing: float) -> bool:
    return class_numbers(types[0], types[1]) and not smoothing


def _losses(types: Types, smoothing: float) -> str:
    if _plain(types, smoothing):
        return "softmax_losses({0}, {1})"
    return f"weighed_softmax_losses({{0}}, {_smoothed(types, smoothing)})"


def _softmax_loss(types: Types, result: Type, attributes: Attributes) -> str:
    smoothing = attributes[0]
    assert isinstance(smoothing, int | float)
    losses = _losses(types, smoothing)
    return f"np.mean({losses})" if _plain(types, smoothing) else f"np.sum({losses}) / {_rows(types)}"


def _each_softmax_loss(types: Types, result: Type, attributes: Attributes) -> str:
    (smoothing,) = attributes
    assert isinstance(smoothing, int | float)
    losses = _losses(types, smoothing)
    return losses if _plain(types, smoothing) else f"np.sum({losses}, axis=-1)"


def _softmax_loss_gradient(types: Types, result: Type, attributes: Attributes) -> str:
    smoothing = attributes[0]
    assert isinstance(smoothing, int | float)
    if _plain(types, smoothing):
        return "softmax_loss_gradient({0}, {1}, {rows})"
    return f"weighed_softmax_loss_gradient({{0}}, {_smoothed(types, smoothing)}, {{rows}})"


def _entropies(types: Types) -> str:
    if class_numbers(types[0], types[1]):
        return "class_entropies({0}, {1}, {eps})"
    return f"cross_entropies({{0}}, {_hot(types)}, {{eps}})"


def _cross_entropy(types: Types, result: Type, attributes: Attributes) -> str:
    return f"np.sum({_entropies(types)}) / {_rows(types)}"


def _each_cross_entropy(types: Types, result: Type, attributes: Attributes) -> str:
    return f"np.sum({_entropies(types)}, axis=-1)"


SOFTMAX_LOSS_FORM = NumpyForm(_softmax_loss, SOFTMAX_FUNCTIONS)
SOFTMAX_LOSSES_FORM = NumpyForm(_each_softmax_loss, SOFTMAX_FUNCTIONS)
SOFTMAX_LOSS_GRADIENT_FORM = NumpyForm(_softmax_loss_gradient, GRADIENT_FUNCTIONS)
CROSS_ENTROPY_FORM = NumpyForm(_cross_entropy, ENTROPY_FUNCTIONS)
CROSS_ENTROPIES_FORM = NumpyForm(_each_cross_entropy, ENTROPY_FUNCTIONS)
CLASS_WEIGHTS_FORM = NumpyForm("of_class({0}, {1}.shape[-1]).astype(np.float64)", (OF_CLASS,))
