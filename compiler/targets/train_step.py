"""A training step as generated numpy: loss and gradients, checks, update; nothing is changed before the checks."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..computation import Computation, bound
from ..ops.kernel import Buffer
from ..packing import Packing
from ..passes.pipeline import optimised
from ..signatures import Invocation
from ..spec import Precision
from ..training import (
    GRADIENT,
    LEARNING_RATE,
    PARAMETER,
    STEP_COUNT,
    TrainingGraph,
    packed_update,
)
from .lowering import lower
from .writer import Binding, Options, Product, Writer, program_text

BACKED_UP = 16384
"""Elements of parameters and states up to which a step keeps a copy of them, to be put back if it fails."""

LARGEST = "1e18"
"""Squared norm of a gradient above which a step is left to the plain executor, which checks every new value."""

COPIED = 4096
"""Elements of an input up to which it is copied into the step's own memory."""

BLOCK = 32768
"""Elements that the packed update takes at a time, so that all of its operands stay in the cache."""


@dataclass(frozen=True)
class StepSource:
    """A generated step: its text, the objects that it names, the bytes of its arena, and its inputs in order.

    step(*inputs) gives the loss, or None where something is not finite or out of its bounds: nothing has then
    changed. The caller holds the arrays `memory` (parameters, then each state), `gradients`, `rate`, `count` and
    `backup`.
    """

    text: str
    bindings: tuple[Binding, ...]
    arena: int
    inputs: tuple[tuple[str, tuple[int, ...], str], ...]
    products: tuple[Product, ...]
    """The matrix products of one step, folded ones included: what it cannot do without."""


@dataclass(frozen=True)
class StepRequest:
    """What a step is made of: the training, the sizes of its dims, and how its parameters are packed."""

    training: TrainingGraph
    optimizer: Invocation
    packing: Packing
    dims: Mapping[str, int]
    precision: Precision
    options: Options


def step_source(request: StepRequest) -> StepSource:
    """Generates the step. Raises UnboundSize."""
    return _Step(request).source()


