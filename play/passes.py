"""Both passes of a text on its defaults, the first row of its data, and what the page puts in their place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from ..compiler.graph.spec import Spec
from ..grammar.diagnostic import Diagnostic
from ..grammar.spec_error import SpecError
from ..program.program import Program
from ..runtime.arrays import Array
from ..runtime.evaluate.door import parameters_given
from ..views.walk.walk import Walk, not_walked, walk
from .programs import Text, value_of
from .request import Request
from .trained import Params


class Passes(NamedTuple):
    """A spec and its walk, what was fed for it, and why there is none of more, if there is not."""

    spec: Spec
    walk: Walk
    feeds: Mapping[str, object]
    parameters: Mapping[str, Array]
    remarks: tuple[Diagnostic, ...] = ()

    @property
    def of(self) -> str | None:
        """What was differentiated."""
        return None if self.walk.of is None else self.walk.graph.nodes[self.walk.of].path


def passes(made: Text, request: Request, trained: Params | None) -> Passes:
    """The passes of a text that has a program. Raises SpecError for what does not fit; where the data can't be read
    nothing is computed, and `remarks` say why."""
    program = made.program
    assert program is not None
    spec = program.shown
    given = {**request.mapping("inputs"), **request.mapping("params")}
    values = {path: value_of(request, path, value) for path, value in given.items() if path in spec.graph.inputs}
    params = {path: value_of(request, path, value) for path, value in given.items() if path in spec.graph.params}
    wanted = request.optional_text("of")
    try:
        feeds: dict[str, object] = {**(program.rows(0, 1) if spec.data else {}), **values}
        held = {**program.held, **(trained.values if trained else {})}
    except SpecError as error:
        return Passes(spec, not_walked(spec.graph), {}, {}, error.diagnostics)
    held |= _shaped(program, params)
    of = wanted if wanted is not None else _default_of(program, feeds)
    key = json.dumps([of, given, str(trained.key) if trained else None])
    if (kept := made.walks.get(key)) is not None:
        return Passes(spec, kept, feeds, held)
    graph = spec.differentiable
    node = None
    if of is not None:
        node = graph.index[of] if of in graph.index else program.node(of)
    if node is not None and graph.nodes[node].type.shape:
        node = _of_tensor(program, of, feeds) if wanted is not None else None
    found = walk(spec, node, feeds, held, precision=program.precision or "float64")
    made.keep(key, found)
    return Passes(spec, found, feeds, held)


def _of_tensor(program: Program, of: str | None, feeds: Mapping[str, object]) -> int | None:
    """Says that a tensor needs an upstream gradient. Raises SpecError."""
    program.grad(of, feeds)
    return None


def _shaped(program: Program, params: Mapping[str, Array]) -> dict[str, Array]:
    """Parameters of a message, in the shapes and the precision that they have. Raises SpecError."""
    if not params:
        return {}
    given = {**program.params, **params}
    taken = parameters_given(program.spec.graph, given, program.dims, program.precision or "float64")
    return {path: taken[path] for path in params}


def _default_of(program: Program, feeds: Mapping[str, object]) -> str | None:
    """What `grad` would differentiate; None where that is not told, is no real scalar, or lacks an input."""
    graph = program.shown.differentiable
    try:
        name = program.default_of
    except SpecError:
        return None
    node = graph.index[name]
    unfed = [each.index for path, each in graph.inputs.items() if path not in feeds and each.default is None]
    open_ended = graph.nodes[node].type.shape or graph.nodes[node].type.kind != "real"
    return None if open_ended or graph.dependents(unfed)[node] else name
