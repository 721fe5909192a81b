"""Figures of every spec: all numbers are there, and nothing lies on anything."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule
from chainrule.program.program import Program
from chainrule.views.figure.figure import Figure, figure
from chainrule.views.figure.marks import Line, Outline, Words, plain, text_width
from chainrule.views.layout.arrange import arrange
from chainrule.views.page.notebook import shown_walk
from chainrule.views.picture.compose import sketch
from chainrule.views.picture.picture import Picture, colour_of
from chainrule.views.picture.reverse_graph import reverse_spec
from chainrule.views.text.numerals import gradient_label, value_label
from chainrule.views.walk.walk import Walk, walk


def test_nothing_lies_on_anything(
    spec_walk: tuple[Program, Walk], overlaps: Callable[[Figure], list[tuple[str, str]]]
) -> None:
    program, taken = spec_walk
    for depth, full in ((None, False), (0, True)):
        assert overlaps(figure(sketch(program.shown, taken, depth=depth, full=full), arrange)) == []


@given(st.integers(0, 10**9))
@settings(max_examples=25)
def test_nothing_lies_on_anything_in_random_specs(seed: int) -> None:
    chance = random.Random(seed)
    names = ["a", "long_name_of_an_input", "사과"]
    lines = [f"input {name} = {chance.uniform(-1e6, 1e6)!r}" for name in names]
    for number in range(chance.randint(1, 25)):
        left, right = chance.choice(names), chance.choice([*names, "2", "1e-5"])
        sign = chance.choice("+-*/")
        lines.append(f"n{number} = {chance.choice(['', 'sigmoid', 'exp', 'tanh'])}({left} {sign} {right})")
        names.append(f"n{number}")
    program = chainrule.compile("\n".join(lines) + f"\noutput z = {names[-1]} * 1")
    made = figure(sketch(program.spec, walk(program.spec, program.spec.graph.index["z"], {}, {})), arrange)
    places = [s.place for g in made.groups if "edge" in g.styles for s in g.marks if isinstance(s, Words)]
    bodies = [s.place for g in made.groups if "box" in g.styles for s in g.marks if isinstance(s, Outline)]
    assert not [1 for place in places for body in bodies if place.overlaps(body)]
    assert not [1 for n, place in enumerate(places) for other in places[:n] if place.overlaps(other)]


def test_every_number_stands_at_its_edge(spec_walk: tuple[Program, Walk]) -> None:
    program, taken = spec_walk
    picture = sketch(program.shown, taken)
    made = figure(picture, arrange)
    groups = {group.key: group for group in made.groups}
    for number, wire in enumerate(picture.wires):
        texts = [(mark.style, mark.text) for mark in groups[f"w{number}"].marks if isinstance(mark, Words)]
        upper = [text for style, text in texts if style == "value"][::-1]
        lower = [text for style, text in texts if style == "gradient"]
        if wire.node < 0:  # many values that are drawn as one
            continue
        if wire.source[0] != "k":  # a constant's number stands in its box
            assert upper == list(value_label(taken.values[wire.node]))
        edges = [edge for edge in wire.edges if edge in taken.products]
        if len(edges) == 1:
            assert lower == list(gradient_label(taken.products[edges[0]]))
        elif not edges and wire.target[0] != "o":
            assert lower == []


def test_a_node_with_several_users_shows_the_sum(walked: Any) -> None:
    program, taken = walked("input x = 3\noutput y = x * x")
    (box,) = (box for box in sketch(program.spec, taken).boxes if box.key == "n0")
    assert box.total == ("Σ 6",)


def test_an_output_has_the_name_that_the_text_gives_it(walked: Any) -> None:
    program, taken = walked("input x = 3\noutput y = x -> exp as inner")
    assert [box.sign for box in sketch(program.spec, taken).boxes if box.kind == "output"] == ["y"]


def test_what_was_not_computed_is_no_zero(walked: Any) -> None:
    program = chainrule.compile("input x\ninput y = 2\na = y * y\noutput b = a * x")
    picture = sketch(program.spec, walk(program.spec, program.spec.graph.index["b"], {}, {}))
    assert all(wire.lower == () for wire in picture.wires)
    assert all(wire.upper == () for wire in picture.wires if wire.node == program.spec.graph.index["x"])
    assert any("not computed" in remark and "x" in remark for remark in picture.remarks)


def test_arrows_begin_and_end_at_what_they_join(spec_walk: tuple[Program, Walk]) -> None:
    program, taken = spec_walk
    picture = sketch(program.shown, taken)
    made = figure(picture, arrange)
    groups = {group.key: group for group in made.groups}
    for number, wire in enumerate(picture.wires):
        (line,) = (mark for mark in groups[f"w{number}"].marks if isinstance(mark, Line))
        body = next(s.place for s in groups[wire.source].marks if isinstance(s, Outline) and s.style == "body")
        assert abs(line.points[0][0] - (body.x + body.width)) < 1
        end = next(s.place for s in groups[wire.target].marks if isinstance(s, Outline) and s.style == "body")
        assert -1e-6 <= line.points[-1][0] - end.x < end.height / 2
        assert end.y <= line.points[-1][1] <= end.y + end.height


def test_long_names_are_cut_and_signs_are_counted() -> None:
    assert len(plain("a" * 10_000)) == 28
    assert plain("a\nb\x1b") == "a\\nb\\x1b"
    assert text_width("사과") == text_width("abcd")
    assert text_width("e\u0301") == text_width("e")


def test_all_words_are_inside(spec_walk: tuple[Program, Walk]) -> None:
    program, taken = spec_walk
    made = figure(sketch(program.shown, taken), arrange)
    for group in made.groups:
        for mark in group.marks:
            if isinstance(mark, Words):
                assert mark.place.x >= 0
                assert mark.place.x + mark.place.width <= made.width


@pytest.mark.parametrize(
    ("text", "samples", "remarks"),
    [
        ("input X = [[1, 2]]\ninput b = [1, 2]\nY = X + b", ["value"], [
            "of a tensor: its shape, mean ± standard deviation",
        ]),
        ("input t: int[2] = [1, 2]\noutput y = t + 1", ["value"], [
            "of a tensor: its shape, mean ± standard deviation or least .. largest",
        ]),
        ("input a = 1\nb = a * 2\noutput c = b + 1", ["value", "gradient"], []),
        ("input a = 1\noutput c = a * a", ["value", "gradient"], ["Σ: what comes back from several users, added up"]),
        ("input a = [1, 2]\noutput c = sum(a)", ["value", "gradient"], [
            "of a tensor: its shape, mean ± standard deviation", "of a tensor's gradient: the norm ‖·‖",
        ]),
        ("input a: [2]\noutput c = sum(a)", ["value"], ["not computed: what depends on a, which has no value"]),
    ],
)  # fmt: skip
def test_the_legend_explains_what_is_there(text: str, samples: list[str], remarks: list[str]) -> None:
    program = chainrule.compile(text)
    picture = sketch(program.spec, shown_walk(program))
    assert list(picture.samples or {}) == samples
    assert list(picture.remarks) == remarks


NARROW = """chainrule 1 "A batch through affine"
input X: [4, 3] = [[0.5, 0.8, 0.4], [0.1, 1.0, 0.5], [0.5, 0.7, 0.4], [0.2, 0.9, 0.8]]
param W = [[0.9, 0.8], [0.2, 0.1], [0.6, 0.6]]
param b = [0.9, 0.2]
output Y = affine(X, W, b)
"""


def test_a_legend_that_is_longer_than_its_picture_is_wide() -> None:
    program = chainrule.compile(NARROW)
    picture = sketch(program.spec, shown_walk(program))
    long = "words that go on, " * 5
    made = figure(replace(picture, remarks=(*picture.remarks, long)), arrange)
    (legend,) = (group for group in made.groups if group.key == "legend")
    words = [mark for mark in legend.marks if isinstance(mark, Words)]
    assert all(mark.place.x + mark.place.width <= made.width for mark in words)
    assert " ".join(mark.text for mark in words).count("words that go on,") == 5
    assert max(mark.place.y + mark.place.height for mark in words) <= made.height


def legend_of(picture: Picture) -> tuple[list[str], list[str]]:
    """The texts of a picture's legend, and the kinds of boxes of which it has samples."""
    (legend,) = (group for group in figure(picture, arrange).groups if group.key == "legend")
    words = [mark.text for mark in legend.marks if isinstance(mark, Words)]
    return words, [mark.style.removeprefix("body ") for mark in legend.marks if isinstance(mark, Outline)]


