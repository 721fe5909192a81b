"""A picture with its places: marks that a writer only has to put down."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ..layout.geometry import Arrangement, FrameItem, Item, Link, Rectangle
from ..picture.picture import Picture, colour_of
from .marks import (
    LARGE,
    LONGEST_NUMBERS,
    SMALL,
    Group,
    Mark,
    Outline,
    Ties,
    Words,
    box_group,
    crossed,
    frame_group,
    link_of,
    plain,
    sampled,
    text_width,
    wire_group,
)

MARGIN = 20.0

LEAST_WIDTH = 320.0
"""Of what stands between the margins: room for a line of a legend."""

LEGEND = 11.0
"""Size of a legend's type."""

RADII = {"input": 6.0, "param": 2.0, "state": 4.0, "constant": 0.0, "folded": 3.0, "output": 6.0}
"""How round the samples in a legend are."""

KINDS = {"reverse": "of the reverse pass"}
"""What a legend says of a colour, where that is not its name."""

Arrange: TypeAlias = Callable[[Sequence[Item], Sequence[Link], Sequence[FrameItem]], Arrangement]


@dataclass(frozen=True)
class Figure:
    """All that is to be put down, in its order."""

    width: float
    height: float
    title: str
    groups: tuple[Group, ...]
    arrangement: Arrangement = field(repr=False)


def figure(picture: Picture, arrange: Arrange) -> Figure:
    """Places a picture by a layout and makes its marks."""
    tied = Ties(picture)
    links = [link_of(wire, number, tied) for number, wire in enumerate(picture.wires)]
    frames = [FrameItem(each.key, each.parent, text_width(plain(each.label)) + 8) for each in picture.frames]
    placed = arrange(tied.items, links, frames)
    head = _head(picture)
    top = MARGIN + (head[-1].y + 4 if head else 0.0)
    width = max(placed.width, *(mark.place.x + mark.place.width for mark in head), LEAST_WIDTH) + 2 * MARGIN
    wires = enumerate(zip(picture.wires, placed.routes, strict=True))
    curves = [points for route in placed.routes if (points := sampled(route))]
    groups = [
        *(
            frame_group(
                each.key,
                plain(each.label),
                placed.frames[each.key].moved(MARGIN, top),
                [(a + MARGIN, b + MARGIN) for a, b in crossed(placed.frames[each.key], curves)],
            )
            for each in picture.frames
        ),
        *(wire_group(number, wire, route, (MARGIN, top), tied) for number, (wire, route) in wires),
        *(box_group(box, placed.items[box.key].moved(MARGIN, top), tied) for box in picture.boxes),
    ]
    bottom, legend = legend_group(picture, top + placed.height + MARGIN, width - MARGIN)
    opening = Group("head", ("head",), "", tuple(mark._replace(x=mark.x + MARGIN) for mark in head))
    every = (opening, *groups, legend)
    return Figure(math.ceil(width), math.ceil(bottom + MARGIN), picture.title, every, placed)


def _head(picture: Picture) -> list[Words]:
    """Title and messages, from the left."""
    first = MARGIN + 10
    lines = [Words(0.0, first, plain(picture.title, 80), "title", LARGE, "start")] if picture.title else []
    for message in picture.messages:
        lines.append(Words(0.0, first + 20 * len(lines), plain(message, 110), "message", SMALL, "start"))
    return lines


def legend_group(picture: Picture, top: float, right: float) -> tuple[float, Group]:
    """What the colours and forms mean: in rows as wide as the picture. Its lower end comes with it."""
    marks: list[Mark] = []
    x, y = MARGIN, top + 12
    entries = [("value" if style == "value" else "gradient", text) for style, text in (picture.samples or {}).items()]
    entries += [("small", text) for text in picture.remarks]
    kinds = {colour_of(box) for box in picture.boxes}
    if picture.scale is not None:
        entries.append(("small", f"{picture.scale.title}:"))
        signs = [(f"heat{number}", text) for number, text in enumerate(picture.scale.classes)]
    else:
        signs = [(kind, KINDS.get(kind, kind)) for kind in (*RADII, "reverse") if kind in kinds]
    for style, text in (*entries, *signs):
        form = (style, text) in signs
        indent = 26 if form else 0
        for number, line in enumerate(_wrapped(plain(text, LONGEST_NUMBERS * 2), right - MARGIN - indent)):
            width = text_width(line, LEGEND) + indent
            if x > MARGIN and (number or x + width > right):
                x, y = MARGIN, y + 18
            if form:
                place = Rectangle(x, y - 10, 20, 12)
                marks.append(Outline(place, RADII.get(style, 6.0), f"body {style}"))
            marks.append(Words(x + indent, y, line, "small" if form else style, LEGEND, "start"))
            x += width + 22
    return y + 4, Group("legend", ("legend",), "", tuple(marks))


def _wrapped(text: str, room: float) -> list[str]:
    """A text as lines that fit into the room, cut between words."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and text_width(f"{lines[-1]} {word}", LEGEND) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
