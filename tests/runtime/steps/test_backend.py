"""A backend is two things in two files: a step and what holds the parameters. One that nobody knows of takes trainings.

It stands for those whose arrays lie elsewhere and cannot be written into: each step puts new ones in their place.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from planned import bits, section_of
from random_programs import random_program

import chainrule
from chainrule.compiler.compile import compiled
from chainrule.compiler.derive.training import STEP_COUNT, training_graph
from chainrule.compiler.lower.computation import bound
from chainrule.compiler.lower.plan import steps_of
from chainrule.compiler.passes.pipeline import optimised
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.arrays import Array, Value
from chainrule.runtime.data.binding import Dataset
from chainrule.runtime.data.labels import limits
from chainrule.runtime.evaluate.execute import Moment, execute
from chainrule.runtime.evaluate.parameters import initial_parameters
from chainrule.runtime.runs.interval import Interval
from chainrule.runtime.runs.model_file import SpecRecord
from chainrule.runtime.runs.recorder import train_in
from chainrule.runtime.runs.run_folder import read_checkpoint
from chainrule.runtime.steps.backend import Backend, BackendRequest, Held, Step
from chainrule.runtime.steps.trainer import Trainer
from chainrule.runtime.training.find_rate import find_rate
from chainrule.runtime.training.job import Job, job_of
from chainrule.runtime.training.train import Callback, Training


def frozen(value: Value) -> Array:
    """An array that raises where it is written into."""
    array = np.array(value)
    array.flags.writeable = False
    return array


class FrozenBackend(Backend):
    """Runs what the passes have made node by node, on arrays that are replaced and never written into."""

    name = "frozen"

    def __init__(self, request: BackendRequest) -> None:
        self.request = request
        training, precision = request.training, request.precision
        self.params = {path: frozen(value.astype(precision)) for path, value in request.parameters.items()}
        self.states = {
            path: frozen(np.zeros_like(self.params[update.parameter])) for path, update in training.states.items()
        }
        self.changing = training.changed

    def step_for(self, inputs: Mapping[str, Value]) -> "FrozenStep":
        return FrozenStep(self, inputs)

    def read(self) -> Held:
        return Held(dict(self.params), dict(self.states))

    def write(self, values: Mapping[str, Value]) -> None:
        for path, value in values.items():
            held = self.params if path in self.params else self.states
            assert np.shape(value) == held[path].shape
            held[path] = frozen(np.asarray(value, self.request.precision))


class FrozenStep(Step):
    def __init__(self, backend: FrozenBackend, inputs: Mapping[str, Value]) -> None:
        request = backend.request
        training, planner = request.training, request.planner
        dims = planner.dims(inputs, backend.params)
        targets = (training.loss, *backend.changing.values())
        self.plan = steps_of(
            optimised(bound(training.graph, targets, dims, request.precision, scalar=training.graph.scalar))
        )
        self.unguarded = limits(planner.judges, dims)
        self.backend = backend

    def __call__(self, inputs: Mapping[str, Value], rates: Mapping[str, float], count: int) -> float | None:
        backend, planner = self.backend, self.backend.request.planner
        numbers = {**rates, STEP_COUNT: count}
        arrays = {path: np.asarray(value, planner.precision) for path, value in numbers.items()}
        held = {**backend.params, **backend.states, **arrays}
        values = execute(self.plan, {**inputs, **planner.fed(held)}, Moment(count - 1))
        loss, *changed = [np.asarray(values[target]) for target in self.plan.targets]
        if not all(np.isfinite(value).all() for value in (loss, *changed)):
            return None
        backend.write(dict(zip(backend.changing, changed, strict=True)))
        return float(loss)


NET = """
dim N
input x: [N, 4]
input t: int[N]
param W1: [4, 5] = he()
param b1: [5] = zeros()
param W2: [5, 3] = he()
scores = relu(affine(x, W1, b1)) @ W2
loss = softmax-loss(scores, t)
train { minimize = loss ; optimizer = adam(lr = 0.05) ; steps = 18 ; seed = 3 ; exact = true
        stop = early(watch = train.loss, patience = 9) }
