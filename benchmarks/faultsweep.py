"""Kills, short writes, full disks and broken disks at every file call of a run, then the resume, bit for bit.

    python benchmarks/faultsweep.py [--every K] [--kills 500] [--flips 2000] [--seed S] [--folder /dev/shm]

One run with Adam, shuffled minibatches, states, dropout, a scan, rows held out and early stopping, a checkpoint after
each step. For each of its
file calls a process of its own trains in a new folder and meets the fault there; another one resumes, or is killed
once more first; then parameters, optimiser states, best parameters, the log, the norms and the loss of every step must
have the bits of an undisturbed run. After that: kills at random instants, bits flipped in a checkpoint, a checkpoint
cut off at every length. Needs a system with `fork`. Exit code 1 where something did not survive.
"""

import argparse
import builtins
import contextlib
import errno
import functools
import io
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.compiler.build import build
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.binding import Dataset
from chainrule.runtime.runs.checkpoint import FORMATS
from chainrule.runtime.runs.interval import Interval
from chainrule.runtime.runs.load_model import load_model
from chainrule.runtime.runs.model_file import SpecRecord
from chainrule.runtime.runs.recorder import train_in
from chainrule.runtime.runs.run_folder import (
    CHECKPOINT,
    HEALTH,
    METRICS,
    PREVIOUS,
    read_checkpoint,
    read_losses,
    read_rows,
)
from chainrule.runtime.runs.tensor_file import decode
from chainrule.runtime.training.job import Job, job_of

TEXT = """
dim N
input x: [N, 6]
input t: int[N]
block normed(x: [N, I]) {
  state seen: [I] = zeros()
  m = mean(x, axis = 0)
  next seen = 0.9 * seen + 0.1 * m
  return x - in_training(m, seen)
}
block drop(x, rate = 0.25) { return in_training(x * less(uniform_like(x), 1 - rate) / (1 - rate), x) }
block cell(h: [N, H], row: [N, I]) {
  param W: [I, H] = xavier()
  param U: [H, H] = xavier()
  return tanh(row @ W + h @ U)
}
param W1: [6, 8] = he()
param b1: [8] = zeros()
param W2: [12, 3] = xavier()
param b2: [3] = zeros()
h = affine(x, W1, b1) -> normed -> relu -> drop
gone = scan(reshape(x, [N, 3, 2]), cell, expand(0, [N, 4]), axis = 1)
scores = affine(concat(h, gone[:, -1] + 0.01 * normal_like(gone[:, 0]), axis = 1), W2, b2)
loss = softmax-loss(scores, t)
data points { x = npz("points.npz", "x") ; t = npz("points.npz", "t") }
train {
  minimize = loss
  optimizer = adam(lr = 0.03)
  epochs = 6
  data = points
  hold_out = 0.25
  batch = 16
  report = every(3)
  metrics = [accuracy(scores, t)]
  stop = early(patience = 3)
}
"""
RECORD = SpecRecord(text=TEXT, name="sweep.graph", fingerprint="sweep")
FAULTS = ("kill", "short", "after", "full", "broken")
"""Killed before a call, in the middle of a write, after a call; the call says that the disk is full, or broken."""


@functools.cache
def job() -> Job:
    spec, _ = build(*parse(Source("sweep.graph", TEXT)))
    generator = np.random.default_rng(0)
    x, t = generator.normal(size=(64, 6)), generator.integers(3, size=64)
    assert spec.train is not None
    return job_of(spec, spec.train, Dataset({"x": x.astype("float32"), "t": t}, 64), None)


# --- faults -----------------------------------------------------------------------------------------------------


