"""Forms that lose digits or overflow where an operation has the same value, and a softmax that is made twice."""

from collections.abc import Iterator, Mapping
from functools import cache

from ...grammar.diagnostic import Diagnostic
from ..ops.facts import ByHand
from ..ops.operation import Operation
from ..ops.table import OPERATIONS
from .adviser import Adviser
from .faults import FAULTS
from .forms import form, found


def careless_forms(adviser: Adviser) -> Iterator[Diagnostic]:
    """A finding for each node that is a form for which there is a better operation."""
    nodes, by_hand, by_code = adviser.nodes, _by_hand(), {fault.code: fault for fault in FAULTS}
    for number in adviser.written:
        node = nodes[number]
        for each in by_hand.get(OPERATIONS.get(node.operation.form_of, node.operation), ()):
            if each.of_row and len(node.type.shape) != 1:
                continue
            if found(form(each.form), node, nodes, adviser.origin) is not None:
                yield adviser.at(by_code[each.code], number, **each.facts)
                break


@cache
def _by_hand() -> Mapping[Operation, tuple[ByHand, ...]]:
    """The forms that are better written otherwise, by the operation that they are made with last."""
    forms: dict[Operation, tuple[ByHand, ...]] = {}
    for operation in OPERATIONS.values():
        for each in operation.advice.by_hand:
            last = form(each.form).operation
            forms[last] = (*forms.get(last, ()), each)
    return forms
