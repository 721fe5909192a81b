"""Trainings taken in every way that there is, and held against the plain executor's."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import numpy as np
from random_programs import RandomProgram, random_program

from chainrule.compiler.compile import compiled
from chainrule.compiler.derive.training import TrainingGraph
from chainrule.compiler.graph.signatures import Invocation
from chainrule.compiler.graph.spec import Compiled, Spec, TrainSection
from chainrule.compiler.graph.stored_spec import restored, stored
from chainrule.compiler.ops import activation
from chainrule.compiler.ops.reductions import reduction, short_axes
from chainrule.compiler.targets import numpy_step as train_step
from chainrule.compiler.targets.writer import Options
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.arrays import Array
from chainrule.runtime.data.binding import Dataset
from chainrule.runtime.evaluate.parameters import initial_parameters
from chainrule.runtime.steps.scalar_step import FloatBackend
from chainrule.runtime.steps.trainer import Trainer
from chainrule.runtime.training.job import job_of, training_of, windows_of
from chainrule.runtime.training.train import Training

CACHED = "cached"
WAYS: Mapping[str, Mapping[str, Any]] = {
    "plain": {"optimise": False},
    "optimised": {"exact": True},
    "without passes": {"exact": True, "options": Options(passes=False)},
    "without reuse": {"exact": True, "options": Options(reuse=False)},
    "poisoned": {"exact": True, "options": Options(poison=True)},
    CACHED: {"exact": True},
}
"""How a trainer may take its steps, as its keywords; the first is what all others are held against."""

FOLDED: Mapping[str, Mapping[str, Any]] = {
    "folded": {},
    "without passes": {"options": Options(passes=False)},
    "without reuse": {"options": Options(reuse=False)},
    "poisoned": {"options": Options(poison=True)},
    "early": {"options": Options(together=0)},
    "early, without passes": {"options": Options(passes=False, together=0)},
    "early, poisoned": {"options": Options(poison=True, together=0)},
}
"""The same for updates that may be fused, whose last digits differ from those of the plain executor."""

ROUNDING = {"float64": 1e-12, "float32": 2e-4}
"""How far fused updates may be off, relative to the largest element of a parameter, or to a hundredth."""


def trainers(text: str, ways: Mapping[str, Mapping[str, Any]] = WAYS) -> dict[str, Trainer]:
    """A trainer for each way, from the same parameters."""
    made = compiled(Source("test.graph", text), Path())
    again = recalled_as_text(made) if CACHED in ways else made.spec
    return {name: trainer(again if name == CACHED else made.spec, way) for name, way in ways.items()}


def recalled_as_text(made: Compiled) -> Spec:
    """The spec as it comes back from the cache."""
    return restored(json.loads(json.dumps(stored(made))), made.spec.source, made.used, made.settings).spec


def trainer(spec: Spec, way: Mapping[str, Any]) -> Trainer:
    section = section_of(spec)
    return trainer_of(spec, training_of(spec, section), section.optimizer, way)


def trainer_of(spec: Spec, training: TrainingGraph, optimizer: Invocation, way: Mapping[str, Any]) -> Trainer:
    section = section_of(spec)
    initial = initial_parameters(spec.full, {}, section.seed, section.precision)
    made = Trainer(training, optimizer, initial, section.precision, {}, windows=windows_of(section, None), **way)
    if isinstance(made.backend, FloatBackend):
        for step in (made.backend.step, made.backend.gathering_for({})):
            step._function._worth = 0.0  # generated from the second step on
    return made


def section_of(spec: Spec) -> TrainSection:
    assert spec.train is not None
    return spec.train


def bits(array: Array) -> bytes:
    """An array's bits; the sign and payload of NaN say nothing."""
    return np.where(np.isnan(array), np.nan, array).tobytes()


def state(trainer: Trainer) -> dict[str, bytes]:
    return {path: bits(value) for path, value in (*trainer.params.items(), *trainer.states.items())}


def taken(trainer: Trainer, feeds: Mapping[str, object]) -> object:
    """The loss of a step, or what stopped it."""
    try:
        return trainer.step(feeds)
    except SpecError as error:
        return error.diagnostics[0].message


def same(made: Mapping[str, Trainer], batches: Sequence[Mapping[str, Any]]) -> None:
    """All trainers go the way of the first, bit for bit."""
    first = next(iter(made))
    for feeds in batches:
        losses = {name: taken(trainer, feeds) for name, trainer in made.items()}
        assert len(set(losses.values())) == 1, losses
        states = {name: state(trainer) for name, trainer in made.items()}
        for name, found in states.items():
            assert found == states[first], f"{name} is not as {first}"


def near(made: Trainer, plain: Trainer, precision: str) -> None:
    """Two trainers differ by rounding alone."""
    for path, value in plain.held.items():
        scale = max(1e-2, float(np.abs(value).max(initial=0)))
        off = float(np.abs(made.held[path] - value).max(initial=0))
        assert off <= ROUNDING[precision] * scale, f"`{path}` is off by {off:.3g}"


def hold(program: RandomProgram, rounds: int = 1) -> int:
    """A random program's steps: the same bits in every way under `exact`, the same but for rounding without it.

    After the first round over its batches rounding has grown too much to say anything, but not for those that have the
    same bits. Gives how many planned steps were taken to their end, in all ways together.
    """
    spec = compiled(Source("random.graph", program.text), Path()).spec
    section = section_of(spec)
    training = training_of(spec, section)
    exact = {name: trainer_of(spec, training, section.optimizer, way) for name, way in WAYS.items() if name != CACHED}
    same(exact, program.batches())
    folded = {name: trainer_of(spec, training, section.optimizer, way) for name, way in FOLDED.items()}
    if not folded["folded"].folded:
        folded = {"folded": folded["folded"], "early": folded["early"]}
    same(folded, program.batches())
    if exact["plain"].steps == len(program.rows):
        near(folded["folded"], exact["plain"], program.precision)
    for made in (exact, folded):
        same(made, program.batches() * (rounds - 1))
    return sum(each.steps for each in (*exact.values(), *folded.values())) - exact["plain"].steps


