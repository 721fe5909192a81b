"""What is to be arranged, and what an arrangement is: boxes, links with labels, frames; no picture yet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

Point = tuple[float, float]


class Rectangle(NamedTuple):
    """A place: its upper left corner and its size; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, x: float, y: float) -> "Rectangle":
        return Rectangle(self.x + x, self.y + y, self.width, self.height)

    def overlaps(self, other: "Rectangle") -> bool:
        """Whether two places share more than an edge."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


class Item(NamedTuple):
    """A box to be placed: `up` and `down` are how far it reaches above and below the height of its links."""

    key: str
    width: float
    up: float
    down: float
    frame: str | None = None
    beside: bool = False
    """Whether it belongs next to its first user: a parameter."""
    literal: bool = False
    """Whether it stands right before its only user, among the labels of the other operands: a number in the text."""
    port: Literal["", "entry", "exit"] = ""
    """Of a frame that is placed by itself: where values come in on the left, or go out on the right."""


class Link(NamedTuple):
    """A link from left to right, with the room for the texts above and below it.

    `leave` and `arrive` say how far from the middle of its ends it is tied. It may be the one that `leaves_level`, the
    main way out of its source, and the one that `arrives_level`, the main way into its target: where others leave it
    room, it runs straight there, and one that is both all along.
    """

    source: str
    target: str
    width: float = 0.0
    above: float = 0.0
    below: float = 0.0
    leave: float = 0.0
    arrive: float = 0.0
    leaves_level: bool = False
    arrives_level: bool = False


class FrameItem(NamedTuple):
    """A frame around items and frames: the frame around it, and its least width."""

    key: str
    parent: str | None
    width: float = 0.0


class Route(NamedTuple):
    """How a link runs, and the room of its label.

    p0 to p1 is straight, p1 to p2 a bend, p2 to p3 straight, ...; of a `spline`, p1 and p2 guide the curve from p0 to
    p3, and so on. The label's texts stand above and below `line`, a height inside its room.
    """

    points: tuple[Point, ...]
    label: Rectangle | None
    line: float
    spline: bool = False


@dataclass(frozen=True)
class Arrangement:
    """Places of items and frames by key, and the routes of the links in their order."""

    width: float
    height: float
    items: Mapping[str, Rectangle]
    frames: Mapping[str, Rectangle]
    routes: tuple[Route, ...]


def pieces(points: Sequence[Point], *, spline: bool) -> list[tuple[Point, ...]]:
    """A route as lines, one point each to go to, and curves, two that guide and one to go to."""
    if spline:
        return [tuple(points[n : n + 3]) for n in range(1, len(points) - 2, 3)]
    found: list[tuple[Point, ...]] = []
    for number, (a, b) in enumerate(pairwise(points)):
        middle = (a[0] + b[0]) / 2
        straight = number % 2 == 0 or a[1] == b[1]
        found.append((b,) if straight else ((middle, a[1]), (middle, b[1]), b))
    return found


def bend(links: Sequence[tuple[float, float]]) -> float:
    """The width of a gap between columns, for links between these heights: steep ones need more."""
    return min(56.0, max([16.0, *(0.22 * abs(a - b) for a, b in links)]))


@dataclass(frozen=True)
class Spacing:
    """Distances of a layout: between boxes, between lanes, inside a frame, for its header, between columns.

    A lane itself reaches `lane_up` above and `lane_down` below its line.
    """

    box: float = 16.0
    lane: float = 8.0
    lane_up: float = 4.0
    lane_down: float = 4.0
    padding: float = 14.0
    header: float = 20.0
    bend: Callable[[Sequence[tuple[float, float]]], float] = bend
