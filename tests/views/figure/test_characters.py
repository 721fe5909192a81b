"""Pictures in text."""

import re
from typing import Any

import pytest

import chainrule
from chainrule.program.program import Program
from chainrule.views.figure.characters import cells, terminal_graph, without_frames
from chainrule.views.picture.compose import sketch
from chainrule.views.picture.picture import Box, Picture, Wire
from chainrule.views.walk.walk import Walk, walk

APPLE = "input price = 100\ninput count = 2\ninput tax = 1.1\nsubtotal = price * count\noutput total = subtotal * tax"


def test_the_apples(walked: Any) -> None:
    program, taken = walked(APPLE)
    text = terminal_graph(sketch(program.spec, taken), 100)
    for part in ("[price]", "(×)", "[total]", "subtotal", "100", "2.2", "110", "200", "220"):
        assert part in text
    assert text.count(">") == 3  # two operands share an arrow
    assert "\x1b" not in text
    assert "\x1b[" in terminal_graph(sketch(program.spec, taken), 100, colour=True)


def test_every_spec(spec_walk: tuple[Program, Walk]) -> None:
    program, taken = spec_walk
    picture = without_frames(sketch(program.shown, taken))
    for width in (60, 200):
        drawn = terminal_graph(picture, width)
        for box in picture.boxes:
            assert box.kind == "constant" or box.sign in drawn


def test_a_narrow_terminal_gets_a_list(walked: Any) -> None:
    program, taken = walked(APPLE)
    text = terminal_graph(sketch(program.spec, taken), 20)
    assert "×(price, count)" in text
    assert "1.1" in text


@pytest.mark.parametrize("text", ["\x1b[31m", "a\nb", "사과", "e\u0301", "x" * 10_000])
def test_hostile_texts_move_no_cursor(text: str) -> None:
    boxes = (Box("a", "input", text, text), Box("b", "operation", text, text))
    for width in (10, 200):
        drawn = terminal_graph(Picture(text, boxes, (Wire("a", "b", ("1",), ("2",)),)), width)
        assert "\x1b" not in drawn
        assert len(drawn) < 5000
        assert all(cells(line) <= 200 for line in drawn.splitlines())


def test_operands_stand_in_their_order(walked: Any) -> None:
    program = chainrule.compile("input y = 0.25\noutput d = 1 - y\noutput q = 1 / y")
    lines = terminal_graph(sketch(program.spec, walk(program.spec, None, {}, {})), 100).splitlines()
    divided = next(n for n, line in enumerate(lines) if "(/)" in line)
    ones = [n for n, line in enumerate(lines) if re.search(r"\b1─", line)]
    quarters = [n for n, line in enumerate(lines) if "0.25" in line]
    assert ones[0] < quarters[0]  # which run into a minus below each other
    assert ones[1] < quarters[1] < divided  # what is divided comes from above
    program, taken = walked("input y = 0.25\noutput d = y - 1")
    lines = terminal_graph(sketch(program.spec, taken), 100).splitlines()
    assert next(n for n, line in enumerate(lines) if "[y]" in line) < next(
        n for n, line in enumerate(lines) if re.search(r"\b1─", line)
    )


def test_a_list_has_operands_in_their_order(walked: Any) -> None:
    chain = "\n".join(f"b{n + 1} = 1 / b{n}" for n in range(14))
    program, taken = walked(f"input y = 0.25\nb0 = 1 - y\n{chain}\noutput z = b14 ** 2")
    listed = terminal_graph(sketch(program.spec, taken), 100)
    assert "−(1, y)" in listed
    assert "/(1, b13)" in listed
    assert "^(b14, 2)" in listed


def test_a_frozen_param_is_marked(walked: Any) -> None:
    program, taken = walked(
        "param w = 2\nparam v = 3\noutput y = w * v\n"
        'train { minimize = y ; optimizer = sgd(lr = 0.1) ; steps = 1 ; groups = [group("w", frozen = true)] }\n'
    )
    picture = sketch(program.spec, taken)
    assert [(box.sign, box.name) for box in picture.boxes if box.kind == "param"] == [("w", "frozen"), ("v", "")]
    assert "frozen" in terminal_graph(picture, 100)
    rows = [line.split()[:3] for line in terminal_graph(picture, 20).splitlines()]
    assert ["w", "param,", "frozen"] in rows
    assert any(row[:2] == ["y", "×(w,"] for row in rows)
