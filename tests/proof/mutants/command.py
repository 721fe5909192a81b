"""Mutants: `python -m tests.proof mutants --count 500 --seed 1`.

Each is one mistake in one file of the areas below, put into a copy of the checkout, against which the tests of that
file run, and then those of its area. One that they do not notice survives. What was done stands in `--state`, by seed
and number: a later call goes on.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from .mutate import mutant

ROOT = Path(__file__).parents[3]

AREAS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "operations": (("compiler/ops",), ("tests/compiler/ops/test_table.py", "tests/test_new_operations.py")),
    "reverse": (("compiler/derive/reverse.py", "compiler/derive/gradients.py"), ("tests/compiler/derive",)),
    "passes": (("compiler/passes",), ("tests/compiler/passes",)),
    "lowering": (("compiler/lower",), ("tests/compiler/lower", "tests/compiler/targets")),
    "memory": (("compiler/lower/memory.py", "compiler/lower/packing.py"), ("tests/compiler/lower",)),
    "folding": (("compiler/ops/constant_value.py", "compiler/targets/fused_update.py"), ("tests/compiler/targets",)),
    "executor": (("runtime/evaluate",), ("tests/runtime/evaluate",)),
    "optimisers": (("compiler/derive/optimisers.py", "compiler/derive/training.py"), ("tests/compiler/derive",)),
    "data": (("runtime/data/binding.py", "runtime/data/minibatches.py"), ("tests/runtime/data",)),
}
"""By area: files and folders that get mistakes, and the tests that should notice."""

LONGEST = 600
"""Seconds after which tests count as having noticed: a mistake may make a program endless."""


def files_of(area: str) -> list[Path]:
    """The files of an area that are there, below the root."""
    found = []
    for name in AREAS[area][0]:
        path = ROOT / name
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.exists() else []
    return [path.relative_to(ROOT) for path in found if path.name != "__init__.py"]


def own_tests(file: Path) -> Path:
    return Path("tests") / file.parent / f"test_{file.name}"


def passes(copy: Path, tests: Sequence[str]) -> bool:
    """Whether these tests pass on a copy; one that does not end does not pass."""
    there = [each for each in tests if (copy / each).exists()]
    if not there:
        return True
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *there]
    environment = os.environ | {"PYTHONPATH": str(copy.parent), "CHAINRULE_SEED": "mutants"}
    try:
        ran = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return False
    return ran.returncode in (0, 5)  # 5: there was none to run


def tried(number: int, area: str, seed: int, copy: Path) -> dict[str, object]:
    """One mutant, drawn by its number, and whether it was noticed."""
    random = Random(f"{seed} {number}")
    made = None
    while made is None:
        file = random.choice(files_of(area))
        text = (ROOT / file).read_text(encoding="utf-8")
        made = mutant(text, random)
    (copy / file).write_text(made.text, encoding="utf-8")
    try:
        killed = not passes(copy, [str(own_tests(file))]) or not passes(copy, AREAS[area][1])
    finally:
        (copy / file).write_text(text, encoding="utf-8")
    return {"area": area, "file": file.as_posix(), "line": made.line, "change": made.change, "killed": killed}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        "python -m tests.proof mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--areas", nargs="+", choices=AREAS, default=list(AREAS), help="one after the other, by turns")
    parser.add_argument("--state", type=Path, default=None, help="without it build/proof/mutants-SEED.json")
    options = parser.parse_args(arguments)
    state = options.state or Path(f"build/proof/mutants-{options.seed}.json")
    state.parent.mkdir(parents=True, exist_ok=True)
    held = json.loads(state.read_text(encoding="utf-8")) if state.exists() else []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "chainrule"
        left_out = shutil.ignore_patterns(".git", ".venv", "build", "dist", "__pycache__", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, copy, ignore=left_out)
        sound: set[str] = set()
        while len(held) < options.count:
            area = options.areas[len(held) % len(options.areas)]
            if area not in sound and not passes(copy, AREAS[area][1]):
                print(f"the tests of {area} fail without any mistake", file=sys.stderr)
                return 2
            sound.add(area)
            held.append(tried(len(held), area, options.seed, copy))
            last, said = held[-1], "killed" if held[-1]["killed"] else "SURVIVED"
            print(f"{len(held)}: {said}  {last['file']}:{last['line']}  {last['change']}", flush=True)
            written = state.with_suffix(".part")
            written.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
            os.replace(written, state)
    count, killed = Counter(each["area"] for each in held), Counter(each["area"] for each in held if each["killed"])
    for area in AREAS:
        print(f"| {area} | {count[area]} | {killed[area]} |")
    print(f"seed {options.seed}: {killed.total()} of {count.total()} killed")
    return 0
