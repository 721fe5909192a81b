"""A table as it is met: measures with gaps, categories, and a class to predict."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

HEADER = ("species", "island", "bill_length", "bill_depth", "flipper", "mass", "sex")

KINDS = {
    "Adelie": ((38.8, 18.3, 190, 3700), ("Biscoe", "Dream", "Torgersen")),
    "Chinstrap": ((48.8, 18.4, 196, 3733), ("Dream",)),
    "Gentoo": ((47.5, 15.0, 217, 5076), ("Biscoe",)),
}
SPREAD = (2.6, 1.1, 6.5, 400)

SPEC = """use chainrule.layers
dim N
input size: [N, 4]
input island: [N, 4]
input sex: [N, 3]
input t: int[N]
x = concat(size, island, sex, axis = 1)
output scores = x -> dense(8, init = xavier) -> tanh -> dense(3, init = xavier)
loss = softmax-loss(scores, t)

data birds {
  size = csv("birds.csv", "bill_length:mass") -> fill(mean) -> standardize
  island = one_hot(csv("birds.csv", "island"), unknown = true)
  sex = one_hot(fill(csv("birds.csv", "sex"), "unknown"))
  t = csv("birds.csv", "species")
}
train {
  minimize = loss
  optimizer = adam(lr = 0.02)
  epochs = 30
  data = birds
  hold_out = 0.2
  batch = 32
  metrics = [accuracy(scores, t)]
}
"""


def birds(rows: int = 200, seed: int = 0) -> list[list[str]]:
    """Rows under HEADER; one field in twenty is blank."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(rows):
        kind = str(random.choice(list(KINDS)))
        means, islands = KINDS[kind]
        sizes = [f"{value:.1f}" for value in random.normal(means, SPREAD)]
        row = [kind, str(random.choice(islands)), *sizes, str(random.choice(["male", "female"]))]
        for field in range(2, 7):
            if random.random() < 0.05:
                row[field] = ""
        made.append(row)
    return made


def write(path: Path, rows: Iterable[Sequence[str]], header: Sequence[str] = HEADER) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
