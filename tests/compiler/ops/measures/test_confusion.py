"""Metrics of classes and of numbers against scikit-learn's."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from chainrule.compiler.build import build
from chainrule.compiler.ops.measures.confusion import CONFUSION, PRECISION, RECALL
from chainrule.compiler.ops.measures.metric import ACCURACY, MAE, R2, TOP_K
from chainrule.compiler.shape import Clash, Type
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError

SEEDS = st.integers(0, 10**6)


def drawn(seed: int, rows: int, classes: int) -> tuple[Any, Any, Any]:
    """Scores, classes, and the classes as one-hot rows."""
    generator = np.random.default_rng(seed)
    scores, t = generator.normal(size=(rows, classes)), generator.integers(classes, size=rows)
    return scores, t, np.eye(classes)[t]


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 30), st.integers(2, 6))
def test_many_classes(seed: int, rows: int, classes: int) -> None:
    scores, t, one_hot = drawn(seed, rows, classes)
    given_ = scores.argmax(axis=1)
    labels = list(range(classes))
    for target in (t, one_hot):
        assert (
            CONFUSION.forward(np, scores, target, 0.5, rows) == metrics.confusion_matrix(t, given_, labels=labels)
        ).all()
        assert ACCURACY.forward(np, scores, target, 0.5, rows) == pytest.approx(metrics.accuracy_score(t, given_))
        for operation, score in ((PRECISION, metrics.precision_score), (RECALL, metrics.recall_score)):
            expected = score(t, given_, average="macro", zero_division=0)
            assert operation.forward(np, scores, target, None, 0.5, rows) == pytest.approx(expected)
            each = score(t, given_, average=None, labels=labels, zero_division=0)
            assert operation.forward(np, scores, target, classes - 1, 0.5, rows) == pytest.approx(each[-1])


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 30))
def test_a_column(seed: int, rows: int) -> None:
    generator = np.random.default_rng(seed)
    y, t = generator.uniform(size=rows), generator.integers(2, size=rows)
    for shape in ((rows,), (rows, 1)):
        answers, targets = y.reshape(shape), t.reshape(shape)
        matrix = metrics.confusion_matrix(t, y > 0.5, labels=[0, 1])
        assert (CONFUSION.forward(np, answers, targets, 0.5, rows) == matrix).all()
        precision, recall = (
            score(t, y > 0.5, zero_division=0) for score in (metrics.precision_score, metrics.recall_score)
        )
        assert PRECISION.forward(np, answers, targets, None, 0.5, rows) == pytest.approx(precision)
        assert RECALL.forward(np, answers, targets, None, 0.5, rows) == pytest.approx(recall)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 30), st.integers(3, 6), st.integers(1, 3))
def test_top_k(seed: int, rows: int, classes: int, k: int) -> None:
    scores, t, one_hot = drawn(seed, rows, classes)
    expected = metrics.top_k_accuracy_score(t, scores, k=k, labels=range(classes)) if k < classes else 1.0
    for target in (t, one_hot):
        assert TOP_K.forward(np, scores, target, k, rows) == pytest.approx(expected)
    assert TOP_K.forward(np, scores, t, 1, rows) == ACCURACY.forward(np, scores, t, 0.5, rows)


def test_of_equal_scores_the_first_ones_count() -> None:
    scores = np.zeros((3, 3))
    assert TOP_K.forward(np, scores, np.array([0, 1, 2]), 2, 3) == pytest.approx(2 / 3)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(2, 30), st.sampled_from([(), (1,), (3,)]), st.booleans())
def test_numbers(seed: int, rows: int, row: tuple[int, ...], flat: bool) -> None:
    generator = np.random.default_rng(seed)
    y, t = (generator.normal(size=(rows, *row)) for _ in range(2))
    if flat:
        t[:] = 1.0
    assert MAE.forward(np, y, t) == pytest.approx(metrics.mean_absolute_error(t, y))
    assert R2.forward(np, y, t) == pytest.approx(metrics.r2_score(t, y), abs=1e-9)
    assert R2.forward(np, t, t) == 1.0


def test_k_and_class_are_held_to_the_scores() -> None:
    types = (Type("real", (4, 3)), Type("int", (4,)))
    with pytest.raises(Clash, match="k is 4"):
        TOP_K.infer(types, 4, 4)
    with pytest.raises(Clash, match="there is no class 3"):
        PRECISION.infer(types, 3, 0.5, 4)
    with pytest.raises(Clash, match="r2: y is a scalar"):
        R2.infer((Type("real", ()), Type("real", ())))


SPEC = """
dim N
input x: [N, 4]
input t: int[N]
param W: [4, 3] = he()
scores = x @ W
loss = softmax-loss(scores, t)
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; epochs = 1 ; data = d ; metrics = [METRICS] SETTINGS }
data d { x = [[1, 2, 3, 4], [4, 3, 2, 1]] ; t = [0, 1] }
"""


def built(metrics: str, settings: str = "") -> Any:
    text = SPEC.replace("METRICS", metrics).replace("SETTINGS", settings)
    spec, diagnostics = build(*parse(Source("test.graph", text)))
    return spec.train, diagnostics


def test_a_matrix_is_no_column_of_the_reports() -> None:
    train, _ = built("accuracy(scores, t), confusion(scores, t), top-k(scores, t, k = 2), precision(scores, t)")
    assert [*train.metrics] == ["accuracy", "top-k", "precision"]
    assert [*train.matrices] == ["confusion"]


def test_a_matrix_cannot_be_watched() -> None:
    with pytest.raises(SpecError) as caught:
        built("confusion(scores, t)", "; stop = early(watch = train.confusion)")
    assert caught.value.diagnostics[0].hint == "`confusion` is a matrix, which has no best value"
