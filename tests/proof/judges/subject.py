"""What is judged: all values of a program in one of its forms, gradients of its loss, and gradients of these."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

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
Gradients: TypeAlias = Mapping[str, Array]


@dataclass(frozen=True)
class Subject:
    """A program on one batch: its forward nodes as a plan, the value of each, and gradients by path.

    `second` are the gradients of half the sum of the squared `first` ones. `sources` are the slots of what
    they are with respect to; none where the loss hangs on nothing. `scaled` computes both of a multiple of the loss.
    """

    plan: Plan
    values: Sequence[Any]
    loss: int
    sources: Mapping[str, int]
    first: Gradients
    second: Gradients
    scaled: Callable[[float], tuple[Gradients, Gradients]]


def subject_of(program: RandomProgram, feeds: Mapping[str, Any], *, training: bool) -> Subject:
    """A program's numbers, by the plain executor in float64."""
    spec = form_of(compiled(Source("random.graph", program.text), Path()).spec, training=training)
    assert spec.train is not None
    graph, loss = spec.full, spec.train.minimize
    declared = {path: each.index for table in (graph.inputs, graph.params) for path, each in table.items()}
    sources = {
        path: index
        for path, index in declared.items()
        if graph.nodes[index].type.kind == "real" and index not in graph.idle
    }
    ends = [number for number in range(len(graph.nodes)) if number not in graph.idle]
    fed = {path: value for path, value in feeds.items() if path in graph.inputs}
    parameters = initial_parameters(graph, spec.known_dims, spec.seed, "float64")

    def computed(factor: float) -> tuple[Plan, list[Any], Gradients, Gradients]:
        builder = GraphBuilder(graph.nodes)
        scaled = loss if factor == 1.0 else builder.mul(loss, builder.constant(factor))
        first, second = _differentiated_twice(builder, scaled, list(sources.values()))
        extended = graph.extended(builder.nodes[len(graph.nodes) :])
        wanted = (*ends, *first.values(), *second.values())
        plan, given = Evaluator(spec.known_dims).prepared(extended, wanted, fed, parameters)
        values = execute(plan, given)
        found = [{path: np.asarray(values[each[index]]) for path, index in sources.items()} for each in (first, second)]
        return plan, values, found[0], found[1]

    plan, values, first, second = computed(1.0)
    forward = plan._replace(steps=tuple(step for step in plan.steps if step.slot < len(graph.nodes)))
    return Subject(forward, values, loss, sources, first, second, lambda factor: computed(factor)[2:])


def _differentiated_twice(
    builder: GraphBuilder, loss: int, sources: Sequence[int]
) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """The nodes of the gradients, and those of half the sum of their squares, by source."""
    if not sources:
        return {}, {}
    first = differentiate(builder, loss, sources)
    squares = [builder.sum(builder.mul(gradient, gradient)) for gradient in first.values()]
    total = squares[0]
    for square in squares[1:]:
        total = builder.add(total, square)
    return first, differentiate(builder, builder.mul(total, builder.constant(0.5)), sources)
