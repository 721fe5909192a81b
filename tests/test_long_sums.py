"""Sums over a million numbers in float32, wherever a training has them: right to the last digits, planned or not."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from planned import same, trainers

from chainrule.program.front_door import compile
from chainrule.runtime.arrays import Array
from chainrule.runtime.evaluate.metrics import Metrics

MILLION = 10**6


def units(found: Any, true: Any) -> float:
    """How far float32 values are off, in units of the last place; the largest of all."""
    exact = np.asarray(true, "float64")
    return float((np.abs(np.asarray(found, "float64") - exact) / np.spacing(np.abs(exact).astype("f4"))).max())


def equal(draw: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(draw.random(shape[1:]), shape)


def positive(draw: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return draw.random(shape)


def cancelling(draw: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return draw.normal(size=shape)


BIAS = """
dim N
input d: [N, 3]
param b: [3] = zeros()
param c: [1, 3] = zeros()
param e = 0
loss = sum(d * (b + c + e))
train { minimize = loss ; optimizer = sgd(lr = 1) ; steps = 1 }
"""


@pytest.mark.parametrize("made", [equal, positive, cancelling])
def test_gradients_of_biases(made: Callable[..., Array]) -> None:
    d = np.ascontiguousarray(made(np.random.default_rng(0), (MILLION, 3)), "float32")
    taken = trainers(BIAS, {"plain": {"optimise": False}, "exact": {"exact": True}, "planned": {}})
    same(taken, [{"d": d}])
    true = d.astype("float64").sum(axis=0)
    params = taken["planned"].params
    assert units(-params["b"], true) < 4
    assert units(-params["c"][0], true) < 4
    assert units(-params["e"], true.sum()) < 4
    gradients = compile(BIAS, precision="float32").grad("loss", d=d)
    assert units(gradients["b"], true) < 4
    assert units(gradients["e"], true.sum()) < 4


IMAGES = """
use chainrule.layers
dim N
input x: [N, 1, SPACE]
input d: [N, 2, SPACE]
param W: [2, 1, ONES] = ones()
param b: [2] = zeros()
loss = sum(d * conv(x, W, b))
normal = d -> batch_norm
output pooled = mean_pool(d, [SPACE])
output seen = normal.m
output spread = normal.variance
train { minimize = loss ; optimizer = sgd(lr = 1) ; steps = 1 ; precision = float32 }
"""


@pytest.mark.parametrize("made", [equal, positive, cancelling])
@pytest.mark.parametrize("shape", [(8, 2, 40000), (16, 2, 150, 150), (4, 2, 44, 44, 44)])
def test_sums_over_images(shape: tuple[int, ...], made: Callable[..., Array]) -> None:
    ones = ", ".join("1" for _ in shape[2:])
    text = IMAGES.replace("SPACE", ", ".join(map(str, shape[2:]))).replace("ONES", ones)
    d = np.ascontiguousarray(made(np.random.default_rng(0), shape), "float32")
    feeds = {"x": np.zeros((shape[0], 1, *shape[2:]), "float32"), "d": d}
    wide, space = d.astype("float64"), tuple(range(2, len(shape)))
    over = (0, *space)
    program = compile(text, precision="float32", training=True)
    values = program.run(feeds)
    assert units(values["pooled"].reshape(shape[:2]), wide.mean(axis=space)) <= 1
    assert units(values["seen"], wide.mean(axis=over)) <= 1
    assert units(values["spread"], wide.var(axis=over)) <= 1
    taken = {way: program.trainer(optimise=way == "planned") for way in ("plain", "planned")}
    for trainer in taken.values():
        trainer.step(feeds)
    assert np.array_equal(taken["plain"].params["b"], taken["planned"].params["b"])
    for found in (program.grad("loss", feeds)["b"], -taken["planned"].params["b"]):
        for channel, sum_of in enumerate(found):
            parts = wide[:, channel].ravel()
            true = math.fsum(parts)
            # What cancels leaves the rounding of what was added, of runs of a thousand elements.
            assert abs(sum_of - true) <= np.spacing(np.float32(abs(true))) + 1e-9 * math.fsum(abs(parts))


@pytest.mark.parametrize("size", [5, 7])
def test_pools_of_many_elements_have_the_same_bits_planned(size: int) -> None:
    text = f"""
    dim N
    input x: [N, 1, 7, 7]
    param b: [1] = ones()
    y = conv(x, reshape(b, [1, 1, 1, 1]), b) -> mean_pool({size}, stride = 1)
    loss = sum(y ** 2)
    train {{ minimize = loss ; optimizer = sgd(lr = 0.001) ; steps = 2 }}
    """
    batches = [{"x": np.random.default_rng(rows).normal(size=(rows, 1, 7, 7)).astype("f4")} for rows in (3, 5)]
    same(trainers(text, {"plain": {"optimise": False}, "exact": {"exact": True}}), batches)


NET = """
dim N
input x: [N, 4]
input t: int[N]
param W: [4, CLASSES] = normal()
param b: [CLASSES] = normal()
loss = softmax-loss(affine(x, W, b), t)
train { minimize = loss ; optimizer = momentum(lr = 0.1) ; steps = 3 ; precision = PRECISION }
"""


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("classes", [3, 256, 257, 1000])
def test_many_rows_and_classes_have_the_same_bits_in_every_way(classes: int, precision: str) -> None:
    draw = np.random.default_rng(0)
    batches = [
        {"x": draw.normal(size=(rows, 4)).astype(precision), "t": draw.integers(classes, size=rows)}
        for rows in (256, 257, 1, 300, 5000 if classes == 3 else 2)
    ]
    same(trainers(NET.replace("CLASSES", str(classes)).replace("PRECISION", precision)), batches)


LOSSES = """
dim N
input y: [N, 3]
input t: [N, 3]
input k: int[N]
output a = mse(y, t)
output b = quadratic-loss(y, t)
output c = softmax-loss(y, k)
output d = softmax-loss(y, softmax(t))
output e = cross-entropy(softmax(y), k)
output f = sum(y * y)
output g = mean(y * y, axis = 0)
"""


@pytest.mark.parametrize("made", [equal, positive])
def test_losses_of_a_million_rows(made: Callable[..., Array]) -> None:
    draw = np.random.default_rng(1)
    y, t = (made(draw, (MILLION, 3)).astype("float32") for _ in range(2))
    feeds = {"y": y, "t": t, "k": draw.integers(3, size=MILLION)}
    found, true = (compile(LOSSES, precision=precision).run(feeds) for precision in ("float32", "float64"))
    for name in "abcdefg":
        assert units(found[name], true[name]) < 4, name


CLASSES = """
input x: [2, 1000000]
input t: int[2]
output a = softmax-loss(x, t)
output b = softmax(x)
output c = log-softmax(x)
output d = softmax-loss(x, softmax(x))
"""


@pytest.mark.parametrize("flat", [True, False])
def test_a_million_classes(flat: bool) -> None:
    x = np.full((2, MILLION), -0.3) if flat else np.random.default_rng(2).normal(size=(2, MILLION))
    x[:, 7] = 1.5
    feeds = {"x": x.astype("float32"), "t": [3, 7]}
    found, true = (compile(CLASSES, precision=precision).run(feeds) for precision in ("float32", "float64"))
    for name in "abcd":
        # A score's distance from the largest is rounded before its exponential is taken.
        np.testing.assert_allclose(found[name], true[name], rtol=1e-6, err_msg=name)


def test_metrics_of_parts_are_those_of_all_rows() -> None:
    text = """
