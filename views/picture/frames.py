"""Which frames of a graph are open and which are folded into one box, so that a picture stays readable."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ...compiler.graph.graph import Expansion, Graph
from ...compiler.ops.leaves import CONSTANT, SIZE

MOST_BOXES = 120
"""Boxes that a picture has at most unless a depth is asked for."""

LONGEST_WAY = 48
"""Boxes one behind the other that a picture has at most unless a depth is asked for."""

MOST_COPIES = 3
"""Copies of a repeat that stay open of themselves."""

RUNS = 40
"""Into so many boxes a long graph without frames is folded."""

LONGEST_RUN, PARTS = 30, 8
"""On a page, a run of more nodes is cut again into so many parts."""

MOST_OPENED = 2000
"""Boxes beyond which frames stay folded that somebody opens."""

LEAST = 2
"""Nodes below which a frame says nothing."""


@dataclass(eq=False)
class Frame:
    """A stretch of nodes that belong together: a call of a block, a copy, a repeat, or a run of a long graph."""

    path: str
    label: str
    start: int
    stop: int
    depth: int = 0
    parent: "Frame | None" = None
    children: "list[Frame]" = field(default_factory=list)
    copies: int = 0
    """How many copies a repeat or a scan has."""


@dataclass(frozen=True)
class OpenFrames:
    """The open frames, and for each node the frame right around it and the folded one that hides it, if any."""

    open: tuple[Frame, ...]
    around: Mapping[int, Frame]
    hidden: Mapping[int, Frame]


def open_frames(graph: Graph, depth: int | None = None) -> OpenFrames:
    """The frames open up to a depth (0: none); without one, as many as stay readable."""
    frames = _every_frame(graph)
    if depth is not None:
        return _divided(frames, lambda frame: frame.depth >= depth)

    def crowded(frame: Frame) -> bool:
        return frame.copies > MOST_COPIES

    deepest = max((frame.depth for frame in frames), default=-1) + 1
    for limit in range(deepest, -1, -1):
        made = _divided(frames, lambda frame, limit=limit: frame.depth >= limit or crowded(frame))  # type: ignore[misc]  # bound to this round's limit
        if visible(graph, made) <= MOST_BOXES and (not limit or _longest_way(graph, made) <= LONGEST_WAY):
            return made
    return _divided(_runs(graph, [frame for frame in frames if frame.parent is None]), lambda frame: True)


def opened_frames(graph: Graph, paths: Sequence[str]) -> OpenFrames:
    """Open are those of `all_frames` with one of these paths, within open ones; the last not where it would crowd."""
    frames, wanted = all_frames(graph), list(paths)
    while True:
        chosen = set(wanted)
        made = _divided(frames, lambda frame, chosen=chosen: frame.path not in chosen)  # type: ignore[misc]  # bound to this round's choice
        if not wanted or visible(graph, made) <= MOST_OPENED:
            return made
        wanted.pop()


def all_frames(graph: Graph) -> list[Frame]:
    """Every frame, outer ones first; a graph that would be crowded with all of them folded is cut into runs as well."""
    frames = _every_frame(graph)
    outer = [frame for frame in frames if frame.parent is None]
    if visible(graph, _divided(outer, lambda frame: True)) <= MOST_BOXES:
        return frames
    stretches = {(frame.start, frame.stop) for frame in outer}
    runs = [run for run in _runs_in_runs(graph, outer) if (run.start, run.stop) not in stretches]
    return _nested([*runs, *(Frame(f.path, f.label, f.start, f.stop, copies=f.copies) for f in frames)])


def open_at_first(graph: Graph, frames: Sequence[Frame], depth: int | None = None) -> list[Frame]:
    """Those of the frames that are open at first: up to a depth, or without one as `open_frames` opens them."""
    if depth is not None:
        return [frame for frame in frames if frame.depth < depth]
    found = {(frame.path, frame.start, frame.stop) for frame in open_frames(graph, depth).open}
    around = [frame for frame in frames if (frame.path, frame.start, frame.stop) in found]
    return [frame for frame in around if _all_open(frame, found)]


def _all_open(frame: Frame, found: set[tuple[str, int, int]]) -> bool:
    """Whether all frames around a frame are open too."""
    above = frame.parent
    while above is not None and (above.path, above.start, above.stop) in found:
        above = above.parent
    return above is None


def inside(graph: Graph, frame: Frame | None, frames: Sequence[Frame]) -> OpenFrames:
    """The folding of a frame by itself (None: of the whole), with each frame right in it folded."""
    children = frame.children if frame is not None else [each for each in frames if each.parent is None]
    return OpenFrames((), {}, {number: child for child in children for number in range(child.start, child.stop)})


def visible(graph: Graph, made: OpenFrames) -> int:
    """How many boxes the nodes of a graph take."""
    shown = sum(
        1
        for number, node in enumerate(graph.nodes)
        if number not in made.hidden and node.operation is not CONSTANT and node.operation is not SIZE
    )
    return shown + len({id(frame) for frame in made.hidden.values()})


def _longest_way(graph: Graph, made: OpenFrames) -> int:
    """How many boxes stand one behind the other.

    A folded frame is a stretch of neighbours, so nothing runs back to it.
    """
    way: dict[int, int] = {}
    for number, node in enumerate(graph.nodes):
        frame = made.hidden.get(number)
        own = number if frame is None else frame.start
        for operand in node.inputs:
            before = made.hidden.get(operand)
            if frame is None or before is not frame:
                length = way.get(operand if before is None else before.start, 0) + 1
                way[own] = max(way.get(own, 0), length)
    return 1 + max(way.values(), default=0)


def _every_frame(graph: Graph) -> list[Frame]:
    """Every frame, outer ones first, with repeats around their copies."""
    found = [
        Frame(
            each.path,
            _label(each),
            each.start,
            each.stop,
        )
        for each in graph.expansions
        if each.stop - each.start >= LEAST
    ]
    repeats: dict[str, Frame] = {}
    counted: set[str] = set()  # a copy that is one call is two frames of one path
    for frame in found:
        stem, bracket, _ = frame.path.rpartition("[")
        if not bracket or not frame.path.endswith("]"):
            continue
        repeat = repeats.setdefault(stem, Frame(stem, "", frame.start, frame.stop))
        repeat.start, repeat.stop = min(repeat.start, frame.start), max(repeat.stop, frame.stop)
        repeat.copies += frame.path not in counted
        counted.add(frame.path)
    for stem, repeat in repeats.items():
        repeat.label = f"{stem.rpartition('.')[2]} × {repeat.copies}"
    every = [*(repeat for repeat in repeats.values() if repeat.copies > 1), *found]
    return _nested(every)


def _label(expansion: Expansion) -> str:
    if not expansion.block:
        return expansion.path
    shares = f", params of {expansion.like}" if expansion.like else ""
    return f"{expansion.path.rpartition('.')[2]} · {expansion.block}{shares}"


def _nested(frames: Sequence[Frame]) -> list[Frame]:
    """Gives each frame its parent and its depth."""
    ordered = sorted(frames, key=lambda frame: (frame.start, -frame.stop))  # stable: a repeat before its only copy
    stack: list[Frame] = []
    for frame in ordered:
        while stack and stack[-1].stop <= frame.start:
            stack.pop()
        if stack:
            frame.parent, frame.depth = stack[-1], stack[-1].depth + 1
            stack[-1].children.append(frame)
        stack.append(frame)
    return ordered


def _divided(frames: Sequence[Frame], closes: Callable[[Frame], bool]) -> OpenFrames:
    around: dict[int, Frame] = {}
    hidden: dict[int, Frame] = {}
    open_: list[Frame] = []
    closed: set[int] = set()
    for frame in frames:  # outer ones first
        if frame.parent is not None and id(frame.parent) in closed:
            closed.add(id(frame))
            continue
        shut = closes(frame)
        if shut:
            closed.add(id(frame))
        else:
            open_.append(frame)
        for number in range(frame.start, frame.stop):
            (hidden if shut else around)[number] = frame
    return OpenFrames(tuple(open_), around, hidden)


def _runs_in_runs(graph: Graph, frames: Sequence[Frame]) -> list[Frame]:
    """Runs that are cut again until one can be looked at, each before those in it."""
    inside = {number: frame for frame in frames for number in range(frame.start, frame.stop)}
    found = _cut(graph, inside, 0, len(graph.nodes), RUNS)
    for run in found:  # it grows while it is gone through
        if run.stop - run.start > LONGEST_RUN:
            found += _cut(graph, inside, run.start, run.stop, PARTS)
    return found


def _runs(graph: Graph, frames: Sequence[Frame]) -> list[Frame]:
    """A long graph cut into runs of neighbours."""
    inside = {number: frame for frame in frames for number in range(frame.start, frame.stop)}
    return _cut(graph, inside, 0, len(graph.nodes), RUNS)


def _cut(graph: Graph, inside: Mapping[int, Frame], number: int, end: int, pieces: int) -> list[Frame]:
    """Runs of about the same length; frames stay whole. None where there would be but one."""
    size = -(-(end - number) // pieces)
    runs: list[Frame] = []
    while number < end:
        stop = min(number + size, end)
        if stop - 1 in inside:
            stop = inside[stop - 1].stop
        runs.append(Frame(_ends(graph, number, stop), _ends(graph, number, stop), number, stop))
        number = stop
    return runs if len(runs) > 1 else []


def _ends(graph: Graph, start: int, stop: int) -> str:
    names = [node.path for node in graph.nodes[start:stop] if node.path and node.operation.role != "leaf"]
    return f"{names[0]} … {names[-1]}" if len(names) > 1 else names[0] if names else f"nodes {start} … {stop - 1}"
