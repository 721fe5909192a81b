"""Faults at every system call of a run that touches its folder, then the resume, bit for bit. Needs Linux and strace.

    python benchmarks/syscall_sweep.py [--points N] [--seed S] [--folder /dev/shm]

What `faultsweep.py` does inside Python, from outside of it: `chainrule train` as users call it, with Adam, shuffled
minibatches, rows held out and early stopping, a checkpoint after each step. strace meets each open, write, fsync,
close, rename, truncation and removal in the run's folder with a kill, a full disk or a broken one, whichever library
makes the call. A limit on the size of files, swept through all sizes, makes the kernel itself write a part and refuse
the rest. Then the run is resumed (or killed once more first) and must end with the bits of an undisturbed one.
`--points` takes so many points of each kind, evenly spread. Exit code 1 where something did not survive.
"""

import argparse
import json
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from faultsweep import TEXT, outcome

from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.runs.run_folder import CHECKPOINT, HEALTH, LOCK, LOSSES, METRICS, PREVIOUS, RUN, SPEC

CALLS = "mkdir,openat,write,pwrite64,writev,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,close"
FILES = (SPEC, RUN, METRICS, HEALTH, LOSSES, CHECKPOINT, PREVIOUS, LOCK, "model.safetensors")
FAULTS = {"kill": "signal=KILL", "full": "error=ENOSPC", "broken": "error=EIO"}
TRAIN = (sys.executable, "-m", "chainrule", "train", "sweep.graph", "--quiet", "--checkpoint-every", "1")
BYTES_APART = 40
"""Between two of the limits that a file may grow to."""

T = TypeVar("T")


class Call(NamedTuple):
    """One system call of the run: its name, and its number among those of that name, from 1."""

    name: str
    number: int

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Ended(NamedTuple):
    """How a process ended; `code` is minus the signal that ended it."""

    code: int
    errors: str


def start(folder: Path, way: str, *, traced: Sequence[str] = (), size: int | None = None) -> Ended:
    """Trains in a folder, under strace where it is to be traced, files no larger than `size`."""
    limit: Callable[[], None] | None = None
    if size is not None:
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))  # noqa: E731  # subprocess asks for one
    command = [*traced, *TRAIN, way, str(folder)]
    done = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, preexec_fn=limit, check=False)
    return Ended(done.returncode, done.stderr)


def strace(folder: Path, *options: str) -> list[str]:
    """A command that traces another one's calls that touch the folder or its files."""
    # No --seccomp-bpf: with it, strace 6.1 forgets to deliver the signal.
    paths = [folder, *(folder / name for name in FILES), *(folder / f"{name}.tmp" for name in FILES)]
    watched = [part for path in paths for part in ("-P", str(path))]
    return ["strace", "-f", "-qq", "-e", f"trace={CALLS}", *watched, *options, "--"]


