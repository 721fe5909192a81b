"""Several trainings compared: seeds, folds, sweeps, their folders, and which is the best."""

import itertools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile, load
from chainrule.program.program import Program
from chainrule.runtime.training.train import Callback, Training

SPEC = """dim N
input x: [N, 2]
input t: int[N]
param W: [2, 8] = he()
param V: [8, 3] = he()
output scores = relu(x @ W) @ V
loss = softmax-loss(scores, t)
data arms { x = spiral("x", rows = 90); t = spiral("t", rows = 90) }
train {
  minimize = loss
  optimizer = adam(lr = 0.02)
  epochs = 4
  data = arms
  batch = 16
  hold_out = 0.2
  KEYS
}
"""
VALIDATED = SPEC.replace("KEYS", "validate = 0.2; metrics = [accuracy(scores, t)]; seed = 7")


def same(one: Program, other: Program) -> bool:
    return all(np.array_equal(value, other.params[path]) for path, value in one.params.items())


def alone(settings: Mapping[str, str], text: str = VALIDATED) -> Program:
    program = compile(text, set=settings)
    program.train()
    return program


def test_each_run_is_the_training_alone() -> None:
    found = compile(VALIDATED).select(
        seeds=2, sweep={"train.optimizer": ["sgd(lr = 0.1)", "adam()"], "train.batch": [8, 90]}
    )
    axes = (["sgd(lr = 0.1)", "adam()"], ["8", "90"], ["7", "8"])
    expected = [
        dict(zip(("train.optimizer", "train.batch", "train.seed"), each, strict=True))
        for each in itertools.product(*axes)
    ]
    assert [dict(run.settings) for run in found.runs] == expected
    for run in found.runs:
        one = alone(run.settings)
        assert same(run.program, one)
        assert run.history is not None
        assert np.array_equal(run.history.losses, one.history.losses)
        assert run.metrics == one.history.last
        assert run.program.evaluate() == pytest.approx(one.evaluate())


def test_folds_validate_on_each_row_once() -> None:
    text = VALIDATED.replace("hold_out = 0.2", "stratify = t")
    found = compile(text).select(folds=4)
    assert [run.settings for run in found.runs] == [{"train.validate": f"fold({n}, 4)"} for n in range(1, 5)]
    assert all(same(run.program, alone(run.settings, text)) for run in found.runs)
    assert set(found.mean) == {"train.loss", "train.accuracy", "validate.loss", "validate.accuracy"}


def test_mean_and_deviation_are_over_the_runs() -> None:
    found = compile(VALIDATED).select(seeds=3)
    values = [run.metrics["test.loss"] for run in found.runs]
    assert found.mean["test.loss"] == pytest.approx(np.mean(values))
    assert found.std["test.loss"] == pytest.approx(np.std(values))
    assert [choice.mean for choice in found.choices] == [run.metrics for run in found.runs]


def test_the_best_is_named_by_rows_to_validate_on() -> None:
    found = compile(VALIDATED).select(seeds=2, sweep={"train.epochs": [1, 30]})
    assert found.by == "validate.accuracy"
    best = max(found.choices, key=lambda choice: choice.mean["validate.accuracy"])
    assert found.best is best
    assert found.best_run is max(best.runs, key=lambda run: run.metrics["validate.accuracy"])
    assert (
        str(found)
        .splitlines()[-1]
        .startswith(f"best: train.epochs = {best.settings['train.epochs']}, by validate.accuracy")
    )
    document = found.as_json()
    assert [each["runs"] for each in document["choices"]] == [[0, 1], [2, 3]]  # type: ignore[union-attr,index,call-overload]  # JSON


def test_by_the_loss_where_nothing_else_is_reported() -> None:
    found = compile(SPEC.replace("KEYS", "validate = 0.2")).select(sweep={"train.epochs": [1, 20]})
    assert found.by == "validate.loss"
    assert found.best is min(found.choices, key=lambda choice: choice.mean["validate.loss"])


def test_test_rows_name_no_best() -> None:
    found = compile(SPEC.replace("KEYS", "")).select(seeds=2)
    assert found.by is None
    assert found.best is None
    assert found.best_run is None
    assert found.as_json()["best"] is None
    assert "no best is named" in str(found)


def test_what_a_run_keeps_is_compared() -> None:
    text = VALIDATED.replace("epochs = 4", "epochs = 60; stop = early(patience = 2)")
    (run,) = compile(text).select(seeds=1).runs
    assert run.history is not None
    kept = next(row for row in run.history.rows if row["step"] == run.history.kept_step)
    assert kept is not run.history.rows[-1]
    assert (
        run.metrics["validate.loss"] == kept["validate.loss"] == min(row["validate.loss"] for row in run.history.rows)
    )


