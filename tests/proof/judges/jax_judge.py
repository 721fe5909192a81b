"""JAX as a judge that compiles nothing: values from operands that we computed, derivatives of each node by its rules.

JAX traces each operation, its derivatives and the derivatives of these (jax_rules.py). From node to node adjoints are
added up here, and so are tangents in the direction of the gradients: the derivatives of half the sum of their squares
are the Hessian times them. `jax_eager.py` leaves all of that to JAX, and takes a thousand times as long.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any, TypeAlias

import numpy as np

from .jax_rules import Applied, Rules
from .metrics import metric
from .subject import Subject
from .verdict import VALUE, compare, compare_gradients, largest

Array: TypeAlias = Any

RULES = Rules()
"""What was traced for one program serves the next."""

Node: TypeAlias = tuple[int, tuple[int, ...], Applied]
"""A slot, those of its operands that hang on what is differentiated, and its operation."""


def _array(value: Any) -> Array:
    array = np.asarray(value)
    return array.astype("int64" if array.dtype.kind in "iu" else "float64", copy=False)


@np.errstate(all="ignore")
def judge(subject: Subject) -> None:
    """Raises Mismatch where a value of a node, or a gradient, is not JAX's but for rounding."""
    values, plan = dict(enumerate(subject.values)), subject.plan
    values.update(plan.constants)
    nodes: list[Node] = []
    active = set(subject.sources.values())
    for slot, operation, inputs, attributes in plan.steps:
        settings = attributes[:-1] if operation.of_run else attributes
        operands, ours = [_array(values[each]) for each in inputs], _array(values[slot])
        made = metric(operation.name, operands, settings)
        if made is None:
            through = ours.dtype.kind == "f" and operation.name != "detach"
            chosen = tuple(number for number, each in enumerate(inputs) if through and each in active)
            applied = RULES.applied(operation.name, operands, settings, ours.shape, chosen)
            made = applied.value
            if chosen:
                active.add(slot)
                nodes.append((slot, tuple(inputs[number] for number in chosen), applied))
        scale = max(largest(each) for each in (*operands, ours))
        compare(f"value of {operation.name} (node {slot})", ours, np.asarray(made), scale, VALUE)

    def differentiated(factor: float) -> list[list[Array]]:
        return [_in_order(subject, found) for found in _twice(subject, nodes, factor)]

    compare_gradients(subject, differentiated)


def _in_order(subject: Subject, found: Mapping[int, Array]) -> list[Array]:
    """What was found for the slots of the sources; zeros where nothing hangs on one."""
    return [
        np.broadcast_to(found.get(slot, np.float64(0)), np.shape(subject.first[path]))
        for path, slot in subject.sources.items()
    ]


def _twice(subject: Subject, nodes: list[Node], factor: float) -> tuple[Mapping[int, Array], Mapping[int, Array]]:
    """Gradients of a multiple of the loss, and those of half the sum of their squares, by slot."""
    adjoints: dict[int, Array] = {subject.loss: np.float64(factor)}
    for slot, inputs, applied in reversed(nodes):
        if slot in adjoints:
            _add(adjoints, inputs, applied.adjoints(adjoints[slot]))
    tangents = {slot: adjoints[slot] for slot in subject.sources.values() if slot in adjoints}
    for slot, inputs, applied in nodes:
        tangents[slot] = applied.tangent([tangents.get(each, _nothing(subject, each)) for each in inputs])
    second: dict[int, Array] = {}
    for slot, inputs, applied in reversed(nodes):
        if slot in adjoints:
            _add(second, inputs, applied.adjoint_tangents(second.get(slot, _nothing(subject, slot))))
    return adjoints, second


def _nothing(subject: Subject, slot: int) -> Array:
    return np.zeros(np.shape(subject.values[slot]))


def _add(sums: MutableMapping[int, Array], slots: tuple[int, ...], adjoints: Any) -> None:
    for slot, adjoint in zip(slots, adjoints, strict=True):
        sums[slot] = sums[slot] + adjoint if slot in sums else adjoint