def spread(points: Sequence[T], most: int | None) -> list[T]:
    """So many of the points, evenly spread; all without a number."""
    if most is None or len(points) <= most:
        return list(points)
    return [points[(2 * number + 1) * len(points) // (2 * most)] for number in range(most)]


class Sweep:
    """The sweeps, and what did not survive them."""

    def __init__(self, place: Path, points: int | None, seed: int) -> None:
        self.place = place
        self.points = points
        self.random = random.Random(seed)
        self.failed: list[str] = []
        generator = np.random.default_rng(0)
        np.savez(place / "points.npz", x=generator.normal(size=(64, 6)), t=generator.integers(3, size=64))
        (place / "sweep.graph").write_text(TEXT, "utf-8")
        log = place / "calls.log"
        whole = self.folder("whole")
        done = start(whole, "--run", traced=strace(whole, "-o", str(log)))
        if done.code:
            raise SystemExit(f"the undisturbed run ended with {done.code}: {done.errors}")
        self.calls = _calls(log.read_text("utf-8", "replace"))
        self.whole = outcome(whole)
        self.largest = max(path.stat().st_size for path in whole.iterdir())

    def folder(self, name: str) -> Path:
        path = self.place / name
        shutil.rmtree(path, ignore_errors=True)
        return path

    def at_every_call(self, fault: str, *, twice: bool = False) -> int:
        """The fault at each call; `twice`: a kill at a random call of the resume as well. Returns how many."""
        calls = spread(self.calls, self.points)
        for call in calls:
            what = f"{fault} at {call}"
            folder = self.folder("run")
            done = start(folder, "--run", traced=self._injecting(folder, call, FAULTS[fault]))
            if fault == "kill" and done.code not in (-9, 137):
                self.failed.append(f"{what}: ended with {done.code}")
            elif fault != "kill":
                self._told(folder, done, what)
            if twice:
                again = self.random.choice(self.calls)
                start(folder, "--resume", traced=self._injecting(folder, again, FAULTS["kill"]))
                what += f", kill at {again} of the resume"
            self._judged(folder, what)
        return len(calls)

    def at_every_size(self) -> int:
        """Files that grow to a size and no further: a write is cut short there, the next one refused."""
        sizes = spread(range(0, self.largest, BYTES_APART), self.points)
        for size in sizes:
            folder = self.folder("run")
            done = start(folder, "--run", size=size)
            if done.code == 0:
                self.failed.append(f"files of {size} bytes: ended with 0")
            self._told(folder, done, f"files of {size} bytes")
            self._judged(folder, f"files of {size} bytes")
        return len(sizes)

    def _injecting(self, folder: Path, call: Call, action: str) -> list[str]:
        inject = f"inject={call.name}:{action}:when={call.number}"
        return strace(folder, "-e", inject, "-o", str(self.place / "injected.log"))

    def _told(self, folder: Path, done: Ended, what: str) -> None:
        """A disk that fails is told in one line, with nothing left behind; or it did not matter."""
        if done.code not in (0, 1):
            self.failed.append(f"{what}: ended with {done.code}: {done.errors[-300:]}")
        told = re.findall(r"^\S.* error G.*", done.errors, re.MULTILINE)
        if done.code == 1 and not (len(told) == 1 and "error G520" in told[0]):
            self.failed.append(f"{what}: said {told}")
        if "Traceback" in done.errors:
            self.failed.append(f"{what}: a traceback")
        if litter := [path.name for path in folder.glob("*.tmp")]:
            self.failed.append(f"{what}: left {litter}")

    def _judged(self, folder: Path, what: str) -> None:
        """Resumes, and compares with the undisturbed run."""
        done = start(folder, "--resume")
        if done.code:
            self.failed.append(f"{what}: the resume ended with {done.code}: {done.errors[-300:]}")
            return
        try:
            found = outcome(folder)
        except SpecError as error:
            self.failed.append(f"{what}: {error}")
            return
        if differing := [name for name in self.whole if found[name] != self.whole[name]]:
            self.failed.append(f"{what}: {', '.join(differing)} differ")


def _calls(log: str) -> list[Call]:
    """The calls of a log in their order."""
    counts: Counter[str] = Counter()
    calls = []
    for name in re.findall(r"^\d+ +(\w+)\(", log, re.MULTILINE):
        counts[name] += 1
        calls.append(Call(name, counts[name]))
    return calls


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, help="only so many points of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", help="where the runs lie; a file system in memory spares the wait for the disk")
    arguments = parser.parse_args()
    if shutil.which("strace") is None:
        parser.error("there is no program `strace`")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        sweep = Sweep(Path(name), arguments.points, arguments.seed)
        figures: dict[str, Any] = {"system calls of the run": dict(Counter(call.name for call in sweep.calls))}
        for fault in FAULTS:
            figures[f"{fault} at a call"] = sweep.at_every_call(fault)
            print(f"{fault}: {figures[f'{fault} at a call']} points, {len(sweep.failed)} failed so far", flush=True)
        figures["kill at a call, and again in the resume"] = sweep.at_every_call("kill", twice=True)
        figures["files cut short at a size"] = sweep.at_every_size()
    figures["failed"] = len(sweep.failed)
    print("\n".join(sweep.failed[:50]))
    print(json.dumps(figures, indent=2))
    return 1 if sweep.failed else 0


if __name__ == "__main__":
    sys.exit(main())
