"""The walk against `grad`, and what its steps promise."""

from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.program.program import Program
from chainrule.views.walk.walk import Walk, walk


def test_the_last_numbers_are_those_of_grad(spec_walk: tuple[Program, Walk]) -> None:
    program, taken = spec_walk
    if taken.of is None:
        pytest.skip("nothing says what to differentiate")
    feeds = dict(program.rows(0, 1)) if program.shown.data else {}
    of, graph = taken.of, program.shown.graph
    arriving = taken.gradients[of] if graph.nodes[of].type.shape else None
    gradients = program.grad(graph.nodes[of].path, feeds, upstream=arriving)
    index = graph.index
    for path, gradient in gradients.items():
        np.testing.assert_array_equal(taken.gradients[index[path]], gradient)
    for path, value in program.run(feeds).items():
        np.testing.assert_array_equal(taken.values[index[path]], value)


def test_every_sum_is_the_sum_of_what_arrived(spec_walk: tuple[Program, Walk]) -> None:
    _, taken = spec_walk
    for step in taken.steps:
        if step.kind == "sum":
            parts = [taken.products[edge] for edge in taken.users(step.node)]
            assert len(parts) > 1
            np.testing.assert_allclose(taken.gradients[step.node], sum(parts), rtol=1e-12, atol=1e-300)


def test_every_product_is_one(spec_walk: tuple[Program, Walk]) -> None:
    """Between scalars: what goes back is what arrived times the local derivative."""
    _, taken = spec_walk
    for (user, slot), local in taken.locals.items():
        np.testing.assert_allclose(taken.products[user, slot], taken.gradients[user] * local, rtol=1e-12, atol=1e-300)


def test_steps_come_in_an_order_that_can_be_followed(spec_walk: tuple[Program, Walk]) -> None:
    _, taken = spec_walk
    known: set[int] = {n for n, node in enumerate(taken.graph.nodes) if node.operation.name in ("constant", "size")}
    ready: set[int] = set()
    arrived: dict[int, int] = {}
    for step in taken.steps:
        if step.kind == "value":
            assert set(taken.graph.nodes[step.node].inputs) <= known
            known.add(step.node)
        elif step.kind == "seed":
            ready.add(step.node)
        elif step.kind == "product":
            assert step.user in ready
            arrived[step.node] = arrived.get(step.node, 0) + 1
            if len(taken.users(step.node)) == 1:
                ready.add(step.node)
        else:
            assert arrived[step.node] == len(taken.users(step.node)) > 1
            ready.add(step.node)


def test_two_uses_are_two_steps_and_a_sum(walked: Any) -> None:
    _, taken = walked("input x = 3\noutput y = x * x")
    reverse = [(step.kind, step.node, step.slot) for step in taken.steps if step.kind != "value"]
    assert reverse == [("seed", 1, -1), ("product", 0, 0), ("product", 0, 1), ("sum", 0, -1)]
    assert taken.gradients[0] == 6


def test_an_upstream_gradient_is_where_the_walk_back_begins() -> None:
    program = chainrule.compile("input x = [1, 2, 3]\noutput y = x * x")
    upstream = np.asarray([1.0, 0.0, -1.0])
    taken = walk(program.spec, 1, {}, {}, upstream=upstream)
    np.testing.assert_array_equal(taken.gradients[1], upstream)
    np.testing.assert_array_equal(taken.gradients[0], [2.0, 0.0, -6.0])


def test_what_has_no_value_has_no_number(walked: Any) -> None:
    program = chainrule.compile("input x\ninput y = 2\na = y * y\noutput b = a * x")
    taken = walk(program.spec, program.spec.graph.index["b"], {}, {})
    assert taken.of is None
    assert {program.spec.graph.nodes[n].path for n in taken.values} == {"y", "a"}
    assert not taken.gradients


def test_an_input_that_nothing_needs_has_the_gradient_zero(walked: Any) -> None:
    program, taken = walked("input x = 1\ninput z = 5\noutput y = 2 * x")
    assert taken.gradients[program.spec.graph.index["z"]] == 0
    assert taken.users(program.spec.graph.index["z"]) == []
