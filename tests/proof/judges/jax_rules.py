"""Operations as JAX has traced and differentiated them, twice, for operands of some shapes.

`jax.make_jaxpr` of a function, of its `jax.vjp`, and of the `jax.jvp` of both says what JAX would compute; that is
carried out in NumPy (traced.py), because JAX itself compiles every primitive for every shape. What was traced is kept.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

import jax
import numpy as np
from jax import numpy as jnp

from .jax_operations import operation
from .traced import Traced

jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]

Array: TypeAlias = Any
Shape = tuple[int, ...]
Active = tuple[int, ...]
"""Which operands hang on what is differentiated."""

Kinds = tuple[tuple[Shape, str], ...]
"""Shapes of operands, and "f" or "i"."""

# fmt: off
ELEMENTWISE = frozenset([
    "add", "sub", "mul", "div", "neg", "exp", "log", "abs", "pow", "sqrt", "sin", "cos", "log1p", "expm1", "erf",
    "sign", "floor", "less", "equal", "detach", "where", "maximum", "minimum", "clip", "relu", "sigmoid", "tanh",
    "softplus", "identity", "real",
])
"""Operations each element of whose result is of one element of each operand: they are traced for single numbers."""

LINEAR = frozenset([
    "sum", "mean", "reshape", "reshape_like", "flatten", "expand", "slice", "concat", "stack", "take", "transpose",
    "cumsum", "mean_pool",
])
"""Operations that are linear in all their real operands together, which `jax.linear_transpose` holds them to."""
# fmt: on

VALUE, ADJOINTS, TANGENT, SECOND = range(4)
"""What is computed, in this order: the value; adjoints of operands from that of the result; the tangent of the result
from those of operands; the tangents of the adjoints from that of the result's adjoint."""


class Applied(Protocol):
    """An operation on one node's operands, which remembers them; arguments and results are those of the operands that
    hang on what is differentiated."""

    value: Array

    def adjoints(self, adjoint: Array) -> Sequence[Array]: ...

    def tangent(self, tangents: Sequence[Array]) -> Array: ...

    def adjoint_tangents(self, tangent: Array) -> Sequence[Array]: ...


class _General:
    """All four of one function that JAX has differentiated: the jvp of value and vjp together."""

    STAGES = ({0}, {0, 1}, {0, 2}, {0, 1, 2, 3})

    def __init__(self, function: Callable[..., Array], kinds: Kinds, shape: Shape, active: Active) -> None:
        given = [_like(*kind) for kind in kinds]
        self.active = active
        count = len(active)
        if not count:
            self.traced = Traced(jax.make_jaxpr(function)(*given), [len(kinds)], [{0}])
            return
        chosen, result = [given[each] for each in active], _like(shape, "f")

        def whole(operands: list[Array], adjoint: Array, tangents: list[Array], adjoint_tangent: Array) -> Array:
            def of_active(*values: Array) -> Array:
                return function(*_filled(operands, active, values))

            def back(values: list[Array], adjoint: Array) -> Array:
                value, pulled = jax.vjp(of_active, *values)
                return value, pulled(adjoint)

            values = [operands[each] for each in active]
            return jax.jvp(back, (values, adjoint), (tangents, adjoint_tangent))

        traced = jax.make_jaxpr(whole)(given, result, chosen, result)
        self.traced = Traced(traced, [len(kinds), 1, count, 1], self.STAGES)

    def applied(self, operands: Sequence[Array]) -> "Applied":
        return _AppliedGeneral(self, operands)


class _AppliedGeneral:
    def __init__(self, rule: _General, operands: Sequence[Array]) -> None:
        self._traced, self._count = rule.traced, len(rule.active)
        self._values = self._traced.start()
        self.value = self._run(VALUE, operands, slice(1))[0]

    def _run(self, stage: int, given: Sequence[Array], results: slice) -> list[Array]:
        return self._traced.run(self._values, stage, stage, given, results)

    def adjoints(self, adjoint: Array) -> Sequence[Array]:
        return self._run(ADJOINTS, [adjoint], slice(1, 1 + self._count))

    def tangent(self, tangents: Sequence[Array]) -> Array:
        return self._run(TANGENT, tangents, slice(1 + self._count, 2 + self._count))[0]

    def adjoint_tangents(self, tangent: Array) -> Sequence[Array]:
        return self._run(SECOND, [tangent], slice(2 + self._count, None))


