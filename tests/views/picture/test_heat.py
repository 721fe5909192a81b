"""What is painted over a picture: amounts that add up, colours in order, nothing for what was not measured."""

import itertools
import math
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from coloraide import Color

import chainrule
from chainrule.views.figure.characters import terminal_graph
from chainrule.views.figure.dot import dot
from chainrule.views.figure.figure import figure
from chainrule.views.figure.mermaid import mermaid
from chainrule.views.figure.svg import DARK, LIGHT, svg
from chainrule.views.layout.arrange import arrange
from chainrule.views.picture.compose import sketch
from chainrule.views.picture.heat import Overlay, gradient_overlay, memory_overlay, time_overlay
from chainrule.views.picture.picture import HEATS, UNMEASURED
from chainrule.views.walk.walk import walk

NET = """dim N
input x: [N, 4] = [[1, 2, 3, 4], [5, 6, 7, 8]]
param W: [4, 3] = he()
param b: [3] = zeros()
h = relu(affine(x, W, b))
unused = h * 2
output loss = mean(h * h)
"""


def overlays(text: str) -> tuple[Any, Any, list[Overlay]]:
    program = chainrule.compile(text)
    params = program.params
    taken = walk(program.spec, program.spec.graph.index["loss"], {}, params)
    timed = time_overlay(program.spec, taken, {}, params)
    return program, taken, [timed, memory_overlay(taken), gradient_overlay(taken)]


def test_amounts() -> None:
    program, taken, (times, memory, gradients) = overlays(NET)
    index = program.spec.graph.index
    assert memory.amounts[index["W"]] == 2 * 12 * 8  # value and gradient
    assert memory.amounts[index["unused"]] == 6 * 8  # no gradient
    assert sum(memory.amounts.values()) == sum(
        each.nbytes for held in (taken.values, taken.gradients) for each in held.values()
    )
    assert gradients.amounts[index["W"]] == pytest.approx(np.linalg.norm(program.grad()["W"]))
    assert index["loss"] not in gradients.amounts
    assert {index["h"], index["loss"], index["unused"]} <= set(times.amounts)
    assert index["x"] not in times.amounts


def test_the_reverse_pass_is_counted_to_the_node_that_sends() -> None:
    """Without `of` only the forward pass is timed; with it each node that sends something takes longer."""
    text = "input a = 1\nx = " + " + ".join(["a"] * 50) + "\noutput loss = x * x\noutput other = a"
    program = chainrule.compile(text)
    graph = program.spec.graph
    both = time_overlay(program.spec, walk(program.spec, graph.index["loss"], {}, {}), {}, {})
    forward = time_overlay(program.spec, walk(program.spec, None, {}, {}), {}, {})
    assert set(forward.amounts) == {n for n, node in enumerate(graph.nodes) if node.inputs}
    assert set(both.amounts) == set(forward.amounts)


def test_colours_follow_shares() -> None:
    made = Overlay("time", {0: 1e-6, 1: 30e-6, 2: 69e-6}, "")
    assert [made.heat(made.amount([node]) or 0.0) for node in range(3)] == [0, 4, 5]
    assert made.text(30e-6) == "30 µs · 30%"
    assert made.amount([0, 1]) == pytest.approx(31e-6)
    assert made.amount([7]) is None
    made = Overlay("gradient", {0: 3.0, 1: 4.0, 2: 1e-9}, "loss")
    assert made.amount([0, 1]) == 5.0
    assert made.heat(1e-9) == 0
    assert made.heat(math.inf) == HEATS - 1
    assert Overlay("memory", {0: 1.5e6, 1: 0.0}, "").text(1.5e6) == "1.5 MB · 100%"
    assert Overlay("memory", {0: 0.0}, "").text(0.0) == "0 B · 0%"
    assert len(made.scale.classes) == HEATS


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_it_is_seen_in_every_form(kind: int) -> None:
    program, taken, made = overlays(NET)
    picture = sketch(program.spec, taken, overlay=made[kind])
    painted = [box for box in picture.boxes if box.load]
    assert painted
    assert all((box.heat == UNMEASURED) == (not box.load) for box in picture.boxes)
    drawn = svg(figure(picture, arrange))
    ElementTree.fromstring(drawn)
    text = terminal_graph(picture, 30)
    for box in painted:
        assert '<text class="load"' in drawn
        assert box.load in drawn.replace("&lt;", "<")
        assert box.load in text
        assert all(box.load.split(" ")[0].strip("‖<") in each for each in (dot(picture), mermaid(picture)))
    assert made[kind].scale.title in dot(picture)
    assert "classDef heat" in mermaid(picture)
    assert made[kind].scale.title in drawn
    assert made[kind].scale.title in text


def test_nothing_lies_on_anything(overlaps: Any) -> None:
    program, taken, made = overlays(NET)
    for each in made:
        assert overlaps(figure(sketch(program.spec, taken, overlay=each), arrange)) == []


def test_the_colours_differ_in_lightness_and_carry_text() -> None:
    """Whoever sees no colours sees the order all the same."""
    for colours, sign in ((LIGHT, -1), (DARK, 1)):
        steps = [Color(colours[f"heat{n}"]) for n in range(HEATS)]
        assert all(sign * (b.luminance() - a.luminance()) > 0.005 for a, b in itertools.pairwise(steps))
        for step in steps:
            assert step.contrast(colours["ink"], method="wcag21") >= 4.5
