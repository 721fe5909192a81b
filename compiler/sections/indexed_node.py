"""An index after the path of a node, as `grad --of 'y[0]'` is told it: a node more."""

import re
from collections.abc import Iterable

from ...grammar.parse import parse_expression
from ...grammar.source import Source
from ...grammar.spec_error import SpecError
from ...grammar.syntax import Expression, Index, Name
from ..blocks.expand import Expander
from ..elaborate.budget import Limits
from ..elaborate.draft import Draft
from ..elaborate.expressions.evaluate import value_of
from ..elaborate.expressions.index_places import split
from ..elaborate.reporter import Reporter
from ..elaborate.scope import NodeValue, Scope, Site, Unit
from ..elaborate.settings import Settings
from ..graph.graph import Graph, GraphBuilder
from .claims import ClaimNames

COPY = re.compile(r"\[(\d+)\]")


def with_indexed(graph: Graph, text: str) -> Graph | None:
    """The graph with a node called `text`, which is the part that an index takes of a node.

    None where the text is no index after the path of a node. Raises SpecError for an index that does not fit.
    """
    source, reporter = Source("of", text), Reporter()
    expression = parse_expression(source)
    if not _of_known(graph, expression):
        return None
    builder = GraphBuilder(graph.nodes)
    names = ClaimNames(builder, graph, None)
    draft = Draft(
        reporter, Settings(), Limits(), Expander(), names, builder, copies=_copies_in(graph.index), closed=True
    )
    value = value_of(draft, Site(Scope(Unit(source)), source, reporter), expression, text)
    if not isinstance(value, NodeValue):
        raise SpecError(reporter.diagnostics)
    added = builder.nodes[len(graph.nodes) :]
    added[value.index - len(graph.nodes)] = builder.nodes[value.index]._replace(path=text)
    return graph.extended(added)


def _copies_in(paths: Iterable[str]) -> dict[str, int]:
    """How many copies repeats and scans have, by their paths."""
    copies: dict[str, int] = {}
    for path in paths:
        for found in COPY.finditer(path):
            copies[path[: found.start()]] = max(copies.get(path[: found.start()], 0), int(found[1]))
    return copies


def _of_known(graph: Graph, expression: Expression) -> bool:
    """Whether what stands before all brackets is a node."""
    while True:
        if isinstance(expression, Name) and expression.name in graph.index:
            return True
        if isinstance(expression, Name) and expression.name.endswith("]"):
            expression = split(expression)
        if not isinstance(expression, Index):
            return False
        expression = expression.operand
