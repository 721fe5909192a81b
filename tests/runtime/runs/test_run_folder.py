"""Run folders as they are read back: what was damaged is found, folders of chainrule 0.1.0 go on."""

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.build import build
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.binding import Dataset
from chainrule.runtime.runs.interval import Interval
from chainrule.runtime.runs.load_model import load_model
from chainrule.runtime.runs.model_file import SpecRecord
from chainrule.runtime.runs.recorder import train_in
from chainrule.runtime.runs.run_folder import HEALTH, holds_run, known, read_losses, read_rows, read_run, run_id
from chainrule.runtime.runs.run_history import read_history
from chainrule.runtime.training.job import Job, job_of
from chainrule.runtime.training.train import Callback, Training

OLD = Path(__file__).parent / "0.1.0"
"""A whole run, and one that was killed after six of its nine steps, both written by chainrule 0.1.0."""

TEXT = (OLD / "cut" / "spec.graph").read_text("utf-8")
RECORD = SpecRecord(
    text=TEXT,
    name="old.graph",
    folder="specs",
    settings={"hidden": "64"},
    classes={"t": ("yes", "no")},
    fingerprint="abc",
)


def job() -> Job:
    """The training of these runs, its steps taken by the plain executor."""
    spec, _ = build(*parse(Source("old.graph", TEXT)))
    assert spec.train is not None
    rows = np.arange(90).reshape(30, 3)
    x, t = (rows * 7 % 11 / 8 - 0.5).astype("float32"), rows[:, 0] // 3 % 2
    return replace(job_of(spec, spec.train, Dataset({"x": x, "t": t}, 30), None), optimise=False)


class KilledError(Exception):
    """What a kill is played by."""


class KilledAt(Callback):
    def __init__(self, step: int) -> None:
        self._step = step

    def stepped(self, training: Training) -> None:
        if training.step == self._step:
            raise KilledError


def begun(folder: Path, step: int = 6) -> Path:
    """A run that was killed after a step, with a checkpoint after each."""
    with pytest.raises(KilledError):
        train_in(folder, job(), RECORD, callbacks=[KilledAt(step)], every=Interval(steps=1))
    return folder


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return begun(tmp_path_factory.mktemp("runs") / "cut")


@pytest.fixture
def folder(cut: Path, tmp_path: Path) -> Path:
    """A copy of a run that was killed, to be damaged."""
    return Path(shutil.copytree(cut, tmp_path / "run"))


def code(action: Callable[[], object]) -> str:
    with pytest.raises(SpecError) as caught:
        action()
    return caught.value.diagnostics[0].code


def seen(path: Path) -> dict[str, Any]:
    """All that is read of a folder that nobody goes on with."""
    history = read_history(path, job().precision, job().higher)
    return {
        "rows": history.rows,
        "health": history.health,
        "losses": history.losses.tolist(),
        "kept": history.kept_step,
        "run": read_run(path),
    }


def seen_or_codes(path: Path) -> dict[str, Any] | list[str]:
    """The same, or the codes of what is wrong."""
    try:
        return seen(path)
    except SpecError as error:
        return [diagnostic.code for diagnostic in error.diagnostics]


# --- folders of 0.1.0 -------------------------------------------------------------------------------------------


def test_a_folder_of_0_1_0_is_read() -> None:
    assert not known(OLD / "whole").sealed
    model = load_model(OLD / "whole")
    assert model.spec == RECORD
    assert set(model.parameters) == {"W", "b"}
    assert [row["step"] for row in read_rows(OLD / "whole")] == [4, 8, 9]
    assert read_losses(OLD / "whole").size == 9
    assert read_history(OLD / "whole", job().precision, job().higher).kept_step == model.step
    assert load_model(OLD / "cut").spec == RECORD


def test_a_run_of_0_1_0_goes_on(tmp_path: Path) -> None:
    run = shutil.copytree(OLD / "cut", tmp_path / "run")
    number = run_id(run)
    training = train_in(run, job(), RECORD, resume=True)
    assert training.step == 9
    assert known(run).sealed
    assert run_id(run) == number
    whole = load_model(OLD / "whole").parameters
    for path, value in load_model(run).parameters.items():
        assert np.allclose(value, whole[path], rtol=1e-5), "versions and machines may round otherwise"
    assert np.allclose(read_losses(run), read_losses(OLD / "whole"), rtol=1e-5)
    assert [row["step"] for row in read_rows(run)] == [4, 8, 9]


def test_a_run_of_0_1_0_that_is_killed_again_goes_on(tmp_path: Path) -> None:
    for step in range(6, 10):
        run = shutil.copytree(OLD / "cut", tmp_path / str(step))
        with pytest.raises(KilledError):
            train_in(run, job(), RECORD, resume=True, callbacks=[KilledAt(max(step, 7))], every=Interval(steps=step))
        assert train_in(run, job(), RECORD, resume=True).step == 9


def test_sums_are_verified_where_they_are_though_the_folder_is_old(tmp_path: Path) -> None:
    run = shutil.copytree(OLD / "cut", tmp_path / "run")
    row = (run / "metrics.jsonl").read_text()
    (run / "metrics.jsonl").write_text(row.replace("}", ', "sum": "0123456789abcdef"}'))
    assert code(lambda: read_rows(run)) == "G522"


