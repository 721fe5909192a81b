"""The same promises with Graphviz, through pygraphviz and through the program `dot`."""

import importlib.util
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from chainrule.program.program import Program
from chainrule.views.figure.figure import Figure, figure
from chainrule.views.layout import graphviz as graphviz_layout
from chainrule.views.layout.geometry import Item, Link
from chainrule.views.layout.graphviz import GraphvizFailed, arrange_by_graphviz
from chainrule.views.picture.compose import sketch
from chainrule.views.walk.walk import Walk

PYGRAPHVIZ = importlib.util.find_spec("pygraphviz") is not None

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
