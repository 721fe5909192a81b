"""The page: one file that steps through a walk, without a network, its texts safe whatever the names hold."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

from ..compiler.graph import Node
from ..compiler.shape import SCALAR
from ..compiler.spec import Spec
from ..grammar.diagnostic import shown
from .figure import figure
from .folding import depths
from .formulas import forward_formula, with_texts
from .layout import arrange
from .overlay import Overlay
from .picture import Picture, Wire
from .rules import local_rule, tensor_rule
from .sentences import Sentence, Teller
from .sketch import sketch
from .svg import escaped, style_sheet, svg_element
from .symbols import spelled
from .walk import Step, Walk

MOST_STEPS = 20_000
"""Steps up to which a page has them: with more it would be too heavy for a browser."""

PACE = 900
"""Milliseconds from step to step while it plays."""

RECOMPUTED = {
    "add", "sub", "mul", "div", "neg", "exp", "log", "sqrt", "tanh", "sigmoid", "pow", "relu", "softplus", "identity",
    "sum", "mean", "mse", "quadratic-loss", "constant", "input", "param",
}  # fmt: skip
"""Operations that the page itself can compute, on scalars."""


def page(
    spec: Spec, walk: Walk, depth: int | None = None, *, full: bool = False, overlay: Overlay | None = None
) -> str:
    """The page of a walk; without a depth, folded frames open when they are clicked."""
    if not 0 < len(walk.steps) <= MOST_STEPS:
        why = f"the page has no steps: there are {len(walk.steps):,}"
        picture = sketch(spec, walk, depth=depth, full=full, overlay=overlay)
        return still_page(replace(picture, remarks=(*picture.remarks, why)))
    shown_depths = [depth] if depth is not None else depths(walk.graph)
    pictures = [sketch(spec, walk, depth=each, full=full, overlay=overlay) for each in shown_depths]
    drawings = [_drawing(number, picture) for number, picture in enumerate(pictures)]
    data = _Data(spec, walk).document(pictures, ["as is readable", *(f"depth {each}" for each in shown_depths[1:])])
    return _assembled(spec.title or spec.source.name, "\n".join(drawings), data, script=True)


def still_page(picture: Picture) -> str:
    """A page of a picture that has no steps: of a spec with errors."""
    return _assembled(picture.title or "computation graph", _drawing(0, picture), {}, script=False)


def _drawing(number: int, picture: Picture) -> str:
    hidden = " hidden" if number else ""
    drawn = svg_element(figure(replace(picture, title=""), arrange), None, prefix=f"p{number}-")
    return f'<div class="picture" id="p{number}-picture"{hidden}>{drawn}</div>'


def _assembled(title: str, pictures: str, data: Mapping[str, Any], *, script: bool) -> str:
    """The template with all that belongs into it; what is put in is not looked at again."""
    folder = files(__package__).joinpath("page")
    style = style_sheet() + folder.joinpath("page.css").read_text("utf-8")
    code = folder.joinpath("page.js").read_text("utf-8") if script else ""
    policy = (
        f"default-src 'none'; script-src '{_hash(code)}'; style-src '{_hash(style)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    parts = {
        "policy": policy,
        "title": escaped(shown(title)),
        "style": style,
        "pictures": pictures,
        "data": json.dumps(data, ensure_ascii=True, allow_nan=False).replace("<", "\\u003c").replace(">", "\\u003e"),
        "script": code,
    }
    template = folder.joinpath("page.html").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


class _Data:
    """What the page's script is told."""

    def __init__(self, spec: Spec, walk: Walk) -> None:
        self.spec = spec
        self.walk = walk
        self.graph = walk.graph
        self.teller = Teller(walk)
        self.valued = {step.node: number for number, step in enumerate(walk.steps) if step.kind == "value"}
        self.sent = {(step.user, step.slot): number for number, step in enumerate(walk.steps) if step.kind == "product"}
        self.done = {step.node: number for number, step in enumerate(walk.steps) if step.kind != "value"}
        """The step after which a node's gradient is known: the last one about it."""

    def document(self, pictures: Sequence[Picture], labels: Sequence[str]) -> dict[str, Any]:
        told = [self.teller.sentence(step) for step in self.walk.steps]
        editable = self._editable()
        seed = next((n for n, step in enumerate(self.walk.steps) if step.kind == "seed"), -1)
        return {
            "of": self.walk.of if self.walk.of is not None else -1,
            "seed": self._seed() if editable else 1,
            "reverse": seed,
            "editable": editable,
            "pace": PACE,
            "inputs": [each.index for each in self.graph.inputs.values()]
            + [each.index for each in self.graph.params.values()],
            "edges": [f"{user},{slot}" for user, slot in self.walk.products],
            "lines": self._lines(told),
            "nodes": [self._node(number, node, editable) for number, node in enumerate(self.graph.nodes)],
            "steps": [self._step(each) for each in told],
            "pictures": [
                self._picture(number, picture, label)
                for number, (picture, label) in enumerate(zip(pictures, labels, strict=True))
            ],
        }

    def _editable(self) -> bool:
        """Whether the page can compute it all again."""
        return (
            self.walk.of is not None
            and len(self.walk.values) == len(self.graph.nodes)
            and all(node.type == SCALAR and node.operation.name in RECOMPUTED for node in self.graph.nodes)
            and all(abs(value.item()) < float("inf") for value in self.walk.values.values())
        )

    def _seed(self) -> float:
        assert self.walk.of is not None  # only then something is editable
        return float(self.walk.gradients[self.walk.of])

    def _lines(self, told: Sequence[Sentence]) -> dict[int, str]:
        """The lines of the spec that steps speak of."""
        source = self.spec.source
        return {
            line: shown(source.line(line).strip())
            for line in {each.line for each in told}
            if line is not None and line <= len(source.line_starts)
        }

    def _node(self, number: int, node: Node, editable: bool) -> dict[str, Any]:
        formula = f"{spelled(node)}: {node.operation.formula}" if node.inputs else spelled(node)
        made: dict[str, Any] = {
            "name": self.teller.name(number),
            "formula": formula,
            "doc": "\n".join(shown(line) for line in self.graph.docs.get(node.path, ())),
        }
        if editable:
            template = forward_formula(node.operation)
            places = {operand: f"@{slot}@" for slot, operand in enumerate(node.operation.operands)}
            made |= {
                "operation": node.operation.name,
                "inputs": node.inputs,
                "number": self.walk.values[number].item(),
                "names": with_texts(template, self.teller.names(node)) if node.inputs else "",
                "template": with_texts(template, places) if node.inputs else "",
            }
        return made

    def _step(self, sentence: Sentence) -> dict[str, Any]:
        step = sentence.step
        made: dict[str, Any] = {
            "kind": step.kind, "node": step.node, "left": sentence.left, "parts": sentence.parts, "line": sentence.line,
        }  # fmt: skip
        if step.kind == "product":
            made |= {"user": step.user, "slot": step.slot, **self._rule(step)}
        elif step.kind == "sum":
            users = self.walk.users(step.node)
            made["edges"] = [(f"{user},{slot}", self.teller.name(user)) for user, slot in users]
        return made

    def _rule(self, step: Step) -> dict[str, str]:
        user = self.graph.nodes[step.user]
        operand = user.operation.operands[step.slot]
        if (step.user, step.slot) in self.walk.locals:
            rule = local_rule(user.operation, step.slot)
            said = f"d {user.operation.name}/d {operand} = {with_texts(rule, {})}"
            return {"rule": said, "factor": self.teller.factor(rule, self.teller.names(user))}
        return {"rule": f"to {operand}: {with_texts(tensor_rule(user.operation, step.slot), {})}"}

    # --- pictures -----------------------------------------------------------------------------------------------

    def _picture(self, number: int, picture: Picture, label: str) -> dict[str, Any]:
        wires = {f"w{place}": wire for place, wire in enumerate(picture.wires)}
        last = len(self.walk.steps)
        shown_at = {key: self._appears(wire) for key, wire in wires.items()}
        shown_at |= {box.key: (0, max((self.done.get(n, last) for n in box.nodes), default=0)) for box in picture.boxes}
        owner = {n: box.key for box in picture.boxes if box.kind != "output" for n in box.nodes}
        carrier = {edge: key for key, wire in wires.items() for edge in wire.edges}
        return {
            "prefix": f"p{number}-",
            "label": label,
            "shown": {key: [upper, min(lower, last - 1)] for key, (upper, lower) in shown_at.items()},
            "wires": {
                key: {"node": wire.node, "edges": [f"{user},{slot}" for user, slot in wire.edges]}
                for key, wire in wires.items()
            },
            "totals": {box.key: box.nodes[0] for box in picture.boxes if box.total and box.total[0].startswith("Σ")},
            "places": [self._places(step, wires, owner, carrier) for step in self.walk.steps],
            "steps": self._targets(picture, wires),
            "folded": [box.key for box in picture.boxes if box.kind == "folded"],
        }

    def _appears(self, wire: Wire) -> tuple[int, int]:
        """The steps with which a wire's value and its gradient appear."""
        value = self.valued.get(wire.node, 0)
        gradient = max((self.sent[edge] for edge in wire.edges if edge in self.sent), default=-1)
        return value, gradient if gradient >= 0 else self.done.get(wire.node, 0)

    def _places(
        self, step: Step, wires: Mapping[str, Wire], owner: Mapping[int, str], carrier: Mapping[tuple[int, int], str]
    ) -> list[str]:
        """What a step marks: an edge and its user, or a node."""
        if step.kind == "product":
            keys = [carrier.get((step.user, step.slot)), owner.get(step.user)]
        elif step.kind == "seed":
            keys = [key for key, wire in wires.items() if wire.node == step.node and not wire.edges]
        else:
            keys = [owner.get(step.node)]
        return [key for key in keys if key is not None]

    def _targets(self, picture: Picture, wires: Mapping[str, Wire]) -> dict[str, tuple[int, int]]:
        """Where a click on a node or an edge leads: the step of its value, and that of its gradient."""
        targets: dict[str, tuple[int, int]] = {}
        for box in picture.boxes:
            if box.kind != "folded" and box.nodes and box.nodes[0] in self.valued:
                node = box.nodes[0]
                targets[box.key] = (self.valued[node], self.done.get(node, -1))
        for key, wire in wires.items():
            if wire.node in self.valued:
                targets[key] = (self.valued[wire.node], self._appears(wire)[1] or -1)
        return targets
