"""Lines of C that are being written: loops, sums, and what they call."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import prod

from ....shape import Kind
from .value import CValue, Numbers, joined

COUNTERS = "ijklmnopqrstuv"
"""Names of counters, by how deep their loop stands; no value has them."""

RUN = 64
"""Elements that are added one after the other: sums of these are added then, so that long ones lose no digits."""


class Block:
    """Lines of a function; `room` gives memory for one node alone, `functions` are sources of what the lines call.

    In all lines `real` is the type of reals, and functions and numbers are those of double: what is written to a file
    has them in its precision.
    """

    def __init__(self, precision: str, room: Callable[[Numbers, Kind], CValue]) -> None:
        self.precision = precision
        self.lines: list[str] = []
        self.functions: dict[str, None] = {}
        self.room = room
        self._depth = 0

    def line(self, text: str) -> None:
        self.lines.append(f"{'    ' * (self._depth + 1)}{text}")

    @contextmanager
    def inside(self, head: str) -> Iterator[None]:
        """What stands inside of `head { }`."""
        self.line(f"{head} {{" if head else "{")
        self._depth += 1
        yield
        self._depth -= 1
        self.line("}")

    @contextmanager
    def over(self, shape: Numbers) -> Iterator[list[str]]:
        """A loop for each axis that has several elements; gives the index of an element."""
        index: list[str] = []
        opened = 0
        for size in shape:
            if size == 1:
                index.append("0")
                continue
            counter = COUNTERS[self._depth]
            self.line(f"for (int {counter} = 0; {counter} < {size}; {counter}++) {{")
            self._depth += 1
            opened += 1
            index.append(counter)
        yield index
        for _ in range(opened):
            self._depth -= 1
            self.line("}")

    def each(self, out: CValue, operands: Sequence[CValue], text: str, sign: str = "=") -> None:
        """`out = text` for each element; {0}, {1} are those of operands, which broadcast."""
        shape, (target, *others) = joined(out.shape, [out, *(each.broadcast(out.shape) for each in operands)])
        with self.over(shape) as index:
            self.line(f"{target.at(index)} {sign} {text.format(*(each.at(index) for each in others))};")

    def fill(self, out: CValue, text: str) -> None:
        """Each element becomes the same."""
        self.each(out, (), text)

    def sum_of(
        self, name: str, shape: Numbers, operands: Sequence[CValue], term: Callable[[Sequence[str]], str]
    ) -> None:
        """A variable of that name with the sum of `term(elements of operands)` over a shape."""
        sizes, values = joined(shape, operands)
        self.line(f"real {name} = 0.0;")
        if prod(sizes) <= RUN or not sizes:
            with self.over(sizes) as index:
                self.line(f"{name} += {term([each.at(index) for each in values])};")
            return
        *outer, last = sizes
        with self.over(tuple(outer)) as index:
            first, counter = COUNTERS[self._depth], COUNTERS[self._depth + 1]
            with self.inside(f"for (int {first} = 0; {first} < {last}; {first} += {RUN})"):
                self.line("real part = 0.0;")
                end = (
                    f"{counter} < {last} && {counter} < {first} + {RUN}"
                    if last % RUN
                    else f"{counter} < {first} + {RUN}"
                )
                with self.inside(f"for (int {counter} = {first}; {end}; {counter}++)"):
                    self.line(f"part += {term([each.at([*index, counter]) for each in values])};")
                self.line(f"{name} += part;")

    def ordered(self, value: CValue) -> CValue:
        """The value itself, or a copy whose elements lie one behind the other."""
        if value.ordered:
            return value
        copy = self.room(value.shape, value.kind)
        self.each(copy, (value,), "{0}")
        return copy

    def call(self, *sources: str) -> None:
        """Takes note of functions that lines call."""
        self.functions |= dict.fromkeys(sources)
