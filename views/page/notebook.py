"""How programs, runs and gradients show themselves in a notebook."""

import html
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ...compiler.graph.spec import Precision, Spec
from ...grammar.diagnostic import shown
from ...grammar.spec_error import SpecError
from ...runtime.arrays import Array
from ..figure.characters import terminal_graph, without_frames
from ..figure.figure import figure
from ..figure.svg import svg
from ..layout.arrange import arrange
from ..picture.compose import sketch
from ..text.numerals import value_label
from ..text.terminal import value_lines
from ..walk.walk import Walk, not_walked, walk
from .player import page

TALL = 640
"""Height of an embedded player, in pixels."""

END = 20
"""Values that are shown at each end, where not all are."""


class Drawable(Protocol):
    """A program, as far as a picture needs one."""

    precision: Precision | None

    @property
    def shown(self) -> Spec: ...

    @property
    def held(self) -> Mapping[str, Array]: ...

    @property
    def default_of(self) -> str: ...

    def rows(self, start: int = 0, stop: int | None = None, section: str | None = None) -> Mapping[str, Array]: ...


def program_bundle(program: Drawable) -> dict[str, Any]:
    """The drawn graph of a program, with what its defaults or the first row of its data give."""
    picture = sketch(program.shown, shown_walk(program))
    return {
        "image/svg+xml": svg(figure(picture, arrange)),
        "text/plain": terminal_graph(without_frames(picture), 120),
    }


class Player:
    """The page that steps through a program, embedded; what it holds cannot reach the notebook around it."""

    def __init__(self, program: Drawable) -> None:
        self.program = program

    def __repr__(self) -> str:
        return f"<Player of {self.program!r}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        document = html.escape(page(self.program.shown, shown_walk(self.program)), quote=True)
        size = f'width="100%" height="{TALL}" frameborder="0"'
        frame = f'<iframe srcdoc="{document}" sandbox="allow-scripts" {size}></iframe>'
        return {"text/html": frame, "text/plain": repr(self)}


def shown_walk(program: Drawable) -> Walk:
    """The walk over defaults or the first row of the data; forward alone, or none, where no more can be had."""
    spec = program.shown
    graph = spec.differentiable
    precision: Precision = program.precision or "float64"
    try:
        feeds = program.rows(0, 1) if spec.data else {}
        parameters = program.held
    except SpecError:
        return not_walked(graph)
    try:
        of = graph.index[program.default_of]
    except SpecError:
        return walk(spec, None, feeds, parameters, precision=precision)
    return walk(spec, None if graph.nodes[of].type.shape else of, feeds, parameters, precision=precision)


def values_bundle(
    values: Mapping[str, Array], heading: str = "value", named: Callable[[str], str] = str
) -> dict[str, Any]:
    """Values or gradients by path: as a table, and as the lines of a terminal; of very many, those at both ends.

    `named` says what the lines call them.
    """
    paths = list(values)
    ends = [paths] if len(paths) <= 2 * END else [paths[:END], paths[-END:]]
    more = f"... {len(paths) - 2 * END:,} more ..."
    head = f"<tr><th>node</th><th>{html.escape(heading)}</th></tr>"
    rows = ("".join(_row(path, values[path]) for path in end) for end in ends)
    lines = (value_lines({named(path): values[path] for path in end}) for end in ends)
    return {
        "text/html": f"<table>{head}{f'<tr><td>{more}</td></tr>'.join(rows)}</table>",
        "text/plain": f"\n{more}\n".join(lines),
    }


def _row(path: str, value: Array) -> str:
    text = ", ".join(value_label(value, full=True))
    return f"<tr><td><code>{html.escape(shown(path))}</code></td><td><code>{html.escape(text)}</code></td></tr>"


def register(shell: Any, compiled: Callable[[str], Any]) -> None:
    """Teaches IPython `%%graph NAME`: a program of the cell's text, which shows itself.

    A fault of the text is told like on a terminal, without the way that Python took to it.
    """

    def graph(line: str, cell: str) -> Any:
        try:
            program = compiled(cell)
        except SpecError as error:  # the cell is the spec: the way through our own code says nothing about it
            error._render_traceback_ = str(error).splitlines  # type: ignore[attr-defined]  # IPython shows it instead
            raise
        if name := line.strip():
            shell.push({name: program})
        return program

    shell.register_magic_function(graph, magic_kind="cell", magic_name="graph")