class FileCalls:
    """Counts the calls that change files, in this process, and plays a fault at one of them."""

    def __init__(self, at: int, fault: str) -> None:
        self.count = 0
        self._at = at
        self._fault = fault
        for name in ("replace", "fsync", "mkdir", "unlink", "rmdir", "ftruncate", "write"):
            setattr(os, name, self._counted(getattr(os, name)))
        real = builtins.open

        def opened(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
            if not set(mode) & set("wax+"):
                return real(file, mode, *rest, **named)
            stream = self._meet(lambda: real(file, mode, *rest, **named))
            return Written(stream, self)

        builtins.open = opened
        io.open = opened  # type: ignore[assignment]  # pathlib's

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **named: self._meet(lambda: call(*args, **named))

    def _meet(self, call: Callable[[], Any], half: Callable[[], Any] | None = None) -> Any:
        self.count += 1
        if self.count != self._at:
            return call()
        if self._fault in ("full", "broken"):
            number = errno.ENOSPC if self._fault == "full" else errno.EIO
            raise OSError(number, os.strerror(number))
        if self._fault == "short" and half is not None:
            half()
        elif self._fault != "kill":
            with contextlib.suppress(OSError):  # the last call removes a folder that is not empty
                call()
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    def written(self, stream: Any, data: Any) -> Any:
        def half() -> None:
            stream.write(bytes(data)[: len(data) // 2])
            stream.flush()

        return self._meet(lambda: stream.write(data), half)


class Written:
    """A file whose writes are counted."""

    def __init__(self, stream: Any, calls: FileCalls) -> None:
        self._stream = stream
        self._calls = calls

    def write(self, data: Any) -> Any:
        return self._calls.written(self._stream, data)

    def __enter__(self) -> "Written":
        return self

    def __exit__(self, *error: object) -> None:
        self._stream.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


# --- runs -------------------------------------------------------------------------------------------------------


def start(folder: Path, *, resume: bool, at: int = -1, fault: str = "kill", count: Path | None = None) -> int:
    """Trains in a process of its own; returns its number."""
    if process := os.fork():
        return process
    code = 0
    try:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 2)
        record = RECORD
        work = job()
        calls = FileCalls(at, fault)
        train_in(folder, work, record, resume=resume, every=Interval(steps=1))
        if count is not None:
            count.write_text(str(calls.count))
    except SpecError as error:
        code = 10 if all(each.code == "G520" for each in error.diagnostics) else 11
    except BaseException:
        code = 12
    os._exit(code)


def ended(process: int) -> int:
    """The exit code of a process; minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def outcome(folder: Path) -> dict[str, Any]:
    """All that must not depend on interruptions."""
    checkpoint, model = read_checkpoint(folder), load_model(folder)
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in read_rows(folder)]
    kept = ("step", "rows", "looks", "pending", "watch", "hashes")
    return {
        "tensors": {name: value.tobytes() for name, value in checkpoint.tensors.items()},
        "record": {name: checkpoint.record[name] for name in kept},
        "model": {name: value.tobytes() for name, value in model.parameters.items()},
        "step": model.step,
        "rows": rows,
        "norms": read_rows(folder, name=HEALTH),
        "lines": [(folder / name).read_bytes().count(b"\n") for name in (METRICS, HEALTH)],
        "losses": read_losses(folder).tobytes(),
        "litter": sorted(path.name for path in folder.glob("*.tmp")),
    }


class Sweep:
    """The sweeps, and what did not survive them."""

    def __init__(self, place: Path, seed: int) -> None:
        self.place = place
        self.random = random.Random(seed)
        self.failed: list[str] = []
        began = time.monotonic()
        counted = place / "count"
        assert ended(start(self.folder("whole"), resume=False, count=counted)) == 0
        self.seconds = time.monotonic() - began
        self.calls = int(counted.read_text())
        self.whole = outcome(place / "whole")

    def folder(self, name: str) -> Path:
        path = self.place / name
        shutil.rmtree(path, ignore_errors=True)
        return path

    def judged(self, folder: Path, what: str) -> None:
        """Resumes, and compares with the undisturbed run."""
        if code := ended(start(folder, resume=True)):
            self.failed.append(f"{what}: the resume ended with {code}")
            return
        try:
            found = outcome(folder)
        except SpecError as error:
            self.failed.append(f"{what}: {error}")
            return
        differing = [name for name in self.whole if found[name] != self.whole[name]]
        if differing:
            self.failed.append(f"{what}: {', '.join(differing)} differ")

    def at_every_call(self, fault: str, every: int, *, twice: bool = False) -> int:
        """The fault at each call; `twice`: a kill at a random call of the resume as well. Returns how many."""
        tried = 0
        for call in range(1, self.calls + 1, every):
            tried += 1
            what = f"{fault} at call {call}"
            folder = self.folder("run")
            code = ended(start(folder, resume=False, at=call, fault=fault))
            wanted = (0, 10) if fault in ("full", "broken") else (-signal.SIGKILL,)
            if code not in wanted:
                self.failed.append(f"{what}: ended with {code}")
            if code == 10 and (litter := [path.name for path in folder.glob("*.tmp")]):
                self.failed.append(f"{what}: left {litter}")
            if twice:
                ended(start(folder, resume=True, at=self.random.randint(1, self.calls)))
            self.judged(folder, f"{what}{', killed again' if twice else ''}")
        return tried

    def at_random(self, kills: int) -> tuple[int, int]:
        """Kills at random instants, until so many hit a run that had not ended; returns how many there were in all."""
        hit = number = 0
        while hit < kills:
            number += 1
            folder = self.folder("run")
            process = start(folder, resume=False)
            time.sleep(self.random.uniform(0, self.seconds))
            os.kill(process, signal.SIGKILL)
            hit += ended(process) == -signal.SIGKILL
            self.judged(folder, f"kill {number} at a random instant")
        return hit, number

    def flipped(self, flips: int) -> tuple[int, int]:
        """Flips bits of a checkpoint and cuts it off at every length; each must be detected, the previous named."""
        folder = self.folder("damaged")
        shutil.copytree(self.place / "whole", folder)
        path = folder / CHECKPOINT
        data = path.read_bytes()
        for number in range(flips):
            bit = self.random.randrange(8 * len(data))
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            self._detected(path, bytes(changed), f"flip {number}, bit {bit}")
        for length in range(len(data)):
            self._detected(path, data[:length], f"cut off at {length}")
        path.write_bytes(data)
        decode(path, *FORMATS)
        return flips, len(data)

    def _detected(self, path: Path, data: bytes, what: str) -> None:
        path.write_bytes(data)
        try:
            read_checkpoint(path.parent)
        except SpecError as error:
            if not all(PREVIOUS in (each.hint or "") for each in error.diagnostics):
                self.failed.append(f"{what}: the one before is not named")
        else:
            self.failed.append(f"{what}: not detected")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every so many calls")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--flips", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", help="where the runs lie; a file system in memory spares the wait for the disk")
    arguments = parser.parse_args()
    job()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as place:
        sweep = Sweep(Path(place), arguments.seed)
        figures: dict[str, Any] = {"file calls of the run": sweep.calls, "seconds of the run": round(sweep.seconds, 3)}
        for fault in FAULTS:
            figures[f"{fault} at a call"] = sweep.at_every_call(fault, arguments.every)
            print(f"{fault}: {figures[f'{fault} at a call']} points, {len(sweep.failed)} failed so far", flush=True)
        figures["kill at a call, and again in the resume"] = sweep.at_every_call("kill", arguments.every, twice=True)
        hit, tried = sweep.at_random(arguments.kills)
        figures["kills at random instants, before the run had ended"] = hit
        figures["and after"] = tried - hit
        figures["bits flipped"], figures["lengths cut off at"] = sweep.flipped(arguments.flips)
    figures["failed"] = len(sweep.failed)
    print("\n".join(sweep.failed[:50]))
    print(json.dumps(figures, indent=2))
    return 1 if sweep.failed else 0


if __name__ == "__main__":
    sys.exit(main())