"""

RECORD = SpecRecord(text=NET, name="net.graph", folder=".", settings={}, classes={}, fingerprint="abc")


def job(text: str = NET, rows: int = 20) -> Job:
    """A training of the net on random rows."""
    spec = compiled(Source("net.graph", text), Path()).spec
    random = np.random.default_rng(1)
    section = replace(section_of(spec), steps=None, epochs=6, batch=8)
    inputs = {"x": random.normal(size=(rows, 4)).astype(section.precision), "t": random.integers(3, size=rows)}
    return job_of(spec, section, Dataset(inputs, rows), None)


def frozen_job(text: str = NET) -> Job:
    return replace(job(text), backend=FrozenBackend, optimise=False)


def trained(each: Job) -> Training:
    training = Training(each)
    training.run()
    return training


def state(training: Training) -> dict[str, bytes]:
    return {path: bits(value) for path, value in (*training.kept.items(), *training.trainer.states.items())}


def test_a_whole_training_has_the_bits_of_the_plain_executor() -> None:
    plain, made = trained(replace(job(), optimise=False)), trained(frozen_job())
    assert isinstance(made.trainer.backend, FrozenBackend)
    assert made.trainer.compiled is None
    assert made.trainer.folded == ()
    assert made.history.losses.tobytes() == plain.history.losses.tobytes()
    assert made.history.health == plain.history.health
    assert state(made) == state(plain)


@pytest.mark.parametrize("seed", range(30))
def test_random_programs(seed: int) -> None:
    program = random_program(Random(seed))
    spec = compiled(Source("random.graph", program.text), Path()).spec
    section = section_of(spec)
    training = training_graph(spec.full, section.minimize, section.optimizer, section.groups)
    initial = initial_parameters(spec.full, {}, section.seed, section.precision)
    plain = Trainer(training, section.optimizer, initial, section.precision, optimise=False)
    made = Trainer(training, section.optimizer, initial, section.precision, backend=FrozenBackend)
    for feeds in program.batches():
        said = []
        for trainer in (plain, made):
            try:
                said.append(str(trainer.step(feeds)))
            except SpecError as error:
                said.append(error.diagnostics[0].message)
        assert said[0] == said[1], program.text
    for one, other in ((plain.params, made.params), (plain.states, made.states)):
        assert {path: bits(value) for path, value in one.items()} == {path: bits(v) for path, v in other.items()}


def test_what_goes_on_has_the_bits_of_what_was_never_cut(tmp_path: Path) -> None:
    class Cut(Callback):
        def stepped(self, training: Training) -> None:
            if training.step == 7:
                training.stop()

    whole = trained(frozen_job())
    train_in(tmp_path, frozen_job(), RECORD, callbacks=[Cut()], every=Interval(steps=1))
    _, record = read_checkpoint(tmp_path)
    assert record["environment"]["steps"] == "frozen"
    training = Training(frozen_job())
    assert training.step == 0
    again = train_in(tmp_path, frozen_job(), RECORD, resume=True)
    assert again.step == whole.step
    assert state(again) == state(whole)


def test_a_run_says_that_another_backend_took_its_steps(tmp_path: Path) -> None:
    class Cut(Callback):
        def stepped(self, training: Training) -> None:
            if training.step == 7:
                training.stop()

    train_in(tmp_path, frozen_job(), RECORD, callbacks=[Cut()], every=Interval(steps=1))
    again = train_in(tmp_path, job(), RECORD, resume=True)
    assert any("frozen" in warning.message for warning in again.warnings)


def test_a_step_that_is_not_finite_leaves_the_parameters_of_the_last_report() -> None:
    class Spoil(Callback):
        """Notes the parameters of each report, and spoils them before the ninth step."""

        def __init__(self) -> None:
            self.good: dict[str, bytes] = {}

        def reported(self, training: Training, row: object) -> None:
            self.good = {path: bits(value) for path, value in training.params.items()}

        def stepped(self, training: Training) -> None:
            if training.step == 8:
                training.trainer.write({"W2": np.full((5, 3), np.inf, "float32")})

    training, spoil = Training(frozen_job()), Spoil()
    with pytest.raises(SpecError, match="at step 9"):
        training.run([spoil])
    assert {path: bits(value) for path, value in training.params.items()} == spoil.good


def test_class_numbers_are_looked_at_for_it() -> None:
    trainer = Training(frozen_job()).trainer
    with pytest.raises(SpecError) as caught:
        trainer.step(x=np.ones((2, 4)), t=[0, 3])
    assert caught.value.diagnostics[0].code == "G444"
    assert trainer.steps == 0


def test_a_rate_is_found_with_it_too() -> None:
    plain, made = find_rate(replace(job(), optimise=False), 40), find_rate(frozen_job(), 40)
    assert made == plain


@pytest.mark.parametrize("optimise", [True, False])
@pytest.mark.parametrize("text", [NET, "param w = 3\ny = w * w\ntrain { minimize = y; optimizer = adam; steps = 2 }"])
def test_what_is_written_is_a_copy(text: str, optimise: bool) -> None:
    trainer = chainrule.compile(text).trainer(optimise=optimise)
    held = trainer.params
    before = {path: value.copy() for path, value in held.items()}
    mine = {path: np.array(value + 1) for path, value in held.items()}
    trainer.write(mine)
    for path, value in mine.items():
        value[...] = 99
        np.testing.assert_allclose(trainer.params[path], before[path] + 1)
        assert trainer.params[path] is held[path]


def test_parameters_may_be_written_in_each_others_place() -> None:
    text = "param a = 1\nparam b = 2\ny = a * b\ntrain { minimize = y; optimizer = sgd(lr = 0.1); steps = 2 }"
    trainer = chainrule.compile(text).trainer()
    trainer.write({"a": trainer.params["b"], "b": trainer.params["a"]})
    assert (float(trainer.params["a"]), float(trainer.params["b"])) == (2, 1)
