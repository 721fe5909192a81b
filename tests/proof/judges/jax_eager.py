"""JAX as a judge of whole programs: values from operands that we computed, gradients by its own differentiation.

It compiles each primitive for each shape, half a minute for a program; jax_judge.py judges by the same functions.
"""

from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from .jax_operations import operation as function_of
from .metrics import metric
from .subject import Subject
from .verdict import VALUE, compare, compare_gradients, largest

jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]


def _array(value: Any) -> jax.Array:
    array = np.asarray(value)
    return jnp.asarray(array, "int64" if array.dtype.kind in "iu" else "float64")


@jax.custom_jvp
def _ours(theirs: jax.Array, ours: jax.Array) -> jax.Array:
    """Puts our value in the place of JAX's, whose gradient passes as if it were its own (see torch_judge.py)."""
    return ours


@_ours.defjvp
def _(primals: Any, tangents: Any) -> Any:
    return _ours(*primals), tangents[0]


def judge(subject: Subject) -> None:
    """Raises Mismatch where a value of a node, or a gradient, is not JAX's but for rounding."""
    values, plan = dict(enumerate(subject.values)), subject.plan
    values.update(plan.constants)
    slots = list(subject.sources.values())
    fixed = {slot: _array(constant) for slot, constant in plan.constants}
    fed = [*(leaf.slot for leaf in plan.leaves), *(draw.slot for draw in plan.draws)]
    fixed |= {slot: _array(values[slot]) for slot in fed}
    checked = False

    def loss(*sources: jax.Array) -> jax.Array:
        nonlocal checked
        theirs = fixed | dict(zip(slots, sources, strict=True))
        for slot, operation, inputs, attributes in plan.steps:
            settings = attributes[:-1] if operation.of_run else attributes
            judged = metric(operation.name, [values[each] for each in inputs], settings)
            operands = [theirs[each] for each in inputs]
            if judged is None:
                function, _ = function_of(operation.name, [np.asarray(values[each]) for each in inputs])
            made = function(*operands, *settings) if judged is None else judged
            if not checked:
                scale = max(largest(values[each]) for each in (*inputs, slot))
                compare(f"value of {operation.name} (node {slot})", values[slot], np.asarray(made), scale, VALUE)
            ours = _array(values[slot])
            theirs[slot] = _ours(made, ours) if ours.dtype == jnp.float64 and judged is None else ours
        checked = True
        return theirs[subject.loss]

    given = [fixed[slot] for slot in slots]
    loss(*given)
    positions = tuple(range(len(slots)))

    def differentiated(factor: float) -> list[list[Any]]:
        if not slots:
            return [[], []]
        first = jax.grad(lambda *sources: loss(*sources) * factor, positions)

        def half(*sources: jax.Array) -> jax.Array:
            return sum((jnp.vdot(each, each) for each in first(*sources)), jnp.zeros(())) / 2

        return [[np.asarray(each) for each in found(*given)] for found in (first, jax.grad(half, positions))]

    compare_gradients(subject, differentiated)
