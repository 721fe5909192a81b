"""The trainings of a program: which one made the parameters, what it left, and what a copy takes over."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chainrule.compiler.compile import compiled
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.datasets import DataSets
from chainrule.runtime.evaluate.model import Model
from chainrule.runtime.runs.beginning import Beginning
from chainrule.runtime.runs.interval import Interval
from chainrule.runtime.runs.model_file import SpecRecord
from chainrule.runtime.runs.trainings import Trainings
from chainrule.runtime.steps import backends

NET = """dim N
input x: [N, 2]
input t: int[N]
param W: [2, 2] = normal()
output scores = x @ W
loss = softmax-loss(scores, t)
right = accuracy(scores, t)
data rows { x = csv("rows.csv", ["u", "v"]); t = csv("rows.csv", "t") }
data other { x = [[1, 0]]; t = [1] }
train { minimize = loss; data = rows; test = other; metrics = [right]
        optimizer = sgd(lr = 0.5); epochs = 3; batch = 2 }
"""
ROWS = "u,v,t\n1,2,a\n3,1,b\n0,1,a\n2,0,b\n"


@pytest.fixture(autouse=True)
def _rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rows.csv").write_text(ROWS)
    monkeypatch.chdir(tmp_path)


def trainings(text: str = NET, replaced: tuple[str, ...] = ()) -> tuple[Trainings, DataSets, Model]:
    spec = compiled(Source("test.graph", text), Path()).spec
    data = DataSets(spec, Path())
    model = Model(spec, spec, data)
    return Trainings(spec, data, model, replaced), data, model


def test_a_section_takes_another_precision_and_batch() -> None:
    made, _, _ = trainings()
    assert (made.section().precision, made.section().batch) == ("float32", 2)
    other = made.section("float64", 3)
    assert (other.precision, other.batch) == ("float64", 3)
    with pytest.raises(ValueError, match="batch is 0"):
        made.section(None, 0)
    with pytest.raises(SpecError) as caught:
        trainings("param w = 1\noutput y = w\n")[0].section()
    assert caught.value.diagnostics[0].message == "this file has no `train` section"


def test_a_job_has_data_and_parameters_in_its_precision() -> None:
    made, data, _ = trainings()
    job = made.job("float64", {"W": [[1, 2], [3, 4]]})
    assert job.data is not None
    assert job.test is not None
    assert (job.data.rows, job.test.rows, job.epoch_steps) == (4, 1, 2)
    assert job.initial is not None
    assert job.initial["W"].dtype == np.dtype("float64")
    assert job.data.inputs["x"].dtype == np.dtype("float64")
    assert data.classes == {"t": ("a", "b")}
    with pytest.raises(SpecError, match="there is no parameter `V`"):
        made.job(None, {"V": 1})
    with pytest.raises(SpecError, match="float32 cannot hold"):
        made.job(None, {"W": [[1e300, 0], [0, 0]]})


def test_what_a_training_keeps_is_taken_over() -> None:
    made, _, model = trainings()
    assert made.steps == 0
    history = made.train(made.job(None), [])
    assert made.steps == history.steps == 6
    assert model.parameters is not None
    assert made.history(None) == (history, True)
    assert set(made.evaluate(None)) == {"train.loss", "train.right", "test.loss", "test.right"}


def test_a_training_is_gone_through_again_in_the_precision_of_its_parameters() -> None:
    first, _, model = trainings()
    kept = first.train(first.job("float64"), [])
    second, _, _ = trainings()
    second.begin(Beginning({"t": ("a", "b")}, model.parameters, first.steps, (), None))
    assert second.again(None).section.precision == "float64"
    again, same = second.history(None)
    assert same
    assert again.losses.tobytes() == kept.losses.tobytes()


def test_other_parameters_than_those_of_the_training_are_noticed() -> None:
    made, _, _ = trainings()
    made.begin(Beginning({"t": ("a", "b")}, {"W": np.ones((2, 2))}, 6, (), None))
    assert made.history(None)[1] is False


def test_a_copy_begins_where_the_first_one_stood() -> None:
    made, _, model = trainings()
    assert made.beginning == Beginning({}, None, 0, frozenset(), None)
    made.train(made.job(None), [])
    beginning = made.beginning
    assert (beginning.classes, beginning.step, beginning.run) == ({"t": ("a", "b")}, 6, None)
    assert beginning.parameters is not None
    assert model.parameters is not None
    beginning.parameters["W"][...] = 0
    assert model.parameters["W"].any(), "a copy has memory of its own"


def test_a_model_that_was_trained_on_numbers_takes_no_names() -> None:
    for steps, coding in ((6, {"t": ()}), (0, {})):
        made, data, _ = trainings()
        made.begin(Beginning({}, {"W": np.ones((2, 2))}, steps, (), None))
        assert data.coding == coding


def test_rows_that_settings_put_in_their_place_are_all_that_is_evaluated() -> None:
    made, _, _ = trainings(replaced=("rows.x",))
    assert set(made.evaluate(None)) == {"loss", "right"}
    made.begin(Beginning({}, None, 0, ("train.epochs",), None))
    assert "train.loss" in made.evaluate(None)


def test_what_was_trained_elsewhere_is_evaluated_by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "need_jax", lambda span: pytest.fail("metrics need no JAX"))
    made, _, _ = trainings(NET.replace("epochs = 3", "epochs = 3; backend = jax; precision = bfloat16"))
    assert made.section().mixed
    assert not made.section("float64").mixed
    assert "test.loss" in made.evaluate(None)


def test_numpy_refuses_products_of_half_the_bits() -> None:
    made, _, _ = trainings(NET.replace("epochs = 3", "epochs = 3; precision = bfloat16"))
    with pytest.raises(SpecError, match="`precision = bfloat16` is not to be had of numpy"):
        made.job(None)
    made.job("float32")
    on_jax = replace(made.job("float32"), section=made.section(backend="jax"))
    with pytest.raises(SpecError, match="bfloat16"):
        on_jax.plain()


def test_a_run_in_a_folder_is_where_its_history_lies(tmp_path: Path) -> None:
    made, _, model = trainings()
    record = SpecRecord(text=NET, name="test.graph", folder=".", settings={}, classes={}, fingerprint="")
    every = Interval(steps=1)
    kept = made.train_in(tmp_path / "run", made.job(None), record, [], resume=False, force=False, every=every)
    second, _, _ = trainings()
    second.begin(Beginning({"t": ("a", "b")}, model.parameters, made.steps, (), tmp_path / "run"))
    again, same = second.history(None)
    assert same
    assert again.rows == kept.rows
    assert second.beginning.run == (tmp_path / "run").resolve()
