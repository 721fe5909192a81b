"""What norms and losses say about a training: gradients that vanish, dead relus, a rate that is too large."""

from collections.abc import Iterator, Sequence

import numpy as np

from ...compiler.derive.training import LEARNING_RATE
from ...grammar.diagnostic import Diagnostic, Fault
from ...grammar.source import Span
from .health import rows_looked_at
from .health_faults import BOUNCING, DEAD, DIVERGING, EXPLODING, OVERFITTING, SATURATED, SLOW, STALLED, VANISHING
from .history import History, Row
from .job import Job
from .watched_layers import Layers, Way

VANISHED = EXPLODED = 1e3
"""Times that a gradient is smaller, or larger, than that of the last layer."""

MOST_DEAD, MOST_SATURATED = 0.5, 0.8

MANY_ROWS = 16
"""So many rows must agree before a unit is called dead."""

FALLEN, FALLING = 0.1, 0.5
"""Shares that a loss must have fallen by half of the training: less than the first is slow or nothing, less than the
second is slow where it falls at every report along a slope that has hardly changed."""

BLOWN = 1e3
"""Times its first value at which a loss needs no second report to be called diverging."""

NO_GRADIENT = 1e-12

OVERSTEPPED = 0.1
"""The share of the loss that a single step would take away if the slope stayed what it is: that is a large step."""


FIND = "`train --find-lr`"

EXPLODES = "initialise with he() or xavier(), or clip_norm = 1"


