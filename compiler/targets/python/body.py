"""Nodes as lines of Python: one line a node, its shape behind it, its doc lines before it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...graph.graph import Graph, Node
from ...lower.computation import Computation
from ...ops.forms.numpy_form import tuple_text
from ...ops.leaves import CONSTANT, SIZE
from ...passes.dead import DropDead
from ...passes.pipeline import optimised
from ...shape import SCALAR, Linear, Shape, Size, Type, bind_size, dimension, shape_text
from .dialect import NUMPY, Dialect
from .names import Names, comment
from .values import array_lines, attribute_text, bare, number_text

Leaf = Callable[[Node, str], str]
"""leaf(node, name) is how the value of a leaf is had, the right side of a line; empty where that is given by name."""


@dataclass(frozen=True)
class Request:
    """What is to be computed: nodes of a graph, by what they are called in the result.

    `dims` are those that have a size. `docs` stand before the nodes that they are of. `called` are names for nodes that
    have no path.
    """

    graph: Graph
    targets: Mapping[str, int]
    leaf: Leaf
    dims: Mapping[str, int]
    docs: Mapping[str, Sequence[str]]
    called: Mapping[int, str]
    dialect: Dialect = NUMPY


@dataclass(frozen=True)
class Body:
    """Lines that compute `results`, texts by name, and what they need: leaves, functions, sizes that nothing gives,
    random numbers of a step."""

    lines: tuple[str, ...]
    results: Mapping[str, str]
    leaves: tuple[Node, ...]
    functions: tuple[str, ...]
    sizes: tuple[str, ...]
    draws: bool


def body_of(request: Request, names: Names) -> Body:
    """The lines; names of paths are those that `names` gives."""
    return _Writer(request, names).body()


class _Writer:
    def __init__(self, request: Request, names: Names) -> None:
        self.request = request
        self.dialect = request.dialect
        own = {name: names.of(f"dim {name}", name) for name in _dims(request.graph) if name not in request.dims}
        self.dims = frozenset(own.values())
        self.sizes: Mapping[str, Size] = {**request.dims, **{name: dimension(each) for name, each in own.items()}}
        self.computation = self._computation()
        self.nodes = self.computation.nodes
        self.as_lying = self._read_as_lying()
        for node in self.nodes:
            if node.path:
                names.of(node.path)
        self.names = names.copy()
        self.texts: list[str] = []
        self.functions: dict[str, None] = {}
        self.used: set[str] = set()
        self.draws = False

    def _computation(self) -> Computation:
        graph = self.request.graph
        targets = tuple(self.request.targets.values())
        called = self.request.called
        place: dict[int, int] = {}
        nodes: list[Node] = []
        for number, needed in enumerate(graph.ancestors(targets)):
            if needed:
                node = graph.nodes[number]
                place[number] = len(nodes)
                nodes.append(self._prepared(node, tuple([place[operand] for operand in node.inputs])))
        named = {place[number]: name for number, name in called.items() if number in place}
        wanted = tuple([place[each] for each in targets])
        plain = Computation(tuple(nodes), (*wanted, *named), "float64", graph.scalar)
        whole = optimised(plain, self.dialect.passes, symbols=True)
        made = list(whole.nodes)
        for number, name in zip(whole.targets[len(wanted) :], named.values(), strict=True):
            if not made[number].path and made[number].operation.role != "leaf":
                made[number] = made[number]._replace(path=name)
        return DropDead()(Computation(tuple(made), whole.targets[: len(wanted)], "float64", graph.scalar))

    def _prepared(self, node: Node, inputs: tuple[int, ...]) -> Node:
        """A node with sizes in place of dims that have one, and names of Python in place of others; draws as leaves."""
        made = Type(node.type.kind, self._shape(node.type.shape))
        if node.operation.fed_as is not None:
            return Node(node.operation.fed_as, (), (self.request.graph.seed,), made, node.path, node.span)
        attributes = tuple([self._bound(each) for each in node.attributes])
        if node.operation is SIZE and isinstance(attributes[0], int):
            return Node(CONSTANT, (), (float(attributes[0]),), SCALAR, node.path, node.span)
        return Node(node.operation, inputs, attributes, made, node.path, node.span)  # type: ignore[arg-type]  # each is what it was, dims apart

    def _shape(self, shape: Shape) -> Shape:
        return tuple([bind_size(size, self.sizes) for size in shape])  # type: ignore[arg-type]  # sizes may be dims by other names

    def _bound(self, value: object) -> object:
        if isinstance(value, tuple):
            return tuple([self._bound(each) for each in value])
        return self._shape((value,))[0] if isinstance(value, Linear) else value

    # --- lines --------------------------------------------------------------------------------------------------

    def body(self) -> Body:
        leaves: list[Node] = []
        opening: list[str] = []
        lines: list[str] = []
        for number, node in enumerate(self.nodes):
            into = opening if self._is_fed(node) else lines
            text = self._named(number, node)
            if self._is_fed(node):
                leaves.append(node)
            if text:
                into += [f"# {comment(line)}".rstrip() for line in self.request.docs.get(node.path, ())]
                into += self._line(number, text, node)
        targets = zip(self.request.targets, self.computation.targets, strict=True)
        results = {name: self._result(number) for name, number in targets}
        given, missing = self._sizes(leaves, "\n".join([*opening, *lines, *results.values()]))
        lines = [*opening, *given, *lines]
        return Body(tuple(lines), results, tuple(leaves), tuple(self.functions), missing, self.draws)

    def _named(self, number: int, node: Node) -> str:
        """Notes how a node is read; the right side of its line, empty where it needs none."""
        if node.operation is SIZE:
            self.texts.append(f"float({node.attributes[0]})")
            return ""
        if node.operation is CONSTANT and not node.type.shape:
            value = float(node.attributes[0])  # type: ignore[arg-type]  # a scalar constant is a number
            self.texts.append(number_text(int(value) if node.type.kind == "int" else value, self.dialect.module))
            return ""
        if number in self.as_lying:
            self.texts.append(self._form(node, as_view=True))
            return ""
        name = self.names.of(node.path) if node.path else self.names.another(node.operation.called)
        if name in self.used:  # a gradient, `d_x`, beside a node of that name
            name = self.names.another(node.path)
        self.used.add(name)
        self.texts.append(name)
        if self._is_fed(node):
            return self.request.leaf(node, name)
        return "constant" if node.operation is CONSTANT else self._form(node)

    def _form(self, node: Node, *, as_view: bool = False) -> str:
        """A node as an expression."""
        form = self.dialect.form(node.operation)
        assert form is not None  # the tests look at the whole table
        operands = [self.texts[each] for each in node.inputs]
        if form.arrays or all(self.nodes[each].operation in (CONSTANT, SIZE) for each in node.inputs):
            operands = [self._result(each) for each in node.inputs]  # numbers of Python have no rules for infinities
        types = tuple([self.nodes[each].type for each in node.inputs])
        self.functions |= dict.fromkeys(form.functions)
        slots: dict[str, str] = {"operands": ", ".join(operands), "shape": tuple_text(node.type.shape)}
        if node.operation.role == "leaf":
            self.draws = True
            slots["key"] = self.dialect.key(self.request.graph.seed, node.path)
        for attribute, value in zip(node.operation.attributes, node.attributes, strict=True):
            slots[attribute.name] = attribute_text(value, self.dialect.module)
        return form.written(types, node.type, node.attributes, as_view=as_view).format(*operands, **slots)

    def _line(self, number: int, text: str, node: Node) -> Iterator[str]:
        name, shape = self.texts[number], f"  # {shape_text(node.type.shape)}" if node.type.shape else ""
        if node.operation is not CONSTANT:
            yield f"{name} = {text}{shape}"
            return
        numbers = _lists(node.attributes[0], int if node.type.kind == "int" else float)
        first, *others = array_lines(numbers, "    ", self.dialect.module)
        first, *others = self.dialect.listed(first, others, self.dialect.kind(node.type), shape)
        yield f"{name} = {first}"
        yield from others

    def _result(self, number: int) -> str:
        node, text = self.nodes[number], self.texts[number]
        number = node.operation in (CONSTANT, SIZE) and not node.type.shape
        return self.dialect.one(bare(text), node.type) if number else text

    def _is_fed(self, node: Node) -> bool:
        """Whether a leaf's value comes from outside."""
        given = node.operation.role == "leaf" and node.operation not in (CONSTANT, SIZE)
        return given and self.dialect.form(node.operation) is None

    def _read_as_lying(self) -> frozenset[int]:
        """Nodes that are written where they are read: views, whose readers all take elements as they lie."""
        forms = [self.dialect.form(node.operation) for node in self.nodes]
        views = {number for number, form in enumerate(forms) if form is not None and form.view is not None}
        views -= set(self.computation.targets)
        for node, form in zip(self.nodes, forms, strict=True):
            if not node.operation.strided or form is None or form.view is not None:
                views -= set(node.inputs)
        return frozenset(views)

    # --- sizes --------------------------------------------------------------------------------------------------

    def _sizes(self, leaves: Sequence[Node], code: str) -> tuple[list[str], tuple[str, ...]]:
        """Lines that read dims off the shapes of leaves, and the dims that no leaf gives."""
        wanted = self.dims & set(re.findall(r"\w+", re.sub(r"#.*", "", code)))
        lines: list[str] = []
        known: set[str] = set()
        places = [(node, axis, size) for node in leaves for axis, size in enumerate(node.type.shape)]
        while wanted - known:
            found = next(_solvable(places, known), None)
            if found is None:
                break
            node, axis, size, dim = found
            lines.append(f"{dim} = {_solved(f'{self.names.of(node.path)}.shape[{axis}]', size, dim)}")
            known.add(dim)
        return lines, tuple(sorted(wanted - known))