PAIRS = (
    *((name, "plain") for name in WAYS if name != "plain"),
    ("folded", None),
    *((name, "folded") for name in FOLDED if name != "folded"),
)
"""A way each, and what it has the bits of; of fused updates the first is as the plain executor but for rounding."""

STEPS = 3


def hold_way(number: int) -> None:
    """A random program's steps in one of the ways, which its number says. Raises AssertionError, with the text.

    Batches of several sizes, for each of which a step is generated, come with each third round of the ways.
    """
    turn, place = divmod(number, len(PAIRS))
    name, other = PAIRS[place]
    random = Random(number)
    program = random_program(random)
    if turn % 3:
        program = replace(program, rows=program.rows[:1] * STEPS)
    try:
        with squeezed(random) if random.random() < 0.5 else nullcontext():
            _hold_way(program, name, other)
    except Exception as error:  # whatever it is, it is told with the program
        told = f"program {number}, {name}, batches of {program.rows} rows: {error}\n{program.text}"
        raise AssertionError(told) from error


def _hold_way(program: RandomProgram, name: str, other: str | None) -> None:
    made = compiled(Source("random.graph", program.text), Path())
    section = section_of(made.spec)
    training = training_of(made.spec, section)
    ways = WAYS if other == "plain" else FOLDED
    if other is not None:
        both = {each: trainer_of(made.spec, training, section.optimizer, ways[each]) for each in (other, name)}
        if name == CACHED:
            both[name] = trainer(recalled_as_text(made), ways[name])
        same(both, program.batches())
        return
    plain, folded = (trainer_of(made.spec, training, section.optimizer, way) for way in (WAYS["plain"], FOLDED[name]))
    for feeds in program.batches():
        for each in (plain, folded):
            taken(each, feeds)
    if plain.steps == len(program.rows):
        near(folded, plain, program.precision)


def hold_training(program: RandomProgram, random: Random) -> int:
    """The same of a whole training on rows of data, minibatch by minibatch, with work on rows done before."""
    spec = compiled(Source("random.graph", program.text), Path()).spec
    if not any(shape for shape, _ in program.inputs.values()):
        return 0
    rows, batch = random.choice(((5, 2), (4, 3), (6, 1), (7, 3), (4, None)))
    section = replace(section_of(spec), exact=True, steps=None, epochs=2, batch=batch)
    job = job_of(spec, section, Dataset(program.batch(rows, 0), rows), None)
    jobs = {
        "exact": job,
        "plain": replace(job, optimise=False),
        "folded": replace(job, section=replace(section, exact=False)),
    }
    trainings = {name: Training(each) for name, each in jobs.items()}
    said = {name: _trained(training) for name, training in trainings.items()}
    assert said["exact"] == said["plain"], "a training is not as plain"
    made = {name: training.trainer for name, training in trainings.items()}
    assert state(made["exact"]) == state(made["plain"]), "a training is not as plain"
    if said["plain"][0] is None:
        near(made["folded"], made["plain"], program.precision)
    return made["exact"].steps + made["folded"].steps


def _trained(training: Training) -> tuple[object, bytes]:
    """What stopped a training, if anything did, and the bits of its losses."""
    try:
        training.run()
    except SpecError as error:
        return error.diagnostics[0].message, training.history.losses.tobytes()
    return None, training.history.losses.tobytes()


@contextmanager
def squeezed(random: Random) -> Iterator[None]:
    """Limits so low that a small program is taken for a large one.

    Its inputs stay where they are, its gradients lie apart, it is updated block by block, has no backup, long sums, and
    masks of many elements.
    """
    with ExitStack() as stack:
        for module, name, low in (
            (train_step, "COPIED", 2),
            (train_step, "OWN", 3),
            (train_step, "BACKED_UP", 0),
            (train_step, "BLOCK", 2),
            (activation, "SMALL", 0),
            (activation, "MANY", 0),
            (short_axes, "BESIDE", 2),
            (reduction, "SHORT", 1),
            (reduction, "LONG", random.choice((2, 4, 100))),
            (reduction, "STRIP", random.choice((1, 4))),
        ):
            if random.random() < 0.6:
                stack.enter_context(patch.object(module, name, low))
        yield


def hold_seed(seed: int) -> None:
    """A random program's steps and its training, by its number. Raises AssertionError, with the program's text."""
    random = Random(seed)
    program = random_program(random)
    try:
        with squeezed(random) if random.random() < 0.5 else nullcontext():
            hold(program)
            hold_training(program, random)
    except Exception as error:  # whatever it is, it is told with the program
        raise AssertionError(f"program {seed}, batches of {program.rows} rows: {error}\n{program.text}") from error


ROOT = Path(__file__).parents[2]


def commit_seed() -> int:
    """A number that each commit has of its own: what CHAINRULE_SEED says, the commit's, or that of all sources."""
    named = os.environ.get("CHAINRULE_SEED") or _commit()
    if named is None:
        sources = sorted(path for room in ("compiler", "runtime", "tests") for path in (ROOT / room).rglob("*.py"))
        named = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    return int(hashlib.sha256(named.encode()).hexdigest()[:8], 16)


def _commit() -> str | None:
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
