"""What a name can stand for while a spec is compiled, and where a piece of text stands whose names are looked up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from ..graph.signatures import INITIALISERS
from ..ops.operation import Operation
from ..ops.table import find
from ..shape import Linear
from .budget import Limits
from .reporter import Reporter, span_of

if TYPE_CHECKING:
    from ...grammar.diagnostic import Fault, Note
    from ...grammar.source import Source, Span
    from ...grammar.syntax import Argument, Block, Name


@dataclass(frozen=True, slots=True)
class NodeValue:
    """A node of the graph that is being built."""

    index: int


@dataclass(frozen=True, slots=True)
class InitialiserValue:
    """An initialiser, with the arguments that came along with its name, and the scope in which each was written."""

    name: str
    arguments: tuple[Argument, ...] = ()
    scopes: tuple[Scope, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockValue:
    """A block, and the unit whose constants and blocks it sees."""

    block: Block
    unit: Unit


class Failed:
    """What had a fault that is reported already; its users stay quiet."""


FAILED: Final = Failed()
UNKNOWN: Final = Failed()
"""An argument of a block that is checked by itself: it may be anything, and nothing is said about it."""

ListValue: TypeAlias = tuple["ListValue | float | int | Linear", ...]
Constant: TypeAlias = float | int | str | Linear | ListValue
"""What is known at compile time: a number, a text, a size, a list."""

Value: TypeAlias = Constant | NodeValue | InitialiserValue | BlockValue | Operation | Failed


@dataclass(eq=False)
class Unit:
    """A file: its blocks, its constants, and the units that it uses under a name of their own."""

    source: Source
    limits: Limits = field(default_factory=Limits, kw_only=True)
    blocks: dict[str, BlockValue] = field(default_factory=dict)
    constants: dict[str, Value] = field(default_factory=dict)
    aliases: dict[str, Unit] = field(default_factory=dict)
    broken_blocks: set[str] = field(default_factory=set)
    """Blocks whose text had a fault: calls of them stay quiet."""
    block_sizes: dict[str, int] = field(default_factory=dict)
    """How many nodes a call of a block makes at the least."""
    varying_blocks: set[str] = field(default_factory=set)
    """Blocks whose calls make more with some arguments or constants than with others."""
    incomplete: bool = False
    """Whether a file that it uses could not be had: unknown names may come from there, and stay quiet."""


@dataclass(eq=False)
class Scope:
    """Names that expressions see: those of a file, or of one call of a block.

    `path` is the call's path, empty for the file itself; `places` tells where a name was defined.
    """

    unit: Unit
    path: str = ""
    parent: Scope | None = None
    """The scope around a copy of a repeat; blocks have none, they see their file's constants alone."""
    values: dict[str, Value] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    declared: frozenset[str] = frozenset()
    """Names that the text defines here, whether or not they have a value yet."""

    def lookup(self, name: str) -> Value | None:
        """What a name stands for here."""
        scope: Scope | None = self
        while scope is not None:
            if (value := scope.values.get(name)) is not None:
                return value
            scope = scope.parent
        return self.unit.constants.get(name)

    def owner(self, path: str, first: str) -> tuple[str, Value] | None:
        """The whole path of one that is written here, and the value of its `first` name; None where that has none."""
        scope: Scope | None = self
        while scope is not None:
            if (value := scope.values.get(first)) is not None:
                return scope.joined(path), value
            scope = scope.parent
        return None

    def excused(self, name: str) -> bool:
        """Whether an unknown name may come from a used file that could not be had."""
        alias, dot, _ = name.partition(".")
        unit = self.unit.aliases.get(alias) if dot else self.unit
        return unit is not None and unit.incomplete

    @property
    def known(self) -> list[str]:
        """Every name that can be seen from here."""
        names = [*self.values, *self.unit.constants, *(self.parent.known if self.parent else ())]
        return sorted({*names, *self.declared})

    def joined(self, name: str) -> str:
        """The path of a name of this scope."""
        return f"{self.path}.{name}" if self.path else name


class Site(NamedTuple):
    """The scope of a text's names, the text, and the reporter of its faults."""

    scope: Scope
    source: Source
    reporter: Reporter

    def span(self, part: object) -> Span:
        """The span of a piece of syntax."""
        return span_of(self.source, part)

    def text(self, part: object) -> str:
        """A piece of syntax as it is written."""
        return self.span(part).text

    def tell(
        self, fault: Fault, part: object, *, hint: str | None = None, notes: Iterable[Note] = (), **facts: object
    ) -> None:
        """Tells the reporter of a fault of a piece of syntax."""
        self.reporter.report(fault, self.span(part), hint=hint, notes=notes, **facts)

    def inside(self, scope: Scope) -> Site:
        """The same text, read with other names."""
        return Site(scope, self.source, self.reporter)

    def reading(self, source: Source) -> Site:
        """The same names, in another text."""
        return Site(self.scope, source, self.reporter)


def callee(function: Name, scope: Scope) -> Value | None:
    """An argument of a block, a block, an operation, an initialiser; None where nothing of that name is called."""
    name = function.name
    passed = scope.lookup(name)
    if passed is UNKNOWN:
        return FAILED
    if passed is not None and isinstance(passed, BlockValue | InitialiserValue | Operation):
        return passed
    unit = scope.unit
    if "." in name:
        alias, _, name = name.partition(".")
        used = unit.aliases.get(alias)
        if used is None or name in used.broken_blocks:
            return FAILED if used else None
        return used.blocks.get(name)
    if name in unit.broken_blocks:
        return FAILED
    if (block := unit.blocks.get(name)) is not None:
        return block
    operation = find(name)
    if operation is not None and operation.written:
        return operation
    if name in INITIALISERS:
        return InitialiserValue(name)
    return FAILED if isinstance(passed, Failed) else None


def described(value: Value) -> str:
    """A value for a message, by name where it has one."""
    match value:
        case Operation():
            return f"the operation `{value.name}`"
        case BlockValue():
            return f"the block `{value.block.name.name}`"
        case InitialiserValue():
            return f"the initialiser `{value.name}`"
    return kind_of(value)


def kind_of(value: Value) -> str:
    """The kind of a value, for a message."""
    match value:
        case str():
            return "a text"
        case Operation():
            return "an operation"
        case BlockValue():
            return "a block"
        case InitialiserValue():
            return "an initialiser"
        case Linear():
            return "a size"
        case tuple():
            return "a list"
        case NodeValue():
            return "a node"
        case Failed():
            return "a fault"
    return "a number"
