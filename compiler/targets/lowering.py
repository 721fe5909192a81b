"""Lowers a computation: says where every value lies, and has its kernel write the lines that compute it."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..graph.class_labels import computed_classes
from ..graph.graph import Node
from ..lower.computation import Computation, joint_nodes, truths
from ..ops.emitter import Buffer
from ..ops.facts import elements
from ..ops.leaves import CONSTANT
from .regions import ARENA
from .writer import LineOperand, Stretch, Value, Writer


@dataclass
class _Shared:
    """Memory that values share: how many readers are to come, and where it lies in the arena; None if elsewhere."""

    pending: int
    place: tuple[int, int] | None = None


class Change(NamedTuple):
    """Lines that change a leaf: `write(*values)` writes them once the values are computed and nothing else reads it.

    Without a leaf they are lines that must stand before later changes.
    """

    leaf: int | None
    values: tuple[int, ...]
    write: Callable[..., None]


def lower(
    writer: Writer,
    computation: Computation,
    leaves: Mapping[int, Value],
    assigned: Mapping[int, Buffer],
    changes: Sequence[Change] = (),
    laid_out: Collection[int] = (),
) -> list[Value]:
    """Writes all nodes of a computation; returns where the targets lie.

    `leaves` are inputs, parameters and states, `assigned` the buffers into which targets shall be written where that
    is possible; such a one may be a leaf's, which is then changed after its last reader. Values that `changes` read
    need not be targets, and are not kept after them. `laid_out` are copied where they could be views.
    """
    return _Lowering(writer, computation, leaves, assigned, changes, laid_out).run()


class _Lowering:
    """The walk over one computation's nodes."""

    def __init__(
        self,
        writer: Writer,
        computation: Computation,
        leaves: Mapping[int, Value],
        assigned: Mapping[int, Buffer],
        changes: Sequence[Change],
        laid_out: Collection[int],
    ) -> None:
        self.writer = writer
        self.computation = computation
        self.leaves = leaves
        self.assigned = assigned
        self.changes = list(changes)
        self.laid_out = laid_out
        self.readers = [0] * len(computation.nodes)
        for inputs in (*(node.inputs for node in computation.nodes), *(change.values for change in changes)):
            for operand in set(inputs):
                self.readers[operand] += 1
        self.kept = set(computation.targets)
        self.truths = truths(computation.nodes) - self.kept - {value for each in changes for value in each.values}
        self.values: dict[int, Buffer] = {}
        self.since: dict[int, int] = {}
        """How many lines were written when a value lay in its buffer, where that is to be noted."""
        self.parts: dict[int, _Shared] = {}
        self.pairs = joint_nodes(computation.nodes)
        taken = {writer.region(buffer).memory for buffer in assigned.values()} - {ARENA}
        regions = {leaf: writer.region(value.buffer) for leaf, value in leaves.items()} if taken else {}
        self.at_stake = {leaf: region for leaf, region in regions.items() if region.memory in taken}
        """Where leaves lie that an assigned buffer may be a part of; what is reserved in the arena is nobody else's."""

    def run(self) -> list[Value]:
        for number, node in enumerate(self.computation.nodes):
            if number not in self.values:
                first = len(self.writer.lines)
                self._lower(number, node)
                if self.writer.noted:
                    self._note(first, number, node)
            self._forget(node.inputs)
            self.writer.end_of_node()
            self._change()
        assert not self.changes  # their values are computed, and no leaf is read for ever
        return [self._value(target) for target in self.computation.targets]

    def _value(self, number: int) -> Value:
        return Value(self.values[number], self.since.get(number, 0))

    def _note(self, first: int, number: int, node: Node) -> None:
        """Notes what the lines of a node read and make."""
        lines, made = len(self.writer.lines), []
        for each in (number, self.pairs.get(number, number)):
            if each not in self.since:
                self.since[each] = lines
                made.append(self.values[each].name)
        if lines > first:
            taken = {node.inputs[position] for position in node.operation.in_place}
            reads = [LineOperand(self.values[each].name, self.since[each], each in taken) for each in set(node.inputs)]
            self.writer.stretches.append(Stretch(first, lines, tuple(reads), tuple(made)))

    def _change(self) -> None:
        """Writes the changes whose time has come."""
        waiting = []
        for change in self.changes:
            computed = all(value in self.values for value in change.values)
            if not computed or (change.leaf is not None and self._is_read(change.leaf)):
                waiting.append(change)
                continue
            first = len(self.writer.lines)
            values = [self._value(value) for value in change.values]
            change.write(*values)
            self.writer.stretch(first, values)
            self._forget(change.values)
            self.writer.end_of_node()
        self.changes = waiting

    def _is_read(self, leaf: int) -> bool:
        return leaf not in self.parts or self.parts[leaf].pending > 0

    def _lower(self, number: int, node: Node) -> None:
        writer = self.writer
        if node.operation.role == "leaf":
            leaf = self._leaf(number, node)
            self.since[number] = leaf.since
            self._begin(number, leaf.buffer, None)
            return
        operands = [self.values[operand] for operand in node.inputs]
        if node.operation.view is not None:
            seen = node.operation.view(writer, *operands, *node.attributes)
            if seen is not None:
                self._see(number, node, seen, copied=seen.ordered and not operands[0].ordered)
                return
        if not node.operation.strided:
            operands = [writer.copied(operand) for operand in operands]
        writer.producers = {
            buffer.name: self.computation.nodes[operand].operation.name
            for buffer, operand in zip(operands, node.inputs, strict=True)
        }
        self._guard(number, node)
        if number in self.pairs:
            self._lower_pair(number, node, operands)
            return
        out = self._result(number, node, operands)
        self._write(node, out, operands)

    def _guard(self, number: int, node: Node) -> None:
        """A line that gives the step up where class numbers that are computed are no classes."""
        nodes, joint = self.computation.nodes, node.operation.joint
        if (numbers := computed_classes(nodes, node)) is None or (number in self.pairs and joint and joint.guards):
            return
        classes = (node if node.operation.spreads_classes else nodes[node.inputs[0]]).type.shape[-1]
        flat = self.writer.view(self.writer.copied(self.values[numbers]), "reshape", (elements(nodes[numbers].type),))
        bits = self.writer.view(flat, "bits")  # as unsigned numbers the negative ones are the largest
        self.writer.guard(f"{bits}[{self.writer.method(bits, 'argmax')}()] < {classes}")

    def _lower_pair(self, number: int, node: Node, operands: list[Buffer]) -> None:
        first, second = (self._result(each, self.computation.nodes[each], []) for each in (number, self.pairs[number]))
        other = self.computation.nodes[self.pairs[number]].operation
        if (joint := node.operation.joint) is None or joint.other != other.name:
            joint, first, second = other.joint, second, first
        assert joint is not None  # that one of the two has it makes them a pair
        joint.kernel(self.writer, first, second, *operands, *node.attributes)

    def _see(self, number: int, node: Node, seen: Buffer, *, copied: bool) -> None:
        """Takes a view as the node's value, unless it is one of a copy, which does not outlive the node."""
        moved = node.operation.values.passes_on == "moved"  # a transposed array's view is in order again without a copy
        if (copied and not moved) or number in self.laid_out:
            self.writer.copy(self._result(number, node, []), seen)
        else:
            self._alias(number, node.inputs[0], seen)
            self.since[number] = self.since.get(node.inputs[0], 0)

    def _write(self, node: Node, out: Buffer, operands: list[Buffer]) -> None:
        writer, operation = self.writer, node.operation
        if operation.kernel is not None:
            operation.kernel(writer, out, *operands, *node.attributes)
            return
        attributes: tuple[object, ...] = (*node.attributes, writer.dtype) if operation.of_run else node.attributes
        given = [writer.bind("value", attributes)] if attributes else []
        listed = ", ".join(["np", *map(str, operands), *(f"*{name}" for name in given)])
        writer.line(f"{out}[...] = {writer.bind('forward', operation.name)}({listed})")

    def _leaf(self, number: int, node: Node) -> Value:
        if node.operation is not CONSTANT:
            return self.leaves[number]
        shape = shape_of(node)
        dtype = "int64" if node.type.kind == "int" else self.writer.dtype
        return Value(self.writer.constant(node.attributes[0], shape, dtype))

    # --- where values lie ---------------------------------------------------------------------------------------

    def _begin(self, number: int, buffer: Buffer, part: _Shared | None) -> None:
        self.values[number] = buffer
        self.parts[number] = part or _Shared(0)
        self.parts[number].pending += self.readers[number] + (number in self.kept)

    def _alias(self, number: int, operand: int, buffer: Buffer) -> None:
        self._begin(number, buffer, self.parts[operand])

    def _result(self, number: int, node: Node, operands: list[Buffer]) -> Buffer:
        """The buffer for a node's value: the one that is assigned, an operand's that is read for the last time, new."""
        shape = shape_of(node)
        dtype = "bool" if number in self.truths else "int64" if node.type.kind == "int" else self.writer.dtype
        out = self.assigned.get(number)
        if out is not None and self._may_write(out, node):
            self._begin(number, out, None)
            return out
        for position in node.operation.in_place if operands else ():
            if self._last_reader(node, position) and operands[position].shape == shape:
                buffer = operands[position]
                if buffer.dtype == dtype and buffer is self.values[node.inputs[position]]:
                    self._alias(number, node.inputs[position], buffer)
                    return buffer
        buffer, offset, size = self.writer.allocated(shape, dtype)
        self._begin(number, buffer, _Shared(0, (offset, size)))
        return buffer

    def _last_reader(self, node: Node, position: int) -> bool:
        """Whether nothing but this operand slot's node reads that memory from here on."""
        part = self.parts[node.inputs[position]]
        return part.place is not None and part.pending == 1  # a view of it that is read as well would count too

    def _may_write(self, out: Buffer, node: Node) -> bool:
        """Whether nothing reads what the assigned memory holds now after this node, nor this node out of step."""
        for leaf, held in self.at_stake.items():
            region = self.writer.region(out)
            if not region.overlaps(held):
                continue
            reads = [position for position, operand in enumerate(node.inputs) if operand == leaf]
            apart = region != held or out.shape != self.leaves[leaf].buffer.shape
            if self.parts[leaf].pending > bool(reads) or (reads and apart):
                return False
            if any(position not in node.operation.in_place for position in reads):
                return False
        return True

    def _forget(self, inputs: tuple[int, ...]) -> None:
        """Takes note that values have been read once more; frees what has no reader left."""
        for operand in set(inputs):
            part = self.parts[operand]
            part.pending -= 1
            if part.pending == 0 and part.place is not None:
                self.writer.freed(*part.place)
                part.place = None


