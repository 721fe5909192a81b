"""A picture in Mermaid, which forges and wikis draw inside Markdown.

Places are theirs, so an edge says which operand it is where that matters.
"""

from collections.abc import Iterable

from ..picture.picture import Box, Picture, PictureFrame, Wire, colour_of
from .marks import plain
from .nesting import nested_lines
from .svg import LIGHT

FORMS = {
    "input": ("([", "])"), "param": ("[", "]"), "state": ("{{", "}}"), "constant": ("[", "]"),
    "operation": ("((", "))"), "output": ("([", "])"), "folded": ("[[", "]]"),
}  # fmt: skip

PLAIN = frozenset(" .,:=+-/()[]{}×−∂Σ‖±…^@·")
"""Signs that mean nothing inside Mermaid's quotes, beside letters and digits."""

LONGEST = 120
"""Characters of a line that are written: forges refuse long diagrams."""


def mermaid(picture: Picture) -> str:
    """The whole diagram."""
    scale = (f"in a node: {picture.scale.title}",) if picture.scale else ()
    lines = ["flowchart LR"]
    lines += [f"  %% {_comment(line)}" for line in (picture.title, *picture.messages, *scale) if line]
    lines += nested_lines(picture, _frame, _node, "  end")
    lines += (_edge(wire) for wire in picture.wires)
    colours: dict[str, list[str]] = {}
    for box in picture.boxes:
        colours.setdefault(colour_of(box), []).append(box.key)
    for colour in (each for each in LIGHT if each in colours and each != "operation"):
        lines += [f"  classDef {colour} fill:{LIGHT[colour]},stroke:{LIGHT['ink']},color:{LIGHT['ink']}"]
        lines += [f"  class {','.join(colours[colour])} {colour}"]
    failed = [box.key for box in picture.boxes if box.emphasis == "failed"]
    if failed:
        lines += [f"  classDef failed stroke:{LIGHT['failed']},stroke-width:3px", f"  class {','.join(failed)} failed"]
    return "\n".join(lines) + "\n"


def quoted(lines: Iterable[str]) -> str:
    """Lines between quotes; whatever could mean something to Mermaid or HTML is written as a number."""
    return '"' + "<br/>".join("".join(map(_letter, plain(line, LONGEST))) for line in lines) + '"'


def _letter(character: str) -> str:
    return character if character.isalnum() or character in PLAIN else f"#{ord(character)};"


def _comment(text: str) -> str:
    return "".join(c if c.isalnum() or c in PLAIN else " " for c in plain(text, LONGEST))


def _frame(frame: PictureFrame) -> str:
    return f"  subgraph {frame.key} [{quoted([frame.label])}]"


def _node(box: Box) -> str:
    start, stop = FORMS[box.kind]
    return f"  {box.key}{start}{quoted(each for each in (box.name, *box.lines, box.load, *box.total) if each)}{stop}"


def _edge(wire: Wire) -> str:
    label = f"|{quoted(wire.label)}|" if wire.label else ""
    return f"  {wire.source} -->{label} {wire.target}"
