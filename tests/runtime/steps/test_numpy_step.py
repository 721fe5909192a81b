"""Compiled steps have the bits of the plain executor, whatever the graph, the passes, the memory and the cache."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planned import CACHED, FOLDED, WAYS, recalled_as_text, same, trainers

from chainrule.compiler.compile import compiled, compiled_file
from chainrule.compiler.derive.training import training_graph
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile, load
from chainrule.runtime.evaluate.parameters import initial_parameters
from chainrule.runtime.steps.trainer import Trainer

SPECS = sorted((Path(__file__).parents[3] / "specs").glob("*.graph"))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec(path: Path) -> None:
    program = load(path)
    if program.spec.train is None:
        return
    job = program._trainings.job(program.precision)
    again = recalled_as_text(compiled_file(path))
    assert again.train is not None
    cached = training_graph(again.full, again.train.minimize, again.train.optimizer, again.train.groups)
    initial = job.initial or initial_parameters(job.training.graph, job.dims, job.section.seed, job.precision)
    made = {
        name: Trainer(
            cached if name == CACHED else job.training, job.section.optimizer, initial, job.precision, job.dims, **way
        )
        for name, way in WAYS.items()
    }
    batches: list[dict[str, Any]] = [{}] * 3
    if job.data is not None and job.minibatches is not None:
        rows = [job.minibatches.at(step) for step in (0, 1, job.epoch_steps - 1)]
        batches = [{path: array[each] for path, array in job.data.inputs.items()} for each in rows]
    same(made, batches)


NET = """
dim N
input x: [N, 4]
input t: int[N]
param W1: [4, 9] = he()
param b1: [9] = normal(std = 0.1)
param W2: [9, 3] = he()
param b2: [3] = zeros()
param unused: [2] = ones()
loss = softmax-loss(affine(relu(affine(x, W1, b1)), W2, b2), t)
train { minimize = loss ; optimizer = OPTIMIZER ; steps = 10 ; precision = PRECISION }
"""

OPTIMIZERS = (
    "sgd(lr = 0.1)", "sgd(lr = 0.1, weight_decay = 0.01)", "sgd(lr = 0.1, clip_norm = 0.1)", "momentum(lr = 0.1)",
    "nesterov(lr = 0.1)", "adagrad(lr = 0.1)", "rmsprop(lr = 0.01)", "adam(lr = 0.01, clip_value = 0.01)",
    "adamw(lr = 0.01)",
)  # fmt: skip


def batch(rows: int, seed: int, precision: str) -> dict[str, Any]:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(rows, 4)).astype(precision)
    x[generator.random(x.shape) < 0.3] = 0
    return {"x": x, "t": generator.integers(3, size=rows)}


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimiser(optimizer: str, precision: str) -> None:
    made = trainers(NET.replace("OPTIMIZER", optimizer).replace("PRECISION", precision))
    same(made, [batch(rows, seed, precision) for seed, rows in enumerate((16, 16, 5, 1, 16))])


def test_large_updates_go_block_by_block() -> None:
    text = """
