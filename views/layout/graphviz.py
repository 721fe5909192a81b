"""Places by Graphviz: through pygraphviz where it is installed, whose wheel carries it, else the program `dot`.

Labels go to Graphviz as boxes of their own, like nodes, so that nothing can lie on them.
"""

import json
import shutil
import subprocess
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .geometry import Arrangement, FrameItem, Item, Link, Point, Rectangle, Route

INCH = 72.0

PATIENCE = 60.0
"""Seconds after which `dot` is given up."""

HEADER = 18.0


class GraphvizFailed(Exception):
    """Graphviz is not there, or could not lay the graph out."""


def engine() -> Callable[[str], bytes] | None:
    """What turns DOT into Graphviz's JSON, None where there is no Graphviz."""
    try:
        import pygraphviz  # an extra, and slow to import

        return _through_pygraphviz if hasattr(pygraphviz, "AGraph") else None
    except ImportError:
        return _through_program if shutil.which("dot") else None


def _through_pygraphviz(text: str) -> bytes:
    import pygraphviz

    with warnings.catch_warnings():  # it passes on what Graphviz mutters
        warnings.simplefilter("ignore", RuntimeWarning)
        drawn = pygraphviz.AGraph(string=text).draw(format="json0", prog="dot")
    return drawn if isinstance(drawn, bytes) else str(drawn).encode()


def _through_program(text: str) -> bytes:
    answer = subprocess.run(["dot", "-Tjson0"], input=text.encode(), capture_output=True, timeout=PATIENCE, check=True)
    return answer.stdout


def arrange_by_graphviz(items: Sequence[Item], links: Sequence[Link], frames: Sequence[FrameItem] = ()) -> Arrangement:
    """Places all. Raises GraphvizFailed."""
    draw = engine()
    if draw is None:
        raise GraphvizFailed("neither pygraphviz nor the program `dot` is there")
    try:
        made = json.loads(draw(_question(items, links, frames)))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise GraphvizFailed(str(error)) from error
    return _answer(made, items, links, frames)


def _question(items: Sequence[Item], links: Sequence[Link], frames: Sequence[FrameItem]) -> str:
    """The graph in DOT, all names our own."""
    names = {item.key: f"i{number}" for number, item in enumerate(items)}
    inside: dict[str | None, list[str]] = {}
    around = {item.key: item.frame for item in items}
    for item in items:
        tall = 2 * max(item.up, item.down)
        inside.setdefault(item.frame, []).append(f"{names[item.key]} [{_size(item.width, tall)} ordering=in]")
    for number, link in enumerate(links):
        tall = 2 * max(link.above, link.below, 4.0)
        inside.setdefault(around[link.target], []).append(f"l{number} [{_size(max(link.width, 4.0), tall)}]")
    # Without limits, Graphviz takes a minute for 200 nodes.
    lines = [
        "digraph { nslimit=2 nslimit1=2 rankdir=LR nodesep=0.18 ranksep=0.28",
        'node [shape=box fixedsize=true label=""]',
    ]
    lines += _clusters(frames, inside)
    for number, link in enumerate(links):
        lines.append(f"{names[link.source]} -> l{number} [tailport=e headport=w weight=2]")
        lines.append(f"l{number} -> {names[link.target]} [tailport=e headport=w weight=2]")
    return "\n".join((*lines, "}"))


def _size(width: float, height: float) -> str:
    return f"width={width / INCH:.4f} height={height / INCH:.4f}"


def _clusters(frames: Sequence[FrameItem], inside: Mapping[str | None, list[str]]) -> list[str]:
    """The nodes of every frame, nested as the frames are; without recursion, as frames may nest deep."""
    children: dict[str | None, list[FrameItem]] = {}
    for frame in frames:
        children.setdefault(frame.parent, []).append(frame)
    numbers = {frame.key: number for number, frame in enumerate(frames)}
    lines: list[str] = []
    work: list[FrameItem | str] = [*reversed(children.get(None, [])), *reversed(inside.get(None, []))]
    while work:
        each = work.pop()
        if isinstance(each, str):
            lines.append(each)
            continue
        # A label of Graphviz's own keeps the header's room free; its letters are never shown.
        cell = f'<td width="{each.width:.0f}" height="{HEADER:.0f}" fixedsize="true"></td>'
        room = f'label=<<table border="0"><tr>{cell}</tr></table>> labeljust=l'
        lines.append(f"subgraph cluster_{numbers[each.key]} {{ margin=12 {room}")
        work.append("}")
        work += [*reversed(children.get(each.key, [])), *reversed(inside.get(each.key, []))]
    return lines


def _answer(
    made: Mapping[str, Any], items: Sequence[Item], links: Sequence[Link], frames: Sequence[FrameItem]
) -> Arrangement:
    """Graphviz's places, y turned downwards."""
    _, _, width, height = map(float, made["bb"].split(","))
    centres: dict[str, Point] = {}
    boxes: dict[str, Rectangle] = {}
    for each in made.get("objects", ()):
        if "pos" in each:
            x, y = map(float, each["pos"].split(","))
            centres[each["name"]] = (x, height - y)
        elif "bb" in each:
            x1, y1, x2, y2 = map(float, each["bb"].split(","))
            boxes[each["name"]] = Rectangle(x1, height - y2, x2 - x1, y2 - y1)
    names = {each["_gvid"]: each["name"] for each in made.get("objects", ())}
    curves = {
        (names[each["tail"]], names[each["head"]]): _spline(each["pos"], height) for each in made.get("edges", ())
    }
    keys = {item.key: f"i{number}" for number, item in enumerate(items)}
    places = {
        item.key: Rectangle(x - item.width / 2, y - item.up, item.width, item.up + item.down)
        for item in items
        for x, y in [centres[keys[item.key]]]
    }
    routes = tuple(_route(number, link, keys, centres, curves) for number, link in enumerate(links))
    found = {frame.key: boxes[f"cluster_{number}"] for number, frame in enumerate(frames)}
    return Arrangement(width, height, places, found, routes)


def _spline(text: str, height: float) -> list[Point]:
    """The points of a curve: a start, then two guides and an end for each piece; the tip of an arrow comes last."""
    tip: Point | None = None
    points: list[Point] = []
    for word in text.split():
        x, y = map(float, word.removeprefix("e,").split(","))
        if word.startswith("e,"):
            tip = (x, height - y)
        else:
            points.append((x, height - y))
    return [*points, points[-1], tip, tip] if tip is not None else points


def _route(
    number: int,
    link: Link,
    keys: Mapping[str, str],
    centres: Mapping[str, Point],
    curves: Mapping[tuple[str, str], Sequence[Point]],
) -> Route:
    """From the source along a curve to the label, straight below its numbers, and on to the target."""
    x, y = centres[f"l{number}"]
    start = list(curves[keys[link.source], f"l{number}"])
    end = list(curves[f"l{number}", keys[link.target]])
    end[-2:] = [(px, py + link.arrive) for px, py in end[-2:]]
    label = Rectangle(x - link.width / 2, y - link.above, link.width, link.above + link.below)
    points = [*start, start[-1], end[0], *end]
    return Route(tuple(points), label if link.width else None, y, True)