def carried(
    writer: Writer, computation: Computation, assigned: Mapping[int, Buffer], read_later: Collection[int]
) -> dict[int, Buffer]:
    """Assigned buffers, together with those of operands that can lie in the same memory.

    That is so where a value is its operand in another shape, and where it can be made from it in place. What lies in
    memory that is then changed in place must have no reader but the next one on that way, and none afterwards.
    """
    nodes, found = computation.nodes, dict(assigned)
    readers = [0] * len(nodes)
    for node in nodes:
        for operand in set(node.inputs):
            readers[operand] += 1
    changed = dict.fromkeys(assigned, False)  # whether their memory takes another value later
    for number in reversed(range(len(nodes))):
        if number not in found:
            continue
        node = nodes[number]
        reformed = node.operation.view is not None and node.operation.values.passes_on not in ("moved", "chosen")
        for operand in [node.inputs[position] for position in ((0,) if reformed else node.operation.in_place)]:
            below = nodes[operand]
            lost = changed[number] or not reformed
            alone = readers[operand] == 1 and operand not in read_later
            same = math.prod(shape_of(below)) == math.prod(shape_of(node)) if reformed else below.type == node.type
            if not same or (lost and not alone) or operand in found:
                continue
            if below.type.kind == "real" and below.operation.role != "leaf":
                found[operand] = writer.view(found[number], "reshape", shape_of(below))
                changed[operand] = lost
                break
    return found


def shape_of(node: Node) -> tuple[int, ...]:
    """A node's shape, whose sizes are numbers."""
    return tuple(int(str(size)) for size in node.type.shape)
