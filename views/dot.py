"""A picture in DOT, the language of Graphviz, for those who lay it out themselves."""

from ..grammar.diagnostic import shown
from .nesting import nested_lines
from .picture import Box, Enclosure, Picture, Wire
from .svg import LIGHT

SHAPES = {
    "input": "oval", "param": "box", "constant": "plaintext", "operation": "circle", "output": "oval",
    "folded": "box3d",
}  # fmt: skip


def dot(picture: Picture) -> str:
    """The whole file; values and gradients are the labels of the edges."""
    lines = [
        "digraph {",
        f'  rankdir=LR fontname="DejaVu Sans Mono" label={quoted(_head(picture))} labelloc=t',
        '  node [fontname="DejaVu Sans Mono" style=filled fillcolor=white]',
        '  edge [fontname="DejaVu Sans Mono" fontsize=11]',
    ]
    lines += nested_lines(picture, _frame, _node, "  }")
    lines += (_edge(wire) for wire in picture.wires)
    return "\n".join((*lines, "}")) + "\n"


def quoted(text: str) -> str:
    """A text between quotes, every sign of it meant as it stands."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _head(picture: Picture) -> str:
    return "\n".join(shown(line) for line in (picture.title, *picture.messages) if line)


def _frame(frame: Enclosure) -> str:
    return f"  subgraph cluster_{frame.key} {{ label={quoted(shown(frame.label))} style=dashed"


def _node(box: Box) -> str:
    label = "\n".join(shown(each) for each in (box.name, box.sign, *box.total) if each)
    red = f' color="{LIGHT["failed"]}" penwidth=3' if box.note == "failed" else ""
    tooltip = quoted("\n".join(shown(line) for line in box.tooltip.split("\n")))
    fill = LIGHT["reverse" if box.note == "reverse" else box.kind]
    return f'  {box.key} [label={quoted(label)} shape={SHAPES[box.kind]} fillcolor="{fill}" tooltip={tooltip}{red}]'


def _edge(wire: Wire) -> str:
    label = "\n".join((*wire.upper, *(f"∂ {line}" for line in wire.lower)))
    red = f' color="{LIGHT["failed"]}" penwidth=2' if wire.note == "failed" else ""
    return f"  {wire.source} -> {wire.target} [label={quoted(label)}{red}]"
