"""`explain`: every code has a cause, an example and a fix."""

from typing import Any

import pytest

from chainrule.cli.explain import known_faults, text_of


@pytest.mark.parametrize("code", sorted(known_faults()))
def test_every_fault(code: str) -> None:
    fault = known_faults()[code]
    text = text_of(fault)
    assert fault.cause in text
    assert fault.fix in text
    assert "{{" not in text


def test_one_code(call: Any) -> None:
    answer = call("explain", "g104")
    assert answer.code == 0
    assert "depends on itself" in answer.out
    assert call("explain", "G104", "--json").json["code"] == "G104"


def test_the_list(call: Any) -> None:
    assert "G104" in call("explain").out


def test_an_unknown_code(call: Any) -> None:
    assert call("explain", "G999").code == 2
