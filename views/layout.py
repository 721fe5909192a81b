"""A layered layout that needs nothing but itself: boxes in columns from left to right, labels and lanes between them.

Every other column holds labels, so a label is placed like a box and nothing can lie on it; a link that skips columns
gets a lane in each, shared by the links of its source. A frame is laid out by itself and then is one box of the level
around it, with a port for each link that crosses its border.
"""

from collections.abc import Sequence
from itertools import pairwise

from .columns import ordered, ranks
from .geometry import Arrangement, Frame, Item, Link, Point, Rectangle, Route, Spacing
from .heights import heights
from .levels import Level, Part, level_of, levels_of


def arrange(
    items: Sequence[Item], links: Sequence[Link], frames: Sequence[Frame] = (), spacing: Spacing | None = None
) -> Arrangement:
    """Places all; frames come in any order, their parents among them."""
    spacing = spacing or Spacing()
    levels = levels_of(items, links, frames)
    for level in levels:  # inner ones first
        for child in level.children:
            level.add(child.key or "", child.width, child.height / 2, child.height / 2)
        _place(level, links, spacing)
    return _assembled(levels, links)


def arrange_level(
    key: str | None, items: Sequence[Item], links: Sequence[Link], least: float = 0.0, spacing: Spacing | None = None
) -> Level:
    """Places a level by itself; its parts are in the order of the links. `key` None: it has no frame around it."""
    level = level_of(key, items, links, least)
    _place(level, links, spacing or Spacing())
    level.parts.sort(key=lambda part: part.link)
    return level


def _place(level: Level, links: Sequence[Link], spacing: Spacing) -> None:
    """Places the boxes of one level and routes its parts; the level's own corner is (0, 0)."""
    level.tie(links)
    slots = _Slots(level, links, spacing)
    left, right = ([[slot for slot, _ in each] for each in side] for side in (slots.left, slots.right))
    ordered(slots.columns, left, right, {label: right[label][0] for label in slots.labels.values()})
    height = heights(slots.columns, slots.up, slots.down, slots.left, slots.right, slots.gap, slots.weight)
    header = spacing.header if level.key is not None else 0.0
    padding = spacing.padding if level.key is not None else 0.0
    top = min((height[slot] - slots.up[slot] for slot in range(len(height))), default=0.0)
    height = [each - top + padding + header for each in height]
    lefts, rights, width = slots.across(height, padding)
    level.width = max(width + padding, level.least + 2 * padding)
    level.height = max((each + slots.down[slot] for slot, each in enumerate(height)), default=0.0) + padding
    for box, (w, up, down) in enumerate(level.sizes):
        column = slots.column[box]
        level.places.append(Rectangle((lefts[column] + rights[column] - w) / 2, height[box] - up, w, up + down))
        level.middles.append(height[box])
    level.columns = slots.column[: len(level.sizes)]
    level.bands = list(zip(lefts, rights, strict=True))
    for part, path in zip(level.parts, slots.paths, strict=True):
        part.column, part.stations = slots.column[path[0]], [height[slot] for slot in path]
        _route(level, part, path, slots, height, lefts, rights)


def _route(
    level: Level, part: Part, path: Sequence[int], slots: "_Slots", height: Sequence[float], lefts: Sequence[float],
    rights: Sequence[float],
) -> None:  # fmt: skip
    """The points of a part: straight over each column, with a bend between two."""
    first, last = (path[0], path[-1]) if not part.backwards else (path[-1], path[0])
    source, target = level.places[first], level.places[last]
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
        level.ports[part.link] = points[0][1]
    if part.leaves:
        points[-1] = (level.width, points[-1][1])
        level.ports[part.link] = points[-1][1]
    part.points = points[::-1] if part.backwards else points


