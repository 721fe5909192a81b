"""Damage to every file that chainrule reads back, and forgeries of every field in them: found, or without effect.

    python benchmarks/damage.py [--flips 500] [--cuts 300] [--every 1] [--seed 0] [--folder /dev/shm]

Two runs with Adam, rows held out and early stopping, one whole, one killed in the middle with a checkpoint after each
step. Of each file of their folders so many bits are flipped and so many ends cut off; after each of these the run is
looked at (model, curves, what `diff` compares) and resumed. What comes must be what comes of the undamaged folder, or a
fault in words. Then each field of each record (run.json, the logs, checkpoints, models, compiled specs of the cache) is
replaced by texts, lists, huge numbers and 100,000 nested lists, with checksums that are right: refused, or a record
that could have been written; no code runs, nothing takes more than seconds or two gigabytes. `--every 20` takes a
twentieth of the fields. Exit code 1 where something came otherwise.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

import chainrule
from chainrule.compiler.build import build
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.arrays import Array
from chainrule.runtime.data.binding import Dataset
from chainrule.runtime.fields import Unfit
from chainrule.runtime.runs.checksum import digest
from chainrule.runtime.runs.interval import Interval
from chainrule.runtime.runs.kept_specs import recalled
from chainrule.runtime.runs.load_model import load_model
from chainrule.runtime.runs.logs import DIGITS, SUM
from chainrule.runtime.runs.model_file import SpecRecord
from chainrule.runtime.runs.recorder import train_in
from chainrule.runtime.runs.run_difference import run_difference
from chainrule.runtime.runs.run_folder import LOCK, read_checkpoint, read_run
from chainrule.runtime.runs.run_history import read_history
from chainrule.runtime.runs.tensor_file import CHECKSUM, KEY, RECORD_CHECKSUM
from chainrule.runtime.training.job import Job, job_of
from chainrule.runtime.training.train import Callback, Training
from chainrule.views.text.json_text import dumps
from chainrule.views.text.run_difference_text import run_difference_document, run_difference_text

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from forgery import places  # what tests share

TEXT = """
dim N
input x: [N, 3]
input t: int[N]
param W: [3, 2] = he()
param b: [2] = zeros()
scores = affine(x, W, b)
loss = softmax-loss(scores, t)
data points { x = npz("points.npz", "x") ; t = npz("points.npz", "t") }
train { minimize = loss ; data = points ; metrics = [accuracy(scores, t)] ; batch = 8 ; hold_out = 0.2 ; epochs = 3
  optimizer = adam(lr = 0.02) ; report = every(2) ; stop = early(patience = 9) }
