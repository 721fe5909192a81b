"""What one record brings along: an operation with a kernel, and one that is defined by nodes, through the whole."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from planned import FOLDED, WAYS, same, trainers

from chainrule.cli.main import group
from chainrule.compiler.compile import compiled
from chainrule.compiler.graph.row_dependence import OfRows, dependence_of
from chainrule.compiler.lower.computation import bound
from chainrule.compiler.ops import arithmetic
from chainrule.compiler.ops.attribute import Attribute
from chainrule.compiler.ops.emitter import direct
from chainrule.compiler.ops.facts import Activation
from chainrule.compiler.ops.operation import Operation, Trial
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.passes.definitions import SpellOut
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile
from chainrule.runtime.checks.gradcheck import check_gradients
from chainrule.runtime.data.binding import Dataset
from chainrule.runtime.evaluate.evaluate import Evaluator
from chainrule.runtime.evaluate.prediction import Predictor
from chainrule.runtime.training.hoisted_rows import prepared
from chainrule.runtime.training.job import job_of
from chainrule.runtime.training.train import Training
from chainrule.views.stages.graph_text import graph_text
from chainrule.views.walk.derivation import Derivation
from chainrule.views.walk.sentences import sentences
from chainrule.views.walk.walk import walk

CONTRIBUTING = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")


def told(name: str) -> str:
    """The record of an operation as CONTRIBUTING tells it."""
    (found,) = re.findall(rf"```py\n({name} = .*?)```", CONTRIBUTING, re.DOTALL)
    return str(found)


def recorded(name: str) -> Operation:
    """The operation of such a record."""
    names: dict[str, Any] = {}
    exec(told(name), {"Activation": Activation, "Attribute": Attribute, "Operation": Operation, "Trial": Trial}, names)
    made = names[name]
    assert isinstance(made, Operation)
    return made


THRESHOLDED_RELU = recorded("THRESHOLDED_RELU")

VALUES: Mapping[str, Callable[[Any], Any]] = {
    "thresholded_relu(X, at = 0.5)": lambda x: np.where(x > 0.5, x, 0),
    "abs(X)": np.abs,
}
CALLS = pytest.mark.parametrize("call", VALUES)


@pytest.fixture(autouse=True)
def both(add_operation: Callable[[Operation], Operation]) -> None:
    add_operation(THRESHOLDED_RELU)


def said(*arguments: str) -> str:
    answer = CliRunner().invoke(group, arguments, prog_name="chainrule")
    assert answer.exit_code == 0, answer.output
    return answer.stdout


@CALLS
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_values_and_gradients(call: str, precision: Any) -> None:
    program = compile(f"input x = [-2, -0.5, 0, 0.5, 0.7, 3]\noutput y = {call.replace('X', 'x')}", precision=precision)
    x = np.array([-2, -0.5, 0, 0.5, 0.7, 3])
    assert program.run()["y"] == pytest.approx(VALUES[call](x))
    slopes = {"a": [-1, -1, 0, 1, 1, 1], "t": [0, 0, 0, 0, 1, 1]}[call[0]]
    assert program.grad("y", upstream=np.full(6, 2.0))["x"].tolist() == [2.0 * slope for slope in slopes]


@CALLS
def test_gradcheck_leaves_out_kinks(call: str) -> None:
    kink = 0.5 if call.startswith("t") else 0.0
    text = f"input x = [-2, {kink}, {kink + 1e-13}, 0.7, 3]\noutput y = sum({call.replace('X', 'x')} * [1, 2, 3, 4, 5])"
    graph = compile(text).spec.graph
    (tensor,) = check_gradients(graph, graph.index["y"], {}, {}).tensors
    assert tensor.holds
    assert set(tensor.kinks) >= {(1,)}
    assert tensor.checked >= 3


NET = """
dim N
input x: [N, 5]
input t: int[N]
param W: [5, 8] = he()
param V: [8, 3] = he()
h = CALL
output scores = h @ V
loss = softmax-loss(scores, t)
train { minimize = loss; optimizer = OPTIMIZER; steps = 4; precision = PRECISION; seed = 2 }
"""


@CALLS
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(("optimizer", "ways"), [("adam(lr = 0.1)", WAYS), ("sgd(lr = 0.1)", FOLDED)])
def test_steps_have_the_bits_of_the_plain_executor(
    call: str, precision: str, optimizer: str, ways: Mapping[str, Any]
) -> None:
    text = NET.replace("CALL", call.replace("X", "x @ W")).replace("OPTIMIZER", optimizer)
    random = np.random.default_rng(4)
    batches = [
        {"x": random.normal(size=(rows, 5)).astype(precision), "t": random.integers(3, size=rows)} for rows in (7, 1, 7)
    ]
    same(trainers(text.replace("PRECISION", precision), ways), batches)


@CALLS
def test_a_step_on_floats(call: str) -> None:
    text = f"param w = 0.7\nloss = ({call.replace('X', 'w')} - 2) ** 2\n"
    text += "train { minimize = loss; optimizer = sgd(lr = 0.1); steps = 3; precision = float64 }"
    same(trainers(text), [{}] * 3)


@CALLS
def test_predictions_some_rows_at_a_time(call: str) -> None:
    program = compile(f"dim N\ninput x: [N, 5]\nparam W: [5, 3] = he()\noutput y = {call.replace('X', 'x @ W')}")
    x = np.random.default_rng(0).normal(size=(1003, 5)).astype("f4")
    graph = program.spec.graph
    fed = {graph.index["x"]}
    assert dependence_of(graph, fed, graph.outputs)[graph.outputs[0]] is OfRows.ROWS
    parts = Predictor(Evaluator({}), graph, list(graph.outputs), {}, "float32", chunk_bytes=5000)
    found = parts.over({"x": x}, program.params)["y"]
    assert found == pytest.approx(program.predict(x=x)["y"], rel=1e-5, abs=1e-6)


@CALLS
def test_work_on_rows_is_done_once(call: str) -> None:
    text = NET.replace("h = CALL", f"h = {call.replace('X', '(x - 0.2) / 0.3')} @ W")
    text = text.replace("OPTIMIZER", "momentum(lr = 0.05)").replace("steps = 4", "epochs = 3; exact = true")
    spec = compile(text.replace("PRECISION", "float32")).spec
    assert spec.train is not None
    random = np.random.default_rng(1)
    rows = {"x": random.normal(size=(21, 5)).astype("f4"), "t": random.integers(3, size=21)}
    job = job_of(spec, replace(spec.train, batch=8), Dataset(rows, 21), None)
    assert prepared(job).training is not job.training
    trainings = [Training(each) for each in (job, replace(job, optimise=False))]
    for training in trainings:
        training.run()
    first, second = ({path: value.tobytes() for path, value in each.params.items()} for each in trainings)
    assert first == second


@CALLS
def test_it_is_one_step_of_a_derivation(call: str) -> None:
    program = compile(f"input x = 3\ny = {call.replace('X', 'x')}\noutput z = y * 2")
    taken = walk(program.spec, program.spec.graph.index["z"], {}, {})
    told = [each.text for each in sentences(taken)]
    equations = "\n".join(Derivation(taken).reverse(None))
    if call.startswith("t"):
        assert "y = thresholded_relu(x, at = 0.5) = thresholded_relu(3, at = 0.5) = 3" in told
        assert "d z/d x = 2 (arriving) × (1 where x - 0.5 > 0, else 0) = 2 × 1 = 2" in told
        assert r"\text{1 where }x\text{ - 0.5 \textgreater{} 0, else 0}" in equations
    else:
        assert "y = abs(x) = abs(3) = 3" in told
        assert "d z/d x = 2 (arriving) × (1 where x > 0, -1 where x < 0, else 0) = 2 × 1 = 2" in told
        assert r"\left|x\right|" in "\n".join(Derivation(taken).forward())
    program = compile(f"input x = [3, 0.2]\ny = {call.replace('X', 'x')}\noutput z = sum(y)")
    told = [each.text for each in sentences(walk(program.spec, program.spec.graph.index["z"], {}, {}))]
    rule = "g where x - 0.5 > 0, else 0" if call.startswith("t") else "g where x > 0, -g where x < 0, else 0"
    assert any(rule in each for each in told)


@CALLS
def test_it_is_one_node_of_pictures_and_tables(call: str, tmp_path: Path) -> None:
    name = call.partition("(")[0]
    path = tmp_path / "new.graph"
    path.write_text(f"input x = 3\noutput y = {call.replace('X', 'x')}\n", encoding="utf-8")
    assert said("draw", str(path), "--to", "text").count(name) == 1
    assert f">{name}<" in said("draw", str(path), "--to", "svg", "--out", "-")
    (line,) = (line for line in said("show", str(path)).splitlines() if line.startswith("y "))
    assert line.split()[:3] == ["y", name, "x"]
    flops = {"abs": 1, "thresholded_relu": 2}[name]
    assert line.split()[5] == str(flops)
    for stage in ("reverse", "optimised", "plan", "python"):
        said("show", str(path), "--after", stage)
    assert said("check", str(path)) == ""


@CALLS
def test_its_text_and_its_record_come_back(call: str) -> None:
    text = f"input x = 3\noutput y = {call.replace('X', 'x')}\n"
    spec = compile(text).spec
    again = compile(graph_text(spec.graph)).spec
    assert [node[:4] for node in again.graph.nodes] == [node[:4] for node in spec.graph.nodes]


def codes(text: str) -> list[str]:
    return [each.code for each in compiled(Source("test.graph", text), Path()).diagnostics]


@CALLS
def test_advice(call: str) -> None:
    start = NET.replace("CALL", call.replace("X", "x @ W")).replace("OPTIMIZER", "sgd(lr = 0.1)")
    start = start.replace("PRECISION", "float32")
    assert codes(start) == []
    # A bound that always holds is known of `abs`; of what weights start from before the other.
    idle = f"input x = 3\noutput y = {call.replace('X', 'x')}\nexpect y >= 0\n"
    assert codes(idle) == (["G604"] if call.startswith("a") else [])
    other = start.replace("W: [5, 8] = he()", "W: [5, 8] = xavier()")
    assert codes(other) == (["G623"] if call.startswith("t") else [])


@CALLS
def test_columns_of_data(call: str) -> None:
    text = f"""
