"""The records of the grammar's faults."""

import pytest

from chainrule.grammar import faults
from chainrule.grammar.diagnostic import Fault
from chainrule.grammar.faults import FAULTS
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source


def test_all_are_listed_under_their_own_codes() -> None:
    assert set(FAULTS) == {value for value in vars(faults).values() if isinstance(value, Fault)}
    assert len({fault.code for fault in FAULTS}) == len(FAULTS)
    assert all(fault.code.startswith("G0") and len(fault.code) == 4 for fault in FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
def test_texts_are_there(fault: Fault) -> None:
    assert fault.cause.endswith(".")
    assert fault.fix.endswith(".")


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.example], ids=lambda fault: fault.code)
def test_examples_have_the_fault(fault: Fault) -> None:
    _, found = parse(Source("example.graph", fault.example))
    assert {diagnostic.code for diagnostic in found} == {fault.code}
