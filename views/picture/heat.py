"""What each node takes or carries, to be painted over a picture: time, memory, the norm of its gradient."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ...compiler.derive.gradients import UPSTREAM
from ...compiler.derive.reverse import Flow, differentiate
from ...compiler.graph.graph import GraphBuilder
from ...compiler.graph.spec import Precision, Spec
from ...compiler.ops.leaves import FED
from ...compiler.shape import Type
from ...runtime.arrays import Array
from ...runtime.evaluate.evaluate import Evaluator
from ...runtime.evaluate.node_times import node_times
from ..text.numerals import norm, rounded
from ..walk.walk import Walk
from .picture import Scale

OverlayKind = Literal["time", "memory", "gradient"]

SHARES = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Shares of the whole at which the colours of time and memory change."""

PARTS = (1e-4, 1e-3, 1e-2, 1e-1, 0.5)
"""Parts of the largest gradient at which the colours of gradients change: what vanishes does so by whole magnitudes."""

BYTES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


@dataclass(frozen=True)
class Overlay:
    """Amounts by node: seconds, bytes, or norms. A node without an entry was not measured, which is not zero."""

    kind: OverlayKind
    amounts: Mapping[int, float]
    of: str

    def amount(self, nodes: Iterable[int]) -> float | None:
        """What some nodes come to together; None where nothing was measured. Norms add up as squares."""
        found = [self.amounts[node] for node in nodes if node in self.amounts]
        if not found:
            return None
        return math.hypot(*found) if self.kind == "gradient" else math.fsum(found)

    def text(self, amount: float) -> str:
        """The number that stands in a box."""
        match self.kind:
            case "gradient":
                return f"‖{rounded(amount)}‖"
            case "memory":
                return f"{_in(amount, BYTES, 'B')} · {self._percent(amount)}"
            case "time":
                return f"{_in(amount, SECONDS, 'µs')} · {self._percent(amount)}"

    def heat(self, amount: float) -> int:
        """The colour of an amount, from 0, the palest."""
        part = amount / self._whole if self._whole else 0.0
        return bisect_right(PARTS if self.kind == "gradient" else SHARES, part)

    @property
    def scale(self) -> Scale:
        """What the legend says."""
        match self.kind:
            case "gradient":
                title = f"norm of the gradient of {self.of}, as a part of the largest, {rounded(self._whole)}"
                limits = PARTS
            case "memory":
                title = f"memory of each value and its gradient, as a share of {_in(self._whole, BYTES, 'B')}"
                limits = SHARES
            case "time":
                title = f"time of each node, forward and back, as a share of {_in(self._whole, SECONDS, 'µs')}"
                limits = SHARES
        texts = [f"{100 * limit:g}%" for limit in limits]
        return Scale(title, (f"under {texts[0]}", *(f"from {text}" for text in texts)))

    @property
    def _whole(self) -> float:
        """The largest norm; all the time or memory."""
        if self.kind == "gradient":
            return max((amount for amount in self.amounts.values() if math.isfinite(amount)), default=0.0)
        return math.fsum(self.amounts.values())

    def _percent(self, amount: float) -> str:
        percent = 100 * amount / self._whole if self._whole else 0.0
        return (
            "0%"
            if not percent
            else "<0.1%"
            if percent < 0.1
            else f"{percent:.1f}%"
            if percent < 1
            else f"{percent:.0f}%"
        )


def _in(amount: float, units: Iterable[tuple[float, str]], least: str) -> str:
    """An amount in the largest unit that it fills, else in the least."""
    unit = 1e-6 if least == "µs" else 1.0
    for size, name in units:
        if amount >= 0.9995 * size:
            return f"{rounded(amount / size)} {name}"
    return f"{rounded(amount / unit)} {least}"


def memory_overlay(walk: Walk) -> Overlay:
    """The bytes of every value and its gradient, as the walk holds them."""
    amounts = {node: float(value.nbytes) for node, value in walk.values.items()}
    for node, gradient in walk.gradients.items():
        amounts[node] = amounts.get(node, 0.0) + gradient.nbytes
    return Overlay("memory", amounts, "")


def gradient_overlay(walk: Walk) -> Overlay:
    """The norm of every gradient; the one that arrives at the end was given, not measured."""
    of = walk.graph.nodes[walk.of].path if walk.of is not None else ""
    amounts = {node: norm(gradient) for node, gradient in walk.gradients.items() if node != walk.of}
    return Overlay("gradient", amounts, of)


def time_overlay(
    spec: Spec,
    walk: Walk,
    feeds: Mapping[str, object],
    parameters: Mapping[str, Array],
    *,
    upstream: Array | None = None,
    precision: Precision = "float64",
) -> Overlay:
    """Seconds of every node over several steps of the plain executor: forward, and what sends its gradient on.

    As in a training, gradients go to the parameters, or where there are none to the inputs. Raises SpecError.
    """
    graph = walk.graph
    owners: dict[int, int] = {number: number for number in walk.values}
    targets = list(walk.values)
    fed = dict(feeds)
    if walk.of is not None:
        builder = GraphBuilder(graph.nodes)
        arriving = None
        if upstream is not None:
            arriving = builder.leaf(FED, Type("real", graph.nodes[walk.of].type.shape), UPSTREAM, None)
            fed[UPSTREAM] = upstream
        sources = [each.index for each in graph.params.values()] or [each.index for each in graph.inputs.values()]
        reals = [source for source in sources if graph.nodes[source].type.kind == "real" and source in walk.gradients]
        flows: list[Flow] = []
        targets += differentiate(builder, walk.of, reals, arriving, flows).values()
        owners |= senders(flows, len(graph.nodes))
        graph = graph.extended(builder.nodes[len(graph.nodes) :])
    known = spec.known_dims
    plan, values = Evaluator(known).prepared(graph, targets, fed, parameters, precision=precision)
    amounts: dict[int, float] = {}
    for slot, seconds in node_times(plan, values).items():
        if (owner := owners.get(slot)) is not None:
            amounts[owner] = amounts.get(owner, 0.0) + seconds
    return Overlay("time", amounts, "")


def senders(flows: Iterable[Flow], first: int) -> dict[int, int]:
    """The node to which each node of a reverse pass belongs: the one whose gradient it adds up or sends on.

    The pass is made node by node, so all up to what a node sends that does not belong to one before is its own.
    """
    owners: dict[int, int] = {}
    done = first
    for user, _, gradient in flows:
        owners |= dict.fromkeys(range(done, gradient + 1), user)
        done = max(done, gradient + 1)
    return owners
