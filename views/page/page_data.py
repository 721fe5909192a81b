"""What the page's script is told: the steps with their sentences, the nodes, the frames."""

from collections.abc import Sequence
from typing import Any

from ...compiler.graph.graph import Node
from ...compiler.graph.spec import Spec
from ...compiler.ops.leaves import PARAM
from ...grammar.diagnostic import shown
from ..walk.formulas import forward_formula, with_texts
from ..walk.rules import local_rule, share
from ..walk.sentences import Sentence, Teller, said_rule
from ..walk.symbols import spelled
from ..walk.walk import Walk, WalkStep
from .frame_data import frames_data, open_frames
from .nest import Inside
from .page_program import page_program

PACE = 900
"""Milliseconds from step to step while it plays."""


def page_data(spec: Spec, walk: Walk, made: Sequence[Inside], depth: int | None) -> dict[str, Any]:
    """All that the page's script is told; `depth` says which frames are open at first."""
    return _Data(spec, walk).document(made, depth)


class _Data:
    def __init__(self, spec: Spec, walk: Walk) -> None:
        self.spec = spec
        self.walk = walk
        self.graph = walk.graph
        self.teller = Teller(walk)

    def document(self, made: Sequence[Inside], depth: int | None) -> dict[str, Any]:
        told = [self.teller.sentence(step) for step in self.walk.steps]
        program = page_program(self.walk)
        editable = program is not None
        places = [self._line(each) for each in told]
        lines = dict.fromkeys(places)
        numbers = {line: number for number, line in enumerate(lines)}
        seed = next((n for n, step in enumerate(self.walk.steps) if step.kind == "seed"), -1)
        return {
            "of": self.walk.of if self.walk.of is not None else -1,
            "reverse": seed,
            "program": program,
            "pace": PACE,
            "inputs": [each.index for each in self.graph.inputs.values()]
            + [each.index for each in self.graph.held.values()],
            "lines": list(lines),
            "nodes": [self._node(number, node, editable) for number, node in enumerate(self.graph.nodes)],
            "steps": [self._step(each) | {"line": numbers[place]} for each, place in zip(told, places, strict=True)],
            "frames": frames_data(self.walk, made),
            "open": open_frames(self.graph, made, depth),
        }

    def _line(self, told: Sentence) -> str:
        """Where a step comes from: the number and the text of its line, behind its file where that is another."""
        span = told.span
        if span is None or span.line > len(span.source.line_starts):
            return ""
        file = f"{span.source.name}:" if span.source is not self.spec.source else ""
        return shown(f"{file}{span.line}: {span.source.line(span.line).strip()}")

    def _node(self, number: int, node: Node, editable: bool) -> dict[str, Any]:
        formula = f"{spelled(node)}: {node.operation.formula}" if node.inputs else spelled(node)
        if node.operation is PARAM and node.path in self.spec.frozen:
            formula += ", frozen"
        made: dict[str, Any] = {
            "name": self.teller.name(number),
            "formula": formula,
            "doc": "\n".join(shown(line) for line in self.graph.docs.get(node.path, ())),
        }
        if editable:
            template = forward_formula(node)
            places = {operand: f"@{slot}@" for slot, operand in enumerate(node.slots)}
            made |= {
                "inputs": node.inputs,
                "number": self.walk.values[number].item(),
                "names": with_texts(template, self.teller.names(node)) if node.inputs else "",
                "template": with_texts(template, places) if node.inputs else "",
            }
        return made

    def _step(self, sentence: Sentence) -> dict[str, Any]:
        step = sentence.step
        made: dict[str, Any] = {
            "kind": step.kind, "node": step.node, "left": sentence.left, "parts": sentence.parts,
        }  # fmt: skip
        if step.kind == "product":
            made |= {"user": step.user, "slot": step.slot, **self._rule(step)}
        elif step.kind == "sum":
            users = self.walk.users(step.node)
            made["edges"] = [(f"{user},{slot}", self.teller.name(user)) for user, slot in users]
        return made

    def _rule(self, step: WalkStep) -> dict[str, str]:
        user = self.graph.nodes[step.user]
        operand = user.slots[step.slot]
        if (step.user, step.slot) in self.walk.locals:
            rule = local_rule(user, step.slot)
            said = f"d {user.operation.called}/d {operand} = {with_texts(rule, {})}"
            return {"rule": said, "factor": self.teller.factor(rule, self.teller.names_in_rules(user))}
        whole = share(user, step.slot, [self.graph.nodes[each].type for each in user.inputs])
        told, *explained = said_rule(whole, {each: each for each in user.slots})
        return {"rule": f"to {operand}: {told}{' with ' if explained else ''}{', '.join(explained)}"}
