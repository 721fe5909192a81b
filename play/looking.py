"""What a page shows of a training as it runs: curves, decision surface, weights, activations, findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..grammar.diagnostic import Diagnostic
from ..grammar.source import Source, Span
from ..grammar.spec_error import SpecError
from ..runtime.arrays import Array
from ..runtime.studies.activations import LayerWatch, hidden_activations
from ..runtime.studies.decision import Decision, Points, Surface
from ..runtime.training.train import Training
from ..runtime.training.watched_layers import layers_of, node_name
from ..views.text.json_values import json_value

KINDS = ("curves", "surface", "weights", "activations", "health")

SIDE = 50
"""Points of the surface along each axis."""

MOST_POINTS = 400
"""Points of a curve."""

MOST_WEIGHTS = 16_384
"""Numbers of weights in one look."""

BINS = 24

IMAGE = 8
"""The least side of a square number of weights that is taken for an image."""


class Looks:
    """Looks at one training; what it has nothing of is left out."""

    def __init__(self, training: Training, source: Source, classes: Mapping[str, tuple[str, ...]]) -> None:
        self._training = training
        self._source = source
        self._classes = classes
        self._surface: Surface | None = None
        self._layers: tuple[LayerWatch, list[int]] | None = None
        self._lacking: set[str] = set()
        self._pointed = False
        self._kinds: Mapping[str, Callable[[], Any]] = {
            "curves": self._curves,
            "surface": self._plane,
            "weights": self._weights,
            "activations": self._activations,
            "health": self._health,
        }

    def look(self, kinds: list[str]) -> dict[str, Any]:
        """What there is of these kinds."""
        found = {}
        for kind in kinds:
            if kind in self._kinds and kind not in self._lacking:
                try:
                    found[kind] = self._kinds[kind]()
                except SpecError:  # this net has none
                    self._lacking.add(kind)
        return found

    # --- curves ---------------------------------------------------------------------------------------------------

    def _curves(self) -> dict[str, Any]:
        """The loss of the steps, and the metrics of the reports, each over its steps."""
        history = self._training.history
        losses = history.losses
        stride = max(1, -(-len(losses) // MOST_POINTS))
        first = self._training.step - len(losses)
        whole = losses[: len(losses) // stride * stride]
        rows = history.rows[:: max(1, -(-len(history.rows) // MOST_POINTS))]
        if history.rows and rows[-1] is not history.rows[-1]:
            rows = [*rows, history.rows[-1]]
        return {
            "step": (first + stride * np.arange(1, len(whole) // stride + 1)).tolist(),
            "loss": json_value(whole.reshape(-1, stride).mean(axis=1)),
            "reports": {
                name: json_value(np.array([row.get(name, np.nan) for row in rows], np.float64))
                for name in history.columns
                if name != "seconds"
            },
        }

    # --- decision surface -------------------------------------------------------------------------------------------

    def _plane(self) -> dict[str, Any]:
        if self._surface is None:
            self._surface = Surface(self._training.job, self._classes, SIDE)
        found = self._surface.at(self._training.trainer.held)
        made: dict[str, Any] = {
            "names": list(found.names),
            "x": [float(found.x[0]), float(found.x[-1])],
            "y": [float(found.y[0]), float(found.y[-1])],
            "width": SIDE,
            "height": SIDE,
            "labels": list(found.classes),
            "threshold": found.threshold,
            "classes": found.given.ravel().tolist(),
        }
        if found.answers.ndim == 2:
            made["values"] = json_value(_short(found.answers.ravel()))
        else:
            made["values"] = json_value(_short(_margin(found)))
        if not self._pointed:
            made["points"] = [each for side, some in _sides(found) for each in _points(some, side)]
            self._pointed = True
        return made

    # --- layers -----------------------------------------------------------------------------------------------------

    def _weights(self) -> list[dict[str, Any]]:
        """Weights [inputs, units] of the first layer, and of others as far as they are small; filters as rows."""
        params = self._training.params
        made: list[dict[str, Any]] = []
        room = MOST_WEIGHTS
        for path in layers_of(self._training.job.training).weights:
            value = np.asarray(params[path], np.float64)
            flat = value if value.ndim == 2 else value.reshape(value.shape[0], -1).T
            if not made and flat.size > MOST_WEIGHTS:
                flat = flat[:, : max(1, MOST_WEIGHTS // max(1, flat.shape[0]))]
            if flat.size > room:
                continue
            room -= flat.size
            side = round(flat.shape[0] ** 0.5)
            square = value.ndim == 2 and side >= IMAGE and side * side == flat.shape[0]
            made.append(
                {
                    "name": path,
                    "rows": flat.shape[0],
                    "columns": flat.shape[1],
                    "values": json_value(_short(flat.ravel())),
                    "low": float(flat.min(initial=0)),
                    "high": float(flat.max(initial=0)),
                    "shape": [side, side] if square else list(value.shape[2:]) if value.ndim == 4 else None,
                }
            )
        return made

    def _activations(self) -> list[dict[str, Any]]:
        graph = self._training.job.training.graph
        if self._layers is None:
            nodes = hidden_activations(self._training.job)
            self._layers = LayerWatch(self._training.job, nodes), nodes
        watch, nodes = self._layers
        if not nodes:
            return []
        moment = watch.at(self._training)
        return [
            {
                "layer": node_name(graph, number),
                "operation": graph.nodes[number].operation.called,
                **_histogram(values),
                "gradients": _histogram(gradients),
            }
            for number, values, gradients in zip(nodes, moment.values, moment.gradients, strict=True)
        ]

    # --- findings ---------------------------------------------------------------------------------------------------

    def _health(self) -> list[dict[str, Any]]:
        return [self._finding(each) for each in self._training.warnings]

    def _finding(self, found: Diagnostic) -> dict[str, Any]:
        where = found.where
        own = isinstance(where, Span) and where.source is self._source
        line = where.line if own and isinstance(where, Span) else None
        return {"line": line, "message": found.message, "hint": found.hint, "code": found.code}


def _short(values: Array) -> Array:
    """Numbers that are only looked at, with the digits that an eye can tell apart."""
    return np.asarray(np.round(np.asarray(values, np.float64), 4))


def _margin(found: Decision) -> Array:
    """How far the best score of each point is ahead of the next, from 0 to 1, as shares of their softmax."""
    scores = found.answers.reshape(-1, found.answers.shape[-1]).astype(np.float64)
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    best = np.sort(shares, axis=1)
    return np.asarray(best[:, -1] - best[:, -2] if best.shape[1] > 1 else best[:, -1])


def _sides(found: Decision) -> list[tuple[str, Points]]:
    sides = (("train", found.train), ("validate", found.validate), ("test", found.test))
    return [(side, points) for side, points in sides if points is not None]


def _points(some: Points, side: str) -> list[dict[str, Any]]:
    return [
        {"x": x, "y": y, "true": int(true), "given": int(given), "side": side}
        for x, y, true, given in zip(
            _short(some.x).tolist(), _short(some.y).tolist(), some.true, some.given, strict=True
        )
    ]


def _histogram(values: Array) -> dict[str, Any]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return {"histogram": [], "low": 0.0, "high": 0.0}
    low, high = float(finite.min()), float(finite.max())
    if not high - low > 1e-300 * BINS:
        return {"histogram": [int(finite.size)], "low": low, "high": high}
    counts, _ = np.histogram(finite / 2, bins=BINS, range=(low / 2, high / 2))  # halves: the spread may overflow
    return {"histogram": counts.tolist(), "low": low, "high": high}
