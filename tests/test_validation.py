"""Rows to validate on: in reports, stop rules, claims, run folders, plots, evaluation and model files."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile, load
from chainrule.runtime.training.train import Callback, Training

SPEC = """dim N
input x: [N, 2]
input t: int[N]
param W: [2, 16] = he()
param V: [16, 3] = he()
output scores = relu(x @ W) @ V
loss = softmax-loss(scores, t)
data arms { x = spiral("x"); t = spiral("t") }
data others { x = spiral("x", seed = 1); t = spiral("t", seed = 1) }
train {
  minimize = loss
  optimizer = adam(lr = 0.02)
  epochs = 6
  data = arms
  batch = 32
  metrics = [accuracy(scores, t)]
  KEYS
}
"""


def text(keys: str = "") -> str:
    return SPEC.replace("KEYS", keys)


def reports(keys: str) -> list[Mapping[str, float]]:
    rows = compile(text(keys)).train().rows
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def test_reports_have_all_rows_in_their_order() -> None:
    (first, *_) = reports("hold_out = 0.2; validate = 0.1")
    sides = ["train.loss", "train.accuracy", "validate.loss", "validate.accuracy", "test.loss", "test.accuracy"]
    assert list(first) == ["step", "epoch", *sides, "step.loss"]


def test_what_is_reported_is_over_the_rows_that_it_says() -> None:
    program = compile(text("validate = others"))
    history = program.train()
    rows = program.rows(section="others")
    scores = program.run({**rows, "t": rows["t"]})["scores"]
    right = np.mean(np.argmax(scores, axis=1) == rows["t"])
    assert history.last["validate.accuracy"] == pytest.approx(right, rel=1e-6)
    assert program.evaluate()["validate.accuracy"] == pytest.approx(right, rel=1e-6)


def test_rows_that_are_only_looked_at_change_no_bit() -> None:
    first, second = reports("hold_out = 0.2"), reports("hold_out = 0.2; validate = others")
    for one, other in zip(first, second, strict=True):
        assert one == {name: value for name, value in other.items() if not name.startswith("validate.")}


def test_early_looks_at_the_rows_that_decide() -> None:
    program = compile(text("hold_out = 0.2; validate = 0.1; stop = early(patience = 2)"), set={"train.epochs": 40})
    history = program.train()
    best = min(history.rows, key=lambda row: row["validate.loss"])
    assert history.kept_step == best["step"]


def test_claims_are_about_test_rows_else_those_to_validate_on() -> None:
    claims = "expect accuracy == validate.accuracy after train\nexpect validate.loss > 0 after train\n"
    assert all(result.holds for result in compile(text("validate = 0.2") + claims).test())
    claims = "expect accuracy == test.accuracy after train\nexpect accuracy == validate.accuracy after train\n"
    held = compile(text("validate = 0.2; hold_out = 0.4") + claims).test()
    assert [result.holds for result in held] == [True, False]
    with pytest.raises(SpecError, match=r"nothing here is called `validate\.accuracy`"):
        compile(text("hold_out = 0.2") + "expect validate.accuracy > 0 after train\n")


def test_a_claim_on_test_rows_beside_a_metric_that_is_a_call() -> None:
    (claim,) = compile(text("hold_out = 0.2") + "expect accuracy > 0.2 after train\n").test()
    assert claim.holds, "the node `train.accuracy` is none that is fed"


class Killed(Callback):
    def __init__(self, step: int) -> None:
        self._step = step

    def stepped(self, training: Training) -> None:
        if training.step == self._step:
            raise KeyboardInterrupt


KEYS = "hold_out = 0.2; validate = 0.1; stratify = t; stop = early(patience = 3)"


@pytest.mark.parametrize("step", [1, 9, 21])
def test_a_killed_run_goes_on_to_the_same_bits(tmp_path: Path, step: int) -> None:
    whole = compile(text(KEYS))
    expected = whole.train(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        compile(text(KEYS)).train(tmp_path / "cut", callbacks=[Killed(step)], checkpoint_every=1)
    program = compile(text(KEYS))
    history = program.train(resume=tmp_path / "cut")
    assert np.array_equal(history.losses, expected.losses)
    drop = [{name: value for name, value in row.items() if name != "seconds"} for row in history.rows]
    assert drop == [{name: value for name, value in row.items() if name != "seconds"} for row in expected.rows]
    assert all(np.array_equal(value, program.params[path]) for path, value in whole.params.items())
    settings = json.loads((tmp_path / "cut" / "run.json").read_text("utf-8"))["settings"]
    assert (settings["hold_out"], settings["validate"], settings["stratify"]) == (0.2, "0.1", "t")
    loaded = load(tmp_path / "cut")
    assert loaded.evaluate()["validate.loss"] == pytest.approx(min(row["validate.loss"] for row in history.rows))


def test_a_run_is_bound_to_its_rows_to_validate_on(tmp_path: Path) -> None:
    compile(text("validate = others")).train(tmp_path / "run")
    changed = text("validate = others").replace("seed = 1)", "seed = 2)")
    with pytest.raises(SpecError, match="was begun with other statements or settings and rows to validate on"):
        compile(changed).train(resume=tmp_path / "run")


def test_overfitting_is_seen_on_rows_to_validate_on() -> None:
    noise = text("validate = 0.5; hold_out = 0.1").replace("0.02", "0.1").replace("epochs = 6", "epochs = 200")
    for column in ("x", "t"):
        noise = noise.replace(f'spiral("{column}")', f'spiral("{column}", noise = 9, rows = 60)')
    program = compile(noise)
    history = program.train()
    turn = history.turn("loss")
    assert turn is not None
    assert turn.side == "validate"
    (found,) = [each for each in program.diagnostics if each.code == "G538"]
    assert "`validate.loss`" in found.message
    assert found.hint == "stop = early(watch = validate.loss)"


def test_plots_show_them() -> None:
    program = compile(text("hold_out = 0.2; validate = 0.1"))
    program.train()
    assert program.plot("confusion").numbers["rows"] == "test"
    assert program.plot("confusion", rows="validate").numbers["rows"] == "validate"
    decision = program.plot("decision")
    assert {"train", "validate", "test"} < set(decision.numbers)
    assert "validate rows right" in decision.text
    curves = program.plot("curves").numbers["columns"]
    assert isinstance(curves, dict)
    assert "validate.loss" in curves
    with pytest.raises(SpecError, match="no rows to validate on"):
        compile(text()).plot("confusion", rows="validate")
