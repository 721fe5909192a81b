"""Mermaid: nothing of a name can mean anything."""

import re
from typing import Any

import pytest

from chainrule.program.program import Program
from chainrule.views.figure.mermaid import mermaid
from chainrule.views.picture.compose import sketch
from chainrule.views.picture.picture import Box, Picture, PictureFrame, Wire
from chainrule.views.walk.walk import Walk

LINE = re.compile(
    r'flowchart LR|  %% .*|  (subgraph \w+ \["[^"]*"\]|end)|  (classDef|class) [\w,]+ \S+'
    r'|  \w+(\(\[|\[\[|\[|\(\(|\{\{)"[^"]*"(\]\)|\]\]|\]|\)\)|\}\})|  \w+ -->(\|"[^"]*"\|)? \w+'
)


@pytest.mark.parametrize(
    "text", ['"]', "<img onerror=x>", "`md`", "a\nb", "#35;", "end", "--> x", "\\", ";", "%%{init}"]
)
def test_hostile_texts_stay_between_quotes(text: str) -> None:
    boxes = (Box("a", "input", text, frame="f"), Box("b", "operation", text))
    made = mermaid(Picture(text, boxes, (Wire("a", "b", (text,), (text,)),), (PictureFrame("f", text, None),)))
    for line in made.splitlines():
        assert LINE.fullmatch(line), line
        assert not set("<>`;%\\") & set(re.sub(r"#\d+;|<br/>|-->|  %% ", "", line)), line


def test_every_spec(spec_walk: tuple[Program, Walk]) -> None:
    program, taken = spec_walk
    picture = sketch(program.shown, taken)
    lines = mermaid(picture).splitlines()
    assert all(LINE.fullmatch(line) for line in lines)
    assert sum("-->" in line for line in lines) == len(picture.wires)


def test_edges_say_which_operand_they_are(walked: Any) -> None:
    program, taken = walked("input y = 0.25\nd = 1 - y\noutput z = y * d")
    text = mermaid(sketch(program.spec, taken))
    assert '  k2_0 -->|"a"| n2\n' in text
    assert '  n0 -->|"b: 0.25<br/>∂ -0.25"| n2\n' in text
    assert '  n0 -->|"0.25<br/>∂ 0.75"| n3\n' in text
