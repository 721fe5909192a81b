"""Mutants: `python -m tests.proof mutants --count 500 --seed 1`.

    python -m tests.proof mutants --areas reverse passes   # of the 500 those of two areas; the others later
    python -m tests.proof mutants --again                  # those that survived, after a test was written

Each is one mistake in one file of the areas below, put into a copy of the checkout, against which the tests of that
file run, and then those of its area that call the function with the mistake, up to the first that fails. One that they
do not notice survives. What was done stands in `--state`, by number: a later call goes on. At the end all tests that
noticed anything run once more, without a mistake, and must pass.
"""

import argparse
import ast
import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from .mutate import Mutant, checks, mutant, places
from .running import Calls, Tests

ROOT = Path(__file__).parents[3]

AREAS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "operations": (("compiler/ops",), ("tests/compiler/ops", "tests/test_new_operations.py")),
    "reverse": (
        ("compiler/derive/reverse.py", "compiler/derive/gradients.py", "compiler/derive/taken_rows.py"),
        ("tests/compiler/derive",),
    ),
    "passes": (("compiler/passes",), ("tests/compiler/passes",)),
    "lowering": (
        ("compiler/lower", "compiler/targets/lowering.py"),
        ("tests/compiler/lower", "tests/compiler/targets"),
    ),
    "memory": (
        ("compiler/lower/memory.py", "compiler/lower/packing.py", "compiler/targets/regions.py"),
        ("tests/compiler/lower", "tests/compiler/targets"),
    ),
    "folding": (
        (
            "compiler/ops/constant_value.py",
            "compiler/passes/constants.py",
            "compiler/passes/neutral.py",
            "compiler/targets/fused_update.py",
        ),
        ("tests/compiler/passes", "tests/compiler/targets"),
    ),
    "executor": (("runtime/evaluate",), ("tests/runtime/evaluate", "tests/runtime/steps/test_trainer.py")),
    "optimisers": (
        ("compiler/derive/optimisers.py", "compiler/derive/training.py"),
        ("tests/compiler/derive", "tests/test_accumulation.py"),
    ),
    "data": (
        ("runtime/data/binding.py", "runtime/data/minibatches.py", "runtime/data/splits.py"),
        ("tests/runtime/data/test_columns.py", "tests/runtime/data/test_datasets.py"),
    ),
}
"""By area: files and folders that get mistakes, and the tests that should notice."""

EPOCH = 1_000_000_000


def files_of(area: str) -> list[Path]:
    """The files of an area, below the root; one that another area names is of that area."""
    named = {name for _, (names, _) in AREAS.items() for name in names}
    found = []
    for name in AREAS[area][0]:
        path = ROOT / name
        inside = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        found += [each for each in inside if each == path or each.relative_to(ROOT).as_posix() not in named]
    return [path.relative_to(ROOT) for path in found if path.name != "__init__.py"]


def area_of(number: int) -> str:
    """Areas take turns."""
    return list(AREAS)[number % len(AREAS)]


def drawn(number: int, seed: int) -> tuple[str, Path, Mutant]:
    """The mutant of a number; no place is drawn twice."""
    area, turn = area_of(number), number // len(AREAS)
    texts = {file: (ROOT / file).read_text(encoding="utf-8") for file in files_of(area)}
    trees = {file: ast.parse(text) for file, text in texts.items()}
    shuffled = [(file, place) for file, tree in trees.items() for place in range(len(places(tree)))]
    Random(f"{seed} {area}").shuffle(shuffled)
    left_out = {file: checks(tree) for file, tree in trees.items()}
    file, place = [(file, place) for file, place in shuffled if place not in left_out[file]][turn]
    return area, file, mutant(texts[file], place)


def own_tests(file: Path) -> str:
    return (Path("tests") / file.parent / f"test_{file.name}").as_posix()


def tests_of(area: str) -> list[str]:
    """The files of an area's tests, those of its files by themselves among them."""
    found = [ROOT / own_tests(file) for file in files_of(area)]
    for name in AREAS[area][1]:
        path = ROOT / name
        found += sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
    return sorted({path.relative_to(ROOT).as_posix() for path in found if path.exists()})


def tried(number: int, area: str, file: Path, made: Mutant, tests: Tests, calls: Calls) -> tuple[str | None, float]:
    """The test that notices a mutant, none where it survives, and the processor time that it took."""
    noticing = calls.of(tests_of(area), file, made.function)
    own = [name for name in noticing if _file_of(name) == own_tests(file)]
    others = [name for name in noticing if _file_of(name) != own_tests(file)]
    spent = 0.0
    for names in filter(None, (own, others)):
        with _placed(tests.copy / file, made.text, number):
            by, seconds = tests.failed(list(dict.fromkeys(map(_file_of, names))), names)
        spent += seconds
        if by is not None:
            return by, round(spent, 2)
    return None, round(spent, 2)


def _file_of(test: str) -> str:
    return test.partition("::")[0]


@contextlib.contextmanager
def _placed(path: Path, text: str, number: int) -> Iterator[None]:
    """A module has another text for a while."""
    sound = path.read_text(encoding="utf-8")
    _write(path, text, number + 1)
    yield
    _write(path, sound, 0)


def _write(path: Path, text: str, number: int) -> None:
    """Each text is of another time: Python goes by it, in seconds, where it keeps what it has compiled."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, (EPOCH + number, EPOCH + number))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        "python -m tests.proof mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--areas", nargs="+", choices=AREAS, default=list(AREAS), help="those that this call tries")
    parser.add_argument("--again", action="store_true", help="what survived is tried again")
    parser.add_argument("--state", type=Path, default=None, help="without it build/proof/mutants-SEED.json")
    options = parser.parse_args(arguments)
    state = options.state or Path(f"build/proof/mutants-{options.seed}.json")
    state.parent.mkdir(parents=True, exist_ok=True)
    held: dict[str, Any] = json.loads(state.read_text(encoding="utf-8")) if state.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "chainrule"
        left_out = shutil.ignore_patterns(".git", ".venv", "build", "dist", "__pycache__", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, copy, ignore=left_out)
        tests = Tests(copy)
        calls = Calls(state.parent, tests)
        for number in range(options.count):
            known = held.get(str(number))
            if area_of(number) not in options.areas or (known is not None and (known["killed"] or not options.again)):
                continue
            area, file, made = drawn(number, options.seed)
            by, seconds = tried(number, area, file, made, tests, calls)
            where = f"{file.as_posix()}:{made.line}:{made.column}"
            found = {"area": area, "where": where, "change": made.change, "killed": by is not None, "by": by}
            held[str(number)] = {**found, "seconds": seconds}
            said = f"noticed by {by}" if by is not None else "SURVIVED"
            print(f"{number}: {where}  {made.change}  {said}  {seconds} s", flush=True)
            _keep(state, held)
        noticing = sorted({each["by"] for each in held.values() if "::" in (each["by"] or "")})
        files = list(dict.fromkeys(map(_file_of, noticing)))
        unsound, _ = tests.failed(files, noticing) if files else (None, 0.0)
        tests.close()
    if unsound is not None:
        print(f"{unsound} fails without any mistake, too", file=sys.stderr)
        return 2
    count = Counter(each["area"] for each in held.values())
    killed = Counter(each["area"] for each in held.values() if each["killed"])
    for area in AREAS:
        print(f"| {area} | {count[area]} | {killed[area]} |")
    print(f"seed {options.seed}: {killed.total()} of {count.total()} killed")
    return 0


def _keep(state: Path, held: Mapping[str, Any]) -> None:
    written = state.with_suffix(".part")
    written.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    os.replace(written, state)
