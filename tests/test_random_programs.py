"""Random trainings: planned steps are those of the plain executor. `benchmarks/hunt.py` tries as many as one likes."""

import pytest
from planned import commit_seed, hold_seed

PARTS, EACH = 4, 25


@pytest.mark.parametrize("part", range(PARTS))
def test_the_same_programs_every_time(part: int) -> None:
    for seed in range(part * EACH, (part + 1) * EACH):
        hold_seed(seed)


@pytest.mark.parametrize("part", range(PARTS))
def test_others_with_each_commit(part: int) -> None:
    base = commit_seed() + part * EACH
    for seed in range(base, base + EACH):
        hold_seed(seed)
