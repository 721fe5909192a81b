"""Each frame is laid out by itself: what stands in it, and which part of every link runs there."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .geometry import FrameItem, Item, Link, Point, Rectangle


@dataclass(eq=False)
class LinkPart:
    """The part of a link that runs in one frame, between two of its boxes; `number` counts a link's parts.

    `leave` and `arrive` say how far from the middles of the boxes it is tied.
    """

    link: int
    number: int
    labelled: bool
    source_key: str | None
    """None: a port on the left border, where the link enters the frame."""
    target_key: str | None
    source: int = -1
    target: int = -1
    leave: float = 0.0
    arrive: float = 0.0
    leaves_level: bool = False
    arrives_level: bool = False
    points: list[Point] = field(default_factory=list)
    label: Rectangle | None = None
    line: float = 0.0
    column: int = 0
    """Of the first of `stations`."""
    stations: list[float] = field(default_factory=list)
    """The middle of what it is tied to in each column: two of the points stand for each."""

    @property
    def enters(self) -> bool:
        return self.source_key is None

    @property
    def leaves(self) -> bool:
        return self.target_key is None


@dataclass(eq=False)
class FrameLayout:
    """The inside of a frame (`key` None: of the whole picture): its boxes and, once placed, where all is."""

    key: str | None
    least: float = 0.0
    """Its least width."""
    children: list["FrameLayout"] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """The box's item or frame; a port has none."""
    sizes: list[tuple[float, float, float]] = field(default_factory=list)
    """Width, up and down of each box."""
    beside: list[int] = field(default_factory=list)
    literals: set[int] = field(default_factory=set)
    entries: list[int] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)
    parts: list[LinkPart] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0
    places: list[Rectangle] = field(default_factory=list)
    middles: list[float] = field(default_factory=list)
    ports: dict[int, float] = field(default_factory=dict)
    """The height of each link's port, from the top of the frame."""
    columns: list[int] = field(default_factory=list)
    """The column of each box."""
    bands: list[tuple[float, float]] = field(default_factory=list)
    """The left and the right border of each column."""

    def add(self, key: str, width: float, up: float, down: float) -> int:
        """Adds a box; returns its number."""
        number = len(self.keys)
        if key:
            self.numbers[key] = number
        self.keys.append(key)
        self.sizes.append((width, up, down))
        return number

    def tie(self, links: Sequence[Link]) -> None:
        """Gives each part its boxes, and ties it to the ports of inner frames, which are placed by now.

        What comes from one place shares a port: it parts where its users are.
        """
        inner = {child.key: child for child in self.children}
        ports: dict[tuple[str, float, bool], int] = {}

        def port(link: Link, *, entry: bool) -> int:
            value = (link.source, link.leave, entry)
            if value not in ports:
                ports[value] = self._port(self.entries if entry else self.exits)
            return ports[value]

        for part in self.parts:
            link = links[part.link]
            part.leave, part.arrive = link.leave, link.arrive
            part.leaves_level, part.arrives_level = link.leaves_level, link.arrives_level
            if part.source_key is None:
                part.source, part.leave = port(link, entry=True), 0.0
            else:
                part.source = self.numbers[part.source_key]
                if (child := inner.get(part.source_key)) is not None:
                    part.leave = child.ports[part.link] - child.height / 2
            if part.target_key is None:
                part.target, part.arrive = port(link, entry=False), 0.0
            else:
                part.target = self.numbers[part.target_key]
                if (child := inner.get(part.target_key)) is not None:
                    part.arrive = child.ports[part.link] - child.height / 2
        self.parts.sort(key=lambda part: (part.target, part.arrive))  # operands as they are written
        users = Counter(part.source for part in self.parts)
        for part in self.parts:  # a port goes on straight
            part.leaves_level |= part.enters and users[part.source] == 1
            part.arrives_level |= part.leaves

    def _port(self, side: list[int]) -> int:
        side.append(self.add("", 0.0, 3.0, 3.0))
        return side[-1]


def layout_of(key: str | None, items: Sequence[Item], links: Sequence[Link], least: float = 0.0) -> FrameLayout:
    """The layout of one frame, with ports among its items; every link has one part, in the order of the links."""
    layout = FrameLayout(key, least)
    for item in items:
        number = layout.add(item.key, item.width, item.up, item.down)
        if item.literal:
            layout.literals.add(number)
        for chosen, into in (
            (item.beside, layout.beside),
            (item.port == "entry", layout.entries),
            (item.port == "exit", layout.exits),
        ):
            if chosen:
                into.append(number)
    ports = {item.key for item in items if item.port == "exit"}
    layout.parts = [
        LinkPart(number, 0, link.target not in ports, link.source, link.target) for number, link in enumerate(links)
    ]
    return layout


def layouts_of(items: Sequence[Item], links: Sequence[Link], frames: Sequence[FrameItem]) -> list[FrameLayout]:
    """The layouts of the frames and of the whole, inner ones before those around them."""
    parents = {frame.key: frame.parent for frame in frames}
    paths = {key: _path(key, parents) for key in parents}
    layouts: dict[str | None, FrameLayout] = {frame.key: FrameLayout(frame.key, frame.width) for frame in frames}
    layouts[None] = FrameLayout(None)
    for frame in frames:
        layouts[frame.parent].children.append(layouts[frame.key])
    for item in items:
        layout = layouts[item.frame]
        number = layout.add(item.key, item.width, item.up, item.down)
        if item.beside:
            layout.beside.append(number)
        if item.literal:
            layout.literals.add(number)
    around = {item.key: paths[item.frame] if item.frame is not None else () for item in items}
    for number, link in enumerate(links):
        _cut(number, link, around[link.source], around[link.target], layouts)
    return sorted(layouts.values(), key=lambda layout: -len(paths[layout.key]) if layout.key is not None else 1)


def _path(key: str, parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """The frames around a frame, from the outermost to itself."""
    found = [key]
    while (parent := parents[found[-1]]) is not None:
        found.append(parent)
    return tuple(reversed(found))


def _cut(
    number: int, link: Link, source: tuple[str, ...], target: tuple[str, ...], layouts: Mapping[str | None, FrameLayout]
) -> None:
    """Cuts a link into its parts: out of the frames around its source, then into those around its target."""
    shared = 0
    while shared < min(len(source), len(target)) and source[shared] == target[shared]:
        shared += 1
    count = 0
    start = link.source
    for key in reversed(source[shared:]):
        layouts[key].parts.append(LinkPart(number, count, False, start, None))
        start, count = key, count + 1
    common = source[shared - 1] if shared else None
    inner = target[shared:]
    layouts[common].parts.append(LinkPart(number, count, not inner, start, inner[0] if inner else link.target))
    for depth, key in enumerate(inner):
        last = depth == len(inner) - 1
        end = link.target if last else inner[depth + 1]
        layouts[key].parts.append(LinkPart(number, count + 1 + depth, last, None, end))
