"""A layered layout that needs nothing but itself: boxes in columns from left to right, labels and lanes between them.

Every other column holds labels, so a label is placed like a box and nothing can lie on it; a link that skips columns
gets a lane in each, shared by the links of its source. A frame is laid out by itself and then is one box of the frame
around it, with a port for each link that crosses its border.
"""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from .frame_layout import FrameLayout, LinkPart, layout_of, layouts_of
from .geometry import Arrangement, FrameItem, Item, Link, Point, Rectangle, Route, Spacing
from .heights import Sides, heights
from .ranks import ordered, ranks


def arrange(
    items: Sequence[Item], links: Sequence[Link], frames: Sequence[FrameItem] = (), spacing: Spacing | None = None
) -> Arrangement:
    """Places all; frames come in any order, their parents among them."""
    spacing = spacing or Spacing()
    layouts = layouts_of(items, links, frames)
    for layout in layouts:  # inner ones first
        for child in layout.children:
            layout.add(child.key or "", child.width, child.height / 2, child.height / 2)
        _place(layout, links, spacing)
    return _assembled(layouts, links)


def arrange_frame(
    key: str | None, items: Sequence[Item], links: Sequence[Link], least: float = 0.0, spacing: Spacing | None = None
) -> FrameLayout:
    """Lays one frame out by itself; its parts are in the order of the links. `key` None: it has no frame around it."""
    layout = layout_of(key, items, links, least)
    _place(layout, links, spacing or Spacing())
    layout.parts.sort(key=lambda part: part.link)
    return layout


def _place(layout: FrameLayout, links: Sequence[Link], spacing: Spacing) -> None:
    """Places the boxes of one frame and routes its parts; the frame's own corner is (0, 0)."""
    layout.tie(links)
    slots = _Slots(layout, links, spacing)
    left, right = ([[slot for slot, _ in each] for each in side] for side in (slots.left, slots.right))
    ordered(slots.columns, left, right, slots.operands)
    height = heights(slots.columns, slots.up, slots.down, slots.sides, slots.gap, slots.weight)
    header = spacing.header if layout.key is not None else 0.0
    padding = spacing.padding if layout.key is not None else 0.0
    top = min((height[slot] - slots.up[slot] for slot in range(len(height))), default=0.0)
    height = [each - top + padding + header for each in height]
    lefts, rights, width = slots.across(height, padding)
    layout.width = max(width + padding, layout.least + 2 * padding)
    bottom = max((each + slots.down[slot] for slot, each in enumerate(height)), default=0.0) + padding
    layout.height = 2 * math.ceil(bottom / 2) if layout.key is not None else bottom  # its middle is a whole number
    for box, (w, up, down) in enumerate(layout.sizes):
        column = slots.column[box]
        x = rights[column] - w if box in slots.literals else (lefts[column] + rights[column] - w) / 2
        layout.places.append(Rectangle(x, height[box] - up, w, up + down))
        layout.middles.append(height[box])
    layout.columns = slots.column[: len(layout.sizes)]
    layout.bands = list(zip(lefts, rights, strict=True))
    for part, path in zip(layout.parts, slots.paths, strict=True):
        part.column, part.stations = slots.column[path[0]], [height[slot] for slot in path]
        _route(layout, part, path, slots, height, lefts, rights)


def _route(
    layout: FrameLayout, part: LinkPart, path: Sequence[int], slots: "_Slots", height: Sequence[float],
    lefts: Sequence[float], rights: Sequence[float],
) -> None:  # fmt: skip
    """The points of a part: straight over each column, with a bend between two."""
    first, last = (path[0], path[-1]) if not part.backwards else (path[-1], path[0])
    source, target = layout.places[first], layout.places[last]
    points: list[Point] = []
    for slot in path:
        column = slots.column[slot]
        y = height[slot] + slots.offset(part, slot, path)
        ends = (lefts[column], rights[column])
        if slot == path[0]:
            ends = ((source if not part.backwards else target).x + slots.width[slot], ends[1])
        elif slot == path[-1]:
            ends = (ends[0], (target if not part.backwards else source).x)
        points += [(ends[0], y), (ends[1], y)]
        if slot == slots.labels.get(part.link) and part.labelled:
            link = slots.links[part.link]
            middle = (lefts[column] + rights[column]) / 2
            top, tall = height[slot] - link.above, link.above + link.below
            part.label = Rectangle(middle - link.width / 2, top, link.width, tall)
            part.line = height[slot]
    if part.enters:
        points[0] = (0.0, points[0][1])
        layout.ports[part.link] = points[0][1]
    if part.leaves:
        points[-1] = (layout.width, points[-1][1])
        layout.ports[part.link] = points[-1][1]
    part.points = points[::-1] if part.backwards else points


