"""Time of `fit` on scikit-learn's digits: GraphClassifier against MLPClassifier, the same net, epochs and batch.

    python benchmarks/estimator.py

Both take the same number of steps of the same size with Adam, in float64, one after the other by turns; what counts is
the ratio of the medians. Kernels of the BLAS that an environment variable chooses would slow down both.
"""

import os
import statistics
import time
import warnings

for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(variable, None)  # before NumPy is there

from sklearn.datasets import load_digits  # noqa: E402  # after the environment
from sklearn.model_selection import train_test_split  # noqa: E402  # after the environment
from sklearn.neural_network import MLPClassifier  # noqa: E402  # after the environment

import chainrule  # noqa: E402  # after the environment

HIDDEN, EPOCHS, BATCH, RATE, ROUNDS = 100, 30, 200, 0.001, 7


def main() -> None:
    digits = load_digits()
    rows, other_rows, labels, other_labels = train_test_split(digits.data / 16, digits.target, random_state=0)
    ours = chainrule.GraphClassifier(
        hidden=HIDDEN, train__epochs=EPOCHS, train__batch=BATCH, train__optimizer=f"adam(lr = {RATE})", random_state=0
    )
    theirs = MLPClassifier(
        (HIDDEN,), batch_size=BATCH, max_iter=EPOCHS, n_iter_no_change=EPOCHS, alpha=0, learning_rate_init=RATE, tol=0,
        random_state=0,
    )  # fmt: skip
    times: dict[str, list[float]] = {"GraphClassifier": [], "MLPClassifier": []}
    warnings.simplefilter("ignore")  # that it has not converged
    for _ in range(ROUNDS):
        for name, estimator in zip(times, (ours, theirs), strict=True):
            began = time.perf_counter()
            estimator.fit(rows, labels)
            times[name].append(time.perf_counter() - began)
    for name, estimator in zip(times, (ours, theirs), strict=True):
        score = estimator.score(other_rows, other_labels)
        print(f"{name:<16} {statistics.median(times[name]) * 1e3:7.1f} ms   accuracy {score:.3f}")
    ratio = statistics.median(times["GraphClassifier"]) / statistics.median(times["MLPClassifier"])
    print(f"ratio {ratio:.3f}")


if __name__ == "__main__":
    main()
