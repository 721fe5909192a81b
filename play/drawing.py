"""`draw`: the picture of a text, with its numbers as far as they can be had."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..compiler.graph.graph import Graph
from ..views.figure.figure import figure
from ..views.figure.svg import escaped, svg_element
from ..views.layout.arrange import arrange
from ..views.picture.compose import sketch
from ..views.picture.faulty import outline
from ..views.picture.frames import OpenFrames, all_frames, open_frames, opened_frames
from ..views.picture.picture import Picture
from ..views.picture.reverse_graph import reverse_spec
from ..views.walk.walk import not_walked, walk
from .passes import Passes
from .programs import Text
from .request import Request

KEY = re.compile(r'(<g class="[^"]*") id="([^"]*)">')
"""Where the element of a box, a wire or a frame begins: no text of a spec can look like it, for its `"` is escaped."""


def drawn(made: Text, passed: Passes, request: Request) -> dict[str, Any]:
    """The picture of a program."""
    picture, graph, frames = _picture(passed, request)
    paths, framed = _paths(picture, graph), _framed(frames)
    opened = {(each.path, each.start) for each in frames.open}
    lines = {
        node.path: node.span.own.line
        for node in graph.nodes
        if node.path and node.span is not None and node.span.own.source is made.source
    }
    return {
        "svg": _marked(svg_element(figure(picture, arrange), None), paths, picture, framed),
        "lines": lines,
        "frames": [
            {"path": each.path, "label": each.label, "depth": each.depth, "open": (each.path, each.start) in opened}
            for each in all_frames(graph)
        ],
        "of": passed.of,
        "remarks": made.told(passed.remarks),
    }


def drawn_faulty(made: Text) -> dict[str, Any]:
    """The picture of a text with errors, as far as it can be read."""
    picture = outline(made.module, made.faults)
    lines = {
        name: made.source.position(statement.start)[0]
        for statement in made.module.statements
        for name in _names(statement)
    }
    svg = _marked(svg_element(figure(picture, arrange), None), {}, picture, {})
    return {"svg": svg, "lines": lines, "frames": [], "of": None, "faulty": True, "remarks": []}


def _names(statement: Any) -> list[str]:
    """The names that a statement defines."""
    names = getattr(statement, "names", None) or ([statement.name] if getattr(statement, "name", None) else [])
    return [each if isinstance(each, str) else each.name for each in names]


def _frames(graph: Graph, request: Request) -> OpenFrames:
    """What is open: the frames that a message names, those up to a depth, or as many as stay readable."""
    named = request.texts("open")
    if named is not None:
        return opened_frames(graph, named)
    return open_frames(graph, request.whole("depth") if request.fields.get("depth") is not None else None)


def _picture(passed: Passes, request: Request) -> tuple[Picture, Graph, OpenFrames]:
    spec, made = passed.spec, passed.walk
    if request.flag("reverse") and made.of is not None:
        backwards, first = reverse_spec(spec, made.of)
        fed = {path: value for path, value in passed.feeds.items() if path in backwards.graph.inputs}
        held = {path: value for path, value in passed.parameters.items() if path in backwards.graph.held}
        turned = walk(backwards, None, fed, held)
        frames = _frames(turned.graph, request)
        return sketch(backwards, turned, frames=frames, first_reverse=first), turned.graph, frames
    if request.flag("values") is False:
        made = not_walked(made.graph)
    frames = _frames(made.graph, request)
    return sketch(spec, made, frames=frames), made.graph, frames


def _paths(picture: Picture, graph: Graph) -> dict[str, str]:
    """The path of each box by its key: a node's, or that of a folded frame."""
    paths = {box.key: graph.nodes[box.nodes[0]].path for box in picture.boxes if box.nodes and box.kind != "folded"}
    paths |= {box.key: box.tooltip.partition(":")[0] for box in picture.boxes if box.kind == "folded"}
    return {key: path for key, path in paths.items() if path}


def _framed(frames: OpenFrames) -> dict[str, str]:
    """The path of each frame by the key of what it is drawn as: open, or folded into a box."""
    folded = {f"c{each.start}": each.path for each in frames.hidden.values()}
    return folded | {f"f{number}": each.path for number, each in enumerate(frames.open)}


def _marked(svg: str, paths: Mapping[str, str], picture: Picture, framed: Mapping[str, str]) -> str:
    """The picture with paths: of a node on its box, of a frame on what it is drawn as, of both ends on a wire."""
    wires: Sequence[Any] = picture.wires

    def attributes(found: re.Match[str]) -> str:
        head, key = found[1], found[2]
        more = ""
        if key in paths:
            more = f' data-node="{escaped(paths[key])}"'
        elif key[:1] == "w" and key[1:].isdigit() and int(key[1:]) < len(wires):
            wire = wires[int(key[1:])]
            ends = (paths.get(wire.source, ""), paths.get(wire.target, ""))
            more = f' data-edge="{escaped(" ".join(filter(None, ends)))}"'
        if key in framed:
            more += f' data-frame="{escaped(framed[key])}"'
        return f'{head} id="{key}"{more}>'

    return KEY.sub(attributes, svg)
