"""Gradients against central differences: right ones pass, planted faults are found, kinks are left out."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import chainrule
from chainrule.compiler.graph.graph import Graph, GraphBuilder
from chainrule.compiler.ops.builder import Builder
from chainrule.compiler.ops.operation import Operation, Reference
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import Type
from chainrule.runtime.checks.gradcheck import SAMPLE, GradientCheck, check_gradients

NET = """
param W: [5, 4] = he()
param b: [4] = normal()
input x: [3, 5]
input t: int[3] = [0, 3, 1]
h = sigmoid(affine(x, W, b))
loss = softmax-loss(h * h, t)
"""


def checked(text: str, of: str, graph_change: object = None, **feeds: object) -> GradientCheck:
    program = chainrule.compile(text)
    graph = program.spec.graph
    parameters = program.params
    if graph_change is not None:
        graph = graph_change(graph)  # type: ignore[operator]  # a function, or None
    return check_gradients(graph, graph.index[of], feeds, parameters, sample=SAMPLE)


def with_factor(name: str, factor: float) -> object:
    """A change of a graph: the first gradient of that operation becomes `factor` times what it should be."""
    right = OPERATIONS[name]

    def wrong(builder: Builder, g: Reference, *rest: object) -> tuple[Reference | None, ...]:
        assert right.vjp is not None
        first, *others = right.vjp(builder, g, *rest)
        assert first is not None
        return (builder.mul(builder.constant(factor), first), *others)

    return replaced(right, wrong)


def replaced(right: Operation, vjp: Callable[..., tuple[Reference | None, ...]]) -> object:
    """A change of a graph: an operation has another reverse rule."""

    def changed(graph: Graph) -> Graph:
        nodes = (
            node._replace(operation=replace(right, vjp=vjp)) if node.operation is right else node
            for node in graph.nodes
        )
        return replace(graph, nodes=tuple(nodes))

    return changed


def test_a_net_passes() -> None:
    rows = np.random.default_rng(0).normal(size=(3, 5))
    result = checked(NET, "loss", x=rows)
    assert result.holds
    assert {tensor.path: tensor.checked for tensor in result.tensors} == {"x": 15, "W": 20, "b": 4}
    assert result.evaluations == 2 * (15 + 20 + 4)


@pytest.mark.parametrize("operation", ["sigmoid", "mul", "affine"])
def test_a_gradient_that_is_wrong_by_1e_4_is_found(operation: str) -> None:
    rows = np.random.default_rng(0).normal(size=(3, 5))
    result = checked(NET, "loss", with_factor(operation, 1 + 1e-4), x=rows)
    assert not result.holds
    worst = next(tensor.worst for tensor in result.tensors if not tensor.holds)
    assert worst is not None
    assert worst.analytic / worst.numerical == pytest.approx(1 + 1e-4, abs=2e-4)


def test_a_graph_of_scalars() -> None:
    text = "input a = 3\ninput b = -0.01\nc = exp(a) / b\noutput y = c * a"
    assert checked(text, "y").holds
    assert not checked(text, "y", with_factor("exp", 0.9999)).holds


def test_large_values_do_not_count_as_wrong() -> None:
    assert checked("input x = 1e5\noutput y = x ** 3 + 1e9", "y").holds


def test_a_sharp_bend_within_the_step_is_no_fault() -> None:
    assert checked("input x = 0.004\noutput y = 1 / x", "y").holds


def test_a_kink_is_left_out_and_named() -> None:
    result = checked("input x = [0.5, 0, -1]\noutput y = sum(relu(x))", "y")
    (tensor,) = result.tensors
    assert tensor.kinks == ((1,),)
    assert tensor.checked == 2
    assert result.holds


def test_a_kink_behind_other_nodes() -> None:
    result = checked("input x = [1, 2]\nparam w = [[1, -0.5], [1, 1]]\noutput y = sum(relu(w @ x))", "y")
    kinks = {tensor.path: tensor.kinks for tensor in result.tensors}
    assert kinks == {"x": ((0,), (1,)), "w": ((0, 0), (0, 1))}


def test_a_node_that_is_no_scalar() -> None:
    text = "input x = [[1, 2], [3, 4]]\nparam w = [[1, -1], [2, 0.5]]\noutput y = x @ w"
    assert checked(text, "y").holds
    assert not checked(text, "y", with_factor("matmul", 1 - 1e-4)).holds


def test_a_sample_of_large_tensors() -> None:
    text = "param w: [50, 40] = normal()\noutput y = sum(w * w)"
    program = chainrule.compile(text)
    graph = program.spec.graph
    for sample, checked_elements in ((SAMPLE, 200), (None, 2000)):
        result = check_gradients(graph, graph.index["y"], {}, program.params, sample=sample)
        assert result.tensors[0].checked == checked_elements
        assert result.holds


def test_a_gradient_that_is_not_finite_does_not_pass() -> None:
    assert not checked("input x = 0\noutput y = log(x)", "y").holds


@pytest.mark.parametrize("formula", ["x ** 2", "1 / x", "log(x)", "sqrt(x)", "x ** 3 - 2 * x", "exp(log(x) / 3)"])
@pytest.mark.parametrize("place", [1e-12, 1e-8, 1e-3, 1.0, 1e3, 1e8, 1e12])
def test_steps_go_by_the_size_of_the_input(place: float, formula: str) -> None:
    text = f"input x = {place}\noutput y = {formula}"
    (tensor,) = checked(text, "y").tensors
    assert tensor.holds
    assert tensor.checked == 1


@pytest.mark.parametrize("operation", ["mul", "div"])
@pytest.mark.parametrize("place", [1e-12, 1e-8, 1.0, 1e8, 1e12, 1e150])
def test_a_wrong_gradient_is_wrong_at_any_size(place: float, operation: str) -> None:
    text = f"input x = {place}\na = x * x\noutput y = a / x"
    result = checked(text, "y", with_factor(operation, 1 + 1e-4))
    assert not result.holds


def test_small_elements_beside_large_ones() -> None:
    text = "input x = [1e-8, 1]\na = log(x)\noutput y = sum(a * [1, 1e-3])"
    assert checked(text, "y").holds
    right = OPERATIONS["mul"]

    def wrong(builder: Builder, g: Reference, *rest: object) -> tuple[Reference | None, ...]:
        assert right.vjp is not None
        first, *others = right.vjp(builder, g, *rest)
        assert isinstance(builder, GraphBuilder)
        assert first is not None
        return (builder.mul(builder.literal((1.0, 1.001), Type("real", (2,))), first), *others)

    (tensor,) = checked(text, "y", replaced(right, wrong)).tensors
    assert not tensor.holds
    assert tensor.worst is not None
    assert tensor.worst.index == (1,)


@pytest.mark.parametrize(
    ("formula", "place"), [("x ** 1.5 + x", 0), ("(1 - x) ** 2.5 + 3 * x", 1), ("(x - 1) ** 2.5 - x", 1)]
)
def test_to_one_side_at_the_border_of_the_domain(formula: str, place: float) -> None:
    (tensor,) = checked(f"input x = {place}\noutput y = {formula}", "y").tensors
    assert tensor.holds
    assert tensor.checked == 1


@pytest.mark.parametrize(
    "text",
    ["input x = 0\noutput y = sqrt(x)", "input x = 1\noutput y = 1e20 + x", "input x = 1\noutput y = (1 - x) ** 0.5"],
)
def test_what_differences_cannot_tell_is_left_out(text: str) -> None:
    result = checked(text, "y")
    assert result.holds
    assert result.tensors[0].untold == ((),)
    assert result.tensors[0].checked == 0


def test_a_kink_beside_the_number_is_stepped_around() -> None:
    (tensor,) = checked("input x = [0.5, 0.00005, -1]\noutput y = sum(relu(x))", "y").tensors
    assert (tensor.checked, tensor.kinks) == (3, ())


def test_what_is_held_is_held_for_differences_too() -> None:
    """detach(x) * x has the slope x, not 2 x; one behind another is held as well."""
    text = "input x = [1.5, -2]\nheld = detach(x * x)\noutput y = sum(detach(held) * x) + sum(exp(detach(x)) * x)"
    program = chainrule.compile(text)
    graph = program.spec.graph
    found = check_gradients(graph, graph.index["y"], {}, {})
    assert found.holds
    assert [(each.path, each.checked) for each in found.tensors] == [("x", 2)]
    assert found.tensors[0].worst is not None
