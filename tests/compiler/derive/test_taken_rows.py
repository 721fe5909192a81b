"""Which params change row by row, and what a lazy update leaves alone, against formulas in plain numpy."""

from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.compiler.compile import compiled
from chainrule.compiler.derive.taken_rows import TakenRows
from chainrule.grammar.source import Source
from chainrule.runtime.training.job import training_of

HEAD = """dim N
input x: int[N, 2]
param E: [6, 3] = normal()
param W: [3, 3] = xavier()
"""
TAKEN = "mean((take(E, x) @ W) ** 2)"
LAZY = "adam(lr = 0.1, lazy = true"


def rows_of(loss: str, optimizer: str, more: str = "") -> TakenRows | None:
    text = f"{HEAD}loss = {loss}\ntrain {{ minimize = loss ; optimizer = {optimizer}) ; {more}steps = 4 }}\n"
    spec = compiled(Source("test.graph", text), Path()).spec
    assert spec.train is not None
    return training_of(spec, spec.train).parameters["E"].rows


@pytest.mark.parametrize("optimizer", ["sgd(lr = 1", "adagrad(lr = 1", LAZY, f"{LAZY}, clip_norm = 1"])
def test_what_takes_alone_read_changes_by_rows(optimizer: str) -> None:
    rows = rows_of(TAKEN, optimizer)
    assert rows is not None
    assert rows.alone == (optimizer.startswith("adam"))


def test_several_takes_are_counted() -> None:
    rows = rows_of("mean(take(E, x)[:, 0] * take(E, x[:, 1]))", LAZY)
    assert rows is not None
    assert rows.takes == 2


@pytest.mark.parametrize(
    ("loss", "optimizer", "more"),
    [
        (TAKEN, "momentum(lr = 1", ""),
        (TAKEN, "adam(lr = 1", ""),
        (TAKEN, f"{LAZY}, weight_decay = 0.1", ""),
        (TAKEN, LAZY, 'groups = [group("E", lazy = false)] ; '),
        (TAKEN, LAZY, "accumulate = 2 ; "),
        (f"{TAKEN} + sum(E ** 2)", LAZY, ""),
        ("mean(take(E, x[:, 0]) @ transpose(E))", LAZY, ""),
        ("mean(take(E, x, axis = 1))", LAZY, ""),
    ],
)
def test_what_else_reads_or_changes_a_table_makes_its_update_dense(loss: str, optimizer: str, more: str) -> None:
    assert rows_of(loss, optimizer, more) is None


@pytest.mark.parametrize("exact", [False, True])
def test_a_lazy_adam_leaves_rows_that_are_not_read(exact: bool) -> None:
    """Two steps on other rows, the first with a repeat; row 5 is never read."""
    text = f"{HEAD.replace('param W: [3, 3] = xavier()', '')}loss = mean(take(E, x) ** 2)\n"
    program = chainrule.compile(
        f"{text}train {{ minimize = loss ; optimizer = {LAZY}) ; exact = {str(exact).lower()} ; steps = 2 }}\n",
        precision="float64",
    )
    trainer = program.trainer()
    table, mean, square = trainer.params["E"].copy(), np.zeros((6, 3)), np.zeros((6, 3))
    for step, x in enumerate(([[0, 1], [1, 1]], [[4, 0], [2, 3]]), 1):
        trainer.step(x=np.array(x))
        gradient = np.zeros((6, 3))
        for number in np.ravel(x):
            gradient[number] += 2 * table[number] / 12
        read = np.unique(x)
        mean[read] = 0.9 * mean[read] + 0.1 * gradient[read]
        square[read] = 0.999 * square[read] + 0.001 * gradient[read] ** 2
        corrected = mean[read] / (1 - 0.9**step), square[read] / (1 - 0.999**step)
        table[read] -= 0.1 * corrected[0] / (np.sqrt(corrected[1]) + 1e-8)
        np.testing.assert_allclose(trainer.params["E"], table, rtol=1e-12)
        np.testing.assert_allclose(trainer.states["E mean"], mean, rtol=1e-12)
        np.testing.assert_allclose(trainer.states["E square"], square, rtol=1e-12)
    assert np.array_equal(trainer.params["E"][5], program.params["E"][5])
