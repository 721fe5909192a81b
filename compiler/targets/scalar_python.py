"""Writes a scalar computation as straight-line Python on floats."""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter

from ..graph.graph import Node
from ..lower.computation import Computation
from ..ops.leaves import CONSTANT
from .vocabulary import Program, checked
from .writer import Binding

DEEPEST = 30
"""Expressions that stand inside each other; Python's own parser ends at 200 brackets."""


@dataclass(frozen=True)
class ScalarSource:
    """A generated function of floats: f(*leaves) gives the first target, and the other targets by name.

    Where a float operation raises, as a division by zero does, it gives what the caller's `plainly(*leaves)` gives.
    """

    text: Program
    bindings: tuple[Binding, ...]


def scalar_source(computation: Computation, leaves: Sequence[str], names: Sequence[str]) -> ScalarSource:
    """Generates the function of a computation whose every value is a real scalar.

    `leaves` are the paths of its arguments, in order; `names` are those of all targets but the first.
    """
    return _Python(computation, leaves, names).source()


class _Python:
    """Writes a statement for each node that is read more than once; others stand inside their reader's expression."""

    def __init__(self, computation: Computation, leaves: Sequence[str], names: Sequence[str]) -> None:
        self.computation = computation
        self.arguments = {path: f"x{number}" for number, path in enumerate(leaves)}
        self.bindings: dict[tuple[str, str], Binding] = {}
        self.nested = _nested(computation)
        self.locals = _Locals(computation, self.nested)
        self.texts: list[str] = []
        """How each node is written where it is read."""
        self.names: dict[int, list[str]] = {}
        for target, name in zip(computation.targets[1:], names, strict=True):
            self.names.setdefault(target, []).append(name)
        self.others = dict.fromkeys(names, 0.0)
        """What stands in for the named targets until they are computed; constants are there from the start."""

    def source(self) -> ScalarSource:
        lines = [line for number, node in enumerate(self.computation.nodes) if (line := self._line(number, node))]
        result = self.texts[self.computation.targets[0]]
        others, plainly = self._bound("value", self.others), self._bound("caller", "plainly")
        arguments = ", ".join(self.arguments.values())
        text = "\n".join(
            [
                f"def make({', '.join(['np', *(binding.name for binding in self.bindings.values())])}):",
                f"    def function({arguments}):",
                "        try:",
                f"            others = {others}.copy()",
                *(f"            {line}" for line in lines),
                f"            return {result}, others",
                "        except (ArithmeticError, ValueError):",
                f"            return {plainly}({arguments})",
                "    return function",
            ]
        )
        return ScalarSource(checked(text + "\n"), tuple(self.bindings.values()))

    def _line(self, number: int, node: Node) -> str | None:
        """The statement for a node, if it takes one."""
        names = self.names.get(number, [])
        if node.operation is CONSTANT:
            value = float(node.attributes[0])  # type: ignore[arg-type]  # a scalar constant is a number
            self.others |= dict.fromkeys(names, value)
            self.texts.append(f"({value!r})" if math.isfinite(value) else self._bound("value", value))
            return None
        written = [f"others[{self._bound('value', name)}]" for name in names]
        if node.operation.role == "leaf":
            self.texts.append(self.arguments[node.path])
            return " = ".join([*written, self.texts[number]]) if written else None
        expression = self._expression(node)
        if self.nested[number]:
            self.texts.append(f"({expression})")
            return None
        local = self.locals.for_value_of(number)
        self.texts.append(local or "")
        return " = ".join([*([local] if local else []), *written, expression])

    def _expression(self, node: Node) -> str:
        operands = [self.texts[operand] for operand in node.inputs]
        template = node.operation.python
        if template is not None:
            functions = {name: self._bound("math", name) for name in _fields(template) if not name.isdecimal()}
            return template.format(*operands, **functions)
        given = [f"*{self._bound('value', node.attributes)}"] if node.attributes else []
        return f"{self._bound('scalar', node.operation.name)}({', '.join([*operands, *given])})"

    def _bound(self, kind: str, value: object) -> str:
        key = (kind, repr(value))
        if key not in self.bindings:
            self.bindings[key] = Binding(f"b{len(self.bindings)}", kind, (value,))
        return self.bindings[key].name


@lru_cache(256)
def _fields(template: str) -> tuple[str, ...]:
    """What a template's brackets name, in order, repetitions too."""
    return tuple(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def _nested(computation: Computation) -> list[bool]:
    """Which nodes are written inside an expression: those that are read once, at one place of it, and not targets."""
    nodes = computation.nodes
    reader: dict[int, tuple[int, int]] = {}
    read = [0] * len(nodes)
    for number, node in enumerate(nodes):
        for slot, operand in enumerate(node.inputs):
            read[operand] += 1
            reader[operand] = (number, slot)
    for target in computation.targets:
        read[target] = 0
    nested = [False] * len(nodes)
    depth = [0] * len(nodes)
    for number, node in enumerate(nodes):
        if node.operation.role == "leaf":
            continue
        depth[number] = 1 + max([depth[operand] for operand in node.inputs if nested[operand]], default=0)
        if read[number] != 1 or depth[number] == DEEPEST:
            continue
        user, slot = reader[number]
        template = nodes[user].operation.python
        nested[number] = template is None or _fields(template).count(str(slot)) == 1
    return nested


class _Locals:
    """Gives out locals, one again once nothing reads its value any more.

    Python keeps freed floats at hand, a hundred of them, and only its first 256 locals have short instructions.
    """

    def __init__(self, computation: Computation, nested: Sequence[bool]) -> None:
        nodes = computation.nodes
        statement = list(range(len(nodes)))
        """The node in whose statement each node is computed."""
        last = [-1] * len(nodes)
        for number in range(len(nodes) - 1, -1, -1):
            for operand in nodes[number].inputs:
                last[operand] = max(last[operand], statement[number])
                if nested[operand]:
                    statement[operand] = statement[number]
        self._read = [each >= 0 for each in last]
        self._read[computation.targets[0]] = True
        last[computation.targets[0]] = -1  # it is read at the end
        self._dying: dict[int, list[int]] = {}
        for number, node in enumerate(nodes):
            if last[number] >= 0 and not nested[number] and node.operation.role != "leaf":
                self._dying.setdefault(last[number], []).append(number)
        self._place: dict[int, int] = {}
        self._free: list[int] = []
        self._count = 0

    def for_value_of(self, number: int) -> str | None:
        """The local that takes a node's value, once its statement has read its operands; None if nothing reads it."""
        for dead in self._dying.pop(number, ()):
            heapq.heappush(self._free, self._place[dead])
        if not self._read[number]:
            return None
        if not self._free:
            heapq.heappush(self._free, self._count)
            self._count += 1
        self._place[number] = heapq.heappop(self._free)
        return f"v{self._place[number]}"
