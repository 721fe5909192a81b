"""A graph with its numbers becomes a picture."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...compiler.graph.graph import Graph, Node
from ...compiler.graph.spec import Spec
from ...compiler.ops.leaves import CONSTANT, FED, INPUT, PARAM, SIZE, STATE
from ..text.numerals import exact, gradient_label, value_label
from ..walk.symbols import spelled, symbol
from ..walk.walk import Walk
from .frames import Frame, OpenFrames, open_frames
from .heat import Overlay
from .picture import UNMEASURED, Box, BoxKind, Picture, PictureFrame, Wire
from .wires import Wiring, exact_gradient

KINDS: Mapping[object, BoxKind] = {
    INPUT: "input",
    PARAM: "param",
    STATE: "state",
    FED: "input",
    CONSTANT: "constant",
    SIZE: "constant",
}


FROZEN = "frozen"
"""What stands above a param that training leaves as it is."""


def sketch(
    spec: Spec,
    walk: Walk,
    *,
    depth: int | None = None,
    full: bool = False,
    first_reverse: int | None = None,
    overlay: Overlay | None = None,
    frames: OpenFrames | None = None,
) -> Picture:
    """The picture of a run. `full` writes small tensors out; nodes from `first_reverse` on are the reverse pass.

    `frames` says what is open; by default `depth` does.
    """
    return Sketch(spec, walk, frames or open_frames(walk.graph, depth), full, first_reverse, overlay).picture()


class Sketch:
    """Makes pictures of one walk: of all its nodes, or of the inside of one frame (`inside`)."""

    def __init__(
        self,
        spec: Spec,
        walk: Walk,
        frames: OpenFrames,
        full: bool = False,
        first_reverse: int | None = None,
        overlay: Overlay | None = None,
        inside: Frame | None = None,
    ) -> None:
        self.spec = spec
        self.walk = walk
        self.graph: Graph = walk.graph
        self.frames = frames
        self.inside = inside
        self.start, self.stop = (inside.start, inside.stop) if inside else (0, len(self.graph.nodes))
        self.full = full
        self.overlay = overlay
        self.reverse = len(self.graph.nodes) if first_reverse is None else first_reverse
        self.keys = {id(frame): f"f{number}" for number, frame in enumerate(frames.open)}
        self.ends = list(dict.fromkeys([*self.graph.outputs, *([walk.of] if walk.of is not None else [])]))
        self.called: dict[int, list[str]] = {}
        """What the text calls an output, which may have another path: `scores` of a chain that ends in `fc4`."""
        for number, name in zip(self.graph.outputs, self.graph.output_names, strict=False):
            self.called.setdefault(number, []).append(name)
        self.wiring = Wiring(walk, frames, self.ends, full, self.reverse, inside)

    def picture(self) -> Picture:
        if self.inside is None:
            boxes = [*self._nodes(), *self._folded(), *self._ends()]
            wires = [*self.wiring.between(), *self.wiring.last()]
        else:
            wires = [*self.wiring.between(), *self.wiring.out()]
            boxes = [*self._nodes(), *self._folded(), *self._ports(wires)]
        constants, more = self._constants()
        wires = sorted((*wires, *more), key=lambda wire: wire.edges[0] if wire.edges else (self.stop, 0))
        frames = tuple(
            PictureFrame(self.keys[id(frame)], frame.label, self.keys[id(frame.parent)] if frame.parent else None)
            for frame in self.frames.open
        )
        return Picture(
            self.spec.title or "",
            tuple(map(self._painted, (*boxes, *constants))),
            tuple(wires),
            frames,
            (),
            tuple(self._remarks((*boxes, *constants), wires)),
            self._samples((*boxes, *constants), wires),
            self.overlay.scale if self.overlay else None,
        )

    def _painted(self, box: Box) -> Box:
        """A box with its amount under an overlay; an output's end has none of its own, and a constant stands often."""
        if self.overlay is None:
            return box
        amount = self.overlay.amount(box.nodes) if box.kind not in ("output", "constant") else None
        if amount is None:
            return box._replace(heat=UNMEASURED)
        return box._replace(load=self.overlay.text(amount), heat=self.overlay.heat(amount))

    # --- boxes --------------------------------------------------------------------------------------------------

    def _nodes(self) -> list[Box]:
        return [
            self._node(number, node)
            for number, node in self._range()
            if number not in self.frames.hidden and KINDS.get(node.operation) != "constant"
        ]

    def _range(self) -> Iterable[tuple[int, Node]]:
        """The nodes that are drawn, or are inside what is."""
        return zip(range(self.start, self.stop), self.graph.nodes[self.start : self.stop], strict=True)

    def _node(self, number: int, node: Node) -> Box:
        kind = KINDS.get(node.operation, "operation")
        name = self._short_path(number, node.path)
        named = node.path in self.graph.named or number in self.ends
        return Box(
            f"n{number}",
            kind,
            sign=symbol(node) if kind == "operation" else name,
            name=name if kind == "operation" and named and number not in self.ends else FROZEN * self._frozen(node),
            total=self._total(number),
            tooltip=self._tooltip(number, node),
            frame=self._frame(number),
            nodes=(number,),
            emphasis="reverse" if number >= self.reverse else "plain",
        )

    def _frozen(self, node: Node) -> bool:
        """Whether training leaves a node as it is because a group says so."""
        return node.operation is PARAM and node.path in self.spec.frozen

    def _frame(self, number: int) -> str | None:
        frame = self.frames.around.get(number)
        return self.keys[id(frame)] if frame else None

    def _short_path(self, number: int, path: str) -> str:
        """A path without that of the frame around it."""
        frame = self.inside or self.frames.around.get(number)
        if frame and path.startswith(f"{frame.path}."):
            return path[len(frame.path) + 1 :]
        return path.rpartition(".")[2] if frame and path == frame.path else path

    def _total(self, number: int) -> tuple[str, ...]:
        """The gradient of a node that no single wire shows: a sum over users, or the zero of one that has none."""
        if number not in self.walk.gradients or len(self.walk.users(number)) == 1 or number == self.walk.of:
            return ()
        lines = gradient_label(self.walk.gradients[number], full=self.full)
        return (f"Σ {lines[0]}", *lines[1:]) if self.walk.users(number) else lines

    def _tooltip(self, number: int, node: Node) -> str:
        lines = [*self.graph.docs.get(node.path, ())]
        path = node.path or f"({node.operation.called})"
        lines.append(
            f"{path}: {spelled(node)}, {node.operation.formula}" if node.inputs else f"{path}: {spelled(node)}"
        )
        if self._frozen(node):
            lines.append("frozen: training leaves it as it is")
        if number in self.walk.values:
            lines.append(f"value {exact(self.walk.values[number])}")
        if number in self.walk.gradients and self.walk.of is not None:
            gradient = self.walk.gradients[number]
            lines.append(f"gradient of {self.graph.nodes[self.walk.of].path}: {exact_gradient(gradient)}")
        return "\n".join(lines)

    def _folded(self) -> list[Box]:
        members: dict[int, list[int]] = {}
        frames: dict[int, Frame] = {}
        for number, frame in self.frames.hidden.items():
            members.setdefault(id(frame), []).append(number)
            frames[id(frame)] = frame
        return [
            Box(
                f"c{frame.start}",
                "folded",
                sign=frame.label,
                name=f"{len(members[key])} nodes{self._all_frozen(members[key])}",
                tooltip=f"{frame.path}: {len(members[key])} nodes, folded{self._all_frozen(members[key])}",
                frame=self.keys[id(frame.parent)] if frame.parent and id(frame.parent) in self.keys else None,
                nodes=tuple(members[key]),
            )
            for key, frame in frames.items()
        ]

    def _all_frozen(self, members: Iterable[int]) -> str:
        """`, frozen` where there are params and all are frozen."""
        params = [node for number in members if (node := self.graph.nodes[number]).operation is PARAM]
        return f", {FROZEN}" if params and all(map(self._frozen, params)) else ""

    def _ports(self, wires: Sequence[Wire]) -> list[Box]:
        """Where values come into a frame and go out."""
        entries = {wire.source: wire.node for wire in wires if wire.source[0] == "i"}
        exits = {wire.target: wire.node for wire in wires if wire.target[0] == "e"}
        return [
            *(Box(key, "entry", "", nodes=(number,)) for key, number in entries.items()),
            *(Box(key, "exit", "", nodes=(number,)) for key, number in exits.items()),
        ]

    def _ends(self) -> list[Box]:
        return [
            Box(
                f"o{number}",
                "output",
                " = ".join(self.called.get(number, [self.graph.nodes[number].path])),
                tooltip=self._tooltip(number, self.graph.nodes[number]),
                nodes=(number,),
                emphasis="reverse" if number >= self.reverse else "plain",
            )
            for number in self.ends
        ]

    # --- constants ----------------------------------------------------------------------------------------------

    def _constants(self) -> tuple[list[Box], list[Wire]]:
        """A constant stands beside each of its users."""
        boxes, wires = [], []
        for user, node in self._range():
            if user in self.frames.hidden:
                continue
            for slot, operand in enumerate(node.inputs):
                if not self.wiring.is_constant(operand):
                    continue
                key = f"k{user}_{slot}"
                constant = self.graph.nodes[operand]
                value = self.walk.values.get(operand)
                tooltip = f"constant {exact(value)}" if value is not None else "constant"
                rows = value_label(value, full=True) if value is not None and value.ndim else ()
                sign = " ".join(row.strip() for row in rows) or symbol(constant)
                box = Box(key, "constant", sign, "", (), tooltip, self._frame(user), (operand,))
                boxes.append(box._replace(rows=rows))
                edge = (user, slot)
                named = self.wiring.operand(edge)
                wires.append(Wire(key, f"n{user}", (), (), tooltip, operand, (edge,), operand=named))
        return boxes, wires

    # --- words --------------------------------------------------------------------------------------------------

    def _samples(self, boxes: Iterable[Box], wires: Sequence[Wire]) -> Mapping[str, str]:
        samples = {}
        if any(wire.upper for wire in wires):
            samples["value"] = f"above an edge: the {'value' if self.walk.values else 'shape'}"
        if self.walk.of is not None and (any(wire.lower for wire in wires) or any(box.total for box in boxes)):
            samples["gradient"] = f"below it: the gradient of {self.graph.nodes[self.walk.of].path}"
        return samples

    def _remarks(self, boxes: Iterable[Box], wires: Sequence[Wire]) -> Iterator[str]:
        """What the texts at wires and boxes mean, as far as there are such."""
        above = [line for lines in (*(wire.upper for wire in wires), *(box.rows for box in boxes)) for line in lines]
        forms = [
            words
            for sign, words in ((" ± ", "mean ± standard deviation"), (" .. ", "least .. largest"))
            if any(sign in line for line in above)
        ]
        if forms:
            yield f"of a tensor: its shape, {' or '.join(forms)}"
        below = [line for lines in (*(wire.lower for wire in wires), *(box.total for box in boxes)) for line in lines]
        if any("‖" in line for line in below):
            yield "of a tensor's gradient: the norm ‖·‖"
        if any(line.startswith("Σ") for line in below):
            yield "Σ: what comes back from several users, added up"
        if len(self.walk.values) < len(self.graph.nodes):
            unfed = [path for path, each in self.graph.inputs.items() if each.index not in self.walk.values]
            if unfed:
                yield f"not computed: what depends on {', '.join(unfed)}, which has no value"