def test_a_legend_has_a_sample_of_every_colour_and_of_no_other(walked: Any) -> None:
    program, taken = walked("input x = 3\noutput y = x * 2")
    assert legend_of(sketch(program.spec, taken))[1] == ["input", "constant", "output"]
    spec, first = reverse_spec(program.spec, program.spec.graph.index["y"])
    picture = sketch(spec, walk(spec, None, {}, {}), first_reverse=first)
    words, samples = legend_of(picture)
    assert {*samples} == {colour_of(box) for box in picture.boxes} - {"operation"}
    assert "of the reverse pass" in words
    assert not any("gradient" in text for text in words)


def test_literals_are_written_out_and_matrices_stand_in_columns(walked: Any) -> None:
    program, taken = walked("input x = [1, 2]\noutput y = sum(x * [[1, 20], [300, 4]])")
    made = figure(sketch(program.spec, taken, full=True), arrange)
    (box,) = (group for group in made.groups if "constant" in group.styles)
    upper, lower = (mark for mark in box.marks if isinstance(mark, Words))
    assert (upper.text, lower.text) == ("[[  1, 20]", " [300,  4]]")
    assert upper.x == lower.x
    assert upper.anchor == lower.anchor == "start"
    body = next(mark.place for mark in box.marks if isinstance(mark, Outline))
    for mark in (upper, lower):
        assert body.x <= mark.place.x
        assert mark.place.x + mark.place.width <= body.x + body.width


def test_tensors_in_full_need_no_explanation(walked: Any) -> None:
    program, taken = walked("input a = [1, 2]\noutput c = sum(a)")
    assert sketch(program.spec, taken, full=True).remarks == ()
