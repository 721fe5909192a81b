"""What a spec that `chainrule new` writes for a table learns, beside scikit-learn's pipeline on the same rows.

    pip install palmerpenguins vega_datasets pandas
    python benchmarks/tables.py --seeds 5

Penguins (palmerpenguins: a class, two gaps) and cars (vega_datasets: miles per gallon; rows without it are left out).
The pipeline fills gaps, scales numbers, makes columns of texts, and trains a net of as many hidden units with adam, the
spec's rate and batches: on all rows that the spec does not hold out, and again with early stopping of its own. Both are
judged by the rows that the spec holds out. And the model answers each row alone as it answers all of them together.
"""

import argparse
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from palmerpenguins import load_penguins
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from vega_datasets import local_data

import chainrule
from chainrule.program.starting.columns import table_of
from chainrule.program.starting.table_spec import spec_of
from chainrule.runtime.data.splits import split

HIDDEN, EPOCHS, BATCH, RATE = 32, 300, 32, 0.01
PATIENCE = {False: 10, True: 30}  # scikit-learn's own, and the spec's


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    seeds = parser.parse_args().seeds
    warnings.simplefilter("ignore")  # what each has to say of its training
    cars = local_data.cars()
    measured("penguins", load_penguins(), "species", "accuracy", seeds)
    measured("cars", cars[cars.Miles_per_Gallon.notna()], "Miles_per_Gallon", "r2", seeds)


def measured(name: str, table: pd.DataFrame, target: str, metric: str, seeds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, f"{name}.csv"))
        table.to_csv(path, index=False)
        start = spec_of(table_of(path), path, target, Path(folder, f"{name}.graph"))
        table = pd.read_csv(path).drop(columns=list(start.left_out))
        found: dict[str, list[float]] = {"chainrule": [], "scikit-learn": [], "scikit-learn, early stopping": []}
        for seed in range(seeds):
            program = chainrule.compile(start.text, folder=folder, set={"train.seed": seed})
            program.train()
            found["chainrule"].append(float(program.evaluate()[f"test.{metric}"]))
            kept, held = rows_of(program, table[target])
            for stops, scores in zip((False, True), list(found.values())[1:], strict=True):
                model = pipeline(table.drop(columns=target), metric, seed, stops=stops)
                model.fit(table.iloc[kept], table[target].iloc[kept])
                scores.append(float(model.score(table.iloc[held], table[target].iloc[held])))
        for system, scores in found.items():
            print(f"{name:<9} {metric:<8} {system:<29} {np.mean(scores):.4f}   {np.round(scores, 3)}")
        most = apart(program, table.drop(columns=target))
        print(f"{name:<9} a row alone and among all differs by {most:.1g} of its largest number")


def rows_of(program: chainrule.Program, target: pd.Series) -> tuple[Any, Any]:
    """The rows that the spec does not hold out, and those that it does."""
    train = program.spec.train
    assert train is not None
    parts = split(train, len(target), lambda name: np.unique(target, return_inverse=True)[1])
    assert parts is not None
    assert parts.validate is not None
    return np.concatenate([parts.train, parts.validate]), parts.test


def pipeline(columns: pd.DataFrame, metric: str, seed: int, *, stops: bool) -> Pipeline:
    numbers = list(columns.select_dtypes("number").columns)
    texts = [name for name in columns.columns if name not in numbers]
    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    coded = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"), OneHotEncoder(handle_unknown="ignore")
    )
    net = (MLPClassifier if metric == "accuracy" else MLPRegressor)(
        hidden_layer_sizes=(HIDDEN,), random_state=seed, max_iter=EPOCHS, batch_size=BATCH, learning_rate_init=RATE,
        early_stopping=stops, validation_fraction=0.125, n_iter_no_change=PATIENCE[stops],
    )  # fmt: skip
    return make_pipeline(make_column_transformer((scaled, numbers), (coded, texts)), net)


def apart(program: chainrule.Program, columns: pd.DataFrame) -> float:
    """How far the answer to a row alone is from that to the row among all, as a share of its largest number."""
    rows = columns.astype(object).where(columns.notna(), None).to_dict("records")
    (output,) = program.outputs
    together = np.array([np.ravel(each[output]) for each in program.answer(rows)])
    alone = np.array([np.ravel(program.answer([row])[0][output]) for row in rows])
    return float(np.max(np.abs(alone - together).max(axis=1) / np.abs(together).max(axis=1)))


if __name__ == "__main__":
    main()
