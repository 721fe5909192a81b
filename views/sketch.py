"""A graph with its numbers becomes a picture."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..compiler.graph import Graph, Node
from ..compiler.ops.leaves import CONSTANT, INPUT, PARAM, SIZE, STATE
from ..compiler.spec import Spec
from ..runtime.execute import Array
from .folding import Fold, Folding, folding
from .numerals import exact, gradient_label, value_label
from .overlay import Overlay
from .picture import UNMEASURED, Box, BoxKind, Enclosure, Picture, Wire
from .symbols import spelled, symbol
from .walk import Walk, seed_of

KINDS: Mapping[object, BoxKind] = {
    INPUT: "input",
    PARAM: "param",
    STATE: "input",
    CONSTANT: "constant",
    SIZE: "constant",
}


MOST_NAMED = 20
"""Values of a cable that its tooltip names."""


def sketch(
    spec: Spec,
    walk: Walk,
    *,
    depth: int | None = None,
    full: bool = False,
    first_reverse: int | None = None,
    overlay: Overlay | None = None,
) -> Picture:
    """The picture of a run. `full` writes small tensors out; nodes from `first_reverse` on are the reverse pass."""
    return _Sketch(spec, walk, folding(walk.graph, depth), full, first_reverse, overlay).picture()


class _Sketch:
    def __init__(
        self,
        spec: Spec,
        walk: Walk,
        folded: Folding,
        full: bool,
        first_reverse: int | None,
        overlay: Overlay | None,
    ) -> None:
        self.spec = spec
        self.walk = walk
        self.graph: Graph = walk.graph
        self.folded = folded
        self.full = full
        self.overlay = overlay
        self.reverse = len(self.graph.nodes) if first_reverse is None else first_reverse
        self.keys = {id(fold): f"f{number}" for number, fold in enumerate(folded.open)}
        self.ends = list(dict.fromkeys([*self.graph.outputs, *([walk.of] if walk.of is not None else [])]))

    def picture(self) -> Picture:
        boxes = [*self._nodes(), *self._folds(), *self._ends()]
        wires = [*self._wires(), *self._last_wires()]
        constants, more = self._constants()
        enclosures = tuple(
            Enclosure(self.keys[id(fold)], fold.label, self.keys[id(fold.parent)] if fold.parent else None)
            for fold in self.folded.open
        )
        return Picture(
            self.spec.title or "",
            tuple(map(self._painted, (*boxes, *constants))),
            (*wires, *more),
            enclosures,
            (),
            tuple(self._remarks()),
            self._samples(),
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
            for number, node in enumerate(self.graph.nodes)
            if number not in self.folded.hidden and KINDS.get(node.operation) != "constant"
        ]

    def _node(self, number: int, node: Node) -> Box:
        kind = KINDS.get(node.operation, "operation")
        name = self._short_path(number, node.path)
        named = node.path in self.graph.named or number in self.ends
        return Box(
            f"n{number}",
            kind,
            sign=symbol(node) if kind == "operation" else name,
            name=name if kind == "operation" and named and number not in self.ends else "",
            total=self._total(number),
            tooltip=self._tooltip(number, node),
            frame=self._frame(number),
            nodes=(number,),
            note="reverse" if number >= self.reverse else "plain",
        )

    def _frame(self, number: int) -> str | None:
        fold = self.folded.around.get(number)
        return self.keys[id(fold)] if fold else None

    def _short_path(self, number: int, path: str) -> str:
        """A path without that of the frame around it."""
        fold = self.folded.around.get(number)
        if fold and path.startswith(f"{fold.path}."):
            return path[len(fold.path) + 1 :]
        return path.rpartition(".")[2] if fold else path

    def _total(self, number: int) -> tuple[str, ...]:
        """The gradient of a node that no single wire shows: a sum over users, or the zero of one that has none."""
        if number not in self.walk.gradients or len(self.walk.users(number)) == 1 or number == self.walk.of:
            return ()
        lines = gradient_label(self.walk.gradients[number], full=self.full)
        return (f"Σ {lines[0]}", *lines[1:]) if self.walk.users(number) else lines

    def _tooltip(self, number: int, node: Node) -> str:
        lines = [*self.graph.docs.get(node.path, ())]
        path = node.path or f"({node.operation.name})"
        lines.append(
            f"{path}: {spelled(node)}, {node.operation.formula}" if node.inputs else f"{path}: {spelled(node)}"
        )
        if number in self.walk.values:
            lines.append(f"value {exact(self.walk.values[number])}")
        if number in self.walk.gradients and self.walk.of is not None:
            gradient = self.walk.gradients[number]
            lines.append(f"gradient of {self.graph.nodes[self.walk.of].path}: {_exact_gradient(gradient)}")
        return "\n".join(lines)

    def _folds(self) -> list[Box]:
        members: dict[int, list[int]] = {}
        folds: dict[int, Fold] = {}
        for number, fold in self.folded.hidden.items():
            members.setdefault(id(fold), []).append(number)
            folds[id(fold)] = fold
        return [
            Box(
                f"c{fold.start}",
                "folded",
                sign=fold.label,
                name=f"{len(members[key])} nodes",
                tooltip=f"{fold.path}: {len(members[key])} nodes, folded",
                frame=self.keys[id(fold.parent)] if fold.parent and id(fold.parent) in self.keys else None,
                nodes=tuple(members[key]),
            )
            for key, fold in folds.items()
        ]

    def _ends(self) -> list[Box]:
        return [
            Box(
                f"o{number}",
                "output",
                self.graph.nodes[number].path,
                tooltip=self._tooltip(number, self.graph.nodes[number]),
                nodes=(number,),
                note="reverse" if number >= self.reverse else "plain",
            )
            for number in self.ends
        ]

    # --- wires --------------------------------------------------------------------------------------------------

    def _owner(self, number: int) -> str:
        fold = self.folded.hidden.get(number)
        return f"c{fold.start}" if fold else f"n{number}"

    def _wires(self) -> list[Wire]:
        """The wires between boxes; those of one value into one folded box are one, as are all between two of them."""
        bundles: dict[tuple[str, str, int, int], list[tuple[int, int]]] = {}
        for user, node in enumerate(self.graph.nodes):
            for slot, operand in enumerate(node.inputs):
                source, target = self._owner(operand), self._owner(user)
                if source == target or self._is_constant(operand):
                    continue
                apart = slot if target.startswith("n") else -1
                bundles.setdefault((source, target, operand, apart), []).append((user, slot))
        between: dict[tuple[str, str], list[int]] = {}
        for source, target, operand, _ in bundles:
            between.setdefault((source, target), []).append(operand)
        cables = {ends for ends, values in between.items() if len(values) > 1 and ends[0][0] == ends[1][0] == "c"}
        wires = [
            Wire(
                source,
                target,
                self._upper(operand),
                self._lower(edges),
                self._wire_tooltip(operand, edges),
                operand,
                tuple(edges),
                "reverse" if edges[0][0] >= self.reverse else "plain",
            )
            for (source, target, operand, _), edges in bundles.items()
            if (source, target) not in cables
        ]
        return [*wires, *(self._cable(ends, between[ends], bundles) for ends in between if ends in cables)]

    def _cable(
        self,
        ends: tuple[str, str],
        operands: Sequence[int],
        bundles: Mapping[tuple[str, str, int, int], list[tuple[int, int]]],
    ) -> Wire:
        """One wire for several values from a folded box to another."""
        names = [self.graph.nodes[operand].path for operand in operands[:MOST_NAMED]]
        more = [f"and {len(operands) - MOST_NAMED} more"] if len(operands) > MOST_NAMED else []
        edges = tuple(edge for operand in operands for edge in bundles[(*ends, operand, -1)])
        return Wire(*ends, (f"{len(operands)} values",), (), "\n".join((*names, *more)), -1, edges)

    def _is_constant(self, number: int) -> bool:
        """Constants stand beside their users, wherever the graph has them."""
        return KINDS.get(self.graph.nodes[number].operation) == "constant"

    def _upper(self, number: int) -> tuple[str, ...]:
        value = self.walk.values.get(number)
        return value_label(value, full=self.full) if value is not None else ()

    def _sent(self, edges: Sequence[tuple[int, int]]) -> Array | None:
        """The gradient that comes back along wires, added up; None where none does."""
        parts = [self.walk.products[edge] for edge in edges if edge in self.walk.products]
        if not parts:
            return None
        total = parts[0]
        with np.errstate(all="ignore"):
            for part in parts[1:]:
                total = total + part
        return np.asarray(total)

    def _lower(self, edges: Sequence[tuple[int, int]]) -> tuple[str, ...]:
        sent = self._sent(edges)
        return gradient_label(sent, full=self.full) if sent is not None else ()

    def _wire_tooltip(self, number: int, edges: Sequence[tuple[int, int]]) -> str:
        path = self.graph.nodes[number].path or self.graph.nodes[number].operation.name
        value = self.walk.values.get(number)
        lines = [f"{path} = {exact(value)}" if value is not None else f"{path}: not computed"]
        sent = self._sent(edges)
        if sent is not None:
            lines.append(f"gradient along this edge: {_exact_gradient(sent)}")
        return "\n".join(lines)

    def _last_wires(self) -> list[Wire]:
        wires = []
        for number in self.ends:
            seed = seed_of(self.walk) if number == self.walk.of else None
            lower = gradient_label(seed, full=self.full) if seed is not None else ()
            tooltip = self._wire_tooltip(number, ())
            note = "reverse" if number >= self.reverse else "plain"
            wires.append(
                Wire(self._owner(number), f"o{number}", self._upper(number), lower, tooltip, number, (), note)  # type: ignore[arg-type]  # one of its literals
            )
        return wires

    # --- constants ----------------------------------------------------------------------------------------------

    def _constants(self) -> tuple[list[Box], list[Wire]]:
        """A constant stands beside each of its users."""
        boxes, wires = [], []
        for user, node in enumerate(self.graph.nodes):
            if user in self.folded.hidden:
                continue
            for slot, operand in enumerate(node.inputs):
                if not self._is_constant(operand):
                    continue
                key = f"k{user}_{slot}"
                constant = self.graph.nodes[operand]
                value = self.walk.values.get(operand)
                tooltip = f"constant {exact(value)}" if value is not None else "constant"
                boxes.append(Box(key, "constant", symbol(constant), "", (), tooltip, self._frame(user), (operand,)))
                wires.append(Wire(key, f"n{user}", (), (), tooltip, operand, ((user, slot),)))
        return boxes, wires

    # --- words --------------------------------------------------------------------------------------------------

    def _samples(self) -> Mapping[str, str]:
        samples = {"value": "above an edge: the value"}
        if self.walk.of is not None:
            samples["gradient"] = f"below it: the gradient of {self.graph.nodes[self.walk.of].path}"
        return samples

    def _remarks(self) -> list[str]:
        remarks = []
        if any(value.ndim for value in self.walk.values.values()):
            remarks.append("of a tensor: its shape, mean ± standard deviation; of a gradient: the norm ‖·‖")
        if len(self.walk.values) < len(self.graph.nodes):
            unfed = [path for path, each in self.graph.inputs.items() if each.index not in self.walk.values]
            remarks.append(f"not computed: what depends on {', '.join(unfed)}, which has no value")
        return remarks


def _exact_gradient(gradient: Array) -> str:
    return exact(gradient) if gradient.ndim == 0 else ", ".join((exact(gradient), *gradient_label(gradient)))
