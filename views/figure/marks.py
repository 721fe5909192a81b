"""What boxes, wires and frames of a picture are put down as: lines, rectangles and words at their places."""

import math
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from ...grammar.diagnostic import shown
from ..layout.geometry import Item, Link, Point, Rectangle, Route, pieces
from ..picture.main_way import main_ways
from ..picture.picture import UNMEASURED, Box, Picture, Wire

CHARACTER = 0.61
"""Width of a character in its size: monospaced letters take 0.6."""

SMALL, LARGE = 12.0, 16.0
"""Sizes of type: names and numbers; the signs of operations."""

LINE = 15.0
"""From one line of text to the next."""

BETWEEN = 19.0
"""From one line to the next inside a box."""

ROUND_OFF = 4.0
"""Room above the highest and below the lowest end of an arrow at a box."""

STEPS = 12
"""Lines as which a curve is looked at."""

PORT = 3.0
"""Room above and below a port."""

LONGEST = 28
"""Characters of a name that are shown; the tooltip has more."""

LONGEST_NUMBERS = 100
"""Characters of a line of numbers."""


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


Mark: TypeAlias = Words | Outline | Line


class Group(NamedTuple):
    """Shapes that belong together; `styles` are names for a style sheet."""

    key: str
    styles: tuple[str, ...]
    tooltip: str
    marks: tuple[Mark, ...]


def text_width(text: str, size: float = SMALL) -> float:
    """The width of a text in a monospaced font; wide characters count twice."""
    if text.isascii():
        return len(text) * CHARACTER * size
    cells = 0
    for character in text:
        if not unicodedata.combining(character):
            cells += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return cells * CHARACTER * size


def plain(text: str, longest: int = LONGEST) -> str:
    """A name that is safe to show, and cut where it is long."""
    text = shown(text)
    return text if len(text) <= longest else f"{text[: longest - 9]}…{text[-8:]}"


class Ties:
    """Where wires are tied to their ends: operands below each other, in the order in which they are written.

    Around the middle of the box; but the main way runs straight into the middle, and the others above and below it.
    """

    def __init__(self, picture: Picture) -> None:
        self.boxes = {box.key: box for box in picture.boxes}
        self.bodies = {box.key: _body(box) for box in picture.boxes}
        """Width and height of each box without what stands above and below it."""
        self.items = tuple(_item(box, *self.bodies[box.key]) for box in picture.boxes)
        """The boxes as they are placed."""
        self.rooms = {item.key: (item.width - self.bodies[item.key][0]) / 2 for item in self.items}
        """How far what stands above or below a box reaches beyond it on each side."""
        self.main = main_ways(picture)
        ends: dict[str, list[int]] = {}
        for number, wire in enumerate(picture.wires):
            ends.setdefault(wire.target, []).append(number)
        self.offsets: dict[int, float] = {}
        for key, wires in ends.items():
            wires.sort(key=lambda number: picture.wires[number].edges[:1])
            room = self.bodies[key][1] / 2 - ROUND_OFF
            middle = next((place for place, number in enumerate(wires) if self.main.into[number]), (len(wires) - 1) / 2)
            step = min(10.0, room / max(middle, len(wires) - 1 - middle)) if len(wires) > 1 else 0.0
            for place, number in enumerate(wires):
                self.offsets[number] = (place - middle) * step

    def inset(self, wire: Wire, offset: float) -> float:
        """How far inside its rectangle a round box begins at this height."""
        box = self.boxes[wire.target]
        width, height = self.bodies[wire.target]
        radius = _radius(box, width, height)
        beyond = abs(offset) - (height / 2 - radius)
        return radius - math.sqrt(max(0.0, radius**2 - beyond**2)) if beyond > 0 else 0.0


def _body(box: Box) -> tuple[float, float]:
    """Width and height of a box without what stands above and below it."""
    if box.kind in ("entry", "exit"):
        return 0.0, 0.0
    size = LARGE if box.kind == "operation" else SMALL
    width = max(text_width(plain(line, LONGEST_NUMBERS if box.rows else LONGEST), size) for line in box.lines)
    if box.load:
        wide = max(width, text_width(plain(box.load)), text_width(plain(box.name)) if box.kind == "folded" else 0.0)
        return wide + 26, 64.0 if box.kind == "folded" else 46.0
    if box.kind == "operation":
        return (42.0, 42.0) if len(box.sign) <= 2 else (width + 24, 38.0)
    if box.kind == "folded":
        return max(width, text_width(plain(box.name))) + 26, 48.0
    return width + 22, 26.0 + LINE * (len(box.lines) - 1)


def _radius(box: Box, width: float, height: float) -> float:
    return {"param": 3.0, "state": 8.0, "constant": 0.0, "folded": 6.0}.get(box.kind, min(width, height, 42.0) / 2)


def _item(box: Box, width: float, height: float) -> Item:
    """A box of this width and height as it is placed."""
    if box.kind == "entry" or box.kind == "exit":
        return Item(box.key, 0.0, PORT, PORT, port=box.kind)
    above = LINE + 2 if box.name and box.kind != "folded" else 0.0
    below = (LINE * len(box.total) + 2) if box.total else 0.0
    texts = [plain(box.name) if box.kind != "folded" else "", *box.total]
    wide = max(width, *(text_width(plain(text, LONGEST_NUMBERS)) for text in texts))
    beside = box.kind in ("input", "param", "state", "constant")
    literal = box.kind == "constant"
    return Item(box.key, wide, height / 2 + above, height / 2 + below, box.frame, beside, literal)


