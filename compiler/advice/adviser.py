"""A checked spec as the rules of advice look at it: its nodes, where each comes from, and the place of a finding."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from ...grammar.diagnostic import Diagnostic, Fault, Note
from ...grammar.source import Span
from ...grammar.syntax import Module
from ..elaborate.order import defined_names, first_name
from ..graph.graph import Graph, Node
from ..graph.spec import Spec
from ..shape import Linear, Size
from .faults import advised


class Adviser:
    """What the rules share about one spec."""

    def __init__(self, spec: Spec, module: Module) -> None:
        self.spec = spec
        self.module = module
        self.graph: Graph = spec.graph
        self.nodes = spec.full.nodes

    # --- nodes --------------------------------------------------------------------------------------------------

    @cached_property
    def written(self) -> list[int]:
        """The nodes of the statements and of the `train` section, in order: all but what claims add."""
        own, train = len(self.graph.nodes), self.spec.train
        if train is None:
            return list(range(own))
        asked = self.spec.full.ancestors((train.minimize, *train.metrics.values(), *train.matrices.values()))
        return [number for number in range(len(self.nodes)) if number < own or asked[number]]

    @cached_property
    def row_sizes(self) -> frozenset[Size]:
        """The sizes that count the rows of the data that are trained on: first axes of inputs, where they are open."""
        train, graph = self.spec.train, self.graph
        if train is None or train.data is None:
            return frozenset()
        columns = self.spec.data[train.data].columns
        shapes = [graph.nodes[graph.inputs[name].index].type.shape for name in columns if name in graph.inputs]
        return frozenset(shape[0] for shape in shapes if shape and isinstance(shape[0], Linear))

    @cached_property
    def origin(self) -> list[int]:
        """For each node the one whose value it passes on, itself where it computes."""
        origin: list[int] = []
        for number, node in enumerate(self.nodes):
            origin.append(origin[node.inputs[0]] if node.operation.values.passes_on == "elements" else number)
        return origin

    def source(self, number: int) -> Node:
        """The node that computes a value."""
        return self.nodes[self.origin[number]]

    def readers(self, numbers: Iterable[int]) -> dict[int, list[int]]:
        """For each of some nodes those that read it, in order."""
        readers: dict[int, list[int]] = {number: [] for number in numbers}
        for number in self.written if readers else ():
            for operand in self.nodes[number].inputs:
                if operand in readers:
                    readers[operand].append(number)
        return readers

    # --- places -------------------------------------------------------------------------------------------------

    @cached_property
    def _homes(self) -> dict[str, Span]:
        """Names of the file, each with the statement that defines it."""
        return {
            name: Span(self.spec.source, statement.start, statement.stop)
            for statement in self.module.statements
            for name in defined_names(statement)
        }

    def at(
        self,
        fault: Fault,
        number: int,
        *,
        hint: str | None = None,
        notes: Iterable[Note] = (),
        **facts: object,
    ) -> Diagnostic:
        """A finding at a node; where a block of another file made it, at the statement that calls the block."""
        span, place = self.nodes[number].span, self.place(number)
        inside = [Note("it stands here", span)] if span is not place else []
        return fault.at(place, hint=hint or advised(fault), notes=[*notes, *inside], **facts)

    def place(self, number: int) -> Span | None:
        """Where a node stands, of one that a block of another file made the statement that calls the block."""
        node = self.nodes[number]
        if node.span is not None and node.span.source is self.spec.source:
            return node.span
        return self._homes.get(first_name(node.path)) or self._train(node.path) or node.span

    def _train(self, path: str) -> Span | None:
        """The key of the `train` section that a path such as `train.minimize` stands under."""
        section, _, key = path.partition(".")
        train = self.spec.train
        if section != "train" or train is None:
            return None
        return train.spans.get("minimize" if key.startswith("minimize") else "metrics")

    def named(self, number: int) -> str:
        """A node as a message calls it."""
        node = self.nodes[number]
        return f"`{node.path}`" if node.path else f"this `{node.operation.called}`"
