"""A net that tells classes apart, as an estimator of scikit-learn: `chainrule.GraphClassifier`."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from ...compiler.ops.activation import SIGMOID
from ...compiler.ops.table import OPERATIONS
from ...runtime.arrays import Array
from .base import GraphEstimator
from .default_nets import CLASSIFIER
from .scikit_learn import ClassifierMixin, check_classification_targets, validate_data


class GraphClassifier(ClassifierMixin, GraphEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A net that tells classes apart, trained as a spec says: a text, or the path of a .graph file.

    Without a spec it is a net of one hidden layer. The spec has one input for rows [N, ...], one for class numbers,
    int[N], that a loss takes, and an output with a score for each class; an input that a loss takes as `weight` is what
    `sample_weight` goes to. An open dim that counts classes has its size from `y`. Other settings replace constants,
    `hidden = 32`, and keys of sections, `train__optimizer = "sgd(lr = 0.1)"`; `random_state` is the seed.

    After `fit`, `program_` is the trained program, `classes_` are the labels, `history_` is what the training left.
    """

    _net = CLASSIFIER
    _classifies = True

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Trains on rows X [rows, columns] with labels y of any kind, each counted by its weight."""
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        classes, numbers = np.unique(y, return_inverse=True)
        self._begin_with(classes, X, weighted=sample_weight is not None)
        self._train(X, numbers, sample_weight)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Goes over rows once more; the first call says what `classes` there will be."""
        first = not hasattr(self, "program_")
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], reset=first)
        check_classification_targets(y)
        if first:
            self._begin_with(np.unique(classes), X, weighted=True)
        elif classes is not None and not np.array_equal(self.classes_, np.unique(classes)):
            raise ValueError("`classes` is not the same as on last call to partial_fit")
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(f"y has labels that are none of the classes: {unknown}")
        self._go_over(X, np.searchsorted(self.classes_, y), sample_weight)
        return self

    def _begin_with(self, classes: Array, X: Array, *, weighted: bool) -> None:
        if len(classes) < 2:
            raise ValueError(f"a classifier needs at least 2 classes; y has {len(classes)} class")
        self._begin(X, len(classes), weighted=weighted)
        known = self._roles.classes if self._roles.classes is not None else 2
        if not isinstance(known, int) or len(classes) > known:
            raise ValueError(f"the spec has scores for {known} classes, and y has {len(classes)}")
        self.classes_ = classes

    def predict(self, X: Any) -> Array:
        """The label of each row."""
        scores = self._scores(self._checked(X))
        labels: Array = self.classes_[np.argmax(scores, axis=1)]
        return labels

    def predict_proba(self, X: Any) -> Array:
        """The probability of each label, in the order of `classes_`. Raises ValueError where the output has none."""
        scores = self._scores(self._checked(X)).astype(np.float64)
        squash = self._roles.squash
        if not squash:
            raise ValueError(f"`{self._roles.output}` is no score that the loss takes, and no probability")
        with np.errstate(all="ignore"):  # of what is not finite
            made = OPERATIONS[squash].forward(np, scores)
            probabilities: Array = made / made.sum(axis=1, keepdims=True)
        return probabilities

    def predict_log_proba(self, X: Any) -> Array:
        """Their logarithms."""
        with np.errstate(divide="ignore"):
            made: Array = np.log(self.predict_proba(X))
        return made

    def _scores(self, X: Array) -> Array:
        """A score for each class, or a probability."""
        scores = self._computed(X)
        if self._roles.classes is not None:
            return scores.reshape(len(X), -1)[:, : len(self.classes_)]
        one = scores.reshape(len(X))
        return np.stack([-one if self._roles.squash == SIGMOID.name else 1 - one, one], axis=1)
