"""What is to be written as the lines of a function of C, and what comes of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...lower.computation import Computation
from ...ops.forms.c.form import Seen
from ...ops.forms.c.value import CValue
from ...ops.leaves import CONSTANT
from ...shape import Kind


class Destination(NamedTuple):
    """Where a target goes; `leaf` is the node whose value lies there until then."""

    target: int
    value: CValue
    leaf: int | None = None


@dataclass(frozen=True)
class Task:
    """A computation, where its leaves lie, where its targets go; `step` is the number of the step, for draws.

    `seed` is that of the spec, `docs` are lines that stand before nodes.
    """

    computation: Computation
    leaves: Mapping[int, CValue]
    destinations: Sequence[Destination]
    seed: int
    step: str = "0"
    docs: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Body:
    """Lines, what they call, arrays of numbers by name, and how many elements of memory they need, by kind."""

    lines: tuple[str, ...]
    functions: tuple[str, ...]
    constants: Mapping[str, tuple[Kind, Any]]
    sizes: Mapping[Kind, int]


def bounds_of(computation: Computation) -> Iterator[tuple[int, int]]:
    """Leaves whose numbers count classes or elements, and how many there are."""
    nodes = computation.nodes
    for node in nodes:
        values = node.operation.values
        types = tuple([nodes[operand].type for operand in node.inputs])
        found = [values.classes(types, node.type) if values.classes else None]
        found.append(values.indices(types, node.attributes) if values.indices else None)
        for each in found:
            if each is None:
                continue
            operand = node.inputs[each[0]]
            while isinstance(nodes[operand].operation.c, Seen):
                operand = nodes[operand].inputs[0]
            if nodes[operand].operation.role == "leaf" and nodes[operand].operation is not CONSTANT:
                yield operand, int(str(each[1]))
