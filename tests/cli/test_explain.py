"""`explain`: every code has a cause, an example and a fix."""

import re
from typing import Any

import pytest

from chainrule.cli.explain import known_faults, text_of
from chainrule.grammar.diagnostic import Fault


@pytest.mark.parametrize("code", sorted(known_faults()))
def test_every_fault(code: str) -> None:
    fault = known_faults()[code]
    text = text_of(fault)
    assert fault.cause in text
    assert fault.fix in text
    assert "{{" not in text


@pytest.mark.parametrize("fault", known_faults().values(), ids=lambda fault: fault.code)
def test_a_headline_says_something_and_shows_no_template(fault: Fault) -> None:
    assert not set("{}") & set(fault.headline)
    assert len(re.findall("[A-Za-z]{2,}", fault.headline)) >= 2 or not fault.facts
    left_open = fault.headline.count("...") > fault.template.count("...")  # some templates speak of the sign itself
    assert left_open == (bool(fault.facts) and not fault.title)
    assert bool(fault.title) <= bool(fault.facts), "a template without facts says all"


def test_headlines_leave_facts_open() -> None:
    made = Fault("G999", "error", "{one}{two} and `{three}`", "It is so.", "a = 1\n", "Mend it.")
    assert made.headline == "... and `...`"
    assert made._replace(title="this and that").headline == "this and that"


def test_one_code(call: Any) -> None:
    answer = call("explain", "g104")
    assert answer.code == 0
    assert "depends on itself" in answer.out
    assert call("explain", "G104", "--json").json["code"] == "G104"


def test_the_list(call: Any) -> None:
    listed = call("explain").out
    assert "G104  error    `...` depends on itself: ..." in listed
    assert not set("{}") & set(listed)
    assert all("{" not in fault["message"] for fault in call("explain", "--json").json["faults"])


def test_an_unknown_code(call: Any) -> None:
    assert call("explain", "G999").code == 2
