"""A picture in DOT, the language of Graphviz, for those who lay it out themselves.

Places are Graphviz's, so an edge says which operand it is where that matters.
"""

from ..picture.picture import Box, Picture, PictureFrame, Wire, colour_of
from .marks import plain
from .nesting import nested_lines
from .svg import LIGHT

SHAPES = {
    "input": "oval", "param": "box", "state": "octagon", "constant": "plaintext", "operation": "circle",
    "output": "oval", "folded": "box3d",
}  # fmt: skip

LONGEST = 500
"""Characters of a line that are written: Graphviz makes a node as wide as its text."""


def dot(picture: Picture) -> str:
    """The whole file; values and gradients are the labels of the edges."""
    lines = [
        "digraph {",
        f'  rankdir=LR fontname="DejaVu Sans Mono" label={quoted(_head(picture))} labelloc=t',
        '  node [fontname="DejaVu Sans Mono" style=filled fillcolor=white ordering=in]',
        '  edge [fontname="DejaVu Sans Mono" fontsize=11]',
    ]
    lines += nested_lines(picture, _frame, _node, "  }")
    lines += (_edge(wire) for wire in picture.wires)
    return "\n".join((*lines, "}")) + "\n"


def quoted(text: str) -> str:
    """A text between quotes, every sign of it meant as it stands: Graphviz reads `&lt;` as a sign of its own."""
    signs = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "&": "&amp;"})
    return f'"{text.translate(signs)}"'


def _head(picture: Picture) -> str:
    scale = (f"in a node: {picture.scale.title}",) if picture.scale else ()
    return "\n".join(plain(line, LONGEST) for line in (picture.title, *picture.messages, *scale) if line)


def _frame(frame: PictureFrame) -> str:
    return f"  subgraph cluster_{frame.key} {{ label={quoted(plain(frame.label, LONGEST))} style=dashed"


def _node(box: Box) -> str:
    label = "\n".join(plain(each, LONGEST) for each in (box.name, *box.lines, box.load, *box.total) if each)
    red = f' color="{LIGHT["failed"]}" penwidth=3' if box.emphasis == "failed" else ""
    tooltip = quoted("\n".join(plain(line, LONGEST) for line in box.tooltip.split("\n")))
    fill = LIGHT[colour_of(box)]
    return f'  {box.key} [label={quoted(label)} shape={SHAPES[box.kind]} fillcolor="{fill}" tooltip={tooltip}{red}]'


def _edge(wire: Wire) -> str:
    label = "\n".join(plain(line, LONGEST) for line in wire.label)
    red = f' color="{LIGHT["failed"]}" penwidth=2' if wire.emphasis == "failed" else ""
    return f"  {wire.source} -> {wire.target} [label={quoted(label)}{red}]"
