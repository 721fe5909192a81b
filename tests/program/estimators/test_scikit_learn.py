"""Nets as estimators of scikit-learn."""

import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

IRIS = Path(chainrule.__file__).parent / "specs" / "iris.graph"
SOFTMAX = """
dim N, K
input x: [N, 4]
input t: int[N]
param W: [4, K] = zeros()
scores = x @ W
loss = softmax-loss(scores, t)
OUTPUT
train { minimize = loss; optimizer = adam(lr = 0.1); epochs = 50; batch = 50 }
"""
SIGMOID = """
dim N
input x: [N, 4]
input t: [N, 1]
input w: [N, 1]
param W: [4, 1] = zeros()
z = x @ W
loss = sigmoid_loss(z, t, weight = w)
OUTPUT
train { minimize = loss; optimizer = adam(lr = 0.1); epochs = 50 }
"""
LINE = """
dim N
input x: [N, 10]
input t: [N]
param w: [10, 1] = zeros()
param b = 0
y = reshape(x @ w, [N]) + b
loss = mse(y, t)
output y
train { minimize = loss; optimizer = adam(lr = 0.1); epochs = 300 }
"""

Estimator = Any


def rows() -> tuple[Any, Any]:
    iris = load_iris()
    return iris.data, iris.target_names[iris.target]


