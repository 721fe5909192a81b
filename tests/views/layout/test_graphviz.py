"""The same promises with Graphviz, through pygraphviz and through the program `dot`."""

import importlib.util
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import chainrule
from chainrule.program.front_door import load
from chainrule.program.program import Program
from chainrule.views.figure.figure import MARGIN, Figure, figure
from chainrule.views.figure.marks import Words, sampled
from chainrule.views.layout import graphviz as graphviz_layout
from chainrule.views.layout.geometry import Item, Link, Rectangle
from chainrule.views.layout.graphviz import GraphvizFailed, arrange_by_graphviz
from chainrule.views.page.notebook import shown_walk
from chainrule.views.picture.compose import sketch
from chainrule.views.walk.walk import Walk

PYGRAPHVIZ = importlib.util.find_spec("pygraphviz") is not None

SPECS = Path(chainrule.__file__).parent / "specs"

WAYS = [
    pytest.param(True, marks=pytest.mark.skipif(not PYGRAPHVIZ, reason="pygraphviz is not installed")),
    pytest.param(False, marks=pytest.mark.skipif(shutil.which("dot") is None, reason="there is no program `dot`")),
]


@pytest.fixture(params=WAYS, ids=["pygraphviz", "dot"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(graphviz_layout, "engine", lambda: graphviz_layout._through_program)


@pytest.mark.usefixtures("way")
def test_nothing_lies_on_anything(
    spec_walk: tuple[Program, Walk], overlaps: Callable[[Figure], list[tuple[str, str]]]
) -> None:
    program, taken = spec_walk
    assert overlaps(figure(sketch(program.shown, taken), arrange_by_graphviz)) == []


@pytest.mark.usefixtures("way")
def test_hostile_names_stay_outside(walked: Any) -> None:
    made = arrange_by_graphviz(
        [Item('"]; x [label="', 20, 5, 5), Item("\\", 20, 5, 5)], [Link('"]; x [label="', "\\", 10, 5, 5)]
    )
    assert set(made.items) == {'"]; x [label="', "\\"}


def test_without_graphviz_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphviz_layout, "engine", lambda: None)
    with pytest.raises(GraphvizFailed, match="neither"):
        arrange_by_graphviz([Item("a", 1, 1, 1)], [])


@pytest.mark.usefixtures("way")
def test_no_wire_runs_through_the_title_of_a_frame() -> None:
    program = load(SPECS / "residual.graph")
    made = figure(sketch(program.shown, shown_walk(program)), arrange_by_graphviz)
    titles = [mark for g in made.groups if "frame" in g.styles for mark in g.marks if isinstance(mark, Words)]
    assert len(titles) > 2
    top = made.groups[1].marks[0].place.y - next(iter(made.arrangement.frames.values())).y  # type: ignore[union-attr]  # a frame's outline
    routes = [[(x + MARGIN, y + top) for x, y in sampled(route)] for route in made.arrangement.routes]
    for title in titles:
        for points in routes:
            for a, b in pairwise(points):
                line = Rectangle(min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]) + 0.1, abs(a[1] - b[1]) + 0.1)
                assert not title.place.overlaps(line), title.text
