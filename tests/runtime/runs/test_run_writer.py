"""Run folders as they are written: never over what others have put there."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.runs.logs import losses_file
from chainrule.runtime.runs.run_folder import FILES
from chainrule.runtime.runs.run_writer import in_the_way, opened

SPEC = "param w = 1\n"


def fault(action: Callable[[], object]) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        action()
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def begin(folder: Path, *, resume: bool = False, force: bool = False) -> None:
    with opened(folder, resume=resume, spec=SPEC, force=force) as run:
        run.write_spec(SPEC)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("checkpoint")])
def test_what_others_have_put_there_stays(tmp_path: Path, name: str, resume: bool) -> None:
    (tmp_path / name).write_text("a = 1\n")
    (tmp_path / "notes.tmp").write_text("mine")
    (tmp_path / f"{name}.tmp").write_text("mine too")
    before = contents(tmp_path)
    diagnostic = fault(lambda: begin(tmp_path, resume=resume))
    assert diagnostic.code == "G553"
    assert name in diagnostic.message
    assert "--force" in str(diagnostic.hint)
    assert contents(tmp_path) == before
    begin(tmp_path, resume=resume, force=True)
    after = contents(tmp_path)
    assert after.pop("spec.graph") == SPEC.encode()
    assert set(after) == {"notes.tmp", f"{name}.tmp"}, "what was in the way is gone, nothing else is"


@pytest.mark.parametrize("name", ["checkpoint.safetensors", "checkpoint.previous.safetensors"])
def test_a_checkpoint_of_another_program_stays(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"another's")
    assert fault(lambda: begin(tmp_path)).code == "G553"
    assert contents(tmp_path) == {name: b"another's"}


def test_all_that_is_in_the_way_is_named(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_text("something")
    assert in_the_way(tmp_path, SPEC) == list(FILES)
    assert all(name in fault(lambda: begin(tmp_path)).message for name in FILES)


def test_other_files_are_not_in_the_way(tmp_path: Path) -> None:
    for name in ("README.md", "notes.tmp", "model.onnx"):
        (tmp_path / name).write_text("mine")
    begin(tmp_path)
    assert (tmp_path / "notes.tmp").read_text() == "mine"


def test_what_a_run_begins_with_is_not_in_the_way(tmp_path: Path) -> None:
    """Such a folder is left by a run that was killed before its first checkpoint, of any version."""
    (tmp_path / "spec.graph").write_text(SPEC)
    (tmp_path / "metrics.jsonl").touch()
    (tmp_path / "health.jsonl").touch()
    (tmp_path / "loss.npy").write_bytes(losses_file(np.zeros(0, "float32")))
    assert not in_the_way(tmp_path, SPEC)
    np.save(tmp_path / "loss.npy", np.zeros(0))
    assert not in_the_way(tmp_path, SPEC)
    np.save(tmp_path / "loss.npy", np.zeros(1))
    (tmp_path / "health.jsonl").write_text("\n")
    assert in_the_way(tmp_path, "param w = 2\n") == ["spec.graph", "health.jsonl", "loss.npy"]


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are another thing there")
def test_links_and_pipes_are_in_the_way(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "spec.graph")
    (tmp_path / "metrics.jsonl").symlink_to("nowhere")
    (tmp_path / "loss.npy").mkdir()
    assert in_the_way(tmp_path, SPEC) == ["spec.graph", "metrics.jsonl", "loss.npy"]


def test_litter_of_a_killed_run_is_removed(tmp_path: Path) -> None:
    names = ["spec.graph.tmp", "checkpoint.safetensors.0123456789abcdef.tmp", "notes.tmp", "spec.graph.old.tmp"]
    for name in names:
        (tmp_path / name).write_text("half")
    begin(tmp_path)
    assert set(contents(tmp_path)) == {"spec.graph", *names}, "nothing says that a run was here"
    (tmp_path / "run.lock").write_text(json.dumps({"process": 1, "run": "gone"}))
    begin(tmp_path)
    assert set(contents(tmp_path)) == {"spec.graph", "notes.tmp", "spec.graph.old.tmp"}
