"""A graph as flat text of the language: one statement a node, no blocks, no chains."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from types import EllipsisType

from ...compiler.graph.graph import (
    Graph,
    InputDeclaration,
    Literal,
    Node,
    StateDeclaration,
)
from ...compiler.graph.repeated import INLINED, written
from ...compiler.graph.signatures import INITIALISERS, Invocation
from ...compiler.ops.attribute import AttributeValue
from ...compiler.ops.leaves import CONSTANT
from ...compiler.ops.operation import Operation
from ...compiler.ops.table import NEGATIVE, infix
from ...compiler.shape import Linear, Size, Type, shape_text
from ...grammar.expression_text import expression_text
from ...grammar.syntax import Argument, Call, Expression, Infix, List, Name, Negative, Number, Text
from ...grammar.unicode.characters import is_name
from ...grammar.unicode.mixing import mixed, spelt_out


def graph_text(graph: Graph, outputs: Mapping[str, int] | None = None, sizes: Mapping[str, int] | None = None) -> str:
    """Statements that define the nodes of a graph, in its order; the text reads back to the same graph.

    `outputs`, by path, are outputs too: nodes without a path of their own get theirs, others a statement that gives
    them one more. Paths become names: what a name can't hold becomes `_`. Operations that only the compiler may use
    are written all the same, and a comment at the top says that such a text can't be read back. Of a reverse pass what
    nothing needs is left out. `sizes` are those of dims that have one for good, which become constants.
    """
    writer = FlatWriter(graph, outputs or {}, sizes or {})
    return "\n".join([*writer.preface(), *writer.statements(), *writer.last()]) + "\n"


def names_of(graph: Graph) -> dict[int, str]:
    """What nodes are called in the text, by number."""
    return _names(graph, {})


def own_operations(graph: Graph, wanted: Iterable[int]) -> list[str]:
    """Operations that only the compiler may use, among those that some nodes hang on."""
    needed = compress(graph.nodes, graph.ancestors(wanted))
    return sorted({node.operation.name for node in needed if _is_own(node.operation)})


class FlatWriter:
    """Writes the statements of a graph."""

    def __init__(self, graph: Graph, outputs: Mapping[str, int], sizes: Mapping[str, int]) -> None:
        self.graph = graph
        self.sizes = sizes
        self.outputs = outputs
        self.names = _names(graph, outputs)
        named = (number for number, node in enumerate(graph.nodes) if node.path)
        self.needed = graph.ancestors([*named, *graph.outputs, *outputs.values()])
        self.inputs = {declaration.index: declaration for declaration in graph.inputs.values()}
        self.params = {declaration.index: declaration for declaration in graph.params.values()}
        self.states = {declaration.index: declaration for declaration in graph.states.values()}
        self.rules = {each.next: each.index for each in graph.states.values() if each.next is not None}
        self.read = {operand for node in graph.nodes for operand in node.inputs} | set(outputs.values())
        """Nodes that others read, or that are to have a name."""

    def preface(self) -> Iterator[str]:
        """Dims, and constants in place of those that are known; what can't be read back."""
        nodes = (node for node, needed in zip(self.graph.nodes, self.needed, strict=True) if needed)
        helpers = {node.operation.name for node in nodes if _is_own(node.operation)}
        if helpers:
            yield f"# can't be read back: {', '.join(sorted(helpers))} are the compiler's own"
        dims: dict[str, None] = dict.fromkeys(self.graph.dims)
        for node in self.graph.nodes:
            dims |= dict.fromkeys(dims_of(node))
        if open_dims := [dim for dim in dims if dim not in self.sizes]:
            yield f"dim {', '.join(open_dims)}"
        yield from (f"const {dim} = {self.sizes[dim]}" for dim in dims if dim in self.sizes)

    def statements(self) -> Iterator[str]:
        """One for each node that is written."""
        for number in range(len(self.graph.nodes)):
            yield from self.statement(number)

    def statement(self, number: int) -> Iterator[str]:
        """That of a node, if it has one."""
        node = self.graph.nodes[number]
        if number in self.inputs:
            yield f"input {self.names[number]}{_input_rest(node.type, self.inputs[number])}"
        elif number in self.params:
            yield param_text(self.names[number], node.type, self.params[number].initial)
        elif number in self.states:
            yield f"state {self.names[number]}: {annotation(node.type)} = {self._start(self.states[number])}"
        elif number in self.rules and number not in self.read:
            yield f"next {self.names[self.rules[number]]} = {expression_text(self._expression(node))}"
        elif node.operation.role == "leaf" and node.operation not in INLINED:
            yield f"input {self.names[number]}: {annotation(node.type)}"
        elif number in self.names and self.needed[number]:
            yield f"{self.names[number]} = {expression_text(self._expression(node))}"

    def _start(self, declaration: StateDeclaration) -> str:
        if isinstance(declaration.initial, str):
            return self.names[self.graph.params[declaration.initial].index]
        return _initial(declaration.initial)

    def last(self) -> Iterator[str]:
        """Rules of states whose values others read, further names of nodes, and what is an output."""
        for number, state in self.rules.items():
            if number in self.read:
                yield f"next {self.names[state]} = {self.names[number]}"
        names = [self.names[number] for number in self.graph.outputs if number in self.names]
        taken = {*self.names.values(), *self.graph.dims}
        for path, number in self.outputs.items():
            name = self.names[number]
            if (wanted := legal_name(path)) not in taken:
                yield f"{wanted} = {name}"
                taken.add(wanted)
                name = wanted
            names.append(name)
        if names:
            yield f"output {', '.join(dict.fromkeys(names))}"

    def _expression(self, node: Node) -> Expression:
        return expression_of(node, [self._operand(number) for number in node.inputs])

    def _operand(self, number: int) -> Expression:
        number = written(self.graph, number)
        return name_of(self.names[number]) if number in self.names else value_of(self.graph.nodes[number])


