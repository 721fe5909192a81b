"""Update rules against plain-numpy forms of the papers' formulas, in float64, step by step."""

import math
from collections.abc import Callable, Iterator
from types import MappingProxyType

import numpy as np
import pytest

from chainrule.compiler.derive.optimisers import OPTIMISERS
from chainrule.compiler.derive.training import LEARNING_RATE, STEP_COUNT, TrainingGraph, training_graph
from chainrule.compiler.graph.graph import Graph, GraphBuilder, ParamDeclaration
from chainrule.compiler.graph.signatures import OPTIMISERS as SIGNATURES
from chainrule.compiler.graph.signatures import Invocation
from chainrule.compiler.graph.spec import Spec
from chainrule.compiler.lower.plan import plan
from chainrule.compiler.shape import Type
from chainrule.runtime.arrays import Array, Value
from chainrule.runtime.evaluate.execute import execute

RATE = 0.05
CURVES = np.array([0.5, 1.0, 3.0, 0.01, 2.0, 1.5])


def optimizer(name: str, **arguments: float) -> Invocation:
    defaults = {parameter.name: parameter.default for parameter in SIGNATURES[name].parameters}
    return Invocation(name, MappingProxyType(defaults | {"lr": RATE} | arguments))


def bowl() -> tuple[Graph, int]:
    """sum(c * (V * k - 1) ** 2) + sum(exp(0.3 * W)): a loss of W [2, 3] and V [6], besides one that it misses."""
    builder = GraphBuilder()
    w = builder.param("W", Type("real", (2, 3)), None)
    v = builder.param("V", Type("real", (6,)), None)
    unused = builder.param("U", Type("real", ()), None)
    curves = builder.literal(tuple(CURVES.tolist()), Type("real", (6,)))
    away = builder.sub(v, builder.constant(1.0))
    first = builder.sum(builder.mul(curves, builder.mul(away, away)))
    second = builder.sum(builder.exp(builder.mul(builder.constant(0.3), w)))
    loss = builder.add(first, second)
    params = {"W": ParamDeclaration(w, 0), "V": ParamDeclaration(v, 0), "U": ParamDeclaration(unused, 0)}
    return Graph(tuple(builder.nodes), {}, params, (loss,), frozenset(), {}, {}), loss


def gradients(values: dict[str, Array]) -> dict[str, Array]:
    """The gradients of `bowl`, by hand."""
    return {"W": 0.3 * np.exp(0.3 * values["W"]), "V": 2 * CURVES * (values["V"] - 1)}


def start() -> dict[str, Array]:
    generator = np.random.default_rng(3)
    return {"W": generator.normal(size=(2, 3)), "V": generator.normal(size=6)}


def steps(made: TrainingGraph, precision: str = "float64") -> Iterator[dict[str, Array]]:
    """The parameters after each step."""
    computed = plan(made.graph, made.targets, {}, precision, scalar=False)  # type: ignore[arg-type]  # either precision
    values: dict[str, Value] = {path: value.astype(precision) for path, value in start().items()}
    for path, state in made.states.items():
        values[path] = np.zeros_like(values[state.parameter])
    step = 0
    while True:
        step += 1
        feeds = values | {LEARNING_RATE: np.asarray(RATE, precision), STEP_COUNT: np.asarray(step, precision)}
        results = execute(computed, feeds)
        changed = {path: update.value for path, update in made.parameters.items()}
        changed |= {path: update.value for path, update in made.states.items()}
        for path, index in changed.items():
            new = results[index]
            assert isinstance(new, np.ndarray)
            assert new.dtype == precision
            values[path] = new
        yield {path: np.asarray(values[path]) for path in made.parameters}


Step = Callable[[Array, Array, dict[str, Array], int], Array]


def sgd(p: Array, g: Array, state: dict[str, Array], t: int) -> Array:
    return p - RATE * g


def momentum(p: Array, g: Array, state: dict[str, Array], t: int) -> Array:
    state["v"] = 0.9 * state.get("v", 0.0) + g
    return p - RATE * state["v"]


def nesterov(p: Array, g: Array, state: dict[str, Array], t: int) -> Array:
    state["v"] = 0.9 * state.get("v", 0.0) + g
    return p - RATE * (g + 0.9 * state["v"])