dim N
input c: [N, 1]
param w = 1
loss = mean(w * c)
data d {{ c = {call.replace("X", "[[-3], [0.2], [4]]")} }}
train {{ data = d; minimize = loss; optimizer = sgd(lr = 0.1); steps = 1 }}
"""
    rows = compile(text).rows()["c"]
    assert rows == pytest.approx(VALUES[call](np.array([[-3], [0.2], [4]])))


def test_a_block_of_the_same_name_goes_before_it() -> None:
    text = "block abs(x) { return x * 10 }\ninput x = -2\noutput y = abs(x)\nz = x -> abs -> abs\nexpect z == -200\n"
    program = compile(text)
    assert program.run()["y"] == -20
    assert program.test()
    assert codes(text) == ["G605"]
    assert OPERATIONS["abs"] not in {node.operation for node in program.spec.full.nodes}


def test_other_tools_names_lead_to_it() -> None:
    with pytest.raises(SpecError) as caught:
        compile("input x = 1\noutput y = fabs(x)\n")
    assert caught.value.diagnostics[0].hint == "write `abs(x)`"


def test_what_is_told_of_abs_is_its_record() -> None:
    records = Path(arithmetic.__file__).read_text(encoding="utf-8")
    assert re.sub("  # .*", "", told("ABS")) in records


def test_a_composite_operation_may_have_a_kernel(add_operation: Callable[[Operation], Operation]) -> None:
    made = add_operation(
        Operation(
            "magnitude", ("x",), "|x|", "A trial.", trials=(Trial(((2, 3),)),),
            define=lambda builder, x: builder.abs(x), kernel=direct("absolute"), in_place=(0,),
        )
    )  # fmt: skip
    text = NET.replace("CALL", "magnitude(x @ W)").replace("OPTIMIZER", "adam(lr = 0.1)")
    text = text.replace("PRECISION", "float32")
    random = np.random.default_rng(4)
    batches = [{"x": random.normal(size=(7, 5)).astype("f4"), "t": random.integers(3, size=7)} for _ in range(3)]
    same(trainers(text, WAYS), batches)
    graph = compile(text).spec.graph
    kept = SpellOut()(bound(graph, graph.outputs, {"N": 7}, "float32"))
    assert made in {node.operation for node in kept.nodes}
    assert OPERATIONS["abs"] not in {node.operation for node in kept.nodes}
