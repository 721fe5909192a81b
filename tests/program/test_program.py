"""What a script can do with a spec."""

import copy
import pickle
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import networkx
import numpy as np
import pytest
from hash_seeds import said_under_hash_seeds

import chainrule
from chainrule.compiler.graph.spec import Precision
from chainrule.runtime.callbacks import Callback
from chainrule.runtime.training.train import Training

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


def test_the_front_door() -> None:
    assert set(chainrule.__all__) <= set(dir(chainrule))
    with pytest.raises(AttributeError):
        getattr(chainrule, "nothing")  # noqa: B009  # a type checker would see that there is none
    assert chainrule.__version__


def test_a_callback_of_ones_own() -> None:
    class Enough(chainrule.Callback):
        def stepped(self, training: Training) -> None:
            if training.step == 4:
                training.stop()

    program = chainrule.compile("param w = 3\ny = w * w\ntrain { minimize = y; optimizer = sgd(lr = 0.1); steps = 9 }")
    assert len(program.train(callbacks=[Enough()]).losses) == 4
    assert Callback is chainrule.Callback  # scripts of 0.1.0 found it there


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


def test_a_loop_of_ones_own() -> None:
    trainer = chainrule.compile(NET).trainer(batch=8)
    losses = [float(trainer.step(**ROWS)) for _ in range(30)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.8 * losses[0]
    assert trainer.params["W"].shape == (3, 4)


def test_training_without_data() -> None:
    text = "param w = 4\nloss = (w - 1) ** 2\ntrain { minimize = loss; optimizer = sgd(lr = 0.25); epochs = 60 }\n"
    program = chainrule.compile(text)
    assert program.params["w"] == 4
    program.train()
    assert program.params["w"] == pytest.approx(1, abs=1e-5)
    assert program.params["w"].dtype == "float32"


def test_the_graph() -> None:
    graph = chainrule.compile(NET).graph
    assert isinstance(graph, networkx.MultiDiGraph)
    assert {data["path"] for _, data in graph.nodes(data=True)} >= {"x", "t", "W", "b", "h", "scores", "loss"}


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_precision(precision: Precision) -> None:
    program = chainrule.compile(NET, precision=precision)
    assert program.run(ROWS)["probabilities"].dtype == precision
    assert program.grad("loss", ROWS)["W"].dtype == precision
    assert program.params["W"].dtype == precision


def test_settings() -> None:
    program = chainrule.compile(APPLES, set={"price": 10, "tax": "2 / 4"})
    assert program.run()["total"] == 10
    text = "const k = 2\ninput x = [1, 2]\nparam w = 1\ny = k * x * w\n"
    assert chainrule.compile(text, set={"x": np.array([3, 4]), "k": 0.5, "w": -1}).run()["y"].tolist() == [-1.5, -2]


def test_files(tmp_path: Path) -> None:
    (tmp_path / "apple.graph").write_text(APPLES, encoding="utf-8")
    program = chainrule.load(tmp_path / "apple.graph")
    assert program.run(price=150)["total"] == pytest.approx(330)
    assert Path(program.spec.source.name) == tmp_path / "apple.graph"
    with pytest.raises(chainrule.SpecError):
        chainrule.load(tmp_path / "pear.graph")


def test_faults() -> None:
    with pytest.raises(chainrule.SpecError) as caught:
        chainrule.compile("y = x +\nz = q\n")
    assert [diagnostic.severity for diagnostic in caught.value.diagnostics] == ["error", "error"]
    assert str(caught.value).startswith("<text>:1:")
    program = chainrule.compile("input x: [2]\nparam w = 1\ny = x * w\n")
    for feeds in ({}, {"x": [1, 2, 3]}, {"x": [[1, 2]]}, {"x": [1, 2], "z": 3}):
        with pytest.raises(chainrule.SpecError):
            program.run(feeds)


def test_claims() -> None:
    results = chainrule.compile(
        f"{APPLES}expect total == 220\nexpect d(total)/d(price) == 2.2\nexpect total < 1\n"
    ).test()
    assert [result.holds for result in results] == [True, True, False]
    assert repr(results).splitlines() == [
        "holds  <text>:7: expect total == 220",
        "holds  <text>:8: expect d(total)/d(price) == 2.2",
        "FAILS  <text>:9: expect total < 1",
        f"       {results[2].diagnostics[0].message}",
        "2 of 3 claims hold",
    ]
    assert repr(chainrule.compile(APPLES).test()) == "there are no claims"


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


@pytest.mark.parametrize("first", ["2 * N", "N + 1", "2 * N + 1"])
@pytest.mark.parametrize("rows", [5, 4, 3])
def test_predictions_of_rows_that_are_no_plain_dim(first: str, rows: int) -> None:
    program = chainrule.compile(f"dim N\ninput x: [{first}, 3]\noutput y = exp(x)\n")
    x = np.zeros((rows, 3))
    fits = {"2 * N": rows % 2 == 0, "N + 1": True, "2 * N + 1": rows % 2 == 1}[first]
    if not fits:
        with pytest.raises(chainrule.SpecError):
            program.predict(x=x)
        return
    assert program.predict(x=x)["y"].shape == program.run(x=x)["y"].shape == (rows, 3)


XOR = """dim N
input x: [N, 2] = [[0, 0], [0, 1], [1, 0], [1, 1]]
input t: [N, 1] = [[0], [1], [1], [0]]
param W: [2, 3] = xavier()
param V: [3, 1] = xavier()
output y = sigmoid(tanh(x @ W) @ V)
loss = mse(y, t)
"""


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


def sent(program: chainrule.Program) -> Iterator[chainrule.Program]:
    yield pickle.loads(pickle.dumps(program))
    yield copy.copy(program)
    yield copy.deepcopy(program)


def test_programs_can_be_sent_and_copied() -> None:
    program = chainrule.compile(NET, set={"W": "he()"}, precision="float64")
    for twin in sent(program):  # before parameters are drawn, and after a training
        assert np.array_equal(twin.run(ROWS)["loss"], program.run(ROWS)["loss"])
    program.trainer().step(ROWS)
    program.function("loss", ["W"])(**ROWS)
    program.params = {path: value + 1 for path, value in program.params.items()}
    for twin in sent(program):
        assert (twin.settings, twin.precision, repr(twin)) == ({"W": "he()"}, "float64", repr(program))
        assert all(np.array_equal(value, program.params[path]) for path, value in twin.params.items())
        twin.params = {path: value * 0 for path, value in twin.params.items()}
    assert np.any(program.params["W"])


def test_programs_with_data_files_and_runs_can_be_sent(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("x,t\n1,a\n2,b\n3,a\n")
    (tmp_path / "net.graph").write_text(
        'use "layers.graph"\ndim N\ninput x: [N]\ninput t: int[N]\nparam w: [2] = [0.1, -0.1]\n'
        "scores = rows(x, w)\noutput loss = softmax-loss(scores, t)\n"
        'data d { x = csv("rows.csv", "x"); t = csv("rows.csv", "t") }\n'
        "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 3; data = d; metrics = [accuracy(scores, t)] }\n"
    )
    (tmp_path / "layers.graph").write_text(
        "block rows(x: [N], w) { return x * transpose([[1, 1]]) -> transpose -> mul(w) }\n"
    )
    program = chainrule.load(tmp_path / "net.graph")
    program.train(run=tmp_path / "run")
    loaded = chainrule.load(tmp_path / "run", set={"d.x": [3, 2, 1]})
    for made in (program, loaded):
        for twin in sent(made):
            assert twin.classes == {"t": ("a", "b")}
            assert twin.evaluate() == made.evaluate()
            assert all(np.array_equal(value, made.params[path]) for path, value in twin.params.items())
    (tmp_path / "layers.graph").unlink()
    assert next(sent(program)).evaluate() == program.evaluate()
    assert next(sent(chainrule.load(tmp_path / "run"))).history.rows == program.history.rows


def test_what_programs_give_can_be_sent() -> None:
    program = chainrule.compile(APPLES)
    for results in (program.run(), program.grad()):
        assert pickle.loads(pickle.dumps(results)) == dict(results)
    text = "param w = 4\nloss = (w - 1) ** 2\ntrain { minimize = loss; optimizer = sgd(lr = 0.25); epochs = 6 }\n"
    history = chainrule.compile(text).train()
    assert pickle.loads(pickle.dumps(history)).best == history.best
    with pytest.raises(chainrule.SpecError) as caught:
        program.run(price="dear")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_loaded_model_that_is_saved_again_keeps_its_settings(tmp_path: Path) -> None:
    text = "const k = 2\nparam w: [k] = ones()\noutput y = sum(w)\n"
    chainrule.compile(text, set={"k": 4}).save(tmp_path / "a.safetensors")
    chainrule.load(tmp_path / "a.safetensors").save(tmp_path / "b.safetensors")
    assert chainrule.load(tmp_path / "b.safetensors").run()["y"] == 4


# --- size -------------------------------------------------------------------------------------------------------


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


def test_the_seed_of_a_spec_without_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "drawn.graph"
    path.write_text("param w: [2] = normal()\noutput y = sum(w * w)\n", encoding="utf-8")
    first, again = (chainrule.load(path, set={"train.seed": 7}) for _ in range(2))  # compiled, then from the cache
    assert np.array_equal(first.params["w"], again.params["w"])
    assert not np.array_equal(first.params["w"], chainrule.load(path).params["w"])
    again.save(tmp_path / "m.safetensors")
    assert chainrule.load(tmp_path / "m.safetensors").spec.seed == 7
