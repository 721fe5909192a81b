"""Operations that are defined by nodes: their type, value, gradient, costs and rows, all by going through the nodes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..shape import SCALAR, Clash, Linear, Size, Type
from .arrangement.shaping import REAL
from .attribute import Attributes
from .backwards import sent, total
from .builder import Builder
from .facts import EACH, Array, Axes, Rows, Types, for_each_of_largest
from .leaves import CONSTANT, SIZE
from .operation import Namespace, Operation, Reference

Find: TypeAlias = Callable[[str], Operation]
"""The operation of a name."""

MOST_KNOWN = 256
"""Definitions of one operation that are kept: for so many types of operands, and attributes."""


class Term(NamedTuple):
    """A node of a definition; `inputs` count the operands first, then the terms before it."""

    operation: Operation
    inputs: tuple[int, ...]
    attributes: Attributes
    type: Type


class Definition(NamedTuple):
    """The terms of an operation on operands of some types; the last of them is its value."""

    types: Types
    terms: tuple[Term, ...]

    def type(self, number: int) -> Type:
        """The type of an operand, or of a term."""
        count = len(self.types)
        return self.types[number] if number < count else self.terms[number - count].type

    def numbered(self) -> Iterator[tuple[int, Term]]:
        """The terms with their numbers."""
        return enumerate(self.terms, len(self.types))


class _Recorder(Builder):
    """Takes down what a definition appends."""

    def __init__(self, types: Types, find: Find) -> None:
        self.types = list(types)
        self.terms: list[Term] = []
        self.find = find

    def type(self, reference: Reference) -> Type:
        return self.types[reference]

    def constant(self, value: float) -> Reference:
        return self._append(CONSTANT, (), (float(value),), SCALAR)

    def size(self, size: Size) -> Reference:
        return self._append(SIZE, (), (size,), SCALAR) if isinstance(size, Linear) else self.constant(float(size))

    def make(self, name: str, operands: tuple[Reference, ...], attributes: Attributes = ()) -> Reference:
        operation = self.find(name)
        converted = operation.converted(tuple(self.types[each] for each in operands))
        inputs = tuple(
            self._append(REAL, (each,), (), Type("real", self.types[each].shape)) if real else each
            for each, real in zip(operands, converted, strict=True)
        )
        types = tuple(self.types[each] for each in inputs)
        if operation.complete is not None and operation.complete(types, attributes) != attributes:
            # What counts as rows hangs on dims, which are gone when the value is computed.
            raise TypeError(f"`{name}` in a definition is to be given all of its attributes")
        return self._append(operation, inputs, attributes, operation.infer(types, *attributes))

    def _append(self, operation: Operation, inputs: tuple[int, ...], attributes: Attributes, type: Type) -> Reference:
        self.types.append(type)
        self.terms.append(Term(operation, inputs, attributes, type))
        return len(self.types) - 1


class Composite:
    """What follows from the nodes of one operation; `find` gives the operations that they are."""

    def __init__(self, operation: Operation, find: Find) -> None:
        self.operation = operation
        self.find = find
        self._known: dict[tuple[Types, str], Definition] = {}

    def definition(self, types: Types, attributes: Attributes) -> Definition:
        """The nodes for operands of these types. Raises Clash."""
        key = types, repr(attributes)  # repr keeps apart what == does not: 1, 1.0 and True, 0.0 and -0.0
        if (found := self._known.get(key)) is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            found = self._known[key] = self._recorded(types, attributes)
        return found

    def _recorded(self, types: Types, attributes: Attributes) -> Definition:
        define, name = self.operation.define, self.operation.called
        assert define is not None  # that makes it a composite
        recorder = _Recorder(types, self.find)
        try:
            last = define(recorder, *range(len(types)), *attributes)
        except Clash as clash:
            told = clash.message if clash.message.startswith(f"{name}:") else f"{name}: {clash.message}"
            raise Clash(told, operands=tuple(range(len(types))), hint=clash.hint) from None
        if last < len(recorder.types) - 1 or last < len(types):
            raise TypeError(f"the definition of `{name}` is to return the node that it appends last")
        return Definition(types, tuple(recorder.terms))

    def infer(self, types: Types, *attributes: Any) -> Type:
        return self.definition(types, attributes).terms[-1].type

    # --- values -------------------------------------------------------------------------------------------------

    def forward(self, xp: Namespace, *given: Any) -> Array:
        return self._values(xp, given)[0][-1]

    def side(self, xp: Namespace, *given: Any) -> Array:
        """The sides of all terms, one after the other."""
        values, definition = self._values(xp, given)
        sides = [
            xp.ravel(side(xp, *[values[each] for each in term.inputs], *term.attributes))
            for term in definition.terms
            if (side := term.operation.values.side) is not None
        ]
        return xp.concatenate(sides)

    def _values(self, xp: Namespace, given: Sequence[Any]) -> tuple[list[Array], Definition]:
        """The values of operands and terms, as the plain executor computes nodes."""
        operands, attributes, of_run = self._split(given)
        kinds = [xp.result_type(operand).kind for operand in operands]
        types = tuple(
            Type("real" if kind == "f" else "int", tuple(xp.shape(operand)))
            for kind, operand in zip(kinds, operands, strict=True)
        )
        reals = (operand.dtype for kind, operand in zip(kinds, operands, strict=True) if kind == "f")
        precision = of_run[0] if of_run else next(reals, xp.result_type(float))
        definition = self.definition(types, attributes)
        values = list(operands)
        for term in definition.terms:
            operation, inputs = term.operation, [values[each] for each in term.inputs]
            if operation in (CONSTANT, SIZE):
                values.append(xp.asarray(float(term.attributes[0]), dtype=precision))  # type: ignore[arg-type]  # a number
                continue
            if not operation.strided:
                inputs = [_ordered(each) for each in inputs]
            run = (precision,) if operation.of_run else ()
            value = operation.forward(xp, *inputs, *term.attributes, *run)
            values.append(value if operation.strided else _ordered(value))
        return values, definition

    def scalar(self, *given: Any) -> float:
        operands, attributes, _ = self._split(given)
        values = list(operands)
        for term in self.definition((SCALAR,) * len(operands), attributes).terms:
            assert term.operation.scalar is not None  # a trial on scalars says so
            values.append(term.operation.scalar(*[values[each] for each in term.inputs], *term.attributes))
        return float(values[-1])

    def _split(self, given: Sequence[Any]) -> tuple[Sequence[Any], Attributes, Sequence[Any]]:
        """Operands, attributes, and what is left: the precision of a run."""
        count = len(self.operation.operands)
        stop = count + len(self.operation.attributes)
        return given[:count], tuple(given[count:stop]), given[stop:]

    # --- gradients ----------------------------------------------------------------------------------------------

    def vjp(self, builder: Builder, g: Reference, *given: Any) -> tuple[Reference | None, ...]:
        """The nodes appended once more but for the last, which stands already, and the reverse pass over them."""
        count = len(self.operation.operands)
        operands, output, attributes = given[:count], given[count], tuple(given[count + 1 :])
        definition = self.definition(tuple(builder.type(each) for each in operands), attributes)
        references = [*appended(builder, operands, definition, definition.terms[:-1]), output]
        active = [definition.type(slot).kind == "real" for slot in range(count)]
        for term in definition.terms:
            active.append(term.type.kind == "real" and any(active[each] for each in term.inputs))
        arrived: dict[int, list[Reference]] = {len(references) - 1: [g]}
        for number, term in reversed(list(definition.numbered())):
            if number not in arrived or term.operation.vjp is None or not active[number]:
                continue
            inputs, counted = [references[each] for each in term.inputs], [active[each] for each in term.inputs]
            gradient = total(builder, arrived[number])
            output = references[number]
            for slot, part in sent(builder, term.operation, gradient, inputs, output, term.attributes, counted):
                arrived.setdefault(term.inputs[slot], []).append(part)
        return tuple(total(builder, arrived[slot]) if slot in arrived else None for slot in range(count))

    # --- facts --------------------------------------------------------------------------------------------------

    def flops(self, types: Types, result: Type, attributes: Attributes) -> int:
        definition = self.definition(types, attributes)
        return sum(
            term.operation.flops(tuple(definition.type(each) for each in term.inputs), term.type, term.attributes)
            for term in definition.terms
            if term.operation.role != "leaf"
        )

    def axes(
        self, over: Sequence[Axes], types: Types, result: Type, attributes: Attributes
    ) -> tuple[Axes | None, bool]:
        """The rules of the terms, one after the other; seen nowhere once one of them can't see it."""
        definition, found, mixes = self.definition(types, attributes), list(over), False
        for term in definition.terms:
            through = [found[each] for each in term.inputs]
            if not any(through):
                if _counts(term):
                    return None, False
                found.append(frozenset())
                continue
            if (rule := term.operation.rows.axes) is None:
                return None, False
            left, mixed = rule(
                through, tuple(definition.type(each) for each in term.inputs), term.type, term.attributes
            )
            if left is None:
                return None, False
            found.append(left)
            mixes = mixes or mixed
        return found[-1], mixes


