"""DOT, read back by Graphviz."""

import json
import shutil
import subprocess

import pytest

from chainrule.program import Program
from chainrule.views.dot import dot, quoted
from chainrule.views.picture import Box, Enclosure, Picture, Wire
from chainrule.views.sketch import sketch
from chainrule.views.walk import Walk

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
    made = read(dot(Picture(text, boxes, (Wire("a", "b", (text,), (text,)),), (Enclosure("f", text, None),))))
    objects = made["objects"]
    assert isinstance(objects, list)
    assert sorted(each["name"] for each in objects) == ["a", "b", "cluster_f"]
    assert len(made["edges"]) == 1  # type: ignore[arg-type]  # a list


@needs_dot
def test_every_spec_is_read(spec_walk: tuple[Program, Walk]) -> None:
    program, taken = spec_walk
    picture = sketch(program.spec, taken)
    made = read(dot(picture))
    assert len(made["edges"]) == len(picture.wires)  # type: ignore[arg-type]  # a list


def test_a_trailing_backslash_does_not_eat_the_quote() -> None:
    assert quoted("\\") == '"\\\\"'
