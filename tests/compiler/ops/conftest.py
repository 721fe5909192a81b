"""A builder that computes what is appended to it, at once: an independent judge of the reverse rules."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.ops.builder import Builder
from chainrule.compiler.ops.operation import Operation, Trial
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import SCALAR, Kind, Linear, Type

Array = Any


class Tape(Builder):
    """Nodes with their types and, where all sizes are known, their values.

    Every append checks that the value has the type that was inferred, in the tape's precision.
    """

    def __init__(self, precision: str = "float64") -> None:
        self.dtype = precision
        self.nodes: list[tuple[Operation | None, tuple[int, ...], tuple[Any, ...]]] = []
        self.types: list[Type] = []
        self.values: list[Array | None] = []

    def _add(self, node: tuple[Operation | None, tuple[int, ...], tuple[Any, ...]], type_: Type, value: Array) -> int:
        self.nodes.append(node)
        self.types.append(type_)
        self.values.append(value)
        return len(self.nodes) - 1

    def leaf(self, value: Array) -> int:
        array = np.asarray(value)
        kind: Kind = "int" if array.dtype.kind == "i" else "real"
        array = array if kind == "int" else array.astype(self.dtype)
        return self._add((None, (), ()), Type(kind, array.shape), array)

    def unknown(self, type_: Type) -> int:
        return self._add((None, (), ()), type_, None)

    def type(self, reference: int) -> Type:
        return self.types[reference]

    def constant(self, value: float) -> int:
        return self.leaf(np.asarray(float(value)))

    def size(self, size: int | Linear) -> int:
        return self.constant(size) if isinstance(size, int) else self.unknown(SCALAR)

    def append(self, operation: Operation, inputs: Iterable[int], attributes: tuple[Any, ...]) -> int:
        given = tuple(inputs)
        converted = operation.converted(tuple(self.types[i] for i in given))
        operands = [
            self.append(OPERATIONS["real"], (i,), ()) if real else i for i, real in zip(given, converted, strict=True)
        ]
        types = tuple(self.types[i] for i in operands)
        if operation.complete is not None:
            attributes = operation.complete(types, attributes)
        inferred = operation.infer(types, *attributes)
        value = None
        if all(self.values[i] is not None for i in operands):
            with np.errstate(all="ignore"):
                value = operation.forward(np, *(self.values[i] for i in operands), *attributes)
            if operation.name == "real":
                value = value.astype(self.dtype)
            assert np.shape(value) == inferred.shape, operation
            assert value.dtype == ("int64" if inferred.kind == "int" else self.dtype), operation
        return self._add((operation, tuple(operands), attributes), inferred, value)

    def make(self, name: str, operands: tuple[int, ...], attributes: tuple[Any, ...] = ()) -> int:
        return self.append(OPERATIONS[name], operands, attributes)

    def reverse(self, output: int, upstream: int, wanted: Iterable[int]) -> list[int | None]:
        """The gradients of `output` by the wanted nodes; None where nothing flows."""
        arrived = {output: upstream}
        for number in range(output, -1, -1):
            operation, inputs, attributes = self.nodes[number]
            if operation is None or operation.vjp is None or number not in arrived:
                continue
            flows = operation.vjp(self, arrived[number], *inputs, number, *attributes)
            for operand, flow in zip(inputs, flows, strict=True):
                if flow is None:
                    continue
                assert self.types[flow] == Type("real", self.types[operand].shape), operation
                arrived[operand] = self.add(arrived[operand], flow) if operand in arrived else flow
        return [arrived.get(number) for number in wanted]


@pytest.fixture(scope="session")
def tape() -> type[Tape]:
    return Tape


@pytest.fixture(scope="session")
def draw() -> Callable[..., list[Array]]:
    """Operands for a trial, the same ones every time."""

    def drawn(trial: Trial, seed: int = 0) -> list[Array]:
        random = np.random.default_rng([seed, 17])

        def value(kind: Kind, shape: Any) -> Array:
            if kind == "int":
                return random.integers(trial.classes, size=shape)
            return random.uniform(trial.low, trial.high, size=shape)

        return [value(*type_) for type_ in trial.types]

    return drawn


@pytest.fixture(scope="session")
def gradients() -> Callable[..., list[Array]]:
    """The gradients of an operation by its operands, under an upstream gradient (of ones if there is none)."""

    def computed(
        name: str, *operands: Array, upstream: Array = None, precision: str = "float64", **attributes: Any
    ) -> list[Array]:
        tape = Tape(precision)
        leaves = [tape.leaf(operand) for operand in operands]
        output = getattr(tape, name.replace("-", "_"))(*leaves, **attributes)
        g = tape.leaf(np.ones(tape.type(output).shape) if upstream is None else upstream)
        found = tape.reverse(output, g, leaves)
        return [None if reference is None else tape.values[reference] for reference in found]

    return computed
