"""What differs between two specs: node by node, first by path, then by place in the graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ..ops.attribute import attribute_text
from ..ops.leaves import INPUT, PARAM, STATE
from ..shape import Clash, Shape, product, shape_text
from .diff_names import with_dims_of
from .diff_sections import Change, changed_settings, same_metrics
from .graph import Graph, Node
from .signatures import Invocation, invocation_text
from .spec import Spec


class ChangedNode(NamedTuple):
    """A node that stands in both specs, and what is otherwise about it."""

    before: str
    after: str
    changes: tuple[Change, ...]


class LoneNode(NamedTuple):
    """A node that stands in one of the specs only."""

    path: str
    operation: str
    inputs: tuple[str, ...]
    shape: str


class Parameters(NamedTuple):
    """How many arrays are trained, and how many elements they hold (None where dims leave it open)."""

    arrays: int
    elements: int | None


@dataclass(frozen=True)
class Difference:
    """The answer of `diff`; paths of the first spec come first.

    `same` counts the nodes that are alike in both, those with another name among them.
    """

    same: int
    renamed: tuple[tuple[str, str], ...]
    changed: tuple[ChangedNode, ...]
    removed: tuple[LoneNode, ...]
    added: tuple[LoneNode, ...]
    parameters: tuple[Parameters, Parameters]
    settings: tuple[Change, ...]
    metrics: tuple[tuple[str, str], ...]
    """The names of what both report, first and second."""

    @property
    def same_graph(self) -> bool:
        """Whether both specs compute the same, whatever their nodes are called."""
        return not (self.changed or self.removed or self.added)

    @property
    def alike(self) -> bool:
        """Whether both compute and train the same."""
        return self.same_graph and not self.settings


def difference(before: Spec, after: Spec) -> Difference:
    """What is otherwise in the second of two specs; titles, doc lines, claims and names don't count.

    But values come to inputs by their names: an input of another name is another one.
    """
    after_shown, after = after, with_dims_of(before, after)
    matching = _Matching(before.graph, after.graph, after_shown.graph)
    pairs = [(one, other) for one, other in enumerate(matching.other) if other is not None]
    changed: list[ChangedNode] = []
    renamed: list[tuple[str, str]] = []
    same = 0
    for one, other in pairs:
        paths = before.graph.nodes[one].path, after.graph.nodes[other].path
        changes = tuple(matching.changes(one, other))
        if not any(paths):
            continue
        if changes:
            changed.append(ChangedNode(*paths, changes))
            continue
        same += 1
        if paths[0] != paths[1]:
            renamed.append(paths)
    taken = {other for _, other in pairs}
    return Difference(
        same,
        tuple(renamed),
        tuple(changed),
        tuple(_lone(before.graph, one) for one, other in enumerate(matching.other) if other is None),
        tuple(_lone(after_shown.graph, number) for number in range(len(after.graph.nodes)) if number not in taken),
        (_parameters(before.graph), _parameters(after.graph)),
        tuple(changed_settings(before, after, matching.other)),
        tuple(same_metrics(before, after, matching.other)),
    )


class _Matching:
    """Which node of the second graph is which node of the first: `other` gives it by index, None for none."""

    def __init__(self, before: Graph, after: Graph, shown: Graph) -> None:
        self.before = before
        self.after = after
        self.shown = shown
        """The second graph under its own names of dims."""
        self.other: list[int | None] = [None] * len(before.nodes)
        self._taken = [False] * len(after.nodes)
        self._by_path()
        self._by_outputs()
        self._by_users()
        self._by_operands()

    def _pair(self, one: int, other: int) -> None:
        if self.other[one] is None and not self._taken[other]:
            self.other[one] = other
            self._taken[other] = True

    def _by_path(self) -> None:
        """Nodes of the same path, own ones before aliases; constants have none."""
        own = {node.path: number for number, node in enumerate(self.after.nodes) if node.path}
        for number, node in enumerate(self.before.nodes):
            if node.path in own:
                self._pair(number, own[node.path])
        for path, number in self.before.index.items():
            if path in self.after.index:
                self._pair(number, self.after.index[path])

    def _by_outputs(self) -> None:
        if len(self.before.outputs) == len(self.after.outputs):
            for one, other in zip(self.before.outputs, self.after.outputs, strict=True):
                if self._alike(one, other):
                    self._pair(one, other)

    def _by_users(self) -> None:
        """Operands of nodes that are paired, slot by slot, users before what they use."""
        for number in range(len(self.other) - 1, -1, -1):
            other = self.other[number]
            if other is None or not self._alike(number, other):
                continue
            operands = self.before.nodes[number].inputs, self.after.nodes[other].inputs
            for one, its_other in zip(*operands, strict=True):
                if self._alike(one, its_other):
                    self._pair(one, its_other)

    def _by_operands(self) -> None:
        """What is left and has the same operation on paired operands, in the order of the text."""
        free: dict[object, list[int]] = {}
        for number in range(len(self.after.nodes) - 1, -1, -1):
            node = self.after.nodes[number]
            if not self._taken[number] and (node.inputs or not node.path):
                free.setdefault((node.operation.name, node.attributes, node.inputs), []).append(number)
        for number, node in enumerate(self.before.nodes):
            if self.other[number] is None and (node.inputs or not node.path):
                inputs = tuple([self.other[operand] for operand in node.inputs])
                if found := free.get((node.operation.name, node.attributes, inputs)):
                    self._pair(number, found.pop())

    def _alike(self, one: int, other: int) -> bool:
        """Whether two nodes can be the same one under two names: constants only where they are equal."""
        first, second = self.before.nodes[one], self.after.nodes[other]
        if first.operation is not second.operation or len(first.inputs) != len(second.inputs):
            return False
        if first.operation is INPUT:
            return first.path == second.path  # values come to an input by its name
        return bool(first.path) == bool(second.path) and (bool(first.path) or first.attributes == second.attributes)

    # --- pairs --------------------------------------------------------------------------------------------------

    def changes(self, one: int, other: int) -> Iterator[Change]:
        """What is otherwise about a node."""
        first, second, shown = self.before.nodes[one], self.after.nodes[other], self.shown.nodes[other]
        if first.operation.called != second.operation.called:
            yield Change("operation", first.operation.called, second.operation.called)
        if [self.other[operand] for operand in first.inputs] != list(second.inputs):
            yield Change("inputs", _operands(self.before, first), _operands(self.after, second))
        if first.operation is second.operation and first.attributes != second.attributes:
            yield Change("attributes", _attributes(first, shown), _attributes(shown, first))
        if first.type.kind != second.type.kind:
            yield Change("kind", first.type.kind, second.type.kind)
        if first.type.shape != second.type.shape:
            yield Change("shape", shape_text(first.type.shape), shape_text(shown.type.shape))
        values = _declared(self.before, first), _declared(self.after, second)
        if values[0] != values[1] and first.operation is second.operation:
            yield Change("default" if first.operation is INPUT else "start", *values)


# --- as text ----------------------------------------------------------------------------------------------------


def _name(node: Node) -> str:
    if node.path:
        return node.path
    return str(node.attributes[0]) if node.attributes else node.operation.name


def _operands(graph: Graph, node: Node) -> str:
    return ", ".join(_name(graph.nodes[operand]) for operand in node.inputs)


def _attributes(node: Node, other: Node) -> str:
    """The attributes that a node has otherwise than another one of its operation."""
    named = zip(node.operation.attributes, node.attributes, other.attributes, strict=True)
    return ", ".join(f"{each.name} = {attribute_text(value)}" for each, value, was in named if value != was)


def _declared(graph: Graph, node: Node) -> str:
    """What an input, a param or a state starts from, as a spec writes it."""
    given = graph.inputs.get(node.path)
    if node.operation is INPUT and given is not None:
        return "none" if given.default is None else _literal(given.default)
    declaration = graph.held.get(node.path)
    if node.operation in (PARAM, STATE) and declaration is not None:
        initial = declaration.initial
        if isinstance(initial, str):
            return initial
        return invocation_text(initial) if isinstance(initial, Invocation) else _literal(initial)
    return ""


def _literal(value: object) -> str:
    """A number, or nested tuples of numbers as lists."""
    return str(value).replace("(", "[").replace(",)", "]").replace(")", "]")


def _lone(graph: Graph, number: int) -> LoneNode:
    node = graph.nodes[number]
    inputs = tuple(_name(graph.nodes[operand]) for operand in node.inputs)
    return LoneNode(_name(node), node.operation.called, inputs, shape_text(node.type.shape))


def _parameters(graph: Graph) -> Parameters:
    elements = 0
    for declaration in graph.params.values():
        size = _size(graph.nodes[declaration.index].type.shape)
        if size is None:
            return Parameters(len(graph.params), None)
        elements += size
    return Parameters(len(graph.params), elements)


def _size(shape: Shape) -> int | None:
    try:
        size = product(shape)
    except Clash:
        return None
    return size if isinstance(size, int) else None
