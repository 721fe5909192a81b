"""A picture's boxes as lines of a text whose frames stand inside one another."""

from collections.abc import Callable, Iterator

from ..picture.picture import Box, Picture, PictureFrame


def nested_lines(
    picture: Picture, begin: Callable[[PictureFrame], str], box: Callable[[Box], str], end: str
) -> Iterator[str]:
    """Each frame as the line that begins it, its boxes, the frames in it and the line that ends it. Iterative."""
    children: dict[str | None, list[PictureFrame]] = {}
    for each in picture.frames:
        children.setdefault(each.parent, []).append(each)
    inside: dict[str | None, list[Box]] = {}
    for each_box in picture.boxes:
        inside.setdefault(each_box.frame, []).append(each_box)
    yield from map(box, inside.get(None, ()))
    work: list[PictureFrame | None] = list(reversed(children.get(None, [])))
    while work:
        frame = work.pop()
        if frame is None:
            yield end
            continue
        yield begin(frame)
        yield from map(box, inside.get(frame.key, ()))
        work += [None, *reversed(children.get(frame.key, []))]
