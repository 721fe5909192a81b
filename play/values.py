"""`run`: the value and the gradient of every node that has a name; and values as messages hold them."""

from __future__ import annotations

from typing import Any

from ..compiler.shape import shape_text
from ..runtime.arrays import Array
from ..views.text.json_values import Json, json_value
from ..views.text.numerals import gradient_label, value_label
from ..views.walk.formulas import forward_formula, with_texts
from ..views.walk.sentences import Teller
from .passes import Passes
from .programs import Text

MOST_NUMBERS = 4096
"""Numbers of a value that a message holds; of one with more it has the shape alone."""

MOST_NODES = 5000
"""Nodes whose values one answer has."""


def listed(value: Array) -> Json:
    """A value as nested lists; None where it is large."""
    return json_value(value) if value.size <= MOST_NUMBERS else None


def ran(made: Text, passed: Passes) -> dict[str, Any]:
    """Every node that has a path, with its numbers."""
    walk = passed.walk
    teller = Teller(walk)
    nodes: dict[str, Any] = {}
    for number, node in enumerate(walk.graph.nodes):
        if not node.path or node.path in nodes:
            continue
        if len(nodes) == MOST_NODES:
            break
        value, gradient = walk.values.get(number), walk.gradients.get(number)
        own = node.span is not None and node.span.own.source is made.source
        nodes[node.path] = {
            "value": None if value is None else listed(value),
            "gradient": None if gradient is None else listed(gradient),
            "shown": {
                "value": [] if value is None else list(value_label(value)),
                "gradient": [] if gradient is None else list(gradient_label(gradient)),
            },
            "line": node.span.own.line if own and node.span is not None else None,
            "shape": shape_text(node.type.shape) if value is None else list(value.shape),
            "formula": with_texts(forward_formula(node), teller.names(node)) if node.inputs else "",
        }
    return {"nodes": nodes, "of": passed.of, "remarks": made.told(passed.remarks)}
