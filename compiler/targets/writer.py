"""Writes straight-line numpy for the nodes of a computation, every result in planned memory."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from ..computation import Computation
from ..graph import Node
from ..memory import Arena
from ..ops.kernel import Buffer
from ..ops.leaves import CONSTANT
from ..ops.loss import softmax_loss_pair_into
from ..ops.shaping import REAL

Argument: TypeAlias = str | int | float | tuple[int, ...] | None

ITEM_BYTES = {"float32": 4, "float64": 8, "int64": 8, "uint32": 4, "uint64": 8, "bool": 1}
BITS = {"float32": "uint32", "float64": "uint64", "int64": "uint64"}


class Binding(NamedTuple):
    """An object that the generated function uses, by name; how it is made stands in `kind` and `arguments`."""

    name: str
    kind: str
    arguments: tuple[object, ...]


class Product(NamedTuple):
    """A matrix product [rows, inner] @ [inner, columns], and which operands lie transposed."""

    rows: int
    inner: int
    columns: int
    left_transposed: bool
    right_transposed: bool


class Options(NamedTuple):
    """How code is generated: after the passes; with memory that is used again; for tests, with what was freed filled
    with NaN, so that a late reader shows."""

    passes: bool = True
    reuse: bool = True
    poison: bool = False


@dataclass
class _Part:
    """Memory that values share: how many readers are to come, and where it lies; nowhere if it is not the arena's."""

    pending: int
    offset: int = -1
    size: int = 0


