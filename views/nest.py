"""Frames drawn each by itself, so that a page can open any of them in place and let the rest make room."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..compiler.spec import Spec
from .folding import Fold, frames, inside
from .geometry import Route
from .layout import arrange_level
from .levels import Level
from .overlay import Overlay
from .picture import Picture, Wire
from .shapes import Group, Line, Shape, Ties, box_group, item_of, link_of, plain, text_width, wire_group
from .sketch import Sketch
from .walk import Walk

MOST_BOXES = 6000
"""Boxes of a page; frames beyond them stay folded."""


@dataclass(frozen=True)
class Inside:
    """A frame by itself (`fold` None: the whole): its picture, places from its own corner on, and shapes."""

    fold: Fold | None
    parent: int
    """The place of the frame around it in the nest; -1 around the whole."""
    picture: Picture
    level: Level
    groups: tuple[Group, ...]

    @property
    def key(self) -> str:
        """What the frame is called as a folded box of the one around it."""
        return f"c{self.fold.start}" if self.fold is not None else ""


def nest(spec: Spec, walk: Walk, *, full: bool = False, overlay: Overlay | None = None) -> list[Inside]:
    """The whole and every frame in it, outer ones first, as many as a page can hold."""
    folds = frames(walk.graph)
    made: list[Inside] = []
    room = MOST_BOXES
    waiting: list[tuple[Fold | None, int]] = [(None, -1)]
    for fold, parent in waiting:  # it grows while it is gone through
        sketch = Sketch(spec, walk, inside(walk.graph, fold, folds), full, None, overlay, fold)
        picture = sketch.picture()
        room -= len(picture.boxes)
        if made and room < 0:
            break
        made.append(_placed(fold, parent, picture))
        children = fold.children if fold is not None else [each for each in folds if each.parent is None]
        waiting += [(child, len(made) - 1) for child in children]
    return made


def _placed(fold: Fold | None, parent: int, picture: Picture) -> Inside:
    ties = Ties(picture)
    links = tuple(link_of(wire, number, ties) for number, wire in enumerate(picture.wires))
    label = plain(fold.label) if fold is not None else ""
    key = fold.path if fold is not None else None
    level = arrange_level(key, [item_of(box) for box in picture.boxes], links, text_width(label) + 30)
    _to_the_border(level, picture.wires)
    groups = tuple(_groups(picture, level, ties))
    return Inside(fold, parent, picture, level, groups)


def _to_the_border(level: Level, wires: Sequence[Wire]) -> None:
    """Lets what comes in begin, and what goes out end, at the frame's border; its ports stand a little inside."""
    for part, wire in zip(level.parts, wires, strict=True):
        if wire.source[0] == "i":
            part.points[0] = (0.0, part.points[0][1])
        if wire.target[0] == "e":
            part.points[-1] = (level.width, part.points[-1][1])


def _groups(picture: Picture, level: Level, ties: Ties) -> Iterator[Group]:
    for number, (wire, part) in enumerate(zip(picture.wires, level.parts, strict=True)):
        group = wire_group(number, wire, Route(tuple(part.points), part.label, part.line), (0.0, 0.0), ties)
        yield group._replace(shapes=tuple(map(_between_ends, group.shapes)))
    for box, place in zip(picture.boxes, level.places, strict=True):
        if box.kind not in ("entry", "exit"):
            yield box_group(box, place)


def _between_ends(shape: Shape) -> Shape:
    """A wire by its ends alone: the page's script draws the rest, once it knows what is open."""
    return shape._replace(points=(shape.points[0], shape.points[-1])) if isinstance(shape, Line) else shape
