"""Schedules as texts have the factors of those that train."""

import math
from typing import Any

import pytest

from chainrule.compiler.compile import compiled
from chainrule.compiler.graph.signatures import SCHEDULES as SIGNATURES
from chainrule.compiler.targets.python.schedules import SCHEDULES, schedule_text
from chainrule.grammar.source import Source
from chainrule.runtime.steps.schedules import Length, schedule

CALLS = [
    "constant()",
    "constant(warmup = 4)",
    "step(every = 3, factor = 0.5)",
    "exponential(factor = 0.9)",
    "exponential(factor = 0.9, warmup = 3)",
    "cosine()",
    "cosine(final = 0.1, warmup = 5)",
    "piecewise(at = [1, 3], factors = [0.1, 0.01])",
    "one_cycle(peak = 10)",
    "one_cycle(peak = 5, rise = 0.0)",
]


def test_every_schedule_has_a_text() -> None:
    assert set(SCHEDULES) == {each.name for each in SIGNATURES.values()}


@pytest.mark.parametrize("call", CALLS)
def test_factors(call: str, tmp_path: Any) -> None:
    steps, epoch = 40, 7
    train = f"minimize = loss; optimizer = sgd(lr = 1); steps = {steps}; schedule = {call}"
    text = f"param w = 1\nloss = w * w\ntrain {{ {train} }}\n"
    section = compiled(Source("a.graph", text), tmp_path).spec.train
    assert section is not None
    own = schedule(section.schedule, Length(steps, None, lambda: epoch))
    written = schedule_text(section.schedule, epoch) or "1.0"
    for number in range(steps + 3):
        found = eval(written, {"step": number, "steps": steps, "math": math})  # what files do that are exported
        assert found == pytest.approx(own(number) if own else 1.0, rel=1e-14)
