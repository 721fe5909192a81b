"""Which frames of a graph are open and which are folded into one box, so that a picture stays readable."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ..compiler.graph import Graph
from ..compiler.ops.leaves import CONSTANT, SIZE

MOST_BOXES = 120
"""Boxes that a picture has at most unless a depth is asked for."""

MOST_COPIES = 3
"""Copies of a repeat that stay open of themselves."""

RUNS = 40
"""Into so many boxes a long graph without frames is folded."""

LONGEST_RUN, PARTS = 30, 8
"""On a page, a run of more nodes is cut again into so many parts."""

LEAST = 2
"""Nodes below which a frame says nothing."""


@dataclass(eq=False)
class Fold:
    """A stretch of nodes that belong together: a call of a block, a copy, a repeat, or a run of a long graph."""

    path: str
    label: str
    start: int
    stop: int
    depth: int = 0
    parent: "Fold | None" = None
    children: "list[Fold]" = field(default_factory=list)
    copies: int = 0
    """How many copies a repeat has."""


@dataclass(frozen=True)
class Folding:
    """The open frames, and for each node the frame right around it and the folded one that hides it, if any."""

    open: tuple[Fold, ...]
    around: Mapping[int, Fold]
    hidden: Mapping[int, Fold]


def folding(graph: Graph, depth: int | None = None) -> Folding:
    """The frames open up to a depth (0: none); without one, as many as stay readable."""
    folds = _folds(graph)
    if depth is not None:
        return _folded(folds, lambda fold: fold.depth >= depth)

    def crowded(fold: Fold) -> bool:
        return fold.copies > MOST_COPIES

    deepest = max((fold.depth for fold in folds), default=-1) + 1
    for limit in range(deepest, -1, -1):
        made = _folded(folds, lambda fold, limit=limit: fold.depth >= limit or crowded(fold))  # type: ignore[misc]  # bound to this round's limit
        if visible(graph, made) <= MOST_BOXES:
            return made
    return _folded(_runs(graph, [fold for fold in folds if fold.parent is None]), lambda fold: True)


def frames(graph: Graph) -> list[Fold]:
    """Every frame, outer ones first; a graph that would be crowded with all of them folded is cut into runs as well."""
    folds = _folds(graph)
    outer = [fold for fold in folds if fold.parent is None]
    if visible(graph, _folded(outer, lambda fold: True)) <= MOST_BOXES:
        return folds
    stretches = {(fold.start, fold.stop) for fold in outer}
    runs = [run for run in _runs_in_runs(graph, outer) if (run.start, run.stop) not in stretches]
    return _nested([*runs, *(Fold(f.path, f.label, f.start, f.stop, copies=f.copies) for f in folds)])


def opened(graph: Graph, folds: Sequence[Fold], depth: int | None = None) -> list[Fold]:
    """Those of the frames that are open at first: up to a depth, or without one as `folding` opens them."""
    if depth is not None:
        return [fold for fold in folds if fold.depth < depth]
    found = {(fold.path, fold.start, fold.stop) for fold in folding(graph, depth).open}
    around = [fold for fold in folds if (fold.path, fold.start, fold.stop) in found]
    return [fold for fold in around if _all_open(fold, found)]


def _all_open(fold: Fold, found: set[tuple[str, int, int]]) -> bool:
    """Whether all frames around a frame are open too."""
    above = fold.parent
    while above is not None and (above.path, above.start, above.stop) in found:
        above = above.parent
    return above is None


def inside(graph: Graph, fold: Fold | None, folds: Sequence[Fold]) -> Folding:
    """The folding of a frame by itself (None: of the whole), with each frame right in it folded."""
    children = fold.children if fold is not None else [each for each in folds if each.parent is None]
    return Folding((), {}, {number: child for child in children for number in range(child.start, child.stop)})


def visible(graph: Graph, made: Folding) -> int:
    """How many boxes the nodes of a graph take."""
    shown = sum(
        1
        for number, node in enumerate(graph.nodes)
        if number not in made.hidden and node.operation is not CONSTANT and node.operation is not SIZE
    )
    return shown + len({id(fold) for fold in made.hidden.values()})


def _folds(graph: Graph) -> list[Fold]:
    """Every frame, outer ones first, with repeats around their copies."""
    found = [
        Fold(
            each.path,
            f"{each.path.rpartition('.')[2]} · {each.block}" if each.block else each.path,
            each.start,
            each.stop,
        )
        for each in graph.expansions
        if each.stop - each.start >= LEAST
    ]
    repeats: dict[str, Fold] = {}
    for fold in found:
        stem, bracket, _ = fold.path.rpartition("[")
        if not bracket or not fold.path.endswith("]"):
            continue
        repeat = repeats.setdefault(stem, Fold(stem, "", fold.start, fold.stop))
        repeat.start, repeat.stop = min(repeat.start, fold.start), max(repeat.stop, fold.stop)
        repeat.copies += 1
    for stem, repeat in repeats.items():
        repeat.label = f"{stem.rpartition('.')[2]} × {repeat.copies}"
    every = [*(repeat for repeat in repeats.values() if repeat.copies > 1), *found]
    return _nested(every)


def _nested(folds: Sequence[Fold]) -> list[Fold]:
    """Gives each frame its parent and its depth."""
    ordered = sorted(folds, key=lambda fold: (fold.start, -fold.stop))  # stable: a repeat before its only copy
    stack: list[Fold] = []
    for fold in ordered:
        while stack and stack[-1].stop <= fold.start:
            stack.pop()
        if stack:
            fold.parent, fold.depth = stack[-1], stack[-1].depth + 1
            stack[-1].children.append(fold)
        stack.append(fold)
    return ordered


def _folded(folds: Sequence[Fold], closes: Callable[[Fold], bool]) -> Folding:
    around: dict[int, Fold] = {}
    hidden: dict[int, Fold] = {}
    open_: list[Fold] = []
    closed: set[int] = set()
    for fold in folds:  # outer ones first
        if fold.parent is not None and id(fold.parent) in closed:
            closed.add(id(fold))
            continue
        shut = closes(fold)
        if shut:
            closed.add(id(fold))
        else:
            open_.append(fold)
        for number in range(fold.start, fold.stop):
            (hidden if shut else around)[number] = fold
    return Folding(tuple(open_), around, hidden)


def _runs_in_runs(graph: Graph, folds: Sequence[Fold]) -> list[Fold]:
    """Runs that are cut again until one can be looked at, each before those in it."""
    inside = {number: fold for fold in folds for number in range(fold.start, fold.stop)}
    found = _cut(graph, inside, 0, len(graph.nodes), RUNS)
    for run in found:  # it grows while it is gone through
        if run.stop - run.start > LONGEST_RUN:
            found += _cut(graph, inside, run.start, run.stop, PARTS)
    return found


def _runs(graph: Graph, folds: Sequence[Fold]) -> list[Fold]:
    """A long graph cut into runs of neighbours."""
    inside = {number: fold for fold in folds for number in range(fold.start, fold.stop)}
    return _cut(graph, inside, 0, len(graph.nodes), RUNS)


def _cut(graph: Graph, inside: Mapping[int, Fold], number: int, end: int, pieces: int) -> list[Fold]:
    """Runs of about the same length; frames stay whole. None where there would be but one."""
    size = -(-(end - number) // pieces)
    runs: list[Fold] = []
    while number < end:
        stop = min(number + size, end)
        if stop - 1 in inside:
            stop = inside[stop - 1].stop
        runs.append(Fold(_ends(graph, number, stop), _ends(graph, number, stop), number, stop))
        number = stop
    return runs if len(runs) > 1 else []


def _ends(graph: Graph, start: int, stop: int) -> str:
    names = [node.path for node in graph.nodes[start:stop] if node.path and node.operation.role != "leaf"]
    return f"{names[0]} … {names[-1]}" if len(names) > 1 else names[0] if names else f"nodes {start} … {stop - 1}"
