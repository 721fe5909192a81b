"""Trainings that several devices or processes share: what one alone makes of the same batches, within rounding.

Devices are virtual ones, several on the processor, in one process of their own. Processes are real ones that meet over
the loopback: these tests are among the long ones.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.runtime.arrays import Array
from chainrule.runtime.runs.run_folder import CHECKPOINT, LOCK, PREVIOUS, RUN

STEPS = 200

NET = f"""
use chainrule.layers
dim N
block normed(x: [N, I], units) {{
  param W: [I, units] = he()
  param gain: [units] = ones()
  param shift: [units] = zeros()
  state seen: [units] = zeros()
  z = x @ W
  m = mean(z, axis = 0)
  v = mean((z - m) ** 2, axis = 0)
  next seen = 0.9 * seen + 0.1 * m
  out = (z - in_training(m, seen)) / sqrt(v + 1e-5)
  return dropout(relu(out * gain + shift), 0.2)
}}
input x: [N, 4]
input t: int[N]
h = x -> normed(16)
param W: [16, 3] = he()
loss = softmax-loss(h @ W, t)
data rows {{ x = npz("rows.npz", "x") ; t = npz("rows.npz", "t") }}
train {{
  minimize = loss ; optimizer = adam(lr = 0.01) ; steps = {STEPS} ; batch = 16 ; seed = 3 ; data = rows
  precision = float64
}}
"""
"""Batch normalisation, dropout, a state; 150 rows, so that the last batch of an epoch is a smaller one."""

CLOSE, CLOSER = 1e-5, 1e-10
"""Of the largest number of an array: after some thousand steps of adam, and after STEPS."""

LONGEST = 60.0
"""Seconds after which all must have ended where one is lost."""


@pytest.fixture(autouse=True)
def _jax() -> None:
    pytest.importorskip("jax", reason="jax is an extra")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the spec and its data lie, and the folders of runs."""
    path = tmp_path_factory.mktemp("shared")
    write(path / "net.graph", 0)
    return path


@pytest.fixture(scope="module")
def alone(folder: Path) -> dict[str, Array]:
    """What one process makes of it."""
    finished(Run(folder, "--backend", "jax", "--run", "alone"))
    return model(folder / "alone")


def write(path: Path, seed: int) -> None:
    """The spec and its rows, in a folder."""
    random = np.random.default_rng(seed)
    path.parent.mkdir(exist_ok=True)
    path.write_text(NET)
    t = random.integers(3, size=150)
    np.savez(path.parent / "rows.npz", x=random.normal(size=(150, 4)) + t[:, None], t=t)


class Run:
    """`chainrule train` in a process of its own. What it says is in a file: nobody reads along."""

    def __init__(self, folder: Path, *arguments: str, flags: str = "") -> None:
        self._said = folder / f"said-{time.monotonic_ns()}"
        command = [sys.executable, "-m", "chainrule", "train", "net.graph", "--quiet", *arguments]
        environment = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags, "CHAINRULE_CACHE": ""}
        with open(self._said, "wb") as file:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=file, stderr=file)

    def ends(self, seconds: float) -> tuple[int, str]:
        """Its exit code and what it said; fails where it does not end in time."""
        code = self.process.wait(seconds)
        return code, self._said.read_text()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def together(
    folders: Sequence[Path], *arguments: str, of: int | None = None, only: int = 0, flags: str = ""
) -> Iterator[list[Run]]:
    """Processes that train together, one in each folder; none is left afterwards. `of`: how many they say there are,
    `only`: the number of the first."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    where = ("--coordinator", f"127.0.0.1:{port}", "--processes", str(of or len(folders)))
    runs: list[Run] = []
    try:
        for number, folder in enumerate(folders, only):
            runs.append(Run(folder, *where, "--process", str(number), *arguments, flags=flags))
        yield runs
    finally:
        for run in runs:
            run.kill()


def finished(run: Run) -> None:
    code, said = run.ends(300)
    assert code == 0, said


def model(run: Path) -> dict[str, Array]:
    return {path: np.array(value) for path, value in chainrule.load(run).held.items()}


def near(one: dict[str, Array], other: dict[str, Array], close: float = CLOSER) -> None:
    assert one.keys() == other.keys()
    for path, value in one.items():
        np.testing.assert_allclose(other[path], value, rtol=0, atol=close * np.abs(value).max(), err_msg=path)


def same(one: dict[str, Array], other: dict[str, Array]) -> bool:
    return {path: value.tobytes() for path, value in one.items()} == {p: v.tobytes() for p, v in other.items()}


def step_of(run: Path) -> int:
    step = json.loads((run / RUN).read_text())["step"]
    assert isinstance(step, int)
    return step


# --- devices ----------------------------------------------------------------------------------------------------

VIRTUAL = """
import json
import sys

import numpy as np

import chainrule


class Look(chainrule.Callback):
    def finished(self, training):
        backend = training.trainer.backend
        arrays = backend.at(backend.paths).items()
        self.split = sorted(path for path, array in arrays if not array.sharding.is_fully_replicated)


def trained(settings, **way):
    program, look = chainrule.load("net.graph", set={"train.steps": 30, **settings}), Look()
    program.train(backend="jax", callbacks=[look], **way)
    return dict(program.held), look.split


