"""Models of ONNX as specs: what other tools exported, what we did, and files that nobody should have made."""

import re
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import chainrule
from chainrule import SpecError
from chainrule.program.imports import import_onnx
from chainrule.runtime.exchange.onnx_import import legal

MODELS = Path(__file__).parent / "models"
MAKER = Path(__file__).parent / "makers" / "make_models.py"
SPECS = Path(chainrule.__file__).parent / "specs"


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.onnx")), ids=lambda path: path.stem)
def test_models_of_other_tools_predict_what_they_did(path: Path) -> None:
    program = import_onnx(path)
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as kept:
        (name,) = program.spec.graph.inputs
        found = program.run({name: kept["x"]})
        for output, expected in zip(program.outputs, [kept[key] for key in kept if key != "x"], strict=True):
            largest = float(np.max(np.abs(expected))) or 1.0
            np.testing.assert_allclose(found[output], expected, rtol=0, atol=1e-6 * largest)


@pytest.mark.parametrize("name", ["xor", "attention", "lenet", "recurrence", "residual"])
def test_a_spec_comes_back_exactly(name: str, tmp_path: Path) -> None:
    program = chainrule.load(SPECS / f"{name}.graph", "float32")
    program.export(tmp_path / "net.onnx")
    rows = program.rows(0, 3) if program.spec.data else {}
    own = program.run(rows)
    for flat in (False, True):
        back = import_onnx(tmp_path / "net.onnx", flat=flat)
        back.precision = "float32"
        assert ("block " in back.spec.source.text) == (name == "residual" and not flat)
        found = back.run({path: rows[path] for path in back.spec.graph.inputs if path in rows})
        assert back.outputs == [each.name for each in onnx.load(tmp_path / "net.onnx").graph.output]
        for output in back.outputs:
            assert np.array_equal(found[output], own[output])


def test_a_model_that_takes_raw_rows(tmp_path: Path) -> None:
    """Numbers, which may be missing, are read; texts are refused in words."""
    program = chainrule.load(SPECS / "iris.graph", "float32")
    program.notify = lambda finding: None
    program.export(tmp_path / "iris.onnx", raw=True)
    back = import_onnx(tmp_path / "iris.onnx")
    back.notify = lambda finding: None
    rows = np.array([[5.1, 3.5, 1.4, 0.2], [6.0, np.nan, 4.0, 1.3]])
    columns = dict(zip(back.spec.graph.inputs, rows.T, strict=True))
    assert [*columns] == ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    found = back.run(columns)
    assert found["complete"].tolist() == [1, 0]
    np.testing.assert_allclose(found["scores"][:1], program.run(x=rows[:1])["scores"], rtol=1e-6)
    assert np.isnan(found["scores"][1]).all()
    chainrule.load(SPECS / "flats.graph").export(tmp_path / "flats.onnx", raw=True)
    with pytest.raises(SpecError, match="input `district` is a text, and a spec takes numbers alone"):
        import_onnx(tmp_path / "flats.onnx")


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_numbers_that_no_text_can_say(value: float, tmp_path: Path) -> None:
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 2]) for name in "xy")
    held = [numpy_helper.from_array(np.asarray(each, np.float32), f"c{len(each)}") for each in ([value], [value, 1])]
    scalar = helper.make_node("Constant", [], ["c"], value_float=value)
    nodes = [
        helper.make_node("Add", pair, [out])
        for pair, out in ((["x", "c"], "a"), (["a", "c1"], "b"), (["b", "c2"], "y"))
    ]
    made = helper.make_model(helper.make_graph([scalar, *nodes], "net", [x], [y], held))
    (tmp_path / "model.onnx").write_bytes(made.SerializeToString())
    program = import_onnx(tmp_path / "model.onnx")
    program.notify = lambda finding: None
    np.testing.assert_array_equal(program.run(x=[[1, 2]])["y"], [[value, value]])


def test_the_text_is_a_spec_that_a_person_reads(tmp_path: Path) -> None:
    chainrule.load(SPECS / "iris.graph").export(tmp_path / "iris.onnx")
    text = import_onnx(tmp_path / "iris.onnx").spec.source.text
    assert text.splitlines()[0] == 'chainrule 1 "Three kinds of iris"'
    assert text.splitlines()[2:] == [
        "dim N",
        "input x: [N, 4]",
        "param W1: [4, 10] = he()",
        "param b1: [10] = zeros()",
        "h_affine = affine(x, W1, b1)",
        "h = relu(h_affine)",
        "param W2: [10, 3] = he()",
        "param b2: [3] = zeros()",
        "scores = affine(h, W2, b2)",
        "output scores",
    ]


