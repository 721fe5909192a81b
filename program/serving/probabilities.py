"""Probabilities of classes, of outputs that are scores or have been made probabilities already."""

from collections.abc import Callable

import numpy as np

from ...compiler.graph.class_scores import squashing
from ...compiler.graph.spec import Spec
from ...compiler.ops.operation import Operation
from ...grammar.spec_error import SpecError
from ...runtime.arrays import Array
from .faults import NO_PROBABILITIES


def squashing_of(spec: Spec) -> dict[str, Callable[[Array], Array]]:
    """What makes probabilities of each output that has scores for classes. Raises SpecError where none has."""
    found = squashing(spec.full, spec.graph.outputs)
    if not found:
        raise SpecError([NO_PROBABILITIES.at(None, outputs=", ".join(spec.graph.output_names))])
    return {spec.full.nodes[number].path: _carried_out(squash) for number, squash in found.items()}


def _carried_out(squash: Operation) -> Callable[[Array], Array]:
    def squashed(scores: Array) -> Array:
        with np.errstate(all="ignore"):  # of what is not finite
            made: Array = squash.forward(np, scores)
        return made

    return squashed
