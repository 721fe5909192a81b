"""conv and conv_transpose against loops in plain Python, and against torch."""

from collections.abc import Callable
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from planned import WAYS, same, trainers

import chainrule
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.grammar.spec_error import SpecError

Array = Any


def convolved(x: Array, W: Array, stride: Any, sides: Any, dilation: Any, groups: int) -> Array:
    """A convolution, one product after the other."""
    padded = np.pad(x, [(0, 0), (0, 0), *sides])
    size, filters, channels = W.shape[2:], W.shape[0] // groups, W.shape[1]
    counts = [
        (padded.shape[axis + 2] - (size[axis] - 1) * dilation[axis] - 1) // stride[axis] + 1
        for axis in range(len(size))
    ]
    out = np.zeros((len(x), W.shape[0], *counts))
    for row, own, place in product(range(len(x)), range(W.shape[0]), product(*map(range, counts))):
        for channel, offset in product(range(channels), product(*map(range, size))):
            at = [p * s + o * d for p, s, o, d in zip(place, stride, offset, dilation, strict=True)]
            pixel = padded[(row, own // filters * channels + channel, *at)]
            out[(row, own, *place)] += pixel * W[(own, channel, *offset)]
    return out


def setting(random: Random, axes: int) -> dict[str, Any]:
    """A random convolution, its operands beside its settings."""
    chance = np.random.default_rng(random.randrange(2**32))
    groups = random.choice((1, 1, 2, 3))
    size, stride = ([random.randint(1, 3) for _ in range(axes)] for _ in range(2))
    dilation, sides = (
        [random.randint(1, 2) for _ in range(axes)],
        [(random.randint(0, 2), random.randint(0, 2)) for _ in range(axes)],
    )
    space = [
        max(1, (own - 1) * apart + 1 - sum(added)) + random.randint(0, 3)
        for own, apart, added in zip(size, dilation, sides, strict=True)
    ]
    channels, filters = groups * random.randint(1, 2), groups * random.randint(1, 2)
    return {
        "x": chance.normal(size=(random.randint(1, 3), channels, *space)),
        "W": chance.normal(size=(filters, channels // groups, *size)),
        "stride": tuple(stride),
        "padding": tuple(sides),
        "dilation": tuple(dilation),
        "groups": groups,
    }


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_values_and_gradients_against_loops(axes: int, seed: int, tape: Any) -> None:
    given = setting(Random(seed), axes)
    x, W = given.pop("x"), given.pop("W")
    stride, sides, dilation, groups = given.values()
    made = tape()
    leaves = [made.leaf(x), made.leaf(W)]
    output = made.conv(*leaves, **given)
    wanted = convolved(x, W, stride, sides, dilation, groups)
    np.testing.assert_allclose(made.values[output], wanted, rtol=1e-12, atol=1e-12)
    weights = np.random.default_rng(seed).normal(size=wanted.shape)
    found = made.reverse(output, made.leaf(weights), leaves)
    for operand, reference, at in ((x, found[0], 0), (W, found[1], 1)):
        way = np.random.default_rng(seed + 1).normal(size=operand.shape)
        moved = [x, W]
        moved[at] = way  # it is linear in each
        slope = (convolved(moved[0], moved[1], stride, sides, dilation, groups) * weights).sum()
        np.testing.assert_allclose((made.values[reference] * way).sum(), slope, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("seed", range(20))
def test_a_transpose_is_the_gradient_of_a_convolution(seed: int, tape: Any) -> None:
    """sum(conv(x, W) * y) is sum(x * conv_transpose(y, W)), whatever is left over by the stride."""
    given = setting(Random(seed), 2)
    x, W = given.pop("x"), given.pop("W")
    made = tape()
    leaf, weights = made.leaf(x), made.leaf(W)
    forward = made.conv(leaf, weights, **given)
    y = np.random.default_rng(seed).normal(size=made.values[forward].shape)
    (back, _) = made.reverse(forward, made.leaf(y), [leaf, weights])
    assert made.nodes[back][0] is OPERATIONS["conv_transpose"]
    np.testing.assert_allclose((made.values[forward] * y).sum(), (x * made.values[back]).sum(), rtol=1e-10, atol=1e-10)


def test_one_by_one_is_a_product(tape: Any) -> None:
    chance = np.random.default_rng(0)
    x, W = chance.normal(size=(4, 3, 2, 5)), chance.normal(size=(6, 3, 1, 1))
    made = tape()
    value = made.values[made.conv(made.leaf(x), made.leaf(W))]
    np.testing.assert_allclose(value, np.einsum("nchw,oc->nohw", x, W[:, :, 0, 0]), rtol=1e-13)


@pytest.mark.parametrize("size", [1, 5, 1023, 1024, 5000, 70000])
def test_long_sums_of_channels_keep_their_digits(size: int, tape: Any) -> None:
    x = (np.random.default_rng(size).random((3, size)) + 0.1).astype("float32")
    made = tape("float32")
    value = made.values[made.channel_sum(made.leaf(x))]
    np.testing.assert_allclose(value, x.astype("float64").sum(axis=1), rtol=3e-7)


NET = """dim N
input x: [N, {shape}]
input t: int[N]
param W1: [4, {channels}, {size}] = normal(std = 0.3)
param b1: [4] = normal(std = 0.1)
param W2: [6, 2, {size}] = normal(std = 0.3)
h = conv(x, W1, b1, padding = 1) -> relu -> {pool}
g = conv(h, W2, stride = 2, groups = 2, padding = "same") -> tanh
up = conv_transpose(g, W2, groups = 2, stride = 2) -> {pool}
loss = mean(up ** 2) + softmax-loss(flatten(g), t)
train {{
  minimize = loss
  optimizer = {optimizer}
  steps = 9
  precision = {precision}
}}
"""


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", ["sgd(lr = 0.1)", "adam()"])
@pytest.mark.parametrize("pool", ["max_pool(2)", "mean_pool(2, stride = 1)", "max_pool(3, stride = 2, padding = 1)"])
@pytest.mark.parametrize(("space", "size"), [("9", "3"), ("8, 7", "3, 2"), ("5, 4, 6", "2, 2, 2")])
def test_steps_have_the_bits_of_the_plain_executor(
    space: str, size: str, pool: str, optimizer: str, precision: str
) -> None:
    text = NET.format(shape=f"2, {space}", channels=2, size=size, pool=pool, optimizer=optimizer, precision=precision)
    made = trainers(text)
    chance = np.random.default_rng(0)
    shape = [2, *map(int, space.split(","))]
    batches = [
        {"x": chance.normal(size=(rows, *shape)).astype(precision), "t": chance.integers(6, size=rows)}
        for rows in (5, 5, 1, 12)
    ]
    same(made, batches)
    assert set(made) == set(WAYS)


def test_steps_of_many_parts_have_the_bits_of_the_plain_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.compiler.ops.windows.geometry.PART", 40)
    text = NET.format(
        shape="2, 8, 7", channels=2, size="3, 2", pool="max_pool(2)", optimizer="sgd(lr = 0.1)", precision="float32"
    )
    chance = np.random.default_rng(0)
    x, t = chance.normal(size=(7, 2, 8, 7)).astype("float32"), chance.integers(6, size=7)
    same(trainers(text), [{"x": x, "t": t}] * 3)


def test_a_file_whose_own_block_has_the_name_keeps_it() -> None:
    program = chainrule.compile("block conv(x, k) { return x * k }\ninput x = 3\noutput y = conv(x, 2)\n")
    assert program.run()["y"] == 6


def test_sizes_of_space_are_numbers() -> None:
    with pytest.raises(SpecError, match="must be numbers"):
        chainrule.compile("dim N\ndim M\ninput x: [N, 1, M]\nparam W: [1, 1, 3] = ones()\ny = conv(x, W)\n")


@pytest.mark.proof
@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("name", ["conv", "conv_transpose", "max_pool", "mean_pool"])
def test_values_gradients_and_second_derivatives_against_torch(name: str, axes: int, tape: Any) -> None:
    torch = pytest.importorskip("torch")
    for seed in range(25):
        random = Random(seed)
        operands, call, operation, attributes = THEIRS[name](random, axes, torch)
        leaves = [torch.tensor(each, requires_grad=True) for each in operands]
        value = call(*leaves)
        made = tape()
        own = [made.leaf(each) for each in operands]
        output = made.append(OPERATIONS[operation], own, attributes)
        _near(made.values[output], value)
        chance = np.random.default_rng(seed)
        g = chance.normal(size=tuple(value.shape))
        theirs = torch.autograd.grad(value, leaves, torch.tensor(g), create_graph=True)
        ours = made.reverse(output, made.leaf(g), own)
        for reference, wanted in zip(ours, theirs, strict=True):
            _near(made.values[reference], wanted)
        ways = [chance.normal(size=each.shape) for each in operands]
        along = sum((each * torch.tensor(way)).sum() for each, way in zip(theirs, ways, strict=True))
        parts = [made.sum(made.mul(each, made.leaf(way))) for each, way in zip(ours, ways, strict=True)]
        total = parts[0]
        for part in parts[1:]:
            total = made.add(total, part)
        second = made.reverse(total, made.leaf(np.ones(())), own)
        wanted = [None] * len(leaves)
        if along.requires_grad:
            wanted = torch.autograd.grad(along, leaves, allow_unused=True)
        for reference, each, operand in zip(second, wanted, operands, strict=True):
            zero = np.zeros(operand.shape)
            _near(zero if reference is None else made.values[reference], torch.tensor(zero) if each is None else each)


def _near(found: Array, wanted: Any) -> None:
    wanted = wanted.detach().numpy()
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12 * max(1.0, float(np.abs(wanted).max(initial=0))))


def _conv(random: Random, axes: int, torch: Any) -> tuple[Any, ...]:
    given = setting(random, axes)
    around = tuple(random.randint(0, 2) for _ in range(axes))
    least = [(own - 1) * apart + 1 for own, apart in zip(given["W"].shape[2:], given["dilation"], strict=True)]
    chance = np.random.default_rng(random.randrange(2**32))
    space = [max(1, size - 2 * added) + random.randint(0, 3) for size, added in zip(least, around, strict=True)]
    x = chance.normal(size=(*given["x"].shape[:2], *space))
    stride, dilation, groups = given["stride"], given["dilation"], given["groups"]
    call = getattr(torch.nn.functional, f"conv{axes}d")
    operands = [x, given["W"], chance.normal(size=len(given["W"]))]
    return (
        operands,
        lambda x, W, b: call(x, W, b, stride, around, dilation, groups),
        "shifted-conv",
        (stride, around, dilation, groups),
    )


def _transpose(random: Random, axes: int, torch: Any) -> tuple[Any, ...]:
    chance = np.random.default_rng(random.randrange(2**32))
    size, stride, space = ([random.randint(1, most) for _ in range(axes)] for most in (3, 3, 4))
    dilation, groups = [random.randint(1, 2) for _ in range(axes)], random.choice((1, 2))
    more = [random.randint(0, by - 1) for by in stride]
    whole = [
        (many - 1) * by + (own - 1) * apart + 1 + extra
        for many, by, own, apart, extra in zip(space, stride, size, dilation, more, strict=True)
    ]
    around = [random.randint(0, min(2, (each - 1) // 2)) for each in whole]
    channels, filters = 2 * groups, random.randint(1, 2)
    operands = [
        chance.normal(size=(2, channels, *space)),
        chance.normal(size=(channels, filters, *size)),
        chance.normal(size=filters * groups),
    ]
    call = getattr(torch.nn.functional, f"conv_transpose{axes}d")
    return (
        operands,
        lambda x, W, b: call(x, W, b, stride, around, more, groups, dilation),
        "shifted-conv-transpose",
        (tuple(stride), tuple(around), tuple(dilation), groups, tuple(more)),
    )


def _pool(theirs: str, name: str) -> Callable[..., tuple[Any, ...]]:
    def made(random: Random, axes: int, torch: Any) -> tuple[Any, ...]:
        chance = np.random.default_rng(random.randrange(2**32))
        size, stride = ([random.randint(1, 3) for _ in range(axes)] for _ in range(2))
        around = [random.randint(0, own // 2) for own in size]
        x = chance.normal(size=(2, 3, *(own + random.randint(0, 3) for own in size)))
        call = getattr(torch.nn.functional, f"{theirs}{axes}d")
        return [x], lambda x: call(x, size, stride, around), name, (tuple(size), tuple(stride), tuple(around))

    return made


THEIRS: dict[str, Callable[..., tuple[Any, ...]]] = {
    "conv": _conv,
    "conv_transpose": _transpose,
    "max_pool": _pool("max_pool", "max_pool"),
    "mean_pool": _pool("avg_pool", "mean_pool"),
}
