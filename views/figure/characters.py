"""A picture as text for a terminal: the layered layout on a grid of characters, or a list where that is too wide."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..layout.arrange import arrange
from ..layout.geometry import Item, Link, Point, Rectangle, Route, Spacing
from ..picture.main_way import main_ways
from ..picture.picture import Box, Picture
from ..text.terminal import table
from .marks import LONGEST_NUMBERS, plain

WIDEST = 400
"""Columns beyond which a picture is never tried."""

EAST, WEST, NORTH, SOUTH = 1, 2, 4, 8
STROKES = {
    EAST | WEST: "─", NORTH | SOUTH: "│", EAST | SOUTH: "╭", WEST | SOUTH: "╮", EAST | NORTH: "╰", WEST | NORTH: "╯",
    EAST | NORTH | SOUTH: "├", WEST | NORTH | SOUTH: "┤", EAST | WEST | SOUTH: "┬", EAST | WEST | NORTH: "┴",
    EAST | WEST | NORTH | SOUTH: "┼", EAST: "─", WEST: "─", NORTH: "│", SOUTH: "│",
}  # fmt: skip
BRACKETS = {
    "input": ("[", "]"), "param": ("{", "}"), "state": ("<", ">"), "constant": ("", ""), "operation": ("(", ")"),
    "output": ("[", "]"), "folded": ("[[", "]]"),
}  # fmt: skip
COLOURS = {"value": "\033[36m", "gradient": "\033[33m", "failed": "\033[1;31m", "name": "\033[1m"}
RESET = "\033[0m"


def terminal_graph(picture: Picture, width: int, *, colour: bool = False) -> str:
    """The picture in at most `width` columns; as a list of nodes where it does not fit."""
    picture = _tamed(picture)
    head = [line for line in (plain(picture.title, 100), *(plain(each, 200) for each in picture.messages)) if line]
    drawn = _drawn(picture, min(width, WIDEST), colour)
    body = drawn if drawn is not None else _listed(picture)
    scale = [f"in a box: {picture.scale.title}"] if picture.scale else []
    legend = [*(picture.samples or {}).values(), *picture.remarks, *scale]
    parts = ["\n".join(head), body, "; ".join(legend)]
    return "\n\n".join(part for part in parts if part)


def _tamed(picture: Picture) -> Picture:
    """The picture with nothing in its texts that a terminal would obey, and none too long."""
    return replace(
        picture,
        boxes=tuple(
            box._replace(sign=plain(box.sign), name=plain(box.name), load=plain(box.load), total=_plain(box.total))
            for box in picture.boxes
        ),
        wires=tuple(wire._replace(upper=_plain(wire.upper), lower=_plain(wire.lower)) for wire in picture.wires),
        remarks=_plain(picture.remarks, 200),
        samples={style: plain(text, 200) for style, text in (picture.samples or {}).items()},
        scale=picture.scale._replace(title=plain(picture.scale.title, 200)) if picture.scale else None,
    )


def _plain(texts: Iterable[str], longest: int = LONGEST_NUMBERS) -> tuple[str, ...]:
    return tuple(plain(text, longest) for text in texts)


def cells(text: str) -> int:
    """How many columns a text takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _text(box: Box) -> str:
    start, stop = BRACKETS[box.kind]
    return f"{start}{box.sign}{' ' if box.load else ''}{box.load}{stop}"


