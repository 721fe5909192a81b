"""A training step as generated numpy: loss and gradients, checks, update; nothing is changed before the checks.

Over 300 lines: the parts of one text share what they have put where.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from ..derive.training import (
    GRADIENT,
    LEARNING_RATE,
    NUMBERS,
    PARAMETER,
    STEP_COUNT,
    SUM,
    UPDATE_COUNT,
    PackedUpdate,
    TrainingGraph,
    packed_sum,
    packed_update,
    rows_update,
)
from ..graph.graph import Node
from ..graph.signatures import Invocation
from ..graph.spec import Precision
from ..lower.computation import Computation, bound
from ..lower.packing import Pack, Packing
from ..lower.plan import Draw
from ..ops.arrangement.shaping import TRANSPOSE
from ..ops.draws import FILLS
from ..ops.emitter import Buffer
from ..ops.leaves import CONSTANT, FED, INPUT, PARAM, STATE
from ..passes.pipeline import optimised
from ..shape import bind_shape, product
from .fused_update import FusedUpdate, copied_in_stacks, stack_of, stacked_shape, write_fused_update
from .lowering import Change, carried, lower, shape_of
from .regions import ITEM_BYTES
from .vocabulary import Program
from .writer import Binding, Options, Product, Stretch, Value, Writer, program_text

BACKED_UP = 16384
"""Elements of parameters and states up to which a step keeps a copy of them, to be put back if it fails."""

LARGEST = "1e18"
"""Squared norm of a gradient above which a step is left to the plain executor, which checks every new value."""

COPIED = 4096
"""Elements of an input up to which it is copied into the step's own memory: that costs less than views of it."""

OWN = 16384
"""Elements of gradients up to which they lie in the step's own memory, beside the operands of fused updates."""

PRODUCTS = 8
"""Products with transposed weights from which on these are copied."""

BLOCK = 32768
"""Elements that the packed update takes at a time where it has many, so that its operands stay in the cache. Gradients
then lie in the caller's memory."""


