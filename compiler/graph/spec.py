"""A compiled spec: its graph, and what its sections and claims say, all names resolved."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

from ...grammar.diagnostic import Diagnostic
from ...grammar.source import Source, Span
from ..ops.attribute import AttributeValue
from ..ops.operation import Operation
from .graph import Graph
from .groups import Group, frozen_paths
from .shares import Share, Taken
from .signatures import Invocation

Precision = Literal["float32", "float64"]
BackendName = Literal["numpy", "jax"]


class Read(NamedTuple):
    """A step of a column: push what a reader or a generator gives."""

    reader: Invocation
    span: Span


class Push(NamedTuple):
    """A step of a column: push a number or a literal array (nested tuples of numbers)."""

    value: "float | int | tuple[object, ...]"
    span: Span


class Apply(NamedTuple):
    """A step of a column: replace the topmost operands by the operation's result."""

    operation: Operation
    operands: int
    attributes: tuple[AttributeValue, ...]
    span: Span


class Fit(NamedTuple):
    """A step of a column: replace the topmost value by what one of FITTED makes of it."""

    call: Invocation
    span: Span


class Use(NamedTuple):
    """A step of a column: push another column of the section."""

    name: str
    span: Span


Place: TypeAlias = int | tuple[int | None, int | None, int | None] | None
"""One place of an index: an element, the start, stop and step of a range, or None for `...`."""


class Cut(NamedTuple):
    """A step of a column: replace the topmost value by the part of it that an index takes; rows go first."""

    places: tuple[Place, ...]
    span: Span


class Windows(NamedTuple):
    """A step of a column: replace the topmost value by its windows of so many rows, one row apart."""

    length: int
    span: Span


ColumnStep: TypeAlias = Read | Push | Apply | Fit | Use | Cut | Windows


class Column(NamedTuple):
    """A column of a data section: its name, and its value as a program for a stack."""

    name: str
    steps: tuple[ColumnStep, ...]
    span: Span
    folder: str | None = None
    """Folder that its paths are relative to; None: the spec's own."""
    size: bool = False
    """Whether it is the size of the dim of its name."""

    @property
    def uses(self) -> tuple[str, ...]:
        """The columns that it names."""
        return tuple(step.name for step in self.steps if isinstance(step, Use))


class DataSection(NamedTuple):
    """`data NAME { ... }`; its columns use one another without circles."""

    name: str
    columns: Mapping[str, Column]
    span: Span

    @property
    def used(self) -> frozenset[str]:
        """Columns that others use."""
        return frozenset(name for column in self.columns.values() for name in column.uses)

    def among(self, names: Iterable[str]) -> "DataSection":
        """The section with some of its columns, and those that they use, each after those."""
        columns: dict[str, Column] = {}
        pending = [(name, False) for name in reversed(list(names))]
        while pending:
            name, ready = pending.pop()
            if ready:
                columns[name] = self.columns[name]
            elif name not in columns:
                pending += [(name, True), *((each, False) for each in self.columns[name].uses)]
        return self._replace(columns=columns)

    @property
    def overlaps(self) -> bool:
        """Whether a row of an input shares values with the rows beside it."""
        return any(isinstance(step, Windows) for column in self.columns.values() for step in column.steps)

    def steps_of(self, name: str) -> Iterator[ColumnStep]:
        """All steps that a column is computed by, those of columns that it uses among them."""
        return (step for column in self.among([name]).columns.values() for step in column.steps)


SIDES = ("train", "validate", "test")
"""Prefixes of metrics: the rows that they are over."""


