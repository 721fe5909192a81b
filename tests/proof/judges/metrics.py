"""Metrics as docs/operations.md tells them, row by row in plain Python; no gradient passes them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Array = Any


def _rows(y: Array, t: Array, weight: Array | None) -> list[tuple[Array, Array, float]]:
    """Scores, target and weight of each row; of one column its scores are scalars."""
    single = y.ndim == t.ndim and (y.ndim < 2 or y.shape[-1] == 1)
    scores = y.reshape(-1) if single else y.reshape(-1, y.shape[-1])
    numbers = single or t.ndim < y.ndim
    targets = t.reshape(-1) if numbers else t.reshape(-1, t.shape[-1])
    weights = np.ones(len(scores)) if weight is None else np.asarray(weight, "float64").reshape(-1)
    return list(zip(scores, targets, weights, strict=True))


def _given(scores: Array, threshold: float) -> int:
    return int(scores > threshold) if np.ndim(scores) == 0 else int(np.argmax(scores))


def _class(target: Array) -> int:
    return int(target) if np.ndim(target) == 0 else int(np.argmax(target))


def _share(pairs: Sequence[tuple[float, float]]) -> float:
    """A mean of values by their weights; 0 where all weights are 0."""
    if all(weight == 0 for _, weight in pairs):
        return 0.0
    return sum(value * weight for value, weight in pairs) / sum(weight for _, weight in pairs)


def _accuracy(y: Array, t: Array, weight: Array | None, threshold: float, rows: int) -> float:
    return _share([(float(_given(s, threshold) == _class(c)), w) for s, c, w in _rows(y, t, weight)])


def _top(y: Array, t: Array, weight: Array | None, k: int, rows: int) -> float:
    def hit(scores: Array, target: Array) -> float:
        order = sorted(range(len(scores)), key=lambda number: (-scores[number], number))
        return float(_class(target) in order[:k])

    return _share([(hit(s, c), w) for s, c, w in _rows(y, t, weight)])


def _mae(y: Array, t: Array, weight: Array | None) -> float:
    weights = np.ones(y.shape) if weight is None else np.asarray(weight, "float64")
    return _share(list(zip(np.abs(y - t).reshape(-1), weights.reshape(-1), strict=True)))


def _r2(y: Array, t: Array, weight: Array | None) -> float:
    weights = np.ones(y.shape) if weight is None else np.asarray(weight, "float64")
    columns = (
        [each.reshape(len(y), -1) for each in (y, t, weights)]
        if y.ndim
        else [each.reshape(1, 1) for each in (y, t, weights)]
    )
    found = []
    for own, target, w in zip(*(each.T for each in columns), strict=True):
        if not np.any(w):
            found.append(0.0)
            continue
        mean = _share(list(zip(target, w, strict=True)))
        left, spread = np.sum(w * (target - own) ** 2), np.sum(w * (target - mean) ** 2)
        equal = len({float(each) for each, counts in zip(target, w, strict=True) if counts}) == 1
        found.append(float(left == 0) if equal else 1 - left / spread)
    return float(np.mean(found))


def _confusion(y: Array, t: Array, weight: Array | None, threshold: float, rows: int) -> Array:
    classes = 2 if y.ndim == t.ndim and (y.ndim < 2 or y.shape[-1] == 1) else y.shape[-1]
    counts = np.zeros((classes, classes))
    for scores, target, w in _rows(y, t, weight):
        counts[_class(target), _given(scores, threshold)] += w
    return counts


def _of_classes(value: Callable[[float, float, float], float]) -> Callable[..., float]:
    """A share of hits among the rows of a class and those that are given it."""

    def judged(y: Array, t: Array, weight: Array | None, of: int | None, threshold: float, rows: int) -> float:
        counts = _confusion(y, t, weight, threshold, rows)
        hits, actual, given = np.diag(counts), counts.sum(1), counts.sum(0)
        each = [value(*numbers) for numbers in zip(hits, given, actual, strict=True)]
        column = y.ndim == t.ndim and (y.ndim < 2 or y.shape[-1] == 1)
        if of is not None or column:
            return float(each[1 if of is None else of])
        occur = [number for number in range(len(each)) if given[number] or actual[number]]
        return float(np.mean([each[number] for number in occur])) if occur else 0.0

    return judged


def _quotient(a: float, b: float) -> float:
    return a / b if b else 0.0


def _auc(y: Array, t: Array, weight: Array | None) -> float:
    rows = _rows(y, t, weight)
    pairs = [
        (1.0 if one > zero else 0.5 if one == zero else 0.0, w * v)
        for one, c, w in rows
        if c == 1
        for zero, d, v in rows
        if d == 0
    ]
    if not any(weight for _, _, weight in rows):
        return 0.0
    return 0.5 if all(weight == 0 for _, weight in pairs) else _share(pairs)


_PLAIN: Mapping[str, Callable[..., Any]] = {
    "accuracy": _accuracy,
    "top-k": _top,
    "mae": _mae,
    "r2": _r2,
    "confusion": _confusion,
    "precision": _of_classes(lambda hits, given, actual: _quotient(hits, given)),
    "recall": _of_classes(lambda hits, given, actual: _quotient(hits, actual)),
    "f1": _of_classes(lambda hits, given, actual: _quotient(2 * hits, given + actual)),
    "auc": _auc,
}


def metric(name: str, operands: Sequence[Array], attributes: Sequence[Any]) -> Array | None:
    """The value of a metric, of its weighted form too; None for any other operation."""
    plain = name.removeprefix("weighted-")
    if plain not in _PLAIN:
        return None
    y, t, *weight = (np.asarray(each) for each in operands)
    return np.asarray(_PLAIN[plain](y, t, weight[0] if weight else None, *attributes), "float64")