param w: [400, 400] = normal()
loss = mean((w - 1) ** 2)
train { minimize = loss ; optimizer = adam(lr = 0.01) ; steps = 3 }
"""
    same(trainers(text), [{}] * 3)


def test_parts_of_gradients_lie_in_order_before_products() -> None:
    text = (
        "dim N\ninput x: [N, 3]\nparam W: [3, 1] = normal()\nh = concat(x @ W, x, axis = 1)\nloss = sum(tanh(h))\n"
        "train { minimize = loss ; optimizer = momentum(lr = 0.1) ; steps = 3 }\n"
    )
    chance = np.random.default_rng(7)
    same(trainers(text), [{"x": chance.normal(size=(rows, 3))} for rows in (4, 5, 16)])


def test_folded_updates_agree_with_those_apart() -> None:
    text = NET.replace("OPTIMIZER", "sgd(lr = 0.1)").replace("PRECISION", "float64")
    exact = trainers(text)["optimised"]
    spec = compiled(Source("test.graph", text), Path()).spec
    assert spec.train is not None
    training = training_graph(spec.full, spec.train.minimize, spec.train.optimizer, spec.train.groups)
    folded = Trainer(training, spec.train.optimizer, exact.params, "float64", {})
    again = Trainer(training, spec.train.optimizer, exact.params, "float64", {})
    for seed in range(5):
        feeds = batch(16, seed, "float64")
        loss = folded.step(feeds)
        assert loss == pytest.approx(exact.step(feeds), rel=1e-12)
        assert again.step(feeds) == loss
    for path, value in exact.params.items():
        np.testing.assert_allclose(folded.params[path], value, rtol=1e-12, atol=1e-15)
        assert folded.params[path].tobytes() == again.params[path].tobytes()
    assert not exact.folded


def folding_trainers(text: str) -> dict[str, Trainer]:
    return trainers(text, FOLDED)


@pytest.mark.parametrize("rows", [1, 2, 16])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_updates_may_be_folded_while_the_reverse_pass_runs(precision: str, rows: int) -> None:
    made = folding_trainers(NET.replace("OPTIMIZER", "sgd(lr = 0.1)").replace("PRECISION", precision))
    assert all(trainer.folded for trainer in made.values())
    same(made, [batch(rows, seed, precision) for seed in range(4)])


def test_a_deep_net_keeps_one_value_a_layer_where_updates_are_folded_early() -> None:
    layers, width, rows = 12, 64, 32
    lines = ["dim N", f"input h0: [N, {width}]", "input t: int[N]"]
    for layer in range(layers):
        lines += [f"param W{layer}: [{width}, {width}] = he()", f"param b{layer}: [{width}] = zeros()"]
        lines.append(f"h{layer + 1} = relu(affine(h{layer}, W{layer}, b{layer}))")
    lines += [f"loss = softmax-loss(h{layers}, t)", "train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 1 }"]
    trainer = trainers("\n".join(lines), FOLDED)["early"]
    generator = np.random.default_rng(0)
    trainer.step(h0=generator.normal(size=(rows, width)), t=generator.integers(width, size=rows))
    assert trainer.compiled is not None
    assert trainer.compiled.source.arena < (layers + 5) * rows * width * 4


@pytest.mark.parametrize(("factor", "said"), [("3e38", "inf"), ("1e12", "became too large")])
def test_a_gradient_that_is_lost_after_weights_have_changed_ends_the_step(factor: str, said: str) -> None:
    text = f"""
input x: [2, 2]
param A: [2, 2] = ones()
param B: [2, 2] = ones()
loss = sum((x @ A * {factor}) @ B)
train {{ minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 1 ; precision = float32 }}
"""
    trainer = trainers(text, FOLDED)["early"]
    assert trainer.folded == ("A", "B")
    with pytest.raises(SpecError) as caught:
        trainer.step(x=np.full((2, 2), 1e-32, "float32"))
    assert caught.value.diagnostics[0].code == "G501"
    assert said in caught.value.diagnostics[0].message
    assert trainer.steps == 0


@pytest.mark.parametrize("optimise", [True, False])
def test_a_parameter_may_be_fed(optimise: bool) -> None:
    text = """
input x: [80, 80]
param A: [80, 80] = normal(std = 0.1)
param B: [80, 80] = normal(std = 0.1)
loss = mean((tanh(x @ A) @ B - x) ** 2)
train { minimize = loss ; optimizer = sgd(lr = 5) ; steps = 3 ; precision = float64 }
"""
    made = trainers(text, {"shared": {"optimise": optimise}, "apart": {"optimise": optimise}})
    assert made["shared"].folded == (("A", "B") if optimise else ())
    for _ in range(3):
        loss = made["apart"].step(x=made["apart"].params["A"].copy())
        assert made["shared"].step(x=made["shared"].params["A"]) == loss
    for path, value in made["apart"].params.items():
        assert made["shared"].params[path].tobytes() == value.tobytes()


def test_products_of_parameters_are_not_folded() -> None:
    text = """
