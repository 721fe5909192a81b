"""Both passes of a spec, carried out for those verbs that show every number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...compiler.derive.gradients import UPSTREAM
from ...compiler.graph.spec import Precision, Spec
from ...grammar.parse import parse
from ...grammar.read import read_source
from ...grammar.spec_error import SettingError, SpecError
from ...program.program import Program
from ...runtime.arrays import Array
from ...views.picture.compose import sketch
from ...views.picture.faulty import outline
from ...views.picture.heat import Overlay, OverlayKind, gradient_overlay, memory_overlay, time_overlay
from ...views.picture.picture import Picture
from ...views.picture.reverse_graph import reverse_spec
from ...views.walk.walk import Walk, not_walked, walk
from .feeds import feeds_of
from .values import unknown_path, upstream_value
from .verb import Request

BATCH = 100
"""Rows of a minibatch where the spec names none."""

REACH = 50
"""Minibatches out of which the rows of one are taken evenly: rows are often sorted by class."""


@dataclass(frozen=True)
class Passes:
    """A spec and its walk, and what was fed for it."""

    spec: Spec
    walk: Walk
    feeds: Mapping[str, object]
    parameters: Mapping[str, Array]
    upstream: Array | None
    precision: Precision = "float64"

    def picture(
        self, depth: int | None, *, full: bool = False, reverse: bool = False, overlay: Overlay | None = None
    ) -> Picture:
        """The picture of the walk, or of the reverse pass as a graph of its own."""
        if not reverse or self.walk.of is None:
            return sketch(self.spec, self.walk, depth=depth, full=full, overlay=overlay)
        spec, first = reverse_spec(self.spec, self.walk.of)
        fed = {path: value for path, value in self.feeds.items() if path in spec.graph.inputs}
        if self.upstream is not None:
            fed[UPSTREAM] = self.upstream
        held = {path: value for path, value in self.parameters.items() if path in spec.graph.held}
        return sketch(spec, walk(spec, None, fed, held), depth=depth, full=full, first_reverse=first)

    def overlay(self, kind: OverlayKind) -> Overlay:
        """What is painted over the picture; time is measured by running both passes."""
        match kind:
            case "memory":
                return memory_overlay(self.walk)
            case "gradient":
                return gradient_overlay(self.walk)
            case "time":
                return time_overlay(
                    self.spec, self.walk, self.feeds, self.parameters, upstream=self.upstream, precision=self.precision
                )


def passes(
    request: Request,
    file: str,
    of: str | None,
    upstream: str | None,
    inputs: str | None,
    rows: str | None,
    *,
    training: bool = False,
    of_training: bool = False,
) -> Passes | None:
    """The walk of a spec; None where it has errors, which are noted.

    Where its data or its parameters can't be had, that is noted, and nothing is computed. For what is measured of a
    `training`, rows are those of a minibatch unless others are asked for, and the precision is the training's.
    `of_training`: the spec is in the form of training.
    """
    arriving = None if upstream is None else upstream_value(upstream)
    try:
        program = request.load(file, training=of_training)
    except SettingError:
        raise
    except SpecError as error:
        request.note(error.diagnostics)
        return None
    index = program.shown.differentiable.index
    if of is not None and of not in index:
        raise unknown_path(of, list(index), "'--of'")
    section = program.spec.train if training else None
    size, reach = (section.batch or BATCH, REACH) if section else (1, 1)
    precision = program.precision or (section.precision if section else "float64")
    try:
        feeds = feeds_of(request, program, inputs, rows, (0, size * reach), evenly=size)
        return _walked(program, of, arriving, feeds, precision)
    except SpecError as error:
        request.note(error.diagnostics)
        return Passes(program.shown, not_walked(program.shown.graph), {}, {}, None)


def _walked(
    program: Program, of: str | None, arriving: Array | None, feeds: Mapping[str, object], precision: Precision
) -> Passes:
    """Both passes; the forward pass alone, as far as values reach, where nothing says what to differentiate."""
    spec = program.shown
    name = of if of is not None else _default_of(program, feeds, arriving)
    if name is not None:
        program.grad(name, feeds, upstream=arriving)  # it says what is wrong with what was asked for
    node = spec.differentiable.index[name] if name is not None else None
    parameters = program.held
    made = walk(spec, node, feeds, parameters, upstream=arriving, precision=precision)
    return Passes(spec, made, feeds, parameters, arriving, precision)


def _default_of(program: Program, feeds: Mapping[str, object], arriving: Array | None) -> str | None:
    """What `grad` would differentiate; None where that is not told, is no scalar, or lacks an input."""
    graph = program.shown.differentiable
    try:
        name = program.default_of
    except SpecError:
        return None
    node = graph.index[name]
    unfed = [each.index for path, each in graph.inputs.items() if path not in feeds and each.default is None]
    shaped = bool(graph.nodes[node].type.shape) and arriving is None
    return None if shaped or graph.nodes[node].type.kind != "real" or graph.dependents(unfed)[node] else name


def faulty_picture(request: Request, file: str) -> Picture:
    """The picture of a spec with errors, as far as its text can be read. Raises SpecError where there is no text."""
    module, found = parse(read_source(file))
    return outline(module, request.diagnostics or found)
