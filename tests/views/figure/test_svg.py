"""SVG, read back by an XML parser."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from coloraide import Color

from chainrule.program.program import Program
from chainrule.views.figure.figure import figure
from chainrule.views.figure.svg import DARK, LIGHT, svg
from chainrule.views.layout.arrange import arrange
from chainrule.views.picture.compose import sketch
from chainrule.views.picture.picture import Box, Picture, Wire
from chainrule.views.text.numerals import short
from chainrule.views.walk.walk import Walk

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>",
    "]]>",
    r"$\frac{",
    "\x1b[31m\x00\ud800\ufffe",
    "\\",
    "a\nb",
]

APPLE = """input price = 100
input count = 2
input tax = 1.1
subtotal = price * count
output total = subtotal * tax
"""


def texts(root: ElementTree.Element, style: str) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text") if each.get("class") == style]


def test_the_numbers_of_the_apples(walked: Any) -> None:
    program, taken = walked(APPLE)
    gradients = program.grad()
    root = ElementTree.fromstring(svg(figure(sketch(program.spec, taken), arrange)))
    assert sorted(texts(root, "value"))[:-1] == sorted(map(short, (100, 2, 1.1, 200, 220)))  # the last is the legend
    assert sorted(texts(root, "gradient"))[:-1] == sorted(short(float(value)) for value in gradients.values())


def test_every_spec_is_sound_xml(spec_walk: tuple[Program, Walk]) -> None:
    program, taken = spec_walk
    root = ElementTree.fromstring(svg(figure(sketch(program.shown, taken), arrange)))
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        "svg",
        "g",
        "title",
        "style",
        "rect",
        "path",
        "text",
    }


def test_the_tooltip_has_the_number_in_full(walked: Any) -> None:
    program, taken = walked("input x = 0.1\noutput y = x + 0.2")
    root = ElementTree.fromstring(svg(figure(sketch(program.spec, taken), arrange)))
    titles = [each.text or "" for each in root.iter(f"{SVG}title")]
    assert any("y = 0.30000000000000004" in title for title in titles)
    assert "0.3" in texts(root, "value")


def test_doc_lines_are_tooltips(walked: Any) -> None:
    program, taken = walked("## price of <one> apple\ninput x = 1\noutput y = x * 2")
    root = ElementTree.fromstring(svg(figure(sketch(program.spec, taken), arrange)))
    assert any("price of <one> apple" in (each.text or "") for each in root.iter(f"{SVG}title"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_text(text: str) -> None:
    tame = _with("tame")
    root = ElementTree.fromstring(svg(figure(_with(text), arrange)))
    like = ElementTree.fromstring(svg(figure(tame, arrange)))
    assert [each.tag for each in root.iter()] == [each.tag for each in like.iter()]
    assert [sorted(each.attrib) for each in root.iter()] == [sorted(each.attrib) for each in like.iter()]


def _with(text: str) -> Picture:
    boxes = (Box("a", "input", text, text, (text,), text), Box("b", "operation", text, text), Box("c", "folded", text))
    return Picture(text, boxes, (Wire("a", "b", (text,), (text,), text),), (), (text,), (text,), {"value": text})


def test_long_texts_are_cut() -> None:
    assert len(svg(figure(_with("x" * 10_000), arrange))) < 20_000


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_every_text_can_be_read(colours: dict[str, str]) -> None:
    """WCAG asks for a contrast of 4.5 between text and paper."""
    for ink in ("ink", "value", "gradient", "failed", "faint"):
        for ground in ("paper", "frame"):
            assert Color(colours[ink]).contrast(colours[ground], method="wcag21") >= 4.5
    for fill in ("input", "param", "state", "constant", "folded", "output", "reverse", "operation"):
        assert Color(colours["ink"]).contrast(colours[fill], method="wcag21") >= 4.5


def test_colours_are_named_once() -> None:
    assert set(LIGHT) == set(DARK)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in (*LIGHT.values(), *DARK.values()))
