"""The graph: nodes in topological order, each with its operands; and the builder that appends to it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ...grammar.source import Span
from ..ops.arrangement.shaping import REAL
from ..ops.attribute import Attributes
from ..ops.builder import Builder
from ..ops.leaves import CONSTANT, INPUT, PARAM, SIZE, STATE
from ..ops.operation import Operation, Reference
from ..ops.table import OPERATIONS
from ..shape import SCALAR, Size, Type
from .signatures import Invocation

if TYPE_CHECKING:
    import networkx

Literal: TypeAlias = float | int | tuple["Literal", ...]
"""A number or a nested tuple of numbers: the value of a list literal."""


class Node(NamedTuple):
    """One node: `inputs` are indices of earlier nodes, one for each operand, so `mul(x, x)` keeps both.

    `path` is empty for nodes that no text can name (constants, most of a reverse pass).
    """

    operation: Operation
    inputs: tuple[int, ...]
    attributes: Attributes
    type: Type
    path: str
    span: Span | None

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of its operands."""
        return self.operation.slots(len(self.inputs))


@dataclass(frozen=True, slots=True)
class InputDeclaration:
    """An input: its node and its default, None where the value must come from outside."""

    index: int
    default: "Literal | None"


@dataclass(frozen=True, slots=True)
class ParamDeclaration:
    """A parameter: its node and what it starts from, an initialiser or a literal."""

    index: int
    initial: "Invocation | Literal"


@dataclass(frozen=True, slots=True)
class StateDeclaration:
    """A state: its node, what it starts from (a text is the path of the param that it is a copy of), and the node of
    its value after a step, None where it keeps the one that it has."""

    index: int
    initial: "Invocation | Literal | str"
    next: int | None = None


class Expansion(NamedTuple):
    """The nodes that one call of a block, or one copy of a repeat (whose `block` is empty), was made into.

    They stand from `start` to before `stop`; `path` is the call's, `like` that of the call whose params it shares.
    """

    path: str
    block: str
    start: int
    stop: int
    like: str = ""


@dataclass(frozen=True)
class Graph:
    """A directed acyclic graph of operations; `nodes` in topological order is the only truth.

    `inputs`, `params` and `states` map paths to their declarations; `outputs` are indices; `named` are the paths that
    the text itself names, as against `y.relu_2`; `docs` maps paths to doc lines.
    """

    nodes: tuple[Node, ...]
    inputs: Mapping[str, InputDeclaration]
    params: Mapping[str, ParamDeclaration]
    outputs: tuple[int, ...]
    named: frozenset[str]
    docs: Mapping[str, tuple[str, ...]]
    aliases: Mapping[str, str]
    """Further paths of nodes: `tail` of `tail[3]`."""
    expansions: tuple[Expansion, ...] = ()
    """Calls of blocks and copies of repeats, each after those that it holds."""
    output_names: tuple[str, ...] = ()
    """What the text calls each of the outputs."""
    states: Mapping[str, StateDeclaration] = field(default_factory=dict)
    seed: int = 0
    """What random draws hang on, beside their paths."""
    idle: frozenset[int] = frozenset()
    """Nodes that only the other form of the spec needs: nobody computes them who does not ask for them."""

    @cached_property
    def index(self) -> dict[str, int]:
        """Path to index, for every node that has a path; of two nodes of one path the first."""
        index: dict[str, int] = {}
        for number, node in enumerate(self.nodes):
            if node.path:
                index.setdefault(node.path, number)
        for path, other in self.aliases.items():
            if other in index:
                index.setdefault(path, index[other])
        return index

    @cached_property
    def held(self) -> Mapping[str, ParamDeclaration | StateDeclaration]:
        """What a model keeps, by path: params, and states behind them."""
        return {**self.params, **self.states} if self.states else self.params

    @cached_property
    def scalar(self) -> bool:
        """Whether every value is a real scalar, and computed on floats, so that plain floats carry the graph."""
        return all(node.type == SCALAR and node.operation.on_floats for node in self.nodes)

    @property
    def draws(self) -> bool:
        """Whether a parameter or a state starts from random numbers, or a node draws some."""
        initial = (each.initial for each in self.held.values())
        return any(isinstance(each, Invocation) and each.name not in ("zeros", "ones") for each in initial) or any(
            node.operation.fed_as is not None for node in self.nodes
        )

    @cached_property
    def dims(self) -> tuple[str, ...]:
        """Dims that stand in the shape of an input, a parameter or a state, in order."""
        seen: dict[str, None] = {}
        for index in [*(each.index for each in self.inputs.values()), *(each.index for each in self.held.values())]:
            for size in self.nodes[index].type.shape:
                for name, _ in () if isinstance(size, int) else size.terms:
                    seen[name] = None
        return tuple(seen)

    def extended(self, nodes: Iterable[Node]) -> "Graph":
        """The same graph with nodes appended."""
        return replace(self, nodes=(*self.nodes, *nodes))

    def ancestors(self, targets: Iterable[int]) -> list[bool]:
        """For each node, whether one of the targets depends on it (or is it)."""
        needed = [False] * len(self.nodes)
        for target in targets:
            needed[target] = True
        for number in range(len(self.nodes) - 1, -1, -1):
            if needed[number]:
                for operand in self.nodes[number].inputs:
                    needed[operand] = True
        return needed

    def dependents(self, sources: Iterable[int]) -> list[bool]:
        """For each node, whether it depends on one of the sources (or is it)."""
        reached = [False] * len(self.nodes)
        for source in sources:
            reached[source] = True
        for number, node in enumerate(self.nodes):
            if not reached[number] and node.inputs:
                reached[number] = any(reached[operand] for operand in node.inputs)
        return reached

    def networkx(self) -> "networkx.MultiDiGraph[int]":
        """The graph as a networkx MultiDiGraph: vertices are indices with the node's data, edges operand slots."""
        import networkx

        made: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
        made.add_nodes_from(
            (
                number,
                {
                    "path": node.path,
                    "operation": node.operation.called,
                    "kind": node.type.kind,
                    "shape": node.type.shape,
                    "attributes": node.attributes,
                },
            )
            for number, node in enumerate(self.nodes)
        )
        for number, node in enumerate(self.nodes):
            for slot, (name, operand) in enumerate(zip(node.slots, node.inputs, strict=True)):
                made.add_edge(operand, number, key=slot, operand=name)
        return made


