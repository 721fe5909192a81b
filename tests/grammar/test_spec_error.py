"""What is raised shows its diagnostics."""

import pytest

from chainrule.grammar.diagnostic import Fault
from chainrule.grammar.render import render
from chainrule.grammar.source import Source, Span
from chainrule.grammar.spec_error import SettingError, SpecError

FAULT = Fault("G999", "error", "a fault of {name}", "Its cause.", "a = 1\n", "Mend it.")


def test_its_text_is_what_is_shown_of_each_diagnostic() -> None:
    source = Source("a.graph", "a = b\n")
    found = [FAULT.at(Span(source, 0, 1), name="a"), FAULT.at(None, hint="mend b", name="b")]
    error = SpecError(iter(found))
    assert error.diagnostics == tuple(found)
    assert str(error) == f"{render(found[0])}\n{render(found[1])}"


def test_whoever_catches_faults_of_specs_catches_those_of_settings() -> None:
    with pytest.raises(SpecError, match="a fault of seed"):
        raise SettingError([FAULT.at(None, name="seed")])