"""
RECORD = SpecRecord(text=TEXT, name="damage.graph", fingerprint="damage", classes={"t": ("yes", "no")})

PWNED = "PWNED"
CODE = f"1 if __import__('os').mkdir('{PWNED}') else 3)#"
NESTED = "[" * 100_000 + "]" * 100_000
INSTEAD = (json.dumps("nonsense"), json.dumps(CODE), "[]", '["add"]', "{}", "null", "true", "-1", "0.5", str(2**62),
           "1" + "0" * 400, "1e999", "NaN", NESTED)  # fmt: skip
"""What a field is replaced by, as JSON has it."""

MOST_SECONDS, MOST_BYTES = 20.0, 2 * 2**30


@cache
def job() -> Job:
    spec, _ = build(*parse(Source("damage.graph", TEXT)))
    generator = np.random.default_rng(0)
    x, t = generator.normal(size=(30, 3)), generator.integers(2, size=30)
    assert spec.train is not None
    return replace(job_of(spec, spec.train, Dataset({"x": x.astype("float32"), "t": t}, 30), None), optimise=False)


class Killed(Callback):
    """Plays a kill after a step: the process is gone, and its lock stays."""

    class Now(Exception):
        pass

    def stepped(self, training: Training) -> None:
        if training.step == 5:
            raise Killed.Now


# --- what comes of a folder -------------------------------------------------------------------------------------


def looked_at(folder: Path) -> object:
    """Model, predictions, curves, and what `diff` says."""
    model, history = load_model(folder), read_history(folder, job().precision, job().higher)
    difference = run_difference(folder.parent / "whole", folder, None)  # of the same spec
    return {
        "predictions": chainrule.load(folder).predict(x=np.ones((2, 3)), t=[0, 1])["loss"].tobytes(),
        "difference": run_difference_text(difference, "before", "after"),
        "as JSON": dumps(run_difference_document(difference)),
        "model": {name: value.tobytes() for name, value in model.parameters.items()},
        "spec": model.spec,
        "step": model.step,
        "rows": history.rows,
        "norms": history.health,
        "losses": history.losses.tobytes(),
        "kept": history.kept_step,
        "run": read_run(folder),
    }


def resumed(folder: Path) -> object:
    """What a resume ends with, but for what time it took."""
    training = train_in(folder, job(), RECORD, resume=True, every=Interval(steps=1))
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in training.history.rows]
    run = {key: value for key, value in (read_run(folder) or {}).items() if key != "seconds"}
    return {
        "tensors": {name: value.tobytes() for name, value in read_checkpoint(folder).tensors.items()},
        "model": {name: value.tobytes() for name, value in load_model(folder).parameters.items()},
        "rows": rows,
        "norms": training.history.health,
        "losses": training.history.losses.tobytes(),
        "warnings": [each.code for each in training.warnings],
        "run": run,
    }


WAYS: tuple[Callable[[Path], object], ...] = (looked_at, resumed)


class Sweep:
    """The damages, and what came otherwise than it should."""

    def __init__(self, place: Path, seed: int) -> None:
        self.place = place
        self.random = random.Random(seed)
        self.failed: list[str] = []
        self.counts: Counter[str] = Counter()
        train_in(place / "whole", job(), RECORD, every=Interval(steps=1))
        with contextlib.suppress(Killed.Now):
            train_in(place / "cut", job(), RECORD, callbacks=[Killed()], every=Interval(steps=1))
        (place / "cut" / LOCK).write_text('{"process": 1, "run": "gone"}')
        self.expected = {(name, way): way(self.folder(name)) for name in ("whole", "cut") for way in WAYS}

    def folder(self, name: str) -> Path:
        """A copy of a folder, to be damaged."""
        copy = self.place / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        return Path(shutil.copytree(self.place / name, copy))

    def tried(self, what: str, action: Callable[[], object], *, expected: object = None) -> None:
        """Does something with damaged data: refused in words, or the same as without the damage."""
        began = time.monotonic()
        try:
            found = action()
        except SpecError:
            self.counts["found"] += 1
        except Exception as error:
            self.failed.append(f"{what}: {type(error).__name__}: {str(error)[:100]}")
        else:
            self.counts["without effect" if expected is not None else "taken"] += 1
            if expected is not None and found != expected:
                self.failed.append(f"{what}: something else came")
        if time.monotonic() - began > MOST_SECONDS:
            self.failed.append(f"{what}: it took {time.monotonic() - began:.0f} s")
        if Path(PWNED).exists():
            raise SystemExit(f"{what}: code ran")

    # --- flips and cuts -----------------------------------------------------------------------------------------

    def damaged(self, flips: int, cuts: int) -> None:
        """Each file of each folder."""
        for name in ("whole", "cut"):
            for path in sorted((self.place / name).iterdir()):
                before = Counter(self.counts)
                for what, data in self._spoilt(path.read_bytes(), flips, cuts):
                    for way in WAYS:
                        copy = self.folder(name)
                        (copy / path.name).write_bytes(data)
                        told = f"{name}/{path.name}, {what}, {way.__name__}"
                        expected = self.expected[name, way]
                        self.tried(told, lambda way=way, copy=copy: way(copy), expected=expected)  # type: ignore[misc]
                difference = dict(self.counts - before)
                print(f"{name}/{path.name}: {difference}, {len(self.failed)} failed so far", flush=True)

    def _spoilt(self, data: bytes, flips: int, cuts: int) -> Iterator[tuple[str, bytes]]:
        for _ in range(flips if data else 0):
            bit = self.random.randrange(8 * len(data))
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            yield f"bit {bit}", bytes(changed)
        for _ in range(cuts if data else 0):
            length = self.random.randrange(len(data))
            yield f"cut off at {length}", data[:length]

    # --- fields of run folders ----------------------------------------------------------------------------------

    def forged(self, every: int) -> None:
        """Each field of each record of each folder."""
        for name in ("whole", "cut"):
            for path in sorted((self.place / name).iterdir()):
                before, content = Counter(self.counts), path.read_bytes()
                for number, (what, data) in enumerate(_forgeries(path.name, content)):
                    if number % every:
                        continue
                    for way in WAYS:
                        copy = self.folder(name)
                        (copy / path.name).write_bytes(data)
                        self.tried(f"{name}/{path.name}, {what}, {way.__name__}", lambda w=way, c=copy: w(c))  # type: ignore[misc]
                print(f"{name}/{path.name}, fields: {dict(self.counts - before)}, {len(self.failed)} failed so far")


# --- forgeries --------------------------------------------------------------------------------------------------


def replaced(record: Any, sums: Callable[[Any], Any]) -> Iterator[tuple[str, str]]:
    """The texts of a record with each of its fields replaced, its checksums right where that can be."""
    for holder, key, path in places(record):
        before = holder[key]
        for text in INSTEAD:
            holder[key] = "@@"
            if text != NESTED:
                with contextlib.suppress(ValueError):
                    holder[key] = json.loads(text)
            try:
                said = json.dumps(sums(record))
            except (ValueError, Unfit):
                said = json.dumps(record)
            yield f"{path} is {text[:20]}", said.replace('"@@"', text)
        holder[key] = before


def _forgeries(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """A file of a run folder with each field of its records replaced."""
    if name == "run.json":
        yield from ((what, text.encode()) for what, text in replaced(_without(json.loads(content), CHECKSUM), _sealed))
    elif name.endswith(".jsonl"):
        first, _, rest = content.partition(b"\n")
        record = _without(json.loads(first), SUM)
        for what, text in replaced(record, lambda row: {**row, SUM: digest(row)[:DIGITS]}):
            yield what, text.encode() + b"\n" + rest
    elif name.endswith(".safetensors"):
        yield from _forged_tensors(content)


def _forged_tensors(content: bytes) -> Iterator[tuple[str, bytes]]:
    tensors = load(content)
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    record = _without(json.loads(header["__metadata__"][KEY]), CHECKSUM, RECORD_CHECKSUM)
    for what, text in replaced(record, lambda said: _summed(tensors, said)):
        yield what, save(tensors, {KEY: text})
    for name, array in tensors.items():
        for other in (array.astype("complex64"), array.astype("int64"), array.astype("bool"), array[..., :1] + np.nan,
                      np.zeros((2, *array.shape), "float32"), np.zeros(0, "float32")):  # fmt: skip
            held = {**tensors, name: np.ascontiguousarray(other)}
            with contextlib.suppress(KeyError, ValueError):  # a type that the format has none of
                yield f"{name} is {other.dtype}{other.shape}", save(held, {KEY: json.dumps(_summed(held, record))})
        yield (
            f"without {name}",
            save(_without(tensors, name), {KEY: json.dumps(_summed(_without(tensors, name), record))}),
        )


def _summed(tensors: dict[str, Array], record: dict[str, Any]) -> dict[str, Any]:
    said = {**record, RECORD_CHECKSUM: digest(record)}
    total = hashlib.sha256(json.dumps(said, sort_keys=True).encode("ascii"))
    for name in sorted(tensors):
        array = tensors[name]
        total.update(json.dumps([name, array.dtype.str, array.shape]).encode("ascii"))
        total.update(array.tobytes())
    return {**said, CHECKSUM: total.hexdigest()}


def _sealed(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, CHECKSUM: digest(record)}


def _without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


# --- the cache --------------------------------------------------------------------------------------------------

SPEC = """chainrule 1 "Forged"
use chainrule.layers
dim N
const width = 2
const label = "a"
input x: [N, 2]
input t: int[N]
input rate = 0.5
param W: [2, 2] = uniform(low = -1)
param start: [2] = [1, 2]
## what is scored
scores = x @ W + start -> repeat 2 { dense(width) -> relu } as body -> dense(3)
loss = softmax-loss(scores, t)
other = quadratic-loss(scores, scores * 2) + sum(reshaped) * 0
reshaped = flatten(scores * start[0])
data points { x = spiral("x", rows = 12) / 2 + [1, 2] ; t = spiral("t", rows = 12) }
data more { x = spiral("x", rows = 6, seed = 1) / 2 + [1, 2] ; t = spiral("t", rows = 6, seed = 1) }
train { minimize = loss * rate + other / N ; optimizer = adam(lr = 0.1) ; steps = 3 ; data = points ; test = more
  batch = 5 ; schedule = step(every = 3) ; metrics = [accuracy(scores, t), top-k(scores, t, k = 2)]
  stop = early(patience = 2) ; report = every(1) ; exact = true ; seed = 4 }