@dataclass(frozen=True)
class StepSource:
    """A generated step: its text, the objects that it names, the bytes of its arena, and its inputs in order.

    step(*inputs) gives the loss; None where something is not finite or out of its bounds, and nothing has changed; NaN
    where that showed while updates were being fused into the reverse pass, and some weights have changed already.
    The caller holds the arrays `memory` (parameters, then each state), `gradients` and `backup`, the learning rates and
    the step count.
    """

    text: Program
    bindings: tuple[Binding, ...]
    arena: int
    inputs: tuple[tuple[str, tuple[int, ...], str], ...]
    products: tuple[Product, ...]
    """The matrix products of one step, fused ones included: what it cannot do without."""
    stretches: tuple[Stretch, ...]
    """What lines read and make, if that was to be noted; lines are counted from the first that makes no view of an
    input."""
    draws: tuple[Draw, ...] = ()
    """Those of the inputs that are drawn, each by its place among them."""


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
        self.draws: list[Draw] = []
        self.places: dict[int, Buffer] = {}
        """Memory that nodes are given: gradients, and operands of fused updates."""
        self.gradients: Buffer
        """The row of all gradients that are kept."""
        self.own_gradients: int | None = None
        """Where that begins in the step's own memory, if it lies there."""
        self.loops = 0
        """How many loops over blocks there are."""
        self.kept = 0
        """How many lines were written when all gradients lay in their row."""
        self.looked_at: list[Buffer] = []
        """Where those lie that must be finite before anything is changed."""
        self.stacks: dict[str, list[Buffer]] = {}
        """Where all x and all d of an update of several products lie, by the parameter's path."""
        self.following: dict[str, Value] = {}
        """Where the next values of the spec's states lie until all else has changed, by path."""
        self.by_rows = [pack for pack in request.packing.packs if pack.path and self._pays(pack.path)]
        """Of these some rows are updated alone."""
        self.taken: list[tuple[Value, Value]] = []
        """The numbers of these rows, and their gradients, for each of them."""

    def source(self) -> StepSource:
        writer = self.writer
        self._gradients()
        if self.request.training.gathers:
            self._gather()
        else:
            self._update()
        self._take_states()
        writer.line("return loss")
        names = [f"x{number}" for number in range(len(self.inputs))]
        return StepSource(
            program_text("step", names, writer),
            tuple(writer.bindings.values()),
            writer.arena.bytes,
            tuple(self.inputs),
            tuple(writer.products),
            tuple(writer.stretches),
            tuple(self.draws),
        )

    def _bound(self, computation: Computation) -> Computation:
        return optimised(computation) if self.request.options.passes else computation

    def _pays(self, path: str) -> bool:
        """Whether the rows of a parameter that change are to be updated alone, which costs as many sums of their
        gradients as takes read it."""
        request = self.request
        rows = request.training.parameters[path].rows
        assert rows is not None  # else it lies in no pack of its own
        count = product(bind_shape(request.training.graph.nodes[rows.numbers].type.shape, request.dims))
        return rows.alone or (isinstance(count, int) and rows.takes * count <= request.packing.segments[path].shape[0])

    @property
    def _whole(self) -> list[str]:
        """The parameters of which the packed update changes all, by their gradients."""
        apart = {pack.path for pack in self.by_rows}
        return [path for path in self.request.packing.plain if path not in apart]

    # --- forward and reverse ------------------------------------------------------------------------------------

    def _gradients(self) -> None:
        """Loss and gradients, looked at; then the fused updates, or while the reverse pass runs."""
        writer = self.writer
        computation, fused_updates = self._computation()
        kept = 1 + len(self._whole)
        directions = computation.targets[1:kept]
        taken = computation.targets[len(computation.targets) - 2 * len(self.by_rows) :]
        following = computation.targets[kept : kept + len(self.request.training.next)]
        operands = list(dict.fromkeys(operand for update in fused_updates for operand in update.operands))
        size = sum(math.prod(shape_of(computation.nodes[number])) for number in operands)
        early = size * ITEM_BYTES[writer.dtype] > self.request.options.together
        if early:
            computation = replace(computation, targets=(computation.targets[0], *directions, *taken))
        outs, places = self._lay(computation, directions, following, () if early else fused_updates, taken[1::2])
        leaves = {number: self._leaf(number, node) for number, node in enumerate(computation.nodes) if _is_fed(node)}
        changes = [*self._copies(following, places), *self._changes(computation, fused_updates)] if early else ()
        assigned = carried(writer, computation, self.places, {*computation.targets, *following, *operands})
        values = lower(writer, computation, leaves, assigned, changes, self._turned(computation))
        self.kept = self._keep(values[1:kept], outs)
        if not early:
            since = self._keep(values[kept : kept + len(places)], list(places.values()))
            self.following = {path: Value(place, since) for path, place in places.items()}
        if not early:
            first = len(writer.lines)
            self._take_loss(values[0].buffer)
            writer.stretch(first, [values[0]])
        self._look(self.looked_at)
        rows = values[len(values) - len(taken) :]
        self.taken = list(zip(rows[::2], rows[1::2], strict=True))
        self._look(self._unseen([gradients.buffer for _, gradients in self.taken]))
        if not early:
            self._fuse(fused_updates, dict(zip(computation.targets, values, strict=True)))

    def _turned(self, computation: Computation) -> set[int]:
        """Transposes of weights that many products read: those of a copy take less time.

        Their last digits may be others, so they are those of weights whose update is fused.
        """
        nodes, fused = computation.nodes, set(self.request.packing.fused)
        turned = {
            number: node.inputs[0]
            for number, node in enumerate(nodes)
            if node.operation is TRANSPOSE and len(node.type.shape) == 2 and nodes[node.inputs[0]].path in fused
        }
        readers = Counter(turned[each] for node in nodes for each in node.inputs if turned and each in turned)
        return {number for number, weights in turned.items() if readers[weights] >= PRODUCTS}

    def _keep(self, kept: Sequence[Value], outs: Sequence[Buffer], makes: Sequence[Buffer] = ()) -> int:
        """Copies those values into their places that do not lie there; returns how many lines there are when all do.

        `makes` is what the places are together, if that has a name.
        """
        writer, first = self.writer, len(self.writer.lines)
        copied = []
        for value, out in zip(kept, outs, strict=True):
            if not writer.same(value.buffer, out):
                writer.copy(out, value.buffer)
                copied.append(out)
        now = writer.stretch(first, kept, copied)
        there = [*copied, *(value.buffer for value in kept)]
        since = writer.stretch(now, [Value(each, now) for each in there], makes or outs)
        writer.end_of_node()
        return since

    def _computation(self) -> tuple[Computation, list[FusedUpdate]]:
        """Targets are the loss, the gradients that are kept, the next values of states, the operands of those
        gradients that are fused, and the numbers and gradients of rows that change alone."""
        request, training = self.request, self.request.training
        nodes, packing = training.graph.nodes, request.packing
        updates = [training.parameters[path] for path in self._whole]
        directions = [each.gradient if training.gathers else each.direction for each in updates]
        pairs = {path: _operands(nodes, packing.products[path]) for path in packing.fused}
        following = [each.value for each in training.next.values()]
        rows = [training.parameters[pack.path].rows for pack in self.by_rows]
        taken = [number for each in rows if each is not None for number in (each.numbers, each.direction)]
        fused = [operand for path in packing.fused for operand in pairs[path]]
        wanted = (training.loss, *directions, *following, *fused, *taken)
        computation = self._bound(bound(training.graph, wanted, request.dims, request.precision))
        first = 1 + len(directions) + len(following)
        operands = iter(computation.targets[first : first + len(fused)])
        return computation, [
            FusedUpdate(
                path,
                training.parameters[path].rate,
                tuple(islice(operands, len(pairs[path]))),
                len(pairs[path]) > 2 and not any(nodes[each].operation.role == "leaf" for each in pairs[path]),
            )
            for path in packing.fused
        ]

    def _lay(
        self,
        computation: Computation,
        directions: Collection[int],
        following: Sequence[int],
        fused_updates: Collection[FusedUpdate],
        taken: Collection[int],
    ) -> tuple[list[Buffer], dict[str, Buffer]]:
        """Gives gradients, those of rows among them, next values of states, and operands of fused updates, places side
        by side, so that one look is enough for all.

        Returns the gradients' places in their order, and those of next values by the state's path.
        """
        writer, start = self.writer, self.writer.arena.bytes
        self.gradients, outs = self._gradient_places()
        for number, out in zip(directions, outs, strict=True):
            self.places.setdefault(number, out)
        places: dict[str, Buffer] = {}
        for path, number in zip(self.request.training.next, following, strict=True):
            places[path], _ = writer.reserved(shape_of(computation.nodes[number]))
            if computation.nodes[number].operation.role != "leaf":
                self.places.setdefault(number, places[path])
        for number in taken:
            if number not in self.places and _may_be_placed(computation.nodes[number]):
                self.places[number], _ = writer.reserved(shape_of(computation.nodes[number]))
        for update in fused_updates:
            if update.stacked:
                halves = (update.operands[::2], update.operands[1::2])
                self.stacks[update.path] = [self._stack(computation, numbers) for numbers in halves]
        operands = list(dict.fromkeys(operand for update in fused_updates for operand in update.operands))
        laid = carried(writer, computation, self.places, {*computation.targets, *following, *operands})
        for number in operands:
            if number not in laid and _may_be_placed(computation.nodes[number]):
                self.places[number], _ = writer.reserved(shape_of(computation.nodes[number]))
        row = writer.row(start)
        large = self._kept_gradients() if self.request.packing.updated > OWN else []
        self.looked_at = [*large, *([row] if row.shape[0] else [])]
        return outs, places

    def _stack(self, computation: Computation, numbers: Sequence[int]) -> Buffer:
        """Memory for values one below the other; those that can be are computed there."""
        writer, nodes = self.writer, computation.nodes
        shapes = [shape_of(nodes[each]) for each in numbers]
        stack, _ = writer.reserved(stacked_shape(shapes))
        for number, part in zip(numbers, stack_of(writer, shapes, stack), strict=True):
            if _may_be_placed(nodes[number]):
                self.places.setdefault(number, part)
        return stack

    def _gradient_places(self) -> tuple[Buffer, list[Buffer]]:
        """The row of all gradients, and its parts."""
        writer, packing = self.writer, self.request.packing
        places = [packing.segments[path] for path in self._whole]
        if packing.updated > OWN:
            row = writer.held("gradients", (packing.updated,), writer.dtype)
            return row, [writer.held("gradients", place.shape, writer.dtype, place.start) for place in places]
        offset, _ = writer.arena.reserve(packing.updated * ITEM_BYTES[writer.dtype])
        self.own_gradients, row = offset, writer.row(offset, packing.updated)
        return row, [writer.at(offset + place.start * ITEM_BYTES[writer.dtype], place.shape) for place in places]

    def _kept_gradients(self) -> list[Buffer]:
        """The parts of that row which a step writes."""
        parts: list[tuple[int, int]] = []
        for pack in self.request.packing.packs:
            if pack in self.by_rows:
                continue
            start, stop = pack.start, pack.start + pack.size
            if parts and parts[-1][1] == start:
                start, _ = parts.pop()
            parts.append((start, stop))
        return [self._part(("gradients", 0), start, stop - start) for start, stop in parts]

    def _leaf(self, number: int, node: Node) -> Value:
        shape = shape_of(node)
        dtype = "int64" if node.type.kind == "int" else self.writer.dtype
        if node.path in self.request.packing.segments and node.operation in (PARAM, STATE):
            return Value(self._parameter(node.path))
        if node.operation is FED and node.path in (*self.request.packing.rates, STEP_COUNT):
            return Value(self._scalar(node.path))
        if node.operation is FED and node.path in self.request.training.sums:
            path = self.request.training.sums[node.path].parameter
            return Value(self.writer.held("memory", shape, self.writer.dtype, self._sums + self._start(path)))
        if node.operation.name in FILLS:
            seed = int(str(node.attributes[0]))
            self.draws.append(Draw(len(self.inputs), node.operation.name, node.path, seed, shape, by_rows=False))
        return self._input(number, node.path, shape, dtype)

    def _input(self, number: int, path: str, shape: tuple[int, ...], dtype: str) -> Value:
        """An input: as it is given, or copied where that costs less than to make views of it in each step."""
        writer, first = self.writer, len(self.writer.lines)
        given = writer.argument(f"x{len(self.inputs)}", shape, dtype)
        self.inputs.append((path, shape, dtype))
        size = math.prod(shape)
        if size > COPIED or (dtype == "int64" and size == 1):
            return Value(given)
        copy = self.places.get(number) or writer.reserved(shape, dtype)[0]
        writer.copy(copy, given)
        return Value(copy, writer.stretch(first, [Value(given)], [copy]))

    def _scalar(self, path: str) -> Buffer:
        return self.writer.held(path, (), self.writer.dtype)

    def _start(self, path: str) -> int:
        return self.request.packing.segments[path].start

    @property
    def _sums(self) -> int:
        """Where the row of the sums of gradients begins: the last of the states."""
        packing = self.request.packing
        return packing.size + packing.updated * (len(packing.states) - 1)

    def _parameter(self, path: str) -> Buffer:
        place = self.request.packing.segments[path]
        return self.writer.held("memory", place.shape, self.writer.dtype, place.start)

    # --- checks -------------------------------------------------------------------------------------------------

    def _take_loss(self, loss: Buffer) -> None:
        self.writer.line(f"loss = {self.writer.method(loss, 'item')}()")
        bound = "1e300" if self.writer.dtype == "float64" else "1e38"
        self.writer.guard(f"-{bound} < loss < {bound}")

    def _look(self, buffers: Iterable[Buffer]) -> None:
        """Gives the step up where an element is not finite: the square of the norm, which reads each only once, is
        infinite or NaN then."""
        writer = self.writer
        for buffer in {buffer.name: buffer for buffer in buffers}.values():
            plain = buffer if buffer.ordered else writer.view(buffer, "transpose")
            row = writer.view(plain, "reshape", (math.prod(buffer.shape),))
            writer.guard(f"{writer.method(row, 'dot')}({row}) < {LARGEST}")

    # --- update -------------------------------------------------------------------------------------------------

    def _fuse(self, fused_updates: Sequence[FusedUpdate], values: Mapping[int, Value]) -> None:
        """All fused updates, after a look at the operands that do not lie where all is looked at."""
        writer = self.writer
        self._look(self._unseen([values[number].buffer for each in fused_updates for number in each.operands]))
        for update in fused_updates:
            operands = [values[number] for number in update.operands]
            if update.stacked:
                operands = self._stacked(operands, self.stacks[update.path])
            first, buffers = len(writer.lines), [each.buffer for each in operands]
            write_fused_update(writer, update.rate, self._parameter(update.path), buffers)
            writer.stretch(first, operands)

    def _stacked(self, operands: Sequence[Value], stacks: Sequence[Buffer]) -> list[Value]:
        """The stacks, once all operands lie in them."""
        writer = self.writer
        made = []
        for half, stack in zip((operands[::2], operands[1::2]), stacks, strict=True):
            parts = stack_of(writer, [each.buffer.shape for each in half], stack)
            made.append(Value(stack, self._keep(half, parts, [stack])))
        return made

    def _unseen(self, buffers: Sequence[Buffer]) -> list[Buffer]:
        """Those that do not lie where all is looked at."""
        seen = [self.writer.region(buffer) for buffer in self.looked_at]
        return [each for each in buffers if not any(region.holds(self.writer.region(each)) for region in seen)]

    def _changes(self, computation: Computation, fused_updates: Iterable[FusedUpdate]) -> list[Change]:
        """Folded updates that are written as soon as can be: that frees their operands while the reverse pass runs.

        The first of all is a look at the loss and the operands from the forward pass.
        """
        loss = computation.targets[0]
        leaves = {node.path: number for number, node in enumerate(computation.nodes) if node.operation is PARAM}
        before = tuple(dict.fromkeys(x for update in fused_updates for x in update.operands[::2] if x < loss))

        def begin(value: Value, *operands: Value) -> None:
            self._take_loss(value.buffer)
            self._look(each.buffer for each in operands)

        def change(update: FusedUpdate) -> Callable[..., None]:
            def write(value: Value, *operands: Value) -> None:
                buffers = [each.buffer for each in operands]
                pairs = zip(update.operands, buffers, strict=True)
                self._look([each for number, each in pairs if number not in before])
                self.writer.failure = "float('nan')"
                if update.stacked:
                    buffers = copied_in_stacks(self.writer, buffers)
                write_fused_update(self.writer, update.rate, self._parameter(update.path), buffers)

            return write

        changes = [Change(leaves[update.path], (loss, *update.operands), change(update)) for update in fused_updates]
        return [Change(None, (loss, *before), begin), *changes]

    def _copies(self, following: Sequence[int], places: Mapping[str, Buffer]) -> list[Change]:
        """The next values of states taken into their places as soon as they are there: nothing of them is a param's
        memory from then on."""
        writer = self.writer

        def take(path: str, place: Buffer) -> Callable[..., None]:
            def write(value: Value) -> None:
                since = value.since
                if not writer.same(value.buffer, place):
                    writer.copy(place, value.buffer)
                    since = len(writer.lines)
                self.following[path] = Value(place, since)

            return write

        return [
            Change(None, (number,), take(path, place))
            for number, (path, place) in zip(following, places.items(), strict=True)
        ]

    def _take_states(self) -> None:
        """States take over their next values, after everything that could end the step without it."""
        for path, value in self.following.items():
            first, held = len(self.writer.lines), self._parameter(path)
            self.writer.copy(held, value.buffer)
            self.writer.stretch(first, [value], [held])

    def _update(self) -> None:
        """Parameters that are changed by the packed update."""
        writer, packing = self.writer, self.request.packing
        total = packing.size + packing.updated * len(packing.states)
        if not packing.updated:
            return
        backed_up = total <= BACKED_UP and not packing.fused
        memory = writer.held("memory", (total,), writer.dtype)
        backup = writer.held("backup", (total,), writer.dtype) if backed_up else memory
        if backed_up:
            writer.copy(backup, memory)
        for pack in packing.packs:
            if pack in self.by_rows:
                continue
            done = self._update_blocks(pack) if pack.size > max(4 * BLOCK, OWN) else 0
            if pack.size > done:
                rows = [self._part(row, pack.start + done, pack.size - done) for row in self._rows]
                self._write_update(pack, rows)
        for pack, (numbers, gradients) in zip(self.by_rows, self.taken, strict=True):
            self._update_rows(pack, numbers, gradients)
        if backed_up:
            writer.line(f"if not {writer.method(memory, 'dot')}({memory}) < {LARGEST}:")
            writer.line(f"    {memory}[...] = {backup}")
            writer.line("    return None")
        if self.request.training.sums:
            first, row = len(writer.lines), self._part(("memory", self._sums), 0, packing.updated)
            writer.copy(row, writer.full(0.0, ()))
            writer.stretch(first, [], [row])

    def _gather(self) -> None:
        """The sums of gradients, with those of this step."""
        writer, size = self.writer, self.request.packing.updated
        if not size:
            return
        added = packed_sum(size)
        computation = self._bound(bound(added.graph, added.targets, {}, self.request.precision))
        row = self._part(("memory", self._sums), 0, size)
        held = {SUM: Value(row), GRADIENT: Value(self.gradients, self.kept)}
        leaves = {number: held[node.path] for number, node in enumerate(computation.nodes) if _is_fed(node)}
        assigned = carried(writer, computation, {computation.targets[0]: row}, set(computation.targets))
        self._take_over(lower(writer, computation, leaves, assigned), [row])

    @property
    def _states(self) -> tuple[str, ...]:
        """The optimiser's states."""
        return tuple(state for state in self.request.packing.states if state != SUM)

    @property
    def _rows(self) -> list[tuple[str, int]]:
        """Where the packed rows begin: parameters, gradients, then each state of the optimiser."""
        packing = self.request.packing
        states = [("memory", packing.size + position * packing.updated) for position in range(len(self._states))]
        return [("memory", 0), ("gradients", 0), *states]

    def _part(self, row: tuple[str, int], start: int, size: int) -> Buffer:
        if row[0] == "gradients" and size == self.request.packing.updated:
            return self.gradients
        if row[0] == "gradients" and self.own_gradients is not None:
            return self.writer.row(self.own_gradients + start * ITEM_BYTES[self.writer.dtype], size)
        return self.writer.held(row[0], (size,), self.writer.dtype, row[1] + start)

    def _update_blocks(self, pack: Pack) -> int:
        """A loop over all whole blocks of a pack; returns how many elements it updates."""
        writer, count = self.writer, pack.size // BLOCK
        rows = [(array, start + pack.start) for array, start in self._rows]
        self.loops += 1
        names = [f"row{number}" for number in range((self.loops - 1) * len(rows), self.loops * len(rows))]
        writer.line(f"for {', '.join(names)} in {writer.bind('blocks', tuple(rows), BLOCK, count)}:")
        first = len(writer.lines)
        self._write_update(pack, [writer.argument(name, (BLOCK,), writer.dtype) for name in names])
        writer.lines[first:] = [f"    {line}" for line in writer.lines[first:]]
        return count * BLOCK

    def _write_update(self, pack: Pack, rows: list[Buffer]) -> None:
        """The update of a pack's parameters by gradients and states, rows of one length."""
        (size,) = rows[0].shape
        names = [PARAMETER, GRADIENT, *(f"{PARAMETER} {state}" for state in self._states)]
        held = {name: Value(row, self.kept if name == GRADIENT else 0) for name, row in zip(names, rows, strict=True)}
        self._write_rule(packed_update(size, pack.settings), pack, held)

    def _update_rows(self, pack: Pack, numbers: Value, gradients: Value) -> None:
        """The update of some rows of a parameter."""
        writer, packing, (start, shape) = self.writer, self.request.packing, self.request.packing.segments[pack.path]
        held = {PARAMETER: Value(self._parameter(pack.path)), NUMBERS: numbers, GRADIENT: gradients}
        for position, state in enumerate(self._states):
            place = packing.size + position * packing.updated + start
            held[f"{PARAMETER} {state}"] = Value(writer.held("memory", shape, writer.dtype, place))
        writer.guarded = False  # the forward pass has looked at the numbers
        self._write_rule(rows_update(shape, numbers.buffer.shape, pack.settings), pack, held)
        writer.guarded = True

    def _write_rule(self, update: PackedUpdate, pack: Pack, held: dict[str, Value]) -> None:
        """An update whose leaves lie where `held` says by their names; it changes parameters and states there."""
        writer = self.writer
        computation = self._bound(bound(update.graph, update.targets, {}, self.request.precision))
        count = UPDATE_COUNT if self.request.training.sums else STEP_COUNT
        held |= {LEARNING_RATE: Value(self._scalar(pack.rate)), STEP_COUNT: Value(self._scalar(count))}
        leaves = {number: held[node.path] for number, node in enumerate(computation.nodes) if _is_fed(node)}
        changed = [value.buffer for name, value in held.items() if name.startswith(PARAMETER)]
        assigned = carried(
            writer, computation, dict(zip(computation.targets, changed, strict=True)), set(computation.targets)
        )
        self._take_over(lower(writer, computation, leaves, assigned), changed)

    def _take_over(self, values: Sequence[Value], changed: Sequence[Buffer]) -> None:
        """Copies new parameters and states to their rows, if they do not lie there; first aside what lies in a row of
        another."""
        writer, rows = self.writer, [self.writer.region(row) for row in changed]
        moved = [(value, row) for value, row in zip(values, changed, strict=True) if value.buffer is not row]
        taken = []
        for value, row in moved:
            if any(writer.region(value.buffer).overlaps(other) for other in rows):
                first, aside = len(writer.lines), writer.scratch(row.shape)
                writer.copy(aside, value.buffer)
                value = Value(aside, writer.stretch(first, [value], [aside]))
            taken.append((value, row))
        for value, row in taken:
            first = len(writer.lines)
            writer.copy(row, value.buffer)
            writer.stretch(first, [value], [row])
        writer.end_of_node()


def _operands(nodes: Sequence[Node], products: Iterable[int]) -> list[int]:
    """x and d of each product transpose(x) @ d."""
    return [
        each for product in products for each in (nodes[nodes[product].inputs[0]].inputs[0], nodes[product].inputs[1])
    ]


def _is_fed(node: Node) -> bool:
    return node.operation.role == "leaf" and node.operation is not CONSTANT


def _may_be_placed(node: Node) -> bool:
    """Whether a value can be computed or copied into memory of one's choice."""
    if node.operation is INPUT:
        return math.prod(shape_of(node)) <= COPIED
    return node.operation.role != "leaf" and node.operation.view is None