class Findings:
    """Findings about one training."""

    def __init__(self, job: Job, layers: Layers) -> None:
        self._job = job
        self._layers = layers
        self._graph = job.training.graph

    def at(self, history: History, step: int) -> Iterator[Diagnostic]:
        """What looks and reports so far say; the same finding comes again as long as it holds."""
        if history.health:
            looks = history.health[-2:]  # a finding about layers must hold at both
            yield from self._ways(looks)
            yield from self._units(looks)
            yield from self._progress(history, step)
            yield from self._overfitting(history)

    def _ways(self, looks: Sequence[Row]) -> Iterator[Diagnostic]:
        """The worst of the ways to each last weight."""
        worst: dict[tuple[str, bool], tuple[float, Way]] = {}
        for way in self._layers.ways:
            early, late = (_column(looks, f"{path}.gradient") for path in (way.early, way.late))
            if not all(early) or not all(late):
                continue
            ratios = [first / last for first, last in zip(early, late, strict=True)]
            for beyond, explodes in ((1 / max(ratios), False), (min(ratios), True)):
                known = worst.get((way.late, explodes))
                if beyond > (EXPLODED if explodes else VANISHED) and (known is None or beyond > known[0]):
                    worst[way.late, explodes] = beyond, way
        for (_, explodes), (beyond, way) in worst.items():
            yield self._way(way, beyond, explodes=explodes)

    def _way(self, way: Way, beyond: float, *, explodes: bool) -> Diagnostic:
        plural = "s" if way.between > 1 else ""
        span = self._span(self._job.training.parameters[way.early].leaf)
        return (EXPLODING if explodes else VANISHING).at(
            span,
            hint=EXPLODES if explodes else way.vanishing or None,
            early=way.early,
            line=_line(span),
            late=way.late,
            ratio=_short(beyond if explodes else 1 / beyond),
            through=f", through {way.between} {way.activation}{plural}" if way.between else "",
        )

    def _units(self, looks: Sequence[Row]) -> Iterator[Diagnostic]:
        graph, rows = self._graph, rows_looked_at(self._job)
        for number in self._layers.relus:
            name, axis = self._layers.names[number], self._layers.units[number]
            dead = min(_column(looks, f"{name}.dead"))
            span, shape = self._span(number), graph.nodes[number].type.shape
            if dead > MOST_DEAD and rows >= MANY_ROWS and shape and isinstance(units := shape[axis], int):
                yield DEAD.at(
                    span, dead=round(dead * units), units=units, what="units" if axis < 0 else "channels", node=name,
                    line=_line(span), rows=rows,
                    hint="try a smaller learning rate, he() for the weights, or softplus",
                )  # fmt: skip
        for number in self._layers.squashing:
            name = self._layers.names[number]
            share = min(_column(looks, f"{name}.saturated"))
            if share >= MOST_SATURATED:
                span, operation = self._span(number), graph.nodes[number].operation.called
                yield SATURATED.at(
                    span, share=f"{share:.0%}", node=name, line=_line(span), operation=operation,
                    hint="scale the inputs, initialise with xavier(), or lower the learning rate",
                )  # fmt: skip

    def _progress(self, history: History, step: int) -> Iterator[Diagnostic]:
        """Whether the loss diverges, or has not fallen by half of the training."""
        column = f"train.{self._job.section.loss}"
        losses = [float(row[column]) for row in history.rows if column in row]
        if not losses or not history.steps:
            return
        first = float(history.losses[0])
        best = min(first, *losses)
        fault, hint = self._judged(losses, first, best, history, step) or (None, "")
        if fault is None:
            return
        stuck = history.health[-1]["gradient"] < NO_GRADIENT * max(1.0, abs(first))
        rates, training = self._job.training.rates, self._job.training
        used = max((each.rate for each in training.parameters.values()), key=rates.__getitem__, default=LEARNING_RATE)
        rate = rates[used]
        advice = {"lower": rate / 10, "raise": rate * 10}
        yield fault.at(
            self._job.section.spans.get("optimizer" if used == LEARNING_RATE else "groups"),
            hint=f"{FIND} looks for one"
            if hint == "find"
            else f"try lr = {advice[hint]:g}, or {FIND}"
            if hint
            else None,
            step=step,
            **fault.asked_for(
                rate=f"{rate:g}",
                loss=f"{losses[-1]:.4g}",
                first=f"{first:.4g}",
                best=f"{best:.4g}",
                share=f"{100 * (first - best) / (abs(first) or 1):.2g} %",
                reason="; no gradient reaches a parameter" if stuck else "",
            ),
        )

    def _overfitting(self, history: History) -> Iterator[Diagnostic]:
        """Of the loss alone: a metric such as the accuracy wavers."""
        section = self._job.section
        turn = history.turn(section.loss)
        if turn is not None:
            stops = section.stop is not None and section.stop.name == "early"
            yield OVERFITTING.at(
                section.spans.get("train"),
                hint=None if stops else f"stop = early(watch = {turn.side}.{section.loss})",
                step=turn.step,
                epoch=turn.epoch,
                side=turn.side,
                metric=section.loss,
                best=f"{turn.best:.4g}",
                last=f"{turn.last:.4g}",
                gap=f"{turn.gap:.4g}",
            )

    def _judged(
        self, losses: Sequence[float], first: float, best: float, history: History, step: int
    ) -> tuple[Fault, str] | None:
        """What is wrong with the losses, and whether to `lower`, to `raise` or to `find` the rate."""
        if losses[-1] > BLOWN * abs(first) > 0:
            return DIVERGING, "find"
        if len(losses) < 3:
            return None
        if losses[-1] > losses[-2] > losses[-3] and losses[-1] > 2 * abs(best) and losses[-1] > first:
            return DIVERGING, "lower"
        if 2 * step < self._job.steps or first - best >= FALLING * abs(first):
            return None
        rises = float(np.mean(np.diff(losses) > 0))
        look = history.health[-1]
        steep = len(losses) >= 10 and not rises and look["gradient"] > 0.5 * history.health[0]["gradient"]
        if first - best >= FALLEN * abs(first) and not steep:
            return None
        if look["gradient"] < NO_GRADIENT * max(1.0, abs(first)):
            return STALLED, ""
        if first > losses[0] and rises < 0.1 and losses[-1] == best:
            return SLOW, "raise"
        if _oversteps(losses, look):
            return BOUNCING, "lower"
        return STALLED, ""

    def _span(self, number: int) -> Span | None:
        return self._graph.nodes[number].span


def _column(looks: Sequence[Row], name: str) -> tuple[float, ...]:
    return tuple(float(row[name]) for row in looks)


def _oversteps(losses: Sequence[float], look: Row) -> bool:
    """Whether the loss moves much, or steps are so large that it should have, though nothing comes of it."""
    size = max(abs(min(losses)), 1e-12)
    return max(losses) - min(losses) > 0.02 * size or look["gradient"] * look["update"] > OVERSTEPPED * size


def _line(span: Span | None) -> str:
    return f" (line {span.own.line})" if span is not None else ""


def _short(number: float) -> str:
    """`4e-9`, `3e4`."""
    mantissa, _, exponent = f"{number:.0e}".partition("e")
    return f"{mantissa}e{int(exponent)}"
