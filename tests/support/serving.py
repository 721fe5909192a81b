"""A model of rows with two columns and names of classes, for tests of what answers rows."""

from pathlib import Path

import numpy as np

import chainrule

SPEC = """
use chainrule.layers
dim N
input x: [N, 2]
input t: int[N]
scores = x -> dense(8) -> relu -> dense(3)
loss = softmax-loss(scores, t)
output scores
output loss
data birds {
  x = concat(standardize(csv("birds.csv", ["length"])), standardize(csv("birds.csv", ["mass"])), axis = 1)
  t = csv("birds.csv", "species")
}
train { minimize = loss; optimizer = adam(lr = 0.05); epochs = 60; data = birds; seed = 1 }
"""
NAMES = ("Adelie", "Chin,strap", "Gentoo")


def rows(count: int = 60) -> list[tuple[str, float, int]]:
    """Species, length and mass of some birds."""
    random = np.random.default_rng(0)
    lengths, masses = random.normal(0, 1, count).round(2), random.normal(0, 100, count).round()
    return [
        (NAMES[each % 3], float(40 + 5 * (each % 3) + lengths[each]), int(3500 + 700 * (each % 3) + masses[each]))
        for each in range(count)
    ]


def csv_of(found: list[tuple[str, float, int]]) -> str:
    """A CSV file of them."""
    return "species,length,mass\n" + "".join(f'"{name}",{length},{mass}\n' for name, length, mass in found)


def trained(folder: Path) -> chainrule.Program:
    """A model trained on them, kept in the folder `run`."""
    (folder / "birds.csv").write_text(csv_of(rows()), encoding="utf-8")
    (folder / "birds.graph").write_text(SPEC, encoding="utf-8")
    program = chainrule.load(folder / "birds.graph")
    program.train(folder / "run")
    return program
