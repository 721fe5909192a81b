"""Writes a scalar computation as straight-line Python on floats."""

import math
from dataclasses import dataclass

from ..computation import Computation
from ..graph import Node
from ..ops.leaves import CONSTANT
from .writer import Binding


@dataclass(frozen=True)
class ScalarSource:
    """A generated function of floats: f(*leaves) gives the targets as a tuple; `leaves` are its arguments' paths."""

    text: str
    bindings: tuple[Binding, ...]
    leaves: tuple[str, ...]


def scalar_source(computation: Computation) -> ScalarSource:
    """Generates the function of a computation whose every value is a real scalar."""
    return _Python(computation).source()


class _Python:
    def __init__(self, computation: Computation) -> None:
        self.computation = computation
        self.names: list[str] = []
        self.bindings: dict[tuple[str, str], Binding] = {}
        self.leaves: dict[str, str] = {}
        """Arguments by path."""

    def source(self) -> ScalarSource:
        lines = [line for node in self.computation.nodes if (line := self._line(node))]
        targets = "".join(f"{self.names[target]}, " for target in self.computation.targets)
        bound = [binding.name for binding in self.bindings.values()]
        text = "\n".join(
            [
                f"def make({', '.join(['np', *bound])}):",
                f"    def function({', '.join(self.leaves.values())}):",
                *(f"        {line}" for line in lines),
                f"        return ({targets})",
                "    return function",
            ]
        )
        return ScalarSource(text + "\n", tuple(self.bindings.values()), tuple(self.leaves))

    def _line(self, node: Node) -> str | None:
        """The line that computes a node; leaves and constants need none."""
        if node.operation is CONSTANT:
            value = float(node.attributes[0])  # type: ignore[arg-type]  # a scalar constant is a number
            self.names.append(f"({value!r})" if math.isfinite(value) else self._bound("value", value))
            return None
        if node.operation.role == "leaf":
            self.names.append(self.leaves.setdefault(node.path, f"x{len(self.leaves)}"))
            return None
        operands = [self.names[operand] for operand in node.inputs]
        self.names.append(f"v{len(self.names)}")
        return f"{self.names[-1]} = {self._expression(node, operands)}"

    def _expression(self, node: Node, operands: list[str]) -> str:
        template = node.operation.python
        if template is not None:
            function = self._bound("scalar", node.operation.name) if "{f}" in template else ""
            return template.format(*operands, f=function)
        given = [f"*{self._bound('value', node.attributes)}"] if node.attributes else []
        return f"{self._bound('scalar', node.operation.name)}({', '.join([*operands, *given])})"

    def _bound(self, kind: str, value: object) -> str:
        key = (kind, repr(value))
        if key not in self.bindings:
            self.bindings[key] = Binding(f"b{len(self.bindings)}", kind, (value,))
        return self.bindings[key].name
