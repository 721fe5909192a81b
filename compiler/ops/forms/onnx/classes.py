"""Forms in ONNX of losses, over classes and others, and of metrics."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ....shape import Type
from ...facts import Types
from ...measures.class_targets import class_numbers, is_column
from .nodes import Nodes


class _Spread(NamedTuple):
    """How far scores are below their row's largest, the exponentials of that, where the largest stands, and the sum of
    the others' exponentials."""

    below: str
    exponentials: str
    largest: str
    others: str


def _spread(nodes: Nodes, scores: str, type: Type) -> _Spread:
    last = nodes.integers([-1])
    below = nodes("Sub", scores, nodes("ReduceMax", scores, last, keepdims=1))
    largest = nodes("Equal", nodes("ArgMax", scores, axis=-1, keepdims=1), nodes.range(type.shape[-1]))
    exponentials = nodes("Exp", below)
    rest = nodes.where(largest, nodes.number(0.0), exponentials)
    return _Spread(below, exponentials, largest, nodes("ReduceSum", rest, last, keepdims=1))


def _own(nodes: Nodes, scores: Type, t: str) -> str:
    """Where the class number of each row stands."""
    return nodes("Equal", nodes.add_axis(t, -1), nodes.range(scores.shape[-1]))


def _weights(nodes: Nodes, types: Types, t: str) -> str:
    """The target as a real weight for each class."""
    if class_numbers(types[0], types[1]):
        return nodes.as_real(_own(nodes, types[0], t))
    return nodes.as_real(t) if types[1].kind == "int" else t


def _smoothed(nodes: Nodes, types: Types, t: str, smoothing: float) -> str:
    weights = _weights(nodes, types, t)
    if not smoothing:
        return weights
    kept = nodes("Mul", weights, nodes.number(1 - smoothing))
    return nodes("Add", kept, nodes("Div", nodes.number(smoothing), nodes.real_size(types[0].shape[-1])))


def _plain(types: Types, smoothing: float) -> bool:
    return class_numbers(types[0], types[1]) and not smoothing


def _last(nodes: Nodes, x: str) -> str:
    return nodes.sum(x, [-1])


def _losses(nodes: Nodes, x: Sequence[str], types: Types, smoothing: float) -> str:
    """Those of the rows, or where classes have weights those of each class."""
    scores, t = x[:2]
    spread = _spread(nodes, scores, types[0])
    zero, log = nodes.number(0.0), nodes.log1p(spread.others)
    if _plain(types, smoothing):
        chosen = _last(nodes, nodes.where(_own(nodes, types[0], t), spread.below, zero))
        return nodes("Sub", nodes("Squeeze", log, nodes.integers([-1])), chosen)
    weights = _smoothed(nodes, types, t, smoothing)
    weighed = nodes("Mul", weights, nodes("Sub", log, spread.below))
    return nodes.where(nodes("Equal", weights, zero), zero, weighed)


def _rows(nodes: Nodes, types: Types, rows: Any) -> str:
    return nodes.times([rows, *types[0].shape[1:-1]])


