"""Run folders: what lies in them, and that a run goes on to the same bits wherever it was cut off."""

import builtins
import errno
import json
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.build import build
from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile
from chainrule.runtime.data.binding import Dataset
from chainrule.runtime.runs import atomic, run_folder, run_writer
from chainrule.runtime.runs import machine_record as environment
from chainrule.runtime.runs.interval import Interval
from chainrule.runtime.runs.load_model import load_model
from chainrule.runtime.runs.model_file import SpecRecord
from chainrule.runtime.runs.recorder import train_in
from chainrule.runtime.runs.run_folder import read_losses, read_rows, read_run
from chainrule.runtime.runs.run_writer import opened
from chainrule.runtime.training.job import Job, job_of
from chainrule.runtime.training.train import Callback, Training

TEXT = """
dim N
input x: [N, 3]
input t: int[N]
param W: [3, 2] = he()
param b: [2] = zeros()
scores = affine(x, W, b)
loss = softmax-loss(scores, t)
data points { x = npz("points.npz", "x") ; t = npz("points.npz", "t") }
train { minimize = loss ; data = points ; metrics = [accuracy(scores, t)] ; batch = 8 ; SETTINGS }
"""
ADAM = "optimizer = adam(lr = 0.02) ; epochs = 3 ; hold_out = 0.2 ; report = every(4) ; stop = early(patience = 2)"
RECORD = SpecRecord(
    text=TEXT,
    name="test.graph",
    folder="specs",
    settings={"hidden": "64"},
    classes={"t": ("yes", "no")},
    fingerprint="abc",
)


def points(rows: int = 30) -> Dataset:
    generator = np.random.default_rng(0)
    x, t = generator.normal(size=(rows, 3)), generator.integers(2, size=rows)
    return Dataset({"x": x.astype("float32"), "t": t}, rows)


@cache
def compiled(settings: str) -> Spec:
    spec, _ = build(*parse(Source("test.graph", TEXT.replace("SETTINGS", settings))))
    return spec


def job(settings: str = ADAM, data: Dataset | None = None, *, optimise: bool = False) -> Job:
    """The training; its steps are taken by the plain executor, which needs no time to get ready."""
    spec = compiled(settings)
    assert spec.train is not None
    return replace(job_of(spec, spec.train, data or points(), None), optimise=optimise)


def outcome(folder: Path) -> dict[str, Any]:
    """All that must not depend on interruptions."""
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in read_rows(folder)]
    model = load_model(folder)
    checkpoint = run_folder.read_checkpoint(folder)
    return {
        "rows": rows,
        "losses": read_losses(folder).tobytes(),
        "model": {path: value.tobytes() for path, value in model.parameters.items()},
        "step": model.step,
        "tensors": {path: value.tobytes() for path, value in checkpoint.tensors.items()},
    }


def fault(action: Callable[[], object]) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        action()
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


class At(Callback):
    """Does something after a step."""

    def __init__(self, step: int, action: Callable[[], object]) -> None:
        self._step = step
        self._action = action

    def stepped(self, training: Training) -> None:
        if training.step == self._step:
            self._action()


class KilledError(Exception):
    """What a kill is played by."""


def kill() -> None:
    raise KilledError


def test_what_lies_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "first"
    training = train_in(folder, job(), RECORD)
    assert sorted(path.name for path in folder.iterdir()) == [
        "checkpoint.previous.safetensors",
        "checkpoint.safetensors",
        "health.jsonl",
        "loss.npy",
        "metrics.jsonl",
        "model.safetensors",
        "run.json",
        "spec.graph",
    ]
    assert (folder / "spec.graph").read_text("utf-8") == TEXT
    run = read_run(folder)
    assert run is not None
    assert run["state"] == training.state
    assert (
        run["settings"]["optimizer"] == "adam(lr = 0.02, beta1 = 0.9, beta2 = 0.999, eps = 1e-08, weight_decay = 0.0)"
    )
    assert run["settings"]["precision"] == "float32"
    assert set(run["versions"]) == {"chainrule", "python", "numpy"}
    assert all(library["threads"] >= 1 for library in run["blas"])
    assert run["metrics"] == training.history.last
    assert run["hashes"]["spec"] == "abc"
    assert read_rows(folder) == training.history.rows
    assert np.array_equal(read_losses(folder), training.history.losses)


