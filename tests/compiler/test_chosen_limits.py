"""Limits that the environment sets."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

import chainrule
from chainrule.compiler.chosen_limits import limits_from
from chainrule.compiler.elaborate.budget import Limits
from chainrule.grammar.limits import Limits as TextLimits
from chainrule.grammar.spec_error import SettingError, SpecError


def test_without_the_variable_nothing_changes() -> None:
    assert limits_from({}) == (TextLimits(), Limits())


def test_limits_of_both_rooms() -> None:
    limits = limits_from({"CHAINRULE_LIMITS": "nodes=10, nesting=20"})
    assert limits == (TextLimits(nesting=20), Limits(nodes=10))


@pytest.mark.parametrize(
    ("text", "reason"),
    [("node=3", "no limit is called `node`"), ("nodes=many", "name=number"), ("nodes", "name=number")],
)
def test_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(SettingError) as caught:
        limits_from({"CHAINRULE_LIMITS": text})
    (fault,) = caught.value.diagnostics
    assert fault.code == "G121"
    assert reason in fault.message


def test_the_page_lists_every_limit() -> None:
    page = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
    listed = {name: int(number.replace(",", "")) for name, number in re.findall(r"\| `(\w+)` \| ([\d,]+) \|", page)}
    assert listed == {field.name: field.default for kind in (TextLimits, Limits) for field in fields(kind)}


def test_programs_keep_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "input x = 1\noutput y = x -> repeat 50 { exp }\n"
    monkeypatch.setenv("CHAINRULE_LIMITS", "expanded=20")
    with pytest.raises(SpecError, match="CHAINRULE_LIMITS=expanded=50"):
        chainrule.compile(text)
    monkeypatch.setenv("CHAINRULE_LIMITS", "expanded=50")
    assert len(chainrule.compile(text).spec.graph.nodes) == 51
    monkeypatch.setenv("CHAINRULE_LIMITS", "tokens=5")
    with pytest.raises(SpecError, match="CHAINRULE_LIMITS=tokens="):
        chainrule.compile(text)