class _Step:
    def __init__(self, request: StepRequest) -> None:
        self.request = request
        self.writer = Writer(request.precision, request.options)
        self.inputs: list[tuple[str, tuple[int, ...], str]] = []

    def source(self) -> StepSource:
        writer = self.writer
        self._gradients()
        self._update()
        writer.line("return loss")
        names = [f"x{number}" for number in range(len(self.inputs))]
        return StepSource(
            program_text("step", names, writer),
            tuple(writer.bindings),
            writer.arena.bytes,
            tuple(self.inputs),
            tuple(writer.products),
        )

    def _bound(self, computation: Computation) -> Computation:
        return optimised(computation) if self.request.options.passes else computation

    # --- forward and reverse ------------------------------------------------------------------------------------

    def _gradients(self) -> None:
        request, training = self.request, self.request.training
        nodes = training.graph.nodes
        products = [nodes[training.parameters[path].gradient] for path in request.packing.folded]
        pairs = [(nodes[product.inputs[0]].inputs[0], product.inputs[1]) for product in products]
        directions = [training.parameters[path].direction for path in request.packing.plain]
        wanted = (training.loss, *directions, *(operand for pair in pairs for operand in pair))
        computation = self._bound(bound(training.graph, wanted, request.dims, request.precision))
        wanted_outs = [self._gradient(path) for path in request.packing.plain]
        assigned: dict[int, Buffer] = {}
        for target, out in zip(computation.targets[1:], wanted_outs, strict=False):
            assigned.setdefault(target, out)
        leaves = self._leaves(computation)
        folded = [target for target in computation.targets[1 + len(directions) :] if target not in leaves]
        region = self._region(computation, dict.fromkeys(folded), assigned)
        outs = lower(self.writer, computation, leaves, assigned)
        for value, out in zip(outs[1:], wanted_outs, strict=False):
            if value is not out:
                self.writer.call("copyto", out, value)
        self.writer.end_of_node()
        operands = outs[1 + len(directions) :]
        apart = [operand for operand in operands if operand not in assigned.values()]
        self._check(outs[0], [*region, *apart])
        self._fold(list(zip(operands[::2], operands[1::2], strict=True)))

    def _region(
        self, computation: Computation, wanted: Iterable[int], assigned: dict[int, Buffer]
    ) -> tuple[Buffer, ...]:
        """Lays the operands of folded updates side by side, so that one look is enough for all of them."""
        shapes = {
            target: tuple(int(str(size)) for size in computation.nodes[target].type.shape)
            for target in wanted
            if target not in assigned and computation.nodes[target].operation.view is None
        }
        total = sum(math.prod(shape) for shape in shapes.values())
        if not total:
            return ()
        region, parts = self.writer.region(total, list(shapes.values()))
        assigned |= dict(zip(shapes, parts, strict=True))
        return (region,)

    def _leaves(self, computation: Computation) -> dict[int, Buffer]:
        leaves = {}
        for number, node in enumerate(computation.nodes):
            if node.operation.role != "leaf" or node.operation.name == "constant":
                continue
            shape = tuple(int(str(size)) for size in node.type.shape)
            dtype = "int64" if node.type.kind == "int" else self.request.precision
            if node.path in self.request.packing.places and node.operation.name == "param":
                place = self.request.packing.places[node.path]
                leaves[number] = self.writer.held("memory", shape, dtype, place.start)
            elif node.path in (LEARNING_RATE, STEP_COUNT) and node.operation.name == "state":
                leaves[number] = self._scalar(node.path)
            else:
                leaves[number] = self._input(node.path, shape, dtype)
        return leaves

    def _input(self, path: str, shape: tuple[int, ...], dtype: str) -> Buffer:
        """An input: as it is given, or copied where that costs less than to make views of it in each step."""
        given = self.writer.argument(f"x{len(self.inputs)}", shape, dtype)
        self.inputs.append((path, shape, dtype))
        if math.prod(shape) > COPIED or dtype == "int64":
            return given
        copy, _ = self.writer.region(math.prod(shape), [shape])
        whole = self.writer.view(copy, "reshape", shape)
        self.writer.call("copyto", whole, given)
        return whole

    def _scalar(self, path: str) -> Buffer:
        return self.writer.held("rate" if path == LEARNING_RATE else "count", (), self.request.precision)

    def _gradient(self, path: str) -> Buffer:
        place = self.request.packing.places[path]
        return self.writer.held("gradients", place.shape, self.request.precision, place.start)

    # --- checks -------------------------------------------------------------------------------------------------

    def _check(self, loss: Buffer, operands: list[Buffer]) -> None:
        writer, updated = self.writer, self.request.packing.updated
        writer.line(f"loss = {writer.method(loss, 'item')}()")
        writer.guard("-1e300 < loss < 1e300" if self.request.precision == "float64" else "-1e38 < loss < 1e38")
        dot = writer.function("dot")
        checked = [writer.held("gradients", (updated,), self.request.precision)] if updated else []
        for buffer in (*checked, *{operand.name: operand for operand in operands}.values()):
            size = math.prod(buffer.shape)
            # The square of a norm is infinite or NaN where an element is, and looks at each only once.
            plain = writer.view(buffer, "transpose") if not buffer.ordered else buffer
            row = writer.view(plain, "reshape", (size,))
            writer.guard(f"{dot}({row}, {row}) < {LARGEST}")

    # --- update -------------------------------------------------------------------------------------------------

    def _fold(self, products: list[tuple[Buffer, Buffer]]) -> None:
        """W -= rate * transpose(x) @ d, by one product that adds to W."""
        writer, request = self.writer, self.request
        for path, (x, d) in zip(request.packing.folded, products, strict=True):
            place = request.packing.places[path]
            weights = writer.held("memory", place.shape, request.precision, place.start)
            x, d = writer.copied(x), writer.copied(d)
            (rows, features), units = x.shape, d.shape[1]
            writer.products.append(Product(features, rows, units, True, False))
            I, O, N = (writer.bind("long", size) for size in (features, units, rows))  # noqa: E741, N806  # as formulas have them
            at_x, at_d, at_w = (self._address(each) for each in (x, d, weights))
            row_major, transposed, straight = (writer.bind("int", code) for code in (101, 112, 111))
            descent = writer.bind("descent")
            if rows == 1:
                writer.line(
                    f"{writer.bind('blas', 'ger', request.precision)}"
                    f"({row_major}, {I}, {O}, {descent}, {at_x}, {N}, {at_d}, {N}, {at_w}, {O})"
                )
            else:
                writer.line(
                    f"{writer.bind('blas', 'gemm', request.precision)}({row_major}, {transposed}, {straight}, "
                    f"{I}, {O}, {N}, {descent}, {at_x}, {I}, {at_d}, {O}, {writer.bind('real', 1.0)}, {at_w}, {O})"
                )
            writer.end_of_node()

    def _address(self, buffer: Buffer) -> str:
        if not self.writer.is_argument(buffer):
            return self.writer.bind("address", buffer.name)
        pointer = self.writer.bind("pointer", buffer.name)
        self.writer.line(f"{pointer}.value = {buffer}.__array_interface__['data'][0]")
        return pointer

    def _update(self) -> None:
        writer, packing = self.writer, self.request.packing
        total = packing.size + packing.updated * len(packing.states)
        if not packing.updated:
            return
        backed_up = total <= BACKED_UP and not packing.folded
        memory = writer.held("memory", (total,), self.request.precision)
        backup = writer.held("backup", (total,), self.request.precision)
        if backed_up:
            writer.call("copyto", backup, memory)
        if packing.updated > 2 * BLOCK:
            self._blocks()
        else:
            self._updated(0, packing.updated)
        if backed_up:
            dot = writer.function("dot")
            writer.line(f"if not {dot}({memory}, {memory}) < {LARGEST}:")
            writer.line(f"    {writer.function('copyto')}({memory}, {backup})")
            writer.line("    return None")

    def _updated(self, start: int, size: int) -> None:
        """The update of a part of the packed parameters, states and gradients."""
        writer, packing, precision = self.writer, self.request.packing, self.request.precision
        update = packed_update(size, self.request.optimizer)
        computation = self._bound(bound(update.graph, update.targets, {}, precision))
        held = {
            PARAMETER: writer.held("memory", (size,), precision, start),
            GRADIENT: writer.held("gradients", (size,), precision, start),
            LEARNING_RATE: self._scalar(LEARNING_RATE),
            STEP_COUNT: self._scalar(STEP_COUNT),
        }
        for position, state in enumerate(packing.states):
            offset = packing.size + position * packing.updated
            held[f"{PARAMETER} {state}"] = writer.held("memory", (size,), precision, offset + start)
        leaves = {
            number: held[node.path]
            for number, node in enumerate(computation.nodes)
            if node.operation.role == "leaf" and node.operation.name != "constant"
        }
        changed = [held[PARAMETER], *(held[f"{PARAMETER} {state}"] for state in packing.states)]
        assigned = dict(zip(computation.targets, changed, strict=True))
        outs = lower(writer, computation, leaves, assigned)
        for value, out in zip(outs, changed, strict=True):
            if value is not out:
                writer.call("copyto", out, value)
        writer.end_of_node()

    def _blocks(self) -> None:
        size = self.request.packing.updated
        for start in range(0, size, BLOCK):
            self._updated(start, min(BLOCK, size - start))
