"""Collects lines of numpy, and the objects that they name: the Emitter that kernels write with.

Over 300 lines: all kinds of lines go through one place, where what they read and write is noted.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from ..lower.memory import Arena
from ..ops.emitter import Buffer, part_of, windows_in
from .regions import ITEM_BYTES, Region, region_of
from .vocabulary import Program, checked

VIEWS = {
    "reshape": ".reshape({})",
    "transpose": ".swapaxes(-1, -2)",
    "axes": ".transpose({})",
    "bits": ".view('{}')",
    "rows": "[{}:{}]",
}
"""How views of an argument are written."""

Argument: TypeAlias = str | int | float | tuple[int, ...] | None

BITS = {"float32": "uint32", "float64": "uint64", "int64": "uint64"}

STRIP, SHARED_PLACES = 16, 1024
"""Rows of a matrix that are transposed at a time, where a row is a multiple of so many bytes: the elements of a column
then want the same few places of the cache, which holds no more of them at once."""


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


class Value(NamedTuple):
    """A value: the buffer that it lies in, and the number of lines that are written when it does."""

    buffer: Buffer
    since: int = 0


class LineOperand(NamedTuple):
    """A value that lines read, as Value has it; whether they may put theirs into the same memory."""

    name: str
    since: int
    taken: bool = False


class Stretch(NamedTuple):
    """Lines from `first` up to `end` that belong together: what they read, and the buffers that hold their results.

    It is what the writer says of the lines; verify_step holds the lines to it.
    """

    first: int
    end: int
    reads: tuple[LineOperand, ...]
    makes: tuple[str, ...]


class Options(NamedTuple):
    """How code is generated: after the passes; with memory that is used again; for tests, with what was freed filled
    with NaN, so that a late reader shows.

    `together` are the most bytes of operands that a step keeps until it has looked at all of them; with more, updates
    are fused while the reverse pass still runs. `noted`: it is noted what lines read and make, for a proof.
    """

    passes: bool = True
    reuse: bool = True
    poison: bool = False
    together: int = 64 * 2**20
    noted: bool = False


class Writer:
    """Collects the lines of one function and the objects that they name; it is the kernels' Emitter.

    `arguments` are the function's own: views of them are made in each call, all others once.
    """

    def __init__(self, dtype: str, options: Options = Options()) -> None:  # noqa: B008  # a tuple of flags
        self.dtype = dtype
        self.lines: list[str] = []
        self.prologue: list[str] = []
        self.bindings: dict[str, Binding] = {}
        self.stretches: list[Stretch] = []
        self.products: list[Product] = []
        """The matrix products among the lines."""
        self.arena = Arena(reuse=options.reuse)
        self.guarded = True
        """Whether kernels' guards are written."""
        self.failure = "None"
        """What the function returns where it gives up."""
        self.noted = options.noted
        self._poison = options.poison
        self._made: dict[tuple[object, ...], str] = {}
        self._arguments: set[str] = set()
        self._bases: dict[str, str] = {}
        """Which buffers views are of."""
        self._regions: dict[str, Region] = {}
        """Where buffers lie that are no views, as far as that was asked for."""
        self._scratch: list[tuple[int, int]] = []
        self.producers: dict[str, str] = {}
        """The operations whose values the operands of the node being written are, by buffer."""

    # --- objects ------------------------------------------------------------------------------------------------

    def bind(self, kind: str, *arguments: object) -> str:
        """The name of an object; one that was asked for before is the same."""
        key = (kind, *map(repr, arguments))
        if key not in self._made:
            name = self._made[key] = f"b{len(self._made)}"
            self.bindings[name] = Binding(name, kind, arguments)
        return self._made[key]

    def argument(self, name: str, shape: tuple[int, ...], dtype: str) -> Buffer:
        """An array that each call is given."""
        self._arguments.add(name)
        self._regions[name] = Region(name, 0, math.prod(shape) * ITEM_BYTES[dtype])
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
        return Buffer(self.bind("arange", stop, step), (-(-stop // step),), "intp")

    def view(self, buffer: Buffer, how: str, *arguments: object) -> Buffer:
        if how == "reshape":
            (shape,) = arguments
            assert isinstance(shape, tuple)
            if shape == buffer.shape:
                return buffer
            whole = self.copied(buffer)
            return whole._replace(name=self._derived(whole, how, shape), shape=shape)
        if how == "transpose":
            shape = (*buffer.shape[:-2], buffer.shape[-1], buffer.shape[-2])
            name = self._derived(buffer, how)
            # Two axes that were swapped before are in order again; so is a single row or column.
            ordered = not buffer.ordered or 1 in shape[-2:]
            return buffer._replace(name=name, shape=shape, ordered=ordered)
        if how == "axes":
            (axes,) = arguments
            assert isinstance(axes, tuple)
            shape = tuple([buffer.shape[axis] for axis in axes])
            return buffer._replace(name=self._derived(buffer, how, axes), shape=shape, ordered=False)
        if how == "part":
            return self._part(buffer, *arguments)  # type: ignore[arg-type]  # one for each axis
        if how == "windows":
            return self._windows(buffer, *arguments)  # type: ignore[arg-type]  # one for each axis of space
        if how == "rows":
            return self._rows(buffer, *arguments)  # type: ignore[arg-type]  # two numbers
        assert how == "bits"
        dtype = BITS[buffer.dtype]
        return buffer._replace(name=self._derived(buffer, how, dtype), dtype=dtype)

    def _part(self, buffer: Buffer, start: tuple[int, ...], count: tuple[int, ...], step: tuple[int, ...]) -> Buffer:
        """It counts as all of what it is a part of."""
        return buffer._replace(name=self._derived(buffer, "part", start, count, step), shape=count, ordered=False)

    def _windows(
        self, buffer: Buffer, size: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
    ) -> Buffer:
        """It counts as all of what it looks at."""
        whole = self.copied(buffer)
        if self.is_argument(whole):  # of what each call is given, a view would have to be made in each
            copy = self.scratch(whole.shape, whole.dtype)
            self.copy(copy, whole)
            whole = copy
        shape = (whole.shape[0], *size, *windows_in(whole.shape[1:-1], size, stride, dilation), whole.shape[-1])
        return whole._replace(name=self._derived(whole, "windows", size, stride, dilation), shape=shape, ordered=False)

    def _rows(self, buffer: Buffer, start: int, stop: int) -> Buffer:
        whole, count = self.copied(buffer), buffer.shape[0]
        if (start, stop) == (0, count):
            return whole
        name, region = self._view_of(whole, "rows", start, stop, count), self.region(whole)
        size = (region.stop - region.start) // count
        self._regions[name] = Region(region.memory, region.start + start * size, region.start + stop * size)
        return whole._replace(name=name, shape=(stop - start, *whole.shape[1:]))

    def _derived(self, buffer: Buffer, how: str, *arguments: object) -> str:
        name = self._view_of(buffer, how, *arguments)
        self._bases[name] = self._bases.get(buffer.name, buffer.name)
        return name

    def _view_of(self, buffer: Buffer, how: str, *arguments: object) -> str:
        if buffer.name not in self._arguments:
            return self.bind(how, buffer.name, *arguments)
        key = (how, buffer.name, *map(repr, arguments))
        if key not in self._made:
            name = self._made[key] = f"b{len(self._made)}"
            text = _part_text(*arguments) if how == "part" else VIEWS[how].format(*arguments)  # type: ignore[arg-type]  # numbers
            self.prologue.append(f"{name} = {buffer.name}{text}")
            self._arguments.add(name)
        return self._made[key]

    def same(self, one: Buffer, other: Buffer) -> bool:
        """Whether two buffers are the same elements of memory in the same order."""
        return one.ordered and other.ordered and self.region(one) == self.region(other)

    def region(self, buffer: Buffer) -> Region:
        """Where a buffer lies."""
        name = self._bases.get(buffer.name, buffer.name)
        found = self._regions.get(name)
        if found is None:
            _, kind, arguments = self.bindings[name]
            found = region_of(name, kind, arguments, self.dtype, self._regions.get)
            assert found is not None  # a buffer is an array
            self._regions[name] = found
        return found

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
        for place, part in self._strips(out, value):
            self.line(f"{place}[...] = {part}")  # half the price of copyto on small arrays

    def _strips(self, out: Buffer, value: Buffer) -> list[tuple[Buffer, Buffer]]:
        """What is copied into what: a transposed matrix whose rows share places in the cache a few rows at a time."""
        binding = self.bindings.get(value.name)
        turned = binding is not None and binding.kind == "transpose" and out.ordered
        if not turned or len(out.shape) != 2 or value.shape != out.shape:
            return [(out, value)]
        tall, wide = out.shape
        if wide < 2 * STRIP or tall * ITEM_BYTES[out.dtype] % SHARED_PLACES:
            return [(out, value)]
        strips = [((0, first), (tall, min(STRIP, wide - first)), (1, 1)) for first in range(0, wide, STRIP)]
        return [(self.view(out, "part", *each), self.view(value, "part", *each)) for each in strips]

    def guard(self, condition: str) -> None:
        if self.guarded:
            self.line(f"if not {condition}: return {self.failure}")

    def copied(self, buffer: Buffer) -> Buffer:
        if buffer.ordered:
            return buffer
        copy = self.scratch(buffer.shape, buffer.dtype)
        self.copy(copy, buffer)
        return copy

    def number_in(self, buffer: Buffer) -> float | None:
        binding = self.bindings.get(buffer.name)
        if binding is None or binding.kind != "constant" or buffer.shape:
            return None
        return float(binding.arguments[0])  # type: ignore[arg-type]  # a scalar constant is a number

    def by_reference(self, operation: str, out: Buffer, *operands: Buffer | int) -> None:
        self.line(f"{out}[...] = {self.bind('forward', operation)}({', '.join(['np', *map(str, operands)])})")

    def comes_from(self, buffer: Buffer, operation: str) -> bool:
        return self.producers.get(buffer.name) == operation

    def stretch(self, first: int, values: Iterable[Value], makes: Iterable[Buffer] = ()) -> int:
        """Notes of the lines from `first` on what they read and make; returns how many lines there are."""
        if not self.noted:
            return len(self.lines)
        reads = tuple([LineOperand(value.buffer.name, value.since) for value in values])
        self.stretches.append(Stretch(first, len(self.lines), reads, tuple([made.name for made in makes])))
        return len(self.lines)

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


def _part_text(start: tuple[int, ...], count: tuple[int, ...], step: tuple[int, ...]) -> str:
    """The index of a part of an array."""
    ends = ("" if each.stop is None else each.stop for each in part_of(start, count, step))
    return f"[{', '.join(f'{first}:{end}:{by}' for first, end, by in zip(start, ends, step, strict=True))}]"


def program_text(name: str, arguments: Iterable[str], writer: Writer) -> Program:
    """The text of a function that makes the function: its objects are closed over, so that each is found at once."""
    lines = [f"def make({', '.join(['np', *writer.bindings])}):"]
    lines.append(f"    def {name}({', '.join(arguments)}):")
    lines += [f"        {line}" for line in (*writer.prologue, *writer.lines)]
    lines.append(f"    return {name}")
    return checked("\n".join(lines) + "\n")
