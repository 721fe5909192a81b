"""Tables of which a step updates some rows: the plain executor's bits, and work that does not grow with the table."""

from typing import Any

import numpy as np
import planned
import pytest
from planned import same, state, taken, trainers

import chainrule

HEAD = "use chainrule.layers\ndim N\ninput x: int[N, 2]\ninput t: int[N]\n"
LOSSES = {
    "one take": "loss = softmax-loss(embedding(x, 30, 3) -> mean(axis = 1) -> dense(5), t)\n",
    "two takes": "param E: [30, 3] = normal()\n"
    "loss = softmax-loss(mean(take(E, x), axis = 1) * take(E, x[:, 0]) -> dense(5), t)\n",
    "numbers": "param E: [30] = normal()\nloss = softmax-loss(take(E, x) -> dense(5), t)\n",
    "a product besides": "param E: [30, 3] = normal()\nloss = softmax-loss(take(E, x[:, 0]) @ transpose(E), t)\n",
    "a scan": "block cell(h: [N, 3], i: int[N]) { param E: [30, 3] = normal() ; return tanh(h + take(E, i)) }\n"
    "hs = scan(x, cell, expand(0, [N, 3]), axis = 1)\nloss = softmax-loss(hs[:, -1] -> dense(5), t)\n",
}
WAYS = {name: way for name, way in planned.WAYS.items() if name in ("plain", "optimised", "poisoned")}
CASES = {
    "one take": ("adam(lr = 0.05, lazy = true, clip_norm = 0.3)", "float32"),
    "two takes": ("adagrad(lr = 0.1, clip_value = 0.01)", "float64"),
    "numbers": ("sgd(lr = 0.1)", "float32"),
    "a product besides": ("adam(lr = 0.05, lazy = true)", "float64"),
    "a scan": ("adam(lr = 0.05, lazy = true)", "float32"),
}


def batches(count: int = 30) -> list[dict[str, Any]]:
    """Few rows, so that some of the table's are not read; then more than the table has."""
    random = np.random.default_rng(1)
    return [{"x": random.integers(count, size=(rows, 2)), "t": random.integers(5, size=rows)} for rows in (7, 20, 7)]


@pytest.mark.parametrize("loss", CASES)
def test_the_bits_of_the_plain_executor(loss: str) -> None:
    optimizer, precision = CASES[loss]
    train = f"train {{ minimize = loss ; optimizer = {optimizer} ; steps = 9 ; precision = {precision} }}\n"
    same(trainers(HEAD + LOSSES[loss] + train, WAYS), batches())


def test_updates_that_are_fused_beside_them() -> None:
    train = "train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 ; precision = float32 }\n"
    ways = {name: planned.FOLDED[name] for name in ("folded", "early", "early, poisoned")}
    made = trainers(HEAD + LOSSES["two takes"] + train, ways)
    for feeds in batches():
        assert len({taken(trainer, feeds) for trainer in made.values()}) == 1
    assert len({tuple(state(trainer).values()) for trainer in made.values()}) == 1


@pytest.mark.parametrize("optimizer", ["adagrad(lr = 0.1)", "adam(lr = 0.1, lazy = true)"])
def test_a_step_does_not_go_over_the_table(optimizer: str) -> None:
    """Its lines are those for a table of another size, and none of the table's gradient is written."""
    lines = []
    for count in (20_000, 40_000):
        text = HEAD + LOSSES["one take"].replace("30", str(count))
        trainer = chainrule.compile(
            f"{text}train {{ minimize = loss ; optimizer = {optimizer} ; steps = 9 }}\n", precision="float32"
        ).trainer(precision="float32")
        trainer.step(batches(count)[0])
        assert trainer.compiled is not None
        lines.append(trainer.compiled.source.text.replace(str(count), "COUNT"))
        gradients = trainer.compiled.memory.held["gradients"]
        assert np.count_nonzero(gradients) <= gradients.size - count * 3
    assert lines[0] == lines[1]


def test_a_number_that_is_out_of_range_changes_nothing() -> None:
    train = "train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 }\n"
    made = trainers(HEAD + LOSSES["one take"] + train, WAYS)
    before = {name: state(trainer) for name, trainer in made.items()}
    same(made, [{"x": np.array([[0, 30]]), "t": np.array([0])}])
    assert {name: state(trainer) for name, trainer in made.items()} == before
