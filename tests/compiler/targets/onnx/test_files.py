"""Programs as models of ONNX: what they compute, a step of their training, names, what the file says of itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

import chainrule
from chainrule.compiler.derive.training import STEP_COUNT
from chainrule.program.exported import Options

SPECS = Path(chainrule.__file__).parent / "specs"

NET = """
chainrule 1 "A net of */ quotes"
dim N
## Two numbers a row.
input class: [N, 2]
input t: int[N]
param None: [2, 4] = he()
param 편향: [4] = zeros()
param W2: [4, 3] = he()
h = tanh(class @ None + 편향)
output scores = h @ W2
loss = softmax-loss(scores, t)
train { minimize = loss; optimizer = OPTIMIZER; steps = 4; groups = [group("W2", lr = 0.3)] }
"""


def evaluated(content: bytes | None, feeds: Mapping[str, Any], precision: str = "float32") -> dict[str, Any]:
    """What onnx's own evaluator computes, by name."""
    model = onnx.load_from_string(content or b"")
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    fed = {each.name for each in model.graph.input}
    held = {each.name: onnx.numpy_helper.to_array(each) for each in model.graph.initializer if each.name in fed}
    given = {name: np.asarray(value) for name, value in feeds.items() if name in fed}
    narrow = {name: value.astype(precision) if value.dtype.kind == "f" else value for name, value in given.items()}
    names = [each.name for each in model.graph.output]
    return dict(zip(names, ReferenceEvaluator(model).run(None, {**held, **narrow}), strict=True))


def near(found: Any, own: Any, share: float) -> None:
    largest = float(np.max(np.abs(own), initial=0.0)) or 1.0
    np.testing.assert_allclose(found, own, rtol=0, atol=share * largest)


@pytest.mark.parametrize(
    "optimizer",
    [
        "sgd(lr = 0.1, clip_norm = 0.1)",
        "nesterov(lr = 0.1, weight_decay = 0.1, clip_value = 0.05)",
        "adagrad()",
        "rmsprop()",
        "adamw(lr = 0.05)",
    ],
)
def test_steps_are_those_of_a_training(optimizer: str) -> None:
    program = chainrule.compile(NET.replace("OPTIMIZER", optimizer), "float64")
    random = np.random.default_rng(0)
    rows = {"class": random.normal(size=(5, 2)), "t": random.integers(0, 3, 5)}
    content = program.exported("onnx", options=Options(train_step=True)).content
    trainer = program.trainer(data=rows)
    gradients = program.grad("loss", rows)
    state: dict[str, Any] = {}
    for step in range(3):
        values = evaluated(content, {**rows, **state, STEP_COUNT: np.int64(step + 1)}, "float64")
        near(values["loss"], trainer.step(rows), 1e-12)
        if not step:
            near(values["d_None"], gradients["None"], 1e-12)
        state = {name.removeprefix("next "): value for name, value in values.items() if name.startswith("next ")}
    for path, value in {**trainer.params, **trainer.states}.items():
        near(state[path], value, 1e-12)


@pytest.mark.parametrize("name", ["xor", "recurrence", "target-network", "tied-autoencoder"])
def test_specs_in_32_bits(name: str) -> None:
    program = chainrule.load(SPECS / f"{name}.graph")
    program.notify = lambda found: None
    rows = program.rows(0, 4) if program.spec.train is not None and program.spec.train.data else {}
    own = program.run(rows)
    found = evaluated(program.exported("onnx").content, rows)
    for output, value in found.items():
        near(value, own[output], 2e-6)


