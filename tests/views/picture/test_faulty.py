"""Faulty specs as pictures."""

import pytest

import chainrule
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.views.figure.figure import figure
from chainrule.views.figure.svg import svg
from chainrule.views.layout.arrange import arrange
from chainrule.views.picture.faulty import outline
from chainrule.views.picture.picture import Picture


def drawn(text: str) -> Picture:
    with pytest.raises(SpecError) as caught:
        chainrule.compile(text, name="a.graph")
    module, _ = parse(Source("a.graph", text))
    picture = outline(module, caught.value.diagnostics)
    assert svg(figure(picture, arrange))
    return picture


def red(picture: Picture) -> set[str]:
    return {box.name or box.sign for box in picture.boxes if box.emphasis == "failed"}


def test_a_shape_clash_is_red_with_both_its_edges() -> None:
    picture = drawn("input x: [3]\ninput y: [4]\nz = 2 * x\noutput w = x + y")
    assert red(picture) == {"w"}
    assert [wire.emphasis for wire in picture.wires] == ["plain", "failed", "failed"]
    assert "do not broadcast" in picture.messages[0]
    assert picture.messages[0].startswith("4:")


def test_an_unknown_name_is_a_box_of_its_own() -> None:
    picture = drawn("input x = 1\noutput y = x * foo")
    assert red(picture) == {"y", "foo"}


def test_a_statement_that_does_not_parse_keeps_its_name() -> None:
    picture = drawn("input x = 1\nh = (x +\noutput y = h * 2")
    assert "h" in red(picture)
    assert any(wire.target == "n2" for wire in picture.wires)


def test_a_circle() -> None:
    assert red(drawn("input x = 1\na = b + x\nb = a * 2\noutput y = b"))


@pytest.mark.parametrize("text", ["", "?", "block f(x) { }", "output q", "input x = 1\nx -> relu -> repeat 2 { relu }"])
def test_whatever_the_text_is(text: str) -> None:
    assert drawn(text).messages


def test_many_errors_are_counted() -> None:
    picture = drawn("\n".join(f"a{n} = nothing{n}" for n in range(30)))
    assert picture.messages[-1] == "and 22 more"
