"""A picture with its places: shapes that a writer only has to put down."""

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from ..grammar.diagnostic import shown
from .geometry import Arrangement, Frame, Item, Link, Point, Rectangle, Route
from .picture import UNMEASURED, Box, Picture, Wire

CHARACTER = 0.61
"""Width of a character in its size: monospaced letters take 0.6."""

SMALL, LARGE = 12.0, 16.0
"""Sizes of type: names and numbers; the signs of operations."""

LINE = 15.0
"""From one line of text to the next."""

BETWEEN = 19.0
"""From one line to the next inside a box."""

MARGIN = 20.0

LONGEST = 28
"""Characters of a name that are shown; the tooltip has more."""

LONGEST_NUMBERS = 100
"""Characters of a line of numbers."""

Arrange: TypeAlias = Callable[[Sequence[Item], Sequence[Link], Sequence[Frame]], Arrangement]


class Words(NamedTuple):
    """A line of text; `x` is where `anchor` says, `y` its base line."""

    x: float
    y: float
    text: str
    style: str
    size: float = SMALL
    anchor: Literal["start", "middle"] = "middle"

    @property
    def place(self) -> Rectangle:
        """The room that the text takes."""
        width = text_width(self.text, self.size)
        left = self.x - width / 2 if self.anchor == "middle" else self.x
        return Rectangle(left, self.y - 0.8 * self.size, width, self.size)


class Outline(NamedTuple):
    """A rectangle with round corners."""

    place: Rectangle
    radius: float
    style: str


class Line(NamedTuple):
    """A route from left to right, with the head of an arrow at its end."""

    points: tuple[Point, ...]
    style: str
    spline: bool = False


Shape: TypeAlias = Words | Outline | Line


class Group(NamedTuple):
    """Shapes that belong together; `styles` are names for a style sheet."""

    key: str
    styles: tuple[str, ...]
    tooltip: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class Figure:
    """All that is to be put down, in its order."""

    width: float
    height: float
    title: str
    groups: tuple[Group, ...]
    arrangement: Arrangement = field(repr=False)


def text_width(text: str, size: float = SMALL) -> float:
    """The width of a text in a monospaced font; wide characters count twice."""
    cells = 0
    for character in text:
        if not unicodedata.combining(character):
            cells += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return cells * CHARACTER * size


def plain(text: str, longest: int = LONGEST) -> str:
    """A name that is safe to show, and cut where it is long."""
    text = shown(text)
    return text if len(text) <= longest else f"{text[: longest - 9]}…{text[-8:]}"


def figure(picture: Picture, arrange: Arrange) -> Figure:
    """Places a picture by a layout and makes its shapes."""
    tied = _Ties(picture)
    links = [_link(wire, number, tied) for number, wire in enumerate(picture.wires)]
    frames = [Frame(each.key, each.parent, text_width(plain(each.label)) + 8) for each in picture.enclosures]
    placed = arrange([_item(box) for box in picture.boxes], links, frames)
    head = _head(picture)
    top = MARGIN + (head[-1].y + 4 if head else 0.0)
    width = max(placed.width, *(shape.place.x + shape.place.width for shape in head), 260.0) + 2 * MARGIN
    groups = [
        *(
            _enclosure(each.key, plain(each.label), placed.frames[each.key].moved(MARGIN, top))
            for each in picture.enclosures
        ),
        *(_wire(number, wire, placed.routes[number], top, tied) for number, wire in enumerate(picture.wires)),
        *(_box(box, placed.items[box.key].moved(MARGIN, top)) for box in picture.boxes),
    ]
    bottom, legend = _legend(picture, top + placed.height + MARGIN, width - MARGIN)
    opening = Group("head", ("head",), "", tuple(shape._replace(x=shape.x + MARGIN) for shape in head))
    every = (opening, *groups, legend)
    return Figure(math.ceil(width), math.ceil(bottom + MARGIN), picture.title, every, placed)


