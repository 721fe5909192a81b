"""What can be known of the defaults of inputs before anything runs: kinds, shapes, class numbers."""

from collections.abc import Iterator

import numpy as np

from ...compiler.graph.bind_dims import bind_dims
from ...compiler.graph.spec import Spec
from ...grammar.diagnostic import Diagnostic
from ...grammar.spec_error import SpecError
from ..arrays import Array
from .labels import check_labels


def check_defaults(spec: Spec) -> Iterator[Diagnostic]:
    """Faults of literal defaults: of sizes that do not agree, of class numbers that are none."""
    graph = spec.full
    known = spec.known_dims
    defaults: dict[str, Array] = {
        path: np.array(declaration.default)
        for path, declaration in graph.inputs.items()
        if declaration.default is not None
    }
    try:
        dims = bind_dims(graph, {path: array.shape for path, array in defaults.items()}, known)
        yield from check_labels(graph, defaults, dims)
    except SpecError as error:
        yield from error.diagnostics
