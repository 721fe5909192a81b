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


def packed(
    loss: str = LOSS, optimiser: str = "sgd(lr = 1)", fuse: bool = True, accumulate: int = 1, more: str = ""
) -> Packing:
    text = f"{HEAD}loss = {loss}\ntrain {{ minimize = loss ; optimizer = {optimiser} ; steps = 1 ; {more} }}\n"
    spec, _ = build(*parse(Source("test.graph", text)))
    assert spec.train is not None
    section = spec.train
    training = training_graph(spec.full, section.minimize, section.optimizer, section.groups, accumulate=accumulate)
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


@pytest.mark.parametrize("optimiser", ["sgd(lr = 1, clip_value = 2)", "adam(lr = 1)", "sgd(lr = 1, weight_decay = 1)"])
def test_only_plain_gradient_descent_is_fused(optimiser: str) -> None:
    made = packed(optimiser=optimiser)
    assert (made.fused, made.products) == ((), {})
    assert set(made.plain) == {"W", "b"}


def test_updates_are_fused_where_that_is_allowed_alone() -> None:
    assert packed(fuse=False).fused == ()
    assert packed(accumulate=2).fused == ()


@pytest.mark.parametrize(
    ("loss", "fused"),
    [
        ("mean((x @ W) ** 2)", True),
        ("mean((x @ W[:, 0]) ** 2)", False),  # what arrives is a vector
        ("mean((reshape(rest, [1, 2]) @ W[:2]) ** 2)", False),  # a product of parameters, through a view
        ("mean((transpose(W) @ W) ** 2)", False),
        ("mean((W @ transpose(W)) ** 2)", False),
    ],
)
def test_products_of_values_that_no_update_changes_are_fused(loss: str, fused: bool) -> None:
    made = packed(f"{loss} + sum(b)")
    assert (made.fused == ("W",)) == fused


def test_parameters_that_are_updated_alike_lie_side_by_side() -> None:
    groups = 'groups = [group("W", lr = 3), group("b", weight_decay = 0.5)]'
    made = packed("softmax-loss(affine(x, W, b), t) + sum(rest)", "momentum(lr = 1)", more=groups)
    assert [(each.start, each.size, each.path) for each in made.packs] == [(0, 2, ""), (2, 12, ""), (14, 4, "")]
    assert [each.settings.number("lr") for each in made.packs] == [1, 3, 1]
    assert [each.settings.number("weight_decay") for each in made.packs] == [0, 0, 0.5]
    assert len({each.rate for each in made.packs}) == 2
    assert made.plain == ("rest", "W", "b")
    together = packed("softmax-loss(affine(x, W, b), t) + sum(rest)", "momentum(lr = 1)")
    assert [(each.start, each.size) for each in together.packs] == [(0, 18)]
    assert (together.updated, together.size, together.rates) == (18, 18, ("learning rate",))


def test_settings_that_a_packed_update_does_not_read_part_nothing() -> None:
    groups = 'groups = [group("W", clip_value = 3)]'
    made = packed("softmax-loss(affine(x, W, b), t) + sum(rest)", "momentum(lr = 1)", more=groups)
    assert [each.size for each in made.packs] == [18]


def test_sums_of_gradients_are_states_and_steps_are_told_how_many() -> None:
    made = packed(optimiser="adam(lr = 1)", accumulate=3)
    assert made.states == ("mean", "square", "gradient sum")
    assert made.rates == ("learning rate", "update count", "gathered gradients")
    assert packed(optimiser="adam(lr = 1)").states == ("mean", "square")


def test_a_parameter_of_which_rows_change_alone_has_a_pack_of_its_own_at_the_end() -> None:
    made = packed("mean(take(W, t) ** 2) + sum(b) + sum(rest)", "adagrad(lr = 1)")
    assert [(each.start, each.size, each.path) for each in made.packs] == [(0, 6, ""), (6, 12, "W")]
    assert made.plain == ("rest", "b", "W")
    assert made.updated == 18