def test_layers_of_another_tool_become_a_block() -> None:
    program, flat = (import_onnx(MODELS / "torch-layers.onnx", flat=flat) for flat in (False, True))
    text = program.spec.source.text
    assert "block layer(x: [batch, 6, 8], mask: [6, 6]) {" in text
    assert "repeat 3 { layer(mask) } as layers" in text
    assert "block layer_norm(x: [batch, 6, 8]) {" in text
    assert "  layer_norm_2 = add_2 -> layer_norm as still" in text
    assert len(text.splitlines()) < 0.4 * len(flat.spec.source.text.splitlines())
    assert program.params["layers[2].key.bias"].tolist() == flat.params["layers_1_key_bias"].tolist()
    rows = np.random.default_rng(1).normal(size=(4, 6, 8))
    (output,) = program.outputs
    assert np.array_equal(program.run(x=rows)[output], flat.run(x=rows)[output])


def layers(tmp_path: Path, *, name: str = "encoder.{}.lin") -> Path:
    """A net of five layers around which a way goes, as torch names its weights and its operators."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3]) for name in "xy")
    chance = np.random.default_rng(0)
    nodes, held, last = [], [], "x"
    for number in range(5):
        weight, bias = (f"{name.format(number)}.{each}" for each in ("weight", "bias"))
        held += [numpy_helper.from_array(chance.normal(size=(3, 3)).astype(np.float32), weight)]
        held += [numpy_helper.from_array(np.zeros(3, np.float32) + number, bias)]
        made = [f"/{name.format(number)}/{each}_output_0" for each in ("Gemm", "Relu")]
        made.append("y" if number == 4 else f"/{name.format(number)}/Add_output_0")
        nodes += [
            helper.make_node("Gemm", [last, weight, bias], made[:1]),
            helper.make_node("Relu", made[:1], made[1:2]),
            helper.make_node("Add", [last, made[1]], made[2:]),
        ]
        last = made[2]
    model = helper.make_model(helper.make_graph(nodes, "net", [x], [y], held))
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    return tmp_path / "model.onnx"


def test_layers_that_are_alike_become_a_block(tmp_path: Path) -> None:
    program, flat = (import_onnx(layers(tmp_path), flat=flat) for flat in (False, True))
    assert program.spec.source.text.splitlines()[2:] == [
        "dim N",
        "block encoder_layer(x: [N, 3]) {",
        "  param lin_weight: [3, 3] = he()",
        "  param lin_bias: [3] = ones()",
        "  lin_Gemm = affine(x, lin_weight, lin_bias)",
        "  lin_Relu = relu(lin_Gemm)",
        "  return x + lin_Relu",
        "}",
        "",
        "input x: [N, 3]",
        "y = x -> repeat 5 { encoder_layer } as encoder",
        "output y",
    ]
    assert program.params["encoder[3].lin_bias"].tolist() == [2, 2, 2]
    rows = np.random.default_rng(1).normal(size=(4, 3))
    assert np.array_equal(program.run(x=rows)["y"], flat.run(x=rows)["y"])


@pytest.mark.parametrize(
    "name", ["층.{}.l", "а.{}.a", '"; {}.}}\n#', "x.{}.y", "{}.x", "relu.{}.relu", "l{}." + "a" * 500]
)
def test_names_of_layers_are_anything(name: str, tmp_path: Path) -> None:
    program, flat = (import_onnx(layers(tmp_path, name=name), flat=flat) for flat in (False, True))
    assert "repeat 5" in program.spec.source.text
    rows = np.random.default_rng(1).normal(size=(4, 3))
    assert np.array_equal(program.run(x=rows)["y"], flat.run(x=rows)["y"])


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("/fc1/Gemm_output_0", "fc1_Gemm"), ("onnx::MatMul_12", "MatMul_12"), ("dense/Relu:0", "dense_Relu"),
        ("0.weight", "n_0_weight"), ("", "n"), ("오차", "오차"), ("a b\n\"c\"", "a_b_c"), ("class", "class"),
        ("\N{CYRILLIC SMALL LETTER A}x", "_x"),
    ],
)  # fmt: skip
def test_names(given: str, name: str) -> None:
    assert legal(given, plain="\N{CYRILLIC SMALL LETTER A}" in given).strip("_") == name.strip("_")


# --- what nobody should have made -------------------------------------------------------------------------------


def model(change: Callable[[Any], object] = lambda model: None, *nodes: Any) -> Any:
    """A model of one layer, after a change."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 2]) for name in "xy")
    weights = numpy_helper.from_array(np.eye(2, dtype=np.float32), "W")
    layer = nodes or (helper.make_node("MatMul", ["x", "W"], ["y"]),)
    made = helper.make_model(helper.make_graph(list(layer), "net", [x], [y], [weights]))
    change(made)
    return made


def tensor(made: Any) -> Any:
    return made.graph.initializer[0]


def outside(location: str, length: int = 16) -> Callable[[Any], None]:
    def change(made: Any) -> None:
        held = tensor(made)
        held.ClearField("raw_data")
        held.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location), ("length", str(length))):
            entry = held.external_data.add()
            entry.key, entry.value = key, value

    return change


def nested(depth: int) -> bytes:
    """A model whose graph holds a node that holds an attribute that holds a graph, and so on."""
    pieces: list[bytes] = []
    size = 0
    for number in [*(5, 1, 6) * depth, 5, 1, 7]:
        length, left = b"", size
        while left > 127:
            length, left = length + struct.pack("B", left & 127 | 128), left >> 7
        pieces.append(struct.pack("B", number << 3 | 2) + length + struct.pack("B", left))
        size += len(pieces[-1])
    return b"".join(reversed(pieces))


