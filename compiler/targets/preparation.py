"""How raw rows become the inputs of a graph: columns by name, and a graph from these to the inputs.

What any target can write: fitted numbers are constants of the graph, texts are numbers by the lists of their classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..graph.graph import Graph

ROWS = "rows"
"""The dim that counts raw rows."""


@dataclass(frozen=True)
class RawColumn:
    """A column of raw rows, `source`, as a leaf [N] of the graph.

    Without `classes` it is of numbers, NaN where one is missing. Else it is the number of each row's text, or whole
    number, among the classes: of one that is missing that of `missing`, which is refused where that is None; of any
    other one `other`, which is refused where that is None.
    """

    source: str
    classes: tuple[str, ...] | tuple[int, ...] | None = None
    missing: str | None = None
    other: int | None = None

    @property
    def is_text(self) -> bool:
        """Whether it holds texts."""
        return any(isinstance(each, str) for each in self.classes or ())


@dataclass(frozen=True)
class Preparation:
    """From raw columns, by the path of their leaf, to inputs of a model, by their path: numbers of nodes of `graph`.

    Computed in float64. Where an input is NaN, its row has a value missing that nothing fills.
    """

    columns: Mapping[str, RawColumn]
    graph: Graph
    inputs: Mapping[str, int]
