"""How parameters lie in one array: every element once, those with a gradient of their own first."""

import math
from collections.abc import Mapping

import pytest

from chainrule.compiler.build import build
from chainrule.compiler.derive.training import training_graph
from chainrule.compiler.lower.packing import Packing, packing
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source

HEAD = """dim N
input x: [N, 3]
input t: int[N]
param rest: [2] = ones()
param W: [3, 4] = he()
param b: [4] = zeros()
"""
LOSS = "softmax-loss(affine(x, W, b), t)"
SHAPES: Mapping[str, tuple[int, ...]] = {"rest": (2,), "W": (3, 4), "b": (4,)}


def packed(loss: str = LOSS, optimiser: str = "sgd(lr = 1)", fuse: bool = True) -> Packing:
    text = f"{HEAD}loss = {loss}\ntrain {{ minimize = loss ; optimizer = {optimiser} ; steps = 1 }}\n"
    spec, _ = build(*parse(Source("test.graph", text)))
    assert spec.train is not None
    training = training_graph(spec.full, spec.train.minimize, spec.train.optimizer)
    return packing(training, spec.train.optimizer, SHAPES, fuse=fuse)


@pytest.mark.parametrize("fuse", [False, True])
def test_every_element_has_one_place(fuse: bool) -> None:
    made = packed(fuse=fuse)
    taken = sorted(
        element for start, shape in made.segments.values() for element in range(start, start + math.prod(shape))
    )
    assert taken == list(range(made.size)) == list(range(2 + 12 + 4))
    assert {path: shape for path, (_, shape) in made.segments.items()} == SHAPES
    assert made.updated == sum(math.prod(SHAPES[path]) for path in made.plain)


def test_a_product_of_sgd_is_not_updated_twice() -> None:
    made = packed()
    assert (made.plain, made.fused) == (("b",), ("W",))
    assert list(made.segments) == ["b", "W", "rest"]


@pytest.mark.parametrize(
    "optimiser", ["momentum(lr = 1)", "sgd(lr = 1, weight_decay = 0.1)", "sgd(lr = 1, clip_norm = 1)"]
)
def test_what_looks_at_its_gradient_keeps_it(optimiser: str) -> None:
    made = packed(optimiser=optimiser)
    assert made.fused == ()
    assert made.states == (("velocity",) if optimiser.startswith("momentum") else ())


@pytest.mark.parametrize(
    "loss",
    [
        "softmax-loss(affine(x, W, b), t) + sum(W)",  # the gradient is a product and something else
        "softmax-loss(affine(x * 1, W * 2, b), t)",  # it goes on from the product
    ],
)
def test_a_gradient_that_is_no_product_is_kept(loss: str) -> None:
    made = packed(loss)
    assert "W" in made.plain
    assert not made.products


@pytest.mark.parametrize("times", [1, 2, 3, 5])
def test_a_sum_of_products_is_fused_whole(times: int) -> None:
    made = packed("softmax-loss(affine(x, W, b), t)" + " + sum((x * 2) @ W)" * (times - 1))
    assert made.fused == ("W",)
    assert len(made.products["W"]) == times
