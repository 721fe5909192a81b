"""The plain executor as a judge of planned steps: the same bits under `exact`, the same but for rounding without."""

from contextlib import nullcontext
from random import Random

from planned import hold, hold_training, squeezed
from random_programs import RandomProgram, random_program

from chainrule.compiler.targets.verify_step import proved_step
from chainrule.runtime.steps import numpy_step

setattr(numpy_step, "step_source", proved_step)  # noqa: B010  # it is not exported; every step is proved not to write over what it still reads


ROUNDS = 3
"""Times that each way goes over a program's batches: to plan a step takes far longer than to take it."""


def judge(program: RandomProgram, number: int) -> int:
    """Raises where a way to take steps, or to train on rows, has other bits than the plain one; gives the planned steps
    that were held against it."""
    random = Random(number)
    random_program(random)  # goes on behind it, as tests/support/planned.py does: the same number tries the same
    with squeezed(random) if random.random() < 0.5 else nullcontext():
        return hold(program, ROUNDS) + hold_training(program, random)