def _dims(graph: Graph) -> dict[str, None]:
    """All dims, in order: those of shapes, and those that stand in attributes alone."""
    found: dict[str, None] = dict.fromkeys(graph.dims)
    for node in graph.nodes:
        for value in (*node.type.shape, *node.attributes):
            for size in value if isinstance(value, tuple) else (value,):
                if isinstance(size, Linear):
                    found |= {name: None for name, _ in size.terms}
    return found


def _solvable(places: Sequence[tuple[Node, int, Size]], known: set[str]) -> Iterator[tuple[Node, int, Linear, str]]:
    """Sizes of leaves in which one dim alone is not known yet."""
    for node, axis, size in places:
        if isinstance(size, Linear):
            unknown = [name for name, _ in size.terms if name not in known]
            if len(unknown) == 1:
                yield node, axis, size, unknown[0]


def _solved(value: str, size: Linear, dim: str) -> str:
    """What a dim is where a size has a value."""
    (factor,) = (coefficient for name, coefficient in size.terms if name == dim)
    rest = Linear(tuple(term for term in size.terms if term[0] != dim), size.constant)
    less = str(rest) if rest.terms else str(rest.constant) if rest.constant else ""
    text = f"{value} - ({less})" if less else value
    return f"({text}) // {factor}" if factor != 1 else text


def _lists(value: Any, kind: type[int] | type[float]) -> Any:
    """A literal of numbers as nested lists."""
    return [_lists(each, kind) for each in value] if isinstance(value, tuple) else kind(value)