def test_the_model_of_a_run(tmp_path: Path) -> None:
    training = train_in(tmp_path, job(), RECORD)
    for place in (tmp_path, tmp_path / "model.safetensors"):
        model = load_model(place)
        assert model.spec == RECORD
        assert model.precision == "float32"
        assert model.step == training.history.kept_step
        assert all(np.array_equal(value, training.kept[path]) for path, value in model.parameters.items())
    (tmp_path / "model.safetensors").unlink()
    (from_checkpoint, kept) = (load_model(tmp_path), training.kept)
    assert from_checkpoint.spec == RECORD
    assert from_checkpoint.step == training.history.kept_step
    assert all(np.array_equal(value, kept[path]) for path, value in from_checkpoint.parameters.items())


def test_the_same_run_writes_the_same_model(tmp_path: Path) -> None:
    for name in ("a", "b"):
        train_in(tmp_path / name, job(), RECORD)
    assert (tmp_path / "a" / "model.safetensors").read_bytes() == (tmp_path / "b" / "model.safetensors").read_bytes()


def test_a_folder_that_holds_a_run_is_left_alone(tmp_path: Path) -> None:
    train_in(tmp_path, job(), RECORD)
    before = outcome(tmp_path)
    diagnostic = fault(lambda: train_in(tmp_path, job(), RECORD))
    assert diagnostic.code == "G523"
    assert "--resume" in str(diagnostic.hint)
    assert outcome(tmp_path) == before


# --- going on ---------------------------------------------------------------------------------------------------

OPTIMISERS = [
    "sgd(lr = 0.1)",
    "momentum(lr = 0.1)",
    "nesterov(lr = 0.1)",
    "adagrad()",
    "rmsprop()",
    "adam()",
    "adamw()",
]


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_every_optimiser_goes_on_in_the_middle_of_an_epoch(tmp_path: Path, optimiser: str) -> None:
    settings = f"optimizer = {optimiser} ; epochs = 3 ; schedule = cosine(warmup = 2) ; sampling = shuffle"
    train_in(tmp_path / "whole", job(settings), RECORD)
    with pytest.raises(KilledError):
        train_in(tmp_path / "cut", job(settings), RECORD, callbacks=[At(6, kill)], every=Interval(seconds=0))
    training = train_in(tmp_path / "cut", job(settings), RECORD, resume=True)
    assert training.step == 12
    assert outcome(tmp_path / "cut") == outcome(tmp_path / "whole")


@pytest.mark.parametrize(("sampling", "seconds"), [("shuffle", 0.0), ("shuffle", 1000.0), ("replacement", 0.0)])
def test_a_kill_after_each_step(tmp_path: Path, sampling: str, seconds: float) -> None:
    settings = f"{ADAM} ; sampling = {sampling}"
    steps = train_in(tmp_path / "whole", job(settings), RECORD).step
    for step in range(1, steps + 1, 2 if seconds else 1):
        folder = tmp_path / str(step)
        with pytest.raises(KilledError):
            train_in(folder, job(settings), RECORD, callbacks=[At(step, kill)], every=Interval(seconds=seconds))
        train_in(folder, job(settings), RECORD, resume=True)
        assert outcome(folder) == outcome(tmp_path / "whole")


def test_resume_begins_where_nothing_was(tmp_path: Path) -> None:
    train_in(tmp_path / "whole", job(), RECORD)
    train_in(tmp_path / "new", job(), RECORD, resume=True)
    assert outcome(tmp_path / "new") == outcome(tmp_path / "whole")


def test_a_run_that_has_ended_stays_as_it_is(tmp_path: Path) -> None:
    first = train_in(tmp_path, job(), RECORD)
    before = outcome(tmp_path)
    again = train_in(tmp_path, job(), RECORD, resume=True)
    assert outcome(tmp_path) == before
    assert (again.step, again.state, again.history.kept_step) == (first.step, first.state, first.history.kept_step)
    assert again.history.rows == first.history.rows
    assert all(np.array_equal(again.kept[path], value) for path, value in first.kept.items())