@dataclass(frozen=True, kw_only=True)
class TrainSection:
    """`train { ... }`; `minimize`, `metrics` and `matrices` are indices into `Spec.full`.

    `loss` is the name under which the minimised value is reported. `report` is None for once an epoch, `batch`
    None for all rows. `spans` has the place of each key that the text gives, and under `train` that of the section.
    Without `data` the rows come from a script; `about_rows` are the keys that mean nothing without any.
    """

    minimize: int
    loss: str
    optimizer: Invocation
    groups: tuple[Group, ...]
    epochs: int | None
    steps: int | None
    data: str | None
    test: str | None
    hold_out: Share | None
    validate: str | None
    """The section of the rows to validate on, if they are not taken from those to train on."""
    validate_share: Taken | None
    rows: Share | None
    """How many of the rows that are left are trained on."""
    stratify: str | None
    """The input whose values keep their shares in rows that are drawn."""
    batch: int | None
    accumulate: int
    """Steps that make one update together."""
    sampling: Literal["shuffle", "replacement", "ordered"]
    schedule: Invocation
    report: int | None
    metrics: Mapping[str, int]
    matrices: Mapping[str, int]
    """Metrics that are no numbers (`confusion`): `eval` shows them, reports do not."""
    stop: Invocation | None
    follows: bool
    """Whether `stop` watches what it is told of test rows where a script gives some, because it names no side."""
    precision: Precision
    mixed: bool
    """Whether products are of numbers with half the bits, `precision = bfloat16`: all else is float32."""
    seed: int
    exact: bool
    backend: BackendName
    """What takes the steps."""
    about_rows: tuple[str, ...]
    spans: Mapping[str, Span]

    @property
    def written_precision(self) -> str:
        """The key `precision` as a spec has it."""
        return "bfloat16" if self.mixed else self.precision

    @property
    def sides(self) -> tuple[str, ...]:
        """The sets of rows whose metrics are reported, by the prefix of their names."""
        validated = self.validate is not None or self.validate_share is not None
        tested = self.test is not None or self.hold_out is not None
        return ("train", *(["validate"] if validated else []), *(["test"] if tested else []))

    @property
    def judging(self) -> str:
        """The rows that say how good a trained model is: those to test on, else to validate on, else to train on."""
        return self.sides[-1]

    @property
    def deciding(self) -> str:
        """The rows that decisions are made by: those to validate on, else to test on, else to train on."""
        return "validate" if "validate" in self.sides else self.judging


class Claim(NamedTuple):
    """An `expect` line; `left` and `right` are indices into `Spec.full`.

    `within` is an absolute distance, None for the default tolerance.
    """

    text: str
    left: int
    right: int
    comparison: Literal["==", "<", "<=", ">", ">="]
    within: float | None
    after_train: bool
    span: Span


@dataclass(frozen=True)
class Spec:
    """A checked spec.

    `graph` holds what the statements define; `full` begins with the same nodes and goes on with what `train` and
    the claims need (expressions, metrics, gradients, leaves of role `metric`).
    """

    source: Source
    title: str | None
    graph: Graph
    full: Graph
    data: Mapping[str, DataSection]
    train: TrainSection | None
    claims: tuple[Claim, ...]
    constants: Mapping[str, float | str]
    dims: Mapping[str, int | None]
    """Every `dim`, with its size where `--set` gave one."""
    seed: int = 0
    """The seed of the initial parameters: that of `train`, or what was set where there is no such section."""

    @cached_property
    def known_dims(self) -> Mapping[str, int]:
        """The dims that have a size."""
        return {name: size for name, size in self.dims.items() if size is not None}

    @cached_property
    def frozen(self) -> frozenset[str]:
        """Paths of the params that training leaves as they are because a group says so."""
        return frozen_paths(self.train.groups, self.graph.params) if self.train else frozenset()

    @cached_property
    def differentiable(self) -> Graph:
        """The graph, and what `train` minimises where that is an expression of its own: `train.minimize`."""
        nodes = self.graph.nodes
        if self.train is None or self.train.minimize < len(nodes):
            return self.graph
        nodes = self.full.nodes[: self.train.minimize + 1]  # nothing else was made before it
        return replace(self.graph, nodes=nodes, named=self.graph.named | {nodes[-1].path})


class Compiled(NamedTuple):
    """A checked spec, its warnings and hints, the texts of the files that it uses and those of its settings.

    `meaning()` is a hash of what the spec and those files say: comments and layout change nothing. `links` are the
    ways to files that lead through a link, as `Carried` has them.
    """

    spec: Spec
    diagnostics: tuple[Diagnostic, ...]
    used: tuple[Source, ...]
    settings: tuple[Source, ...]
    meaning: Callable[[], str]
    links: Mapping[str, str]

    @property
    def texts(self) -> tuple[Source, ...]:
        """All texts that a place may lie in, the spec's own first."""
        return (self.spec.source, *self.used, *self.settings)