def adagrad(p: Array, g: Array, state: dict[str, Array], t: int) -> Array:
    state["s"] = state.get("s", 0.0) + g**2
    return p - RATE * g / (np.sqrt(state["s"]) + 1e-10)


def rmsprop(p: Array, g: Array, state: dict[str, Array], t: int) -> Array:
    state["s"] = 0.99 * state.get("s", 0.0) + 0.01 * g**2
    return p - RATE * g / (np.sqrt(state["s"]) + 1e-8)


def adam(p: Array, g: Array, state: dict[str, Array], t: int) -> Array:
    state["m"] = 0.9 * state.get("m", 0.0) + 0.1 * g
    state["s"] = 0.999 * state.get("s", 0.0) + 0.001 * g**2
    return p - RATE * (state["m"] / (1 - 0.9**t)) / (np.sqrt(state["s"] / (1 - 0.999**t)) + 1e-8)


def adamw(p: Array, g: Array, state: dict[str, Array], t: int) -> Array:
    return adam(p * (1 - RATE * 0.01), g, state, t)


RULES: dict[str, Step] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adamw,
}


Arrays = dict[str, Array]


def expected(rule: Step, change: Callable[[Arrays, Arrays], Arrays]) -> Iterator[Arrays]:
    values = start()
    states: dict[str, dict[str, Array]] = {path: {} for path in values}
    step = 0
    while True:
        step += 1
        arriving = change(gradients(values), values)
        values = {path: rule(value, arriving[path], states[path], step) for path, value in values.items()}
        yield values


def unchanged(gradient: dict[str, Array], values: dict[str, Array]) -> dict[str, Array]:
    return gradient


def decayed(gradient: dict[str, Array], values: dict[str, Array]) -> dict[str, Array]:
    return {path: gradient[path] + 0.02 * values[path] for path in values}


def clipped(gradient: dict[str, Array], values: dict[str, Array]) -> dict[str, Array]:
    return {path: np.maximum(np.minimum(array, 0.7), -0.7) for path, array in gradient.items()}


def shortened(gradient: dict[str, Array], values: dict[str, Array]) -> dict[str, Array]:
    norm = math.sqrt(math.fsum(float(x) ** 2 for array in gradient.values() for x in array.ravel()))
    return {path: array * min(1.0, 1.3 / norm) for path, array in gradient.items()}


def follow(made: TrainingGraph, wanted: Iterator[dict[str, Array]], count: int = 60, tolerance: float = 1e-12) -> None:
    for _, found, right in zip(range(count), steps(made), wanted, strict=False):
        for path, value in right.items():
            np.testing.assert_allclose(found[path], value, rtol=tolerance, atol=tolerance, err_msg=path)


def test_every_optimiser_that_may_be_written_exists() -> None:
    assert list(OPTIMISERS) == list(SIGNATURES) == list(RULES)


@pytest.mark.parametrize("name", RULES)
def test_rule(name: str) -> None:
    graph, loss = bowl()
    follow(training_graph(graph, loss, optimizer(name)), expected(RULES[name], unchanged))


@pytest.mark.parametrize("name", [name for name in RULES if name != "adamw"])
def test_weight_decay_goes_into_the_gradient(name: str) -> None:
    graph, loss = bowl()
    follow(training_graph(graph, loss, optimizer(name, weight_decay=0.02)), expected(RULES[name], decayed))


@pytest.mark.parametrize("name", RULES)
def test_clip_value(name: str) -> None:
    graph, loss = bowl()
    follow(training_graph(graph, loss, optimizer(name, clip_value=0.7)), expected(RULES[name], clipped))


@pytest.mark.parametrize("name", RULES)
def test_clip_norm_is_of_all_parameters_together(name: str) -> None:
    graph, loss = bowl()
    follow(training_graph(graph, loss, optimizer(name, clip_norm=1.3)), expected(RULES[name], shortened))


def test_adam_keeps_its_digits_in_float32() -> None:
    graph, loss = bowl()
    made = training_graph(graph, loss, optimizer("adam"))
    for _, found, right in zip(range(3), steps(made, "float32"), steps(made), strict=False):
        np.testing.assert_allclose(found["V"], right["V"], rtol=1e-6, atol=1e-6)