# --- sums cannot be left out ------------------------------------------------------------------------------------


def without(path: Path, key: str) -> None:
    """Takes a checksum out of each record of a file."""
    texts = path.read_text("utf-8").splitlines() if path.suffix == ".jsonl" else [path.read_text("utf-8")]
    records = [json.loads(text) for text in texts]
    for record in records:
        del record[key]
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), "utf-8")


@pytest.mark.parametrize(("name", "key"), [("metrics.jsonl", "sum"), ("health.jsonl", "sum"), ("run.json", "sha256")])
@pytest.mark.parametrize("checkpoints", [True, False])
def test_a_log_without_sums_is_damaged(folder: Path, name: str, key: str, checkpoints: bool) -> None:
    if not checkpoints:
        for path in folder.glob("checkpoint*"):
            path.unlink()
    without(folder / name, key)
    if not checkpoints and name == "run.json":
        without(folder / "metrics.jsonl", "sum")
        assert read_rows(folder), "nothing says any more that it is not a folder of 0.1.0"
        return
    assert code(lambda: seen(folder)) == "G522"


def test_losses_without_a_sum_are_damaged(folder: Path) -> None:
    np.save(folder / "loss.npy", read_losses(folder))
    assert code(lambda: seen(folder)) == "G522"
    assert code(lambda: train_in(folder, job(), RECORD, resume=True)) == "G522"


def test_a_checkpoint_that_calls_itself_older_is_damaged(folder: Path) -> None:
    path = folder / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes().replace(b"chainrule checkpoint 3", b"chainrule checkpoint 2"))
    assert code(lambda: seen(folder)) == "G522"


# --- damage -----------------------------------------------------------------------------------------------------

READ = ("metrics.jsonl", "health.jsonl", "loss.npy", "run.json", "checkpoint.safetensors")


@pytest.mark.parametrize("name", READ)
def test_flipped_bits_and_cuts_are_found_or_without_effect(folder: Path, name: str) -> None:
    path = folder / name
    data, expected, draw = path.read_bytes(), seen(folder), random.Random(name)
    spoilt = [data[:length] for length in draw.sample(range(len(data)), 30)]
    for bit in draw.sample(range(8 * len(data)), 50):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        spoilt.append(bytes(changed))
    for content in spoilt:
        path.write_bytes(content)
        found = seen_or_codes(folder)
        assert found == expected or set(found) <= {"G522", "G526"}


@pytest.mark.parametrize("content", ["[" * 100_000, '{"a":' * 100_000, "1" * 5000, "[1]", "1e999", "{}", "\xff", ""])
@pytest.mark.parametrize("name", ["metrics.jsonl", "run.json", "loss.npy", "checkpoint.safetensors"])
def test_a_file_of_something_else_is_found(folder: Path, name: str, content: str) -> None:
    (folder / name).write_bytes(content.encode("latin-1") + b"\n")
    assert code(lambda: seen(folder)) in ("G522", "G526")


def test_a_row_of_a_run_that_goes_on_may_be_cut_off(folder: Path) -> None:
    expected = seen(folder)
    with open(folder / "metrics.jsonl", "ab") as file:
        file.write(b'{"step": 8, "ep')
    assert seen(folder) == expected


def test_what_comes_after_the_checkpoint_does_not_stop_a_resume(folder: Path) -> None:
    """A power cut may leave anything there."""
    with open(folder / "metrics.jsonl", "ab") as file:
        file.write(b"\0\0\0\n\0\0")
    assert code(lambda: seen(folder)) == "G522"
    assert train_in(folder, job(), RECORD, resume=True).step == 9
    assert [row["step"] for row in read_rows(folder)] == [4, 8, 9]


@pytest.mark.parametrize("lines", ["twice", "swapped", "missing"])
def test_whole_rows_at_wrong_places_are_found(tmp_path: Path, lines: str) -> None:
    train_in(tmp_path, job(), RECORD)
    path = tmp_path / "metrics.jsonl"
    first, second, third = path.read_bytes().splitlines(keepends=True)
    changed = {"twice": [first, first, second, third], "swapped": [second, first, third], "missing": [first, third]}
    path.write_bytes(b"".join(changed[lines]))
    assert code(lambda: read_rows(tmp_path)) == "G522"


def test_a_missing_log_is_found(folder: Path) -> None:
    for name in ("metrics.jsonl", "health.jsonl", "loss.npy"):
        held = (folder / name).read_bytes()
        (folder / name).unlink()
        assert code(lambda: seen(folder)) in ("G521", "G522")
        assert code(lambda: train_in(folder, job(), RECORD, resume=True)) in ("G521", "G522")
        (folder / name).write_bytes(held)


def test_a_damaged_run_json_does_not_stop_a_resume(folder: Path) -> None:
    number = run_id(folder)
    (folder / "run.json").write_text("{")
    assert code(lambda: read_run(folder)) == "G522"
    assert holds_run(folder)
    train_in(folder, job(), RECORD, resume=True)
    assert run_id(folder) == number
    assert (read_run(folder) or {})["run"] == number


def test_the_norms_are_read(folder: Path) -> None:
    assert [row["step"] for row in read_rows(folder, HEALTH)] == [4]
