"""One node of a reverse pass: the gradient that arrived there, and what it sends on."""

from collections.abc import Iterator, Sequence

from .attribute import Attributes
from .builder import Builder
from .lying_apart import put_together
from .operation import Operation, Reference


def total(builder: Builder, parts: Sequence[Reference]) -> Reference:
    """The sum of what the users of a node sent; it arrives last user first, and is added first user first."""
    if len(parts) < 2:
        return parts[0]
    result, *further = put_together(builder, parts[::-1])
    for part in further:
        result = builder.add(result, part)
    return result


def sent(
    builder: Builder,
    operation: Operation,
    gradient: Reference,
    operands: Sequence[Reference],
    output: Reference,
    attributes: Attributes,
    active: Sequence[bool],
) -> Iterator[tuple[int, Reference]]:
    """What a node sends to those of its operands that are `active`, by slot: last operand first, as last users come."""
    if operation.vjp is None:
        return
    parts = operation.vjp(builder, gradient, *operands, output, *attributes)
    assert len(parts) == len(operands)  # a rule says something of each
    for slot in range(len(parts) - 1, -1, -1):
        part = parts[slot]
        if part is not None and active[slot]:
            yield slot, part
