"""What the page's script is told of each frame: where things stand, and which step shows what."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...compiler.graph.graph import Graph
from ...grammar.diagnostic import shown
from ..figure.marks import Line
from ..picture.frames import open_at_first
from ..picture.picture import Wire
from ..walk.walk import Walk
from .nest import Inside


def open_frames(graph: Graph, made: Sequence[Inside], depth: int | None) -> list[int]:
    """The places of those that are open at first."""
    places = {each.frame: number for number, each in enumerate(made)}
    frames = [each.frame for each in made if each.frame is not None]
    return [places[frame] for frame in open_at_first(graph, frames, depth)]


def frames_data(walk: Walk, made: Sequence[Inside]) -> list[dict[str, Any]]:
    """A record for each frame of a nest, in its order."""
    inner = {(each.parent, each.key): number for number, each in enumerate(made)}
    teller = _FrameTeller(walk)
    return [
        teller.frame(each) | {"folded": teller.folded(each, {key: n for (p, key), n in inner.items() if p == number})}
        for number, each in enumerate(made)
    ]


class _FrameTeller:
    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.last = len(walk.steps) - 1
        self.valued = {step.node: number for number, step in enumerate(walk.steps) if step.kind == "value"}
        self.sent = {(step.user, step.slot): number for number, step in enumerate(walk.steps) if step.kind == "product"}
        self.done = {step.node: number for number, step in enumerate(walk.steps) if step.kind != "value"}
        """The step after which a node's gradient is known: the last one about it."""

    def frame(self, made: Inside) -> dict[str, Any]:
        """What is needed to place what is in a frame, and to show what a step is about."""
        frame, layout, boxes = made.frame, made.layout, made.picture.boxes
        wires = {f"w{number}": wire for number, wire in enumerate(made.picture.wires)}
        shown_at = {key: self._appears(wire) for key, wire in wires.items()}
        shown_at |= {
            box.key: (0, max((self.done.get(n, self.last) for n in box.nodes), default=0))
            for box in boxes
            if box.kind not in ("entry", "exit")
        }
        return {
            "parent": made.parent,
            "box": made.key,
            "label": shown(frame.label) if frame is not None else "",
            "depth": frame.depth if frame is not None else -1,
            "size": [layout.width, layout.height],
            "bands": layout.bands,
            "boxes": {
                box.key: [layout.columns[number], layout.middles[number], place.width, place.height]
                for number, (box, place) in enumerate(zip(boxes, layout.places, strict=True))
            },
            "wires": {key: self._wire(wire, made, number) for number, (key, wire) in enumerate(wires.items())},
            "shown": {key: [upper, min(lower, self.last)] for key, (upper, lower) in shown_at.items()},
            "totals": {box.key: box.nodes[0] for box in boxes if box.total and box.total[0].startswith("Σ")},
            "steps": self._targets(made, wires),
        }

    def folded(self, made: Inside, inner: Mapping[str, int]) -> dict[str, tuple[int, int, int]]:
        """The first and the last node of each folded box, and the frame it opens to; -1 where there is none."""
        boxes = (box for box in made.picture.boxes if box.kind == "folded")
        return {box.key: (box.nodes[0], box.nodes[-1], inner.get(box.key, -1)) for box in boxes}

    def _wire(self, wire: Wire, made: Inside, number: int) -> dict[str, Any]:
        part = made.layout.parts[number]
        line = next(mark for mark in made.groups[number].marks if isinstance(mark, Line))
        nodes = self.walk.graph.nodes
        values = [wire.node] if wire.node >= 0 else dict.fromkeys(nodes[user].inputs[slot] for user, slot in wire.edges)
        return {
            "node": wire.node,
            "values": list(values),
            "edges": [f"{user},{slot}" for user, slot in wire.edges],
            "source": wire.source,
            "target": wire.target,
            "column": part.column,
            "stations": [round(height, 2) for height in part.stations],
            "ends": [(round(x, 2), round(y, 2)) for x, y in line.points],
            "label": part.label.width if part.label is not None else 0,
        }

    def _appears(self, wire: Wire) -> tuple[int, int]:
        """The steps with which a wire's value and its gradient appear."""
        value = self.valued.get(wire.node, 0)
        gradient = max((self.sent[edge] for edge in wire.edges if edge in self.sent), default=-1)
        return value, gradient if gradient >= 0 else self.done.get(wire.node, 0)

    def _targets(self, made: Inside, wires: Mapping[str, Wire]) -> dict[str, tuple[int, int]]:
        """Where a click on a node or an edge leads: the step of its value, and that of its gradient."""
        targets: dict[str, tuple[int, int]] = {}
        for box in made.picture.boxes:
            if box.kind not in ("folded", "entry", "exit") and box.nodes and box.nodes[0] in self.valued:
                node = box.nodes[0]
                targets[box.key] = (self.valued[node], self.done.get(node, -1))
        for key, wire in wires.items():
            if wire.node in self.valued:
                targets[key] = (self.valued[wire.node], self._appears(wire)[1] or -1)
        return targets
