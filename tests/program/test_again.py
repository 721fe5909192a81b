"""Programs made again: copies, and what a program imports before it trains or reads data."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule

APPLE = Path(chainrule.__file__).parent / "specs" / "apple.graph"
TEXT = "input x = 1\nparam w: [2] = normal()\noutput y = sum(w) * x\n"


@pytest.mark.parametrize("again", [copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))])  # our own
def test_a_copy_is_a_program_of_its_own(again: object) -> None:
    made = chainrule.compile(TEXT, set={"x": 3})
    made.params = {"w": [1, 2]}
    other = again(made)  # type: ignore[operator]  # one of the two above
    assert type(other) is chainrule.Program
    assert float(other.run()["y"]) == 9
    assert other.settings == made.settings
    other.params = {"w": [0, 0]}
    assert np.array_equal(made.params["w"], [1, 2])


def test_a_subclass_is_copied_as_one() -> None:
    class Own(chainrule.Program):
        pass

    made = chainrule.compile(TEXT)
    made.__class__ = Own
    kind = made.__reduce__()[1][0]
    assert kind is Own


def test_what_trains_and_what_reads_data_is_imported_by_those_who_need_it() -> None:
    code = (
        f"import sys, chainrule; program = chainrule.load({str(APPLE)!r}); program.run(); program.grad();"
        "late = ['training.train', 'steps.trainer', 'data.columns', 'data.readers.csv_reader', 'checks.claims'];"
        "print([name for name in late if f'chainrule.runtime.{name}' in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
