"""What is judged: all values of a program in one of its forms, gradients of its loss, and gradients of these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from random_programs import RandomProgram

from chainrule.compiler.compile import compiled
from chainrule.compiler.derive.reverse import differentiate
from chainrule.compiler.graph.form import form_of
from chainrule.compiler.graph.graph import GraphBuilder
from chainrule.compiler.lower.plan import Plan
from chainrule.grammar.source import Source
from chainrule.runtime.evaluate.evaluate import Evaluator
from chainrule.runtime.evaluate.execute import execute
from chainrule.runtime.evaluate.parameters import initial_parameters

Array = Any


@dataclass(frozen=True)
class Subject:
    """A program on one batch: its forward nodes as a plan, the value of each, and gradients by path.

    `second` are the gradients of half the sum of the squared `first` ones. `sources` are the slots of what
    they are with respect to.
    """

    plan: Plan
    values: Sequence[Any]
    loss: int
    sources: Mapping[str, int]
    first: Mapping[str, Array]
    second: Mapping[str, Array]


def subject_of(program: RandomProgram, feeds: Mapping[str, Any], *, training: bool) -> Subject:
    """A program's numbers, by the plain executor in float64."""
    spec = form_of(compiled(Source("random.graph", program.text), Path()).spec, training=training)
    assert spec.train is not None
    graph, loss = spec.full, spec.train.minimize
    builder = GraphBuilder(graph.nodes)
    declared = {path: each.index for table in (graph.inputs, graph.params) for path, each in table.items()}
    sources = {
        path: index
        for path, index in declared.items()
        if graph.nodes[index].type.kind == "real" and index not in graph.idle
    }
    indices = list(sources.values())
    first = differentiate(builder, loss, indices)
    squares = [builder.sum(builder.mul(gradient, gradient)) for gradient in first.values()]
    total = squares[0]
    for square in squares[1:]:
        total = builder.add(total, square)
    second = differentiate(builder, builder.mul(total, builder.constant(0.5)), indices)
    extended = graph.extended(builder.nodes[len(graph.nodes) :])

    ends = [number for number in range(len(graph.nodes)) if number not in graph.idle]
    fed = {path: value for path, value in feeds.items() if path in graph.inputs}
    parameters = initial_parameters(graph, spec.known_dims, spec.seed, "float64")
    evaluator = Evaluator(spec.known_dims)
    plan, given = evaluator.prepared(extended, (*ends, *first.values(), *second.values()), fed, parameters)
    values = execute(plan, given)
    forward = plan._replace(steps=tuple(step for step in plan.steps if step.slot < len(graph.nodes)))
    gradients = [
        {path: np.asarray(values[found[index]]) for path, index in sources.items()} for found in (first, second)
    ]
    return Subject(forward, values, loss, sources, *gradients)
