"""Proves of a generated step that no memory is written while the value in it is still to be read.

It reads the text that will run, line by line, and knows where every array lies, views included. Against that it holds
what the writer says of its lines: which values they read, since when these lie there, what is made. It takes about as
long as the step takes to be written, so it is for tests, which do it with every step that they take.
"""

import ast
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..spec import Precision
from ..verify import Broken
from .effects import Effects, effects, expression_effects
from .regions import ITEM_BYTES, Region, region_of
from .train_step import StepSource
from .writer import Stretch

VIEWS = ("reshape", "swapaxes", "view")
"""Methods whose result shares an input's memory; such lines stand before all others."""

OWN = ("arena", "memory", "gradients", "backup")
"""What a step may write into; inputs and constants are not its own."""



def verify_step(source: StepSource, precision: Precision) -> None:
    """Raises Broken where a line writes over what a later one reads, reads what nobody has made, or writes into what is
    not the step's own."""
    check = _Check(source.stretches)
    for line in _Lines(source, precision):
        check.arrive(line)
    check.close()


class _Line(NamedTuple):
    """A line by its number, the regions that it reads and writes, and where arrays lie as it runs."""

    number: int
    reads: list[Region]
    writes: list[Region]
    regions: Mapping[str, Region]


class _Lines:
    """The lines of a step in the order in which they run; those of a loop come twice, for parts of its rows."""

    def __init__(self, source: StepSource, precision: Precision) -> None:
        self.regions: dict[str, Region] = {}
        self.objects = {binding.name: binding for binding in source.bindings}
        for name, kind, arguments in source.bindings:
            if (found := region_of(name, kind, arguments, precision, self.regions.get)) is not None:
                self.regions[name] = found
        for number, (_, shape, dtype) in enumerate(source.inputs):
            self.regions[f"x{number}"] = Region(f"x{number}", 0, math.prod(shape) * ITEM_BYTES[dtype])
        self.item = ITEM_BYTES[precision]
        (make,) = ast.parse(source.text).body
        assert isinstance(make, ast.FunctionDef)
        step = make.body[0]
        assert isinstance(step, ast.FunctionDef)
        views = [view for view in map(_view, step.body) if view is not None]
        for name, base in views:
            self.regions[name] = self.regions[base]
        self.body = step.body[len(views) :]
        self.first = self.body[0].lineno

    def __iter__(self) -> Iterator[_Line]:
        for statement in self.body:
            yield from self._lines(statement)

    def _lines(self, statement: ast.stmt) -> Iterator[_Line]:
        match statement:
            case ast.For(target=ast.Tuple(elts=names), iter=ast.Name(id=blocks), body=body):
                rows, size, count = self.objects[blocks].arguments
                assert isinstance(rows, tuple)
                assert isinstance(size, int)
                assert isinstance(count, int)
                half = size * count * self.item // 2
                for time in range(2):
                    for name, (array, start) in zip(names, rows, strict=True):
                        begin = start * self.item + time * half
                        self.regions[ast.unparse(name)] = Region(array, begin, begin + half)
                    for each in body:
                        yield from self._lines(each)
            case ast.If(test=test, body=body):
                yield self._line(statement, expression_effects(test, self.objects))
                for each in body:
                    if each.lineno > statement.lineno:
                        yield from self._lines(each)
            case ast.Return():
                yield self._line(statement, Effects((), ()))
            case _:
                yield self._line(statement, effects(statement, self.objects))

    def _line(self, statement: ast.stmt, found: Effects) -> _Line:
        reads = [self.regions[name] for name in found.reads if name in self.regions]
        writes = [self.regions[name] for name in found.writes]
        return _Line(statement.lineno - self.first, reads, writes, self.regions)


def _view(statement: ast.stmt) -> tuple[str, str] | None:
    """The names of an input's view and of the input, if that is what a line makes."""
    match statement:
        case ast.Assign(
            targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(value=ast.Name(id=base), attr=how))
        ) if how in VIEWS:
            return name, base
    return None


class _Check:
    """Holds lines to what is said of them. Time goes on by one a line, so that lines of a loop are told apart."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self.stretches: dict[int, list[Stretch]] = {}
        for stretch in sorted(stretches):  # those without a line first
            self.stretches.setdefault(stretch.first, []).append(stretch)
        self.writes = _Writes()
        self.begun: dict[int, int] = {}
        """When each line began, the last time that it did."""
        self.time = self.number = 0
        self.open: Stretch | None = None
        self.read: list[tuple[Region, bool]] = []
        """What the open stretch may read, and whether it may write there."""
        self.made: list[Region] = []
        """What it has written."""
        self.regions: Mapping[str, Region] = {}

    def arrive(self, line: _Line) -> None:
        self.regions = line.regions
        if self.open is not None and not self.open.first < line.number < self.open.end:
            self.close()
        self.time += 1
        self.number = line.number
        self.begun[line.number] = self.time
        for stretch in self.stretches.get(line.number, ()):
            self._enter(stretch)
        for region in line.reads:
            self._reads(region)
        for region in line.writes:
            self._writes(region)

    def close(self) -> None:
        """The open stretch has ended: what it makes must be made."""
        stretch, self.open = self.open, None
        if stretch is None:
            return
        for name in stretch.makes:
            if not any(region.holds(self.regions[name]) for region in self.made):
                raise Broken(f"line {stretch.end - 1}: `{name}` has not been written")

    def _enter(self, stretch: Stretch) -> None:
        for name, since, _ in stretch.reads:
            if self.writes.latest(self.regions[name]) >= self.begun[since]:
                raise Broken(f"line {stretch.first}: `{name}` was written over since line {since}")
        if stretch.end > stretch.first:
            if self.open is not None:
                raise Broken(f"line {stretch.first}: belongs to two values")
            self.open, self.made = stretch, []
            self.read = [(self.regions[name], taken) for name, _, taken in stretch.reads]

    def _reads(self, region: Region) -> None:
        if self.open is None or region.memory not in OWN:
            return
        if not any(known.holds(region) for known in (*(known for known, _ in self.read), *self.made)):
            raise Broken(f"line {self.number}: reads {region}, which is not what it is made of")

    def _writes(self, region: Region) -> None:
        if region.memory not in OWN:
            raise Broken(f"line {self.number}: writes into {region}, which is not the step's own")
        self.writes.note(region, self.time)
        if self.open is None:
            return
        self.made.append(region)
        for known, taken in self.read:
            if known.overlaps(region) and not (taken and known == region):
                raise Broken(f"line {self.number}: writes into {region}, of which it reads {known}")


class _Writes:
    """When each byte of each memory was written last."""

    def __init__(self) -> None:
        self._starts: dict[str, list[int]] = {}
        """Where stretches of bytes begin that were written at one time."""
        self._times: dict[str, list[int]] = {}

    def note(self, region: Region, time: int) -> None:
        starts, times = self._starts.setdefault(region.memory, [0]), self._times.setdefault(region.memory, [0])
        first = bisect_left(starts, region.start)
        last = bisect_right(starts, region.stop) - 1  # the stretch that holds what follows
        after = times[last]
        kept = [] if starts[last] == region.stop else [region.stop]
        end = last if starts[last] == region.stop else last + 1
        starts[first:end] = [region.start, *kept]
        times[first:end] = [time, *([after] if kept else [])]

    def latest(self, region: Region) -> int:
        """The latest time at which any of its bytes was written; 0 if never."""
        starts, times = self._starts.get(region.memory, [0]), self._times.get(region.memory, [0])
        first = bisect_right(starts, region.start) - 1
        return max(times[first : bisect_left(starts, region.stop)])
