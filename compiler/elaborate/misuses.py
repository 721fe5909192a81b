"""What is said about names, calls and shapes that do not go in an expression."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ...grammar.diagnostic import Note, shown
from ...grammar.source import Span
from ...grammar.suggestion import near, suggestion
from ...grammar.syntax import Call, Expression, Name
from ...grammar.unicode.signs import is_sign, sign_meant
from .. import faults
from ..graph.graph import Node
from ..graph.signatures import ARRANGED, FITTED, GENERATORS, INITIALISERS, OPTIMISERS, READERS
from ..ops.leaves import CONSTANT, SIZE
from ..ops.operation import Operation
from ..ops.table import RECORDS, find
from ..shape import Clash
from .draft import Draft
from .order import first_name, stages_in
from .other_tools import elsewhere
from .scope import Failed, Scope, Site, Value, kind_of
from .written_paths import path_meant

WRITTEN = tuple(each.name for each in RECORDS if each.written)
"""Operations that a spec may call."""

ELSEWHERE = {
    "an initialiser": INITIALISERS,
    "a reader of data": READERS,
    "a generator of data": GENERATORS,
    "an optimiser": OPTIMISERS,
    "a fitted column of data": {name: each for name, each in FITTED.items() if find(name) is None},
    "a column of data": ARRANGED,
}
"""What may be called in other places than expressions."""

DERIVATIVE = "a derivative is written `d(y)/d(x)`, in `expect` alone"


def unknown_name(draft: Draft, site: Site, name: Name, top: Expression | None) -> None:
    """Reports a name that nothing has, in the statement whose expression is `top`."""
    if site.scope.excused(name.name):
        return
    site.tell(faults.UNKNOWN_NAME, name, name=name.name, hint=_meant(draft, site.scope, name.name, top))


def _meant(draft: Draft, scope: Scope, name: str, top: Expression | None) -> str:
    """What may be meant by a name that nothing has."""
    first = first_name(name)
    if name.endswith(".T"):
        return f"write `transpose({shown(name[:-2])})`"
    if top is not None and name in stages_in(top):
        return "a stage's name can be used after the stage, and in other statements"
    if name in WRITTEN or name in scope.unit.blocks:
        return f"`{name}(...)` calls it; a node needs a name of its own"
    if first != name and (value := scope.lookup(first)) is not None:
        return _path(draft, scope, name, value)
    if said := derivative_meant(name, scope.known) or next(filter(None, map(sign_meant, filter(is_sign, name))), None):
        return said
    if name in INITIALISERS:
        return f"an initialiser starts a param: `param W: [3, 2] = {name}()`"
    callable_ones = [*WRITTEN, *scope.unit.blocks, *INITIALISERS]
    if not near(name, scope.known) and near(name, callable_ones):
        return suggestion(name, callable_ones, what="names")
    return suggestion(name, scope.known, what="names")


def derivative_meant(name: str, known: Collection[str]) -> str | None:
    """How a derivative is written, where a name is a `d` and a known name: the `dy` of `dy/dx`."""
    if name[:1] in ("d", "D") and name[1:].lstrip("_") in known:
        return DERIVATIVE
    return None


def _path(draft: Draft, scope: Scope, name: str, value: Value) -> str:
    """What to write in place of a path: of weights, of copies."""
    first = first_name(name)
    if (other := elsewhere(name, "operations")) and name.count(".") == 1:
        return other
    return path_meant(draft, name, scope) or f"`{shown(first)}` is {kind_of(value)}, which has no parts"


def not_callable(site: Site, call: Call, callee: Value | None) -> None:
    """Reports a call of what is no operation and no block."""
    name, scope = call.function.name, site.scope
    if isinstance(callee, Failed) or (callee is None and scope.excused(name)):
        return
    what = None if callee is None else kind_of(callee)
    what = what or next((what for what, table in ELSEWHERE.items() if name in table), None)
    if what is None and (value := scope.lookup(name)) is not None:
        what = kind_of(value)
    if what is not None:
        site.tell(faults.NOT_CALLABLE, call.function, name=name, what=what)
        return
    site.tell(faults.UNKNOWN_CALL, call.function, name=name, hint=_called_elsewhere(name, scope))


def _called_elsewhere(name: str, scope: Scope) -> str:
    """What may be meant by a call of what there is not."""
    unit = scope.unit
    blocks = [*unit.blocks, *(f"{alias}.{block}" for alias, used in unit.aliases.items() for block in used.blocks)]
    if name == "d":
        return DERIVATIVE
    if name.endswith("]"):
        base = shown(name.partition("[")[0])
        return f"an index stands after a call or a chain: `{base}(x)[0]`, `(x -> {base})[0]`"
    if name.lower() in (block.lower() for block in blocks):
        return suggestion(name, blocks, what="blocks")
    return elsewhere(name, "operations") or suggestion(name, [*WRITTEN, *blocks], what="operations")


def clash_of_shapes(draft: Draft, clash: Clash, operation: Operation, operands: Sequence[int], span: Span) -> None:
    """Reports operands that do not go together: what they are, of which types, and where they come from."""
    nodes = draft.builder.nodes
    notes = [
        Note(
            f"{operation.slots(len(operands))[position]} is {_called(nodes[operands[position]])}",
            draft.origin(operands[position]),
        )
        for position in clash.operands
    ]
    name = operation.called
    message = clash.message if clash.message.startswith(name) else f"{name}: {clash.message}"
    draft.reporter.report(faults.SHAPE_CLASH, span, message=message, hint=clash.hint, notes=notes)


def _called(node: Node) -> str:
    """A node by its path, and its type."""
    unnamed = {CONSTANT: "a literal", SIZE: "a size"}
    name = f"`{node.path}`" if node.path else next((n for o, n in unnamed.items() if o is node.operation), "made here")
    scalar = "an int scalar" if node.type.kind == "int" else "a scalar"
    return f"{name}, {node.type if node.type.shape else scalar}"
