"""Every fault has a text that explains it, and an example that really has it."""

import re
from pathlib import Path

import pytest

from chainrule.compiler import faults
from chainrule.compiler.faults import FAULTS
from chainrule.grammar.diagnostic import Diagnostic, Fault
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile

SETTINGS = {faults.UNKNOWN_SETTING: {"nothing": "1"}, faults.UNREADABLE_SETTING: {"x": "[1"}}
"""What is set for examples that are fine by themselves."""

VERBS = {
    faults.NEEDS_DATA: "train",
    faults.UNBOUND_SIZE: "run",
    faults.SIZE_CLASH: "run",
    faults.INDEX_RANGE: "run",
    faults.NO_VALUE: "test",
    faults.CLAIM_FAILED: "test",
    faults.WHICH_NODE: "grad",
    faults.NO_TRAIN_SECTION: "train",
}
"""What is done with examples that can be compiled."""

WARNINGS = {faults.IDLE_GROUP}
"""Faults that a compilation goes on with."""

ELSEWHERE = {faults.WRONG_LIMITS: "the environment", faults.NO_PARAMETER: "a model file"}
"""Faults that no spec has."""


def found(fault: Fault, folder: Path) -> tuple[Diagnostic, ...]:
    """What is said about a fault's example, which lies in a file called a.graph."""
    (folder / "a.graph").write_text(fault.example, encoding="utf-8")
    try:
        program = compile(fault.example, name="a.graph", folder=folder, set=SETTINGS.get(fault))
        if fault in WARNINGS:
            return program.diagnostics
        answer = getattr(program, VERBS[fault])()
    except SpecError as error:
        return error.diagnostics
    return tuple(diagnostic for result in answer for diagnostic in result.diagnostics)


@pytest.mark.parametrize("fault", [each for each in FAULTS if each not in ELSEWHERE], ids=lambda each: each.code)
def test_the_example_has_the_fault(fault: Fault, tmp_path: Path) -> None:
    diagnostics = found(fault, tmp_path)
    assert {diagnostic.code for diagnostic in diagnostics} == {fault.code}
    for diagnostic in diagnostics:
        assert diagnostic.severity == fault.severity
        assert diagnostic.where is not None
        assert "None" not in diagnostic.message
        assert not re.search(r"\{\w+\}", diagnostic.message)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.code)
def test_every_fault_is_explained(fault: Fault) -> None:
    assert re.fullmatch(r"G[123]\d\d", fault.code)
    assert fault.cause.endswith(".")
    assert fault.fix.endswith((".", "?"))
    assert fault.example.endswith("\n")
    assert not fault.template[0].isupper()
    assert set(fault.facts) == set(re.findall(r"\{(\w+)\}", fault.template))


def test_codes_stand_once_and_in_order() -> None:
    codes = [fault.code for fault in FAULTS]
    assert codes == sorted(set(codes))
    names = [name for name, value in vars(faults).items() if isinstance(value, Fault)]
    assert len(names) == len(FAULTS)