input x: [3, 3]
param A: [3, 3] = normal()
param B: [3, 3] = normal()
loss = mean(transpose(A @ B) * x)
train { minimize = loss ; optimizer = sgd(lr = 0.5) ; steps = 3 ; precision = float64 }
"""
    made = trainers(text, {"plain": {"optimise": False}, "folding allowed": {}})
    same(made, [{"x": np.arange(9.0).reshape(3, 3)}] * 3)


@pytest.mark.parametrize("label", [-1, 3, 2**40, -(2**40)])
def test_labels_that_are_no_class_are_taken_as_the_plain_executor_does(label: int) -> None:
    feeds = batch(8, 0, "float32")
    feeds["t"][3] = label
    same(trainers(NET.replace("OPTIMIZER", "sgd(lr = 0.1)").replace("PRECISION", "float32")), [feeds])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -0.0])
def test_extreme_inputs(value: float) -> None:
    feeds = batch(8, 0, "float32")
    feeds["x"][3, 1] = value
    same(trainers(NET.replace("OPTIMIZER", "momentum(lr = 0.1)").replace("PRECISION", "float32")), [feeds] * 2)


CLASS_LOSSES = (
    "softmax-loss(s, t)", "softmax-loss(s, t, weight = w)", "softmax-loss(s, t, weight = w, smoothing = 0.1)",
    "softmax-loss(s, q)", "softmax-loss(s, q, weight = w)", "softmax-loss(s, t, smoothing = 0.1)",
    "cross-entropy(softmax(s), t, weight = w)", "cross-entropy(softmax(s), q)", "softmax-loss(log-softmax(s), q)",
)  # fmt: skip
CLASS_NET = """
dim N
input x: [N, 4]
input t: int[N]
input q: [N, 3]
input w: [N]
param W: [4, 3] = he()
s = x @ W
loss = LOSS
train { minimize = loss ; optimizer = adam(lr = 0.1) ; steps = 1 ; precision = float32 }
"""


def class_batch(rows: int, seed: int) -> dict[str, Any]:
    generator = np.random.default_rng(seed)
    soft, weight = generator.dirichlet([1, 1, 1], rows), generator.integers(3, size=rows)
    return {**batch(rows, seed, "float32"), "q": soft.astype("float32"), "w": weight.astype("float32")}


@pytest.mark.parametrize("loss", CLASS_LOSSES)
def test_class_losses_have_the_bits_of_the_plain_executor(loss: str) -> None:
    same(trainers(CLASS_NET.replace("LOSS", loss)), [class_batch(rows, rows) for rows in (300, 7, 1)])


STEADY = [pytest.param(NET.replace("OPTIMIZER", "adam(lr = 0.1)").replace("PRECISION", "float32"), batch, id="net")] + [
    pytest.param(CLASS_NET.replace("LOSS", loss), lambda rows, seed, _: class_batch(rows, seed), id=loss)
    for loss in CLASS_LOSSES
]


@pytest.mark.parametrize(("text", "made"), STEADY)
def test_a_steady_step_allocates_nothing(text: str, made: Callable[..., dict[str, Any]]) -> None:
    tracemalloc = pytest.importorskip("tracemalloc")
    trainer = compile(text).trainer()
    feeds = made(2000, 0, "float32")
    for _ in range(3):
        trainer.step(feeds)
    tracemalloc.start()
    try:
        trainer.step(feeds)
        start, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for _ in range(100):
            trainer.step(feeds)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept - start < 4096, "less than 41 bytes a step: other threads of the test's process allocate too"
    buffered = np.lib.NumpyVersion(np.__version__) < "2.3.0"  # these add the numbers of each row in buffers of 8,192
    assert peak - start < (65536 if buffered else 4096)


# --- random graphs whose values may be extreme; test_random_programs has more of the others ------------------------

UNARY = [
    "relu", "sigmoid", "tanh", "softplus", "exp", "-X", "X*X", "X*1", "X-0", "X+(-0.0)", "X/1", "sum(X,axis=0)",
    "softmax", "log-softmax", "-(-X)",
]  # fmt: skip
BINARY = ["A + B", "A - B", "A * B", "A / (1 + B * B)", "relu(A) * B", "A * 2 - B"]
MATRIX = [
    "affine(A, W, b)", "A @ W", "A @ transpose(B) @ A", "transpose(transpose(A) * 2) + B", "A + b",
    "relu(affine(A, W, c))",
    "A * s", "transpose(sigmoid(transpose(A)))", "A + sum(B, axis = 0)", "A @ transpose(W)", "mean(A, axis = 0) * B",
]  # fmt: skip
LOSSES = [
    "mean(A)",
    "mse(A, B)",
    "quadratic-loss(A, x)",
    "softmax-loss(A, t)",
    "sum(A * B)",
    "cross-entropy(softmax(A), t)",
]


def _applied(template: str, operand: str) -> str:
    return template.replace("X", operand) if "X" in template else f"{template}({operand})"


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A spec of a random net on rows of three numbers; some of its losses are not finite."""
    lines = ["dim N", "input x: [N, 3]", "input t: int[N]", "param W: [3, 3] = normal(std = 0.5)"]
    lines += ["param b: [3] = normal(std = 0.5)", "param c: [1] = ones()", "param s = 0.5", "param V: [3, 3] = zeros()"]
    names = ["x", "affine(x, W, b)", "x * s"]
    for number in range(draw(st.integers(1, 9))):
        kind = draw(st.sampled_from(["unary", "binary", "matrix"]))
        first, second = draw(st.sampled_from(names)), draw(st.sampled_from(names[-3:]))
        if kind == "unary":
            text = _applied(draw(st.sampled_from(UNARY)), first)
            text = f"{text} + {second}" if "sum" in text else text
        else:
            template = draw(st.sampled_from(BINARY if kind == "binary" else MATRIX))
            text = template.replace("A", f"({first})").replace("B", f"({second})")
        lines.append(f"n{number} = {text}")
        names.append(f"n{number}")
    template = draw(st.sampled_from(LOSSES))
    first, second = names[-1], draw(st.sampled_from(names))
    loss = template.replace("A", f"({first})").replace("B", f"({second})")
    lines.append(f"loss = {loss} + 0.01 * sum(W * W) + sum(V @ W)")
    optimizer, precision = draw(st.sampled_from(OPTIMIZERS)), draw(st.sampled_from(["float32", "float64"]))
    lines.append(f"train {{ minimize = loss ; optimizer = {optimizer} ; steps = 2 ; precision = {precision} }}")
    return "\n".join(lines) + "\n"


def _random_batches(rows: tuple[int, ...], precision: str) -> list[dict[str, Any]]:
    generator = np.random.default_rng(1)
    made = []
    for count in rows:
        x = generator.normal(size=(count, 3)).astype(precision)
        x[0, 0] = -0.0
        made.append({"x": x, "t": generator.integers(3, size=count)})
    return made


@settings(deadline=None, max_examples=40)
@given(text=texts(), rows=st.sampled_from([(5, 5), (4, 4), (1, 1), (5, 2)]))
def test_random_graphs_whose_updates_are_folded(text: str, rows: tuple[int, ...]) -> None:
    text = re.sub(r"optimizer = [^;]*;", "optimizer = sgd(lr = 0.1) ;", text)
    same(folding_trainers(text), _random_batches(rows, "float32" if "float32" in text else "float64"))


@settings(deadline=None, max_examples=100)
@given(text=texts(), rows=st.sampled_from([(5, 5), (4, 4), (1, 1), (5, 2)]))
def test_random_graphs(text: str, rows: tuple[int, ...]) -> None:
    same(trainers(text), _random_batches(rows, "float32" if "float32" in text else "float64"))
