"""Numbered executions of a target, each within its time, all within the memory; a folder keeps what came."""

import atexit
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Protocol

KEPT_OF_A_KIND = 3
"""Files that are kept of finds which were raised at one place."""
REPORT_SECONDS = 10.0


class Target(Protocol):
    """What is tried."""

    suffix: str
    """Of the files that finds are kept in."""

    def make(self, chosen: random.Random) -> bytes:
        """One input; all that is chosen comes from `chosen`."""
        ...

    def hold(self, data: bytes) -> str:
        """Tries one: a word for what came, or the exception that should not have come."""
        ...


class TooSlow(BaseException):
    """One execution took more processor time than it may."""


def input_of(target: Target, seed: int, number: int) -> bytes:
    """What one execution tries."""
    return target.make(random.Random(f"{seed}/{number}"))


def scratch_folder() -> Path:
    """A folder for one file after the other, in memory where the system has that; gone at the end."""
    folder = tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def bound_memory(megabytes: int) -> None:
    """From here on the process may take so much more."""
    with open("/proc/self/statm") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    limit = taken + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises TooSlow after so much processor time, which a busy machine does not shorten."""
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def too_slow(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


class Trying:
    """The executions of one target, and the folder that knows how far they are."""

    def __init__(self, name: str, target: Target, folder: Path, seed: int, seconds: float) -> None:
        self.name, self.target, self.folder, self.seconds = name, target, folder, seconds
        folder.mkdir(parents=True, exist_ok=True)
        self.progress = folder / f"{name}-{seed}.json"
        held = json.loads(self.progress.read_text()) if self.progress.exists() else {}
        self.seed = seed
        self.next: int = held.get("executions", 0)
        self.spent: float = held.get("seconds", 0.0)
        self.came = Counter[str](held.get("came", {}))
        self.kinds = Counter[str](held.get("finds", {}))
        signal.signal(signal.SIGVTALRM, too_slow)

    def until(self, executions: int) -> int:
        """Goes on until so many are done; gives how many finds there are, earlier ones counted too."""
        began = reported = time.monotonic()
        before, first = self.spent, self.next
        try:
            while self.next < executions:
                self.one(self.next)
                self.next += 1
                now = time.monotonic()
                if now - reported > REPORT_SECONDS:
                    reported, self.spent = now, before + now - began
                    self.write()
                    self.say((self.next - first) / (now - began))
        finally:
            taken = time.monotonic() - began
            self.spent = before + taken
            self.write()
        self.say((self.next - first) / max(taken, 1e-9))
        return sum(self.kinds.values())

    def one(self, number: int) -> None:
        """One execution."""
        data = input_of(self.target, self.seed, number)
        try:
            with limited(self.seconds):
                self.came[self.target.hold(data)] += 1
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.keep(number, data, error)

    def keep(self, number: int, data: bytes, error: BaseException) -> None:
        """A find: its input and what was raised, unless enough of its kind are kept."""
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "proof" not in frame.filename] or list(frames)
        place = "" if isinstance(error, TooSlow) else f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
        kind = f"{type(error).__name__} {place or frames[-1].name}".strip()
        self.kinds[kind] += 1
        if self.kinds[kind] > KEPT_OF_A_KIND:
            return
        path = self.folder / f"{self.name}-{self.seed}-{number}"
        path.with_suffix(self.target.suffix).write_bytes(data)
        path.with_suffix(".txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        print(f"number {number}: {kind}: {str(error)[:200]}", flush=True)

    def write(self) -> None:
        """What a later call goes on from."""
        record = {"executions": self.next, "seconds": round(self.spent, 1), "came": self.came, "finds": self.kinds}
        beside = self.progress.with_suffix(".new")
        beside.write_text(json.dumps(record, indent=2) + "\n")
        os.replace(beside, self.progress)

    def say(self, rate: float) -> None:
        came = ", ".join(f"{100 * count / max(self.next, 1):.0f} % {what}" for what, count in self.came.most_common())
        print(f"{self.next:,} executions, {rate:.0f}/s; {came}; {sum(self.kinds.values())} finds", flush=True)
