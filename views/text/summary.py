"""A spec at a glance: a line a node, with its type, parameters and costs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...compiler.derive.gradients import gradient_graph
from ...compiler.graph.graph import Graph
from ...compiler.graph.spec import Spec
from ...compiler.ops.facts import elements
from ...compiler.ops.leaves import CONSTANT, PARAM, SIZE
from ...compiler.shape import Type, bind_shape, shape_text
from .copies import Run, runs
from .costs import Cost, batch_dims, costs
from .json_values import Json
from .terminal import count_text, table

HEADER = ("node", "operation", "operands", "kind", "shape", "parameters", "FLOPs", "bytes")

MOST_OPERANDS = 6
"""Operands that a line names."""

MOST_OPERATIONS = 5
"""Operations of a copy that the line of several copies names."""


class Line(NamedTuple):
    """One node of the summary, or several copies of a repeat."""

    path: str
    operation: str
    operands: tuple[str, ...]
    kind: str
    shape: str
    parameters: int
    cost: Cost
    frozen: int = 0
    """Of the parameters, those that a group of the training freezes."""


class Summary(NamedTuple):
    """The nodes of a spec, and totals.

    `backward` is what the reverse pass from the loss costs beside the forward pass, None without `train`.
    """

    lines: tuple[Line, ...]
    folded: tuple[Line, ...]
    """The lines, copies of a repeat that are alike in one."""
    dims: Mapping[str, int]
    parameters: int
    frozen: int
    forward: Cost
    backward: Cost | None

    def text(self, *, unfolded: bool = False) -> str:
        """The summary as a table, copies of a repeat folded unless told otherwise."""
        rows = [
            (
                line.path, _operation(line), _listed(line.operands), line.kind, line.shape,
                count_text(line.parameters) if line.parameters else "",
                count_text(line.cost.flops), count_text(line.cost.bytes),
            )
            for line in (self.lines if unfolded else self.folded)
        ]  # fmt: skip
        return "\n".join([table(HEADER, rows, left=5), "", *self._totals()])

    def _totals(self) -> Iterator[str]:
        if self.dims:
            yield f"with {', '.join(f'{name} = {size}' for name, size in self.dims.items())}"
        parts = f" ({self.parameters - self.frozen:,} trained, {self.frozen:,} frozen)" if self.frozen else ""
        yield f"parameters: {self.parameters:,}{parts}"
        yield f"forward: {count_text(self.forward.flops)} FLOPs, {count_text(self.forward.bytes)} bytes"
        if self.backward is not None:
            yield f"reverse: {count_text(self.backward.flops)} FLOPs, {count_text(self.backward.bytes)} bytes"

    def document(self) -> dict[str, Json]:
        """The summary as JSON."""
        nodes: list[Json] = [
            {
                "path": line.path,
                "operation": line.operation,
                "operands": list(line.operands),
                "kind": line.kind,
                "shape": line.shape,
                "parameters": line.parameters,
                "frozen": line.frozen > 0,
                "flops": line.cost.flops,
                "bytes": line.cost.bytes,
            }
            for line in self.lines
        ]
        return {
            "nodes": nodes,
            "dims": dict(self.dims),
            "parameters": self.parameters,
            "frozen": self.frozen,
            "forward": _cost_document(self.forward),
            "reverse": None if self.backward is None else _cost_document(self.backward),
        }


def summary_of(spec: Spec, itemsize: int, known: Mapping[str, int] | None = None) -> Summary:
    """The summary of a spec whose numbers take `itemsize` bytes; `known` are sizes that a model has of its data."""
    graph, dims = spec.graph, batch_dims(spec, known)
    each = costs(graph, dims, itemsize)
    by_number = {
        number: _line(spec, number, dims, each[number]) for number, node in enumerate(graph.nodes) if node.path
    }
    lines = tuple(by_number.values())
    folded = tuple(_folded(spec, by_number))
    parameters, frozen = sum(line.parameters for line in lines), sum(line.frozen for line in lines)
    return Summary(lines, folded, dims, parameters, frozen, _total(each), _backward(spec, dims, itemsize))


def _listed(operands: Sequence[str]) -> str:
    """The operands of a line, the middle ones of many left out."""
    shown = operands if len(operands) <= MOST_OPERANDS else (*operands[: MOST_OPERANDS - 2], "...", operands[-1])
    return ", ".join(shown)


def _operation(line: Line) -> str:
    """What a line is, frozen where all of its parameters are."""
    return f"{line.operation}, frozen" if line.frozen and line.frozen == line.parameters else line.operation


def _line(spec: Spec, number: int, dims: Mapping[str, int], cost: Cost) -> Line:
    graph, node = spec.graph, spec.graph.nodes[number]
    count = elements(Type(node.type.kind, bind_shape(node.type.shape, dims))) if node.operation is PARAM else 0
    operands = tuple(_operand(graph, operand) for operand in node.inputs)
    kind, shape = node.type.kind, shape_text(node.type.shape)
    frozen = count if node.path in spec.frozen else 0
    return Line(node.path, node.operation.called, operands, kind, shape, count, cost, frozen)


def _folded(spec: Spec, lines: Mapping[int, Line]) -> Iterator[Line]:
    """The lines in order, those of copies that are alike as one."""
    graph = spec.graph
    alike = runs(graph, spec.frozen)
    number = 0
    while number < len(graph.nodes):
        run = alike.get(number)
        if run is not None:
            yield _copies(graph, run, lines)
        elif number in lines:
            yield lines[number]
        number = run.stop if run else number + 1


def _copies(graph: Graph, run: Run, lines: Mapping[int, Line]) -> Line:
    """One line for several copies: what one of them does to which operands, and what they cost together."""
    inside = [number for number in range(run.start, run.stop) if number in lines]
    of_one = inside[: len(inside) // run.copies]
    own = {lines[number].path for number in of_one}
    last = lines[inside[-1]]
    operations = [lines[number].operation for number in of_one if graph.nodes[number].operation.role != "leaf"]
    shown = ", ".join(operations[:MOST_OPERATIONS]) + ", ..." * (len(operations) > MOST_OPERATIONS)
    operands = dict.fromkeys(each for number in of_one for each in lines[number].operands if each not in own)
    return Line(
        f"{run.path}[{run.first}..{run.last}] x {run.copies}",
        shown,
        tuple(operands),
        last.kind,
        last.shape,
        sum(lines[number].parameters for number in inside),
        _total([lines[number].cost for number in inside]),
        sum(lines[number].frozen for number in inside),
    )


def _operand(graph: Graph, number: int) -> str:
    """How an operand is called: by its path, or by its value."""
    node = graph.nodes[number]
    if node.path:
        return node.path
    if node.operation in (CONSTANT, SIZE):
        value = node.attributes[0]
        return shape_text(node.type.shape) if isinstance(value, tuple) else str(value)
    return _operand(graph, node.inputs[0]) if node.operation.implicit else node.operation.called


def _backward(spec: Spec, dims: Mapping[str, int], itemsize: int) -> Cost | None:
    """What one reverse pass from the loss to every parameter that is trained costs."""
    if spec.train is None:
        return None
    full = spec.full
    needed = full.ancestors([spec.train.minimize])
    paths = [path for path, param in full.params.items() if needed[param.index] and path not in spec.frozen]
    made = gradient_graph(full, spec.train.minimize, paths, upstream=False)
    wanted = made.graph.ancestors(made.targets)
    each = costs(made.graph, dims, itemsize)
    return _total([cost for number, cost in enumerate(each) if wanted[number] and number >= len(full.nodes)])


def _total(each: Sequence[Cost]) -> Cost:
    return Cost(sum(cost.flops for cost in each), sum(cost.bytes for cost in each))


def _cost_document(cost: Cost) -> dict[str, Json]:
    return {"flops": cost.flops, "bytes": cost.bytes}
