"""The shipped layers: rows of any axes, what they are by their formulas, and torch's layers beside them."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.program.program import Program

Array = Any

HEAD = "chainrule 1\nuse chainrule.layers\ndim N\n"


def program(declared: str, call: str, *, training: bool = False) -> Program:
    """A layer with the mean of its squares as a loss."""
    text = f"{HEAD}input x: {declared}\noutput y = {call}\nloss = mean(y * y)\n" + (
        "train {\n  minimize = loss\n  optimizer = sgd(lr = 0.1)\n  steps = 10\n  precision = float64\n}\n"
    )
    return chainrule.compile(text, training=training)


def drawn(made: Program, seed: int = 0) -> dict[str, Array]:
    """Params that are no zeros or ones."""
    chance = np.random.default_rng(seed)
    made.params = {path: chance.normal(size=np.shape(value)) for path, value in made.params.items()}
    return made.params


@pytest.mark.parametrize(
    "call", ["dense(x, 3)", "project(x, 3)", "logistic(x, 2)", "mlp(x, 6, 2, 3)", "residual(x)", "layer_norm(x)"]
)
def test_a_row_is_the_last_axis(call: str) -> None:
    deep, flat = program("[N, 3, 4]", call), program("[N, 4]", call)
    flat.params = drawn(deep)
    x = np.random.default_rng(1).normal(size=(5, 3, 4))
    found = deep.run(x=x)["y"]
    wanted = flat.run(x=x.reshape(15, 4))["y"]
    np.testing.assert_allclose(found, wanted.reshape(5, 3, -1), rtol=1e-12, atol=1e-14)
    own_gradients, gradients = deep.grad("loss", x=x), flat.grad("loss", x=x.reshape(15, 4))
    for path in ("x", *deep.params):
        own, gradient = own_gradients[path], gradients[path]
        np.testing.assert_allclose(own, np.reshape(gradient, np.shape(own)), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("call", ["dense(x, 3)", "mlp(x, 6, 2, 3)"])
def test_one_row_is_a_row_too(call: str) -> None:
    one, several = program("[4]", call), program("[N, 4]", call)
    several.params = drawn(one)
    x = np.random.default_rng(1).normal(size=4)
    np.testing.assert_allclose(one.run(x=x)["y"], several.run(x=x[None])["y"][0], rtol=1e-12)


def test_a_middle_axis_of_one_is_not_flattened() -> None:
    assert program("[N, 1, 4]", "dense(x, 3)").run(x=np.ones((2, 1, 4)))["y"].shape == (2, 1, 3)


def test_axes_may_be_dims() -> None:
    call = "x -> dense(3) -> layer_norm"
    fixed = program("[N, 3, 4]", call)
    opened = chainrule.compile(f"{HEAD}dim T\ninput x: [N, T, 4]\noutput y = {call}\nloss = mean(y * y)\n")
    opened.params = drawn(fixed)
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    np.testing.assert_allclose(opened.run(x=x)["y"], fixed.run(x=x)["y"], rtol=1e-12)
    for path in ("x", *fixed.params):
        found, wanted = opened.grad("loss", x=x)[path], fixed.grad("loss", x=x)[path]
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-13)


def test_attention_takes_batches() -> None:
    made = program("[N, 3, 4]", "attention(x, x, x)")
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    alone = program("[N, 4]", "attention(x, x, x)")
    for row, found in zip(x, made.run(x=x)["y"], strict=True):
        np.testing.assert_allclose(found, alone.run(x=row)["y"], rtol=1e-12)


# --- state and chance -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 5), (2, 3, 4, 2)])
def test_batch_norm_learns_running_statistics(shape: tuple[int, ...]) -> None:
    made = program(f"[N, {', '.join(map(str, shape[1:]))}]", "batch_norm(x, momentum = 0.8)")
    trainer = made.trainer()
    axes = (0, *range(2, len(shape)))
    mean, variance = np.zeros(3), np.ones(3)
    for seed in range(3):
        x = np.random.default_rng(seed).normal(size=shape) + 2
        trainer.step(x=x)
        mean = 0.8 * mean + 0.2 * x.mean(axis=axes)
        variance = 0.8 * variance + 0.2 * x.var(axis=axes)
    np.testing.assert_allclose(trainer.held["y.seen_mean"], mean, rtol=1e-12)
    np.testing.assert_allclose(trainer.held["y.seen_variance"], variance, rtol=1e-12)


def test_batch_norm_uses_what_it_has_seen_outside_of_training() -> None:
    made = program("[N, 2]", "batch_norm(x)")
    x = np.random.default_rng(0).normal(size=(4, 2))
    np.testing.assert_allclose(made.run(x=x)["y"], x / np.sqrt(1 + 1e-5), rtol=1e-12)


def test_dropout_leaves_out_in_training_alone() -> None:
    x = np.ones((200, 5))
    np.testing.assert_array_equal(program("[N, 5]", "dropout(x, 0.25)").run(x=x)["y"], x)
    found = program("[N, 5]", "dropout(x, 0.25)", training=True).run(x=x)["y"]
    assert set(np.unique(found)) == {0, 1 / 0.75}
    assert 0.65 < (found > 0).mean() < 0.85


def test_masks_keep_a_query_from_looking() -> None:
    text = (
        f"{HEAD}input x: [N, 3, 4]\nmask = where(less([[0], [1], [2]], [[0, 1, 2]]), -1e9, 0)\n"
        "output y = multihead(x, x, x, 2, mask = mask)\n"
    )
    made = chainrule.compile(text)
    drawn(made)
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    before = made.run(x=x)["y"]
    x[:, 2] += 1  # what comes later
    np.testing.assert_array_equal(made.run(x=x)["y"][:, :2], before[:, :2])


# --- initialisers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "std"),
    [
        ("he", np.sqrt(2 / 75)),
        ("xavier", np.sqrt(1 / 75)),
        ("lecun", np.sqrt(1 / 75)),
        ("glorot", np.sqrt(2 / (75 + 64 * 25))),
        ("normal(std = 0.5)", 0.5),
    ],
)
def test_filters_start_by_what_feeds_them(start: str, std: float) -> None:
    made = program("[N, 3, 9, 9]", f"conv2d(x, 64, 5, init = {start})")
    np.testing.assert_allclose(made.params["y.W"].std(), std, rtol=0.05)


# --- against torch ----------------------------------------------------------------------------------------------

Layer = tuple[str, str, tuple[int, ...], str, Mapping[str, Callable[[Any, Callable[[Any], Array]], Array]]]


def _of(*names: str) -> Callable[[Any, Callable[[Any], Array]], Array]:
    """The sum of some of torch's params, transposed if they are matrices of weights."""

    def read(net: Any, of: Callable[[Any], Array]) -> Array:
        total = sum(of(getattr(net, name)) for name in names)
        return total.T if np.ndim(total) == 2 and "weight_" in names[0] else total

    return read