expect d(loss)/d(rate) == 0 within 0.5
expect accuracy > 0.5 after train
""".replace("scores * start[0]", "scores")


def used(spec: Path) -> object:
    """Everything that one does with a spec."""
    program = chainrule.load(spec)
    rows = program.rows(0, 4)
    program.run(rows)
    program.grad("loss", rows)
    program.trainer(batch=4).step(rows)
    return [result.holds for result in program.test()]


def forged_cache(sweep: Sweep, every: int) -> None:
    """Each field of a compiled spec that the cache keeps."""
    folder, spec = sweep.place / "cache", sweep.place / "forged.graph"
    os.environ["CHAINRULE_CACHE"] = str(folder)
    spec.write_text(SPEC)
    expected = used(spec)
    (file,) = folder.iterdir()
    before, content = Counter(sweep.counts), file.read_bytes().partition(b"\n")[2]
    texts = replaced(json.loads(content), lambda data: data)
    for number, (what, text) in enumerate(texts):
        if number % every == 0:
            file.write_bytes(hashlib.sha256(text.encode()).hexdigest().encode() + b"\n" + text.encode())
            refused = recalled(file, Source(str(spec), SPEC), spec.parent, {}) is None
            sweep.counts["compiled again"] += refused
            sweep.tried(f"cache, {what}", lambda: used(spec), expected=expected if refused else None)
    print(f"the cache, fields: {dict(sweep.counts - before)}, {len(sweep.failed)} failed so far")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=500, help="bits of each file")
    parser.add_argument("--cuts", type=int, default=300, help="lengths of each file")
    parser.add_argument("--every", type=int, default=1, help="only every so many fields")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", help="where the runs lie; a file system in memory spares the wait for the disk")
    arguments = parser.parse_args()
    os.fsync = lambda fd: None  # no power fails here
    job()
    used_now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used_now + MOST_BYTES, used_now + MOST_BYTES))
    os.environ["CHAINRULE_CACHE"] = ""
    with tempfile.TemporaryDirectory(dir=arguments.folder) as place:
        os.chdir(place)
        sweep = Sweep(Path(place) / "runs", arguments.seed)
        sweep.damaged(arguments.flips, arguments.cuts)
        damaged = Counter(sweep.counts)
        sweep.forged(arguments.every)
        forged_cache(sweep, arguments.every)
        os.chdir("/")
    figures = {
        "damages": dict(damaged),
        "forged fields": dict(sweep.counts - damaged),
        "failed": len(sweep.failed),
    }
    print("\n".join(sweep.failed[:50]))
    print(json.dumps(figures, indent=2))
    return 1 if sweep.failed else 0


if __name__ == "__main__":
    sys.exit(main())