class GraphBuilder(Builder):
    """Appends nodes, inferring types as it goes; never removes or changes one. Raises shape.Clash."""

    def __init__(self, nodes: Iterable[Node] = ()) -> None:
        self.nodes = list(nodes)
        self.span: Span | None = None
        """Where nodes that are appended without a span of their own come from."""
        self.call: Span | None = None
        """The call in the compiled file that is being expanded; spans of nodes from other files remember it."""
        self._constants: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def type(self, reference: Reference) -> Type:
        return self.nodes[reference].type

    def append(
        self,
        operation: Operation,
        inputs: tuple[Reference, ...],
        attributes: Attributes = (),
        path: str = "",
        span: Span | None = None,
    ) -> Reference:
        """Appends one node; operands of kind int are converted where the operation takes reals. Raises Clash."""
        nodes = self.nodes
        types = tuple([nodes[operand].type for operand in inputs])
        if any(type.kind == "int" for type in types):
            converted = operation.converted(types)
            inputs = tuple([self.as_real(each) if real else each for each, real in zip(inputs, converted, strict=True)])
            types = tuple([nodes[operand].type for operand in inputs])
        if operation.complete is not None:
            attributes = operation.complete(types, attributes)
        type_ = operation.infer(types, *attributes)
        nodes.append(Node(operation, inputs, attributes, type_, path, self._placed(span)))
        return len(nodes) - 1

    def _placed(self, span: Span | None) -> Span | None:
        """The place of a node."""
        place, call = span or self.span, self.call
        if call is None or place is None or place.source is call.source:
            return place
        return Span(place.source, place.start, place.stop, call)

    def as_real(self, operand: Reference) -> Reference:
        """An int as a real."""
        return self.append(REAL, (operand,))

    def leaf(
        self,
        operation: Operation,
        type: Type,
        path: str,
        span: Span | None,
        attributes: Attributes = (),
    ) -> Reference:
        """Appends a node without operands whose type is declared, not inferred."""
        self.nodes.append(Node(operation, (), attributes, type, path, self._placed(span)))
        return len(self.nodes) - 1

    def input(self, path: str, type: Type, span: Span | None) -> Reference:
        return self.leaf(INPUT, type, path, span)

    def param(self, path: str, type: Type, span: Span | None) -> Reference:
        return self.leaf(PARAM, type, path, span)

    def state(self, path: str, type: Type, span: Span | None) -> Reference:
        return self.leaf(STATE, type, path, span)

    def constant(self, value: float) -> Reference:
        """A real scalar constant; one that stands already is used again."""
        key = repr(float(value))  # -0.0 is not 0.0, and nan is nan
        if (found := self._constants.get(key)) is None:
            found = self._constants[key] = self.append(CONSTANT, (), (float(value),))
        return found

    def literal(self, value: Literal, kind_type: Type, span: Span | None = None) -> Reference:
        """A constant tensor of a declared type."""
        return self.leaf(CONSTANT, kind_type, "", span, (value,))

    def size(self, size: Size) -> Reference:
        """A size as a real scalar."""
        return self.constant(float(size)) if isinstance(size, int) else self.append(SIZE, (), (size,))

    def move(self, start: int, places: Mapping[int, int]) -> None:
        """Puts the nodes from `start` on, which no earlier one uses, to other places; operands stay before users."""
        moved = self.nodes[start:]
        for number, node in enumerate(moved, start):
            inputs = tuple([places.get(each, each) for each in node.inputs])
            self.nodes[places[number]] = node._replace(inputs=inputs)
        self._constants = {key: places.get(number, number) for key, number in self._constants.items()}

    def made(self, reference: Reference) -> tuple[str, tuple[Reference, ...], Attributes]:
        node = self.nodes[reference]
        return node.operation.name, node.inputs, node.attributes

    def make(self, name: str, operands: tuple[Reference, ...], attributes: Attributes = ()) -> Reference:
        return self.append(OPERATIONS[name], operands, attributes)