def expression_of(node: Node, operands: Sequence[Expression]) -> Expression:
    """A node as it is written over its operands."""
    operation = node.operation
    if operation in INLINED:
        return value_of(node)
    if (sign := infix(operation)) is not None:
        return Infix(sign, operands[0], operands[1], 0, 0)
    if operation is NEGATIVE:
        return Negative(operands[0], 0, 0)
    if operation.words.index is not None:
        return name_of(f"{expression_text(operands[0])}{operation.words.index(*node.attributes)}")
    keywords = [
        Argument(name_of(attribute.name), _attribute(value), 0, 0)
        for attribute, value in zip(operation.attributes, node.attributes, strict=True)
        if value != attribute.default and (attribute.written or _is_own(operation))
    ]
    slots = zip(node.slots, operands, strict=True)
    given = (Argument(name_of(slot) if slot in operation.by_name else None, each, 0, 0) for slot, each in slots)
    return Call(name_of(operation.called), (*given, *keywords), 0, 0)


def _names(graph: Graph, extra: Mapping[str, int]) -> dict[int, str]:
    """A name for each node that gets a statement, no two alike."""
    marked = {number: path for path, number in reversed(list(extra.items()))}
    taken: set[str] = set(graph.dims)
    names: dict[int, str] = {}
    counters: dict[str, int] = {}
    outputs = {*graph.outputs, *marked}
    for number, node in enumerate(graph.nodes):
        unwritten = node.operation in INLINED or node.operation.implicit
        if unwritten and not node.path and number not in outputs:
            continue
        wanted = legal_name(node.path or marked.get(number) or node.operation.called)
        name = wanted
        while name in taken:
            counters[wanted] = counters.get(wanted, 1) + 1
            name = f"{wanted}_{counters[wanted]}"
        taken.add(name)
        names[number] = name
    return names


def _is_own(operation: Operation) -> bool:
    """Whether only the compiler may use an operation."""
    if operation.implicit or operation.form_of or operation.words.index is not None:
        return False
    return operation.role == "helper"


def legal_name(path: str) -> str:
    """A path as a name: `tail[1].dense.W` becomes `tail_1_dense_W`."""
    name = re.sub(r"_+$", "", re.sub(r"\W", "_", path.replace("]", "")))
    if mixed(name):  # parts of a path may be of scripts that no one name mixes
        name = spelt_out(name)
    if mixed(name):
        name = "".join(letter if letter.isascii() else "_" for letter in name)
    return name if is_name(name) else f"n_{name}"


def dims_of(node: Node) -> Iterator[str]:
    for value in (node.type.shape, *node.attributes):
        for size in value if isinstance(value, tuple) else (value,):
            if isinstance(size, Linear):
                yield from (name for name, _ in size.terms)


# --- pieces of syntax -------------------------------------------------------------------------------------------


def name_of(name: str) -> Name:
    return Name(name, 0, 0)


def _number(value: float) -> Expression:
    negative = value < 0 or (value == 0 and str(value).startswith("-"))
    return Negative(Number(-value, 0, 0), 0, 0) if negative else Number(value, 0, 0)


def _attribute(value: AttributeValue | EllipsisType) -> Expression:
    if isinstance(value, tuple):
        return List(tuple(_attribute(each) for each in value), 0, 0)
    if isinstance(value, str):
        return Text(value, 0, 0)
    if isinstance(value, Linear):
        return _size(value)
    if value is None or isinstance(value, bool):
        return name_of(str(value).lower())
    assert not isinstance(value, EllipsisType)  # no node has one
    return _number(value)


def _size(size: Size) -> Expression:
    """`2 * N + 1`."""
    if isinstance(size, int):
        return _number(size)
    total: Expression | None = None
    for name, coefficient in size.terms:
        term: Expression = name_of(name)
        if coefficient != 1:
            term = Infix("*", _number(coefficient), term, 0, 0)
        total = term if total is None else Infix("+", total, term, 0, 0)
    assert total is not None  # a size without terms is a number
    return Infix("+", total, _number(size.constant), 0, 0) if size.constant else total


def value_of(node: Node) -> Expression:
    """A constant, or a size, as an expression."""
    value = node.attributes[0]
    return _literal(value) if node.operation is CONSTANT else _attribute(value)


def _literal(value: object) -> Expression:
    if isinstance(value, tuple):
        return List(tuple(_literal(each) for each in value), 0, 0)
    assert isinstance(value, int | float)  # literals are numbers and tuples of them
    return _number(value)


def annotation(type: Type) -> str:
    """What stands behind the colon of a declaration."""
    if not type.shape:
        return type.kind
    return f"{'int' if type.kind == 'int' else ''}{shape_text(type.shape)}"


def _input_rest(type: Type, declaration: InputDeclaration) -> str:
    if declaration.default is None:
        return f": {annotation(type)}"
    return f": {annotation(type)} = {expression_text(_literal(declaration.default))}"


def param_text(name: str, type: Type, initial: Invocation | Literal) -> str:
    """The declaration of a param."""
    return f"param {name}: {annotation(type)} = {_initial(initial)}"


def _initial(initial: Invocation | Literal) -> str:
    if not isinstance(initial, Invocation):
        return expression_text(_literal(initial))
    defaults = {parameter.name: parameter.default for parameter in INITIALISERS[initial.name].parameters}
    changed = {name: initial.number(name) for name, value in initial.arguments.items() if value != defaults.get(name)}
    arguments = tuple(Argument(name_of(name), _number(value), 0, 0) for name, value in changed.items())
    return expression_text(Call(name_of(initial.name), arguments, 0, 0))
