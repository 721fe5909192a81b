"""Specs and their walks, as pictures are made of them."""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import chainrule
from chainrule.grammar.spec_error import SpecError
from chainrule.program.program import Program
from chainrule.views.figure.figure import Figure
from chainrule.views.figure.marks import Outline, Words
from chainrule.views.layout.geometry import Rectangle
from chainrule.views.page.player import page
from chainrule.views.walk.walk import Walk, walk

if TYPE_CHECKING:
    from playwright.sync_api import Page

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.graph"))

HOSTILE = ("<img src=x onerror=alert(1)>", "</script><script>", "]]>", r"$\frac{", "\x1b[31m", "a" * 10_000, "\\")
"""Texts that mean something to somebody."""


def taken(program: Program, of: str | None = None, **feeds: Any) -> Walk:
    """The walk of a program as it is shown; on the first row of its data, where it has some.

    What is no scalar is itself the gradient that arrives at it.
    """
    spec = program.shown
    if not feeds and spec.data:
        feeds = dict(program.rows(0, 1))
    node = spec.graph.index[program.default_of if of is None else of]
    path, type_ = spec.graph.nodes[node].path, spec.graph.nodes[node].type
    arriving = np.asarray(program.run(feeds)[path]) if type_.shape else None
    return walk(spec, node, feeds, program.held, upstream=arriving)


@pytest.fixture(scope="session", params=SPECS, ids=lambda path: path.stem)
def spec_walk(request: pytest.FixtureRequest) -> tuple[Program, Walk]:
    """Every spec with its walk; those whose data are not installed are left out."""
    program = chainrule.load(request.param)
    try:
        return program, taken(program)
    except SpecError as error:
        if any(diagnostic.code.startswith("G4") for diagnostic in error.diagnostics):
            pytest.skip(f"its data can't be had: {error}")
        raise


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of things on a figure that lie on each other: texts, boxes; of one group only texts on texts."""
    things: list[tuple[str, str, Rectangle]] = []
    for group in figure.groups:
        for mark in group.marks:
            if isinstance(mark, Words):
                things.append((group.key, mark.text, mark.place))
            elif isinstance(mark, Outline) and mark.style == "body" and "frame" not in group.styles:
                things.append((group.key, "", mark.place))
    return [
        (f"{key} {text}", f"{other} {words}")
        for (key, text, a), (other, words, b) in combinations(things, 2)
        if a.overlaps(b) and (key != other or (text and words))
    ]


@pytest.fixture
def overlaps() -> Callable[[Figure], list[tuple[str, str]]]:
    return overlapping


@pytest.fixture
def walked() -> Callable[..., tuple[Program, Walk]]:
    """A program and its walk, from a text."""

    def made(text: str, of: str | None = None, **feeds: Any) -> tuple[Program, Walk]:
        program = chainrule.compile(text)
        return program, taken(program, of, **feeds)

    return made


@pytest.fixture
def open_text(open_page: "Callable[..., Page]", tmp_path: Path) -> "Callable[..., tuple[Page, Program]]":
    """The page of a text in the browser, and its program; the fragment of its address names a step, as in `#3`."""

    def opened(text: str, fragment: str = "", **options: Any) -> "tuple[Page, Program]":
        program = chainrule.compile(text)
        of = program.shown.graph.index[program.default_of]
        path = tmp_path / "page.html"
        path.write_text(page(program.shown, walk(program.shown, of, {}, program.held)), encoding="utf-8")
        return open_page(path.as_uri() + fragment, **options), program

    return opened
