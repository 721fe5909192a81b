"""What `run` returns: nodes that are marked as outputs, else those that feed nothing."""

from collections.abc import Iterable

from ...grammar.suggestion import suggestion
from ...grammar.syntax import Node, Output, Statement
from .. import faults
from ..graph.graph import GraphBuilder
from .scope import Failed, NodeValue, Scope, described
from .site import Site


def outputs_of(statements: Iterable[Statement], site: Site, builder: GraphBuilder) -> dict[str, int]:
    """The outputs of a file by name, in the order of the text."""
    scope = site.scope
    marked = [statement for statement in statements if isinstance(statement, Output)]
    if not marked:
        return _unused(statements, scope, builder)
    outputs: dict[str, int] = {}
    for name in (name for statement in marked for name in statement.names):
        value = scope.values.get(name.name)
        if isinstance(value, NodeValue):
            outputs[name.name] = value.index
        elif value is None:
            nodes = [each for each, value in scope.values.items() if isinstance(value, NodeValue)]
            hint = suggestion(name.name, nodes, what="nodes")
            site.tell(faults.UNKNOWN_NAME, name, name=name.name, hint=hint)
        elif not isinstance(value, Failed):
            site.tell(faults.NOT_A_VALUE, name, what=f"{described(value)}, `{name.name}`,")
    return outputs


def _unused(statements: Iterable[Statement], scope: Scope, builder: GraphBuilder) -> dict[str, int]:
    used = {operand for node in builder for operand in node.inputs}
    outputs: dict[str, int] = {}
    for statement in statements:
        for name in statement.names if isinstance(statement, Node) else ():
            value = scope.values.get(name.name)
            if isinstance(value, NodeValue) and value.index not in used:
                outputs[name.name] = value.index
    return outputs