class _Linear:
    """A linear function, and its transpose."""

    STAGES = ({0}, {0, 1})

    def __init__(self, function: Callable[..., Array], kinds: Kinds, shape: Shape, active: Active) -> None:
        given = [_like(*kind) for kind in kinds]
        self.active = active

        def both(operands: list[Array], adjoint: Array) -> Any:
            def of_active(*values: Array) -> Array:
                zeros = [
                    jnp.zeros(each[0]) if each[1] == "f" else value for each, value in zip(kinds, operands, strict=True)
                ]
                return function(*_filled(zeros, active, values))

            transposed = jax.linear_transpose(of_active, *(given[each] for each in active))
            return function(*operands), transposed(adjoint)

        traced = jax.make_jaxpr(both)(given, _like(shape, "f"))
        self.traced = Traced(traced, [len(kinds), 1], self.STAGES)

    def applied(self, operands: Sequence[Array]) -> "Applied":
        return _AppliedLinear(self, operands)


class _AppliedLinear:
    def __init__(self, rule: _Linear, operands: Sequence[Array]) -> None:
        self._traced, self._active, self._operands = rule.traced, rule.active, operands
        self._values = self._traced.start()
        self.value = self._traced.run(self._values, VALUE, 0, operands, slice(1))[0]

    def adjoints(self, adjoint: Array) -> Sequence[Array]:
        return self._traced.run(self._values, ADJOINTS, 1, [adjoint], slice(1, None))

    def tangent(self, tangents: Sequence[Array]) -> Array:
        zeros = [np.zeros_like(each) if each.dtype.kind == "f" else each for each in self._operands]
        changed = _filled(zeros, self._active, tangents)
        return self._traced.run(self._traced.start(), VALUE, 0, changed, slice(1))[0]

    def adjoint_tangents(self, tangent: Array) -> Sequence[Array]:
        return self.adjoints(tangent)


class _Elementwise:
    """A function of single numbers, on arrays that NumPy broadcasts; an adjoint is added up where it did."""

    def __init__(self, function: Callable[..., Array], kinds: Kinds, active: Active) -> None:
        self.rule = _General(function, kinds, (), active)

    def applied(self, operands: Sequence[Array]) -> "Applied":
        return _AppliedElementwise(self.rule, operands)


class _AppliedElementwise(_AppliedGeneral):
    def __init__(self, rule: _General, operands: Sequence[Array]) -> None:
        self._shape = np.broadcast_shapes(*map(np.shape, operands))
        self._shapes = [np.shape(operands[each]) for each in rule.active]
        super().__init__(rule, operands)
        self.value = np.broadcast_to(self.value, self._shape)

    def adjoints(self, adjoint: Array) -> Sequence[Array]:
        return self._narrowed(super().adjoints(adjoint))

    def tangent(self, tangents: Sequence[Array]) -> Array:
        return np.broadcast_to(super().tangent(tangents), self._shape)

    def adjoint_tangents(self, tangent: Array) -> Sequence[Array]:
        return self._narrowed(super().adjoint_tangents(tangent))

    def _narrowed(self, whole: Sequence[Array]) -> list[Array]:
        return [
            self._of_shape(np.broadcast_to(each, self._shape), own)
            for each, own in zip(whole, self._shapes, strict=True)
        ]

    @staticmethod
    def _of_shape(whole: Array, shape: Shape) -> Array:
        if whole.shape == shape:
            return whole
        before = whole.ndim - len(shape)
        axes = [axis for axis in range(whole.ndim) if axis < before or (shape[axis - before] == 1 != whole.shape[axis])]
        return whole.sum(tuple(axes)).reshape(shape)


class Rules:
    """What was traced, by operation, settings and shapes."""

    def __init__(self) -> None:
        self._kept: dict[Any, _General | _Linear | _Elementwise] = {}

    def applied(
        self, name: str, operands: Sequence[Array], settings: Sequence[Any], shape: Shape, active: Active
    ) -> Applied:
        """An operation on a node's operands, whose result has this shape."""
        function, special = operation(name, operands)
        elementwise = name in ELEMENTWISE
        kinds = tuple(
            ((() if elementwise else each.shape), "f" if each.dtype.kind == "f" else "i") for each in operands
        )
        key = name, special, repr(settings), kinds, active
        if key not in self._kept:
            with jax.disable_jit():  # what jnp calls is traced in place, not as a function of its own
                self._kept[key] = _rule(name, lambda *values: function(*values, *settings), kinds, shape, active)
        return self._kept[key].applied(operands)


def _rule(
    name: str, function: Callable[..., Array], kinds: Kinds, shape: Shape, active: Active
) -> "_General | _Linear | _Elementwise":
    if name in ELEMENTWISE:
        return _Elementwise(function, kinds, active)
    return (_Linear if name in LINEAR and active else _General)(function, kinds, shape, active)


def _like(shape: Shape, kind: str) -> Any:
    return jax.ShapeDtypeStruct(shape, np.float64 if kind == "f" else np.int64)


def _filled(operands: Sequence[Array], active: Active, values: Sequence[Array]) -> list[Array]:
    """Operands, of which some have other values."""
    filled = dict(zip(active, values, strict=True))
    return [filled.get(number, each) for number, each in enumerate(operands)]
