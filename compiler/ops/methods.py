"""Writes builder.py: a method for each operation, so that whoever appends nodes is checked by Python and by mypy."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from textwrap import fill
from types import MappingProxyType

from .attribute import Attribute, Kind
from .operation import Operation
from .table import OPERATIONS

PLACE = Path(__file__).with_name("builder.py")

HEAD = '''"""What appends nodes to a graph. Made by `python -m chainrule.compiler.ops.methods`: edit that instead.

Over 300 lines: it has a method for each operation.
"""

from abc import ABC, abstractmethod

from ..shape import {shapes}, Type
from .attribute import Attributes{settings}
from .operation import Reference


class Builder(ABC):
    """Appends nodes to a graph, and computes nothing. Types are inferred as nodes are appended. Raises shape.Clash.

    `builder.mul(g, x)` appends the operation of that name (hyphens as underscores; attributes by keyword) and returns
    its reference.
    """

    @abstractmethod
    def type(self, reference: Reference) -> Type:
        """The type of a node."""

    @abstractmethod
    def constant(self, value: float) -> Reference:
        """A real scalar constant."""

    @abstractmethod
    def size(self, size: Size) -> Reference:
        """A size as a real scalar."""

    def made(self, reference: Reference) -> tuple[str, tuple[Reference, ...], Attributes] | None:
        """How a node was made: its operation, its operands, its attributes; None where that is not told."""
        return None

    @abstractmethod
    def make(self, name: str, operands: tuple[Reference, ...], attributes: Attributes = ()) -> Reference:
        """The operation of that name, all of its attributes given."""
'''

TYPES: Mapping[Kind, str] = MappingProxyType(
    {
        "integer": "int",
        "number": "float",
        "text": "str",
        "boolean": "bool",
        "list": "Settings",
        "sizes": "Shape",
        "length": "Size",
        "size": "Size",
        "shape": "Shape",
    }
)


def builder_text() -> str:
    """The text of builder.py."""
    methods = "".join("\n" + "\n".join(_method(each)) + "\n" for each in OPERATIONS.values() if each.role != "leaf")
    settings = ", Settings" if "Settings" in methods else ""
    return HEAD.format(shapes="Shape, Size" if "Shape" in methods else "Size", settings=settings) + methods


def _method(operation: Operation) -> Iterator[str]:
    name = operation.name.replace("-", "_")
    operands = "".join(f", {operand}: Reference" for operand in operation.operands)
    listed = _tuple(operation.operands)
    if operation.variadic:
        operands, listed = f"{operands}, *more: Reference", _tuple((*operation.operands, "*more"))
    attributes = "".join(f", {_parameter(each)}" for each in operation.attributes)
    star = ", *" if attributes and not operation.variadic else ""
    given = f", {_tuple(each.name for each in operation.attributes)}" if attributes else ""
    yield from _signature(name, f"self{operands}{star}{attributes}")
    yield fill(f'"""{operation.formula}"""', 112, initial_indent=" " * 8, subsequent_indent=" " * 8)
    yield f'        return self.make("{operation.name}", {listed}{given})'


LINE = 120


def _signature(name: str, parameters: str) -> Iterator[str]:
    """A method's first line, or the lines that a formatter makes of it."""
    if len(line := f"    def {name}({parameters}) -> Reference:") <= LINE:
        yield line
        return
    yield f"    def {name}("
    if len(line := f"        {parameters}") <= LINE:
        yield line
    else:
        yield from (f"        {each}," for each in parameters.split(", "))
    yield "    ) -> Reference:"


def _parameter(attribute: Attribute) -> str:
    of = " | ".join(TYPES[kind] for kind in attribute.kinds)
    if attribute.required:
        return f"{attribute.name}: {of}"
    return f"{attribute.name}: {of}{' | None' if attribute.default is None else ''} = {attribute.default!r}"


def _tuple(names: Iterable[str]) -> str:
    listed = list(names)
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"


if __name__ == "__main__":
    PLACE.write_text(builder_text(), encoding="utf-8")
