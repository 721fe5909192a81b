"""Methods of a module of PyTorch that compute nodes of a spec."""

from collections.abc import Iterable, Sequence

from ...graph.graph import Node
from ...graph.spec import Spec
from ...shape import Type
from ..python.body import Body
from ..python.functions import Functions
from ..python.names import quoted
from .dialect import TORCH


class Methods(Functions):
    """Writes methods: what a spec holds are the module's own, and `in_training` is as the module is."""

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec, TORCH)
        self.plain = spec

    def _leaf(self, node: Node, name: str) -> str:
        return f"self.{self.names.of(node.path)}" if node.path in self.held else super()._leaf(node, name)

    def arguments(self, body: Body, *, weights: bool = False) -> tuple[list[str], list[str], list[str]]:
        required, optional, _ = super().arguments(body)
        required = ["self", *(each for each in required if each != "weights: Weights")]
        optional = [each for each in optional if each]
        return required, optional, [each.partition(":")[0] for each in (*required, *optional)]

    def held_type(self, path: str) -> Type:
        """The type of a param or a state."""
        return self.spec.full.nodes[self.held[path].index].type

    def forward(self) -> tuple[list[str], Body]:
        """`forward`: the outputs that `predict` has elsewhere, as they are where there is one, else by name."""
        _, body = self.predict()
        if len(body.results) == 1:
            (result,) = body.results.values()
            return self.method("forward", body, "Array", "The spec's output.", [f"return {result}"]), body
        return self.values("forward", body, "The spec's outputs."), body

    def values(self, name: str, body: Body, doc: str) -> list[str]:
        """A method that gives the values of a body by their names."""
        results = ", ".join(f"{quoted(each)}: {text}" for each, text in body.results.items())
        return self.method(name, body, "dict[str, Array]", doc, [f"return {{{results}}}"])

    def method(self, name: str, body: Body, kind: str, doc: str, result: Sequence[str]) -> list[str]:
        """A method that ends with some lines."""
        required, optional, _ = self.arguments(body)
        return indented(self.function(name, [*required, *optional], kind, doc, [*body.lines, *result]))


def indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" if line else "" for each in lines for line in each.split("\n")]
