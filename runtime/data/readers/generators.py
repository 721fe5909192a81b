"""Points made on the spot, by seed: the toy sets that nets are first tried on.

Each generator gives all of its columns; the same seed gives the same points whichever column is asked for.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from ....compiler.graph.signatures import Invocation
from ....grammar.source import Span
from ....grammar.suggestion import suggestion
from .. import budget
from ..column import Array, Origin, Reading
from ..faults import NO_COLUMN
from ..random_streams import GENERATE, stream
from .data_file import DataFile

Points: TypeAlias = dict[str, Array]


def generate(call: Invocation, span: Span | None) -> Reading:
    """The column that a call of a generator asks for. Raises SpecError."""
    rows, column = call.integer("rows"), call.text("column")
    made = DataFile(call.name, span)
    if rows * 64 > budget.limit():  # a few arrays of two float64 a row
        raise made.oversize(f"`{call.name}` of {rows} rows", rows * 64)
    points = GENERATORS[call.name](call, stream(call.integer("seed"), GENERATE))
    if column not in points:
        raise made.error(NO_COLUMN, name=column, hint=suggestion(column, points, what="its columns"))
    return Reading(points[column], Origin(span))


def _line(call: Invocation, random: np.random.Generator) -> Points:
    x = random.uniform(-1.0, 1.0, call.integer("rows"))
    noise = call.number("noise") * random.standard_normal(len(x))
    return {"x": x, "t": call.number("slope") * x + call.number("intercept") + noise}


def _sine(call: Invocation, random: np.random.Generator) -> Points:
    x = random.uniform(-np.pi, np.pi, call.integer("rows"))
    return {"x": x, "t": np.sin(x) + call.number("noise") * random.standard_normal(len(x))}


def _spiral(call: Invocation, random: np.random.Generator) -> Points:
    """Arm k begins at angle 2 pi k / classes and winds by 4 radians while the radius goes from 0 to 1."""
    rows, classes = call.integer("rows"), call.integer("classes")
    t = np.arange(rows) % classes
    radius = (np.arange(rows) // classes) / max(1, -(-rows // classes) - 1)
    angle = 2 * np.pi * t / classes + 4 * radius + call.number("noise") * random.standard_normal(rows)
    return {"x": np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1), "t": t}


def _moons(call: Invocation, random: np.random.Generator) -> Points:
    """The upper half of a circle around (0, 0), and the lower half of one around (1, 0.5)."""
    t = np.arange(call.integer("rows")) % 2
    angle = random.uniform(0.0, np.pi, len(t))
    x = np.stack([np.cos(angle) * (1 - 2 * t) + t, np.sin(angle) * (1 - 2 * t) + 0.5 * t], axis=1)
    return {"x": x + call.number("noise") * random.standard_normal(x.shape), "t": t}


def _circles(call: Invocation, random: np.random.Generator) -> Points:
    """Class 0 at radius 1, class 1 at radius 0.5."""
    t = np.arange(call.integer("rows")) % 2
    angle = random.uniform(0.0, 2 * np.pi, len(t))
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (1 - 0.5 * t)[:, None]
    return {"x": x + call.number("noise") * random.standard_normal(x.shape), "t": t}


GENERATORS: Mapping[str, Callable[[Invocation, np.random.Generator], Points]] = MappingProxyType(
    {"line": _line, "spiral": _spiral, "moons": _moons, "circles": _circles, "sine": _sine}
)
