"""Functions that JAX has traced, carried out in NumPy, each part of them as soon as what it needs is there."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import jax
import numpy as np
from jax.extend import core

from .numpy_primitives import PRIMITIVES

Array: TypeAlias = Any

CALLS = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
}
"""Primitives that call a function, and where they hold it."""


class _Equation(NamedTuple):
    function: Callable[..., Any]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    several: bool


class Traced:
    """A function as NumPy's calls, in stages.

    Arguments come in `groups`, each of so many numbers; a stage computes what hangs on its groups and was not computed
    by a stage before. `stages` are sets of groups. Values lie in a list, which a call of `start` makes.
    """

    def __init__(self, function: core.ClosedJaxpr, groups: Sequence[int], stages: Sequence[set[int]]) -> None:
        self._constants: list[Array] = []
        self._equations: list[_Equation] = []
        made: dict[Any, int] = {}
        self._groups: list[range] = []
        for size in groups:
            before = len(self._constants)
            self._groups.append(range(before, before + size))
            self._constants += [None] * size
        made |= {variable: number for number, variable in enumerate(function.jaxpr.invars)}
        self.outputs = self._inlined(function, made)
        self._parts = self._staged(stages)

    def _inlined(self, function: core.ClosedJaxpr, made: dict[Any, int]) -> list[int]:
        """Adds the equations of a function, of which `made` has the arguments; gives where its results lie."""
        jaxpr = function.jaxpr
        for variable, value in zip(jaxpr.constvars, function.consts, strict=True):
            made[variable] = self._constant(np.asarray(value))
        for equation in jaxpr.eqns:
            inputs = [self._place(each, made) for each in equation.invars]
            if equation.primitive.name in CALLS:
                inner = equation.params[CALLS[equation.primitive.name]]
                closed = inner if hasattr(inner, "consts") else core.ClosedJaxpr(inner, ())
                results = self._inlined(closed, dict(zip(closed.jaxpr.invars, inputs, strict=True)))
                made.update(zip(equation.outvars, results, strict=True))
                continue
            outputs = [self._constant(None) for _ in equation.outvars]
            made.update(zip(equation.outvars, outputs, strict=True))
            several = equation.primitive.multiple_results
            self._equations.append(_Equation(carried_out(equation), tuple(inputs), tuple(outputs), several))
        return [self._place(each, made) for each in jaxpr.outvars]

    def _place(self, atom: Any, made: Mapping[Any, int]) -> int:
        return self._constant(np.asarray(atom.val)) if isinstance(atom, core.Literal) else made[atom]

    def _constant(self, value: Array) -> int:
        self._constants.append(value)
        return len(self._constants) - 1

    def _staged(self, stages: Sequence[set[int]]) -> list[list[_Equation]]:
        """The equations that something hangs on, by the first stage that can carry them out."""
        wanted = set(self.outputs)
        kept = []
        for equation in reversed(self._equations):
            if wanted.intersection(equation.outputs):
                wanted.update(equation.inputs)
                kept.append(equation)
        hangs: dict[int, frozenset[int]] = {
            place: frozenset({number}) for number, places in enumerate(self._groups) for place in places
        }
        parts: list[list[_Equation]] = [[] for _ in stages]
        for equation in reversed(kept):
            on = frozenset().union(*(hangs.get(each, frozenset()) for each in equation.inputs))
            hangs.update(dict.fromkeys(equation.outputs, on))
            parts[next(number for number, stage in enumerate(stages) if on <= stage)].append(equation)
        return parts

    def start(self) -> list[Array]:
        return self._constants.copy()

    def run(self, values: list[Array], stage: int, group: int, given: Sequence[Array], results: slice) -> list[Array]:
        """Carries a stage out, with the arguments of a group more; gives some of the results."""
        places = self._groups[group]
        values[places.start : places.stop] = given
        for function, inputs, outputs, several in self._parts[stage]:
            made = function(*[values[each] for each in inputs])
            if several:
                for place, value in zip(outputs, made, strict=True):
                    values[place] = value
            else:
                values[outputs[0]] = made
        return [values[each] for each in self.outputs[results]]


def carried_out(equation: Any) -> Callable[..., Any]:
    """What an equation computes; by JAX itself where NumPy's form of it is missing."""
    found = PRIMITIVES.get(equation.primitive.name)
    return by_jax(equation) if found is None else partial(found, equation.params)


def by_jax(equation: Any) -> Callable[..., Any]:
    """What an equation computes, as JAX does, which compiles it."""

    def bound(*operands: Array) -> Any:
        found = equation.primitive.bind(*map(jax.numpy.asarray, operands), **equation.params)
        return [np.asarray(each) for each in found] if equation.primitive.multiple_results else np.asarray(found)

    return bound
