"""What the system knows of an operation beside how it is computed. The defaults say "nothing known": always safe."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

from ..shape import Shape, Size, Type
from .attribute import Attributes

Array: TypeAlias = Any
"""A value of the array namespace: numpy's or JAX's, which share no type."""

Types: TypeAlias = tuple[Type, ...]
"""The types of an operation's operands."""

# --- rows of the data -------------------------------------------------------------------------------------------

Axes: TypeAlias = frozenset[int]
"""The axes of a value that run over rows of the data, counted from its last one, -1."""

RowRule: TypeAlias = Callable[[Sequence[Axes], Types, Type, Attributes], tuple[Axes | None, bool]]
"""rule(axes of the operands, their types, the result's type, attributes) gives the axes of the result, None where they
cannot be seen, and whether rows are put together on the way."""


def aligned(over: Sequence[Axes], types: Types, result: Type, attributes: Attributes) -> tuple[Axes, bool]:
    """Axes that broadcast together; where two of them run over rows, each row meets all others."""
    found = frozenset[int]().union(*over)
    return found, len(found) > max(map(len, over))


class Rows(NamedTuple):
    """How rows of the data pass through an operation.

    `axes` says where they run in the result; of a scalar result nothing need be said. `same_bits`: a row has the same
    bits whatever rows stand beside it, which a matrix product's has not. `averages`: rows that are put together are
    averaged, all of them alike; where there is an attribute `rows`, by that number. `sized`: sizes among its attributes
    are those of values that go through it, so that where rows are taken in parts they are those of the parts. `last`:
    rows of its operands and its result stand along the last axis.
    """

    axes: RowRule | None = None
    same_bits: bool = False
    averages: bool = False
    sized: bool = False
    last: bool = False

    @property
    def each(self) -> bool:
        """Whether each element of the result comes from one element of each operand."""
        return self.axes is aligned


EACH = Rows(aligned, same_bits=True)
"""Rows of an operation that goes element by element."""

# --- values -----------------------------------------------------------------------------------------------------

Range: TypeAlias = tuple[float, float]


def within(low: float, high: float) -> Callable[..., Range | None]:
    """Bounds that hold for operands of any type."""
    return lambda *types: (low, high)


class Values(NamedTuple):
    """What is known of an operation's values.

    `bounds(*types of operands)`: between what they lie, ends included, for all operands that are numbers.
    `side(xp, *operands, *attributes)`: on which side of its kinks and jumps each element stands; between two points
    with other sides differences say nothing about a slope.
    `passes_on`: the values are the `elements` of the first operand in their order, or the same ones `moved`, or they
    are `chosen` from its elements, some left out, some repeated, or a
    number of the call put beside them; of a variadic operation, from those of all.
    `classes(types of operands, type of the result)`: the operand that holds class numbers, and of how many classes;
    None where none does.
    `indices(types of operands, attributes)`: the operand that counts elements, from 0 on, and how many there are.
    `probabilities`: of a loss, the operation that makes probabilities of its first operand, by name: `identity` where
    it takes them as such.
    `higher_is_better`: of a metric, whether its largest value is the best.
    `held`: derivatives take the value for a constant, whatever it was computed from.
    `channels`: its units are channels, along the axis behind the rows; those of any other stand along the last axis.
    """

    bounds: Callable[..., Range | None] | None = None
    side: Callable[..., Array] | None = None
    passes_on: Literal["", "elements", "moved", "chosen"] = ""
    classes: Callable[[Types, Type], tuple[int, Size] | None] | None = None
    indices: Callable[[Types, Attributes], tuple[int, Size]] | None = None
    probabilities: str = ""
    higher_is_better: bool = False
    held: bool = False
    channels: bool = False


class Algebra(NamedTuple):
    """Laws that hold to the bit, NaN, infinities and signed zeros included, but for `linear`.

    `commutative`: the order of the operands is all the same. `neutral`: a number that, in place of one of the operands
    at `neutral_at`, leaves the other as it is. `involution`: done twice, it gives back its operand. `idle`: of its
    operand's own type it gives it back.
    `involution` and `idle` hold where the attributes are those by default, or the types the same.
    `linear`: groups of operands in which it is linear, together, up to a constant: the mean of its values is its value
    at their means. `weighs`: the operand that holds the weights of sums over the first one's features.
    """

    commutative: bool = False
    neutral: float | None = None
    neutral_at: tuple[int, ...] = (1,)
    involution: bool = False
    idle: bool = False
    linear: tuple[tuple[int, ...], ...] = ()
    weighs: int | None = None


