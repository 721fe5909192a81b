"""Mutants: `python -m tests.proof mutants --count 500 --seed 1`.

    python -m tests.proof mutants --areas reverse passes   # of the 500 those of two areas; the others later
    python -m tests.proof mutants --again                  # those that survived, after a test was written

Each is one mistake in one file of the areas below, put into a copy of the checkout, against which the tests of that
file run, and then those of its area that call the function with the mistake, up to the first that fails. One that they
do not notice survives. What was done stands in `--state`: a later call goes on. Where the code has changed since,
another place is drawn for one that is gone. At the end all tests that noticed anything run once more, without a
mistake, and must pass.
"""

import argparse
import ast
import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from .mutate import Mutant, mutant, named_places
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
    "executor": (
        ("runtime/evaluate",),
        ("tests/runtime/evaluate", "tests/runtime/steps/test_trainer.py", "tests/test_parts.py"),
    ),
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

EVERYWHERE = ("tests/test_records.py",)
"""What holds of every file."""

EPOCH = 1_000_000_000

LONGEST = 600.0
"""Seconds that a test may take without a mistake."""


def files_of(area: str) -> list[Path]:
    """The files of an area, below the root; one that another area names is of that area."""
    named = {name for _, (names, _) in AREAS.items() for name in names}
    found = []
    for name in AREAS[area][0]:
        path = ROOT / name
        inside = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        found += [each for each in inside if each == path or each.relative_to(ROOT).as_posix() not in named]
    return [path.relative_to(ROOT) for path in found if path.name != "__init__.py"]


class Drawn(NamedTuple):
    """Where a mistake goes: `place` is a number among those of the file, `name` what it keeps (mutate.named_places)."""

    area: str
    file: Path
    place: int
    name: str


def drawn(area: str, seed: int) -> list[Drawn]:
    """All places of an area in an order that a seed chooses: one by one, so that an edit elsewhere leaves it."""
    found = [
        Drawn(area, file, place, f"{file.as_posix()} {name}")
        for file in files_of(area)
        for name, place in named_places(ast.parse((ROOT / file).read_text(encoding="utf-8")))
    ]
    return sorted(found, key=lambda each: hashlib.sha256(f"{seed} {area} {each.name}".encode()).digest())


def taken(count: int, seed: int) -> list[Drawn]:
    """As many as are asked for; areas take turns, as long as they have places."""
    turns = zip_longest(*(drawn(area, seed) for area in AREAS))
    return list(islice((each for turn in turns for each in turn if each is not None), count))


def own_tests(file: Path) -> str:
    return (Path("tests") / file.parent / f"test_{file.name}").as_posix()


def tests_of(area: str, copy: Path) -> list[str]:
    """The files of an area's tests in a copy of the checkout, those of its files by themselves among them."""
    found = [copy / own_tests(file) for file in files_of(area)]
    for name in (*AREAS[area][1], *EVERYWHERE):
        path = copy / name
        found += sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
    return sorted({path.relative_to(copy).as_posix() for path in found if path.exists()})


def tried(number: int, each: Drawn, made: Mutant, tests: Tests, calls: Calls) -> tuple[str | None, float]:
    """The test that notices a mutant, none where it survives, and the processor time that it took."""
    file = each.file
    noticing = calls.of(tests_of(each.area, tests.copy), file, made.function)
    own = {name: limit for name, limit in noticing.items() if _file_of(name) == own_tests(file)}
    others = {name: limit for name, limit in noticing.items() if name not in own}
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
    chosen = taken(options.count, options.seed)
    held: dict[str, Any] = json.loads(state.read_text(encoding="utf-8")) if state.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "chainrule"
        left_out = shutil.ignore_patterns(".git", ".venv", "build", "dist", "__pycache__", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, copy, ignore=left_out)
        tests = Tests(copy)
        calls = Calls(state.parent, tests)
        for number, each in enumerate(chosen):
            known = held.get(each.name)
            if each.area not in options.areas or (known is not None and (known["by"] or not options.again)):
                continue
            made = mutant((copy / each.file).read_text(encoding="utf-8"), each.place)
            by, seconds = tried(number, each, made, tests, calls)
            where = f"{each.file.as_posix()}:{made.line}:{made.column}"
            at_first = by is not None if known is None else known["at_first"]
            held[each.name] = {
                "where": where,
                "change": made.change,
                "by": by,
                "at_first": at_first,
                "seconds": seconds,
            }
            said = f"noticed by {by}" if by is not None else "SURVIVED"
            print(f"{number} {each.area}: {where}  {made.change}  {said}  {seconds} s", flush=True)
            _keep(state, held)
        for file in {each.file for each in chosen}:  # as mutants are, without comments
            _write(copy / file, ast.unparse(ast.parse((copy / file).read_text(encoding="utf-8"))), options.count + 1)
        noticing = {each["by"]: LONGEST for each in held.values() if "::" in (each["by"] or "")}
        files = list(dict.fromkeys(map(_file_of, noticing)))
        unsound, _ = tests.failed(files, noticing) if files else (None, 0.0)
        tests.close()
    if unsound is not None:
        print(f"{unsound} fails without any mistake, too", file=sys.stderr)
        return 2
    results = [(each.area, held[each.name]) for each in chosen if each.name in held]
    for area in AREAS:
        of_area = [known for name, known in results if name == area]
        print(f"| {area} | {len(of_area)} | {_count(of_area, 'at_first')} | {_count(of_area, 'by')} |")
    tried_ones = [known for _, known in results]
    first, now = _count(tried_ones, "at_first"), _count(tried_ones, "by")
    print(f"seed {options.seed}: of {len(tried_ones)} noticed {first} at first, {now} now")
    gone = len(held) - len(tried_ones)
    if gone:
        print(f"{gone} more were tried whose code is another since")
    return 0


def _count(found: Sequence[Mapping[str, Any]], field: str) -> int:
    return sum(bool(each[field]) for each in found)


def _keep(state: Path, held: Mapping[str, Any]) -> None:
    written = state.with_suffix(".part")
    written.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    os.replace(written, state)
