"""Repeated structure of a flat graph: runs of nodes that do the same again and again, each time with other weights.

Copies stand one behind the other, as the layers of a net do where it was written down in the order in which it runs,
or apart, as its norms do. They are the same but for their params: operations, attributes, types, and which node reads
which. What a copy takes from outside may be anything, so that each can be a call of one block.

Over 300 lines: one search; what is a copy hangs on what was found to be read inside and outside of it.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from ..ops.leaves import CONSTANT, SIZE
from .graph import Graph
from .names_alike import alike
from .periods import periodic
from .recurring import recurring

INLINED = (CONSTANT, SIZE)
"""Leaves that are part of what reads them."""

SPARED = 3
"""Lines that a run must spare: a block of few lines that is called twice reads no easier."""

SPARED_APART = 6
"""The same where copies stand apart."""


class Operand(NamedTuple):
    """What a node of a body reads: a `node` by its place, a `param` or an `argument` by its number."""

    kind: str
    number: int


Copies: TypeAlias = tuple[Operand, ...]
"""What copies have in one place, an operand of the body around them for each."""


@dataclass(frozen=True)
class Body:
    """Nodes in their order, seen from within.

    `nodes` has a row for each place of the graph where the body stands. `operands` are those of each node, None where
    one is inlined. `params` are the body's own, each as long as `nodes`; `arguments` are what comes from outside, as
    nodes of the first place; `results` the places of nodes that others read, or that are asked for.
    """

    nodes: tuple[tuple[int, ...], ...]
    operands: tuple[tuple[Operand | None, ...], ...]
    params: tuple[tuple[int, ...], ...]
    arguments: tuple[int, ...]
    results: tuple[int, ...]
    runs: tuple["Run", ...] = ()

    def shown(self, operand: Operand) -> int:
        """The node of the graph that an operand is in the first place."""
        if operand.kind == "node":
            return self.nodes[0][operand.number]
        return self.params[operand.number][0] if operand.kind == "param" else self.arguments[operand.number]


@dataclass(frozen=True)
class Run:
    """Copies of `body` in the body around them, where each begins in one of `starts`.

    `arguments` has a row for each argument of the body. `carried` is the one that each copy but the first takes from
    the only result of the copy before, which stands right before it, and which nothing else reads: None where there is
    no such chain.
    """

    starts: tuple[int, ...]
    body: Body
    arguments: tuple[Copies, ...]
    carried: int | None

    @property
    def count(self) -> int:
        """How many copies there are."""
        return len(self.starts)

    @property
    def places(self) -> list[int]:
        """Nodes of the body around that the copies are made of."""
        return [place for start in self.starts for place in range(start, start + len(self.body.operands))]


def repeated(graph: Graph, statements: Sequence[int], asked: Collection[int], called: Mapping[int, str]) -> Body:
    """A graph as a body, with the runs in it.

    `statements` are its nodes without leaves, in order; `asked` those that somebody asks for by name; `called` is what
    nodes are called in the program that the graph comes from: where several places would do, the numbers of names
    (`layers.3.bias`) say where copies begin. Linear in nodes, times the logarithm of the longest copy.
    """
    places = {number: place for place, number in enumerate(statements)}
    known = {number: Operand("node", place) for number, place in places.items()}
    params = [(declaration.index,) for declaration in graph.params.values()]
    known |= {row[0]: Operand("param", number) for number, row in enumerate(params)}
    arguments: list[int] = []
    operands = []
    for number in statements:
        for operand in graph.nodes[number].inputs:
            beneath = written(graph, operand)
            if beneath not in known and graph.nodes[beneath].operation not in INLINED:
                known[beneath] = Operand("argument", len(arguments))
                arguments.append(beneath)
        operands.append(tuple([known.get(written(graph, operand)) for operand in graph.nodes[number].inputs]))
    results = tuple(sorted(places[number] for number in asked if number in places))
    body = Body((tuple(statements),), tuple(operands), tuple(params), tuple(arguments), results)
    return _Finder(graph, called, body).found()


def written(graph: Graph, number: int) -> int:
    """The node that is written where an operand stands: whoever reads the text converts whole numbers by itself."""
    while graph.nodes[number].operation.implicit:
        number = graph.nodes[number].inputs[0]
    return number


class _Finder:
    """Finds the runs of one body."""

    def __init__(self, graph: Graph, called: Mapping[int, str], body: Body) -> None:
        self.graph, self.called, self.body = graph, called, body
        count = len(body.operands)
        self.read_by: list[list[int]] = [[] for _ in body.params]
        """For each param the places that read it."""
        self.last_read = [-1] * count
        """For each node the last place that reads it: behind all of them where it is a result."""
        for place, operands in enumerate(body.operands):
            for operand in operands:
                if operand is not None and operand.kind == "node":
                    self.last_read[operand.number] = place
                elif operand is not None and operand.kind == "param":
                    self.read_by[operand.number].append(place)
        for place in body.results:
            self.last_read[place] = count
        changes = [0] * (count + 2)
        for place, last in enumerate(self.last_read):
            if last > place:
                changes[place + 1] += 1
                changes[last + 1] -= 1
        self.crossing = []
        """For each place how many nodes before it are read there or behind."""
        total = 0
        for change in changes:
            total += change
            self.crossing.append(total)

    def found(self) -> Body:
        """The body with its runs, those first that spare most."""
        runs: list[Run] = []
        free = [True] * len(self.body.operands)
        labels = self._labels()

        def take(run: Run) -> None:
            runs.append(run)
            for place in run.places:
                free[place] = False

        for start, stop, period in periodic(labels):
            for begin, end in _stretches(free, start, stop):
                if end - begin >= 2 * period:
                    for run in self._runs(begin + self._offset(begin, end, period), end, period):
                        take(run)
        for starts, length in recurring(labels, self.last_read, free):
            found = self._apart([start for start in starts if all(free[start : start + length])], length)
            if found is not None:
                take(found)
        return replace(self.body, runs=tuple(sorted(runs, key=lambda run: run.starts)))

    def _labels(self) -> list[object]:
        """For each node what it does, without what it reads."""
        nodes = self.graph.nodes
        labels: list[object] = []
        for number, operands in zip(self.body.nodes[0], self.body.operands, strict=True):
            node = nodes[number]
            leaves = [nodes[written(self.graph, operand)] for operand in node.inputs]
            taken = tuple(
                (leaf.type, repr(leaf.attributes) if operand is None else None)
                for leaf, operand in zip(leaves, operands, strict=True)
            )
            labels.append((node.operation.name, repr(node.attributes), node.type, taken))
        return labels

    # --- where copies begin -------------------------------------------------------------------------------------

    def _offset(self, begin: int, end: int, period: int) -> int:
        """Where the fewest values go from copy to copy; then where most copies are; then where numbers in names change;
        then the first."""
        numbers = self._numbers(begin, end, period)
        ranks = []
        for offset in range(min(period, end - begin - 2 * period + 1)):
            first = begin + offset
            crossing = max(self.crossing[cut] for cut in range(first + period, end - period + 1, period))
            inside = numbers[offset + period - 1] == numbers[offset + period]
            ranks.append((crossing, -((end - first) // period), inside, offset))
        return min(ranks)[-1]

    def _numbers(self, begin: int, end: int, period: int) -> list[int | None]:
        """For each node the number in its names that is another one a copy later; where there is none, that of the node
        before."""
        body, found = self.body, list[int | None]()
        last: int | None = None
        for place in range(begin, end):
            other = place + period if place + period < end else place - period
            pairs = [
                (body.shown(one), body.shown(another))
                for one, another in zip(body.operands[place], body.operands[other], strict=True)
                if one is not None and another is not None and one.kind == another.kind == "param"
            ]
            for pair in [*pairs, (body.nodes[0][place], body.nodes[0][other])]:
                shared = alike([self.called.get(number, "") for number in pair])
                if shared is not None:
                    last = shared.numbers[0]
                    break
            found.append(last)
        return found

    # --- copies -------------------------------------------------------------------------------------------------

    def _runs(self, begin: int, end: int, period: int) -> Iterator[Run]:
        """The copies of a stretch, as far as they follow each other and read their own nodes alike."""
        starts = range(begin, end - period + 1, period)
        within = [self._within(start, period) for start in starts]
        first = 0
        for number in range(1, len(starts) + 1):
            if number == len(starts) or within[number] != within[first]:
                run = self._run([*starts[first:number]], period, SPARED) if number - first > 1 else None
                if run is not None:
                    yield run
                first = number

    def _apart(self, starts: Sequence[int], period: int) -> Run | None:
        """Copies that stand apart: of those that read their own nodes alike the most."""
        alike: dict[tuple[object, ...], list[int]] = {}
        for start in starts:
            alike.setdefault(tuple(self._within(start, period)), []).append(start)
        most = max(alike.values(), key=len, default=[])
        return self._run(most, period, SPARED_APART) if len(most) > 1 else None

    def _within(self, start: int, period: int) -> list[tuple[int | None, ...]]:
        """For each operand of a copy its place in the copy, None where it comes from outside."""
        return [
            tuple([
                each.number - start if each is not None and each.kind == "node" and each.number >= start else None
                for each in operands
            ])
            for operands in self.body.operands[start : start + period]
        ]  # fmt: skip

    def _run(self, starts: list[int], period: int, spared: int) -> Run | None:
        body = self.body
        rows: list[list[Operand | Copies | None]] = []
        for place in range(period):
            row: list[Operand | Copies | None] = []
            for column in zip(*(body.operands[start + place] for start in starts), strict=True):
                copies = tuple([each for each in column if each is not None])
                inside = copies and copies[0].kind == "node" and copies[0].number >= starts[0]
                row.append(None if not copies else Operand("node", copies[0].number - starts[0]) if inside else copies)
            rows.append(row)
        taken = dict.fromkeys(
            each for row in rows for each in row if each is not None and not isinstance(each, Operand)
        )
        own = self._own(list(taken), starts, period)
        given = [copies for copies in taken if copies not in own]
        results = tuple([
            place for place in range(period)
            if any(self.last_read[start + place] >= start + period for start in starts)
        ])  # fmt: skip
        carried = self._carried(given, results, starts, period)
        lines = period + len(own)
        if (
            not given
            or not results
            or lines * len(starts) - (lines + 3 + (len(starts) if carried is None else 1)) < SPARED
        ):
            return None
        known = {copies: Operand("param", number) for number, copies in enumerate(own)}
        known |= {copies: Operand("argument", number) for number, copies in enumerate(given)}
        inside = Body(
            tuple([row[start : start + period] for row in body.nodes for start in starts]),
            tuple([tuple([known.get(each, each) for each in row]) for row in rows]),  # type: ignore[arg-type]
            tuple([
                tuple([body.params[each.number][row] for row in range(len(body.nodes)) for each in copies])
                for copies in own
            ]),
            tuple([body.shown(copies[0]) for copies in given]),
            results,
        )  # fmt: skip
        return Run(tuple(starts), _Finder(self.graph, self.called, inside).found(), tuple(given), carried)

    def _own(self, taken: Sequence[Copies], starts: Sequence[int], period: int) -> dict[Copies, None]:
        """Params of which each copy has one for itself."""
        times = Counter(each for copies in taken for each in copies)
        return dict.fromkeys(
            copies
            for copies in taken
            if all(each.kind == "param" for each in copies)
            and all(
                times[each] == 1 and all(start <= place < start + period for place in self.read_by[each.number])
                for each, start in zip(copies, starts, strict=True)
            )
        )

    def _carried(
        self, given: Sequence[Copies], results: Sequence[int], starts: Sequence[int], period: int
    ) -> int | None:
        varying = [number for number, copies in enumerate(given) if len({*copies}) > 1]
        if len(varying) != 1 or len(results) != 1 or starts[-1] - starts[0] != period * (len(starts) - 1):
            return None
        chain = tuple([Operand("node", start + results[0]) for start in starts[:-1]])
        last = [self.last_read[each.number] for each in chain]
        if given[varying[0]][1:] != chain or any(
            place >= start + 2 * period for place, start in zip(last, starts[:-1], strict=True)
        ):
            return None
        return varying[0]


def _stretches(free: Sequence[bool], start: int, stop: int) -> list[tuple[int, int]]:
    """Places without a gap, between two, that no run has yet."""
    found: list[tuple[int, int]] = []
    begin = start
    for place in range(start, stop + 1):
        if place == stop or not free[place]:
            if place > begin:
                found.append((begin, place))
            begin = place + 1
    return found