def test_the_program_itself_stays_as_it_is() -> None:
    program = compile(VALIDATED)
    before = program.params
    program.select(seeds=2)
    assert all(np.array_equal(value, before[path]) for path, value in program.params.items())


class Killed(Callback):
    """Breaks off after so many steps of all runs together."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def stepped(self, training: Training) -> None:
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt


class Counted(Callback):
    """Counts the steps that are taken."""

    count = 0

    def stepped(self, training: Training) -> None:
        self.count += 1


@pytest.mark.parametrize("steps", [5, 16, 25])
def test_an_interrupted_selection_goes_on(tmp_path: Path, steps: int) -> None:
    each = 16  # steps of one run: 54 rows in batches of 16, four times
    with pytest.raises(KeyboardInterrupt):
        compile(VALIDATED).select(seeds=3, run=tmp_path / "s", callbacks=[Killed(steps)], checkpoint_every=1)
    counted = Counted()
    found = compile(VALIDATED).select(seeds=3, resume=tmp_path / "s", callbacks=[counted])
    assert counted.count in (3 * each - steps, 3 * each - steps + 1), "what was done is not done again"
    assert all(same(run.program, alone(run.settings)) for run in found.runs)
    for run in found.runs:
        assert run.folder == tmp_path / "s" / f"seed-{run.settings['train.seed']}"
        assert same(load(run.folder), run.program)
    more = Counted()
    compile(VALIDATED).select(seeds=4, resume=tmp_path / "s", callbacks=[more])
    assert more.count == each, "one more seed is one more run"


def test_folders_are_found_by_their_settings(tmp_path: Path) -> None:
    sweep = {"train.optimizer": ["sgd(lr = 0.1)", "sgd(lr = 0.10)", "adam()"]}
    found = compile(VALIDATED).select(sweep=sweep, folds=2, run=tmp_path / "s")
    names = [run.folder.name for run in found.runs if run.folder is not None]
    assert len(set(names)) == 6
    assert all(name.startswith(("optimizer-sgd-lr-0.1", "optimizer-adam")) for name in names)
    again = compile(VALIDATED).select(sweep={"train.optimizer": ["adam()"]}, folds=2, resume=tmp_path / "s")
    assert [run.folder for run in again.runs] == [run.folder for run in found.runs[4:]]
    with pytest.raises(SpecError, match="already holds a run"):
        compile(VALIDATED).select(sweep=sweep, folds=2, run=tmp_path / "s")


def test_a_run_that_comes_to_no_end_is_not_compared(tmp_path: Path) -> None:
    sweep = {"train.optimizer": ["sgd(lr = 1e30)", "sgd(lr = 0.1)"]}
    found = compile(VALIDATED).select(sweep=sweep, seeds=2)
    failed = [run.failed.code if run.failed else None for run in found.runs]
    assert failed == ["G501", "G501", None, None]
    assert found.best is found.choices[1]
    assert found.mean == found.choices[1].mean
    with pytest.raises(SpecError) as caught:
        compile(VALIDATED).select(sweep={"train.optimizer": ["sgd(lr = 1e30)"]})
    assert caught.value.diagnostics[0].code == "G501"


def test_nothing_is_trained_where_one_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="adm"):
        compile(VALIDATED).select(sweep={"train.optimizer": ["adam()", "adm()"]}, run=tmp_path / "s")
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"sweep": {"train.epochs": 3}}, "G555"),
        ({"sweep": {"train.epochs": "3"}}, "G555"),
        ({"sweep": {"train.epochs": []}}, "G555"),
        ({"sweep": {"train.seed": [1]}, "seeds": 2}, "G556"),
        ({"sweep": {"train.validate": [0.1]}, "folds": 2}, "G556"),
        ({"sweep": {"train.epoch": [1]}}, "G119"),
    ],
)
def test_faults(given: dict[str, object], fault: str) -> None:
    with pytest.raises(SpecError) as caught:
        compile(VALIDATED).select(**given)  # type: ignore[arg-type]  # wrong ones too
    assert caught.value.diagnostics[0].code == fault


@pytest.mark.parametrize("given", [{"seeds": 0}, {"folds": 1}])
def test_numbers_that_are_none(given: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        compile(VALIDATED).select(**given)  # type: ignore[arg-type]  # they are numbers


def test_a_spec_that_does_not_train() -> None:
    with pytest.raises(SpecError, match="no `train` section"):
        compile("input x = 1\noutput y = 2 * x\n").select(seeds=2)