class _Slots:
    """What stands in the columns of a frame: its boxes, then the labels and lanes of its parts."""

    def __init__(self, layout: FrameLayout, links: Sequence[Link], spacing: Spacing) -> None:
        self.links = links
        self.spacing = spacing
        self.boxes = len(layout.sizes)
        self.width = [width for width, _, _ in layout.sizes]
        self.up = [up for _, up, _ in layout.sizes]
        self.down = [down for _, _, down in layout.sizes]
        self.lane = [False] * self.boxes
        self.column = self._columns(layout)
        self.columns: list[list[int]] = [[] for _ in range(max(self.column, default=0) + 1)]
        for box in range(self.boxes):
            self.columns[self.column[box]].append(box)
        self.left: list[list[tuple[int, float]]] = [[] for _ in range(self.boxes)]
        self.right: list[list[tuple[int, float]]] = [[] for _ in range(self.boxes)]
        self.joined: list[set[int]] = [set() for _ in range(self.boxes)]
        self.sides = Sides(self.left, self.right)
        self.labels: dict[int, int] = {}
        self.operands: dict[int, tuple[int, int]] = {}
        """The box that a label or a literal leads to, and its place among all operands."""
        self.lanes: dict[tuple[int, float, int], int] = {}
        self.level: dict[tuple[int, int], tuple[float, bool]] = {}
        self.paths = [self._path(number, part) for number, part in enumerate(layout.parts)]
        self.sides.level(self.level)

    def _columns(self, layout: FrameLayout) -> list[int]:
        """Boxes in every other column; a literal stands in the one between, right before its only user."""
        rank = self._ranks(layout)
        column = [2 * each for each in rank]
        ends = Counter(end for part in layout.parts for end in (part.source, part.target))
        ports = {*layout.entries, *layout.exits}
        self.literals = {
            part.source: part.target
            for part in layout.parts
            if part.source in layout.literals and ends[part.source] == 1 and part.target not in ports
        }
        """Those that stand right before their only users, and these."""
        for box, user in self.literals.items():
            column[box] = column[user] - 1
        first = min(column, default=0)
        return [each - first for each in column]

    def _ranks(self, layout: FrameLayout) -> list[int]:
        """Columns of the boxes; ports have the first and the last one for themselves."""
        ports = {*layout.entries, *layout.exits}
        inner = [(part.source, part.target) for part in layout.parts if not ports & {part.source, part.target}]
        rank = ranks(self.boxes, inner, layout.beside)
        if layout.entries:
            rank = [each + 1 for each in rank]
        last = max(rank, default=0) + 1
        for box in layout.entries:
            rank[box] = 0
        for box in layout.exits:
            rank[box] = last
        return rank

    def _path(self, number: int, part: LinkPart) -> list[int]:
        """The slots that a part runs through; links between them are entered on the way."""
        start, end = part.source, part.target
        leave, arrive = part.leave, part.arrive
        if self.column[end] < self.column[start]:  # a circle, in a spec that is wrong
            part.backwards = True
            start, end, leave, arrive = end, start, arrive, leave
        path = [start]
        for column in range(self.column[start] + 1, self.column[end]):
            labelled = part.labelled and column == self.column[end] - 1
            path.append(self._label(part, column) if labelled else self._lane(start, leave, column))
        path.append(end)
        if len(path) == 2 or path[-2] == self.labels.get(part.link):
            self.operands[path[-2]] = (end, number)
        for step, (a, b) in enumerate(pairwise(path)):
            lower = (leave if step == 0 else 0.0) - (arrive if step == len(path) - 2 else 0.0)
            if b not in self.joined[a] or (a < self.boxes and b < self.boxes):
                self.joined[a].add(b)
                self.right[a].append((b, -lower))
                self.left[b].append((a, lower))
            if (step or part.leaves_level) and (step < len(path) - 2 or part.arrives_level):
                main = part.leaves_level and part.arrives_level
                self.level[a, b] = (lower, main or self.level.get((a, b), (0.0, False))[1])
        return path

    def _new(self, column: int, width: float, up: float, down: float, lane: bool) -> int:
        self.width.append(width)
        self.up.append(up)
        self.down.append(down)
        self.lane.append(lane)
        self.column.append(column)
        self.left.append([])
        self.right.append([])
        self.joined.append(set())
        self.columns[column].append(len(self.up) - 1)
        return len(self.up) - 1

    def _label(self, part: LinkPart, column: int) -> int:
        link = self.links[part.link]
        up, down = max(link.above, self.spacing.lane_up), max(link.below, self.spacing.lane_down)
        slot = self._new(column, link.width, up, down, not link.width)
        self.labels[part.link] = slot
        return slot

    def _lane(self, start: int, leave: float, column: int) -> int:
        key = (start, leave, column)
        if key not in self.lanes:
            self.lanes[key] = self._new(column, 0.0, self.spacing.lane_up, self.spacing.lane_down, True)
        return self.lanes[key]

    def offset(self, part: LinkPart, slot: int, path: Sequence[int]) -> float:
        """How far from a slot's middle a part runs there."""
        first, last = (part.leave, part.arrive) if not part.backwards else (part.arrive, part.leave)
        return first if slot == path[0] else last if slot == path[-1] else 0.0

    def gap(self, a: int, b: int) -> float:
        return self.spacing.lane if self.lane[a] and self.lane[b] else self.spacing.box

    def weight(self, slot: int) -> float:
        """How much a slot resists being moved from where its neighbours want it: bends in lanes look worst."""
        return 3.0 if self.lane[slot] else 1.0

    def across(self, height: Sequence[float], start: float) -> tuple[list[float], list[float], float]:
        """The left and the right border of each column, and where the last one ends."""
        lefts: list[float] = []
        rights: list[float] = []
        x = start
        for number, column in enumerate(self.columns):
            lefts.append(x)
            x += max((self.width[slot] for slot in column), default=0.0)
            rights.append(x)
            bends = [(height[slot], height[other] - lower) for slot in column for other, lower in self._after(slot)]
            if number < len(self.columns) - 1:
                x += self.spacing.bend(bends)
        return lefts, rights, x

    def _after(self, slot: int) -> list[tuple[int, float]]:
        return self.right[slot]


