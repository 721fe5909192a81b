"""Runs that are made longer: they go on, to the bits of a training that was as long from the start."""

from pathlib import Path

import pytest

from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile
from chainrule.program.program import Program
from chainrule.runtime.runs.longer import BACKEND, LENGTH, differ_in
from chainrule.runtime.runs.model_file import SpecRecord

TEXT = """
param w = 3
param v = [1, 2]
size = sum(v * v)
loss = w * w + size * w
train { minimize = loss ; optimizer = adam(lr = 0.01) ; epochs = 3 ; metrics = [size] }
"""


def begun(folder: Path, text: str = TEXT) -> Path:
    compile(text).train(run=folder)
    return folder


def bits(made: Program) -> dict[str, bytes]:
    return {path: value.tobytes() for path, value in made.params.items()}


@pytest.mark.parametrize("length", ["epochs = 7", "steps = 7"])
def test_more_epochs_need_no_force(tmp_path: Path, length: str) -> None:
    text = TEXT.replace("epochs = 3", length)
    whole, longer = compile(text), compile(text)
    whole.train()
    longer.train(resume=begun(tmp_path / "run"))
    assert bits(longer) == bits(whole)
    assert longer.history.losses.tobytes() == whole.history.losses.tobytes()


def test_they_may_be_set_from_outside(tmp_path: Path) -> None:
    longer = compile(TEXT, set={"train.epochs": 5})
    longer.train(resume=begun(tmp_path / "run"))
    assert longer.history.steps == 5


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle(peak = 2)"])
def test_a_schedule_that_would_change_is_named(tmp_path: Path, schedule: str) -> None:
    text = TEXT.replace("epochs", f"schedule = {schedule} ; epochs")
    begun(tmp_path / "run", text)
    longer = compile(text.replace("epochs = 3", "epochs = 5"))
    with pytest.raises(SpecError) as caught:
        longer.train(resume=tmp_path / "run")
    (found,) = caught.value.diagnostics
    assert found.code == "G525"
    assert f"the rates of `{schedule.partition('(')[0]}` hang on how long the training is" in str(found.hint)
    longer.train(resume=tmp_path / "run", force=True)
    assert longer.history.steps == 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("epochs = 3", "epochs = 2"),
        ("epochs = 3", "epochs = 5 ; seed = 1"),
        ("epochs = 3", "epochs = 5 ; schedule = exponential"),
        ("lr = 0.01", "lr = 0.02"),
        ("w * w + size * w", "w * w - size * w"),
        ("param w = 3", "param w = 4"),
    ],
)
def test_anything_else_needs_it(tmp_path: Path, old: str, new: str) -> None:
    begun(tmp_path / "run")
    with pytest.raises(SpecError) as caught:
        compile(TEXT.replace(old, new)).train(resume=tmp_path / "run")
    assert [found.code for found in caught.value.diagnostics] == ["G525"]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("epochs = 3", "epochs = 9", True),
        ("epochs = 3", "steps = 3", True),
        ("param w = 3", "## a comment\nparam w = 3", True),
        ("epochs = 3", "epochs = 3 ; backend = jax", False),
        ("loss", "cost", False),
        ("size", "extent", False),
        ("metrics = [size]", "metrics = [w]", False),
        ("sum(v", "sm(v", False),
    ],
)
def test_two_records(old: str, new: str, same: bool) -> None:
    records = [SpecRecord(text=text, name="test.graph") for text in (TEXT, TEXT.replace(old, new))]
    differ = differ_in(*records)
    assert (differ is not None and differ <= LENGTH) is same


def test_another_backend_alone() -> None:
    records = [
        SpecRecord(text=text, name="test.graph")
        for text in (TEXT, TEXT.replace("epochs = 3", "epochs = 3 ; backend = jax"))
    ]
    assert differ_in(*records) == BACKEND
