"""Gradients of random graphs against central differences, and against JAX where it is installed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule
from chainrule.compiler.derive.gradients import UPSTREAM, default_of, gradient_graph, paths_with_gradients
from chainrule.compiler.graph.spec import Spec
from chainrule.compiler.shape import Clash
from chainrule.grammar.spec_error import SpecError
from chainrule.program.program import Program

Compile = Callable[..., Spec]
Array = Any

UNARY = (
    *("tanh({0})", "sigmoid({0})", "softplus({0})", "exp(tanh({0}))", "log(softplus({0}) + 0.5)", "-{0}", "{0}"),
    *("sqrt(softplus({0}) + 0.5)", "identity({0})", "2 * {0}", "{0} / 3", "{0} -> tanh -> mul(0.5)"),
)
BINARY = (
    *("{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} / (softplus({1}) + 0.5)", "{0} + {0}", "{0} * {0} - {1}"),
    *("(softplus({0}) + 0.5) ** tanh({1})", "add({1}, b = {0})"),
)
START = {
    "scalar": "input x = 0.3\ninput z = -0.7\nparam w = 0.9\n",
    "tensor": "input x = [[0.3, -0.4, 0.8], [1.1, -0.9, 0.2]]\ninput z = 0.6\nparam w = [-0.5, 0.7, 1.2]\n",
}
TENSORS = (
    *("{0} @ [[0.3, 0.4, -0.2], [0.5, -0.6, 0.1], [0.2, 0.9, -0.3]]", "softmax({0})", "log-softmax({0})"),
    *(
        "{0} * (sum({1}, axis = 1) @ [0.4, -0.3])",
        "{0} - mean({1})",
        "affine({0}, [[1, 2, 0.5], [0.1, 1, 1], [2, 0, 1]], w)",
    ),
    *("{0} / 2 + transpose(transpose({1}))", "flatten({0}) * mse({1}, {0} * 0.5)"),
)
"""Forms whose operands and values are [2, 3]."""


@st.composite
def specs(draw: st.DrawFn, kind: str) -> str:
    """A spec whose statements use any earlier ones, several times too; `loss` is a scalar of all of them."""
    lines = []
    wide = ["x"] if kind == "tensor" else []
    names = ["x", "z", "w"]
    for number in range(draw(st.integers(1, 7))):
        name = f"y{number}"
        if wide and draw(st.sampled_from([True, False])):
            form = draw(st.sampled_from(TENSORS))
            operands = [draw(st.sampled_from(wide)), draw(st.sampled_from(wide))]
        else:
            form = draw(st.sampled_from((*UNARY, *BINARY)))
            operands = [draw(st.sampled_from(names)), draw(st.sampled_from(names))]
        lines.append(f"{name} = tanh({form.format(*operands)})")
        names.append(name)
        if wide and form in TENSORS:
            wide.append(name)
    used = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
    terms = " + ".join(f"{index + 1} * sum({name})" for index, name in enumerate([names[-1], *used]))
    return START[kind] + "\n".join(lines) + f"\nloss = {terms}\n"


def differences(program: Program, path: str, values: dict[str, Array], step: float = 1e-6) -> Array:
    """The gradient of `loss` by central differences."""
    value = values[path]
    found = np.zeros_like(value)
    call = program.function("loss")
    for place in np.ndindex(value.shape):
        sides = []
        for sign in (1, -1):
            moved = value.copy()
            moved[place] += sign * step
            sides.append(call(**{**values, path: moved})[0])
        found[place] = (sides[0] - sides[1]) / (2 * step)
    return found


def given_values(program: Program) -> dict[str, Array]:
    graph = program.spec.graph
    values = {path: np.asarray(each.default, float) for path, each in graph.inputs.items()}
    return {**values, **{path: np.asarray(value, float) for path, value in program.params.items()}}


@pytest.mark.parametrize("kind", START)
@settings(max_examples=60)
@given(data=st.data())
def test_gradients_are_slopes(kind: str, data: st.DataObject) -> None:
    program = chainrule.compile(data.draw(specs(kind)))
    values = given_values(program)
    gradients = program.grad("loss")
    for path, value in values.items():
        assert gradients[path].shape == value.shape
        np.testing.assert_allclose(gradients[path], differences(program, path, values), rtol=1e-6, atol=1e-7)


@settings(max_examples=40)
@given(data=st.data())
def test_floats_and_arrays_agree(data: st.DataObject) -> None:
    """A graph of scalars is computed on floats; beside a tensor, on arrays."""
    text = data.draw(specs("scalar"))
    scalar, tensor = chainrule.compile(text), chainrule.compile(text + "tensor = [1, 2]\n")
    assert scalar.spec.graph.scalar
    assert not tensor.spec.graph.scalar
    for one, other in ((scalar.run(), tensor.run()), (scalar.grad("loss"), tensor.grad("loss"))):
        for path, value in one.items():
            np.testing.assert_allclose(other[path], value, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", START)
@settings(max_examples=25)
@given(data=st.data())
def test_gradients_of_gradients_are_slopes_of_gradients(kind: str, data: st.DataObject) -> None:
    text = data.draw(specs(kind))
    by = chainrule.compile(
        f"{text}expect sum(d(loss)/d(x) * d(loss)/d(x)) >= 0\nexpect d(sum(d(loss)/d(x)))/d(w) == w\n"
    )
    first, second = by.test()
    assert first.holds
    program = chainrule.compile(text)
    values = given_values(program)
    step, found = 1e-5, np.zeros_like(values["w"])
    for place in np.ndindex(found.shape):
        sides = []
        for sign in (1, -1):
            moved = values["w"].copy()
            moved[place] += sign * step
            program.params = {"w": moved}
            sides.append(program.grad("loss")["x"].sum())
        found[place] = (sides[0] - sides[1]) / (2 * step)
    assert second.left is not None
    np.testing.assert_allclose(second.left, found, rtol=1e-4, atol=1e-5)


@settings(max_examples=20)
@given(data=st.data())
def test_jax_agrees(data: st.DataObject) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    program = chainrule.compile(data.draw(specs("tensor")))
    graph, values = program.spec.graph, given_values(program)

    def loss(fed: dict[str, Array]) -> Array:
        found: list[Array] = []
        for node in graph.nodes:
            operands = [found[operand] for operand in node.inputs]
            leaf = node.operation.name in ("input", "param")
            found.append(fed[node.path] if leaf else node.operation.forward(jax.numpy, *operands, *node.attributes))
        return found[graph.index["loss"]]

    judge = jax.grad(loss)(values)
    gradients = program.grad("loss")
    for path in values:
        np.testing.assert_allclose(gradients[path], judge[path], rtol=1e-9, atol=1e-12)


# --- whose gradients --------------------------------------------------------------------------------------------

TEXT = """input x = [1, 2]
input t: int[2] = [0, 1]
input idle = 3
param w = 2
block f(a) {
  h = exp(a)
  return relu(h) * 1
}
y = f(x) * w -> tanh as z -> mul(2)
other = x * 3
loss = sum(y * t)
"""


def test_every_real_leaf_and_every_named_node_in_between(spec: Compile) -> None:
    graph = spec(TEXT).graph
    found = paths_with_gradients(graph, graph.index["loss"])
    assert found == ["x", "idle", "w", "y.f.h", "z", "y", "loss"]
    everything = paths_with_gradients(graph, graph.index["loss"], unnamed=True)
    assert set(everything) > set(found)
    assert "y.f.relu" in everything
    assert "other" not in everything


def test_names_that_lead_to_one_node_all_have_its_gradient() -> None:
    program = chainrule.compile("input x = 2\ny = x -> repeat 2 { tanh } as tail\nloss = y * 3\n")
    gradients = program.grad("loss")
    assert gradients["y"] == gradients["tail"] == 3


def test_an_input_that_has_no_part_gets_zeros() -> None:
    gradients = chainrule.compile(TEXT).grad("loss")
    assert gradients["idle"] == 0
    assert "t" not in gradients


def test_an_upstream_gradient_is_fed(spec: Compile) -> None:
    graph = spec(TEXT).graph
    made = gradient_graph(graph, graph.index["y"], ["x"], upstream=True)
    assert [node.path for node in made.graph.nodes if node.operation.name == "fed"] == [UPSTREAM]
    assert made.targets == (graph.index["y"], made.gradients["x"])
    assert made.graph.nodes[: len(graph.nodes)] == graph.nodes
    with pytest.raises(Clash):
        gradient_graph(graph, graph.index["y"], ["x"], upstream=False)
    upstream = np.array([0.5, -2.0])
    program = chainrule.compile(TEXT, set={"w": 0.1})
    found = program.grad("y", upstream=upstream)["x"]
    values = program.run()
    slope = 2 * (1 - values["z"] ** 2) * 0.1 * np.exp([1, 2])
    np.testing.assert_allclose(found, upstream * slope, rtol=1e-12)


@pytest.mark.parametrize(
    ("more", "of"),
    [
        ("train { minimize = a ; optimizer = sgd(lr = 0.1) ; steps = 1 }", "a"),
        ("train { minimize = a + b ; optimizer = sgd(lr = 0.1) ; steps = 1 }", "train.minimize"),
        ("output b", "b"),
        ("output b\noutput v = [1, 2] * x", "b"),
        ("output v = [1, 2] * x", "v"),
    ],
)
def test_what_is_differentiated_unless_told(spec: Compile, more: str, of: str) -> None:
    assert default_of(spec(f"input x = 1\nparam w = 2\na = w * x\nb = a * a\n{more}\n")) == of


def test_several_that_could_be_meant_are_named(spec: Compile) -> None:
    with pytest.raises(SpecError, match=r"(?s)^test.graph:2:12: .*say of what: `a`, `b`"):
        default_of(spec("input x = 1\noutput a = x * 2\noutput b = x * 3\n"))