# --- costs ------------------------------------------------------------------------------------------------------

Flops: TypeAlias = Callable[[Types, Type, Attributes], int]
"""flops(types of the operands, type of the result, attributes), every size a number, counts additions, products,
comparisons, elementary functions."""


def elements(type: Type) -> int:
    """How many elements a value has whose sizes are numbers."""
    return math.prod(size for size in type.shape if isinstance(size, int))


def for_each(flops: int) -> Flops:
    """So many for each element of the result."""
    return lambda types, result, attributes: flops * elements(result)


def for_each_operand(flops: int) -> Flops:
    """So many for each element of the first operand."""
    return lambda types, result, attributes: flops * elements(types[0])


def for_each_of_largest(types: Types, result: Type, attributes: Attributes) -> int:
    """One for each element of the largest operand or of the result."""
    return max(map(elements, (*types, result)))


# --- words ------------------------------------------------------------------------------------------------------


class Share(NamedTuple):
    """What an operand gets of the gradient g that arrives: the value of `formula`, then what `ending` does with it.

    The formula is over g, the operands' names, the operation's attributes, n (how many elements a mean is of), N (the
    rows of a loss) and the names that `where` explains; operands stand in braces in an ending. `shape` is that of the
    formula's value where it is another than the operand's, so that a sum over what was broadcast follows.
    """

    formula: str
    ending: str = ""
    where: Mapping[str, "Share"] = MappingProxyType({})
    shape: Shape | None = None


IN_EACH_ROW = "summed in each row"

Shares: TypeAlias = Callable[[Types, Type, Attributes], tuple[Share, ...]]
"""shares(types of the operands, type of the result, attributes): a share for each operand."""


def shares(*given: Share) -> Shares:
    """Shares that are the same for operands of any type."""
    return lambda types, result, attributes: given


@dataclass(frozen=True, slots=True)
class Words:
    """How an operation is written and told.

    `sign`: what a textbook draws in its circle; an operation with one is written as its formula. `latex`: a call in
    LaTeX, {} the operand. `local`: the local derivative by each operand, over their names, between scalars and element
    by element: an expression of the language, or cases, `1 where x > 0, else 0`. `shares`: what operands get of a
    gradient, where that is more than a product with the local derivative. `index`: the attributes as an index, which is
    written after the operand in place of a call.
    """

    sign: str = ""
    latex: str = ""
    local: tuple[str, ...] = ()
    shares: Shares | None = None
    index: Callable[..., str] | None = None


# --- advice -----------------------------------------------------------------------------------------------------


class ByHand(NamedTuple):
    """A form that is better written with an operation; `code` is that of the finding, `facts` what its message says.

    The form is an expression in which a letter stands for any value, the same one wherever it stands again; names with
    `_`. `of_row`: only where the operation's value is a single row.
    """

    form: str
    code: str
    facts: Mapping[str, Any] = MappingProxyType({})
    of_row: bool = False


class Activation(NamedTuple):
    """An operation that stands between the layers of a net.

    `slope(y)`: of one that squashes what is far from 0, its derivative by its value. `rectifies`: below 0 it is 0 and
    passes nothing, so that a unit may be dead. `shrinks`: it passes a quarter of a gradient at most. `start`: the
    initialiser that is made for it. `vanishing`: what to do where gradients vanish on their way through it.
    """

    slope: Callable[[Array], Array] | None = None
    rectifies: bool = False
    shrinks: bool = False
    start: str = ""
    vanishing: str = ""


class Advice(NamedTuple):
    """What is said of specs that use an operation, or should.

    `by_hand`: forms for which it is the better one. `over_one_class`: what it comes to where there is one class.
    `halves`: of a metric, that it takes a single column for class 1 above 0.5. `log_odds`: a form of it whose `z` is
    log-odds then; `c` stands for a number. `other_names`: what other tools call it.
    """

    by_hand: tuple[ByHand, ...] = ()
    over_one_class: str = ""
    halves: bool = False
    log_odds: str = ""
    other_names: str = ""
