"""DOT, read back by Graphviz."""

import json
import shutil
import subprocess
from typing import Any

import pytest

from chainrule.program.program import Program
from chainrule.views.figure.dot import dot, quoted
from chainrule.views.picture.compose import sketch
from chainrule.views.picture.picture import Box, Picture, PictureFrame, Wire
from chainrule.views.walk.walk import Walk

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="there is no program `dot`")

HOSTILE = ["<b>x</b>", 'a" b="c', "\\", 'ends with \\"', "a\nb", "]; x -> y", r"\N \G", "{a|b}", "&amp;"]


def read(text: str) -> dict[str, object]:
    answer = subprocess.run(["dot", "-Tjson0"], input=text, capture_output=True, text=True, check=True)
    made: dict[str, object] = json.loads(answer.stdout)
    return made


@needs_dot
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_labels(text: str) -> None:
    boxes = (Box("a", "input", text, frame="f"), Box("b", "operation", text))
    made = read(dot(Picture(text, boxes, (Wire("a", "b", (text,), (text,)),), (PictureFrame("f", text, None),))))
    objects = made["objects"]
    assert isinstance(objects, list)
    assert sorted(each["name"] for each in objects) == ["a", "b", "cluster_f"]
    assert len(made["edges"]) == 1  # type: ignore[arg-type]  # a list


@needs_dot
def test_every_spec_is_read(spec_walk: tuple[Program, Walk]) -> None:
    program, taken = spec_walk
    picture = sketch(program.shown, taken)
    made = read(dot(picture))
    assert len(made["edges"]) == len(picture.wires)  # type: ignore[arg-type]  # a list


def test_a_trailing_backslash_does_not_eat_the_quote() -> None:
    assert quoted("\\") == '"\\\\"'


def test_edges_say_which_operand_they_are(walked: Any) -> None:
    program, taken = walked("input y = 0.25\nd = 1 - y\noutput z = y * d")
    text = dot(sketch(program.spec, taken))
    assert 'k2_0 -> n2 [label="a"]' in text
    assert 'n0 -> n2 [label="b: 0.25\\n∂ -0.25"]' in text
    assert 'n0 -> n3 [label="0.25\\n∂ 0.75"]' in text  # a product: it is all the same


@needs_dot
def test_graphviz_keeps_operands_in_order(walked: Any) -> None:
    program, taken = walked("input a = 1\ninput b = 2\ninput c = 3\nx = c - a\ny = b / x\noutput z = y - c / b")
    made = read(dot(sketch(program.spec, taken)))
    objects = made["objects"]
    assert isinstance(objects, list)
    heights = {each["name"]: float(each["pos"].split(",")[1]) for each in objects}
    assert heights["n4"] > heights["n5"]  # y - c / b: what is divided stands below
