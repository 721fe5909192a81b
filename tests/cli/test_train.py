"""`train`: reports, the run folder, resuming, stopping where a value is not finite."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

import chainrule
from chainrule.runtime.runs.tensor_file import decode, encode


def test_reports_and_the_answer(call: Any, line: str) -> None:
    answer = call("train", line, "--run", "runs/a")
    assert answer.code == 0, answer.errors
    assert [row.split()[:4] for row in answer.out.splitlines()[:2]] == [
        ["epoch", "1", "step", "2"],
        ["epoch", "2", "step", "4"],
    ]
    assert Path("runs/a/model.safetensors").is_file()
    document = call("train", line, "--run", "runs/b", "--json").json
    assert document["run"] == "runs/b"
    assert document["steps"] == 4
    assert set(document["metrics"]) == {"train.loss"}
    assert Path(document["history"]).is_file()


def test_quiet(call: Any, line: str) -> None:
    assert "epoch" not in call("train", line, "--run", "runs/a", "--quiet").out


def test_a_run_is_not_overwritten_but_resumed(call: Any, line: str) -> None:
    assert call("train", line, "--run", "runs/a").code == 0
    assert call("train", line, "--run", "runs/a").code == 1
    assert call("train", line, "--resume", "runs/a").code == 0
    assert call("train", line, "--resume", "runs/new").code == 0
    assert call("train", line, "--resume", "runs/a", "--run", "runs/b").code == 2


def test_without_a_train_section(call: Any, apple: str) -> None:
    answer = call("train", apple)
    assert answer.code == 1
    assert "apple.graph:1:" in answer.errors


def test_a_value_that_is_not_finite(call: Any, line: str) -> None:
    settings = "--set", "train.optimizer=sgd(lr = 1e200)", "--set", "train.precision=float64"
    answer = call("train", line, *settings)
    assert answer.code == 1
    assert "error G501" in answer.errors


def test_settings(call: Any, line: str) -> None:
    document = call("train", line, "--set", "train.epochs=1", "--set", "train.batch=1", "--json").json
    assert document["steps"] == 4
    assert call("train", line, "--set", "train.epoch=1").code == 2
    assert call("train", line, "--set", "train.epochs=").code == 2


def test_find_lr_says_that_groups_keep_their_proportion(call: Any, line: str) -> None:
    groups = ("--set", 'train.groups=[group("*", lr = 0.5)]')
    assert call("train", line, "--find-lr", *groups).out.endswith("in proportion to it\n")
    assert "proportion" not in call("train", line, "--find-lr", "--set", 'train.groups=[group("*")]').out


def test_find_lr_suggests_a_rate_and_trains_nothing(call: Any, line: str) -> None:
    document = call("train", line, "--find-lr", "--json").json
    assert len(document["rates"]) == len(document["losses"])
    assert 1e-4 < document["suggestion"] < 1
    assert f"try lr = {document['suggestion']:g}" in call("train", line, "--find-lr", "--run", "runs/a").out
    assert not Path("runs").exists()


def test_the_curves_of_the_metrics_and_the_best_reports(call: Any, line: str) -> None:
    answer = call("train", line, "--set", "train.metrics=[r2(y, t)]", "--set", "train.epochs=30")
    assert "best" in answer.out
    assert "train.r2" in answer.out


def test_a_used_file_is_part_of_the_run(call: Any, line: str, tmp_path: Path) -> None:
    used = tmp_path / "layers.graph"
    used.write_text("block double(x) {\n  return x * 2\n}\n")
    spec = tmp_path / line
    spec.write_text('use "layers.graph"\n' + spec.read_text().replace("mse(y, t)", "mse(double(y), t)"))
    assert call("train", line, "--run", "runs/a").code == 0
    used.write_text("# twice as much\nblock double(x) {\n  return x * 2\n}\n")
    assert call("train", line, "--resume", "runs/a").code == 0
    used.write_text("block double(x) {\n  return x * 3\n}\n")
    answer = call("train", line, "--resume", "runs/a")
    assert answer.code == 1
    assert "G525" in answer.errors


def test_a_matrix_is_shown_by_eval(call: Any, line: str, tmp_path: Path) -> None:
    spec = tmp_path / line
    metrics = "metrics = [confusion(sigmoid(y), sigmoid(t)), r2(y, t)]"
    spec.write_text(spec.read_text().replace("epochs = 2", f"epochs = 2 ; {metrics}"))
    assert "confusion" not in call("train", line, "--run", "runs/a").out
    assert call("eval", "runs/a", "--json").json["metrics"]["train.confusion"] == [[0, 0], [0, 4]]


def test_how_often_checkpoints_are_written(call: Any, line: str) -> None:
    assert call("train", line, "--run", "runs/a", "--checkpoint-every", "1").code == 0
    assert call("train", line, "--resume", "runs/a", "--checkpoint-every", "10min").code == 0
    for wrong in ("0", "often", "5 s"):
        answer = call("train", line, "--run", "runs/b", "--checkpoint-every", wrong)
        assert answer.code == 2
        assert "30s" in answer.errors
    assert call("train", line, "--checkpoint-every", "5").code == 2


def used_files(folder: Path, line: str) -> None:
    """The spec, with blocks in a file that uses another one, and the shipped library."""
    (folder / "parts").mkdir()
    (folder / "parts" / "twice.graph").write_text("block twice(x) { return x * 2 }\n")
    (folder / "layers.graph").write_text(
        'use "parts/twice.graph"\nuse chainrule.layers\nblock double(x) { return twice(x) }\n'
    )
    spec = folder / line
    spec.write_text('use "layers.graph"\n' + spec.read_text().replace("affine(x, W, b)", "double(affine(x, W, b))"))


def test_a_model_carries_the_files_that_its_spec_uses(
    call: Any, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used_files(tmp_path, line)
    assert call("train", line, "--run", "runs/a").code == 0
    points = (tmp_path / "points.csv").read_text()
    before = [call(verb, "runs/a", *rest).out for verb, *rest in (("eval",), ("predict", "--inputs", "points.csv"))]
    assert all(before)
    (tmp_path / "parts" / "twice.graph").write_text("block twice(x) { return x * 3 }\n")
    (tmp_path / "layers.graph").unlink()
    after = [call(verb, "runs/a", *rest).out for verb, *rest in (("eval",), ("predict", "--inputs", "points.csv"))]
    assert after == before
    (tmp_path / "runs" / "a" / "model.safetensors").unlink()  # the checkpoint is enough
    assert call("predict", "runs/a", "--inputs", "points.csv").out == before[1]
    elsewhere = tmp_path / "elsewhere"
    shutil.move(tmp_path / "runs" / "a", elsewhere)
    shutil.rmtree(tmp_path / "parts")
    (tmp_path / line).unlink()
    monkeypatch.chdir(elsewhere)
    (elsewhere / "points.csv").write_text(points)
    assert call("predict", ".", "--inputs", "points.csv").out == before[1]
    chainrule.load(".").save("again.safetensors")
    assert call("predict", "again.safetensors", "--inputs", "points.csv").out == before[1]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_model_carries_files_behind_links(call: Any, line: str, tmp_path: Path) -> None:
    used_files(tmp_path, line)
    (tmp_path / "real").mkdir()
    for name in ("layers.graph", "parts"):
        (tmp_path / name).rename(tmp_path / "real" / name)
    (tmp_path / "layers.graph").symlink_to("real/layers.graph")
    assert call("train", line, "--run", "runs/a").code == 0
    before = call("predict", "runs/a", "--inputs", "points.csv").out
    (tmp_path / "layers.graph").unlink()
    shutil.rmtree(tmp_path / "real")
    assert call("predict", "runs/a", "--inputs", "points.csv").out == before
    assert call("eval", "runs/a").code == 0


def test_models_and_runs_of_the_first_format_are_read(call: Any, line: str, tmp_path: Path) -> None:
    """They lack the texts of used files, which are then taken from the disk."""
    used_files(tmp_path, line)
    assert call("train", line, "--run", "runs/a").code == 0
    before = call("predict", "runs/a", "--inputs", "points.csv").out
    for kind, newest in (("model", 2), ("checkpoint", 3)):
        path = tmp_path / "runs" / "a" / f"{kind}.safetensors"
        tensors, record = decode(path, f"chainrule {kind} {newest}")
        record["format"] = f"chainrule {kind} 1"
        spec = record if kind == "model" else record["spec"]
        del spec["used"], spec["links"]
        path.write_bytes(encode(tensors, record))
        assert call("predict", "runs/a", "--inputs", "points.csv").out == before
    assert call("train", line, "--resume", "runs/a").code == 0
    (tmp_path / "layers.graph").unlink()
    (tmp_path / "runs" / "a" / "model.safetensors").write_bytes(b"")
    assert "G522" in call("predict", "runs/a", "--inputs", "points.csv").errors


def test_several_trainings_are_compared(call: Any, line: str) -> None:
    answer = call("train", line, "--seeds", "2", "--set", "train.validate=0.2", "--run", "runs/s")
    assert answer.code == 0, answer.errors
    told = answer.out.splitlines()
    assert [row.split()[:4] for row in told[:2]] == [["run", "1", "of", "2"], ["run", "2", "of", "2"]]
    assert told[-2].startswith("mean ± std")
    assert told[-1].startswith("best: train.seed = ")
    assert Path("runs/s/seed-0/model.safetensors").is_file()
    document = call("train", line, "--seeds", "2", "--set", "train.validate=0.2", "--resume", "runs/s", "--json").json
    assert [each["set"] for each in document["runs"]] == [{"train.seed": "0"}, {"train.seed": "1"}]
    assert document["best"]["by"] == "validate.loss"
    assert set(document["mean"]) == set(document["std"]) == {"train.loss", "validate.loss"}
    kept = call("train", line, "--set", "train.seed=1", "--set", "train.validate=0.2", "--json").json
    assert document["runs"][1]["metrics"] == kept["metrics"]


def test_folds_and_sweeps(call: Any, line: str) -> None:
    command = ("train", line, "--folds", "2", "--sweep", "train.optimizer=[sgd(lr = 0.1), adam()]", "--json")
    document = call(*command).json
    assert [len(each["runs"]) for each in document["choices"]] == [2, 2]
    assert document["best"]["set"].keys() == {"train.optimizer"}
    quiet = call(*command[:-1], "--quiet")
    assert not quiet.out.startswith("run 1")


@pytest.mark.parametrize(
    "options",
    [
        ("--seeds", "0"),
        ("--folds", "1"),
        ("--sweep", "train.epochs"),
        ("--seeds", "2", "--find-lr"),
        ("--folds", "2", "--plot", "a.svg"),
    ],
)
def test_what_no_selection_is(call: Any, line: str, options: tuple[str, ...]) -> None:
    assert call("train", line, *options).code == 2
