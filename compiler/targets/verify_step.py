"""Proves of a generated step that no memory is written while the value in it is still to be read.

It reads the text that will run, line by line, and knows where every array lies, views included. Against that it holds
what the writer says of its lines: which values they read, since when these lie there, what is made. It takes about as
long as the step takes to be written, so it is for tests, which do it with every step that they take.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..graph.spec import Precision
from ..lower.verify import Broken
from .numpy_step import StepRequest, StepSource, step_source
from .regions import Region
from .running_lines import Line, Location, RunningLines
from .writer import Stretch

OWN = ("arena", "memory", "gradients", "backup")
"""What a step may write into; inputs and constants are not its own."""

EMPTY = ("arena", "gradients", "backup")
"""Memory that holds nothing before the step has written into it."""


def proved_step(request: StepRequest) -> StepSource:
    """The generated step, proved. Raises UnboundSize, Broken."""
    source = step_source(replace(request, options=request.options._replace(noted=True)))
    verify_step(source, request.precision)
    return source


def verify_step(source: StepSource, precision: Precision) -> None:
    """Raises Broken where a line writes over what a later one reads, reads what nobody has made, or writes into what is
    not the step's own. Of the source it must be noted what lines read and make."""
    lines = RunningLines(source, precision)
    check = _Check(source.stretches, lines.locations)
    for line in lines:
        check.arrive(line)
    check.close()


class _Check:
    """Holds lines to what is said of them. Time goes on by one a line, so that lines of a loop are told apart."""

    def __init__(self, stretches: Sequence[Stretch], places: Mapping[str, Location]) -> None:
        self.stretches: dict[int, list[Stretch]] = {}
        for stretch in sorted(stretches):  # those without a line first
            self.stretches.setdefault(stretch.first, []).append(stretch)
        self.places = places
        self.writes = _Writes()
        self.begun: dict[int, int] = {}
        """When each line began, the last time that it did."""
        self.time = self.number = 0
        self.open: Stretch | None = None
        self.makes: list[Location] = []
        """What the open stretch is to write."""
        self.made: list[Location] = []
        """What it has written, the last at the end."""

    def arrive(self, line: Line) -> None:
        if self.open is not None and not self.open.first < line.number < self.open.end:
            self.close()
        self.time, self.number = self.time + 1, line.number
        self.begun[line.number] = self.time
        for stretch in self.stretches.get(line.number, ()):
            self._enter(stretch)
        for place in line.reads:
            self._read(place)
        for place in line.writes:
            self._write(place)

    def close(self) -> None:
        """The open stretch has ended: what it makes must be made."""
        if self.open is not None:
            self._lies(self.makes, [place.region for place in self.made])
        self.open = None

    def _lies(self, places: Sequence[Location], regions: Sequence[Region]) -> None:
        for base, wanted in places:
            left = [wanted]
            for region in regions:
                left = [rest for part in left for rest in part.without(region)]
            if left:
                raise Broken(f"line {self.number}: nothing has been written into `{base}`")

    def _enter(self, stretch: Stretch) -> None:
        regions = [self.places[name].region for name, _, _ in stretch.reads]
        makes = [self.places[name] for name in stretch.makes]
        for region, (name, since, _) in zip(regions, stretch.reads, strict=True):
            first, last = self.writes.times(region)
            if last >= self.begun[since]:
                raise Broken(f"line {self.number}: `{name}` was written over since line {since}")
            if not first and region.memory in EMPTY:
                raise Broken(f"line {self.number}: `{name}` was never written")
        if stretch.end == stretch.first:  # what it makes is there
            self._lies(makes, regions)
            return
        if self.open is not None:
            raise Broken(f"line {self.number}: belongs to two stretches")
        self.open, self.makes, self.made = stretch, makes, []

    def _read(self, place: Location) -> None:
        """A line in a stretch reads what the stretch is said to read, or what it has written itself."""
        if self.open is None or place.region.memory not in OWN:
            return
        left = [place.region]
        for made in reversed(self.made):
            rest = [rest for part in left for rest in part.without(made.region)]
            if rest != left and made.base != place.base:
                raise Broken(f"line {self.number}: `{place.base}` was written over by `{made.base}`")
            left = rest
        if not left:
            return
        if not any(self.places[name].region.holds(place.region) for name, _, _ in self.open.reads):
            raise Broken(f"line {self.number}: `{place.base}` is none of the operands")

    def _write(self, place: Location) -> None:
        region = place.region
        if region.memory not in OWN:
            raise Broken(f"line {self.number}: `{place.base}` is not the step's own")
        self.writes.note(region, self.time)
        if self.open is None:
            return
        self.made.append(place)
        for name, _, taken in self.open.reads:
            known = self.places[name].region
            if known.overlaps(region) and not (taken and known == region):
                raise Broken(f"line {self.number}: `{place.base}` lies where the operand `{name}` does")


class _Writes:
    """When each byte of each memory was written last."""

    def __init__(self) -> None:
        self._starts: dict[str, list[int]] = {}
        """Where bytes begin that were written at another time than those before them."""
        self._times: dict[str, list[int]] = {}

    def note(self, region: Region, time: int) -> None:
        starts, times = self._starts.setdefault(region.memory, [0]), self._times.setdefault(region.memory, [0])
        first, last = bisect_left(starts, region.start), bisect_right(starts, region.stop)
        following = [] if starts[last - 1] == region.stop else [region.stop]
        end = last - 1 if not following else last
        times[first:end] = [time, *(times[last - 1] for _ in following)]
        starts[first:end] = [region.start, *following]

    def times(self, region: Region) -> tuple[int, int]:
        """The earliest and the latest time at which one of its bytes was written last; 0 for never."""
        starts, times = self._starts.get(region.memory, [0]), self._times.get(region.memory, [0])
        found = times[bisect_right(starts, region.start) - 1 : bisect_left(starts, region.stop)]
        return min(found), max(found)