HOSTILE: dict[str, tuple[Callable[[], Any], str]] = {
    "no-protobuf": (lambda: b"\xff" * 40, "no protobuf"),
    "empty": (lambda: b"", "no graph"),
    "nested": (lambda: nested(10_000), "nested too deep"),
    "sizes": (lambda: model(lambda made: tensor(made).dims.__setitem__(0, 1 << 40)), "take more than"),
    "bytes": (lambda: model(lambda made: tensor(made).dims.__setitem__(0, 3)), "holds 16 bytes"),
    "below": (lambda: model(lambda made: tensor(made).dims.__setitem__(0, -2)), "sizes that no tensor has"),
    "type": (lambda: model(lambda made: setattr(tensor(made), "data_type", 20)), "type 20"),
    "outside": (lambda: model(outside("../secret")), "outside of the model's folder"),
    "absolute": (lambda: model(outside("/etc/hostname")), "outside of the model's folder"),
    "missing": (lambda: model(outside("weights.bin")), "no file there"),
    "long": (lambda: model(outside("model.onnx", 1 << 40)), "do not agree"),
    "circle": (lambda: model(lambda made: None, helper.make_node("Relu", ["a"], ["y"]),
                             helper.make_node("Relu", ["y"], ["a"])), "nothing before it makes"),
    "twice": (lambda: model(lambda made: None, helper.make_node("Relu", ["x"], ["y"]),
                            helper.make_node("Tanh", ["x"], ["y"])), "made twice"),
    "output": (lambda: model(lambda made: None, helper.make_node("Relu", ["x"], ["z"])), "nothing makes the output"),
    "axis": (lambda: model(lambda made: None, helper.make_node("Softmax", ["x"], ["y"], axis=7)), "axis"),
    "text-for-axis": (lambda: model(lambda made: None, helper.make_node("Softmax", ["x"], ["y"], axis="7")), "Softmax"),
    "copies": (lambda: model(lambda made: None, helper.make_node("Constant", [], ["n"], value_ints=[1 << 40, 1]),
                             helper.make_node("Tile", ["x", "n"], ["y"])), "copies"),
    "recurrent": (lambda: model(lambda made: None, helper.make_node("LSTM", ["x"], ["y"], name="cell\x1b[2J")),
                  "the operator `LSTM`"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_words(name: str, tmp_path: Path) -> None:
    make, words = HOSTILE[name]
    made = make()
    path = tmp_path / "model.onnx"
    path.write_bytes(made if isinstance(made, bytes) else made.SerializeToString())
    (tmp_path.parent / "secret").write_bytes(bytes(16))
    with pytest.raises(SpecError, match=re.escape(words)) as refused:
        import_onnx(path)
    assert "\x1b" not in str(refused.value)


def test_tensors_may_lie_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(np.full((2, 2), 3, "<f4").tobytes())
    (tmp_path / "model.onnx").write_bytes(model(outside("weights.bin")).SerializeToString())
    program = import_onnx(tmp_path / "model.onnx")
    assert program.run(x=[[1, 1]])["y"].tolist() == [[6, 6]]


# --- long checks ------------------------------------------------------------------------------------------------


@pytest.mark.proof
def test_onnxruntime_trains_iris(tmp_path: Path) -> None:
    """The script of docs/, which knows nothing of chainrule."""
    chainrule.load(SPECS / "iris.graph").export(tmp_path / "iris.onnx", train_step=True)
    script, rows = SPECS.parent / "docs" / "train_in_onnxruntime.py", SPECS / "data" / "iris.csv"
    done = subprocess.run(
        [sys.executable, "-I", script, tmp_path / "iris.onnx", rows], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert float(done.stdout.removeprefix("loss ")) < 0.1  # of all rows; 1.1 where no kind is told from another
    lines = script.read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line and not line.startswith(('"', "import"))]) == 10


@pytest.mark.proof
@pytest.mark.parametrize(
    "name", ["torch-mlp", "torch-cnn", "torch-batch-norm", "torch-layers", "sklearn-mlp", "keras-mlp"]
)
def test_models_that_are_made_anew(name: str, tmp_path: Path) -> None:
    made = subprocess.run([sys.executable, MAKER, tmp_path, name], capture_output=True, text=True, check=False)
    if "ModuleNotFoundError" in made.stderr:
        pytest.skip("its tool is not installed")
    path = tmp_path / f"{name}.onnx"
    program = import_onnx(path)
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as kept:
        (given,) = program.spec.graph.inputs
        found = program.run({given: kept["x"]})
        for output, key in zip(program.outputs, [key for key in kept if key != "x"], strict=True):
            largest = float(np.max(np.abs(kept[key]))) or 1.0
            np.testing.assert_allclose(found[output], kept[key], rtol=0, atol=1e-6 * largest)
