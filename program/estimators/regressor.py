"""A net that fits numbers, as an estimator of scikit-learn: `chainrule.GraphRegressor`."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from ...runtime.arrays import Array
from .base import GraphEstimator
from .default_nets import REGRESSOR
from .scikit_learn import RegressorMixin, validate_data


class GraphRegressor(RegressorMixin, GraphEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A net that fits numbers, trained as a spec says: a text, or the path of a .graph file.

    Without a spec it is a net of one hidden layer. The spec has one input for rows [N, ...], one real input for what is
    to be fitted, and an output that is compared with it; an input that a loss takes as `weight` is what `sample_weight`
    goes to. Other settings replace constants, `hidden = 32`, and keys of sections, `train__optimizer =
    "sgd(lr = 0.1)"`; `random_state` is the seed.

    After `fit`, `program_` is the trained program, `history_` is what the training left.
    """

    _net = REGRESSOR
    _classifies = False

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Trains on rows X [rows, columns] with numbers y, [rows] or [rows, several], each counted by its weight."""
        X, targets = self._rows(X, y, reset=True)
        self._begin(X, targets.shape[1], weighted=sample_weight is not None)
        self._train(X, targets, sample_weight)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Goes over rows once more."""
        first = not hasattr(self, "program_")
        X, targets = self._rows(X, y, reset=first)
        if first:
            self._begin(X, targets.shape[1], weighted=True)
        self._go_over(X, targets, sample_weight)
        return self

    def predict(self, X: Any) -> Array:
        """The numbers of each row, in the shape of y."""
        X = self._checked(X)
        found = self._computed(X).reshape(len(X), -1)
        return found[:, 0] if self._flat else found

    def _rows(self, X: Any, y: Any, *, reset: bool) -> tuple[Array, Array]:
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], y_numeric=True, multi_output=True, reset=reset)
        self._flat = y.ndim == 1
        return X, y.reshape(len(y), -1)
