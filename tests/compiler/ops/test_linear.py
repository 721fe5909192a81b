"""Matrix products: gradients to the bit, rows and batches of any rank, clashes that name both sides."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from planned import same, trainers

from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import Clash, Shape, Type, dimension

Gradients = Callable[..., list[Any]]
N = dimension("N")


@pytest.mark.parametrize("rows", [1, 2, 7, 32, 100])
def test_gradients_of_a_batch_are_the_products_to_the_bit(rows: int, gradients: Gradients) -> None:
    random = np.random.default_rng(rows)
    X, W, b, dY = (random.standard_normal(shape) for shape in ((rows, 13), (13, 5), (5,), (rows, 5)))
    dX, dW, db = gradients("affine", X, W, b, upstream=dY)
    assert (dX == dY @ W.T).all()
    assert (dW == X.T @ dY).all()
    assert (db == dY.sum(axis=0)).all()
    da, db = gradients("matmul", X, W, upstream=dY)
    assert (da == dY @ W.T).all()
    assert (db == X.T @ dY).all()


def test_the_bias_gradient_of_many_rows_in_float32_is_the_true_sum(gradients: Gradients) -> None:
    dY = np.random.default_rng(0).uniform(0, 1, (20_000, 3)).astype("float32")
    X, W, b = np.zeros((20_000, 2), "float32"), np.zeros((2, 3), "float32"), np.zeros(3, "float32")
    _, _, db = gradients("affine", X, W, b, upstream=dY, precision="float32")
    assert db == pytest.approx(dY.sum(axis=0, dtype="float64"), rel=3e-6)


def test_one_row_has_its_weight_gradient_by_the_outer_product(gradients: Gradients) -> None:
    x, W, b, dY = np.asarray([1.0, 2.0]), np.asarray([[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]), np.zeros(3), np.ones(3)
    dx, dW, db = gradients("affine", x, W, b, upstream=dY)
    assert dx.tolist() == (dY @ W.T).tolist()
    assert dW.tolist() == np.outer(x, dY).tolist()
    assert db.tolist() == [1.0, 1.0, 1.0]


def test_images_are_flattened_and_their_gradient_gets_the_rank_back(gradients: Gradients) -> None:
    random = np.random.default_rng(1)
    x, W, b = random.standard_normal((4, 2, 3)), random.standard_normal((6, 5)), random.standard_normal(5)
    flat = gradients("affine", x.reshape(4, 6), W, b)
    deep = gradients("affine", x, W, b)
    assert deep[0].shape == (4, 2, 3)
    assert (deep[0].reshape(4, 6) == flat[0]).all()
    assert (deep[1] == flat[1]).all()


@pytest.mark.parametrize(
    ("x", "W", "b", "message", "operands", "hint"),
    [
        ((N, 100), (784, 10), (10,), "x has 100 features but W has 784 rows", (0, 1), None),
        ((N, 784), (10, 784), (784,), "x has 784 features but W has 10 rows", (0, 1), "transpose(W)"),
        ((N, 28, 28), (700, 10), (10,), "x has 784 features but W has 700 rows", (0, 1), None),
        ((N, 4), (4, 3), (5,), "W has 3 columns but b is [5]", (1, 2), None),
        ((4,), (4, 3), (7, 3), "W has 3 columns but b is [7, 3]", (1, 2), None),
        ((N, 4), (4,), (4,), "W is [4] but must be a matrix", (1,), None),
        ((), (4, 3), (3,), "x is a scalar", (0,), "axis"),
    ],
)
def test_affine_names_what_does_not_fit(
    x: Shape, W: Shape, b: Shape, message: str, operands: tuple[int, ...], hint: str | None
) -> None:
    with pytest.raises(Clash) as caught:
        OPERATIONS["affine"].infer(tuple(Type("real", shape) for shape in (x, W, b)))
    assert caught.value.message.startswith("affine: ")
    assert message in caught.value.message
    assert caught.value.operands == operands
    assert (hint is None) == (caught.value.hint is None)
    assert hint is None or hint in str(caught.value.hint)


@pytest.mark.parametrize(
    ("a", "b", "message", "hint"),
    [
        ((2, 3), (4, 3), "a, [2, 3], has rows of 3 but b, [4, 3], has 4 rows", "transpose(b)"),
        ((N,), (4, 3), "rows of N but b, [4, 3], has 4 rows", None),
        ((), (3,), "a is a scalar", "a * b"),
        ((3,), (2, 3, 4), "needs a matrix beside it", None),
        ((2, 4, 3), (5, 3, 4), "batches of a and b differ", None),
    ],
)
def test_matmul_names_what_does_not_fit(a: Shape, b: Shape, message: str, hint: str | None) -> None:
    with pytest.raises(Clash) as caught:
        OPERATIONS["matmul"].infer((Type("real", a), Type("real", b)))
    assert message in caught.value.message
    assert (hint is None) == (caught.value.hint is None)
    assert hint is None or hint in str(caught.value.hint)


@pytest.mark.parametrize(
    "text",
    [
        "v = x @ transpose(transpose(W), axes = [0, 1])",
        "v = transpose(transpose(x @ transpose(W), axes = [0, 1])) * 2",
        "v = transpose(reshape(x @ transpose(W), [N, 3, 1]), axes = [1, 2, 0]) @ x",
        "v = conv(reshape(x, [N, 1, 5]), K) @ V",
        "v = transpose(conv(reshape(x, [N, 1, 5]), K)) @ W",
        "v = affine(transpose(reshape(x, [N, 5, 1]), axes = [2, 0, 1]), transpose(W), 1, flatten = false)",
        "v = affine(transpose(reshape(transpose(x), [5, 1, N]), axes = [2, 0, 1]), transpose(W), 1)",
        "v = transpose(reshape(x, [N, 5, 1]), axes = [2, 0, 1]) @ transpose(W)",
    ],
)
def test_products_of_axes_in_another_order_round_as_planned(text: str) -> None:
    generator = np.random.default_rng(1)
    made = trainers(
        "dim N\ninput x: [N, 5]\nparam W: [3, 5] = normal()\nparam V: [4, 6] = normal()\n"
        f"param K: [3, 1, 2] = normal()\n{text}\nloss = mean(v * v)\n"
        "train { minimize = loss ; optimizer = sgd(lr = 0.001) ; steps = 1 }\n"
    )
    same(made, [{"x": generator.normal(size=(rows, 5))} for rows in (7, 7, 7, 1, 40, 40)])
