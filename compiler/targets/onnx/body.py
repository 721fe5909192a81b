"""Nodes of a graph as operators of ONNX, each under its own name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ....grammar.source import Span
from ....grammar.spec_error import SpecError
from ...graph.graph import Graph, Node
from ...lower.computation import Computation
from ...ops.attribute import Attributes
from ...ops.forms.onnx.nodes import FLOAT, INT64, Nodes, NoForm, array_of
from ...ops.leaves import CONSTANT, SIZE
from ...passes.constants import FoldConstants
from ...passes.dead import DropDead
from ...passes.definitions import SpellOut
from ...passes.equal import ShareEqual
from ...passes.neutral import DropNeutral
from ...passes.pipeline import optimised
from ...shape import SCALAR, Linear, Shape, Type, bind_size
from .faults import NO_FORM, NO_SIZE
from .model import OnnxModel, Value

PASSES = (
    SpellOut(lambda operation: operation.onnx is not None),
    FoldConstants(),
    DropNeutral(),
    ShareEqual(),
    DropDead(),
)
"""A definition that has a form of its own stays whole."""


@dataclass(frozen=True)
class Request:
    """What is to be computed: nodes of a graph, by what they are called as outputs.

    `held` are values of leaves by path that are part of the file; those that `fed` names too are inputs all the same,
    with these values where they are not given. `counts` are paths of leaves that are fed as INT64. `called` are names
    for nodes that have no path.
    """

    graph: Graph
    targets: Mapping[str, int]
    held: Mapping[str, Any]
    fed: frozenset[str]
    dims: Mapping[str, int]
    notes: Mapping[str, str]
    real: Literal[1, 11] = FLOAT
    counts: frozenset[str] = frozenset()
    called: Mapping[int, str] = field(default_factory=dict)


def onnx_model(request: Request) -> OnnxModel:
    """The model. Raises SpecError where an operation has no form, or a size cannot be known."""
    return _Writer(request).model()


class _Writer:
    def __init__(self, request: Request) -> None:
        self.request = request
        computation = _computation(request)
        self.computed, self.targets = computation.nodes, computation.targets
        names = {node.path for node in self.computed if node.path}
        self.nodes = Nodes(request.real, dim=self._dim, taken={*names, *request.targets})
        self.leaves = {node.path: node for node in self.computed if _is_leaf(node)}
        self.given = [path for path in self.leaves if path not in request.held or path in request.fed]
        self.texts: list[str] = []
        self.used: set[str] = set()
        self.span: Span | None = None
        self._dims: dict[str, str] = {}

    def model(self) -> OnnxModel:
        request = self.request
        for node in self.computed:
            self.span = node.span or self.span
            self.texts.append(self._written(node))
        outputs = [self._output(name, number) for name, number in zip(request.targets, self.targets, strict=True)]
        inputs = [self._value(path, path, self.leaves[path].type) for path in self.given]
        held = {path: self._held(path) for path in self.leaves if path in request.held}
        docs = {path: "\n".join(lines) for path, lines in request.graph.docs.items() if path in self.used}
        constants = {**held, **self.nodes.constants}
        return OnnxModel(tuple(self.nodes.listed), tuple(inputs), tuple(outputs), constants, docs, request.notes)

    def _held(self, path: str) -> Any:
        kind = "int64" if self.leaves[path].type.kind == "int" else self.nodes.precision
        return array_of(self.request.held[path], kind)

    def _value(self, name: str, path: str, type: Type) -> Value:
        whole = type.kind == "int" or path in self.request.counts
        sizes = tuple([size if isinstance(size, int) else str(size) for size in type.shape])
        return Value(name, INT64 if whole else self.nodes.real, sizes)

    # --- nodes --------------------------------------------------------------------------------------------------

    def _written(self, node: Node) -> str:
        if _is_leaf(node):
            self.used.add(node.path)
            return self.nodes.as_real(node.path) if node.path in self.request.counts else node.path
        self.nodes.prefix = node.path or node.operation.called
        if node.operation is SIZE:
            return self.nodes.real_size(node.attributes[0])  # type: ignore[arg-type]  # its one attribute
        if node.operation is CONSTANT:
            value = array_of(node.attributes[0], "int64" if node.type.kind == "int" else self.nodes.precision)
            return self.nodes.array(value, node.path or (f"{value:.7g}" if not value.shape else "constant"))
        form = node.operation.onnx
        if form is None:
            reason = "there is no operator of that meaning"
            raise SpecError([NO_FORM.at(self.span, operation=node.operation.called, reason=reason)])
        operands = [self.texts[each] for each in node.inputs]
        types = tuple([self.computed[each].type for each in node.inputs])
        try:
            made = form(self.nodes, operands, types, node.type, node.attributes)
        except NoForm as problem:
            raise SpecError([NO_FORM.at(self.span, operation=node.operation.called, reason=problem)]) from None
        return self._called(made, node)

    def _called(self, made: str, node: Node) -> str:
        """Gives the last operator of a node the node's own name, unless another node has it already."""
        last = self.nodes.listed[-1].outputs if self.nodes.listed else ()
        if last[:1] != (made,) or made in self.used:
            return made
        wanted = node.path if node.path and node.path not in self.used else ""
        name = wanted or self.nodes.name(node.path or node.operation.called)
        self.nodes.rename_last(name)
        self.used.add(name)
        return name

    def _output(self, name: str, number: int) -> Value:
        text, type = self.texts[number], self.computed[number].type
        if text != name or text in self.given:
            wanted = name if name not in self.used else self.nodes.name(name)
            self.nodes.prefix = ""
            self.nodes.append("Identity", text, wanted)
            self.used.add(wanted)
            name = wanted
        return self._value(name, "", type)

    # --- sizes --------------------------------------------------------------------------------------------------

    def _dim(self, dim: str) -> str:
        """A dim as a scalar, read off the shape of a leaf."""
        if dim not in self._dims:
            prefix, self.nodes.prefix = self.nodes.prefix, f"dim {dim}"
            self._dims[dim] = self._read(dim)
            self.nodes.prefix = prefix
        return self._dims[dim]

    def _read(self, dim: str) -> str:
        places = [(path, axis, size) for path in self.given for axis, size in enumerate(self.leaves[path].type.shape)]
        for path, axis, size in sorted(places, key=lambda place: len(getattr(place[2], "terms", ()))):
            if isinstance(size, Linear) and any(name == dim for name, _ in size.terms):
                others = [name for name, _ in size.terms if name != dim]
                if all(name in self._dims for name in others):
                    return self._solved(self.nodes("Shape", path, start=axis, end=axis + 1), size, dim)
        raise SpecError([NO_SIZE.at(self.span, dim=dim)])

    def _solved(self, row: str, size: Linear, dim: str) -> str:
        nodes = self.nodes
        value = nodes("Squeeze", row, nodes.integers([0]))
        (factor,) = (coefficient for name, coefficient in size.terms if name == dim)
        rest = Linear(tuple(term for term in size.terms if term[0] != dim), size.constant)
        if rest.terms or rest.constant:
            value = nodes("Sub", value, nodes.size(rest if rest.terms else rest.constant))
        return value if factor == 1 else nodes("Div", value, nodes.whole(factor))


