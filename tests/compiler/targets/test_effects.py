"""What functions and methods write into is as numpy has it."""

import inspect
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.ops.emitter import operands_of
from chainrule.compiler.targets.effects import ITSELF, WRITTEN, WRITTEN_BY_METHODS

CALLS: dict[str, tuple[Any, ...]] = {
    "dot": (np.eye(2),),
    "argmax": (0,),
    "argmin": (0,),
    "take": ([0, 1], 0),
    "item": (),
    "nonzero": (),
    "fill": (3.0,),
}
"""Arguments of a method on a square matrix, before the array that it writes into."""


@pytest.mark.parametrize("name", WRITTEN)
def test_functions(name: str) -> None:
    function: Any = np
    for part in name.split("."):
        function = getattr(function, part)
    assert operands_of(name) is None
    if name in ("add.at", "copyto", "putmask"):
        assert WRITTEN[name] == 0
    else:
        before: list[Any] = [np.eye(2), 0, None] if "." in name else [np.eye(2)] * WRITTEN[name]
        out = np.full_like(function(*before), 7)
        assert len(before) == WRITTEN[name]
        function(*before, out)
        assert np.array_equal(out, function(*before))


@pytest.mark.parametrize("name", CALLS)
def test_methods(name: str) -> None:
    position = WRITTEN_BY_METHODS[name]
    array = np.asarray([[1.0, 2.0], [4.0, 3.0]])
    before = array.copy()
    if position is None:
        assert array[:1, :1].item(*CALLS[name]) == 1
    elif position == ITSELF:
        array.fill(*CALLS[name])
        assert array.tolist() == [[3, 3], [3, 3]]
        return
    else:
        expected = getattr(array, name)(*CALLS[name])
        out = np.zeros_like(expected)
        assert len(CALLS[name]) == position
        getattr(array, name)(*CALLS[name], out)
        assert out.tolist() == expected.tolist()
    assert array.tolist() == before.tolist()


def test_all_are_tried() -> None:
    assert set(CALLS) == set(WRITTEN_BY_METHODS)
    assert all(inspect.isbuiltin(getattr(np.zeros(1), name)) for name in CALLS)