def test_clip_norm_leaves_zero_gradients_alone() -> None:
    builder = GraphBuilder()
    p = builder.param("p", Type("real", ()), None)
    loss = builder.mul(builder.constant(0.0), p)
    graph = Graph(tuple(builder.nodes), {}, {"p": ParamDeclaration(p, 1.0)}, (loss,), frozenset(), {}, {})
    made = training_graph(graph, loss, optimizer("sgd", clip_norm=1.0))
    for scalar in (True, False):
        computed = plan(made.graph, made.targets, {}, "float64", scalar=scalar)
        feed = float if scalar else np.asarray
        results = execute(computed, {"p": feed(2.0), LEARNING_RATE: feed(0.1), STEP_COUNT: feed(1.0)})
        assert results[made.parameters["p"].value] == 2.0


def test_a_parameter_that_the_loss_misses_is_left_out() -> None:
    graph, loss = bowl()
    made = training_graph(graph, loss, optimizer("adam"))
    assert sorted(made.parameters) == ["V", "W"]
    assert sorted(made.states) == ["V mean", "V square", "W mean", "W square"]
    assert made.graph.nodes[: len(graph.nodes)] == graph.nodes


def test_groups_with_one_rate_share_its_leaf(spec: Callable[..., Spec]) -> None:
    groups = """[
      group("a", lr = 0.5), group("b", lr = 0.5), group("c", lr = 0.1), group("d", frozen = true)
    ]"""
    text = "".join(f"param {name} = 2\n" for name in "abcde") + "loss = (a + b + c + d + e) ** 2\n"
    made_of = spec(f"{text}train {{ minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 1 ; groups = {groups} }}\n")
    assert made_of.train is not None
    train = made_of.train
    made = training_graph(made_of.full, train.minimize, train.optimizer, train.groups)
    other = f"{LEARNING_RATE} 0.5"
    assert made.rates == {LEARNING_RATE: 0.1, other: 0.5}
    assert {path: each.rate for path, each in made.parameters.items()} == {
        "a": other, "b": other, "c": LEARNING_RATE, "e": LEARNING_RATE
    }  # fmt: skip
    assert made.frozen == ("d",)
    fed = [node.path for node in made.graph.nodes if node.operation.name == "fed"]
    assert sorted(fed) == sorted([*made.rates, STEP_COUNT])


def test_a_step_changes_the_states_that_have_a_next_value(spec: Callable[..., Spec]) -> None:
    text = (
        "input x = 1\nparam w = 2\nstate seen = 0\nstate still = 1\nnext seen = seen + x\nloss = w * x + still + seen\n"
    )
    made_of = spec(f"{text}train {{ minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 1 }}\n")
    assert made_of.train is not None
    made = training_graph(made_of.full, made_of.train.minimize, made_of.train.optimizer)
    seen = made_of.full.states["seen"]
    assert {path: (each.leaf, each.value) for path, each in made.next.items()} == {"seen": (seen.index, seen.next)}


def test_states_know_their_parameters_and_shapes() -> None:
    graph, loss = bowl()
    made = training_graph(graph, loss, optimizer("momentum"))
    state = made.states["W velocity"]
    assert state.parameter == "W"
    assert made.graph.nodes[state.leaf].type == made.graph.nodes[made.parameters["W"].leaf].type
    assert made.graph.nodes[state.leaf].path == "W velocity"


@pytest.mark.parametrize("name", RULES)
def test_scalar_graphs_train_on_floats(name: str) -> None:
    builder = GraphBuilder()
    p = builder.param("p", Type("real", ()), None)
    loss = builder.mul(p, p)
    graph = Graph(tuple(builder.nodes), {}, {"p": ParamDeclaration(p, 1.0)}, (loss,), frozenset(), {}, {})
    made = training_graph(graph, loss, optimizer(name, clip_value=1.0, clip_norm=5.0))
    on_floats = plan(made.graph, made.targets, {}, "float64", scalar=made.graph.scalar)
    on_arrays = plan(made.graph, made.targets, {}, "float64", scalar=False)
    assert on_floats.scalar
    feeds: dict[str, Value] = {"p": 2.0, LEARNING_RATE: 0.1, STEP_COUNT: 1.0, **dict.fromkeys(made.states, 0.0)}
    arrays: dict[str, Value] = {path: np.asarray(value) for path, value in feeds.items()}
    left = execute(on_floats, feeds)[made.parameters["p"].value]
    right = execute(on_arrays, arrays)[made.parameters["p"].value]
    assert isinstance(left, float)
    assert left == pytest.approx(float(right), rel=1e-15)  # type: ignore[arg-type]  # a target has its value


