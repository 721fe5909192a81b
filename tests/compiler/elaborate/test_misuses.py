"""What is meant by names, calls and shapes that do not go."""

from collections.abc import Callable

import pytest

from chainrule.compiler.elaborate.misuses import ELSEWHERE, WRITTEN
from chainrule.grammar.diagnostic import Diagnostic

Find = Callable[..., tuple[Diagnostic, ...]]


@pytest.mark.parametrize("what", ELSEWHERE)
def test_what_is_called_elsewhere_is_said_to_be_so(faults: Find, what: str) -> None:
    for name in ELSEWHERE[what]:
        (fault,) = faults(f"y = {name}()\n")
        assert fault.message == f"`{name}` is {what}; it cannot be called here"


@pytest.mark.parametrize("name", [name for name in WRITTEN if "-" not in name])
def test_an_operation_is_no_value(faults: Find, name: str) -> None:
    (fault,) = faults(f"y = {name} + 1\n")
    assert fault.hint == f"`{name}(...)` calls it; a node needs a name of its own"


def test_operations_of_the_compilers_own_are_none_of_a_specs(faults: Find) -> None:
    for name in ("outer", "sum_to", "real"):
        (fault,) = faults(f"x = {name}([1, 2])\n")
        assert fault.message == f"there is no operation or block called `{name}`"
        (fault,) = faults(f"x = {name} + 1\n")
        assert "calls it" not in (fault.hint or "")


def test_operands_are_described(faults: Find) -> None:
    found = faults(
        "dim N\ninput x: int[N]\ninput t: int\na = x @ [1, 2]\nb = flatten(t)\nc = transpose(N)\nd = flatten(2)\n"
    )
    assert [note.message for fault in found for note in fault.notes] == [
        "a is `x`, int[N]",
        "b is a literal, [2]",
        "x is `t`, an int scalar",
        "x is a size, a scalar",
        "x is a literal, a scalar",
    ]
