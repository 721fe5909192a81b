"""Over 300 lines: one walk over nodes, whose pieces all change where values lie.

The lines of a function: nodes that go element by element share loops, values share memory by their lifetimes.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ....grammar.spec_error import SpecError
from ...graph.graph import Node
from ...lower.memory import Arena
from ...ops.draws import key_of
from ...ops.forms.c.block import Block
from ...ops.forms.c.form import Each, Seen, Written
from ...ops.forms.c.value import CValue, in_order, joined
from ...ops.forms.c.views import shape_of
from ...ops.leaves import CONSTANT
from ...shape import Kind
from .faults import NO_FORM
from .names import Names, comment
from .numbers import number_text
from .task import Body, Task

ARENAS: Mapping[Kind, str] = {"real": "memory", "int": "whole"}
TYPE_OF: Mapping[Kind, str] = {"real": "real", "int": "int64_t"}


def body_of(task: Task, names: Names) -> Body:
    """The lines of a task. Raises SpecError where an operation has no form."""
    return _Lowering(task, names).run()


class _Lowering:
    def __init__(self, task: Task, names: Names) -> None:
        self.task = task
        self.names = names.copy()
        self.nodes = task.computation.nodes
        self.precision = task.computation.precision
        self.block = Block(self.precision, self._room)
        self.arenas: dict[Kind, Arena] = {kind: Arena(alignment=1) for kind in ARENAS}
        self.constants: dict[str, tuple[Kind, Any]] = {}
        self.values: dict[int, CValue] = {}
        self.owner: dict[int, int] = {}
        """The node whose memory a value lies in."""
        self.pending: dict[int, int] = {}
        """How often that memory is still read, by its owner."""
        self.memory: dict[int, tuple[Kind, int, int]] = {}
        """Kind, offset and size of memory of an arena, by its owner."""
        self.rooms: list[tuple[Kind, int, int]] = []
        self.group: list[int] = []
        self.readers = [0] * len(self.nodes)
        for node in self.nodes:
            for operand in set(node.inputs):
                self.readers[operand] += 1
        self.waiting = list(task.destinations)
        for each in self.waiting:
            self.readers[each.target] += 1
        for number, value in task.leaves.items():
            self._begin(number, value, number)

    def run(self) -> Body:
        for number, node in enumerate(self.nodes):
            form = node.operation.c
            if isinstance(form, Each):
                if self.group and self.nodes[self.group[0]].type.shape != node.type.shape:
                    self._write_group()
                self.group.append(number)
                continue
            if any(operand in self.group for operand in node.inputs):
                self._write_group()
            if node.operation.role == "leaf":
                self._leaf(number, node)
            elif isinstance(form, Seen):
                self._see(number, node, form)
            else:
                self._write(number, node)
        self._write_group()
        self._deliver()
        sizes = {kind: arena.bytes for kind, arena in self.arenas.items()}
        return Body(tuple(self.block.lines), tuple(self.block.functions), self.constants, sizes)

    # --- nodes --------------------------------------------------------------------------------------------------

    def _leaf(self, number: int, node: Node) -> None:
        if node.operation is CONSTANT:
            self._begin(number, self._constant(node), number)
        elif isinstance(node.operation.c, Written):
            out = self._new(number, node)
            node.operation.c.write(self.block, out, key_of(self.task.seed, node.path), self.task.step)
            self._clear()

    def _constant(self, node: Node) -> CValue:
        shape, kind = shape_of(node.type), node.type.kind
        if not shape:
            return CValue(number_text(node.attributes[0], self.precision, kind), kind, (), (), single=True)  # type: ignore[arg-type]  # a number
        name = self.names.another(node.path or "constant")
        self.constants[name] = kind, node.attributes[0]
        return CValue(name, kind, shape, in_order(shape))

    def _see(self, number: int, node: Node, form: Seen) -> None:
        operand = node.inputs[0]
        seen = form.see(self.values[operand], node.type, node.attributes)
        if seen is None:  # it lies apart: a copy is in order
            own = self.values[operand]
            copy = self._new(number, node)
            self.block.each(copy.moved(0, own.shape, in_order(own.shape)), (own,), "{0}")
        else:
            self._begin(number, seen, self.owner[operand])
        self._read(operand)

    def _write(self, number: int, node: Node) -> None:
        form = node.operation.c
        if not isinstance(form, Written):
            raise SpecError([NO_FORM.at(node.span, operation=node.operation.called)])
        out = self._new(number, node)
        first = len(self.block.lines)
        operands = [self.values[operand] for operand in node.inputs]
        if not form.strided:
            operands = [self.block.ordered(each) for each in operands]
        self.block.call(*form.functions)
        form.write(self.block, out, *operands, *node.attributes)
        self._enclose(first)
        self._clear()
        for operand in set(node.inputs):
            self._read(operand)

    def _enclose(self, first: int) -> None:
        """Puts lines from one on between braces, if they have variables of their own."""
        lines = self.block.lines[first:]
        if any(line[4:].startswith(("real ", "const real ", "int ", "int64_t ")) for line in lines):
            self.block.lines[first:] = ["    {", *(f"    {line}" for line in lines), "    }"]

    # --- groups of nodes in one loop ------------------------------------------------------------------------------

    def _write_group(self) -> None:
        group, self.group = self.group, []
        if not group:
            return
        shape = shape_of(self.nodes[group[0]].type)
        members = set(group)
        inside = dict.fromkeys(group, 0)
        outside: dict[int, int] = {}
        for number in group:
            for operand in set(self.nodes[number].inputs):
                if operand in members:
                    inside[operand] += 1
                else:
                    outside[operand] = outside.get(operand, 0) + 1
        stored = [number for number in group if self.readers[number] > inside[number]]
        if not shape:
            self._write_scalars(group, stored, inside, outside)
            return
        for operand, count in outside.items():
            self.pending[self.owner[operand]] -= count
        places = {number: self._place(number, outside, inside[number]) for number in stored}
        for operand in outside:
            self._free(self.owner[operand])
        self._write_loop(group, shape, places, outside)

    def _write_scalars(
        self, group: Sequence[int], stored: Sequence[int], inside: Mapping[int, int], outside: Mapping[int, int]
    ) -> None:
        texts = {operand: self.values[operand].at() for operand in outside}
        for number in group:
            node = self.nodes[number]
            name = texts[number] = self._named(node)
            self._told(node)
            self.block.line(f"const {TYPE_OF[node.type.kind]} {name} = {self._expression(node, texts)};")
        for number in stored:
            value = CValue(texts[number], self.nodes[number].type.kind, (), (), single=True)
            self._begin(number, value, number, inside[number])
        for operand, count in outside.items():
            self.pending[self.owner[operand]] -= count
            self._free(self.owner[operand])

    def _write_loop(
        self, group: Sequence[int], shape: tuple[int, ...], places: Mapping[int, CValue], outside: Mapping[int, int]
    ) -> None:
        block = self.block
        operands = {operand: self.values[operand].broadcast(shape) for operand in outside}
        sizes, values = joined(shape, [*places.values(), *operands.values()])
        lying = dict(zip([*places, *operands], values, strict=True))
        with block.over(sizes) as index:
            texts = {operand: lying[operand].at(index) for operand in operands}
            alone = group[-1] if list(places) == [group[-1]] else None
            for number in group:
                node = self.nodes[number]
                expression = self._expression(node, texts)
                if number == alone:
                    block.line(f"{lying[number].at(index)} = {expression};")
                    continue
                texts[number] = self._named(node)
                block.line(f"const {TYPE_OF[node.type.kind]} {texts[number]} = {expression};")
            if alone is None:
                for number in places:
                    block.line(f"{lying[number].at(index)} = {texts[number]};")

    def _expression(self, node: Node, texts: Mapping[int, str]) -> str:
        form = node.operation.c
        assert isinstance(form, Each)
        self.block.call(*form.functions)
        slots: dict[str, str] = {}
        for attribute, value in zip(node.operation.attributes, node.attributes, strict=True):
            if isinstance(value, int | float):
                whole = isinstance(value, int) and attribute.kind != "number"
                slots[attribute.name] = str(value) if whole else number_text(float(value), self.precision)
                if attribute.name == "decay":
                    slots["log_decay"] = math.log(value).hex() if value else "-HUGE_VAL"
        return form.text.format(*(texts[operand] for operand in node.inputs), **slots)

    def _place(self, number: int, outside: Mapping[int, int], inside: int) -> CValue:
        """Where a value of a group goes: its destination, an operand's memory that nothing else reads, memory of its
        own."""
        node = self.nodes[number]
        shape, kind = shape_of(node.type), node.type.kind
        direct = self._direct(number, outside)
        if direct is not None:
            self._begin(number, direct, number, inside + 1)
            return direct
        for operand in outside:
            owner = self.owner[operand]
            held = self.memory.get(owner)
            beside = [other for other in outside if self.owner[other] == owner]
            if held is None or self.pending[owner]:
                continue
            if all(self._same(each, shape, kind) for each in beside):
                del self.memory[owner]
                self.memory[number] = held
                value = self._declared(node, held)
                self._begin(number, value, number, inside)
                return value
        return self._new(number, node, inside=inside, anew=True)

    def _same(self, operand: int, shape: tuple[int, ...], kind: Kind) -> bool:
        """Whether an operand's elements are all of its memory, in the order of a loop over a shape."""
        value, owner = self.values[operand], self.owner[operand]
        whole = self.values[owner]
        if math.prod(whole.shape) != math.prod(shape) or not value.ordered:
            return False
        return (value.name, value.offset, value.shape, value.kind) == (whole.name, "", shape, kind)

    def _direct(self, number: int, reading: Mapping[int, int] | None) -> CValue | None:
        """The destination of a value, if it may be written there at once; it is delivered then."""
        for each in self.waiting:
            if each.target != number or each.value.single:
                continue
            if each.leaf is not None:
                if self.pending.get(each.leaf, 0):
                    continue
                apart = [operand for operand in reading or () if self.owner[operand] == each.leaf]
                if any(self.values[operand] != self.values[each.leaf] for operand in apart):
                    continue
            self.waiting.remove(each)
            return each.value
        return None

    # --- where values lie -----------------------------------------------------------------------------------------

    def _begin(self, number: int, value: CValue, owner: int, read: int = 0) -> None:
        self.values[number] = value
        self.owner[number] = owner
        self.pending[owner] = self.pending.get(owner, 0) + self.readers[number] - read

    def _new(self, number: int, node: Node, *, inside: int = 0, anew: bool = False) -> CValue:
        """A value's own variable or memory, or its destination."""
        shape, kind = shape_of(node.type), node.type.kind
        if not shape:
            name = self._named(node)
            self._told(node)
            self.block.line(f"{TYPE_OF[kind]} {name};")
            value = CValue(name, kind, (), (), single=True)
            self._begin(number, value, number, inside)
            return value
        direct = None if anew else self._direct(number, None)
        if direct is not None:
            self._begin(number, direct, number, inside + 1)
            return direct
        self.memory[number] = kind, *self.arenas[kind].allocate(math.prod(shape))
        value = self._declared(node, self.memory[number])
        self._begin(number, value, number, inside)
        return value

    def _declared(self, node: Node, held: tuple[Kind, int, int]) -> CValue:
        """A name for memory."""
        kind, offset, _ = held
        shape, name = shape_of(node.type), self._named(node)
        self._told(node)
        there = f"{ARENAS[kind]} + {offset}" if offset else ARENAS[kind]
        self.block.line(f"{TYPE_OF[kind]} *const {name} = {there}; /* [{', '.join(map(str, shape))}] */")
        return CValue(name, kind, shape, in_order(shape))

    def _room(self, shape: tuple[int, ...], kind: Kind) -> CValue:
        offset, size = self.arenas[kind].allocate(math.prod(shape))
        self.rooms.append((kind, offset, size))
        name = self.names.another("room")
        there = f"{ARENAS[kind]} + {offset}" if offset else ARENAS[kind]
        self.block.line(f"{TYPE_OF[kind]} *const {name} = {there};")
        return CValue(name, kind, shape, in_order(shape))

    def _clear(self) -> None:
        for kind, offset, size in self.rooms:
            self.arenas[kind].free(offset, size)
        self.rooms.clear()

    def _read(self, operand: int) -> None:
        self.pending[self.owner[operand]] -= 1
        self._free(self.owner[operand])

    def _free(self, owner: int) -> None:
        if not self.pending[owner] and owner in self.memory:
            kind, offset, size = self.memory.pop(owner)
            self.arenas[kind].free(offset, size)

    # --- names ----------------------------------------------------------------------------------------------------

    def _named(self, node: Node) -> str:
        return self.names.another(node.path or node.operation.called)

    def _told(self, node: Node) -> None:
        for line in self.task.docs.get(node.path, ()):
            self.block.line(f"/* {comment(line)} */")

    # --- the end --------------------------------------------------------------------------------------------------

    def _deliver(self) -> None:
        """Copies targets to where they go; what lies where another goes is put aside before."""
        taken = {each.leaf for each in self.waiting if each.leaf is not None}
        sources: list[CValue] = []
        for each in self.waiting:
            value, owner = self.values[each.target], self.owner[each.target]
            if owner in taken and owner != each.leaf:
                if not value.shape:
                    name = self.names.another("kept")
                    self.block.line(f"const {TYPE_OF[value.kind]} {name} = {value.at()};")
                    value = CValue(name, value.kind, (), (), single=True)
                else:
                    copy = self._room(value.shape, value.kind)
                    self.block.each(copy, (value,), "{0}")
                    value = copy
            sources.append(value)
        for each, value in zip(self.waiting, sources, strict=True):
            if each.leaf is None or value != each.value:
                self.block.each(each.value, (value,), "{0}")