WEIGHT_AND_BIAS = {"y.W": _of("weight"), "y.b": _of("bias")}
NORM = {"y.scale": _of("weight"), "y.shift": _of("bias")}
GATED = {"y.input.W": _of("weight_ih_l0"), "y.states.U": _of("weight_hh_l0")}

LAYERS: Mapping[str, Layer] = {
    "conv2d": ("[N, 4, 6, 7]", "conv2d(x, 6, 3, stride = 2, padding = 1, groups = 2)", (3, 4, 6, 7),
               "Conv2d(4, 6, 3, 2, 1, groups=2)", WEIGHT_AND_BIAS),
    "conv1d": ("[N, 4, 9]", "conv1d(x, 6, 3, dilation = 2)", (3, 4, 9), "Conv1d(4, 6, 3, dilation=2)", WEIGHT_AND_BIAS),
    "batch_norm": ("[N, 4]", "batch_norm(x)", (6, 4), "BatchNorm1d(4)", NORM),
    "batch_norm of sequences": ("[N, 4, 5]", "batch_norm(x)", (3, 4, 5), "BatchNorm1d(4)", NORM),
    "batch_norm of images": ("[N, 4, 3, 2]", "batch_norm(x)", (3, 4, 3, 2), "BatchNorm2d(4)", NORM),
    "layer_norm": ("[N, 3, 4]", "layer_norm(x)", (2, 3, 4), "LayerNorm(4)", NORM),
    "dense": ("[N, 3, 4]", "dense(x, 5)", (2, 3, 4), "Linear(4, 5)",
              {"y.W": lambda net, of: of(net.weight).T, "y.b": _of("bias")}),
    "rnn": ("[N, 5, 3]", "rnn(x, 4)", (2, 5, 3), "RNN(3, 4, batch_first=True)", GATED),
    "lstm": ("[N, 5, 3]", "lstm(x, 4)", (2, 5, 3), "LSTM(3, 4, batch_first=True)", GATED),
    "gru": ("[N, 5, 3]", "gru(x, 4)", (2, 5, 3), "GRU(3, 4, batch_first=True)", GATED),
    "gelu": ("[N, 7]", "gelu(x * 3)", (9, 7), "GELU()", {}),
}  # fmt: skip


