"""AUC, and metrics with weights and thresholds, against scikit-learn's."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from chainrule.compiler.ops.measures.confusion import CONFUSION, F1, PRECISION, RECALL
from chainrule.compiler.ops.measures.metric import ACCURACY, MAE, R2, TOP_K
from chainrule.compiler.ops.measures.ranking import AUC
from chainrule.compiler.ops.table import OPERATIONS

SEEDS = st.integers(0, 10**6)
Array = Any


def weighed(operation: Any, *given: Any) -> float:
    return float(OPERATIONS[operation.weighted].forward(np, *given))


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(2, 40), st.booleans())
def test_auc(seed: int, rows: int, ties: bool) -> None:
    random = np.random.default_rng(seed)
    y = random.integers(4, size=rows) * 0.5 if ties else random.normal(size=rows)
    t, weight = random.integers(2, size=rows), random.uniform(0.1, 2, rows) * random.integers(1, 3, rows)
    if len(set(t)) < 2:
        assert AUC.forward(np, y, t) == 0.5
        return
    expected = metrics.roc_auc_score(t, y)
    for shape in ((rows,), (rows, 1)):
        for targets in (t, t * 1.0):
            assert AUC.forward(np, y.reshape(shape), targets.reshape(shape)) == pytest.approx(expected, rel=1e-12)
    expected = metrics.roc_auc_score(t, y, sample_weight=weight)
    assert weighed(AUC, y, t, weight) == pytest.approx(expected, rel=1e-12)
    integers = random.integers(0, 3, rows)
    repeated = np.repeat(np.arange(rows), integers)
    if len(set(t[repeated])) == 2:
        expected = metrics.roc_auc_score(t[repeated], y[repeated])
        assert weighed(AUC, y, t, integers * 1.0) == pytest.approx(expected, rel=1e-12)


def test_auc_where_there_is_nothing_to_rank() -> None:
    y = np.array([0.1, 0.2])
    assert weighed(AUC, y, np.array([0, 1]), np.zeros(2)) == 0
    assert weighed(AUC, y, np.array([0, 1]), np.array([0.0, 1.0])) == 0.5
    assert math.isnan(AUC.forward(np, np.array([math.nan, 1.0]), np.array([0, 1])))
    assert AUC.forward(np, np.array([-math.inf, math.inf]), np.array([0, 1])) == 1.0


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(1, 30), st.integers(2, 6))
def test_weighted_metrics_of_many_classes(seed: int, rows: int, classes: int) -> None:
    random = np.random.default_rng(seed)
    scores, t = random.integers(5, size=(rows, classes)) * 0.5, random.integers(classes, size=rows)
    weight = random.uniform(0.1, 2, rows)
    answers, labels = scores.argmax(axis=1), list(range(classes))  # of equal scores the first one counts
    for target in (t, np.eye(classes)[t]):
        expected = metrics.accuracy_score(t, answers, sample_weight=weight)
        assert weighed(ACCURACY, scores, target, weight, 0.5, rows) == pytest.approx(expected)
        matrix = metrics.confusion_matrix(t, answers, labels=labels, sample_weight=weight)
        found = OPERATIONS["weighted-confusion"].forward(np, scores, target, weight, 0.5, rows)
        np.testing.assert_allclose(found, matrix, rtol=1e-12)
        for operation, score in (
            (PRECISION, metrics.precision_score),
            (RECALL, metrics.recall_score),
            (F1, metrics.f1_score),
        ):
            expected = score(t, answers, average="macro", zero_division=0, sample_weight=weight)
            assert weighed(operation, scores, target, weight, None, 0.5, rows) == pytest.approx(expected)
            each = score(t, answers, average=None, labels=labels, zero_division=0, sample_weight=weight)
            assert weighed(operation, scores, target, weight, classes - 1, 0.5, rows) == pytest.approx(each[-1])
        plain = metrics.f1_score(t, answers, average="macro", zero_division=0)
        assert F1.forward(np, scores, target, None, 0.5, rows) == pytest.approx(plain)


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(1, 30), st.sampled_from([0.5, 0.3, 0.8, 0.0]))
def test_a_column_with_a_threshold(seed: int, rows: int, threshold: float) -> None:
    random = np.random.default_rng(seed)
    y, t, weight = random.integers(11, size=rows) / 10, random.integers(2, size=rows), random.uniform(0.1, 2, rows)
    answers = y > threshold
    for shape in ((rows,), (rows, 1)):
        given_, targets, weights = y.reshape(shape), t.reshape(shape), weight.reshape(shape)
        assert ACCURACY.forward(np, given_, targets, threshold, rows) == pytest.approx(
            metrics.accuracy_score(t, answers)
        )
        expected = metrics.accuracy_score(t, answers, sample_weight=weight)
        assert weighed(ACCURACY, given_, targets, weights, threshold, rows) == pytest.approx(expected)
        matrix = metrics.confusion_matrix(t, answers, labels=[0, 1])
        assert (CONFUSION.forward(np, given_, targets, threshold, rows) == matrix).all()
        expected = metrics.f1_score(t, answers, zero_division=0)
        assert F1.forward(np, given_, targets, None, threshold, rows) == pytest.approx(expected)
        expected = metrics.f1_score(t, answers, zero_division=0, sample_weight=weight)
        assert weighed(F1, given_, targets, weights, None, threshold, rows) == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(2, 30), st.integers(3, 6), st.integers(1, 2))
def test_weighted_top_k_and_numbers(seed: int, rows: int, classes: int, k: int) -> None:
    random = np.random.default_rng(seed)
    scores, t, weight = random.normal(size=(rows, classes)), random.integers(classes, size=rows), random.random(rows)
    expected = metrics.top_k_accuracy_score(t, scores, k=k, labels=range(classes), sample_weight=weight)
    assert weighed(TOP_K, scores, t, weight, k, rows) == pytest.approx(expected)
    y, target = random.normal(size=(2, rows, 2))
    both = np.repeat(weight[:, None], 2, axis=1)
    assert weighed(MAE, y, target, both) == pytest.approx(metrics.mean_absolute_error(target, y, sample_weight=weight))
    assert weighed(R2, y, target, both) == pytest.approx(metrics.r2_score(target, y, sample_weight=weight), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.floats(-1e6, 1e6), st.integers(2, 30), st.floats(0.01, 10))
def test_equal_targets_that_are_missed_explain_nothing(target: float, rows: int, weight: float) -> None:
    t, weights = np.full((rows, 1), target), np.full((rows, 1), weight)
    weights[0] = 0
    for answers, explained in ((t + 0.5, 0.0), (t, 1.0)):
        assert R2.forward(np, answers, t) == explained
        other = np.where(weights == 0, 7.0, t)
        assert weighed(R2, answers, other, weights) == explained


def test_a_column_in_which_all_weights_are_0_explains_nothing() -> None:
    y = np.array([[1.0, 2.0], [3.0, 5.0]])
    assert weighed(R2, y, y, np.array([[1.0, 0.0], [1.0, 0.0]])) == 0.5


@pytest.mark.parametrize("operation", [ACCURACY, TOP_K, MAE, R2, PRECISION, RECALL, F1, AUC])
def test_a_metric_is_0_where_all_weights_are_0(operation: Any) -> None:
    form = OPERATIONS[operation.weighted]
    for trial in form.trials:
        random = np.random.default_rng(1)
        shapes = [tuple(map(int, map(str, type_.shape))) for type_ in trial.types]
        y, t = random.random(shapes[0]), random.random(shapes[1])
        t = np.rint(t).astype(int) if trial.types[1].kind == "int" else t
        assert form.forward(np, y, t, np.zeros(shapes[2]), *trial.attributes) == 0