def _assembled(layouts: Sequence[FrameLayout], links: Sequence[Link]) -> Arrangement:
    """All frames in the coordinates of the outermost."""
    items: dict[str, Rectangle] = {}
    frames: dict[str, Rectangle] = {}
    points: list[list[Point]] = [[] for _ in links]
    labels: list[Rectangle | None] = [None] * len(links)
    lines = [0.0] * len(links)
    origins: dict[str | None, Point] = {None: (0.0, 0.0)}
    for layout in reversed(layouts):  # outer ones first
        x, y = origins[layout.key]
        inner = {child.key for child in layout.children}
        for key, place in zip(layout.keys, layout.places, strict=True):
            moved = place.moved(x, y)
            if key in inner:
                origins[key] = (moved.x, moved.y)
                frames[key] = moved
            elif key:
                items[key] = moved
        for part in layout.parts:
            if part.label is not None:
                labels[part.link] = part.label.moved(x, y)
                lines[part.link] = part.line + y
    for layout, part in _in_order(layouts):
        x, y = origins[layout.key]
        moved_points = [(px + x, py + y) for px, py in part.points]
        known = points[part.link]
        points[part.link] = [*known[:-1], *moved_points[1:]] if known else moved_points
    outermost = layouts[-1]
    routes = tuple(Route(tuple(p), label, line) for p, label, line in zip(points, labels, lines, strict=True))
    return Arrangement(outermost.width, outermost.height, items, frames, routes)


def _in_order(layouts: Sequence[FrameLayout]) -> list[tuple[FrameLayout, LinkPart]]:
    """The parts of every link from its source to its target."""
    found = [(part.number, layout, part) for layout in layouts for part in layout.parts]
    return [(layout, part) for _, layout, part in sorted(found, key=lambda each: each[0])]
