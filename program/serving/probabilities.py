"""Probabilities of classes, of outputs that are scores or have been made probabilities already."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from ...compiler.graph.class_labels import judges
from ...compiler.graph.spec import Spec
from ...grammar.spec_error import SpecError
from ...runtime.arrays import Array
from .faults import NO_PROBABILITIES


def softmax(scores: Array) -> Array:
    """Of the scores along the last axis."""
    with np.errstate(all="ignore"):  # of what is not finite
        raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
        made: Array = raised / raised.sum(axis=-1, keepdims=True)
    return made


def sigmoid(scores: Array) -> Array:
    """Of each score by itself."""
    with np.errstate(over="ignore"):
        made: Array = 1 / (1 + np.exp(-scores))
    return made


SQUASHED: Mapping[str, Callable[[Array], Array]] = MappingProxyType({"softmax": softmax, "sigmoid": sigmoid})


def squashing_of(spec: Spec) -> dict[str, Callable[[Array], Array]]:
    """What makes probabilities of each output that has scores for classes. Raises SpecError where none has."""
    nodes, graph = spec.full.nodes, spec.graph
    scores = {nodes[judge.node].inputs[0]: "softmax" for judge in judges(spec.full) if not judge.indices}
    scores |= {node.inputs[0]: "sigmoid" for node in nodes if node.operation.name in ("sigmoid_loss", SIGMOID_WEIGHED)}
    found: dict[str, Callable[[Array], Array]] = {}
    for index in graph.outputs:
        node = nodes[index]
        if index in scores:
            found[node.path] = SQUASHED[scores[index]]
        elif node.operation.name in SQUASHED and node.inputs[0] in scores:
            found[node.path] = lambda values: values
    if not found:
        raise SpecError([NO_PROBABILITIES.at(None, outputs=", ".join(graph.output_names))])
    return found


SIGMOID_WEIGHED = "weighted-sigmoid-loss"
"""What sigmoid_loss is called where it is given weights."""
