"""Frames drawn each by itself, so that a page can open any of them in place and let the rest make room."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...compiler.graph.spec import Spec
from ..figure.marks import Group, Line, Mark, Ties, box_group, link_of, plain, text_width, wire_group
from ..layout.arrange import arrange_frame
from ..layout.frame_layout import FrameLayout
from ..layout.geometry import Route
from ..picture.compose import Sketch
from ..picture.frames import Frame, all_frames, inside
from ..picture.heat import Overlay
from ..picture.picture import Picture, Wire
from ..walk.walk import Walk

MOST_BOXES = 6000
"""Boxes of a page; frames beyond them stay folded."""


@dataclass(frozen=True)
class Inside:
    """A frame by itself (`frame` None: the whole): its picture, places from its own corner on, and marks."""

    frame: Frame | None
    parent: int
    """The place of the frame around it in the nest; -1 around the whole."""
    picture: Picture
    layout: FrameLayout
    groups: tuple[Group, ...]

    @property
    def key(self) -> str:
        """What the frame is called as a folded box of the one around it."""
        return f"c{self.frame.start}" if self.frame is not None else ""


def nest(spec: Spec, walk: Walk, *, full: bool = False, overlay: Overlay | None = None) -> list[Inside]:
    """The whole and every frame in it, outer ones first, as many as a page can hold."""
    frames = all_frames(walk.graph)
    made: list[Inside] = []
    room = MOST_BOXES
    waiting: list[tuple[Frame | None, int]] = [(None, -1)]
    for frame, parent in waiting:  # it grows while it is gone through
        sketch = Sketch(spec, walk, inside(walk.graph, frame, frames), full, None, overlay, frame)
        picture = sketch.picture()
        room -= len(picture.boxes)
        if made and room < 0:
            break
        made.append(_placed(frame, parent, picture))
        children = frame.children if frame is not None else [each for each in frames if each.parent is None]
        waiting += [(child, len(made) - 1) for child in children]
    return made


def _placed(frame: Frame | None, parent: int, picture: Picture) -> Inside:
    ties = Ties(picture)
    links = tuple(link_of(wire, number, ties) for number, wire in enumerate(picture.wires))
    label = plain(frame.label) if frame is not None else ""
    key = frame.path if frame is not None else None
    layout = arrange_frame(key, ties.items, links, text_width(label) + 30)
    _to_the_border(layout, picture.wires)
    groups = tuple(_groups(picture, layout, ties))
    return Inside(frame, parent, picture, layout, groups)


def _to_the_border(layout: FrameLayout, wires: Sequence[Wire]) -> None:
    """Lets what comes in begin, and what goes out end, at the frame's border; its ports stand a little inside."""
    for part, wire in zip(layout.parts, wires, strict=True):
        if wire.source[0] == "i":
            part.points[0] = (0.0, part.points[0][1])
        if wire.target[0] == "e":
            part.points[-1] = (layout.width, part.points[-1][1])


def _groups(picture: Picture, layout: FrameLayout, ties: Ties) -> Iterator[Group]:
    for number, (wire, part) in enumerate(zip(picture.wires, layout.parts, strict=True)):
        group = wire_group(number, wire, Route(tuple(part.points), part.label, part.line), (0.0, 0.0), ties)
        yield group._replace(marks=tuple(map(_between_ends, group.marks)))
    for box, place in zip(picture.boxes, layout.places, strict=True):
        if box.kind not in ("entry", "exit"):
            yield box_group(box, place, ties)


def _between_ends(mark: Mark) -> Mark:
    """A wire by its ends alone: the page's script draws the rest, once it knows what is open."""
    return mark._replace(points=(mark.points[0], mark.points[-1])) if isinstance(mark, Line) else mark
