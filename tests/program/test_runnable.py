"""What a script can compute with a spec: values, gradients, parameters."""

from collections.abc import Callable
from functools import partial

import networkx
import numpy as np
import pytest
from hash_seeds import said_under_hash_seeds

import chainrule

APPLES = """chainrule 1 "Buying apples"
input price = 100
input count = 2
input tax = 1.1
subtotal = price * count
output total = subtotal * tax
"""

NET = """dim N
input x: [N, 3]
input t: int[N]
param W: [3, 4] = xavier()
param b: [4] = zeros()
scores = affine(x, W, b) -> tanh as h -> mul(2)
loss = softmax-loss(scores, t)
output probabilities = softmax(scores)
train { minimize = loss; optimizer = sgd(lr = 0.5); steps = 50; seed = 3 }
"""

ROWS = {"x": np.random.default_rng(1).normal(size=(8, 3)), "t": np.arange(8) % 4}

XOR = """dim N
input x: [N, 2] = [[0, 0], [0, 1], [1, 0], [1, 1]]
input t: [N, 1] = [[0], [1], [1], [0]]
param W: [2, 3] = xavier()
param V: [3, 1] = xavier()
output y = sigmoid(tanh(x @ W) @ V)
loss = mse(y, t)
"""


def test_run() -> None:
    program = chainrule.compile(APPLES)
    assert program.run()["total"] == pytest.approx(220)
    assert program.run(price=150)["total"] == pytest.approx(330)
    assert program.run({"price": 150}, count=1)["subtotal"] == 150
    assert dict(program.run()).keys() == {"price", "count", "tax", "subtotal", "total"}
    assert repr(program) == "<Program <text>: 5 nodes, 0 parameters>"
    assert program.spec.title == "Buying apples"


def test_gradients() -> None:
    gradients = chainrule.compile(APPLES).grad("total")
    assert {path: pytest.approx(float(gradients[path])) for path in ("price", "count", "tax")} == {
        "price": 2.2,
        "count": 110,
        "tax": 200,
    }
    assert gradients.of == "total"
    assert list(gradients) == ["price", "count", "tax", "subtotal", "total"]
    assert chainrule.compile(APPLES).grad(price=150)["tax"] == 300
    with pytest.raises(KeyError, match="did you mean"):
        gradients["prise"]


def test_a_batch() -> None:
    program = chainrule.compile(NET)
    values = program.run(ROWS)
    assert values["probabilities"].shape == (8, 4)
    np.testing.assert_allclose(values["probabilities"].sum(axis=1), 1, rtol=1e-12)
    assert program.run(x=ROWS["x"][:2])["probabilities"].shape == (2, 4)  # without labels there is no loss
    gradients = program.grad(None, ROWS)
    assert gradients.of == "loss"
    assert {path: gradients[path].shape for path in ("x", "W", "b", "h")} == {
        "x": (8, 3),
        "W": (3, 4),
        "b": (4,),
        "h": (8, 4),
    }
    upstream = np.random.default_rng(2).normal(size=(8, 4))
    given = program.grad("scores", ROWS, upstream=upstream)
    np.testing.assert_allclose(given["b"], (2 * upstream * (1 - values["h"] ** 2)).sum(axis=0), rtol=1e-12)


def test_affine_gradients_are_those_of_the_textbook() -> None:
    """dY @ W.T and X.T @ dY bit for bit, on a random batch in float64."""
    random = np.random.default_rng(5)
    x, w, b, dy = (random.normal(size=shape) for shape in ((7, 5), (5, 3), (3,), (7, 3)))
    text = "dim N\ninput x: [N, 5]\ninput W: [5, 3]\ninput b: [3]\noutput y = affine(x, W, b)\n"
    gradients = chainrule.compile(text).grad("y", x=x, W=w, b=b, upstream=dy)
    assert np.array_equal(gradients["x"], dy @ w.T)
    assert np.array_equal(gradients["W"], x.T @ dy)
    np.testing.assert_allclose(gradients["b"], dy.sum(axis=0), rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    ("outputs", "of"),
    [
        ("output a = x * 2\n", "a"),
        ("output a = x * 2\noutput v = [1, 2] * x\n", "a"),
        ("output v = [1, 2] * x\n", "v"),
        ("a = x -> exp as b\n", "a"),
    ],
)
def test_what_is_differentiated_unless_told(outputs: str, of: str) -> None:
    assert chainrule.compile(f"input x = 1\n{outputs}").default_of == of


def test_what_is_differentiated_must_be_clear() -> None:
    program = chainrule.compile("input x = 1\noutput a = x\noutput b = x\nv = [1, 2] * x\n")
    with pytest.raises(chainrule.SpecError, match="say of what: `a`, `b`"):
        program.grad()
    with pytest.raises(chainrule.SpecError, match="must be a scalar"):
        program.grad("v")
    with pytest.raises(chainrule.SpecError, match="nothing here is called `c`"):
        program.grad("c")
    with pytest.raises(chainrule.SpecError, match="int"):
        chainrule.compile("input t: int = 1\ny = identity(t)\nz = y * 1\n").grad("y")
    with pytest.raises(chainrule.SpecError, match="upstream"):
        program.grad("v", upstream=[1, 2, 3])