def test_names_and_notes(tmp_path: Path) -> None:
    program = chainrule.compile(NET.replace("OPTIMIZER", "sgd(lr = 0.1)"), name="folder/net.graph")
    program.classes = {"t": ("가", '"', "c")}
    program.export(tmp_path / "net.onnx")
    model = onnx.load(tmp_path / "net.onnx")
    assert [each.name for each in model.graph.input] == ["class"]
    assert {"None", "편향", "W2"} <= {each.name for each in model.graph.initializer}
    assert [each.name for each in model.graph.output] == ["scores"]
    assert "h" in {each.name for each in model.graph.node}
    assert (model.opset_import[0].version, model.ir_version, model.producer_name) == (21, 10, "chainrule")
    notes = {each.key: each.value for each in model.metadata_props}
    assert notes["title"] == program.spec.title
    assert notes["spec"] == "net.graph"
    assert json.loads(notes["classes t"]) == ["가", '"', "c"]
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "N"
    content = (tmp_path / "net.onnx").read_bytes()
    assert program.exported("onnx").content == content
    rows = np.random.default_rng(0).normal(size=(3, 2))
    near(evaluated(content, {"class": rows})["scores"], program.run({"class": rows})["scores"], 2e-6)


def test_what_is_drawn_is_fed() -> None:
    text = """
    dim N
    input x: [N, 3]
    param w: [3] = ones()
    noise = normal_like(x)
    loss = mean((x + in_training(noise, 0 * x)) * w)
    train { minimize = loss; optimizer = sgd(lr = 0.1); steps = 1 }
    """
    program = chainrule.compile(text)
    rows, noise = np.ones((2, 3)), np.arange(6.0).reshape(2, 3)
    content = program.exported("onnx", options=Options(train_step=True)).content
    notes = {each.key: each.value for each in onnx.load_from_string(content or b"").metadata_props}
    assert json.loads(notes["draws"]) == {"noise": "normal_like"}
    near(evaluated(content, {"x": rows, "noise": noise})["loss"], np.mean(rows + noise), 1e-6)
    plain = onnx.load_from_string(program.exported("onnx").content or b"")
    assert [each.name for each in plain.graph.input] == ["x"]


def test_sizes_that_hang_on_an_input() -> None:
    text = "dim N, M\ninput x: [2 * N + 1, M]\noutput y = sum(expand(x, [3, 2 * N + 1, M])) / (N * M)\n"
    program = chainrule.compile(text.replace("/ (N * M)", "/ N"))
    rows = np.arange(10.0).reshape(5, 2)
    near(evaluated(program.exported("onnx").content, {"x": rows})["y"], program.run(x=rows)["y"], 1e-6)


def test_a_step_needs_a_training() -> None:
    with pytest.raises(chainrule.SpecError):
        chainrule.compile("output y = 1.0").exported("onnx", options=Options(train_step=True))


def test_a_lazy_step_changes_the_rows_that_are_read() -> None:
    text = """
    dim N
    input x: int[N]
    param E: [6, 2] = normal()
    loss = mean(take(E, x) ** 2)
    train { minimize = loss; optimizer = adam(lr = 0.1, lazy = true); steps = 4 }
    """
    program = chainrule.compile(text, "float64")
    content = program.exported("onnx", options=Options(train_step=True)).content
    trainer = program.trainer()
    state: dict[str, Any] = {}
    for step, numbers in enumerate([[1, 1, 3], [0, 3, 3], [5, 1, 0]]):
        rows = {"x": np.array(numbers)}
        values = evaluated(content, {**rows, **state, STEP_COUNT: np.int64(step + 1)}, "float64")
        near(values["loss"], trainer.step(rows), 1e-12)
        state = {name.removeprefix("next "): value for name, value in values.items() if name.startswith("next ")}
    near(state["E"], trainer.params["E"], 1e-12)
    assert (state["E"][[2, 4]] == program.held["E"][[2, 4]]).all()


def test_a_state_that_lies_apart(tmp_path: Path) -> None:
    program = chainrule.load(SPECS / "iris.graph", training=True)
    whole = program.exported("onnx", options=Options(train_step=True)).content
    paths = program.export(tmp_path / "iris.onnx", train_step=True, state_apart=True)
    assert [each.name for each in paths] == ["iris.start.onnx", "iris.onnx"]
    start, step = (each.read_bytes() for each in paths)
    rows = program.rows(0, 5)
    first = evaluated(start, {})
    needed = {each.name for each in onnx.load_from_string(step).graph.input}
    assert needed == {*first, *rows}
    found, own = evaluated(step, {**rows, **first}), evaluated(whole, rows)
    assert all(np.array_equal(found[name], value) for name, value in own.items())
