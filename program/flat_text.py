"""A program as flat text of the language: blocks and sequences expanded, a statement a node, values written out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..compiler.derive.gradients import gradient_graph, paths_with_gradients
from ..compiler.graph.bind_dims import with_sizes_from
from ..compiler.graph.graph import Graph
from ..compiler.graph.spec import Spec
from ..grammar.spec_error import SpecError
from ..views.stages.graph_text import graph_text, names_of, own_operations
from .export_faults import TOO_MANY_NUMBERS

MOST_NUMBERS = 100_000
"""Of params, in a text."""


def flat_text(spec: Spec, held: Mapping[str, Any], *, trained: bool) -> str:
    """The text of what a spec computes with what a model keeps; with gradients, where the language can say them.

    Params that were trained, or whose path becomes another name (by which they are drawn), are written out; so are the
    sizes that params have from data, such as that of a vocabulary. Raises SpecError where these are too many
    numbers.
    """
    graph = _with_values(spec.graph, held, trained=trained)
    made, note = graph, ""
    outputs = dict(zip(graph.output_names, graph.outputs, strict=True))
    of = _differentiated(graph)
    if of is not None:
        paths = paths_with_gradients(graph, of)
        reverse = gradient_graph(graph, of, paths, upstream=False)
        gradients = {f"d_{path}": number for path, number in reverse.gradients.items()}
        if own := own_operations(reverse.graph, gradients.values()):
            note = f"# the reverse pass is left out: {', '.join(own)} can't be said in the language\n"
        else:
            made, outputs = reverse.graph, {**outputs, **gradients}
    title = f' "{spec.title}"' if spec.title else ""
    sizes = with_sizes_from(graph, {path: np.shape(held[path]) for path in graph.held}, {})
    text = graph_text(made, outputs, sizes)
    return f"chainrule 1{title}\n{''.join(_notes(graph))}{note}{text}"


def _differentiated(graph: Graph) -> int | None:
    """The only scalar among the outputs."""
    scalars = [number for number in dict.fromkeys(graph.outputs) if graph.nodes[number].type == ("real", ())]
    return scalars[0] if len(scalars) == 1 else None


def _with_values(graph: Graph, held: Mapping[str, Any], *, trained: bool) -> Graph:
    """The graph with values in place of initialisers that would give others under the names of the text."""
    names = names_of(graph)
    written = {path for path, each in graph.held.items() if names[each.index] != path or trained}
    numbers = sum(held[path].size for path in written)
    if numbers > MOST_NUMBERS:
        raise SpecError([TOO_MANY_NUMBERS.at(None, numbers=numbers, most=MOST_NUMBERS)])
    return replace(
        graph,
        params={path: replace(each, initial=_literal(held[path])) if path in written else each
                for path, each in graph.params.items()},
        states={path: replace(each, initial=_literal(held[path])) if path in written else each
                for path, each in graph.states.items()},
    )  # fmt: skip


def _literal(value: Any) -> Any:
    listed = value.tolist()

    def tuples(each: Any) -> Any:
        return tuple(map(tuples, each)) if isinstance(each, list) else each

    return tuples(listed)


def _notes(graph: Graph) -> Iterator[str]:
    """What hangs on paths that have become other names."""
    names = names_of(graph)
    drawn = [node.path for number, node in enumerate(graph.nodes)
             if node.operation.fed_as is not None and names.get(number) != node.path]  # fmt: skip
    if drawn:
        yield f"# draws other random numbers, which hang on the path: {', '.join(drawn)}\n"
