"""One operation is one record: all that the system knows about a node kind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple, TypeAlias

from ..shape import Type
from .attribute import Attribute, Attributes, AttributeValue
from .emitter import Joint, Kernel, View
from .facts import Activation, Advice, Algebra, Array, Flops, Rows, Types, Values, Words, for_each_of_largest
from .forms.c.form import CForm
from .forms.numpy_form import NumpyForm
from .forms.onnx.nodes import OnnxForm

Reference: TypeAlias = int
"""A node, by its index in the graph that is being built."""

Namespace: TypeAlias = Any
"""A module of array functions, `numpy` or `jax.numpy`."""


class Trial(NamedTuple):
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


@cache
def _further(first: int, last: int) -> tuple[str, ...]:
    """Names of operands that a variadic operation has beside those of its record."""
    return tuple([f"x{number}" for number in range(first, last + 1)])


def _by_its_nodes(*given: object) -> Any:
    raise TypeError("an operation that is defined by nodes is completed by the table")


@dataclass(frozen=True, slots=True, eq=False)
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
    `define(builder, *operands, *attributes)` stands in place of all these, and of `rows`, `flops` and the local
    derivative: it appends the nodes that the operation is made of and returns the last one. What is given all the same
    (a kernel, a formula) goes before what follows from the nodes.
    `integers` are the operands that take `int` values as they are; an `int` anywhere else is converted to real first.
    `variadic`: a call may give more operands, `x3` after `x1` and `x2`, all of one kind: where one is real, all are.
    `indices` are operands whose literals are whole numbers. `weighted` names its form with one operand more, `weight`,
    which a call gives by that name, `shifted` its form with one more that stands behind the others, `b`; in such a form
    `form_of` is the operation that specs call. `looks_again`: what
    `infer` could not see while dims had no size it sees once they have one, and may raise then.
    `role`: `operation` may be written in a spec; `metric` too, but has no gradient and no reader in the graph;
    `helper` is made by reverse rules and optimisers only; `leaf` has no operands and is fed or made by the executor.
    `kernel` writes the planned form with the very bits of `forward`, `view` the form without a computation;
    `in_place` are positions of operands whose memory the kernel may write its result into. `strided` operations take
    transposed operands as they lie; any other gets them copied into C order, and so is its value, in the plain executor
    too, because numpy's loops round differently where elements lie apart. `joint` writes it together with another
    operation.
    `python` is `scalar` as an expression of its operands {0} and {1} and of functions of `math`, {exp}; it may use the
    name t for a value of its own once it has read its operands. It may raise ArithmeticError or ValueError where
    `scalar` gives an infinity or NaN. `javascript` is `scalar` as an expression over the names of operands and
    attributes, which the page evaluates. `numpy` is how files write it that others are to read and run with numpy
    alone, `c` how it is written in C, `onnx` writes it in operators of ONNX: what is defined by nodes needs none (a
    definition with a form in ONNX is written as that), and a metric needs one for numpy alone. `jnp` is how it is
    written over `jax.numpy`, where that is not the form of numpy with the functions of forms/jnp_form.py. `torch` is
    how it is written over PyTorch, which differentiates it: what only reverse rules and updates call needs none, a
    definition with such a form is written as that, and the gradient at ties must be that of `vjp`.
    `jax(jax, *operands, *attributes)` is what JAX computes in place of `forward` over `jax.numpy`, where that would be
    long to compile; `jax` is the library. `multiplied` are the operands of products that are summed, of matrices and
    convolutions: mixed precision rounds them to half their bits.
    `of_run`: `forward` takes the precision of the run as its last argument. `implicit`: made where an
    `int` meets a real operation; whoever reads a text puts it there himself. `fed_as`: a leaf that takes its place once
    sizes are numbers: what it draws is fed, so it is never shared, moved or folded. `promotes`: numpy itself brings an
    operand of integers to float64 where the other is float64.
    """

    name: str
    operands: tuple[str, ...]
    formula: str
    doc: str
    infer: Callable[..., Type] = _by_its_nodes
    forward: Callable[..., Array] = _by_its_nodes
    vjp: Callable[..., tuple[Reference | None, ...]] | None = None
    scalar: Callable[..., float] | None = None
    define: Callable[..., Reference] | None = None
    attributes: tuple[Attribute, ...] = ()
    complete: Callable[[tuple[Type, ...], Attributes], Attributes] | None = None
    integers: tuple[str, ...] = ()
    indices: tuple[str, ...] = ()
    variadic: bool = False
    weighted: str = ""
    shifted: str = ""
    form_of: str = ""
    looks_again: bool = False
    role: Literal["operation", "metric", "helper", "leaf"] = "operation"
    trials: tuple[Trial, ...] = ()
    kernel: Kernel | None = None
    view: View | None = None
    in_place: tuple[int, ...] = ()
    strided: bool = False
    joint: Joint | None = None
    python: str | None = None
    javascript: str | None = None
    onnx: OnnxForm | None = None
    numpy: NumpyForm | None = None
    jnp: NumpyForm | None = None
    torch: NumpyForm | None = None
    c: CForm | None = None
    jax: Callable[..., Array] | None = None
    multiplied: tuple[int, ...] = ()
    of_run: bool = False
    implicit: bool = False
    fed_as: "Operation | None" = None
    promotes: bool = False
    flops: Flops = for_each_of_largest
    rows: Rows = field(default_factory=Rows)
    values: Values = field(default_factory=Values)
    algebra: Algebra = field(default_factory=Algebra)
    words: Words = field(default_factory=Words)
    activation: Activation | None = None
    advice: Advice = field(default_factory=Advice)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    @property
    def written(self) -> bool:
        """Whether a spec may call it."""
        return self.role in ("operation", "metric") and not self.form_of

    @property
    def called(self) -> str:
        """What a spec calls it."""
        return self.form_of or self.name

    @property
    def on_floats(self) -> bool:
        """Whether its value on Python floats is known; a leaf's is fed."""
        return self.scalar is not None or self.role == "leaf"

    @property
    def by_name(self) -> tuple[str, ...]:
        """The operands that a call gives by their names, behind all settings."""
        return ("weight",) if self.form_of and self.operands[-1] == "weight" else ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of operands as a reference shows them."""
        return (*self.operands, "...") if self.variadic else self.operands

    def slots(self, count: int) -> tuple[str, ...]:
        """The names of so many operands."""
        return (*self.operands, *_further(len(self.operands) + 1, count)) if self.variadic else self.operands

    def converted(self, types: Types) -> tuple[bool, ...]:
        """Of operands of these types, the ones that are to be converted from int to real."""
        real = self.variadic and any(type.kind == "real" for type in types)
        slots = self.slots(len(types))
        kept = () if real else slots if self.variadic and self.integers else self.integers
        return tuple([type.kind == "int" and slot not in kept for slot, type in zip(slots, types, strict=True)])

    @property
    def judges_classes(self) -> bool:
        """Whether it holds scores, its first operand, against classes, its second."""
        return self.values.classes is not None and len(self.operands) >= 2

    @property
    def spreads_classes(self) -> bool:
        """Whether it takes class numbers alone, and makes a row of each."""
        return self.values.classes is not None and len(self.operands) == 1