@pytest.mark.parametrize("make", [chainrule.GraphClassifier, chainrule.GraphRegressor])
def test_all_of_scikit_learns_checks(make: Callable[[], Estimator]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # many checks are about warnings
        done = check_estimator(make(), on_fail=None, on_skip=None)
    failed = [f"{each['check_name']}: {each['exception']}" for each in done if each["status"] in ("failed", "xfail")]
    assert not failed
    skipped = {each["check_name"] for each in done if each["status"] == "skipped"}
    assert skipped <= {"check_array_api_input"}  # asks for SCIPY_ARRAY_API


def test_a_grid_over_settings() -> None:
    X, y = rows()
    grid = {"hidden": [4, 16], "train__optimizer": ["sgd(lr = 1e-6)", "adam(lr = 0.01)"]}
    search = GridSearchCV(chainrule.GraphClassifier(random_state=3), grid, cv=3).fit(X, y)
    assert search.best_params_["train__optimizer"] == "adam(lr = 0.01)"
    assert search.best_score_ > 0.9
    assert set(search.predict(X)) == {"setosa", "versicolor", "virginica"}


def test_settings_are_parameters() -> None:
    made = chainrule.GraphClassifier(hidden=3, train__epochs=2)
    assert made.get_params() == {"spec": None, "random_state": None, "hidden": 3, "train__epochs": 2}
    other = clone(made).set_params(hidden=5, random_state=1)
    assert repr(other) == "GraphClassifier(hidden=5, random_state=1, train__epochs=2)"
    fitted = other.fit(*rows())
    assert fitted.history_.last["train.loss"] > 0
    assert fitted.program_.written.train.epochs == 2
    assert fitted.program_.params["scores.dense.W"].shape == (4, 5)
    assert fitted.get_params() == other.get_params()


@pytest.mark.parametrize("name", ["fit", "predict", "_net", "classes_"])
def test_a_setting_hides_nothing_of_the_estimator(name: str) -> None:
    with pytest.raises(ValueError, match="Invalid parameter"):
        chainrule.GraphClassifier().set_params(**{name: 1})


def test_an_unknown_setting_is_told_with_the_name_that_was_meant() -> None:
    with pytest.raises(chainrule.SpecError, match="did you mean `hidden`"):
        chainrule.GraphClassifier(hiden=3).fit(*rows())


@pytest.mark.parametrize("spec", [IRIS, str(IRIS), IRIS.read_text(encoding="utf-8")], ids=["path", "text path", "text"])
def test_a_spec_of_ones_own(spec: Any) -> None:
    X, y = rows()
    fitted = chainrule.GraphClassifier(spec).fit(X, y)
    program = chainrule.load(IRIS)
    program.train(x=X, t=np.searchsorted(fitted.classes_, y))
    assert program.params["W1"].tobytes() == fitted.program_.params["W1"].tobytes()
    assert fitted.score(X, y) > 0.9


@pytest.mark.parametrize("output", ["output scores", "output p = softmax(scores)", "output scores\noutput q = sum(x)"])
def test_scores_and_probabilities_as_outputs(output: str) -> None:
    X, y = rows()
    fitted = chainrule.GraphClassifier(SOFTMAX.replace("OUTPUT", output)).fit(X, y)
    probabilities = fitted.predict_proba(X)
    assert np.allclose(probabilities.sum(axis=1), 1)
    scores = X @ fitted.program_.params["W"].astype("float64")
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert np.allclose(probabilities, expected, rtol=1e-4, atol=1e-6)
    assert np.allclose(np.exp(fitted.predict_log_proba(X)), probabilities)
    assert (fitted.predict(X) == fitted.classes_[expected.argmax(axis=1)]).all()


LOSSES_OF_PROBABILITIES = [
    "cross-entropy(p, t)",
    "cross-entropy(p, one_hot(t, classes = 3))",
    "mse(p, one_hot(t, classes = 3))",
    "-mean(sum(one_hot(t, classes = 3) * log(p), axis = -1))",
]


@pytest.mark.parametrize("loss", LOSSES_OF_PROBABILITIES)
@pytest.mark.parametrize("output", ["scores", "p"])
def test_a_loss_of_probabilities(loss: str, output: str) -> None:
    X, y = rows()
    text = SOFTMAX.replace("OUTPUT", f"output {output}").replace("dim N, K", "dim N").replace("K]", "3]")
    text = text.replace("loss = softmax-loss(scores, t)", f"p = softmax(scores)\nloss = {loss}")
    assert loss in text
    fitted = chainrule.GraphClassifier(text).fit(X, y)
    scores = X @ fitted.program_.params["W"].astype("float64")
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert (fitted.predict(X) == fitted.classes_[expected.argmax(axis=1)]).all()
    if "log(p)" in loss and output == "scores":
        with pytest.raises(ValueError, match="`scores` is no score that the loss takes, and no probability"):
            fitted.predict_proba(X)
    else:
        assert np.allclose(fitted.predict_proba(X), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("output", ["output z", "output p = sigmoid(z)"])
def test_one_score_tells_two_classes_apart(output: str) -> None:
    X, y = rows()
    fitted = chainrule.GraphClassifier(SIGMOID.replace("OUTPUT", output)).fit(X[:100], y[:100])
    assert fitted.score(X[:100], y[:100]) == 1
    z = X[:100] @ fitted.program_.params["W"].astype("float64")
    assert np.allclose(fitted.predict_proba(X[:100])[:, 1], 1 / (1 + np.exp(-z[:, 0])), rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="scores for 2 classes, and y has 3"):
        chainrule.GraphClassifier(SIGMOID.replace("OUTPUT", output)).fit(X, y)


def test_weights_reach_the_loss() -> None:
    X, y = rows()
    X, y, weights = X[:100], y[:100], np.r_[np.ones(50), np.zeros(50)]
    for made in (chainrule.GraphClassifier(train__epochs=20), chainrule.GraphClassifier(SIGMOID.replace("OUTPUT", ""))):
        if made.spec is not None:
            made.set_params(spec=SIGMOID.replace("OUTPUT", "output z"))
        assert set(made.fit(X, y, sample_weight=weights).predict(X)) == {"setosa"}


def test_a_regressor() -> None:
    X, y = load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    assert cross_val_score(make_pipeline(StandardScaler(), chainrule.GraphRegressor(LINE)), X, y).mean() > 0.4
    both = chainrule.GraphRegressor(random_state=0).fit(X, np.c_[y, -y])
    assert both.predict(X).shape == (442, 2)
    assert both.score(X, np.c_[y, -y]) > 0.4
    assert chainrule.GraphRegressor(LINE).fit(X, y).predict(X).shape == (442,)


def test_one_pass_after_the_other() -> None:
    X, y = rows()
    made = chainrule.GraphClassifier(random_state=0)
    for _ in range(60):
        made.partial_fit(X, y, classes=np.unique(y))
    assert made.score(X, y) > 0.9
    carried = pickle.loads(pickle.dumps(made))  # our own
    assert np.array_equal(made.partial_fit(X, y).predict_proba(X), carried.partial_fit(X, y).predict_proba(X))
    with pytest.raises(ValueError, match="none of the classes"):
        made.partial_fit(X, ["rose"] * len(X))
    with pytest.raises(ValueError, match="on the first call"):
        chainrule.GraphClassifier().partial_fit(X, y)


def test_a_pass_takes_the_steps_of_an_epoch() -> None:
    X, y = rows()
    spec = SOFTMAX.replace("OUTPUT", "output scores").replace("epochs = 50", "epochs = 1")
    whole = chainrule.GraphClassifier(spec).fit(X, y)
    passed = chainrule.GraphClassifier(spec).partial_fit(X, y, classes=np.unique(y))
    assert whole.program_.params["W"].tobytes() == passed.program_.params["W"].tobytes()


def test_a_fitted_estimator_holds_no_rows() -> None:
    X, y = load_diabetes(return_X_y=True)
    made = chainrule.GraphRegressor(train__epochs=1).fit(np.tile(X, (50, 1)), np.tile(y, 50))
    assert len(pickle.dumps(made)) < 20_000
    with pytest.raises(chainrule.SpecError, match="`batch` needs `data`"):
        made.program_.evaluate()


NO_TARGET = SOFTMAX.replace("softmax-loss(scores, t)", "mean(scores)").replace("OUTPUT", "output scores")
UNFIT = {
    "no train section": ("dim N\ninput x: [N, 4]\noutput y = 2 * x\n", "no train section"),
    "no target": (NO_TARGET, "one input for class numbers; there are: none"),
    "two outputs": (SOFTMAX.replace("OUTPUT", "output a = 2 * x\noutput b = 3 * x"), "write `output scores`"),
    "two inputs": (SOFTMAX.replace("x @ W", "(x + o) @ W").replace("OUTPUT", "input o: [N, 4]\noutput scores"), "rows"),
    "fewer classes": (
        SOFTMAX.replace("K]", "2]").replace("OUTPUT", "output scores"),
        "scores for 2 classes, and y has 3",
    ),
}


@pytest.mark.parametrize("case", UNFIT)
def test_a_spec_that_is_no_classifier(case: str) -> None:
    spec, said = UNFIT[case]
    with pytest.raises(ValueError, match=said):
        chainrule.GraphClassifier(spec).fit(*rows())


def test_a_spec_that_is_no_regressor_or_takes_no_weights() -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(ValueError, match="one input for targets, of reals; there are: none"):
        chainrule.GraphRegressor(SOFTMAX.replace("OUTPUT", "output scores")).fit(X, y)
    with pytest.raises(ValueError, match="the spec takes no weights"):
        chainrule.GraphRegressor(LINE).fit(X, y, sample_weight=np.ones(len(y)))


def test_columns_of_pictures() -> None:
    spec = SOFTMAX.replace("x: [N, 4]", "x: [N, 2, 2]").replace("x @ W", "reshape(x, [N, 4]) @ W")
    X, y = rows()
    fitted = chainrule.GraphClassifier(spec.replace("OUTPUT", "output scores")).fit(X, y)
    assert fitted.score(X, y) > 0.9


def test_what_lacks_scikit_learn_says_how_to_get_it() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\nimport chainrule\n"
        "try: chainrule.GraphClassifier\nexcept ImportError as error: print(error)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'chainrule[sklearn]'" in ended.stdout
    code = (
        "import sys, chainrule; chainrule.Program; print('sklearn' in sys.modules, 'GraphRegressor' in dir(chainrule))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "False True\n"