def _drawn(picture: Picture, width: int, colour: bool) -> str | None:
    """The picture on a grid, None where it is too wide."""
    items = [
        Item(
            box.key,
            max(map(cells, (_text(box), _name(box), *box.total))),
            1 if _name(box) else 0,
            1 + len(box.total),
            None,
            box.kind in ("input", "param", "state", "constant"),
            box.kind == "constant",
        )
        for box in picture.boxes
    ]
    ways = main_ways(picture)
    links = [
        Link(
            wire.source,
            wire.target,
            max(map(cells, (*wire.upper, *wire.lower)), default=0) + 2,
            len(wire.upper),
            len(wire.lower) + 1,
            leaves_level=out,
            arrives_level=into,
        )
        for wire, out, into in zip(picture.wires, ways.out, ways.into, strict=True)
    ]
    if sum(item.width for item in items) > 40 * width:
        return None
    spacing = Spacing(box=1, lane=0, lane_up=0, lane_down=1, bend=lambda heights: len({*_tracks(heights).values()}) + 2)
    placed = arrange(items, links, (), spacing)
    if placed.width > width:
        return None
    grid = _Grid(int(placed.width) + 2, int(placed.height) + 1)
    ends = {box.key: _ends(box, placed.items[box.key]) for box in picture.boxes}
    grid.routes(
        [
            route._replace(points=_closer(route.points, ends[wire.source][1], ends[wire.target][0]))
            for wire, route in zip(picture.wires, placed.routes, strict=True)
        ]
    )
    for wire, route in zip(picture.wires, placed.routes, strict=True):
        if route.label is not None:
            middle, line = route.label.x + route.label.width / 2, int(route.line)
            for number, text in enumerate(wire.upper):
                grid.centred(middle, line - len(wire.upper) + number, text, "value")
            for number, text in enumerate(wire.lower):
                grid.centred(middle, line + 1 + number, text, "gradient")
    for box, item in zip(picture.boxes, items, strict=True):
        grid.box(box, item, placed.items[box.key])
    return grid.text(colour)


def _ends(box: Box, place: Rectangle) -> tuple[int, int]:
    """The columns from which and to which the text of a box stands, in the middle of its place."""
    width = cells(_text(box))
    start = int(place.x + place.width / 2 - width / 2)
    return start, start + width


def _closer(points: Sequence[Point], start: int, stop: int) -> tuple[Point, ...]:
    """A route from text to text; a name above a box may make it wider than its text."""
    return ((start, points[0][1]), *points[1:-1], (stop, points[-1][1]))


def _name(box: Box) -> str:
    return box.name if box.kind != "folded" else ""


def _tracks(heights: Sequence[tuple[float, float]]) -> dict[int, int]:
    """The track of each height from which links of a gap turn off: their places from left to right.

    Links that all go to one height share a track. One that ends where another comes in runs behind it.
    """
    ends: dict[int, set[int]] = {}
    for start, end in heights:
        if int(start) != int(end):
            ends.setdefault(int(start), set()).add(int(end))
    bundles: dict[tuple[int, ...], list[int]] = {}
    for start in sorted(ends):
        alone = len(ends[start]) == 1
        bundles.setdefault((min(ends[start]),) if alone else (start, -1), []).append(start)
    tracks: dict[int, int] = {}
    waiting = list(bundles.values())
    while waiting:
        clear = (each for each in waiting if not _in_the_way(each, waiting, ends))
        taken = next(clear, waiting[0])
        waiting.remove(taken)
        place = len(set(tracks.values()))
        tracks |= dict.fromkeys(taken, place)
    return tracks


def _in_the_way(bundle: Sequence[int], others: Sequence[Sequence[int]], ends: Mapping[int, set[int]]) -> bool:
    """Whether a bundle ends at a height from which another one still has to turn off."""
    targets = {end for start in bundle for end in ends[start]}
    return any(start in targets for other in others if other is not bundle for start in other)


