"""What is said about names, calls and shapes that do not go in an expression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..grammar.diagnostic import Note, suggestion
from ..grammar.source import Span
from ..grammar.syntax import Call, Name
from . import faults
from .graph import Node
from .ops.leaves import CONSTANT, SIZE
from .ops.operation import Operation
from .ops.table import OPERATIONS
from .ordering import first_name, stages_in
from .reporter import span_of
from .shape import Clash
from .signatures import GENERATORS, INITIALISERS, OPTIMISERS, READERS
from .values import Failed, Value, kind_of

if TYPE_CHECKING:
    from .appending import Appender
    from .evaluation import Evaluation

WRITTEN = tuple(name for name, operation in OPERATIONS.items() if operation.role in ("operation", "metric"))
"""Operations that a spec may call."""

ELSEWHERE = {
    "an initialiser": INITIALISERS,
    "a reader of data": READERS,
    "a generator of data": GENERATORS,
    "an optimiser": OPTIMISERS,
}
"""What may be called in other places than expressions."""


def unknown_name(evaluation: Evaluation, name: Name) -> None:
    """Reports a name that nothing has."""
    if evaluation.scope.excused(name.name):
        return
    place = span_of(evaluation.source, name)
    evaluation.reporter.report(faults.UNKNOWN_NAME, place, name=name.name, hint=_meant(evaluation, name.name))


def _meant(evaluation: Evaluation, name: str) -> str:
    """What may be meant by a name that nothing has."""
    scope = evaluation.scope
    if name.endswith(".T"):
        return f"write `transpose({name[:-2]})`"
    if evaluation.top is not None and name in stages_in(evaluation.top):
        return "a stage's name can be used after the stage, and in other statements"
    if name in WRITTEN or name in scope.unit.blocks:
        return f"`{name}(...)` calls it; a node needs a name of its own"
    if first_name(name) != name and scope.lookup(first_name(name)) is not None:
        return "paths stand in claims; to use a weight twice, declare a `param` and pass it in"
    return suggestion(name, scope.known, what="names")


def not_callable(evaluation: Evaluation, call: Call, callee: Value | None) -> None:
    """Reports a call of what is no operation and no block."""
    name, scope = call.function.name, evaluation.scope
    if isinstance(callee, Failed) or (callee is None and scope.excused(name)):
        return
    place = span_of(evaluation.source, call.function)
    what = None if callee is None else kind_of(callee)
    what = what or next((what for what, table in ELSEWHERE.items() if name in table), None)
    if what is None and (value := scope.lookup(name)) is not None:
        what = kind_of(value)
    if what is not None:
        evaluation.reporter.report(faults.NOT_CALLABLE, place, name=name, what=what)
        return
    unit = scope.unit
    known = [*WRITTEN, *unit.blocks]
    known += [f"{alias}.{block}" for alias, used in unit.aliases.items() for block in used.blocks]
    derivative = "a derivative is written `d(y)/d(x)`, in `expect` alone"
    hint = derivative if name == "d" else suggestion(name, known, what="operations")
    evaluation.reporter.report(faults.UNKNOWN_CALL, place, name=name, hint=hint)


def clash_of_shapes(
    appender: Appender, clash: Clash, operation: Operation, operands: Sequence[int], span: Span
) -> None:
    """Reports operands that do not go together: what they are, of which types, and where they come from."""
    nodes = appender.builder.nodes
    notes = [
        Note(
            f"{operation.operands[position]} is {_called(nodes[operands[position]])}",
            appender.elaborator.origin(operands[position]),
        )
        for position in clash.operands
    ]
    message = clash.message if clash.message.startswith(operation.name) else f"{operation.name}: {clash.message}"
    appender.reporter.report(faults.SHAPE_CLASH, span, message=message, hint=clash.hint, notes=notes)


def _called(node: Node) -> str:
    """A node by its path, and its type."""
    unnamed = {CONSTANT: "a literal", SIZE: "a size"}
    name = f"`{node.path}`" if node.path else next((n for o, n in unnamed.items() if o is node.operation), "made here")
    scalar = "an int scalar" if node.type.kind == "int" else "a scalar"
    return f"{name}, {node.type if node.type.shape else scalar}"
