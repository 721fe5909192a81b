"""Frames inside frames, as lines."""

from chainrule.views.figure.nesting import nested_lines
from chainrule.views.picture.picture import Box, Picture, PictureFrame


def lines(*frames: PictureFrame, boxes: tuple[Box, ...]) -> list[str]:
    picture = Picture("", boxes, (), frames)
    return list(nested_lines(picture, lambda frame: f"{frame.label} {{", lambda box: box.sign, "}"))


def box(sign: str, frame: str | None = None) -> Box:
    return Box(sign, "operation", sign, frame=frame)


def test_frames_stand_where_their_parents_do() -> None:
    a, b, c = PictureFrame("f1", "a", None), PictureFrame("f2", "b", "f1"), PictureFrame("f3", "c", None)
    boxes = box("w", "f2"), box("x"), box("y", "f1"), box("z", "f3")
    assert lines(a, b, c, boxes=boxes) == ["x", "a {", "y", "b {", "w", "}", "}", "c {", "z", "}"]


def test_frames_may_be_nested_deeply() -> None:
    chain = [PictureFrame(f"f{n}", str(n), f"f{n - 1}" if n else None) for n in range(10_000)]
    assert len(lines(*chain, boxes=(box("x", "f9999"),))) == 20_001