@pytest.mark.proof
@pytest.mark.parametrize("name", LAYERS)
def test_outputs_gradients_and_steps_against_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    declared, call, shape, theirs, paths = LAYERS[name]
    net = eval(f"torch.nn.{theirs}", {"torch": torch}).double()  # of the table above
    with torch.no_grad():
        for param in net.parameters():
            param.normal_()
        if "bias_hh_l0" in dict(net.named_parameters()):
            net.bias_hh_l0[:] = 0  # ours is the sum of both
    made = program(declared, call, training=True)

    def value(param: Any) -> Array:
        return param.detach().numpy().copy()

    own = {path: read(net, value) for path, read in paths.items()}
    if "y.input.b" in made.params:
        own["y.input.b"] = value(net.bias_ih_l0)
    if "y.states.b" in made.params:
        own["y.states.b"] = value(net.bias_hh_l0)[-4:]
    made.params = {**made.params, **own}
    x = np.random.default_rng(0).normal(size=shape)
    given = torch.tensor(x, requires_grad=True)

    def run(given: Any) -> Any:
        out = net(given * 3 if name == "gelu" else given)
        return out[0] if isinstance(out, tuple) else out

    out = run(given)
    (out * out).mean().backward()
    found = made.grad("loss", x=x)
    np.testing.assert_allclose(made.run(x=x)["y"], out.detach().numpy(), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found["x"], given.grad.numpy(), rtol=1e-10, atol=1e-12)
    for path, read in paths.items():
        np.testing.assert_allclose(found[path], read(net, lambda param: param.grad.numpy()), rtol=1e-10, atol=1e-12)
    if "y.input.b" in made.params or not paths:
        return  # two biases that are one here learn twice as fast
    trainer, optimiser = made.trainer(), torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(10):
        optimiser.zero_grad()
        out = run(torch.tensor(x))
        (out * out).mean().backward()
        optimiser.step()
        trainer.step(x=x)
    for path, read in paths.items():
        np.testing.assert_allclose(trainer.params[path], read(net, value), rtol=1e-10, atol=1e-12)


@pytest.mark.proof
def test_attention_in_heads_against_torch() -> None:
    torch = pytest.importorskip("torch")
    net = torch.nn.MultiheadAttention(8, 2, batch_first=True).double()
    made = program("[N, 5, 8]", "multihead(x, x, x, 2)")
    weights, biases = net.in_proj_weight, net.in_proj_bias
    with torch.no_grad():
        biases.normal_()
        net.out_proj.bias.normal_()
    parts = {name: slice(8 * number, 8 * number + 8) for number, name in enumerate("qkv")}

    def theirs(of: Callable[[Any], Array]) -> dict[str, Array]:
        found = {f"y.{name}.dense.W": of(weights)[part].T for name, part in parts.items()}
        found |= {f"y.{name}.dense.b": of(biases)[part] for name, part in parts.items()}
        return {**found, "y.out.W": of(net.out_proj.weight).T, "y.out.b": of(net.out_proj.bias)}

    made.params = {**made.params, **theirs(lambda param: param.detach().numpy().copy())}
    x = np.random.default_rng(0).normal(size=(2, 5, 8))
    given = torch.tensor(x, requires_grad=True)
    out = net(given, given, given, need_weights=False)[0]
    (out * out).mean().backward()
    found = made.grad("loss", x=x)
    np.testing.assert_allclose(made.run(x=x)["y"], out.detach().numpy(), rtol=1e-10, atol=1e-12)
    for path, wanted in {**theirs(lambda param: param.grad.numpy()), "x": given.grad.numpy()}.items():
        np.testing.assert_allclose(found[path], wanted, rtol=1e-10, atol=1e-12)