def test_functions() -> None:
    f = chainrule.compile(APPLES).function("total", grad=["price", "tax"])
    for _ in range(40):  # it may be compiled once it is called often
        value, gradients = f(price=150)
        assert value == pytest.approx(330)
        assert gradients == {"price": pytest.approx(2.2), "tax": pytest.approx(300)}
    assert chainrule.compile(APPLES).function("subtotal")() == (200, {})
    program = chainrule.compile(NET)
    g = program.function("loss", grad=["W"])
    loss, gradients = g(**ROWS)
    np.testing.assert_array_equal(gradients["W"], program.grad("loss", ROWS)["W"])
    moved, _ = g(**ROWS, W=program.params["W"] - 0.1 * np.asarray(gradients["W"]))
    assert moved < loss
    with pytest.raises(chainrule.SpecError):
        g(x=ROWS["x"])
    with pytest.raises(chainrule.SpecError):
        g(**ROWS, z=1)


def test_a_function_of_a_size_that_nothing_gives() -> None:
    f = chainrule.compile("dim N\ninput x = 1\ny = x * N\n").function("y")
    with pytest.raises(chainrule.SpecError, match="the size `N` is not known"):
        f(x=2)


def test_parameters() -> None:
    program = chainrule.compile(NET)
    assert {path: (value.shape, str(value.dtype)) for path, value in program.params.items()} == {
        "W": ((3, 4), "float64"),
        "b": ((4,), "float64"),
    }
    again = chainrule.compile(NET)
    assert np.array_equal(program.params["W"], again.params["W"])
    other = chainrule.compile(NET, set={"train.seed": 4})
    assert not np.array_equal(program.params["W"], other.params["W"])
    program.params = {"W": np.zeros((3, 4)), "b": np.ones(4)}
    assert np.all(program.run(ROWS)["probabilities"] == 0.25)
    with pytest.raises(chainrule.SpecError):
        program.params = {"W": np.zeros((3, 4))}
    with pytest.raises(chainrule.SpecError):
        program.params = {"W": np.zeros((4, 3)), "b": np.ones(4)}


def test_the_graph() -> None:
    graph = chainrule.compile(NET).graph
    assert isinstance(graph, networkx.MultiDiGraph)
    assert {data["path"] for _, data in graph.nodes(data=True)} >= {"x", "t", "W", "b", "h", "scores", "loss"}


def test_faults() -> None:
    with pytest.raises(chainrule.SpecError) as caught:
        chainrule.compile("y = x +\nz = q\n")
    assert [diagnostic.severity for diagnostic in caught.value.diagnostics] == ["error", "error"]
    assert str(caught.value).startswith("<text>:1:")
    program = chainrule.compile("input x: [2]\nparam w = 1\ny = x * w\n")
    for feeds in ({}, {"x": [1, 2, 3]}, {"x": [[1, 2]]}, {"x": [1, 2], "z": 3}):
        with pytest.raises(chainrule.SpecError):
            program.run(feeds)


def test_what_is_no_name_is_not_there() -> None:
    program = chainrule.compile(APPLES)
    for results in (program.run(), program.grad()):
        assert None not in results
        assert 3 not in results  # type: ignore[comparison-overlap]  # as a script may
        with pytest.raises(KeyError):
            results[None]  # type: ignore[index]  # as a script may
    for of in (3, {"price": 1}, np.ones(2)):
        with pytest.raises(chainrule.SpecError, match="the name of a node"):
            program.grad(of)  # type: ignore[arg-type]  # as a script may


# --- shapes along dims ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 3), (1, 3), (4, 1), (3,), ()])
def test_an_arriving_gradient_has_the_nodes_shape_along_dims_too(shape: tuple[int, ...]) -> None:
    program = chainrule.compile("dim N\ninput x: [N, 3]\nparam b: [3] = 0\noutput y = x + b\n")
    gradients = program.grad("y", x=np.ones((4, 3)), upstream=np.ones((4, 3)))
    assert (gradients["b"].tolist(), gradients["x"].shape) == ([4, 4, 4], (4, 3))
    with pytest.raises(chainrule.SpecError, match="upstream"):
        program.grad("y", x=np.ones((4, 3)), upstream=np.ones(shape))


@pytest.mark.parametrize("shape", [(5, 3), (1, 3), (4,), (1,), ()])
def test_a_function_looks_at_shapes_at_every_call(shape: tuple[int, ...]) -> None:
    text = "input x: [3] = [1, 1, 1]\nparam w: [3] = [1, 2, 3]\noutput y = sum(w * x)\n"
    f = chainrule.compile(text).function("y", ["w"])
    for _ in range(2):
        for name in ("w", "x"):
            with pytest.raises(chainrule.SpecError, match=f"`{name}`"):
                f(**{name: np.ones(shape)})
        assert f()[0] == 6
        assert f(w=np.ones(3))[0] == 3