class Writer:
    """Collects the lines of one function and the objects that they name; it is the kernels' Emitter.

    `arguments` are the function's own: views of them are made in each call, all others once.
    """

    def __init__(self, dtype: str, options: Options = Options()) -> None:  # noqa: B008  # a tuple of flags
        self.dtype = dtype
        self.lines: list[str] = []
        self.prologue: list[str] = []
        self.bindings: list[Binding] = []
        self.products: list[Product] = []
        """The matrix products among the lines."""
        self.arena = Arena(reuse=options.reuse)
        self._poison = options.poison
        self._made: dict[tuple[object, ...], str] = {}
        self._arguments: set[str] = set()
        self._scratch: list[tuple[int, int]] = []
        self._producers: dict[str, str] = {}

    # --- objects ------------------------------------------------------------------------------------------------

    def bind(self, kind: str, *arguments: object) -> str:
        """The name of an object; one that was asked for before is the same."""
        key = (kind, *map(repr, arguments))
        if key not in self._made:
            self._made[key] = f"b{len(self._made)}"
            self.bindings.append(Binding(self._made[key], kind, arguments))
        return self._made[key]

    def argument(self, name: str, shape: tuple[int, ...], dtype: str) -> Buffer:
        """An array that each call is given."""
        self._arguments.add(name)
        return Buffer(name, shape, dtype)

    def is_argument(self, buffer: Buffer) -> bool:
        """Whether an array is given anew at each call, or is a view of such a one."""
        return buffer.name in self._arguments

    def held(self, name: str, shape: tuple[int, ...], dtype: str, start: int = 0) -> Buffer:
        """A part of an array that the caller owns: `name`, its elements from `start` on, in a shape."""
        return Buffer(self.bind("held", name, start, shape), shape, dtype)

    def function(self, name: str) -> str:
        return self.bind("function", name)

    def full(self, value: float, shape: tuple[int, ...], dtype: str | None = None) -> Buffer:
        dtype = dtype or self.dtype
        return Buffer(self.bind("full", value, shape, dtype), shape, dtype)

    def constant(self, value: object, shape: tuple[int, ...], dtype: str) -> Buffer:
        return Buffer(self.bind("constant", value, shape, dtype), shape, dtype)

    def arange(self, stop: int, step: int = 1) -> Buffer:
        return Buffer(self.bind("arange", stop, step), (-(-stop // step),), "int64")

    def view(self, buffer: Buffer, how: str, *arguments: object) -> Buffer:
        if how == "reshape":
            (shape,) = arguments
            assert isinstance(shape, tuple)
            if shape == buffer.shape:
                return buffer
            whole = self.copied(buffer)
            return replace(whole, name=self._derived(whole, how, shape), shape=shape)
        if how == "transpose":
            shape = (*buffer.shape[:-2], buffer.shape[-1], buffer.shape[-2])
            name = self._derived(buffer, how)
            # Two axes that were swapped before are in order again; so is a single row or column.
            ordered = not buffer.ordered or 1 in shape[-2:]
            return replace(buffer, name=name, shape=shape, ordered=ordered)
        assert how == "bits"
        dtype = BITS[buffer.dtype]
        return replace(buffer, name=self._derived(buffer, how, dtype), dtype=dtype)

    def _derived(self, buffer: Buffer, how: str, *arguments: object) -> str:
        if buffer.name not in self._arguments:
            return self.bind(how, buffer.name, *arguments)
        key = (how, buffer.name, *map(repr, arguments))
        if key not in self._made:
            name = self._made[key] = f"b{len(self._made)}"
            text = {"reshape": ".reshape({})", "transpose": ".swapaxes(-1, -2)", "bits": ".view('{}')"}[how]
            self.prologue.append(f"{name} = {buffer.name}{text.format(*arguments)}")
            self._arguments.add(name)
        return self._made[key]

    def method(self, buffer: Buffer, name: str) -> str:
        if buffer.name in self._arguments:
            return f"{buffer.name}.{name}"
        return self.bind("method", buffer.name, name)

    # --- lines --------------------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        self.lines.append(text)

    def call(self, name: str, *arguments: object) -> None:
        if name == "copyto" and len(arguments) == 4:
            out, value, casting, mask = arguments
            self.line(f"{self.function(name)}({out}, {value}, {casting}, {mask})")
            return
        if name in ("dot", "matmul"):
            self._note_product(*arguments[:2])
        listed = [str(argument) for argument in arguments]
        if name in ("maximum", "minimum"):
            listed[-1] = f"out={listed[-1]}"  # by position that is deprecated
        self.line(f"{self.function(name)}({', '.join(listed)})")

    def _note_product(self, a: object, b: object) -> None:
        if isinstance(a, Buffer) and isinstance(b, Buffer) and len(a.shape) == len(b.shape) == 2:
            self.products.append(Product(*a.shape, b.shape[1], not a.ordered, not b.ordered))

    def guard(self, condition: str) -> None:
        self.line(f"if not {condition}: return None")

    def copied(self, buffer: Buffer) -> Buffer:
        if buffer.ordered:
            return buffer
        copy = self.scratch(buffer.shape, buffer.dtype)
        self.call("copyto", copy, buffer)
        return copy

    def comes_from(self, buffer: Buffer, operation: str) -> bool:
        return self._producers.get(buffer.name) == operation

    # --- memory -------------------------------------------------------------------------------------------------

    def scratch(self, shape: tuple[int, ...], dtype: str | None = None) -> Buffer:
        buffer, offset, size = self._allocated(shape, dtype or self.dtype)
        self._scratch.append((offset, size))
        return buffer

    def region(self, size: int, shapes: Iterable[tuple[int, ...]]) -> tuple[Buffer, list[Buffer]]:
        """Reals that are never freed, as one row and as parts of it that lie side by side."""
        whole, offset, _ = self._allocated((size,), self.dtype)
        parts = []
        for shape in shapes:
            parts.append(Buffer(self.bind("arena", offset, shape, self.dtype), shape, self.dtype))
            offset += math.prod(shape) * ITEM_BYTES[self.dtype]
        return whole, parts

    def _allocated(self, shape: tuple[int, ...], dtype: str) -> tuple[Buffer, int, int]:
        offset, size = self.arena.allocate(math.prod(shape) * ITEM_BYTES[dtype])
        return Buffer(self.bind("arena", offset, shape, dtype), shape, dtype), offset, size

    def _freed(self, offset: int, size: int) -> None:
        if self._poison:
            self.line(f"{self.bind('method', self.bind('arena', offset, (size,), 'uint8'), 'fill')}(255)")
        self.arena.free(offset, size)

    # --- nodes --------------------------------------------------------------------------------------------------

    def nodes(
        self, computation: Computation, leaves: Mapping[int, Buffer], assigned: Mapping[int, Buffer]
    ) -> list[Buffer]:
        """Writes all nodes; returns the targets' buffers.

        `leaves` are the buffers of inputs, parameters and states, `assigned` those into which targets shall be
        written where that is possible; such a one may be a leaf's, which is then changed after its last reader.
        """
        return _Lowering(self, computation, leaves, assigned).run()

    def end_of_node(self) -> None:
        """Frees what a kernel worked with."""
        for offset, size in self._scratch:
            self._freed(offset, size)
        self._scratch.clear()


class _Lowering:
    """The walk over one computation's nodes."""

    def __init__(
        self, writer: Writer, computation: Computation, leaves: Mapping[int, Buffer], assigned: Mapping[int, Buffer]
    ) -> None:
        self.writer = writer
        self.computation = computation
        self.leaves = leaves
        self.assigned = assigned
        self.readers = [0] * len(computation.nodes)
        for node in computation.nodes:
            for operand in set(node.inputs):
                self.readers[operand] += 1
        self.kept = set(computation.targets)
        self.values: dict[int, Buffer] = {}
        self.parts: dict[int, _Part] = {}
        self.copies: list[tuple[Buffer, Buffer]] = []
        self.pairs = _pairs(computation)

    def run(self) -> list[Buffer]:
        for number, node in enumerate(self.computation.nodes):
            if number not in self.values:
                self._lower(number, node)
            self._forget(node)
            self.writer.end_of_node()
        return [self.values[target] for target in self.computation.targets]

    def _lower(self, number: int, node: Node) -> None:
        writer = self.writer
        if node.operation.role == "leaf":
            self._begin(number, self._leaf(number, node), None)
            return
        operands = [self.values[operand] for operand in node.inputs]
        if node.operation.view is not None:
            seen = node.operation.view(writer, *operands, *node.attributes)
            if seen is not None:
                self._see(number, node, seen, copied=seen.ordered and not operands[0].ordered)
                return
        if not node.operation.strided:
            operands = [writer.copied(operand) for operand in operands]
        writer._producers = {
            buffer.name: self.computation.nodes[operand].operation.name
            for buffer, operand in zip(operands, node.inputs, strict=True)
        }
        if number in self.pairs:
            self._lower_pair(number, node, operands)
            return
        out = self._result(number, node, operands)
        self._write(node, out, operands)

    def _lower_pair(self, number: int, node: Node, operands: list[Buffer]) -> None:
        outs = {}
        for each in (number, self.pairs[number]):
            outs[self.computation.nodes[each].operation.name] = self._result(each, self.computation.nodes[each], [])
        (scores, t), (rows,) = operands, node.attributes
        assert isinstance(rows, int)  # sizes are numbers here
        softmax_loss_pair_into(self.writer, outs["softmax-loss"], outs["softmax-loss-gradient"], scores, t, rows)

    def _see(self, number: int, node: Node, seen: Buffer, *, copied: bool) -> None:
        """Takes a view as the node's value, unless it is one of a copy, which does not outlive the node."""
        transposed = node.operation.name == "transpose"  # of a transposed array is in order again, without a copy
        if copied and not transposed:
            self.writer.call("copyto", self._result(number, node, []), seen)
        else:
            self._alias(number, node.inputs[0], seen)

    def _write(self, node: Node, out: Buffer, operands: list[Buffer]) -> None:
        writer, operation = self.writer, node.operation
        attributes: tuple[object, ...] = (writer.dtype,) if operation is REAL else node.attributes
        if operation.kernel is not None:
            operation.kernel(writer, out, *operands, *attributes)
            return
        given = [writer.bind("value", attributes)] if attributes else []
        listed = ", ".join(["np", *map(str, operands), *(f"*{name}" for name in given)])
        writer.line(f"{writer.function('copyto')}({out}, {writer.bind('forward', operation.name)}({listed}))")

    def _leaf(self, number: int, node: Node) -> Buffer:
        if node.operation is not CONSTANT:
            return self.leaves[number]
        shape = tuple(int(str(size)) for size in node.type.shape)
        dtype = "int64" if node.type.kind == "int" else self.writer.dtype
        return self.writer.constant(node.attributes[0], shape, dtype)

    # --- where values lie ---------------------------------------------------------------------------------------

    def _begin(self, number: int, buffer: Buffer, part: _Part | None) -> None:
        self.values[number] = buffer
        self.parts[number] = part or _Part(0)
        self.parts[number].pending += self.readers[number] + (number in self.kept)

    def _alias(self, number: int, operand: int, buffer: Buffer) -> None:
        self._begin(number, buffer, self.parts[operand])

    def _result(self, number: int, node: Node, operands: list[Buffer]) -> Buffer:
        """The buffer for a node's value: the one that is assigned, an operand's that is read for the last time, new."""
        shape = tuple(int(str(size)) for size in node.type.shape)
        dtype = "int64" if node.type.kind == "int" else self.writer.dtype
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
        buffer, offset, size = self.writer._allocated(shape, dtype)
        self._begin(number, buffer, _Part(0, offset, size))
        return buffer

    def _last_reader(self, node: Node, position: int) -> bool:
        """Whether nothing but this operand slot's node reads that memory from here on."""
        part = self.parts[node.inputs[position]]
        sharing = {operand for operand in node.inputs if self.parts[operand] is part}
        return part.offset >= 0 and part.pending == 1 and sharing == {node.inputs[position]}

    def _may_write(self, out: Buffer, node: Node) -> bool:
        """Whether nothing reads what the assigned memory holds now after this node, nor this node out of step."""
        for leaf, buffer in self.leaves.items():
            if buffer is not out:
                continue
            reads = [position for position, operand in enumerate(node.inputs) if operand == leaf]
            pending = self.parts[leaf].pending - bool(reads)
            if pending or any(position not in node.operation.in_place for position in reads):
                return False
        return True

    def _forget(self, node: Node) -> None:
        """Takes note that a node has read its operands; frees what has no reader left."""
        for operand in set(node.inputs):
            part = self.parts[operand]
            part.pending -= 1
            if part.pending == 0 and part.offset >= 0:
                self.writer._freed(part.offset, part.size)
                part.offset = -1


def _pairs(computation: Computation) -> dict[int, int]:
    """The softmax losses and their gradients that are computed together: each by the first of the two."""
    found: dict[tuple[object, ...], int] = {}
    pairs: dict[int, int] = {}
    for number, node in enumerate(computation.nodes):
        if node.operation.name not in ("softmax-loss", "softmax-loss-gradient"):
            continue
        scores, t = (computation.nodes[operand].type for operand in node.inputs)
        if len(scores.shape) != 2 or len(t.shape) != 1:
            continue
        first = found.setdefault((node.inputs, node.attributes), number)
        if computation.nodes[first].operation is not node.operation:
            pairs[first] = number
    return pairs


def program_text(name: str, arguments: Iterable[str], writer: Writer) -> str:
    """The text of a function that makes the function: its objects are closed over, so that each is found at once."""
    lines = [f"def make({', '.join(['np', *(binding.name for binding in writer.bindings)])}):"]
    lines.append(f"    def {name}({', '.join(arguments)}):")
    lines += [f"        {line}" for line in (*writer.prologue, *writer.lines)]
    lines.append(f"    return {name}")
    return "\n".join(lines) + "\n"