class _Grid:
    def __init__(self, width: int, height: int) -> None:
        self.strokes = [[0] * width for _ in range(height)]
        self.letters: dict[Point, tuple[str, str]] = {}

    def routes(self, routes: Sequence[Route]) -> None:
        """Draws all links; those in one gap share its tracks."""
        gaps: dict[tuple[float, float], list[tuple[float, float]]] = {}
        for route in routes:
            for a, b in self._bends(route):
                gaps.setdefault((a[0], b[0]), []).append((a[1], b[1]))
        tracks = {gap: _tracks(heights) for gap, heights in gaps.items()}
        for route in routes:
            points = route.points
            for a, b in zip(points[::2], points[1::2], strict=True):
                self._across(int(a[1]), int(a[0]), int(b[0]))
            for a, b in self._bends(route):
                column = int(a[0]) + 1 + tracks[a[0], b[0]].get(int(a[1]), 0)
                self._across(int(a[1]), int(a[0]), column)
                self._down(column, int(a[1]), int(b[1]))
                self._across(int(b[1]), column, int(b[0]))
            x, y = points[-1]
            self.letters[int(x) - 1, int(y)] = (">", "")

    @staticmethod
    def _bends(route: Route) -> list[tuple[Point, Point]]:
        return list(zip(route.points[1::2], route.points[2::2], strict=False))

    def _across(self, y: int, start: int, stop: int) -> None:
        row = self.strokes[y]
        for x in range(start, stop):
            row[x] |= EAST
            row[x + 1] |= WEST

    def _down(self, x: int, start: int, stop: int) -> None:
        for y in range(min(start, stop), max(start, stop)):
            self.strokes[y][x] |= SOUTH
            self.strokes[y + 1][x] |= NORTH

    def centred(self, middle: float, y: int, text: str, style: str) -> None:
        self.put(int(middle - cells(text) / 2), y, text, style)

    def put(self, x: int, y: int, text: str, style: str) -> None:
        for character in text:
            wide = cells(character)
            if not wide:
                before = next(((x - back, y) for back in (1, 2) if self.letters.get((x - back, y), ("", ""))[0]), None)
                if before:
                    self.letters[before] = (self.letters[before][0] + character, style)
                continue
            self.letters[x, y] = (character, style)
            if wide == 2:
                self.letters[x + 1, y] = ("", style)
            x += wide

    def box(self, box: Box, item: Item, place: Rectangle) -> None:
        middle, y = place.x + item.width / 2, int(place.y + item.up)
        text = _text(box)
        self.centred(middle, y, text, "failed" if box.emphasis == "failed" else "")
        if _name(box):
            self.centred(middle, y - 1, _name(box), "name")
        for number, line in enumerate(box.total):
            self.centred(middle, y + 1 + number, line, "gradient")

    def text(self, colour: bool) -> str:
        return "\n".join(self._row(y, row, colour) for y, row in enumerate(self.strokes)).rstrip()

    def _row(self, y: int, strokes: Sequence[int], colour: bool) -> str:
        found = []
        width = max(
            [x + 1 for x, mask in enumerate(strokes) if mask] + [x + 1 for x, row in self.letters if row == y] + [0]
        )
        for x in range(int(width)):
            letter, style = self.letters.get((x, y), (None, ""))
            mask = strokes[x] if x < len(strokes) else 0
            sign = letter if letter is not None else STROKES.get(mask, " ")
            found.append(f"{COLOURS[style]}{sign}{RESET}" if colour and style and sign else sign)
        return "".join(found).rstrip()


def _listed(picture: Picture) -> str:
    """A line a box: what it is, what flows into it, what it gives and gets back."""
    frozen = {box.key: box.name for box in picture.boxes if box.kind == "param" and box.name}
    signs = frozen.keys() | {box.key for box in picture.boxes if box.kind == "folded"}
    names = {box.key: box.sign if box.key in signs else box.name or box.sign for box in picture.boxes}
    ends = {box.key for box in picture.boxes if box.kind == "output"}
    names |= {wire.source: names[wire.target] for wire in picture.wires if wire.target in ends}
    values: dict[str, tuple[str, ...]] = {}
    gradients: dict[str, tuple[str, ...]] = {}
    operands: dict[str, list[str]] = {}
    for wire in picture.wires:
        operands.setdefault(wire.target, []).append(names[wire.source])
        values.setdefault(wire.source, wire.upper)
        gradients.setdefault(wire.source, wire.lower)
    rows = []
    for box in picture.boxes:
        if box.kind in ("constant", "output"):
            continue
        given = ", ".join(operands.get(box.key, ()))
        leaf = f"{box.kind}, {frozen[box.key]}" if box.key in frozen else box.kind
        made = f"{box.sign}({given})" if given else leaf
        value, gradient = (" ".join(each.get(box.key, ())) for each in (values, gradients))
        rows.append((names[box.key], made[:60], value, " ".join(box.total) or gradient, box.load))
    head = ("node", "made by", "value", "gradient", "amount")
    columns = 5 if picture.scale else 4
    return table(head[:columns], [row[:columns] for row in rows], left=2)


def without_frames(picture: Picture) -> Picture:
    """The same picture, its frames taken away."""
    return replace(picture, boxes=tuple(box._replace(frame=None) for box in picture.boxes), frames=())
