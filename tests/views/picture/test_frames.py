"""What is folded, and that a folded graph has no circle."""

from graphlib import TopologicalSorter
from typing import Any

import pytest

import chainrule
from chainrule.views.picture import frames as subject
from chainrule.views.picture.compose import sketch
from chainrule.views.picture.frames import MOST_BOXES, open_frames, opened_frames, visible
from chainrule.views.walk.walk import not_walked

NET = """block dense(x: [N, I], units) {
  param W: [I, units] = he()
  param b: [units] = zeros()
  return affine(x, W, b)
}
block two(x) { h = x -> dense(4) -> relu ; return dense(h, 2) }
input x = [[1, 2, 3]]
output y = x -> dense(5) as fc1 -> relu -> repeat COUNT { dense(5) -> relu } as tail -> two
"""


def picture(text: str, depth: int | None = None) -> Any:
    program = chainrule.compile(text)
    made = sketch(program.spec, not_walked(program.spec.graph), depth=depth)
    before: dict[str, set[str]] = {}
    for wire in made.wires:
        before.setdefault(wire.target, set()).add(wire.source)
    TopologicalSorter(before).prepare()  # raises CycleError
    return made


def test_many_copies_are_one_box() -> None:
    signs = {box.sign for box in picture(NET.replace("COUNT", "50")).boxes if box.kind == "folded"}
    assert signs == {"tail × 50"}


def test_few_copies_are_frames_within_a_frame() -> None:
    labels = [each.label for each in picture(NET.replace("COUNT", "2")).frames]
    assert labels == [
        "fc1 · dense",
        "tail × 2",
        "tail[1]",
        "dense · dense",
        "tail[2]",
        "dense · dense",
        "y · two",
        "dense · dense",
        "y · dense",
    ]


def test_frames_that_are_asked_for_stay_folded_where_they_would_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = chainrule.compile(NET.replace("COUNT", "3")).spec.graph
    asked = ["y", "tail", "fc1"]
    assert {each.path for each in opened_frames(graph, asked).open} == {*asked}
    few = visible(graph, opened_frames(graph, asked[:2]))
    monkeypatch.setattr(subject, "MOST_OPENED", few)
    assert {each.path for each in opened_frames(graph, asked).open} == {*asked[:2]}
    monkeypatch.setattr(subject, "MOST_OPENED", 0)
    assert opened_frames(graph, asked).open == ()


@pytest.mark.parametrize("depth", range(4))
def test_a_depth_folds_what_is_deeper(depth: int) -> None:
    made = picture(NET.replace("COUNT", "3"), depth)
    parents = {each.key: each.parent for each in made.frames}

    def level(key: str | None) -> int:
        return 0 if key is None else 1 + level(parents[key])

    assert max((level(key) for key in parents), default=0) == min(depth, 3)


def test_five_thousand_nodes_fold_by_themselves() -> None:
    lines = ["input x0 = 1", *(f"x{n + 1} = x{n} * x{n // 2} + 1" for n in range(2500))]
    made = picture("\n".join(lines))
    assert 1 < len(made.boxes) <= MOST_BOXES
    assert sum(len(box.nodes) for box in made.boxes if box.kind == "folded") > 4900


def test_two_hundred_nodes_in_one_statement() -> None:
    made = picture("input x = 1\noutput y = " + " + ".join(["x"] * 200))
    assert len(made.boxes) <= MOST_BOXES


def test_nothing_is_folded_in_a_small_graph() -> None:
    program = chainrule.compile("input x = 1\noutput y = x * 2 + 1")
    assert open_frames(program.spec.graph).hidden == {}


def test_folded_runs_are_joined_by_cables() -> None:
    lines = ["input x0 = 1", *(f"x{n + 1} = x{n} * x{n // 2} + 1" for n in range(1000))]
    made = picture("\n".join(lines))
    pairs = [(wire.source, wire.target) for wire in made.wires]
    assert len(pairs) == len(set(pairs))
    assert any(wire.upper and "values" in wire.upper[0] for wire in made.wires)


def test_a_long_way_through_blocks_in_blocks_is_folded_from_within() -> None:
    text = """block thrice(x) {
  return x -> tanh -> tanh -> tanh
}
block nine(x) {
  return x -> thrice as a -> thrice as b -> thrice as c
}
input x = 1
output y = x -> nine as n1 -> nine as n2 -> nine as n3 -> nine as n4 -> nine as n5 -> nine as n6
"""
    graph = chainrule.compile(text).spec.graph
    made = open_frames(graph)
    assert [frame.label for frame in made.open] == [f"n{n} · nine" for n in range(1, 7)]
    assert visible(graph, made) == 19
    assert len(open_frames(graph, 9).open) == 24
