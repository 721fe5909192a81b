"""The door for what callers give: it becomes what plans compute on, or a fault that names it. Nothing is kept."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from ...compiler.faults import NO_PARAMETER, WRONG_SHAPE
from ...compiler.graph.bind_dims import bind_dims
from ...compiler.graph.graph import Graph, Node
from ...compiler.graph.spec import Precision
from ...compiler.ops.leaves import FED, METRIC, PARAM, STATE
from ...compiler.shape import shape_text
from ...grammar.diagnostic import Diagnostic, shown
from ...grammar.spec_error import SpecError
from ...grammar.suggestion import LISTED, suggestion
from ..arrays import Array, Value
from ..data.column import Origin
from ..data.foreign import NUMBERS, described, plain
from ..data.given.by_column import columns_of
from ..data.kinds import look_beyond, look_for_fractions, real, whole
from ..data.stored import StoredArray
from ..training_faults import NOT_BY_NAME, UNKNOWN_INPUT, UNKNOWN_PARAMETER

SAFE = 1e38
"""Numbers below it, on either side, are within every precision."""


class Door:
    """Takes values for a graph's inputs, and where that is asked for, for its parameters and other leaves.

    They come out as floats where the whole graph is one of `scalar`s, else as arrays in C order, aligned and native:
    reals of the precision, `int` values int64. Sizes are the planner's to look at.
    """

    def __init__(self, graph: Graph, precision: Precision, *, scalar: bool) -> None:
        self._graph = graph
        self._precision: Precision = precision
        self._scalar = scalar
        self._dtypes = {"real": np.dtype(precision), "int": np.dtype(np.int64)}
        self._inputs = {path: self._dtypes[graph.nodes[i.index].type.kind] for path, i in graph.inputs.items()}

    def take(self, given: Mapping[str, object], *, leaves: bool = False, own: bool = False) -> dict[str, Value]:
        """All that is given: inputs, in the graph's order, and behind them other `leaves` where these may be given.

        `own`: in memory that the caller does not have. Raises SpecError for an unknown name, and for what is no
        number, not whole, or beyond the precision.
        """
        taken = {
            path: self._one(path, given[path], dtype, own) for path, dtype in self._inputs.items() if path in given
        }
        if len(taken) < len(given):
            for path, value in given.items():
                if path in taken:
                    continue
                if not leaves or path not in self._leaves:
                    raise SpecError([self._unknown(path, leaves=leaves)])
                taken[path] = self._one(path, value, self._dtypes["real"], own)
        return taken

    def _one(self, path: str, value: object, dtype: "np.dtype[Any]", own: bool) -> Value:
        if isinstance(value, float | int) and dtype.kind == "f" and -SAFE < value < SAFE:
            return float(value) if self._scalar else np.array(value, dtype)
        if type(value) is np.ndarray and not self._scalar:
            if value.dtype is dtype and value.flags.carray:
                return value.copy() if own else value
            if value.dtype.kind in NUMBERS and (quick := _quickly(value, dtype, copy=own)) is not None:
                return quick
        return self._converted(path, value, own)

    def _converted(self, path: str, value: object, own: bool) -> Value:
        """One value, whatever it is. Raises SpecError."""
        node = self._node(path) if path in self._inputs else self._leaves[path]
        array, origin = plain(path, value, node.span), Origin(node.span)
        if node.type.kind == "int":
            result = np.asarray(whole(path, array, origin))
        else:
            result = np.asarray(real(path, array, origin, self._precision, finite=False))
        if not self._scalar:
            return result.copy() if own and np.may_share_memory(result, array) else result
        if result.ndim:
            given = shape_text(result.shape)
            raise SpecError([WRONG_SHAPE.at(node.span, name=path, declared="a scalar", given=given)])
        return float(result)

    def _node(self, path: str) -> Node:
        return self._graph.nodes[self._graph.inputs[path].index]

    @cached_property
    def _leaves(self) -> dict[str, Node]:
        """Parameters, and what others than callers feed."""
        return {node.path: node for node in self._graph.nodes if node.operation in (PARAM, STATE, FED, METRIC)}

    def look(self, path: str, rows: StoredArray) -> None:
        """Looks through rows in a file, whose parts will be taken. Raises SpecError where one does not fit."""
        if path not in self._inputs:
            raise SpecError([self._unknown(path, leaves=False)])
        node = self._node(path)
        if node.type.kind == "int":
            look_for_fractions(path, rows, Origin(node.span))
        else:
            look_beyond(path, rows, Origin(node.span), self._precision)

    def _unknown(self, path: object, *, leaves: bool) -> Diagnostic:
        graph = self._graph
        known = [*graph.inputs, *(graph.params if leaves else ())]
        name = path if isinstance(path, str) else repr(path)
        node = graph.nodes[graph.index[name]] if name in graph.index else None
        if node is None:
            return UNKNOWN_INPUT.at(None, name=name, hint=suggestion(name, known, what="inputs"))
        if node.operation is PARAM:
            hint = f"`{shown(name)}` is a parameter: write into `trainer.params`, or assign `program.params`"
        else:
            hint = f"`{shown(name)}` is computed; {suggestion('', graph.inputs, what='inputs')}"
        return UNKNOWN_INPUT.at(node.span, name=name, hint=hint)


def by_name(feeds: object, named: Mapping[str, object], known: Iterable[str]) -> dict[str, Any]:
    """Values by name, from a mapping or a table such as a DataFrame, and from keywords, which win.

    Raises SpecError for anything else: an array alone does not say which of the `known` names it is for.
    """
    if feeds is None:
        return dict(named)
    if type(feeds) is dict:  # what most give
        return {**feeds, **named}
    if (columns := columns_of(feeds)) is not None:
        return {**columns, **named}
    hint = f"the names are: {', '.join(shown(name) for name in islice(known, LISTED))}"
    raise SpecError([NOT_BY_NAME.at(None, what=described(feeds), hint=hint)])


def parameters_given(
    graph: Graph, given: object, known: Mapping[str, int], precision: Precision | None = None
) -> dict[str, Array]:
    """Parameters that a caller gives, all of a graph, in memory of their own; `known` are dims that have a size.

    States may be among them. Without a precision they are float32 where all of them come so, else float64. Raises
    SpecError for one that is missing, unknown, or does not fit.
    """
    named = by_name(given, {}, graph.params)
    spans = {path: graph.nodes[each.index].span for path, each in graph.held.items()}
    faulty = _unknown_parameters(named, graph.held, "parameters")
    faulty += [NO_PARAMETER.at(spans[path], name=path) for path in graph.params if path not in named]
    if faulty:
        raise SpecError(faulty)
    arrays = {path: plain(path, named[path], span) for path, span in spans.items() if path in named}
    bind_dims(graph, {path: array.shape for path, array in arrays.items()}, known)
    narrow = all(array.dtype == np.float32 for array in arrays.values())
    wanted = precision or ("float32" if narrow else "float64")
    return {
        path: np.array(real(path, array, Origin(spans[path]), wanted, finite=False)) for path, array in arrays.items()
    }


def replacements_given(
    graph: Graph, given: object, held: Mapping[str, Array], precision: Precision
) -> dict[str, Array]:
    """Values that a caller gives in the place of some that are `held`, by path, in memory of their own.

    Raises SpecError for one that is unknown, no number, beyond the precision, or of another shape: none is spread.
    """
    named = by_name(given, {}, held)
    if faulty := _unknown_parameters(named, held, "parameters and states"):
        raise SpecError(faulty)
    spans = {path: graph.nodes[graph.index[path]].span for path in named}
    arrays = {path: plain(path, value, spans[path]) for path, value in named.items()}
    faulty = [
        WRONG_SHAPE.at(spans[path], name=path, declared=_shape_text(held[path]), given=_shape_text(array))
        for path, array in arrays.items()
        if array.shape != held[path].shape
    ]
    if faulty:
        raise SpecError(faulty)
    return {
        path: np.array(real(path, array, Origin(spans[path]), precision, finite=False))
        for path, array in arrays.items()
    }


def _unknown_parameters(named: Iterable[str], known: Collection[str], what: str) -> list[Diagnostic]:
    return [
        UNKNOWN_PARAMETER.at(None, name=path, hint=suggestion(str(path), known, what=what))
        for path in named
        if path not in known
    ]


def _shape_text(array: Array) -> str:
    return shape_text(array.shape) if array.ndim else "a scalar"


def _quickly(array: Array, dtype: "np.dtype[Any]", *, copy: bool) -> Array | None:
    """An array of numbers in another type, in C order; None where an element may not fit, and must be looked for."""
    copy = copy or not array.flags.aligned
    if dtype.kind != "f":
        exact = array.dtype.kind in "ib" or (array.dtype.kind == "u" and array.dtype.itemsize < 8)
        return array.astype(dtype, "C", copy=copy) if exact else None
    with np.errstate(all="ignore"):
        result = array.astype(dtype, "C", copy=copy)
    wider = array.dtype.kind == "f" and array.dtype.itemsize > dtype.itemsize
    return None if wider and not np.isfinite(result).all() else result