dim N
input y: [N, 3]
input t: int[N]
input u: [N, 3]
output loss = softmax-loss(y, t)
output share = accuracy(y, t)
output away = mae(y, u)
output squares = mse(y, u)
"""
    graph = compile(text).spec.graph
    draw = np.random.default_rng(3)
    inputs: dict[str, Array] = {name: draw.random((MILLION, 3), "float32") for name in "yu"}
    inputs["t"] = draw.integers(3, size=MILLION)
    targets = {name: graph.index[name] for name in ("loss", "share", "away", "squares")}
    whole, parts = (Metrics(graph, targets, "float32", {}, chunk_bytes=size) for size in (1 << 40, 1 << 20))
    all_rows, some = whole.over(inputs, MILLION, {}), parts.over(inputs, MILLION, {})
    for name, value in all_rows.items():
        assert units(some[name], value) <= 1, name
    assert all_rows["share"] == np.float32(np.mean(inputs["y"].argmax(axis=1) == inputs["t"]))


def test_the_norm_of_hundreds_of_gradients() -> None:
    count = 700
    params = "\n".join(f"param p{number}: [3] = zeros()" for number in range(count))
    terms = "".join(f" + sum(p{number} * {0.1 + number / 7000})" for number in range(count))
    train = "train { minimize = loss ; optimizer = sgd(lr = 1, clip_norm = 1) ; steps = 1 ; precision = float32 }"
    taken = trainers(f"{params}\nloss = 0{terms}\n{train}\n", {"plain": {"optimise": False}, "exact": {"exact": True}})
    same(taken, [{}])
    norm = np.sqrt(sum(float(np.square(value.astype("float64")).sum()) for value in taken["plain"].params.values()))
    assert norm == pytest.approx(1, rel=3e-7)


MANY_CLASSES = """
dim N
input x: [N, 2]
input t: int[N]
param W: [2, 70000] = normal()
loss = softmax-loss(x @ W, t)
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 2 ; precision = float32 ; exact = true }
"""


@pytest.mark.parametrize("rows", [1, 2])
def test_rows_of_many_classes(rows: int) -> None:
    planned, plain = (compile(MANY_CLASSES).trainer(optimise=optimise) for optimise in (True, False))
    feeds = {"x": np.full((rows, 2), 0.7), "t": np.full(rows, 69_999)}
    for _ in range(2):
        assert planned.step(feeds) == plain.step(feeds)
    assert np.array_equal(planned.params["W"], plain.params["W"])


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(("shape", "axis"), [("2, 50", 1), ("3, 16", 1), ("4, 9, 3", 1), ("5, 16", 1), ("3, 8", 1)])
def test_sums_along_short_axes_have_the_same_bits_planned(shape: str, axis: int, precision: str) -> None:
    """And comparisons that are weights: as numbers, as truths, and where both are asked for."""
    text = f"""
    dim N
    input x: [N, {shape}]
    param w: [{shape}] = normal()
    y = x * w
    passed = less(y, 0.5)
    loss = (sum(mean(y * passed, axis = {axis}) ** 2) + sum(sum(y * equal(x, x), axis = {axis}) * 0.001)
      + sum(where(less(x, w), y, y * y)) * 0.01 + mean(passed))
    train {{ minimize = loss ; optimizer = sgd(lr = 0.001) ; steps = 2 ; precision = {precision} }}
    """
    sizes = tuple(map(int, shape.split(",")))
    draw = np.random.default_rng(0)
    spread = 10.0 ** draw.integers(-6, 2, size=(7, *sizes))
    batches = [{"x": (draw.normal(size=(rows, *sizes)) * spread[:rows]).astype(precision)} for rows in (7, 1, 4)]
    same(trainers(text, {"plain": {"optimise": False}, "exact": {"exact": True}}), batches)