class _Ties:
    """Where wires are tied to their ends: operands below each other, in the order in which they are written."""

    def __init__(self, picture: Picture) -> None:
        self.boxes = {box.key: box for box in picture.boxes}
        ends: dict[str, list[int]] = {}
        for number, wire in enumerate(picture.wires):
            ends.setdefault(wire.target, []).append(number)
        self.offsets: dict[int, float] = {}
        for key, wires in ends.items():
            wires.sort(key=lambda number: picture.wires[number].edges[:1])
            room = _body(self.boxes[key])[1] - 12
            step = min(10.0, room / (len(wires) - 1)) if len(wires) > 1 else 0.0
            for place, number in enumerate(wires):
                self.offsets[number] = (place - (len(wires) - 1) / 2) * step

    def inset(self, wire: Wire, offset: float) -> float:
        """How far inside its rectangle a round box begins at this height."""
        box = self.boxes[wire.target]
        width, height = _body(box)
        radius = _radius(box, width, height)
        beyond = abs(offset) - (height / 2 - radius)
        return radius - math.sqrt(max(0.0, radius**2 - beyond**2)) if beyond > 0 else 0.0


def _body(box: Box) -> tuple[float, float]:
    """Width and height of a box without what stands above and below it."""
    width = text_width(plain(box.sign), LARGE if box.kind == "operation" else SMALL)
    if box.load:
        wide = max(width, text_width(box.load), text_width(box.name) if box.kind == "folded" else 0.0)
        return wide + 26, 64.0 if box.kind == "folded" else 46.0
    if box.kind == "operation":
        return (42.0, 42.0) if len(box.sign) <= 2 else (width + 24, 34.0)
    if box.kind == "folded":
        return max(width, text_width(box.name)) + 26, 48.0
    return width + 22, 26.0


def _radius(box: Box, width: float, height: float) -> float:
    return {"param": 3.0, "constant": 0.0, "folded": 6.0}.get(box.kind, min(width, height, 42.0) / 2)


def _item(box: Box) -> Item:
    width, height = _body(box)
    above = LINE + 2 if box.name and box.kind != "folded" else 0.0
    below = (LINE * len(box.total) + 2) if box.total else 0.0
    texts = [plain(box.name) if box.kind != "folded" else "", *box.total]
    wide = max(width, *(text_width(plain(text, LONGEST_NUMBERS)) for text in texts))
    beside = box.kind in ("input", "param", "constant")
    return Item(box.key, wide, height / 2 + above, height / 2 + below, box.frame, beside)


def _link(wire: Wire, number: int, tied: _Ties) -> Link:
    width = max((text_width(plain(text, LONGEST_NUMBERS)) for text in (*wire.upper, *wire.lower)), default=0.0)
    above, below = (LINE * len(lines) + 4 if lines else 0.0 for lines in (wire.upper, wire.lower))
    return Link(wire.source, wire.target, width + 12 if width else 0.0, above, below, 0.0, tied.offsets[number])


def _box(box: Box, place: Rectangle) -> Group:
    width, height = _body(box)
    above = LINE + 2 if box.name and box.kind != "folded" else 0.0
    middle = place.x + place.width / 2
    body = Rectangle(middle - width / 2, place.y + above, width, height)
    centre = body.y + height / 2
    shapes: list[Shape] = []
    if box.kind == "folded":
        shapes.append(Outline(body.moved(4, 4), 6, "behind"))
    shapes.append(Outline(body, _radius(box, width, height), "body"))
    size = LARGE if box.kind == "operation" else SMALL
    lines = [(plain(box.sign), "sign", size)]
    lines += [(box.name, "small", SMALL)] if box.kind == "folded" else []
    lines += [(box.load, "load", SMALL)] if box.load else []
    for number, (text, style, tall) in enumerate(lines):
        below = centre + (number - (len(lines) - 1) / 2) * BETWEEN
        shapes.append(Words(middle, below + 0.35 * tall, text, style, tall))
    if box.name and box.kind != "folded":
        shapes.append(Words(middle, place.y + 11, plain(box.name), "name"))
    for number, line in enumerate(box.total):
        shapes.append(Words(middle, body.y + height + 14 + number * LINE, plain(line, LONGEST_NUMBERS), "gradient"))
    styles = ["box", box.kind, *((box.note,) if box.note != "plain" else ())]
    if box.heat is not None:
        styles.append(f"heat{box.heat}" if box.heat != UNMEASURED else "unmeasured")
    return Group(box.key, tuple(styles), box.tooltip, tuple(shapes))