# --- against torch, with `pytest -m proof` ----------------------------------------------------------------------

TWINS: dict[str, tuple[str, dict[str, float | bool]]] = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
}


@pytest.mark.proof
@pytest.mark.parametrize("decay", [0.0, 0.02])
@pytest.mark.parametrize("clip", [{}, {"clip_value": 0.7}, {"clip_norm": 1.3}])
@pytest.mark.parametrize("name", TWINS)
def test_steps_of_torch(name: str, clip: dict[str, float], decay: float) -> None:
    torch = pytest.importorskip("torch")
    graph, loss = bowl()
    w, v = (torch.tensor(start()[path], requires_grad=True) for path in ("W", "V"))
    curves = torch.tensor(CURVES)
    twin, settings = TWINS[name]
    theirs = getattr(torch.optim, twin)([w, v], lr=RATE, weight_decay=decay, **settings)
    # torch divides by the norm plus 1e-6.
    tolerance = 1e-4 if "clip_norm" in clip else 1e-11
    ours = steps(training_graph(graph, loss, optimizer(name, weight_decay=decay, **clip)))
    # Not more steps: around its minimum rmsprop bounces, and doubles a difference in the last bit at every step.
    for _, found in zip(range(100), ours, strict=False):
        theirs.zero_grad()
        ((curves * (v - 1) ** 2).sum() + torch.exp(0.3 * w).sum()).backward()
        if "clip_value" in clip:
            torch.nn.utils.clip_grad_value_([w, v], clip["clip_value"])
        if "clip_norm" in clip:
            torch.nn.utils.clip_grad_norm_([w, v], clip["clip_norm"])
        theirs.step()
        for path, tensor in (("W", w), ("V", v)):
            np.testing.assert_allclose(found[path], tensor.detach().numpy(), rtol=tolerance, atol=tolerance)


# --- against optax, with `pytest -m proof` ----------------------------------------------------------------------

OPTAX: dict[str, tuple[str, dict[str, float | bool]]] = {
    "sgd": ("sgd", {}),
    "momentum": ("sgd", {"momentum": 0.9}),
    "nesterov": ("sgd", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("adagrad", {"initial_accumulator_value": 0, "eps": 0}),
    "rmsprop": ("rmsprop", {"decay": 0.99, "eps_in_sqrt": False}),
    "adam": ("adam", {}),
    "adamw": ("adamw", {}),
}


@pytest.mark.proof
@pytest.mark.parametrize("decay", [0.0, 0.02])
@pytest.mark.parametrize("clip", [{}, {"clip_value": 0.7}, {"clip_norm": 1.3}])
@pytest.mark.parametrize("name", OPTAX)
def test_steps_of_optax(name: str, clip: dict[str, float], decay: float) -> None:
    optax, jax = pytest.importorskip("optax"), pytest.importorskip("jax")
    graph, loss = bowl()
    twin, settings = OPTAX[name]
    with jax.enable_x64(True):
        before = [optax.clip(clip["clip_value"])] if "clip_value" in clip else []
        before += [optax.clip_by_global_norm(clip["clip_norm"])] if "clip_norm" in clip else []
        if name == "adamw":
            settings = {**settings, "weight_decay": decay}
        else:
            before.append(optax.add_decayed_weights(decay))
        theirs = optax.chain(*before, getattr(optax, twin)(RATE, **settings))
        values = {path: jax.numpy.asarray(value) for path, value in start().items()}
        state = theirs.init(values)
        eps = {"eps": 0.0} if name == "adagrad" else {}  # optax has it under the root
        ours = steps(training_graph(graph, loss, optimizer(name, weight_decay=decay, **eps, **clip)))
        for _, found in zip(range(100), ours, strict=False):
            slopes = gradients({path: np.asarray(value) for path, value in values.items()})
            changes, state = theirs.update({path: jax.numpy.asarray(g) for path, g in slopes.items()}, state, values)
            values = optax.apply_updates(values, changes)
            for path, value in values.items():
                np.testing.assert_allclose(found[path], np.asarray(value), rtol=1e-11, atol=1e-11)