def test_ctrl_c_saves_and_can_be_resumed(tmp_path: Path) -> None:
    train_in(tmp_path / "whole", job(), RECORD)
    press = At(5, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        train_in(tmp_path / "cut", job(), RECORD, callbacks=[press], every=Interval(seconds=1000))
    run = read_run(tmp_path / "cut")
    assert run is not None
    assert (run["state"], run["step"]) == ("interrupted", 5)
    assert len(read_losses(tmp_path / "cut")) == 5
    train_in(tmp_path / "cut", job(), RECORD, resume=True)
    assert outcome(tmp_path / "cut") == outcome(tmp_path / "whole")


# --- faults at every file call ----------------------------------------------------------------------------------


class FileCalls:
    """Counts what changes the disk, and lets one call fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fail_at: int, error: BaseException) -> None:
        self.count = 0
        self.fail_at = fail_at
        self.error = error
        for name in ("replace", "fsync"):
            monkeypatch.setattr(os, name, self._watched(getattr(os, name)))
        for module in (atomic, run_writer):
            monkeypatch.setattr(module, "open", self._open, raising=False)

    def _open(self, path: Path, mode: str, **options: Any) -> Any:
        writes = set(mode) & set("wax")
        return (self._watched(builtins.open) if writes else builtins.open)(path, mode, **options)

    def _watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.count += 1
            if self.count == self.fail_at:
                raise self.error
            return function(*arguments, **options)

        return call


def attempt(folder: Path) -> str:
    """Trains, and says what was said."""
    try:
        train_in(folder, job(SHORT), RECORD, every=Interval(seconds=0))
    except KilledError:
        return ""
    except SpecError as error:
        return str(error)
    return ""


SHORT = "optimizer = adam(lr = 0.02) ; steps = 3 ; report = every(2) ; stop = early(watch = train.loss, patience = 9)"


@pytest.mark.parametrize("full_disk", [False, True])
def test_a_fault_at_each_file_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full_disk: bool) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # a kill loses nothing that was written; discs are slow
    train_in(tmp_path / "whole", job(SHORT), RECORD)
    whole = outcome(tmp_path / "whole")
    call = 0
    while True:
        call += 1
        folder = tmp_path / str(call)
        error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) if full_disk else KilledError()
        with monkeypatch.context() as patch:
            calls = FileCalls(patch, call, error)
            said = attempt(folder)
        if calls.count < call:
            break
        if full_disk:
            assert "G520" in said
            assert "No space left" in said
            assert not list(folder.glob("*.tmp"))
        train_in(folder, job(SHORT), RECORD, resume=True)
        assert outcome(folder) == whole, f"after a fault at file call {call}"
    assert call > 30


def test_litter_of_a_kill_is_removed(tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        train_in(tmp_path, job(), RECORD, callbacks=[At(3, kill)], every=Interval(seconds=0))
    (tmp_path / "checkpoint.safetensors.tmp").write_bytes(b"half")
    with open(tmp_path / "metrics.jsonl", "ab") as file:
        file.write(b'{"step": 4, "ep')
    train_in(tmp_path, job(), RECORD, resume=True)
    assert not list(tmp_path.glob("*.tmp"))
    train_in(tmp_path / "whole", job(), RECORD)
    assert outcome(tmp_path) == outcome(tmp_path / "whole")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    diagnostic = fault(lambda: train_in(tmp_path / "file" / "run", job(), RECORD))
    assert diagnostic.code == "G520"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    diagnostic = fault(lambda: train_in(tmp_path, job(), RECORD))
    assert diagnostic.code == "G520"
    tmp_path.chmod(0o700)
    assert not list(tmp_path.iterdir())


# --- what has changed -------------------------------------------------------------------------------------------


def begun(folder: Path, settings: str = ADAM) -> None:
    with pytest.raises(KilledError):
        train_in(folder, job(settings), RECORD, callbacks=[At(5, kill)], every=Interval(seconds=0))


def altered(**changes: str) -> SpecRecord:
    return SpecRecord(**{**{name: getattr(RECORD, name) for name in RECORD.__dataclass_fields__}, **changes})


def test_another_spec_is_refused_unless_forced(tmp_path: Path) -> None:
    begun(tmp_path)
    faster = job(ADAM.replace("0.02", "0.05"))
    other = altered(fingerprint="xyz")
    diagnostic = fault(lambda: train_in(tmp_path, faster, other, resume=True))
    assert diagnostic.code == "G525"
    assert "statements or settings" in diagnostic.message
    assert "optimizer was adam(lr = 0.02" in str(diagnostic.hint)
    assert train_in(tmp_path, faster, other, resume=True, force=True).over


def test_other_data_are_refused_unless_forced(tmp_path: Path) -> None:
    begun(tmp_path)
    data = points()
    np.asarray(data.inputs["x"])[7, 1] += 1
    diagnostic = fault(lambda: train_in(tmp_path, job(data=data), RECORD, resume=True))
    assert diagnostic.code == "G525"
    assert "data" in diagnostic.message
    assert train_in(tmp_path, job(data=data), RECORD, resume=True, force=True).over


def test_another_optimiser_cannot_be_forced(tmp_path: Path) -> None:
    begun(tmp_path)
    other = job(ADAM.replace("adam(", "sgd("))
    diagnostic = fault(lambda: train_in(tmp_path, other, altered(fingerprint="x"), resume=True, force=True))
    assert "optimiser states" in diagnostic.message


# --- damage -----------------------------------------------------------------------------------------------------


def test_a_damaged_checkpoint_names_the_one_before(tmp_path: Path) -> None:
    begun(tmp_path)
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    diagnostic = fault(lambda: train_in(tmp_path, job(), RECORD, resume=True))
    assert diagnostic.code == "G522"
    assert "checkpoint.previous.safetensors" in str(diagnostic.hint)
    assert "step 4" in str(diagnostic.hint)
    path.unlink()
    train_in(tmp_path, job(), RECORD, resume=True)
    train_in(tmp_path / "whole", job(), RECORD)
    assert outcome(tmp_path) == outcome(tmp_path / "whole")


@pytest.mark.parametrize("name", ["loss.npy", "metrics.jsonl"])
def test_a_log_that_lacks_steps_is_refused(tmp_path: Path, name: str) -> None:
    begun(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-20])
    assert fault(lambda: train_in(tmp_path, job(), RECORD, resume=True)).code == "G522"


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    assert fault(lambda: load_model(tmp_path)).code == "G521"
    assert fault(lambda: load_model(tmp_path / "nowhere")).code == "G521"


# --- one writer -------------------------------------------------------------------------------------------------


def test_one_run_a_folder(tmp_path: Path) -> None:
    def second() -> None:
        diagnostic = fault(lambda: train_in(tmp_path, job(), RECORD, resume=True))
        assert diagnostic.code == "G524"
        assert str(os.getpid()) in diagnostic.message

    train_in(tmp_path, job(), RECORD, callbacks=[At(3, second)])


def test_a_stale_lock_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "run.lock").write_text(json.dumps({"process": 1, "run": "gone"}))
    train_in(tmp_path, job(), RECORD)
    assert not (tmp_path / "run.lock").exists()


def test_a_new_folder_into_which_nothing_came_is_removed(tmp_path: Path) -> None:
    with pytest.raises(KilledError), opened(tmp_path / "new", resume=False):
        kill()
    assert not (tmp_path / "new").exists()


# --- values that are not finite ---------------------------------------------------------------------------------


def test_a_failed_run_keeps_its_last_good_checkpoint(tmp_path: Path) -> None:
    def spoil() -> None:
        current["W"][...] = np.nan

    current: Mapping[str, Any] = {}

    class Look(Callback):
        def started(self, training: Training) -> None:
            nonlocal current
            current = training.params

    diagnostic = fault(
        lambda: train_in(tmp_path, job(), RECORD, callbacks=[Look(), At(5, spoil)], every=Interval(seconds=1000))
    )
    assert diagnostic.code == "G501"
    run = read_run(tmp_path)
    assert run is not None
    assert run["state"] == "failed"
    assert not (tmp_path / "model.safetensors").exists()
    assert all(np.isfinite(value).all() for value in load_model(tmp_path).parameters.values())
    train_in(tmp_path, job(), RECORD, resume=True)
    train_in(tmp_path / "whole", job(), RECORD)
    assert outcome(tmp_path) == outcome(tmp_path / "whole")


def test_numbers_that_are_none_are_read_back(tmp_path: Path) -> None:
    with opened(tmp_path, resume=False) as run:
        row = {"step": 1, "train.loss": float("inf"), "test.loss": 0.1}
        run.append_row(row)
        assert read_rows(tmp_path) == [row]
        assert '"inf"' in (tmp_path / "metrics.jsonl").read_text()


FAR = """
dim N
input x: [N, 1]
input t: [N, 1]
param w: [1, 1] = ones()
loss = mse(x @ w, t)
data near { x = [[1], [2], [3]] ; t = [[2], [4], [6]] }
data far { x = [[1e30], [2]] ; t = [[1], [2]] }
train { minimize = loss ; data = near ; test = far ; optimizer = sgd(lr = 0.01) ; epochs = 8
  stop = early(patience = 9) }
"""


def test_the_best_value_of_early_stopping_may_be_infinite(tmp_path: Path) -> None:
    """Where test rows are so far off that their loss is too large for float32."""
    with pytest.raises(KilledError):
        compile(FAR).train(run=tmp_path / "cut", callbacks=[At(6, kill)], checkpoint_every=1)
    assert run_folder.read_checkpoint(tmp_path / "cut").record["watch"]["best"] == "inf"
    compile(FAR).train(resume=tmp_path / "cut")
    compile(FAR).train(run=tmp_path / "whole")
    assert outcome(tmp_path / "cut") == outcome(tmp_path / "whole")


# --- what the bits hang on --------------------------------------------------------------------------------------


def interrupted(folder: Path, monkeypatch: pytest.MonkeyPatch, **changed: object) -> None:
    """A run that was cut off at step 4, on a machine that differed in its BLAS."""
    real = environment.blas

    def other() -> list[dict[str, object]]:
        return [{**library, **changed} for library in real()]

    with monkeypatch.context() as patch:
        patch.setattr(environment, "blas", other)
        with pytest.raises(KilledError):
            train_in(folder, job(), RECORD, callbacks=[At(4, kill)], every=Interval(seconds=0))


def test_the_threads_are_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(tmp_path / "run", monkeypatch, threads=2)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    seen: list[object] = []
    training = train_in(
        tmp_path / "run",
        job(),
        RECORD,
        resume=True,
        callbacks=[At(6, lambda: seen.extend(library["threads"] for library in environment.blas()))],
    )
    assert set(seen) == {2}
    assert not training.warnings


def test_other_kernels_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(tmp_path / "run", monkeypatch, kernels="Other")
    training = train_in(tmp_path / "run", job(), RECORD, resume=True)
    (warning,) = training.warnings
    assert warning.code == "G527"
    assert "BLAS kernels" in warning.message
    assert "was Other" in warning.message


# --- how often it is saved --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("every", "kept"), [("2", 4), ("1", 5), ("1h", 0), ("0s", 5), (Interval(steps=3), 3)])
def test_how_often_it_is_saved(tmp_path: Path, every: str | Interval, kept: int) -> None:
    with pytest.raises(KilledError):
        train_in(tmp_path, job(), RECORD, callbacks=[At(5, kill)], every=Interval.of(every))
    assert run_folder.read_checkpoint(tmp_path).record["step"] == kept
    train_in(tmp_path, job(), RECORD, resume=True)
    train_in(tmp_path / "whole", job(), RECORD)
    assert outcome(tmp_path) == outcome(tmp_path / "whole")


def test_where_a_checkpoint_stands(tmp_path: Path) -> None:
    begun(tmp_path)  # 24 rows, 8 a step
    record = run_folder.read_checkpoint(tmp_path).record
    assert {name: record[name] for name in ("step", "epoch", "row", "seed")} == {
        "step": 5, "epoch": 2, "row": 16, "seed": 0
    }  # fmt: skip


def test_a_checkpoint_that_does_not_read_back_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lie(descriptor: int) -> None:
        """A disk that drops what it says it has kept."""
        written = tmp_path / "checkpoint.safetensors.tmp"
        if written.exists() and os.path.samestat(os.fstat(descriptor), written.stat()):
            os.ftruncate(descriptor, 100)

    begun(tmp_path)
    before = outcome_of_checkpoint(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lie)
        diagnostic = fault(lambda: train_in(tmp_path, job(), RECORD, resume=True))
    assert diagnostic.code == "G520"
    assert "does not read back" in diagnostic.message
    assert outcome_of_checkpoint(tmp_path) == before
    assert not list(tmp_path.glob("*.tmp"))


def outcome_of_checkpoint(folder: Path) -> dict[str, bytes]:
    return {path: value.tobytes() for path, value in run_folder.read_checkpoint(folder).tensors.items()}