def test_parameters_of_another_size_along_a_dim() -> None:
    program = chainrule.compile("dim F\nparam w: [F] = ones()\noutput y = sum(w) / F\n", set={"F": 2})
    assert program.run()["y"] == 1
    program = chainrule.compile("dim F\ninput x: [F]\nparam w: [F] = ones()\noutput y = sum(w) / F\nz = x * w\n")
    for size in (3, 5):
        program.params = {"w": np.full(size, 2.0)}
        assert program.run(x=np.ones(size))["y"] == program.predict()["y"] == 2
    with pytest.raises(chainrule.SpecError):
        program.run(x=np.ones(3))


def test_what_is_refused_leaves_no_size_behind() -> None:
    program = chainrule.compile(
        "dim N, F\ninput x: [N, F]\ninput t: int[N]\nparam W: [F, 3] = he()\noutput l = softmax-loss(x @ W, t)\n"
    )
    calls: list[Callable[..., object]] = [
        program.run,
        program.function("l"),
        program.predict,
        partial(program.grad, "l"),
    ]
    for call in calls:
        with pytest.raises(chainrule.SpecError, match="the classes are 0 to 2"):
            call(x=np.ones((1, 5)), t=[3])
    assert program.run(x=np.ones((1, 4)), t=[2])["l"] > 0
    assert program.params["W"].shape == (4, 3)


def test_which_inputs_are_given_tells_dims_apart() -> None:
    program = chainrule.compile("dim N, M\ninput a: [N]\ninput b: [M]\ninput c = 1\noutput y = c * N\nz = c * M\n")
    f = program.function("y")
    assert f(a=np.ones(3))[0] == 3
    with pytest.raises(chainrule.SpecError, match="the size `N` is not known"):
        f(b=np.ones(3))
    assert program.function("z")(b=np.ones(3))[0] == 3


def test_a_default_that_an_output_does_not_need_is_not_in_its_way() -> None:
    program = chainrule.compile(XOR)
    assert program.predict(x=[[0, 1], [1, 1]])["y"].shape == (2, 1)
    assert np.shape(program.function("y")(x=np.zeros((7, 2)))[0]) == (7, 1)
    assert program.grad("y", x=[[0, 1]], upstream=[[1]])["x"].shape == (1, 2)
    with pytest.raises(chainrule.SpecError, match=r"(?s)`t` has 4 where its type .* wants N = 2.*that is its default"):
        program.run(x=[[0, 1], [1, 1]])
    assert program.run(x=[[0, 1], [1, 1]], t=[[1], [0]])["loss"] > 0
    assert program.run()["loss"] > 0


def test_a_default_that_an_output_does_not_need_may_give_a_size() -> None:
    assert chainrule.compile("dim N\ninput x: [N] = [1, 2, 3]\noutput y = 2 * N\n").run()["y"] == 6


# --- other processes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tensor", ["", "v = [1, 2]\n"])
def test_a_long_chain(tensor: str) -> None:
    count = 20_000 if not tensor else 5_000
    lines = "".join(f"y{n + 1} = y{n} + 1\n" for n in range(count))
    program = chainrule.compile(f"input x = 1\n{tensor}y0 = x\n{lines}")
    assert program.run()[f"y{count}"] == count + 1
    assert program.grad(f"y{count}")["x"] == 1


def test_many_users() -> None:
    count = 10_000
    lines = "".join(f"y{n} = x * {n}\n" for n in range(count))
    program = chainrule.compile(f"input x = 1\n{lines}total = {' + '.join(f'y{n}' for n in range(count))}\n")
    assert program.grad("total")["x"] == count * (count - 1) // 2


def test_the_same_bits_whatever_the_hash_of_texts() -> None:
    text = NET.replace("steps = 50", "steps = 5").replace("input x: [N, 3]", "input x: [N, 3] = [[1, 2, 3], [4, 5, 6]]")
    text = text.replace("input t: int[N]", "input t: int[N] = [1, 3]")
    code = f"""
import hashlib, numpy, chainrule
program = chainrule.compile({text!r})
gradients = program.grad("loss")
print(list(gradients), list(program.params))
program.train()
values = [*gradients.values(), *program.params.values(), program.run()["probabilities"]]
print(hashlib.sha256(b"".join(numpy.ascontiguousarray(value).tobytes() for value in values)).hexdigest())
"""
    assert len(said_under_hash_seeds(code)) == 1


def test_an_expression_that_is_minimized_is_what_grad_speaks_of() -> None:
    program = chainrule.compile(
        "param w = 1\noutput y = 2 * w\nz = y + 1\ntrain { minimize = y * y + z; optimizer = sgd(lr = 0.1); steps = 1 }"
    )
    assert program.default_of == "train.minimize"
    gradients = program.grad()
    assert dict(gradients) == {"w": 10.0, "y": 5.0, "z": 1.0, "train.minimize": 1.0}
    assert gradients["train.minimize.mul"] == 1.0
    assert program.function("train.minimize", grad=["w"])()[1] == {"w": 10.0}
    assert "train.minimize" in program._repr_mimebundle_()["text/plain"]  # type: ignore[operator]  # a text
    assert list(program.run()) == ["w", "y", "z"]
