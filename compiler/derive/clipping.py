"""Gradients that are clipped before an update takes them."""

from collections.abc import Mapping
from functools import reduce

from ..graph.graph import GraphBuilder
from ..graph.signatures import Invocation
from ..ops.operation import Reference

ADDED = 32
"""Squares of gradients that are added one after the other."""


class Clipping:
    """Clips gradients, each element within its clip_value, then all together shortened to a norm of clip_norm."""

    def __init__(
        self,
        builder: GraphBuilder,
        gradients: Mapping[str, Reference],
        optimizer: Invocation,
        settings: Mapping[str, Invocation],
    ) -> None:
        self._builder = builder
        self._settings = settings
        self._known: dict[Reference, Reference] = {}
        self._factor: Reference | None = None
        within = [self._within(path, gradient) for path, gradient in gradients.items()]
        if optimizer.arguments["clip_norm"] is None or not within:
            return
        squares = [builder.sum(builder.mul(gradient, gradient)) for gradient in within]
        while len(squares) > 1:  # a few at a time, so that hundreds of parameters lose no digits
            squares = [reduce(builder.add, squares[start : start + ADDED]) for start in range(0, len(squares), ADDED)]
        self._factor = builder.clip_factor(builder.sqrt(squares[0]), limit=optimizer.number("clip_norm"))

    def of(self, path: str, gradient: Reference) -> Reference:
        """A parameter's gradient, or that of some of its rows, clipped."""
        within = self._within(path, gradient)
        return within if self._factor is None else self._builder.mul(within, self._factor)

    def _within(self, path: str, gradient: Reference) -> Reference:
        if self._settings[path].arguments["clip_value"] is None:
            return gradient
        if gradient not in self._known:
            limit = self._settings[path].number("clip_value")
            self._known[gradient] = self._builder.clip_symmetric(gradient, limit=limit)
        return self._known[gradient]
