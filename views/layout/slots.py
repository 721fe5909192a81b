"""What stands in the columns of a frame, in which order and how high: all of a layout that no width has a say in.

It is kept for the last frames of a small size: numbers that are other ones after an edit are wider or narrower, and
leave it as it is.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from .frame_layout import FrameLayout, LinkPart
from .geometry import Link, Spacing
from .heights import Sides, heights
from .ranks import ordered, ranks

MOST_KEPT = 150
"""Parts of a frame beyond which its slots are not kept."""


class PartShape(NamedTuple):
    """What a part of a link has beside its width; `label` is the room above and below it and whether it has a width.

    `leave` and `arrive` are how far from the middles of its boxes it is tied.
    """

    source: int
    target: int
    label: tuple[float, float, bool] | None
    leave: float
    arrive: float
    leaves_level: bool
    arrives_level: bool


class FrameShape(NamedTuple):
    """What a frame has beside its widths; of `heights` are above and below the middle of each box."""

    heights: tuple[tuple[float, float], ...]
    parts: tuple[PartShape, ...]
    beside: tuple[int, ...]
    literals: frozenset[int]
    entries: tuple[int, ...]
    exits: tuple[int, ...]
    spacing: Spacing


def shape_of(layout: FrameLayout, links: Sequence[Link], spacing: Spacing) -> FrameShape:
    """What a layout, whose parts are tied to its boxes, has beside its widths."""
    return FrameShape(
        tuple([(up, down) for _, up, down in layout.sizes]),
        tuple([_part_shape(part, links[part.link]) for part in layout.parts]),
        tuple(layout.beside),
        frozenset(layout.literals),
        tuple(layout.entries),
        tuple(layout.exits),
        spacing,
    )


def _part_shape(part: LinkPart, link: Link) -> PartShape:
    label = (link.above, link.below, bool(link.width)) if part.labelled else None
    return PartShape(
        part.source, part.target, label, part.leave, part.arrive, part.leaves_level, part.arrives_level
    )  # fmt: skip


def placed_slots(shape: FrameShape) -> "Slots":
    """The slots of a frame in their order, each at its height."""
    slots = Slots(shape)
    left, right = ([[slot for slot, _ in each] for each in side] for side in (slots.left, slots.right))
    ordered(slots.columns, left, right, slots.operands)
    slots.heights = heights(slots.columns, slots.up, slots.down, slots.sides, slots.gap, slots.weight)
    return slots


kept_slots = lru_cache(64)(placed_slots)
"""The same; nobody may change what it gives."""


class Slots:
    """What stands in the columns of a frame: its boxes, then the labels and lanes of its parts."""

    def __init__(self, shape: FrameShape) -> None:
        self.spacing = shape.spacing
        self.boxes = len(shape.heights)
        self.up = [up for up, _ in shape.heights]
        self.down = [down for _, down in shape.heights]
        self.heights: list[float] = []
        """The height of each slot, once it is placed."""
        self.lane = [False] * self.boxes
        self.column = self._columns(shape)
        self.columns: list[list[int]] = [[] for _ in range(max(self.column, default=0) + 1)]
        for box in range(self.boxes):
            self.columns[self.column[box]].append(box)
        self.left: list[list[tuple[int, float]]] = [[] for _ in range(self.boxes)]
        self.right: list[list[tuple[int, float]]] = [[] for _ in range(self.boxes)]
        self.joined: list[set[int]] = [set() for _ in range(self.boxes)]
        self.sides = Sides(self.left, self.right)
        self.labels = [-1] * len(shape.parts)
        """The slot of each part's label; -1 where it has none."""
        self.operands: dict[int, tuple[int, int]] = {}
        """The box that a label or a literal leads to, and its place among all operands."""
        self.lanes: dict[tuple[int, float, int], int] = {}
        self.level: dict[tuple[int, int], tuple[float, bool]] = {}
        self.backwards = [self.column[part.target] < self.column[part.source] for part in shape.parts]
        """Whether a part runs from right to left: in a circle, in a spec that is wrong."""
        self.paths = [self._path(number, part) for number, part in enumerate(shape.parts)]
        """The slots that each part runs through, from left to right."""
        self.sides.level(self.level)

    def _columns(self, shape: FrameShape) -> list[int]:
        """Boxes in every other column; a literal stands in the one between, right before its only user."""
        rank = self._ranks(shape)
        column = [2 * each for each in rank]
        ends = Counter(end for part in shape.parts for end in (part.source, part.target))
        ports = {*shape.entries, *shape.exits}
        self.literals = {
            part.source: part.target
            for part in shape.parts
            if part.source in shape.literals and ends[part.source] == 1 and part.target not in ports
        }
        """Those that stand right before their only users, and these."""
        for box, user in self.literals.items():
            column[box] = column[user] - 1
        first = min(column, default=0)
        return [each - first for each in column]

    def _ranks(self, shape: FrameShape) -> list[int]:
        """Columns of the boxes; ports have the first and the last one for themselves."""
        ports = {*shape.entries, *shape.exits}
        inner = [(part.source, part.target) for part in shape.parts if not ports & {part.source, part.target}]
        rank = ranks(self.boxes, inner, shape.beside)
        if shape.entries:
            rank = [each + 1 for each in rank]
        last = max(rank, default=0) + 1
        for box in shape.entries:
            rank[box] = 0
        for box in shape.exits:
            rank[box] = last
        return rank

    def _path(self, number: int, part: PartShape) -> list[int]:
        """The slots that a part runs through; links between them are entered on the way."""
        start, end = part.source, part.target
        leave, arrive = part.leave, part.arrive
        if self.backwards[number]:
            start, end, leave, arrive = end, start, arrive, leave
        path = [start]
        for column in range(self.column[start] + 1, self.column[end]):
            if part.label is not None and column == self.column[end] - 1:
                self.labels[number] = self._label(part.label, column)
                path.append(self.labels[number])
            else:
                path.append(self._lane(start, leave, column))
        path.append(end)
        if len(path) == 2 or path[-2] == self.labels[number]:
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

    def _new(self, column: int, up: float, down: float, lane: bool) -> int:
        self.up.append(up)
        self.down.append(down)
        self.lane.append(lane)
        self.column.append(column)
        self.left.append([])
        self.right.append([])
        self.joined.append(set())
        self.columns[column].append(len(self.up) - 1)
        return len(self.up) - 1

    def _label(self, label: tuple[float, float, bool], column: int) -> int:
        above, below, wide = label
        return self._new(column, max(above, self.spacing.lane_up), max(below, self.spacing.lane_down), not wide)

    def _lane(self, start: int, leave: float, column: int) -> int:
        key = (start, leave, column)
        if key not in self.lanes:
            self.lanes[key] = self._new(column, self.spacing.lane_up, self.spacing.lane_down, True)
        return self.lanes[key]

    def gap(self, a: int, b: int) -> float:
        return self.spacing.lane if self.lane[a] and self.lane[b] else self.spacing.box

    def weight(self, slot: int) -> float:
        """How much a slot resists being moved from where its neighbours want it: bends in lanes look worst."""
        return 3.0 if self.lane[slot] else 1.0

    def across(
        self, width: Sequence[float], height: Sequence[float], start: float
    ) -> tuple[list[float], list[float], float]:
        """The left and the right border of each column, and where the last one ends."""
        lefts: list[float] = []
        rights: list[float] = []
        x = start
        for number, column in enumerate(self.columns):
            lefts.append(x)
            x += max([width[slot] for slot in column], default=0.0)
            rights.append(x)
            if number < len(self.columns) - 1:
                x += self.spacing.bend(
                    [(height[slot], height[other] - lower) for slot in column for other, lower in self.right[slot]]
                )
        return lefts, rights, x