def link_of(wire: Wire, number: int, tied: Ties) -> Link:
    """A wire as it is placed."""
    width = max((text_width(plain(text, LONGEST_NUMBERS)) for text in (*wire.upper, *wire.lower)), default=0.0)
    above, below = (LINE * len(lines) + 4 if lines else 0.0 for lines in (wire.upper, wire.lower))
    room = width + 12 if width else 0.0
    out, into = tied.main.out[number], tied.main.into[number]
    return Link(wire.source, wire.target, room, above, below, 0.0, tied.offsets[number], out, into)


def box_group(box: Box, place: Rectangle, tied: Ties) -> Group:
    """A box at its place, with what stands above and below it."""
    width, height = tied.bodies[box.key]
    above = LINE + 2 if box.name and box.kind != "folded" else 0.0
    middle = place.x + place.width / 2
    body = Rectangle(middle - width / 2, place.y + above, width, height)
    centre = body.y + height / 2
    marks: list[Mark] = []
    if box.kind == "folded":
        marks.append(Outline(body.moved(4, 4), 6, "behind"))
    marks.append(Outline(body, _radius(box, width, height), "body"))
    size = LARGE if box.kind == "operation" else SMALL
    marks += _block(box.rows, middle, centre + 4.2 - (len(box.rows) - 1) / 2 * LINE, "sign")
    lines = [] if box.rows else [(plain(box.sign), "sign", size)]
    lines += [(plain(box.name), "small", SMALL)] if box.kind == "folded" else []
    lines += [(plain(box.load), "load", SMALL)] if box.load else []
    for number, (text, style, tall) in enumerate(lines):
        below = centre + (number - (len(lines) - 1) / 2) * BETWEEN
        marks.append(Words(middle, below + 0.35 * tall, text, style, tall))
    if box.name and box.kind != "folded":
        marks.append(Words(middle, place.y + 11, plain(box.name), "name"))
    marks += _block(box.total, middle, body.y + height + 14, "gradient")
    styles = ["box", box.kind, *((box.emphasis,) if box.emphasis != "plain" else ())]
    if box.heat is not None:
        styles.append(f"heat{box.heat}" if box.heat != UNMEASURED else "unmeasured")
    return Group(box.key, tuple(styles), box.tooltip, tuple(marks))


def wire_group(number: int, wire: Wire, route: Route, corner: Point, tied: Ties) -> Group:
    """A wire; `corner` is where its route's coordinates begin."""
    left, top = corner
    points = [(x + left, y + top) for x, y in route.points]
    points[-1] = (points[-1][0] + tied.inset(wire, tied.offsets[number]), points[-1][1])
    if tied.boxes[wire.source].kind != "folded":  # what stands above or below a box may be wider than the box
        points[0] = (points[0][0] - tied.rooms[wire.source], points[0][1])
    points[-1] = (points[-1][0] + tied.rooms[wire.target], points[-1][1])
    marks: list[Mark] = [Line(tuple(points), "wire", route.spline)]
    if route.label is not None:
        middle, line = route.label.x + route.label.width / 2 + left, route.line + top
        marks += reversed(_block(wire.upper, middle, line - 5 - (len(wire.upper) - 1) * LINE, "value"))
        marks += _block(wire.lower, middle, line + 14, "gradient")
    styles = ("edge", *((wire.emphasis,) if wire.emphasis != "plain" else ()))
    return Group(f"w{number}", styles, wire.tooltip, tuple(marks))


def _block(lines: Sequence[str], middle: float, top: float, style: str) -> list[Words]:
    """Lines below each other from a base line on, around the middle; the rows of a matrix begin under each other."""
    texts = [plain(line, LONGEST_NUMBERS) for line in lines]
    if len(texts) < 2 or "[[" not in texts[0]:
        return [Words(middle, top + number * LINE, text, style) for number, text in enumerate(texts)]
    left = middle - max(map(text_width, texts)) / 2
    return [Words(left, top + number * LINE, text, style, SMALL, "start") for number, text in enumerate(texts)]


def frame_group(key: str, label: str, place: Rectangle, taken: Sequence[tuple[float, float]] = ()) -> Group:
    """A frame with its label in the upper left corner; behind those of the stretches `taken` on which it has no room.

    A stretch is from left to right, along the label's line.
    """
    x, width = place.x + 10, text_width(label)
    for left, right in sorted(taken):
        if left < x + width + 4 and right > x - 4 and right + 6 + width <= place.x + place.width:
            x = right + 6
    text = Words(x, place.y + 15, label, "label", SMALL, "start")
    return Group(key, ("frame",), "", (Outline(place, 8, "body"), text))


HEADER = 20.0
"""How far down from a frame's border its label reaches."""


def crossed(place: Rectangle, routes: Sequence[Sequence[Point]]) -> list[tuple[float, float]]:
    """Where curved routes run over the line of a frame's label: stretches from left to right, as narrow as known."""
    found = []
    for points in routes:
        for a, b in pairwise(points):
            low, high = sorted((a[1], b[1]))
            left, right = sorted((a[0], b[0]))
            if low < place.y + HEADER and high > place.y and left < place.x + place.width and right > place.x:
                found.append((left, right))
    return found


def sampled(route: Route) -> list[Point]:
    """A curved route as the points of short lines; one that has no curves runs over no label."""
    if not route.spline:
        return []
    found = [route.points[0]]
    for piece in pieces(route.points, spline=True):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = found[-1], *piece
        for step in range(1, STEPS + 1):
            t = step / STEPS
            s = 1 - t
            parts = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
            x = sum(part * each for part, each in zip(parts, (x0, x1, x2, x3), strict=True))
            y = sum(part * each for part, each in zip(parts, (y0, y1, y2, y3), strict=True))
            found.append((x, y))
    return found