def _wire(number: int, wire: Wire, route: Route, top: float, tied: _Ties) -> Group:
    points = [(x + MARGIN, y + top) for x, y in route.points]
    points[-1] = (points[-1][0] + tied.inset(wire, tied.offsets[number]), points[-1][1])
    first, end = tied.boxes[wire.source], _body(tied.boxes[wire.source])[0]
    if first.kind != "folded":  # what stands above or below a box may be wider than the box
        points[0] = (points[0][0] - max(0.0, (_item(first).width - end) / 2), points[0][1])
    last = tied.boxes[wire.target]
    points[-1] = (points[-1][0] + max(0.0, (_item(last).width - _body(last)[0]) / 2), points[-1][1])
    shapes: list[Shape] = [Line(tuple(points), "wire", route.spline)]
    if route.label is not None:
        middle, line = route.label.x + route.label.width / 2 + MARGIN, route.line + top
        for index, text in enumerate(reversed(wire.upper)):
            shapes.append(Words(middle, line - 5 - index * LINE, plain(text, LONGEST_NUMBERS), "value"))
        for index, text in enumerate(wire.lower):
            shapes.append(Words(middle, line + 14 + index * LINE, plain(text, LONGEST_NUMBERS), "gradient"))
    styles = ("edge", *((wire.note,) if wire.note != "plain" else ()))
    return Group(f"w{number}", styles, wire.tooltip, tuple(shapes))


def _enclosure(key: str, label: str, place: Rectangle) -> Group:
    text = Words(place.x + 10, place.y + 15, label, "label", SMALL, "start")
    return Group(key, ("frame",), "", (Outline(place, 8, "body"), text))


def _head(picture: Picture) -> list[Words]:
    """Title and messages, from the left."""
    first = MARGIN + 10
    lines = [Words(0.0, first, plain(picture.title, 80), "title", LARGE, "start")] if picture.title else []
    for message in picture.messages:
        lines.append(Words(0.0, first + 20 * len(lines), plain(message, 110), "message", SMALL, "start"))
    return lines


def _legend(picture: Picture, top: float, right: float) -> tuple[float, Group]:
    """What the colours and forms mean: in rows as wide as the picture. Its lower end comes with it."""
    shapes: list[Shape] = []
    x, y = MARGIN, top + 12
    entries = [("value" if style == "value" else "gradient", text) for style, text in (picture.samples or {}).items()]
    entries += [("small", text) for text in picture.remarks]
    kinds = {box.kind for box in picture.boxes}
    if picture.scale is not None:
        entries.append(("small", f"{picture.scale.title}:"))
        signs = [(f"heat{number}", text) for number, text in enumerate(picture.scale.classes)]
    else:
        signs = [(kind, kind) for kind in ("input", "param", "constant", "folded") if kind in kinds]
    for style, text in (*entries, *signs):
        form = (style, text) in signs
        text = plain(text, 110)
        width = text_width(text, 11) + (26 if form else 0)
        if x > MARGIN and x + width > right:
            x, y = MARGIN, y + 18
        if form:
            place = Rectangle(x, y - 10, 20, 12)
            shapes.append(Outline(place, {"input": 6.0, "param": 2.0, "folded": 3.0}.get(style, 0.0), f"body {style}"))
        shapes.append(Words(x + (26 if form else 0), y, text, "small" if form else style, 11, "start"))
        x += width + 22
    return y + 4, Group("legend", ("legend",), "", tuple(shapes))
