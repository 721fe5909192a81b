"""Random trainings: planned steps are those of the plain executor, and a program's other forms have its numbers.

`python -m tests.proof hunt` tries as many as one likes, and holds them against PyTorch and JAX (docs/proof.md).
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from planned import commit_seed, hold_seed
from random_programs import random_program

from chainrule.compiler.compile import compiled
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.grammar.source import Source

ROOT = Path(__file__).parent.parent
PARTS, EACH = 4, 13
PROGRAMS = 300


@pytest.mark.parametrize("part", range(PARTS))
def test_the_same_programs_every_time(part: int) -> None:
    for seed in range(part * EACH, (part + 1) * EACH):
        hold_seed(seed)


@pytest.mark.parametrize("part", range(PARTS))
def test_others_with_each_commit(part: int) -> None:
    base = commit_seed() + part * EACH
    print(f"programs from number {base} on")
    for seed in range(base, base + EACH):
        hold_seed(seed)


def test_every_operation_comes_up() -> None:
    """A new operation gets its rule in tests/support/random_programs/rules."""
    seen: Counter[str] = Counter()
    sizes = []
    for seed in range(PROGRAMS):
        spec = compiled(Source("random.graph", random_program(Random(seed)).text), Path()).spec
        seen.update({node.operation.called for node in spec.full.nodes})
        sizes.append(len(spec.full.nodes))
    assert {operation.name for operation in OPERATIONS.values() if operation.written} - seen.keys() == set()
    assert max(sizes) >= 60


def test_a_program_is_a_function_of_its_number() -> None:
    assert random_program(Random(7)) == random_program(Random(7))
    assert len({random_program(Random(seed)).text for seed in range(50)}) == 50


def hunt(folder: Path, *arguments: str) -> str:
    """What the command says, which finds nothing."""
    command = [sys.executable, "-m", "tests.proof", "hunt", *arguments, "--state", str(folder / "state.json")]
    environment = os.environ | {"PYTHONPATH": ""}
    command += ["--finds", str(folder)]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_other_forms_have_the_same_numbers(tmp_path: Path) -> None:
    said = hunt(tmp_path, "--against", "itself", "--from", str(commit_seed()), "--count", "16")
    assert said.startswith("against itself: 16 programs")


def test_a_hunt_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    hunt(tmp_path, "--against", "itself", "--from", "1", "--count", "2")
    assert hunt(tmp_path, "--against", "itself", "--from", "1", "--count", "3").startswith("against itself: 3 programs")
    assert (tmp_path / "state.json").read_text(encoding="utf-8").startswith('{"start": 1, "next": 4, "found": []')


@pytest.mark.proof
@pytest.mark.parametrize("judge", ["torch", "jax"])
def test_other_systems_compute_the_same(judge: str, tmp_path: Path) -> None:
    pytest.importorskip(judge)
    hunt(tmp_path, "--against", judge, "--from", str(commit_seed()), "--count", "4" if judge == "jax" else "200")