def _is_leaf(node: Node) -> bool:
    return node.operation.role == "leaf" and node.operation not in (CONSTANT, SIZE)


def _computation(request: Request) -> Computation:
    """What the targets need, with sizes in place of dims that have one, and draws as leaves."""
    graph = request.graph
    targets = tuple(request.targets.values())
    place: dict[int, int] = {}
    nodes: list[Node] = []
    for number, needed in enumerate(graph.ancestors(targets)):
        if needed:
            node = graph.nodes[number]
            place[number] = len(nodes)
            nodes.append(_prepared(request, number, node, tuple([place[operand] for operand in node.inputs])))
    wanted = tuple([place[each] for each in targets])
    precision: Literal["float32", "float64"] = "float32" if request.real == FLOAT else "float64"
    return optimised(Computation(tuple(nodes), wanted, precision), PASSES, symbols=True)


def _prepared(request: Request, number: int, node: Node, inputs: tuple[int, ...]) -> Node:
    dims = request.dims
    path = node.path or request.called.get(number, "")
    type = Type(node.type.kind, _shape(node.type.shape, dims))
    if node.operation.fed_as is not None:
        return Node(node.operation.fed_as, (), (request.graph.seed,), type, path, node.span)
    attributes: Attributes = tuple([_bound(each, dims) for each in node.attributes])
    if node.operation is SIZE and isinstance(attributes[0], int):
        return Node(CONSTANT, (), (float(attributes[0]),), SCALAR, path, node.span)
    return Node(node.operation, inputs, attributes, type, path, node.span)


def _shape(shape: Shape, dims: Mapping[str, int]) -> Shape:
    return tuple([bind_size(size, dims) for size in shape])


def _bound(value: Any, dims: Mapping[str, int]) -> Any:
    if isinstance(value, tuple):
        return tuple([_bound(each, dims) for each in value])
    return bind_size(value, dims) if isinstance(value, Linear) else value
