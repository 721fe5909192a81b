"""Collects lines of numpy, and the objects that they name: the Emitter that kernels write with."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from ..memory import Arena
from ..ops.kernel import Buffer
from .vocabulary import Program, checked

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
    with NaN, so that a late reader shows.

    `together` are the most bytes of operands that a step keeps until it has looked at all of them; with more, updates
    are folded while the reverse pass still runs.
    """

    passes: bool = True
    reuse: bool = True
    poison: bool = False
    together: int = 64 * 2**20


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
        self.failure = "None"
        """What the function returns where it gives up."""
        self._poison = options.poison
        self._made: dict[tuple[object, ...], str] = {}
        self._arguments: set[str] = set()
        self._bases: dict[str, str] = {}
        """Which buffers views are of."""
        self._scratch: list[tuple[int, int]] = []
        self.producers: dict[str, str] = {}
        """The operations whose values the operands of the node being written are, by buffer."""

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
        name = self._named(buffer, how, *arguments)
        self._bases[name] = self._bases.get(buffer.name, buffer.name)
        return name

    def _named(self, buffer: Buffer, how: str, *arguments: object) -> str:
        if buffer.name not in self._arguments:
            return self.bind(how, buffer.name, *arguments)
        key = (how, buffer.name, *map(repr, arguments))
        if key not in self._made:
            name = self._made[key] = f"b{len(self._made)}"
            text = {"reshape": ".reshape({})", "transpose": ".swapaxes(-1, -2)", "bits": ".view('{}')"}[how]
            self.prologue.append(f"{name} = {buffer.name}{text.format(*arguments)}")
            self._arguments.add(name)
        return self._made[key]

    def same(self, one: Buffer, other: Buffer) -> bool:
        """Whether two buffers are the same elements of memory in the same order."""
        ordered = one.ordered and other.ordered and math.prod(one.shape) == math.prod(other.shape)
        return ordered and self._bases.get(one.name, one.name) == self._bases.get(other.name, other.name)

    def method(self, buffer: Buffer, name: str) -> str:
        if buffer.name in self._arguments:
            return f"{buffer.name}.{name}"
        return self.bind("method", buffer.name, name)

    # --- lines --------------------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        self.lines.append(text)

    def call(self, name: str, *arguments: object) -> None:
        if name in ("dot", "matmul"):
            self._note_product(*arguments[:2])
        listed = [str(argument) for argument in arguments]
        if name == "dot":  # as a method, which skips numpy's dispatch
            left, *others = arguments
            assert isinstance(left, Buffer)
            self.line(f"{self.method(left, name)}({', '.join(map(str, others))})")
            return
        if name in ("maximum", "minimum"):
            listed[-1] = f"out={listed[-1]}"  # by position that is deprecated
        self.line(f"{self.function(name)}({', '.join(listed)})")

    def _note_product(self, a: object, b: object) -> None:
        if isinstance(a, Buffer) and isinstance(b, Buffer) and len(a.shape) == len(b.shape) == 2:
            self.products.append(Product(*a.shape, b.shape[1], not a.ordered, not b.ordered))

    def copy(self, out: Buffer, value: Buffer) -> None:
        self.line(f"{out}[...] = {value}")  # half the price of copyto on small arrays

    def guard(self, condition: str) -> None:
        self.line(f"if not {condition}: return {self.failure}")

    def copied(self, buffer: Buffer) -> Buffer:
        if buffer.ordered:
            return buffer
        copy = self.scratch(buffer.shape, buffer.dtype)
        self.copy(copy, buffer)
        return copy

    def comes_from(self, buffer: Buffer, operation: str) -> bool:
        return self.producers.get(buffer.name) == operation

    # --- memory -------------------------------------------------------------------------------------------------

    def scratch(self, shape: tuple[int, ...], dtype: str | None = None) -> Buffer:
        buffer, offset, size = self.allocated(shape, dtype or self.dtype)
        self._scratch.append((offset, size))
        return buffer

    def reserved(self, shape: tuple[int, ...], dtype: str | None = None) -> tuple[Buffer, int]:
        """Memory that is never freed, and its offset; what is reserved in turn lies in turn, with zeros between."""
        dtype = dtype or self.dtype
        offset, _ = self.arena.reserve(math.prod(shape) * ITEM_BYTES[dtype])
        return Buffer(self.bind("arena", offset, shape, dtype), shape, dtype), offset

    def at(self, offset: int, shape: tuple[int, ...]) -> Buffer:
        """Reals at a place that is reserved."""
        return Buffer(self.bind("arena", offset, shape, self.dtype), shape, self.dtype)

    def row(self, offset: int, size: int | None = None) -> Buffer:
        """So many reals that have been reserved from an offset on, without a size all of them, as one row."""
        shape = ((self.arena.bytes - offset) // ITEM_BYTES[self.dtype] if size is None else size,)
        return Buffer(self.bind("row", offset, shape, self.dtype), shape, self.dtype)

    def allocated(self, shape: tuple[int, ...], dtype: str) -> tuple[Buffer, int, int]:
        """New memory: its buffer, offset and size."""
        offset, size = self.arena.allocate(math.prod(shape) * ITEM_BYTES[dtype])
        return Buffer(self.bind("arena", offset, shape, dtype), shape, dtype), offset, size

    def freed(self, offset: int, size: int) -> None:
        """Takes memory back, from the line that is written next on."""
        if self._poison:
            self.line(f"{self.bind('method', self.bind('arena', offset, (size,), 'uint8'), 'fill')}(255)")
        self.arena.free(offset, size)

    def end_of_node(self) -> None:
        """Frees what a kernel worked with."""
        for offset, size in self._scratch:
            self.freed(offset, size)
        self._scratch.clear()


def program_text(name: str, arguments: Iterable[str], writer: Writer) -> Program:
    """The text of a function that makes the function: its objects are closed over, so that each is found at once."""
    lines = [f"def make({', '.join(['np', *(binding.name for binding in writer.bindings)])}):"]
    lines.append(f"    def {name}({', '.join(arguments)}):")
    lines += [f"        {line}" for line in (*writer.prologue, *writer.lines)]
    lines.append(f"    return {name}")
    return checked("\n".join(lines) + "\n")
