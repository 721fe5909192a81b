"""Class numbers held against the classes that there are."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from ...compiler.faults import INDEX_RANGE
from ...compiler.graph.class_labels import Judge, judges
from ...compiler.graph.graph import Graph
from ...compiler.shape import bind_size
from ...grammar.diagnostic import Diagnostic, Note
from ...grammar.spec_error import SpecError
from .column import Array, Origin, Rows
from .elements import fault_at, first_wrong, no_class_of
from .faults import LABEL_RANGE, ONE_CLASS


class Limit(NamedTuple):
    """How many classes an input of class numbers has, and the node that says so."""

    path: str
    classes: int
    node: int
    indices: bool = False

    def holds(self, array: Array) -> bool:
        """Whether all numbers are classes, for an int64 array in C order; a microsecond for a hundred of them."""
        bits = array.view(np.uint64)  # as unsigned numbers the negative ones are the largest
        return bool(bits.item(bits.argmax()) < self.classes)


def limits(judges: Iterable[Judge], dims: Mapping[str, int]) -> tuple[Limit, ...]:
    """The fewest classes of each input that nodes judge, with sizes filled in."""
    found: dict[str, Limit] = {}
    for path, classes, node, indices in judges:
        count = bind_size(classes, dims)
        if isinstance(count, int) and (path not in found or count < found[path].classes):
            found[path] = Limit(path, count, node, indices)
    return tuple(found.values())


def check_labels(
    graph: Graph, inputs: Mapping[str, Rows], dims: Mapping[str, int], origins: Mapping[str, Origin] | None = None
) -> tuple[Diagnostic, ...]:
    """Warnings about class numbers, of a dataset or of any fed inputs. Raises SpecError where one is out of range.

    `graph` holds the metrics too (`Spec.full`); classes whose number `dims` does not settle are not checked.
    """
    warnings: list[Diagnostic] = []
    faulty: list[Diagnostic] = []
    for limit in limits(judges(graph), dims):
        if limit.path not in inputs:
            continue
        array = np.atleast_1d(inputs[limit.path])
        origin = (origins or {}).get(limit.path) or _declared(graph, limit)
        if (fault := _fault(graph, limit, array, origin)) is not None:
            faulty.append(fault)
        elif not limit.indices and array.size >= 2 * limit.classes > 2 and array.min() == array.max():
            value, notes = array.flat[0], [_note(graph, limit)]
            warnings.append(ONE_CLASS.at(origin.span, name=limit.path, value=value, notes=notes))
    if faulty:
        raise SpecError(faulty)
    return tuple(warnings)


def hold(graph: Graph, limits: Iterable[Limit], inputs: Mapping[str, object]) -> None:
    """Raises SpecError at the first number that is no class, of arrays that the door has taken."""
    for limit in limits:
        array = inputs[limit.path]
        assert isinstance(array, np.ndarray)  # a graph of scalars has no class numbers
        if limit.holds(array):
            continue
        if (fault := _fault(graph, limit, np.atleast_1d(array), _declared(graph, limit))) is not None:
            raise SpecError([fault])


def _fault(graph: Graph, limit: Limit, array: Rows, origin: Origin) -> Diagnostic | None:
    """What is wrong with class numbers; None where they are all fine."""
    index = first_wrong(array, no_class_of(limit.classes))
    if index is None:
        return None
    fault = INDEX_RANGE if limit.indices else LABEL_RANGE
    return fault_at(fault, limit.path, array, index, origin, _note(graph, limit), str(limit.classes - 1))


def _declared(graph: Graph, limit: Limit) -> Origin:
    return Origin(graph.nodes[graph.inputs[limit.path].index].span)


def _note(graph: Graph, limit: Limit) -> Note:
    node = graph.nodes[limit.node]
    if limit.indices:
        return Note(f"`{node.path or node.operation.called}` takes of {limit.classes} elements", node.span)
    return Note(f"`{node.path or node.operation.called}` is given scores for {limit.classes} classes", node.span)
