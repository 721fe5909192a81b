"""Advice about a model: what nothing needs, forms that overflow, nets that learn badly, claims that can't fail.

Everything here is one walk over the graph. A spec that has findings means what it says and runs as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType

from ..grammar.diagnostic import Diagnostic, Fault, Note
from ..grammar.source import Span
from ..grammar.syntax import Block, Const, Dim, Expect, Module, Node, Output, Section, Statement
from . import advice_faults as faults
from .graph import Graph
from .graph import Node as GraphNode
from .idle_claims import idle_claims
from .ordering import defined_names, first_name, names_in, used_names
from .signatures import Invocation
from .silences import silenced
from .spec import Spec

SQUASHING = frozenset({"sigmoid", "tanh"})
PASSING = frozenset({"identity", "real", "reshape", "flatten"})
"""Operations behind which a value is still the same."""
FRESH = frozenset({"relu", "tanh", "softplus", "softmax"})
"""Activations that end a row of sigmoids."""
IN_A_ROW = 4
CODES = frozenset(fault.code for fault in faults.FAULTS)


def advice(spec: Spec, module: Module) -> list[Diagnostic]:
    """Hints and warnings about a spec without errors, in the order of its text; without those that it silences."""
    adviser = _Adviser(spec, module)
    found = [
        *adviser.unreached_params(),
        *adviser.unused_nodes(),
        *unused_names(module),
        *idle_claims(spec, module),
        *adviser.careless_nodes(),
    ]
    once = {(finding.code, finding.where): finding for finding in reversed(found)}
    answer = silenced(module, once.values(), CODES)
    return sorted(answer, key=lambda finding: finding.where.start if isinstance(finding.where, Span) else 0)


class _Adviser:
    """What the rules share about one spec."""

    def __init__(self, spec: Spec, module: Module) -> None:
        self.spec = spec
        self.module = module
        self.graph: Graph = spec.graph
        self.nodes = spec.full.nodes

    # --- places -------------------------------------------------------------------------------------------------

    @cached_property
    def _homes(self) -> dict[str, Span]:
        """Names of the file, each with the statement that defines it."""
        return {
            name: Span(self.spec.source, statement.start, statement.stop)
            for statement in self.module.statements
            for name in defined_names(statement)
        }

    def at(self, fault: Fault, number: int, facts: Mapping[str, str], notes: Iterable[Note] = ()) -> Diagnostic:
        """A finding at a node; where a block of another file made it, at the statement that calls the block."""
        node = self.nodes[number]
        span = node.span
        if span is None or span.source is not self.spec.source:
            home = self._homes.get(first_name(node.path))
            notes = [*notes, *([Note("it stands here", span)] if home and span else ())]
            span = home or span
        return fault.at(span, hint=faults.advised(fault), notes=notes, **facts)

    # --- what nothing needs -------------------------------------------------------------------------------------

    def unreached_params(self) -> Iterator[Diagnostic]:
        """Params whose gradient is always 0, because no real value leads from them to what is minimised."""
        if self.spec.train is None:
            return
        nodes = self.nodes
        reached = [False] * len(nodes)
        reached[self.spec.train.minimize] = True
        for number in range(self.spec.train.minimize, -1, -1):
            node = nodes[number]
            if reached[number] and node.operation.vjp is not None:
                for operand in node.inputs:
                    reached[operand] = reached[operand] or nodes[operand].type.kind == "real"
        for path, declaration in self.graph.params.items():
            if not reached[declaration.index]:
                yield self.at(faults.UNREACHED_PARAM, declaration.index, {"name": path})

    def unused_nodes(self) -> Iterator[Diagnostic]:
        """Nodes, inputs and (without `train`) params that feed nothing and are asked for by nobody."""
        used = {operand for node in self.nodes for operand in node.inputs}
        used.update(self.graph.outputs)
        used.update(number for claim in self.spec.claims for number in (claim.left, claim.right))
        train = self.spec.train
        if train is not None:
            used |= {train.minimize, *train.metrics.values(), *train.matrices.values()}
        for number, node in enumerate(self.graph.nodes):
            if number in used or node.path not in self.graph.named:
                continue
            if train is None or node.path not in self.graph.params:
                yield self.at(faults.UNUSED_NODE, number, {"name": node.path})

    # --- nodes --------------------------------------------------------------------------------------------------

    def careless_nodes(self) -> Iterator[Diagnostic]:
        """What the rules say about each node, in one walk."""
        nodes = self.nodes
        for number, node in enumerate(self.graph.nodes):
            if (rule := RULES.get(node.operation.name)) is not None and (fault := rule(self, node)) is not None:
                facts = {"trouble": self._sigmoid_trouble(node)} if fault is faults.SIGMOID_BY_HAND else {}
                if fault is faults.SOFTMAX_TWICE:
                    facts = {"given": f"`{nodes[self.origin[node.inputs[0]]].operation.name}`"}
                yield self.at(fault, number, facts)
        yield from self._mismatched_starts()
        yield from self._sigmoids_in_a_row()

    @cached_property
    def origin(self) -> list[int]:
        """For each node the one whose value it passes on, itself where it computes."""
        origin: list[int] = []
        for number, node in enumerate(self.nodes):
            origin.append(origin[node.inputs[0]] if node.operation.name in PASSING else number)
        return origin

    def source(self, number: int) -> GraphNode:
        """The node that computes a value."""
        return self.nodes[self.origin[number]]

    def is_number(self, number: int, value: float) -> bool:
        node = self.source(number)
        return node.operation.name == "constant" and node.attributes == (value,)

    def one_plus_exp(self, number: int) -> GraphNode | None:
        """The `exp(...)` of `1 + exp(...)`, in either order."""
        node = self.source(number)
        if node.operation.name != "add":
            return None
        for one, other in (node.inputs, reversed(node.inputs)):
            if self.is_number(one, 1.0) and self.source(other).operation.name == "exp":
                return self.source(other)
        return None

    def _sigmoid_trouble(self, node: GraphNode) -> str:
        if self.is_number(node.inputs[0], 1.0):
            return "`exp` overflows where x is very negative"
        return "`exp` overflows where x is large, then it is nan"

    # --- nets ---------------------------------------------------------------------------------------------------

    def _mismatched_starts(self) -> Iterator[Diagnostic]:
        """Weights whose initialiser is made for another activation than the one that their sums go into."""
        starts = {
            declaration.index: declaration.initial.name
            for declaration in self.graph.params.values()
            if isinstance(declaration.initial, Invocation) and declaration.initial.name in ("he", "xavier")
        }
        if not starts:
            return
        weights: dict[int, int] = {}
        """Weighted sums, each with the param that weighs it."""
        for number, node in enumerate(self.graph.nodes):
            name = node.operation.name
            if name in ("affine", "matmul"):
                if node.inputs[1] in starts:
                    weights[number] = node.inputs[1]
            elif name in PASSING or name == "add":
                carried = next((weights[operand] for operand in node.inputs if operand in weights), None)
                if carried is not None:
                    weights[number] = carried
            elif (weight := weights.get(node.inputs[0]) if node.inputs else None) is not None:
                yield from self._mismatched(number, name, weight, starts[weight])

    def _mismatched(self, number: int, activation: str, weight: int, start: str) -> Iterator[Diagnostic]:
        fault = None
        if start == "he" and activation in SQUASHING:
            fault = faults.HE_WITH_SIGMOID
        elif start == "xavier" and activation == "relu":
            fault = faults.XAVIER_WITH_RELU
        if fault is not None:
            param = self.nodes[weight]
            notes = [Note(f"`{param.path}` is declared here", param.span)]
            yield self.at(fault, number, {"name": param.path, "activation": activation}, notes)

    def _sigmoids_in_a_row(self) -> Iterator[Diagnostic]:
        """The fourth of sigmoids that follow one another; a sum goes on with its shorter row (a short cut)."""
        rows: list[int] = []
        for number, node in enumerate(self.graph.nodes):
            name = node.operation.name
            behind = [row for operand in node.inputs if (row := rows[operand])]
            row = 0 if not behind or name in FRESH else min(behind) if name == "add" else max(behind)
            if name == "sigmoid":
                row += 1
                if row == IN_A_ROW:
                    yield self.at(faults.SIGMOIDS_IN_A_ROW, number, {"count": "four"})
            rows.append(row)


# --- rules for one node -----------------------------------------------------------------------------------------

Rule = Callable[[_Adviser, GraphNode], Fault | None]
"""What is careless about a node of one operation, None where nothing is."""


def _quotient(adviser: _Adviser, node: GraphNode) -> Fault | None:
    """`1 / (1 + exp(-x))`, `exp(x) / (1 + exp(x))`, `exp(x) / sum(exp(x))` of one row."""
    upper, lower = (adviser.source(operand) for operand in node.inputs)
    exponential = adviser.one_plus_exp(node.inputs[1])
    if exponential is not None:
        if adviser.is_number(node.inputs[0], 1.0):
            return faults.SIGMOID_BY_HAND if adviser.source(exponential.inputs[0]).operation.name == "neg" else None
        return faults.SIGMOID_BY_HAND if _same_exp(adviser, upper, exponential) else None
    if lower.operation.name == "sum" and len(upper.type.shape) == 1:
        return faults.SOFTMAX_BY_HAND if _same_exp(adviser, upper, adviser.source(lower.inputs[0])) else None
    return None


def _same_exp(adviser: _Adviser, one: GraphNode, other: GraphNode) -> bool:
    if one.operation.name != "exp" or other.operation.name != "exp":
        return False
    return adviser.origin[one.inputs[0]] == adviser.origin[other.inputs[0]]


def _logarithm(adviser: _Adviser, node: GraphNode) -> Fault | None:
    if adviser.one_plus_exp(node.inputs[0]) is not None:
        return faults.SOFTPLUS_BY_HAND
    inner = adviser.source(node.inputs[0]).operation.name
    return {"softmax": faults.LOG_OF_SOFTMAX, "sigmoid": faults.LOG_OF_SIGMOID}.get(inner)


def _softmax_loss(adviser: _Adviser, node: GraphNode) -> Fault | None:
    given = adviser.source(node.inputs[0]).operation.name
    return faults.SOFTMAX_TWICE if given in ("softmax", "sigmoid", "log-softmax") else None


RULES: Mapping[str, Rule] = MappingProxyType(
    {"div": _quotient, "log": _logarithm, "softmax-loss": _softmax_loss},
)


# --- names ------------------------------------------------------------------------------------------------------


def unused_names(module: Module) -> Iterator[Diagnostic]:
    """Dims and consts that stand nowhere else in a file; one without nodes has its consts for those that use it."""
    declared = [each for each in module.statements if isinstance(each, Dim | Const)]
    if not declared or not any(isinstance(each, Node | Output) for each in module.statements):
        return
    outside = {name for statement in module.statements for name in _mentioned(statement)}
    inside = {name for block in module.statements if isinstance(block, Block) for name in _mentioned_inside(block)}
    for statement in declared:
        names, what = (statement.names, "dim") if isinstance(statement, Dim) else ((statement.name,), "const")
        for name in names:
            seen_in_blocks = what == "const" and name.name in inside  # blocks don't see dims: `N` there is another
            if name.name not in outside and not seen_in_blocks:
                span = Span(module.source, name.start, name.stop)
                hint = faults.advised(faults.UNUSED_NAME)
                yield faults.UNUSED_NAME.at(span, hint=hint, what=what, name=name.name)


def _mentioned(statement: Statement) -> Iterator[str]:
    """Names of values that a statement uses, sections and claims among them, blocks not."""
    yield from used_names(statement)
    if isinstance(statement, Section):
        for entry in statement.entries:
            yield from names_in(entry.value)
    if isinstance(statement, Expect):
        for side in (statement.left, statement.right, statement.within):
            if side is not None:
                yield from names_in(side)


def _mentioned_inside(block: Block) -> Iterator[str]:
    """Names that the text of a block uses."""
    for parameter in block.parameters:
        sizes = (parameter.type and parameter.type.sizes) or ()
        for expression in (*sizes, parameter.default):
            if expression is not None:
                yield from names_in(expression)
    for statement in block.body:
        yield from used_names(statement)
    for value in block.result.values if block.result else ():
        yield from names_in(value)
