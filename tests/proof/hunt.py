"""Random programs, for as long as one likes: `python -m tests.proof hunt --against JUDGE`.

    python -m tests.proof hunt --against torch --count 100000          # from number 0 on; goes on where it was stopped
    python -m tests.proof hunt --against plain --from 1234 --count 1   # one program again, by its number

Judges are torch, jax, plain, itself, or all of them; and jax-eager, for which JAX differentiates and computes whole
programs, half a minute each. A program is a function of its number. Where a judge finds something, the program is made
as small as it can be with the same found in it, and written to `--finds` as a spec, with what its inputs were fed
beside it. The exit code is then 1.
"""

import argparse
import json
import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from planned import commit_seed
from random_programs import RandomProgram, random_program

from chainrule.grammar.spec_error import SpecError

from .progress import Progress, progress_in
from .shrink import shrunk

Judge = Callable[[RandomProgram, int], int | None]
"""judge(program, number) raises where it finds something; one that takes steps says how many."""

JUDGES = ("torch", "jax", "plain", "itself")
EAGER = "jax-eager"
"""JAX once more, which differentiates whole programs and compiles each primitive: half a minute each."""

KEPT_EVERY = 20.0
"""Seconds after which progress is written."""


def judge_called(name: str) -> Judge:
    """A judge by its name, imported when it is asked for."""
    if name == "torch":
        from .judges.torch_judge import judge as by_torch

        return _of_numbers(by_torch)
    if name == "jax":
        from .judges.jax_judge import judge as by_jax

        return _of_numbers(by_jax)
    if name == EAGER:
        from .judges.jax_eager import judge as by_eager_jax

        return _of_numbers(by_eager_jax)
    if name == "plain":
        from .judges.plain import judge as by_plain

        return by_plain
    from .judges.itself import judge as by_itself

    return by_itself


def _of_numbers(judge: Callable[[Any], None]) -> Judge:
    """A judge of values and gradients; each second program is in the form that it has in training."""

    def judged(program: RandomProgram, number: int) -> None:
        from .judges.subject import subject_of

        judge(subject_of(program, program.batch(program.rows[0], number), training=number % 2 == 1))

    return judged


def found_in(program: RandomProgram, number: int, judge: Judge) -> Exception | int:
    """What a judge finds, whatever it is, or how many steps it took."""
    try:
        return judge(program, number) or 0
    except Exception as error:  # a crash is a find, too
        return error


def _finds_the_same(program: RandomProgram, judge: Judge, number: int, error: Exception) -> bool:
    """Whether a judge finds in a program what it found in another: the same but for numbers and what they are of."""
    found = found_in(program, number, judge)
    return isinstance(found, Exception) and _kind(found) == _kind(error)


def _kind(error: Exception) -> tuple[type, str]:
    """What an error says before the first number, or name of a value."""
    code = error.diagnostics[0].code if isinstance(error, SpecError) else ""
    return type(error), code or re.split(r"[`\d\[]", str(error), maxsplit=1)[0]


def write_find(program: RandomProgram, number: int, name: str, error: Exception, folder: Path) -> Path:
    """The program as a spec, and its feeds; returns the spec's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{number}.graph"
    said = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    path.write_text(f"# program {number}, held against {name}: {said}\n{program.text}", encoding="utf-8")
    fed = {name: np.asarray(value).tolist() for name, value in program.batch(program.rows[0], number).items()}
    path.with_suffix(".json").write_text(json.dumps({"feeds": fed, "rows": program.rows}) + "\n", encoding="utf-8")
    return path


def hunt(name: str, first: int, count: int, state: Path, finds: Path) -> Progress:
    """Tries programs, keeps what was done, and tells what was found."""
    judge, progress = judge_called(name), progress_in(state, first)
    began = kept = time.monotonic()
    before = progress.seconds
    while progress.next < first + count:
        number = progress.next
        program = random_program(Random(number))
        found = found_in(program, number, judge)
        if isinstance(found, Exception):
            small = shrunk(program, partial(_finds_the_same, judge=judge, number=number, error=found))
            path = write_find(small, number, name, found, finds)
            progress.found.append(number)
            said = str(found).splitlines() or [type(found).__name__]
            print(f"program {number}: {said[0][:300]}\n  {path}", flush=True)
        else:
            progress.steps += found
        progress.next += 1
        now = time.monotonic()
        progress.seconds = before + now - began
        if now - kept > KEPT_EVERY:
            progress.keep(state)
            kept = now
    progress.keep(state)
    return progress


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        "python -m tests.proof hunt", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", choices=(*JUDGES, EAGER, "all"), default="plain")
    parser.add_argument(
        "--from", type=int, default=None, dest="first", help="the first number; without it the commit's"
    )
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument(
        "--state", type=Path, default=None, help="what was done; without it build/proof/JUDGE-FIRST.json"
    )
    parser.add_argument("--finds", type=Path, default=Path("build/proof/finds"))
    options = parser.parse_args(arguments)
    first = commit_seed() if options.first is None else options.first
    failed = 0
    for name in JUDGES if options.against == "all" else (options.against,):
        state = options.state or Path("build/proof") / f"{name}-{first}.json"
        state.parent.mkdir(parents=True, exist_ok=True)
        progress = hunt(name, first, options.count, state, options.finds)
        failed += len(progress.found)
        steps = f" ({progress.steps} planned steps)" if progress.steps else ""
        print(
            f"against {name}: {progress.tried} programs{steps} from number {first} on, {len(progress.found)} finds, "
            f"{progress.seconds:.0f} s"
        )
    return 1 if failed else 0
