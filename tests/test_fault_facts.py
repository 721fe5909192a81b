"""Every fault is told with the facts that its template asks for, wherever the source tells one."""

import importlib
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest
from fault_calls import Code, FaultCalls

import chainrule
from chainrule.compiler.advice.faults import FAULTS
from chainrule.compiler.ops.operation import Operation
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.grammar.diagnostic import Fault

ROOT = Path(chainrule.__file__).parent
ROOMS = ("grammar", "compiler", "runtime", "views", "program", "cli")


FROM_RECORDS = {
    "compiler.advice.forms": "the records of operations hold code and facts",
    "runtime.steps.processes": "facts go to other processes, which compare their names; tests/errors has each",
}
"""Modules whose facts can't be read off a call; a test of what they are taken from stands in for it."""


def source() -> list[Code]:
    """The package's own modules."""
    codes = []
    for path in sorted(each for room in ROOMS for each in (ROOT / room).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        module = importlib.import_module(f"chainrule.{name}")
        codes.append(Code(name, path.read_text(encoding="utf-8"), vars(module), module.__package__ or ""))
    return codes


def test_the_source_tells_each_fault_with_its_facts() -> None:
    calls = FaultCalls(source())
    complaints = list(calls.complaints())
    assert [each for each in complaints if not each.startswith(tuple(FROM_RECORDS))] == []
    assert all(any(each.startswith(module) for each in complaints) for module in FROM_RECORDS), "an exception is idle"
    assert calls.count > 250


@pytest.mark.parametrize("operation", [each for each in OPERATIONS.values() if each.advice.by_hand])
def test_forms_that_are_better_written_otherwise_have_the_facts_of_their_findings(operation: Operation) -> None:
    faults = {fault.code: fault for fault in FAULTS}
    for form in operation.advice.by_hand:
        assert set(form.facts) == set(faults[form.code].facts), form


# --- what is found ----------------------------------------------------------------------------------------------

CLASH = Fault("G997", "error", "`{left}` and `{right}` clash", "Cause.", "", "Fix.")
LONE = Fault("G998", "error", "`{left}` is alone", "Cause.", "", "Fix.")
PLAIN = Fault("G999", "error", "it is plain", "Cause.", "", "Fix.")

REPORT = (
    "def report(self, fault: Fault, where, *, hint=None, **facts: object):\n    self.add(fault.at(where, **facts))\n"
)
ERROR = (
    "def error(fault: Fault, left, right=''):\n    return fault.at(None, left=left, **fault.asked_for(right=right))\n"
)


def found(text: str) -> list[str]:
    names = {"CLASH": CLASH, "LONE": LONE, "PLAIN": PLAIN, "faults": SimpleNamespace(CLASH=CLASH, LONE=LONE)}
    names |= {"FAULTS": (CLASH, LONE), "TABLE": {1: LONE}}
    return [each.partition(": ")[2] for each in FaultCalls([Code("code", textwrap.dedent(text), names)]).complaints()]


@pytest.mark.parametrize(
    "text",
    [
        "CLASH.at(None, left=1, right=2, hint='a', notes=[])",
        "faults.CLASH.at(None, left=1, right=2)",
        "(CLASH if a else CLASH).at(None, left=1, right=2)",
        "def f(a):\n    fault = LONE if a else LONE\n    return fault.at(None, left=a)",
        "def f(a):\n    for fault, b in ((LONE, a),):\n        yield fault.at(None, left=b)",
        "def g() -> Fault | None:\n    return LONE\ndef f(a):\n    if (b := g()):\n        b.at(None, left=1)",
        "def f(a):\n    fault = {1: LONE}.get(a)\n    fault.at(None, left=1)",
        "def f(a, b):\n    fault = LONE if a else CLASH\n    return fault.at(None, left=a, **fault.asked_for(right=b))",
        f"{REPORT}reporter.report(CLASH, None, left=1, right=2, hint='a')",
        f"{REPORT}report(PLAIN, None)",
        f"{ERROR}error(CLASH, 1, 2)\nerror(LONE, 1)\nerror(fault=LONE, left=1)",
        f"{ERROR}def raised(fault: Fault, left):\n    raise error(fault, left)\nraised(LONE, 1)\nerror(CLASH, 1, 2)",
        "def fix(fault: Fault):\n    return fault.fix\nPLAIN.at(None, hint=fix(CLASH))",
        "a == CLASH.code or a is LONE\nFAULTS = (CLASH, LONE)\nvalues.at(3)",
        "def f():\n    return {fault.code for fault in FAULTS}",
        "TABLE = Mapping({1: LONE})\ndef f(a):\n    TABLE[a].at(None, left=1)\n    TABLE.get(a).at(None, left=1)",
    ],
)
def test_nothing_is_said_of_right_calls(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("CLASH.at(None, left=1)", "G997 lacks right"),
        ("CLASH.at(None, left=1, right=2, extra=3)", "G997 does not ask for extra"),
        ("PLAIN.at(None, hnit='a')", "G999 does not ask for hnit"),
        ("(CLASH if a else LONE).at(None, left=1)", "G997 lacks right"),
        (
            "def f(a):\n    fault = LONE if a else CLASH\n    fault.at(None, left=1, right=2)",
            "G998 does not ask for right",
        ),
        ("def f(a):\n    for fault in (CLASH,):\n        fault.at(None, left=a)", "G997 lacks right"),
        ("def f(a):\n    a[1] = LONE\n    for fault in a:\n        fault.at(None)", "G998 lacks left"),
        ("def g() -> Fault:\n    return LONE\ndef f():\n    g().at(None)", "G998 lacks left"),
        (f"{REPORT}reporter.report(LONE, None)", "G998 lacks left"),
        (f"{REPORT}reporter.report(LONE, None, lft=1)", "G998 lacks left"),
        (f"{REPORT}reporter.report(LONE, None, left=1, hnit='a')", "G998 does not ask for hnit"),
        (f"{ERROR}error(PLAIN, 1)\nerror(CLASH, 1, 2)", "G999 does not ask for left"),
        (f"{ERROR}error(LONE, 1)", "no fault asks for right"),
        ("CLASH.at(None, **CLASH.asked_for(left=1, right=2, extra=3))", "no fault asks for extra"),
        ("CLASH.at(None, **CLASH.asked_for(left=1, rihgt=2))", "G997 lacks right"),
        ("CLASH.at(None, left=1, **known)", "can't follow the facts **known"),
        ("def f(**facts):\n    CLASH.at(None, **facts)", "facts that were handed over go with a fault that was not"),
        ("Finding(CLASH, {'left': 1})", "can't follow CLASH"),
        ("at = CLASH.at\nat(None)", "can't follow CLASH"),
        ("found = {1: CLASH}", "can't follow CLASH"),
        ("def f(a):\n    TABLE[a].at(None)", "G998 lacks left"),
        ("def f():\n    for fault in FAULTS:\n        fault.at(None, left=1)", "G997 lacks right"),
        ("def f():\n    return list(FAULTS)", "can't follow FAULTS"),
        ("def f():\n    return {fault for fault in FAULTS}", "can't follow FAULTS"),
        ("self.fault = faults.CLASH", "can't follow faults.CLASH"),
        ("def f(fault: Fault):\n    self.fault = fault", "can't follow what becomes of the fault `fault`"),
        (
            "def f(fault: Fault, a):\n    return fault.at(None, left=a) if a else fault.at(None)",
            "`f` tells its fault with facts that differ",
        ),
    ],
)
def test_what_is_wrong_or_unseen_is_said(text: str, complaint: str) -> None:
    assert complaint in found(text)


def test_a_fault_refuses_other_facts_than_its_own() -> None:
    assert CLASH.at(None, left=1, right=2).message == "`1` and `2` clash"
    assert CLASH.asked_for(left=1, extra=2) == {"left": 1}
    with pytest.raises(TypeError, match="G997 asks for the facts left, right, and was told left"):
        CLASH.at(None, left=1)
    with pytest.raises(TypeError, match="G999 asks for the facts none, and was told extra"):
        PLAIN.at(None, extra=1)