class _Slots:
    """What stands in the columns of a level: its boxes, then the labels and lanes of its parts."""

    def __init__(self, level: Level, links: Sequence[Link], spacing: Spacing) -> None:
        self.links = links
        self.spacing = spacing
        self.boxes = len(level.sizes)
        self.width = [width for width, _, _ in level.sizes]
        self.up = [up for _, up, _ in level.sizes]
        self.down = [down for _, _, down in level.sizes]
        self.lane = [False] * self.boxes
        rank = self._ranks(level)
        self.column = [2 * each for each in rank]
        self.columns: list[list[int]] = [[] for _ in range(2 * max(rank, default=0) + 1)]
        for box in range(self.boxes):
            self.columns[self.column[box]].append(box)
        self.left: list[list[tuple[int, float]]] = [[] for _ in range(self.boxes)]
        self.right: list[list[tuple[int, float]]] = [[] for _ in range(self.boxes)]
        self.labels: dict[int, int] = {}
        self.lanes: dict[tuple[int, float, int], int] = {}
        self.paths = [self._path(part) for part in level.parts]

    def _ranks(self, level: Level) -> list[int]:
        """Columns of the boxes; ports have the first and the last one for themselves."""
        ports = {*level.entries, *level.exits}
        inner = [(part.source, part.target) for part in level.parts if not ports & {part.source, part.target}]
        rank = ranks(self.boxes, inner, level.beside)
        if level.entries:
            rank = [each + 1 for each in rank]
        last = max(rank, default=0) + 1
        for box in level.entries:
            rank[box] = 0
        for box in level.exits:
            rank[box] = last
        return rank

    def _path(self, part: Part) -> list[int]:
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
        for number, (a, b) in enumerate(pairwise(path)):
            lower = (leave if number == 0 else 0.0) - (arrive if number == len(path) - 2 else 0.0)
            if all(other != b for other, _ in self.right[a]) or (a < self.boxes and b < self.boxes):
                self.right[a].append((b, -lower))
                self.left[b].append((a, lower))
        return path

    def _new(self, column: int, width: float, up: float, down: float, lane: bool) -> int:
        self.width.append(width)
        self.up.append(up)
        self.down.append(down)
        self.lane.append(lane)
        self.column.append(column)
        self.left.append([])
        self.right.append([])
        self.columns[column].append(len(self.up) - 1)
        return len(self.up) - 1

    def _label(self, part: Part, column: int) -> int:
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

    def offset(self, part: Part, slot: int, path: Sequence[int]) -> float:
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


def _assembled(levels: Sequence[Level], links: Sequence[Link]) -> Arrangement:
    """All levels in the coordinates of the outermost."""
    items: dict[str, Rectangle] = {}
    frames: dict[str, Rectangle] = {}
    points: list[list[Point]] = [[] for _ in links]
    labels: list[Rectangle | None] = [None] * len(links)
    lines = [0.0] * len(links)
    origins: dict[str | None, Point] = {None: (0.0, 0.0)}
    for level in reversed(levels):  # outer ones first
        x, y = origins[level.key]
        inner = {child.key for child in level.children}
        for key, place in zip(level.keys, level.places, strict=True):
            moved = place.moved(x, y)
            if key in inner:
                origins[key] = (moved.x, moved.y)
                frames[key] = moved
            elif key:
                items[key] = moved
        for part in level.parts:
            if part.label is not None:
                labels[part.link] = part.label.moved(x, y)
                lines[part.link] = part.line + y
    for level, part in _in_order(levels):
        x, y = origins[level.key]
        moved_points = [(px + x, py + y) for px, py in part.points]
        known = points[part.link]
        points[part.link] = [*known[:-1], *moved_points[1:]] if known else moved_points
    outermost = levels[-1]
    routes = tuple(Route(tuple(p), label, line) for p, label, line in zip(points, labels, lines, strict=True))
    return Arrangement(outermost.width, outermost.height, items, frames, routes)


def _in_order(levels: Sequence[Level]) -> list[tuple[Level, Part]]:
    """The parts of every link from its source to its target."""
    found = [(part.number, level, part) for level in levels for part in level.parts]
    return [(level, part) for _, level, part in sorted(found, key=lambda each: each[0])]