def _softmax_loss(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    smoothing, rows = attributes
    losses = _losses(nodes, x, types, smoothing)
    if _plain(types, smoothing):
        return nodes.mean(losses)
    return nodes("Div", nodes.sum(losses), _rows(nodes, types, rows))


def _softmax_losses(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    (smoothing,) = attributes
    losses = _losses(nodes, x, types, smoothing)
    return losses if _plain(types, smoothing) else _last(nodes, losses)


def _softmax_loss_gradient(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    smoothing, rows = attributes
    scores, t = x
    spread = _spread(nodes, scores, types[0])
    one, zero, last = nodes.number(1.0), nodes.number(0.0), nodes.integers([-1])
    e, whole = spread.exponentials, nodes("Add", spread.others, one)
    if _plain(types, smoothing):  # the label's gradient is minus the sum of the others'
        own = _own(nodes, types[0], t)
        own_e = nodes("ReduceSum", nodes.where(own, e, zero), last, keepdims=1)
        at_own = nodes("Sub", nodes("Sub", own_e, one), spread.others)
        return nodes("Div", nodes.where(own, at_own, e), nodes("Mul", whole, nodes.real_size(rows)))
    y = nodes("Div", e, whole)
    rest = nodes.where(spread.largest, nodes("Div", spread.others, whole), nodes("Sub", one, y))
    weights = _smoothed(nodes, types, t, smoothing)
    others = nodes("Sub", nodes("ReduceSum", weights, last, keepdims=1), weights)
    gradient = nodes("Sub", nodes("Mul", y, others), nodes("Mul", weights, rest))
    return nodes("Div", gradient, nodes.real_size(rows))


def _entropies(nodes: Nodes, x: Sequence[str], types: Types, eps: float) -> str:
    p, t = x[:2]
    losses = nodes("Neg", nodes("Log", nodes("Add", p, nodes.number(eps))))
    zero = nodes.number(0.0)
    if class_numbers(types[0], types[1]):
        return nodes.where(_own(nodes, types[0], t), losses, zero)
    weights = _weights(nodes, types, t)
    return nodes.where(nodes("Equal", weights, zero), zero, nodes("Mul", weights, losses))


def _cross_entropy(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    eps, rows = attributes
    return nodes("Div", nodes.sum(_entropies(nodes, x, types, eps)), _rows(nodes, types, rows))


def _cross_entropies(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    return _last(nodes, _entropies(nodes, x, types, attributes[0]))


def _class_weights(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    return nodes.as_real(_own(nodes, types[1], x[0]))


def _sigmoid_losses(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    """softplus(scores) - t * scores, as a sum of two that are not below 0."""
    scores, t = x
    zero, one = nodes.number(0.0), nodes.number(1.0)
    factor = nodes.where(nodes("Greater", scores, zero), nodes("Sub", one, t), nodes("Neg", t))
    reach = nodes.where(nodes("Equal", factor, zero), zero, nodes("Mul", factor, scores))
    return nodes("Add", reach, nodes.log1p(nodes("Exp", nodes("Neg", nodes("Abs", scores)))))


def _sigmoid_error(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    """sigmoid(scores) - t, exact where t is 0 or 1."""
    scores, t = x
    one, tail = nodes.number(1.0), nodes("Exp", nodes("Neg", nodes("Abs", scores)))
    whole = nodes("Add", one, tail)
    near, far = nodes("Div", one, whole), nodes("Div", tail, whole)
    above = nodes("Greater", scores, nodes.number(0.0))
    up = nodes("Mul", nodes("Sub", one, t), nodes.where(above, near, far))
    return nodes("Sub", up, nodes("Mul", t, nodes.where(above, far, near)))


def _square(nodes: Nodes, x: Sequence[str]) -> str:
    difference = nodes("Sub", *x)
    return nodes("Mul", difference, difference)


def _mse(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    return nodes.mean(_square(nodes, x))


def _quadratic(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    return nodes("Div", nodes.sum(_square(nodes, x)), nodes.times([2, attributes[0]]))


def _mae(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    return nodes.mean(nodes("Abs", nodes("Sub", *x)))


def _accuracy(nodes: Nodes, x: Sequence[str], types: Types, result: Type, attributes: Any) -> str:
    threshold, rows = attributes
    (scores, t), (y, target) = x, types
    target_alone = len(target.shape) < len(y.shape)
    if is_column(y.shape, target.shape, rows):
        given = nodes("Greater", scores, nodes.number(threshold))
        own = nodes.as_real(t) if target.kind == "int" else t
        actual = nodes("Greater", nodes.add_axis(own, -1) if target_alone else own, nodes.number(0.5))
    else:
        given = nodes("ArgMax", scores, axis=-1, keepdims=0)
        ones = nodes.as_real(t) if target.kind == "int" and not target_alone else t
        actual = t if target_alone else nodes("ArgMax", ones, axis=-1, keepdims=0)
    return nodes.mean(nodes.as_real(nodes("Equal", given, actual)))


SOFTMAX_LOSS, SOFTMAX_LOSSES, SOFTMAX_LOSS_GRADIENT = _softmax_loss, _softmax_losses, _softmax_loss_gradient
CROSS_ENTROPY, CROSS_ENTROPIES, CLASS_WEIGHTS = _cross_entropy, _cross_entropies, _class_weights
SIGMOID_LOSSES, SIGMOID_ERROR = _sigmoid_losses, _sigmoid_error
MSE, QUADRATIC, MAE, ACCURACY = _mse, _quadratic, _mae, _accuracy
