"""Losses with and without weights: at the extremes, where all weights are 0, and, with `-m proof`, against PyTorch."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from mpmath import exp, log, mp, mpf

import chainrule
from chainrule.compiler.ops.table import OPERATIONS

Array = Any
Gradients = Callable[..., list[Any]]

# --- by hand ----------------------------------------------------------------------------------------------------

ELEMENTWISE = {"mse": (), "huber": (0.7,), "sigmoid_loss": (), "quadratic-loss": (4,)}
CLASSES = {"softmax-loss": (0.0,), "cross-entropy": (1e-7,)}


def value(name: str, *given: Any) -> Array:
    with np.errstate(all="ignore"):
        return OPERATIONS[name].forward(np, *given)


def weighted(name: str) -> str:
    return OPERATIONS[name].weighted


def attributes_of(name: str) -> dict[str, Any]:
    given = ELEMENTWISE.get(name) or CLASSES.get(name) or ()
    named = OPERATIONS[weighted(name)].attributes
    return {each.name: value for each, value in zip(named, given, strict=True)}


@pytest.mark.parametrize("name", [*ELEMENTWISE, *CLASSES])
def test_weights_that_are_all_alike_change_nothing(name: str) -> None:
    random = np.random.default_rng(1)
    y = random.uniform(0.1, 1, (4, 3))
    t = random.integers(3, size=4) if name in CLASSES else random.uniform(size=(4, 3))
    rows = (4,) if "rows" in [each.name for each in OPERATIONS[name].attributes] and name in CLASSES else ()
    plain = value(name, y, t, *(ELEMENTWISE.get(name) or CLASSES.get(name) or ()), *rows)
    for constant in (1.0, 0.25):
        weight = np.full(t.shape, constant)
        assert value(weighted(name), y, t, weight, *attributes_of(name).values()) == pytest.approx(plain, rel=1e-14)


@pytest.mark.parametrize("name", [*ELEMENTWISE, *CLASSES])
def test_a_mask_leaves_rows_out(name: str, gradients: Gradients) -> None:
    random = np.random.default_rng(2)
    y = random.uniform(0.1, 1, (4, 3))
    t = random.integers(3, size=4) if name in CLASSES else random.uniform(size=(4, 3))
    mask = np.array([1.0, 0.0, 1.0, 0.0])
    weight = mask if name in CLASSES else np.repeat(mask[:, None], 3, axis=1)
    settings = attributes_of(name)
    kept = {**settings, "rows": 2} if "rows" in settings else settings
    part = value(weighted(name), y[::2], t[::2], weight[::2], *kept.values())
    assert value(weighted(name), y, t, weight, *settings.values()) == pytest.approx(part, rel=1e-14)
    by_y = gradients(weighted(name), y, t, weight, **settings)[0]
    assert not by_y[1::2].any()
    assert by_y[::2].any(axis=1).all()


@pytest.mark.parametrize("name", [*ELEMENTWISE, *CLASSES])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_where_all_weights_are_0_all_is_0(name: str, precision: str, gradients: Gradients) -> None:
    random = np.random.default_rng(3)
    y = random.uniform(0.1, 1, (4, 3)).astype(precision)
    t = random.integers(3, size=4) if name in CLASSES else random.uniform(size=(4, 3)).astype(precision)
    weight = np.zeros(t.shape, precision)
    assert value(weighted(name), y, t, weight, *attributes_of(name).values()) == 0
    for gradient in gradients(weighted(name), y, t, weight, precision=precision, **attributes_of(name)):
        assert gradient is None or not gradient.any()  # NaN is not 0 either


def test_weights_that_cancel_are_no_weights_of_0() -> None:
    """A mean by them is not finite, and says so; it is no other number."""
    assert math.isinf(value("weighted-mse", np.array([1.0, 2.0]), np.zeros(2), np.array([1.0, -1.0])))


def test_a_weight_has_a_gradient_if_it_is_computed(gradients: Gradients) -> None:
    y, t, weight = np.array([1.0, 3.0]), np.zeros(2), np.array([1.0, 3.0])
    assert value("weighted-mse", y, t, weight) == 7.0  # (1 + 27) / 4
    assert gradients("weighted-mse", y, t, weight)[2].tolist() == [-1.5, 0.5]  # (l - 7) / 4
    assert gradients("weighted-mse", y, t, np.array([1, 3]))[2] is None


@pytest.mark.parametrize("score", [0.0, 0.5, 40.0, 700.0, 1e4, -0.5, -40.0, -700.0, -1e4])
@pytest.mark.parametrize("t", [0.0, 1.0, 0.25, 1 - 1e-12])
def test_sigmoid_loss_is_true_at_any_score(score: float, t: float, gradients: Gradients) -> None:
    z, target = mpf(score), mpf(t)
    with mp.workdps(9000):  # 1 + exp(-1e4) is not 1
        true = target * log(1 + exp(-z)) + (1 - target) * log(1 + exp(z))
        slope = (1 - target) / (1 + exp(-z)) - target / (1 + exp(z))
    found = value("sigmoid_loss", np.array([score]), np.array([t]))
    assert abs(mpf(float(found)) - true) <= 1e-15 * true + mpf("1e-320")
    (by_score, _) = gradients("sigmoid_loss", np.array([score]), np.array([t]))
    scale = 1 if 0 < t < 1 else abs(slope)  # what differs of two probabilities is as exact as they are
    assert abs(mpf(float(by_score[0])) - slope) <= 1e-15 * scale + mpf("1e-320")


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("score", [1e4, -1e4, math.inf, -math.inf])
def test_losses_of_scores_far_out(precision: str, score: float, gradients: Gradients) -> None:
    right = np.array([1.0 if score > 0 else 0.0], precision)
    z = np.array([score], precision)
    assert value("sigmoid_loss", z, right) == 0
    assert gradients("sigmoid_loss", z, right, precision=precision)[0].tolist() == [0.0]
    assert value("sigmoid_loss", z, 1 - right) == abs(score)
    assert abs(gradients("sigmoid_loss", z, 1 - right, precision=precision)[0]).tolist() == [1.0]
    assert value("huber", z, np.zeros(1, precision), 2.0) == 2 * (abs(score) - 1)
    assert gradients("huber", z, np.zeros(1), precision=precision, delta=2.0)[0] == math.copysign(2, score)


def test_huber_is_a_square_near_the_target(gradients: Gradients) -> None:
    y = np.array([0.0, 0.5, -1.0, 1.0, 3.0, -3.0])
    assert value("huber", y, np.zeros(6), 1.0) == pytest.approx((0 + 0.125 + 0.5 + 0.5 + 2.5 + 2.5) / 6)
    assert gradients("huber", y, np.zeros(6))[0].tolist() == (np.array([0, 0.5, -1, 1, 1, -1]) / 6).tolist()


def test_smoothing_is_a_target_between(gradients: Gradients) -> None:
    random = np.random.default_rng(5)
    scores, t = random.normal(size=(4, 3)), random.integers(3, size=4)
    soft = 0.9 * np.eye(3)[t] + 0.1 / 3
    assert value("softmax-loss", scores, t, 0.1, 4) == pytest.approx(value("softmax-loss", scores, soft, 0.0, 4))
    ours, theirs = (
        gradients("softmax-loss", scores, target, smoothing=share)[0] for target, share in ((t, 0.1), (soft, 0.0))
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-16)


def test_rows_of_rows_are_rows() -> None:
    random = np.random.default_rng(6)
    scores, t = random.normal(size=(2, 4, 3)), random.integers(3, size=(2, 4))
    flat, flat_t = scores.reshape(8, 3), t.reshape(8)
    for name, given in (("softmax-loss", 0.0), ("softmax-loss", 0.2), ("cross-entropy", 1e-7)):
        own, other = (abs(scores), abs(flat)) if name == "cross-entropy" else (scores, flat)
        assert value(name, own, t, given, 2) == pytest.approx(value(name, other, flat_t, given, 8), rel=1e-14)


SPEC = """
dim N
input x: [N, 4, 2]
input t: int[N, 4]
param W: [2, 3] = normal()
scores = x @ W
loss = softmax-loss(scores, t, weight = less(-1, sum(x, axis = 2)), smoothing = 0.1)
train { minimize = loss; optimizer = sgd(lr = 0.5); steps = 40 }
"""


def test_a_spec_trains_by_them() -> None:
    random = np.random.default_rng(7)
    x = random.normal(size=(20, 4, 2)).astype("float32")
    batch = {"x": x, "t": (x[..., 0] > 0) * 1}
    trainer = chainrule.compile(SPEC).trainer()
    losses = [trainer.step(batch) for _ in range(40)]
    assert losses[-1] < 0.8 * losses[0]


# --- class numbers that are computed ----------------------------------------------------------------------------

COMPUTED = """
dim N
input x: [N, 3] = [[0, 1, 2], [2, 1, 0], [7, 0, 0]]
param W: [3, 3] = normal()
first = floor(sum(x * [1, 0, 0], axis = 1))
output result = CALL
"""


@pytest.mark.parametrize(
    "call",
    [
        "softmax-loss(x @ W, first)", "softmax-loss(x @ W, first, smoothing = 0.1)",
        "softmax-loss(x @ W, first, weight = first)", "cross-entropy(softmax(x @ W), first)", "sum(one-hot(first, 3))",
    ],
)  # fmt: skip
def test_computed_class_numbers_are_looked_at(call: str) -> None:
    program = chainrule.compile(COMPUTED.replace("CALL", call))
    with pytest.raises(chainrule.SpecError, match="row 3 of `first` is class 7, but the classes are 0 to 2"):
        program.run()
    assert program.run(x=[[0, 1, 2], [2, 1, 0]])
    with pytest.raises(chainrule.SpecError, match="row 1 of `first` is class -1, but"):
        program.run(x=[[-1, 1, 2]])


@pytest.mark.parametrize("call", ["softmax-loss(x @ W, first, weight = 1 + first)", "softmax-loss(x @ W, first)"])
def test_a_step_looks_at_them_too(call: str) -> None:
    train = "train { minimize = result; optimizer = sgd(lr = 0.1); steps = 1 }"
    trainer = chainrule.compile(COMPUTED.replace("CALL", call) + train).trainer()
    right = {"x": np.array([[0.0, 1, 2], [2, 1, 0]])}
    trainer.step(right)
    with pytest.raises(chainrule.SpecError, match="row 2 of `first` is class 3"):
        trainer.step({"x": np.array([[0.0, 1, 2], [3, 1, 0]])})
    assert math.isfinite(trainer.step(right))


# --- against PyTorch --------------------------------------------------------------------------------------------


class Setting(NamedTuple):
    """A loss on random operands."""

    name: str
    y: Array
    t: Array
    weight: Array | None
    attribute: float | None

    def __str__(self) -> str:
        return f"{self.name} {self.y.shape} {self.t.dtype.kind} {self.weight is not None} {self.attribute}"


def drawn() -> Iterator[Setting]:
    random = np.random.default_rng(11)
    for _ in range(60):
        for name in ("mse", "huber", "sigmoid_loss", "softmax-loss", "cross-entropy"):
            shape = tuple(map(int, random.integers(2, 5, random.integers(1, 4))))
            y = random.normal(size=shape) * random.choice([0.3, 3.0, 30.0])
            t: Array = random.normal(size=shape)
            attribute = None
            if name == "huber":
                attribute = float(random.choice([0.3, 1.0, 5.0]))
            if name == "sigmoid_loss":
                t = random.uniform(size=shape) if random.random() < 0.5 else random.integers(2, size=shape) * 1.0
            rows = shape
            if name in CLASSES:
                rows = shape[:-1]
                soft = random.random() < 0.4
                t = random.dirichlet(np.ones(shape[-1]), rows) if soft else random.integers(shape[-1], size=rows)
                attribute = float(random.choice([0.0, 0.0, 0.1])) if name == "softmax-loss" else 1e-7
            if name == "cross-entropy":
                y = random.dirichlet(np.ones(shape[-1]), rows)
            weight = None if random.random() < 0.4 else random.uniform(0.0, 2.0, rows)
            if weight is not None and weight.size > 1 and random.random() < 0.5:
                weight.flat[0] = 0.0
            yield Setting(name, y, t, weight, attribute)


def by_torch(torch: Any, setting: Setting, y: Any, t: Any, weight: Any) -> Any:
    functions = torch.nn.functional
    match setting.name:
        case "mse":
            losses = (y - t) ** 2
        case "huber":
            losses = functions.huber_loss(y, t, reduction="none", delta=setting.attribute)
        case "sigmoid_loss":
            losses = functions.binary_cross_entropy_with_logits(y, t, reduction="none")
        case "softmax-loss":
            moved = y if y.ndim == 1 else torch.movedim(y, -1, 1)
            target = t if t.ndim < y.ndim or y.ndim == 1 else torch.movedim(t, -1, 1)
            losses = functions.cross_entropy(moved, target, reduction="none", label_smoothing=setting.attribute)
        case _:
            logs = torch.log(y + setting.attribute)
            hot = functions.one_hot(t, y.shape[-1]) if t.ndim < y.ndim else t
            losses = -(hot * logs).sum(-1)
    return losses.mean() if weight is None else (weight * losses).sum() / weight.sum()


@pytest.mark.proof
@pytest.mark.parametrize("setting", tuple(drawn()), ids=str)
def test_values_and_derivatives(setting: Setting, tape: Callable[..., Any]) -> None:
    torch = pytest.importorskip("torch", reason="torch is an extra")
    random = np.random.default_rng(13)
    given = [setting.y, setting.t] + ([] if setting.weight is None else [setting.weight])
    name = setting.name if setting.weight is None else weighted(setting.name)
    made = tape()
    leaves = [made.leaf(each) for each in given]
    rows = [each.name for each in OPERATIONS[name].attributes].count("rows") * (None,)
    attributes = (() if setting.attribute is None else (setting.attribute,)) + rows
    output = made.append(OPERATIONS[name], leaves, attributes)
    theirs = [torch.tensor(each, requires_grad=each.dtype.kind == "f") for each in given]
    expected = by_torch(torch, setting, *theirs, *([None] if setting.weight is None else []))
    np.testing.assert_allclose(made.values[output], expected.item(), rtol=1e-12, atol=1e-13)

    reals = [slot for slot, each in enumerate(given) if each.dtype.kind == "f"]
    wanted, of = [leaves[slot] for slot in reals], [theirs[slot] for slot in reals]
    first = made.reverse(output, made.constant(1.0), wanted)
    found = torch.autograd.grad(expected, of, create_graph=True)
    total, whole = None, 0.0
    for ours, their in zip(first, found, strict=True):
        np.testing.assert_allclose(made.values[ours], their.detach().numpy(), rtol=1e-12, atol=1e-12)
        factors = random.uniform(0.5, 1.5, made.type(ours).shape)
        part = made.sum(made.mul(made.leaf(factors), ours))
        total = part if total is None else made.add(total, part)
        whole = whole + (torch.tensor(factors) * their).sum()
    if not getattr(whole, "requires_grad", False):
        return
    second = torch.autograd.grad(whole, of, allow_unused=True)
    for ours, their in zip(made.reverse(total, made.constant(1.0), wanted), second, strict=True):
        mine = 0.0 if ours is None else made.values[ours]
        np.testing.assert_allclose(mine, 0.0 if their is None else their.numpy(), rtol=1e-12, atol=1e-12)