one, _ = trained({}, devices=1)
found = {}
for name, settings, way in json.loads(sys.argv[1]):
    other, split = trained(settings, **way)
    apart = max(float(np.max(np.abs(one[path] - other[path])) / np.max(np.abs(one[path]))) for path in one)
    found[name] = (apart, split)
print(json.dumps(found))
"""
"""How far from one device others end, as a share of the largest number of the same array; and what they split."""

SPLIT = {"train.groups": '[group("h.*", shard = columns)]'}


def test_virtual_devices_are_one(folder: Path) -> None:
    states = ("", " mean", " square")
    ways = [
        ("rows", {}, {"devices": 4}),
        ("columns too", SPLIT, {"devices": 4}),
        ("columns by an option", {}, {"devices": 2, "columns": ["h.W", "*.gain"]}),
        ("columns of one", SPLIT, {"devices": 1}),
    ]
    split = [(), ("h.W", "h.gain", "h.shift"), ("h.W", "h.gain"), ()]
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    command = [sys.executable, "-c", VIRTUAL, json.dumps(ways)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert max(apart for apart, _ in found.values()) < 1e-12, found
    for (name, _, _), paths in zip(ways, split, strict=True):
        assert found[name][1] == sorted(path + state for path in paths for state in states)


# --- processes --------------------------------------------------------------------------------------------------


@pytest.mark.proof
def test_two_processes_are_one_and_repeat_to_the_bit(folder: Path, alone: dict[str, Array]) -> None:
    found = []
    for name in ("two", "again"):
        with together([folder] * 2, "--run", name) as runs:
            for run in runs:
                finished(run)
        found.append(model(folder / name))
    near(alone, found[0])
    assert same(*found)


@pytest.mark.proof
@pytest.mark.parametrize(("count", "devices"), [(4, 1), (2, 2)], ids=["four", "two of two devices"])
def test_four_devices_of_processes_are_one(folder: Path, alone: dict[str, Array], count: int, devices: int) -> None:
    """And the devices of a process share columns, which it brings together where they are read."""
    name = f"four-{count}"
    flags = f"--xla_force_host_platform_device_count={devices}"
    with together([folder] * count, "--run", name, "--columns", "h.*", flags=flags) as runs:
        for run in runs:
            finished(run)
    near(alone, model(folder / name))


@pytest.mark.proof
@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_a_lost_process_ends_all_and_the_run_goes_on_with_fewer(folder: Path, how: str, number: int) -> None:
    name = f"{how}-{number}"
    kept = folder / name
    with together([folder] * 2, "--run", name, "--checkpoint-every", "20", "--set", "train.steps=1000000") as runs:
        wait_for(kept / PREVIOUS)
        runs[number].process.send_signal(signal.SIGKILL if how == "killed" else signal.SIGSTOP)
        code, said = runs[1 - number].ends(LONGEST)
    assert code == 1, said
    assert f"G563: the training ends: process {number} has " in said
    assert "Traceback" not in said
    assert (kept / CHECKPOINT).exists()
    assert (kept / LOCK).exists() == (number == 0)  # whoever writes holds it, and gives it back unless it is killed
    reached = step_of(kept) // 1000 * 1000 + 2000
    finished(Run(folder, "--backend", "jax", "--resume", name, "--set", f"train.steps={reached}"))
    assert step_of(kept) == reached
    if (how, number) == ("killed", 1):  # on one process, then on two again; beside a run that nobody disturbed
        reached += 40
        with together([folder] * 2, "--resume", name, "--set", f"train.steps={reached}") as runs:
            for run in runs:
                finished(run)
        finished(Run(folder, "--backend", "jax", "--run", "whole", "--set", f"train.steps={reached}"))
        near(model(folder / "whole"), model(kept), CLOSE)


def wait_for(path: Path) -> None:
    begun = time.monotonic()
    while not path.exists():
        assert time.monotonic() - begun < 120, path
        time.sleep(0.05)


@pytest.mark.proof
def test_who_does_not_come_is_told(folder: Path) -> None:
    begun = time.monotonic()
    with together([folder], of=3) as waits, together([folder], of=2, only=1) as calls:
        code, said = waits[0].ends(LONGEST)
        assert (code, "G561: process 1, 2 of 3 did not come" in said) == (1, True), said
        code, said = calls[0].ends(max(1, LONGEST + begun - time.monotonic()))
        assert (code, "G560: no coordinator at `127.0.0.1:" in said) == (1, True), said


@pytest.mark.proof
@pytest.mark.parametrize(("differs", "what"), [("spec", "statements or settings"), ("data", "data")])
def test_what_differs_is_told_to_all(folder: Path, tmp_path: Path, differs: str, what: str) -> None:
    write(tmp_path / "net.graph", 0 if differs == "spec" else 1)
    if differs == "spec":
        (tmp_path / "net.graph").write_text(NET.replace("lr = 0.01", "lr = 0.02"))
    with together([folder, tmp_path]) as runs:
        for run in runs:
            code, said = run.ends(LONGEST)
            assert (code, f"G562: process 1 has other {what} than process 0" in said) == (1, True), said
