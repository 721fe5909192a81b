"""Findings as warnings."""

import warnings

import numpy as np

import chainrule
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.runtime.warn import warn

LOG = "input x: [2]\nparam w = 2\noutput y = log(x)\nz = sum(y) * w\n"


def test_a_warning_stands_at_the_callers_line() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn(Diagnostic("G540", "warning", "`y` is nan", None))
        chainrule.compile(LOG).run(x=[1, -1])
        chainrule.compile(LOG).grad("z", x=[1, -1])
        chainrule.compile(LOG).predict(x=[1, -1])
    assert {each.category for each in caught} == {RuntimeWarning}
    assert {each.filename for each in caught} == {__file__}
    assert [str(each.message) for each in caught] == [
        "warning G540: `y` is nan",
        *(["<text>:3:12: warning G540: `y` is nan at [1]"] * 3),
    ]


def test_programs_note_each_finding_once() -> None:
    program = chainrule.compile(LOG)
    told: list[Diagnostic] = []
    program.notify = told.append
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program.run(x=[-1, 1])
        program.run(x=[1, 0])
    assert [each.message for each in told] == ["`y` is nan at [0]", "`y` is -inf at [1]"]
    assert [each.message for each in program.diagnostics if each.code == "G540"] == ["`y` is nan at [0]"]


def test_what_is_finite_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program = chainrule.compile("input x = 800\noutput y = 1 / exp(x)\n")
        program.run()
        program.function("y", ["x"])(x=1000)
    assert program.run()["y.exp"] == np.inf
    assert program.diagnostics == ()
