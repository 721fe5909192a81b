"""One operation is one record: all that the system knows about a node kind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from ..shape import Shape, Size, Type
from .kernel import Kernel, View

Reference: TypeAlias = int
"""A node, by its index in the graph that is being built."""

AttributeValue: TypeAlias = int | float | Size | Shape | None

Array: TypeAlias = Any
"""A value of the array namespace: numpy's or JAX's, which share no type."""

Namespace: TypeAlias = Any
"""A module of array functions, `numpy` or `jax.numpy`."""

Attributes: TypeAlias = tuple[AttributeValue, ...]
"""Values of a node's attributes, in the order of its operation's."""


class Builder(Protocol):
    """What a reverse rule may use: it appends nodes to the graph, and computes nothing.

    `builder.mul(g, x)` appends the operation of that name (hyphens as underscores; attributes by keyword) and
    returns its reference. Types are inferred as nodes are appended, so `type` always answers.
    """

    def type(self, reference: Reference) -> Type: ...

    def constant(self, value: float) -> Reference: ...

    def size(self, size: Size) -> Reference: ...

    def __getattr__(self, operation: str) -> Callable[..., Reference]: ...


@dataclass(frozen=True, slots=True)
class Attribute:
    """A keyword argument of an operation: a number that is part of the node, not an operand (`axis`, `eps`).

    `kind` says what may stand there; `size` and `shape` attributes are made by the compiler only and may be symbolic.
    """

    name: str
    kind: Literal["integer", "number", "size", "shape"]
    default: AttributeValue = None
    required: bool = False

    @property
    def written(self) -> bool:
        """Whether a spec may write it."""
        return self.kind in ("integer", "number")


@dataclass(frozen=True, slots=True)
class Trial:
    """Operand types on which tests try an operation: a shape or a whole Type each, and its attributes.

    Reals are drawn from between `low` and `high`, integers from `range(classes)`.
    """

    operands: tuple[tuple[int, ...] | Type, ...]
    attributes: tuple[AttributeValue, ...] = ()
    low: float = -2.0
    high: float = 2.0
    classes: int = 3

    @property
    def types(self) -> tuple[Type, ...]:
        """The operands' types; a shape stands for reals."""
        return tuple(operand if isinstance(operand, Type) else Type("real", operand) for operand in self.operands)


@dataclass(frozen=True, slots=True)
class Operation:
    """A node kind.

    `complete(types, attributes)` fills in the attributes that a spec does not write (the rows of a loss), before
    `infer(types, *attributes) -> Type`, which raises `Clash`.
    `forward(xp, *operands, *attributes)` is the reference form, over an array namespace (numpy's or JAX's), careful
    at the extremes; the executor silences floating-point warnings, so it need not.
    A result may be an operand itself or a view of it (`identity`, `reshape`, `transpose`).
    `scalar(*operands, *attributes) -> float` is the form on Python floats, for graphs of scalars: IEEE results,
    never an exception; None where an operation makes no sense on scalars alone.
    `vjp(builder, g, *operands, output, *attributes)` returns, for each operand, the reference of the gradient that
    flows to it (of the operand's own shape) or None where none does; None in its place: not differentiable.
    `integers` are the operands that take `int` values as they are; an `int` anywhere else is converted to real first.
    `role`: `operation` may be written in a spec; `metric` too, but has no gradient and no reader in the graph;
    `helper` is made by reverse rules and optimisers only; `leaf` has no operands and is fed or made by the executor.
    `kernel` writes the planned form with the very bits of `forward`, `view` the form without a computation;
    `in_place` are positions of operands whose memory the kernel may write its result into. `strided` operations take
    transposed operands as they lie; any other gets them copied into C order, in the plain executor too, because
    numpy's loops round differently where elements lie apart.
    `python` is `scalar` as an expression of its operands {0} and {1} and of functions of `math`, {exp}; it may use the
    name t for a value of its own once it has read its operands. It may raise ArithmeticError or ValueError where
    `scalar` gives an infinity or NaN.
    """

    name: str
    operands: tuple[str, ...]
    formula: str
    doc: str
    infer: Callable[..., Type]
    forward: Callable[..., Any]
    vjp: Callable[..., tuple[Reference | None, ...]] | None = None
    scalar: Callable[..., float] | None = None
    attributes: tuple[Attribute, ...] = ()
    complete: Callable[[tuple[Type, ...], Attributes], Attributes] | None = None
    integers: tuple[str, ...] = ()
    role: Literal["operation", "metric", "helper", "leaf"] = "operation"
    trials: tuple[Trial, ...] = field(default=())
    kernel: Kernel | None = None
    view: View | None = None
    in_place: tuple[int, ...] = ()
    strided: bool = False
    python: str | None = None

    def __repr__(self) -> str:
        return f"<operation {self.name}>"
