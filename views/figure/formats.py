"""A picture in the form that is asked for."""

from typing import Literal

from ..layout.arrange import arrange
from ..layout.graphviz import arrange_by_graphviz
from ..picture.picture import Picture
from .characters import terminal_graph, without_frames
from .dot import dot
from .figure import Arrange, figure
from .mermaid import mermaid
from .png import png
from .svg import svg

Form = Literal["text", "svg", "png", "html", "dot", "mermaid"]

FORMS: dict[str, Form] = {
    ".svg": "svg", ".png": "png", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".mermaid": "mermaid",
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
}  # fmt: skip
"""The form that the suffix of a file's name means."""

Engine = Literal["own", "graphviz"]

ENGINES: dict[Engine, Arrange] = {"own": arrange, "graphviz": arrange_by_graphviz}
"""What places boxes. Our own is the default: it keeps operands in order and frames in rows, and is always there."""


def drawn(
    picture: Picture,
    form: Form,
    engine: Engine = "own",
    *,
    width: int = 100,
    colour: bool = False,
    dark: bool = False,
) -> bytes:
    """A picture as the bytes of a file; a page is more than a picture.

    `width` and `colour` are the terminal's; `dark` is for a PNG, whose colours cannot follow the reader's.

    Raises ImportError for a PNG without matplotlib, and GraphvizFailed.
    """
    match form:
        case "svg":
            return svg(figure(picture, ENGINES[engine])).encode()
        case "png":
            return png(figure(picture, ENGINES[engine]), dark=dark)
        case "dot":
            return dot(picture).encode()
        case "mermaid":
            return mermaid(picture).encode()
        case _:
            return (terminal_graph(without_frames(picture), width, colour=colour) + "\n").encode()
