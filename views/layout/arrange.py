"""A layered layout that needs nothing but itself: boxes in columns from left to right, labels and lanes between them.

Every other column holds labels, so a label is placed like a box and nothing can lie on it; a link that skips columns
gets a lane in each, shared by the links of its source. A frame is laid out by itself and then is one box of the frame
around it, with a port for each link that crosses its border.
"""

import math
from collections.abc import Sequence

from .frame_layout import FrameLayout, LinkPart, layout_of, layouts_of
from .geometry import Arrangement, FrameItem, Item, Link, Point, Rectangle, Route, Spacing
from .slots import MOST_KEPT, Slots, kept_slots, placed_slots, shape_of


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
    shape = shape_of(layout, links, spacing)
    slots = (kept_slots if len(shape.parts) <= MOST_KEPT else placed_slots)(shape)
    height = slots.heights
    width = [*(each[0] for each in layout.sizes), *[0.0] * (len(height) - len(layout.sizes))]
    for part, label in zip(layout.parts, slots.labels, strict=True):
        if label >= 0:
            width[label] = links[part.link].width
    header = spacing.header if layout.key is not None else 0.0
    padding = spacing.padding if layout.key is not None else 0.0
    top = min((height[slot] - slots.up[slot] for slot in range(len(height))), default=0.0)
    height = [each - top + padding + header for each in height]
    lefts, rights, end = slots.across(width, height, padding)
    layout.width = max(end + padding, layout.least + 2 * padding)
    bottom = max((each + slots.down[slot] for slot, each in enumerate(height)), default=0.0) + padding
    layout.height = 2 * math.ceil(bottom / 2) if layout.key is not None else bottom  # its middle is a whole number
    for box, (w, up, down) in enumerate(layout.sizes):
        column = slots.column[box]
        x = rights[column] - w if box in slots.literals else (lefts[column] + rights[column] - w) / 2
        layout.places.append(Rectangle(x, height[box] - up, w, up + down))
        layout.middles.append(height[box])
    layout.columns = slots.column[: len(layout.sizes)]
    layout.bands = list(zip(lefts, rights, strict=True))
    for number, part in enumerate(layout.parts):
        path = slots.paths[number]
        part.column, part.stations = slots.column[path[0]], [height[slot] for slot in path]
        _route(layout, part, links[part.link], slots, number, height, lefts, rights)


def _route(
    layout: FrameLayout, part: LinkPart, link: Link, slots: Slots, number: int, height: Sequence[float],
    lefts: Sequence[float], rights: Sequence[float],
) -> None:  # fmt: skip
    """The points of a part, the one of that number: straight over each column, with a bend between two."""
    path, backwards = slots.paths[number], slots.backwards[number]
    leave, arrive = (part.leave, part.arrive) if not backwards else (part.arrive, part.leave)
    start, end = layout.places[path[0]], layout.places[path[-1]]
    points: list[Point] = []
    for slot in path:
        column = slots.column[slot]
        y = height[slot] + (leave if slot == path[0] else arrive if slot == path[-1] else 0.0)
        ends = (lefts[column], rights[column])
        if slot == path[0]:
            ends = (start.x + layout.sizes[slot][0], ends[1])
        elif slot == path[-1]:
            ends = (ends[0], end.x)
        points += [(ends[0], y), (ends[1], y)]
        if slot == slots.labels[number]:
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
    part.points = points[::-1] if backwards else points


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