def completed(operation: Operation, find: Find) -> Operation:
    """An operation with all that follows from the nodes that define it, where its record does not say otherwise."""
    made = Composite(operation, find)
    tried = [made.definition(trial.types, trial.attributes) for trial in operation.trials]
    operations = {term.operation for each in tried for term in each.terms if term.operation.role != "leaf"}
    scalars = any(each.types and all(type == SCALAR for type in each.types) for each in tried)
    rows, values = operation.rows, operation.values
    if rows == Rows():
        same = all(each.rows.same_bits for each in operations)
        rows = EACH if all(each.rows.each for each in operations) else Rows(made.axes, same_bits=same)
    if values.side is None and any(each.values.side is not None for each in operations):
        values = values._replace(side=made.side)
    return replace(
        operation,
        infer=made.infer,
        forward=made.forward,
        vjp=operation.vjp or (None if operation.role == "metric" else made.vjp),
        scalar=operation.scalar or (made.scalar if scalars else None),
        of_run=True,
        strided=operation.strided or operation.kernel is None,  # the terms are put in order one by one
        flops=made.flops if operation.flops is for_each_of_largest else operation.flops,
        rows=rows,
        values=values,
    )


def appended(
    builder: Builder, operands: Sequence[Reference], definition: Definition, terms: Sequence[Term]
) -> list[Reference]:
    """The operands, and the references of terms that are appended to a graph."""
    references = list(operands)
    for term in terms:
        if term.operation in (CONSTANT, SIZE):
            (value,) = term.attributes
            references.append(builder.size(value) if term.operation is SIZE else builder.constant(value))  # type: ignore[arg-type]  # a size or a number
        else:
            inputs = tuple([references[each] for each in term.inputs])
            references.append(builder.make(term.operation.name, inputs, term.attributes))
    return references


def _ordered(value: Array) -> Array:
    """An array of numpy in C order."""
    return np.ascontiguousarray(value) if isinstance(value, np.ndarray) and not value.flags.c_contiguous else value


def _counts(term: Term) -> bool:
    """Whether a dim stands in a term that depends on no row: it may be their number."""
    values = (value if isinstance(value, tuple) else (value,) for value in (*term.attributes, term.type.shape))
    return any(isinstance(size, Linear) for value in values for size in value)
