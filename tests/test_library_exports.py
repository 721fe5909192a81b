"""Exports to PyTorch and JAX: texts for every spec, hostile names; and what they compute, where the library is."""

import csv
import math
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported_libraries import answers, differences, task_of, told
from raw_table import SPEC, TABLE

import chainrule
from chainrule.compiler.graph.spec import Precision
from chainrule.compiler.ops.forms import jnp_form

ROOT = Path(__file__).parent.parent
SPECS = sorted((ROOT / "specs").glob("*.graph"))
LIBRARIES = ("torch", "jax")
STEPS = {"hostile": 3}

HOSTILE = '''chainrule 1 "a \\\\ title with ' and */ in it"
dim class, def
## doc with """ and \\ and */
input None: [class, 3] = [[1, 2, 3], [4, 5, 6]]
input int: int[class] = [0, 1]
input torch = 2
input jnp = 3
input key = 1
input REAL = 1.5
input net = 0.5
param self: [3, 4] = he()
param 오차: [4] = zeros()
param forward: [4] = ones()
param training = 0.5
param state_dict = 0.5
state Net: [4] = zeros()
next Net = 0.9 * Net + 0.1 * mean(None @ self, axis = 0)
optimiser = None @ self + 오차 + Net
functional = in_training(optimiser * less(uniform_like(optimiser), 0.5), optimiser)
larger = sigmoid(functional * torch)
uniform = larger + forward * training * jnp * key * REAL * state_dict
output held = uniform * 1.5 * net
output clip = softmax(held)
loss = softmax-loss(held, int) + 0.001 * sum(clip)
train { minimize = loss; optimizer = adam(lr = 0.01, clip_norm = 1, clip_value = 0.5); steps = 3; report = every(1)
  metrics = [accuracy(held, int)] }
'''


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of all specs, a room for each library, and of one whose names are hostile.

    Arrays are not there that lie beside them: what is large takes long to write.
    """
    folder = tmp_path_factory.mktemp("files")
    programs = {spec.stem: chainrule.load(spec) for spec in SPECS}
    programs["hostile"] = chainrule.compile(HOSTILE)
    for name, program in programs.items():
        program.notify = lambda found: None
        for library in LIBRARIES:
            file = folder / library / f"{name}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text(program.exported(library, file).text, encoding="utf-8")
    return folder


def test_files_are_python_and_lint_clean(files: Path) -> None:
    assert SPECS
    assert len(list(files.rglob("*.py"))) == 2 * len(SPECS) + 2
    for file in files.rglob("*.py"):
        compile(file.read_text(encoding="utf-8"), file.name, "exec")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "."]
    for library in LIBRARIES:
        ran = subprocess.run(command, capture_output=True, text=True, cwd=files / library, check=False)
        assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_same_file_every_time(library: str, tmp_path: Path) -> None:
    spec = ROOT / "specs" / "iris.graph"
    one, other = (chainrule.load(spec).exported(library, tmp_path / "iris.py") for _ in range(2))
    assert one.text == other.text


@pytest.mark.parametrize("target", ["python", "torch", "jax", "c", "onnx"])
def test_the_same_file_whatever_was_asked_before(target: str, tmp_path: Path) -> None:
    """Rows that were read, or not, change nothing: names of classes are those of the rows to train on."""
    program = chainrule.load(ROOT / "specs" / "iris.graph")
    first = program.exported(target, tmp_path / "iris.py")
    program.rows()
    assert program.exported(target, tmp_path / "iris.py") == first
    assert target == "onnx" or "setosa" in first.text


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_precision_is_the_programs(library: str) -> None:
    text = "input x = 2\noutput y = x * 0.1\n"
    assert "float64" in chainrule.compile(text, "float64").exported(library).text
    assert "float64" not in chainrule.compile(text).exported(library).text


@pytest.mark.parametrize("library", LIBRARIES)
def test_several_batches_for_an_update_are_refused(library: str) -> None:
    train = "train { minimize = loss; optimizer = sgd(lr = 0.1); steps = 4; accumulate = 2 }"
    with pytest.raises(chainrule.SpecError, match="accumulate"):
        chainrule.compile(f"param w = 1.0\nloss = w * w\n{train}\n").exported(library)


def test_what_pytorch_differentiates_keeps_what_is_held() -> None:
    text = chainrule.compile("input x = 2\nh = detach(x)\noutput y = x * h\n").exported("torch").text
    assert "h = x.detach()" in text


def test_a_module_does_what_hangs_on_training() -> None:
    text = chainrule.compile("input x = 2\noutput y = in_training(x * 3, x)\n").exported("torch").text
    assert "if self.training else x" in text
    folded = chainrule.compile("output y = in_training(3.0, 2.0)\n").exported("torch").text
    assert "torch.tensor(3.0, dtype=REAL) if self.training else" in folded


# --- with the libraries -----------------------------------------------------------------------------------------


@pytest.mark.proof
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_files_compute_and_train_the_same(library: str, precision: Precision, tmp_path: Path) -> None:
    """All specs in one process without chainrule; what only rounding sets apart is left out, and counted."""
    loads = {spec.stem: partial(chainrule.load, spec) for spec in SPECS}
    loads["hostile"] = partial(chainrule.compile, HOSTILE)
    tasks = {
        name: task_of(load, library, precision, tmp_path / f"{name.replace('-', '_')}.py", STEPS.get(name, 50))
        for name, load in loads.items()
    }
    found = answers(library, tasks, tmp_path)
    beyond, unsure = {}, {}
    for name, load in loads.items():
        made = differences(load, precision, tasks[name], found[name])
        if wrong := told(made.worst, made.limits):
            beyond[name] = wrong
        if made.unsure:
            unsure[name] = made.unsure
    print(f"left out: {unsure}")
    assert not beyond


@pytest.mark.proof
def test_adams_correction_keeps_its_digits_in_float32() -> None:
    """1 - 0.999 of a decay in 32 bits is off by 1e-5, and so is every step with it."""
    jnp = pytest.importorskip("jax.numpy")
    room: dict[str, Any] = {"jnp": jnp, "math": math, "Array": Any}
    exec(jnp_form.GATHERED, room)
    steps = np.arange(1, 2000)
    for decay in (0.9, 0.99, 0.999, 0.0):
        wanted = 1 - np.longdouble(decay) ** steps
        found = np.asarray(room["gathered"](jnp.asarray(steps, jnp.float32), decay), np.float64)
        assert np.max(np.abs(found - wanted) / wanted) < 5e-7


@pytest.mark.proof
@pytest.mark.parametrize(("precision", "limit"), [("float64", 1e-13), ("float32", 2e-6)])
@pytest.mark.parametrize("library", LIBRARIES)
def test_raw_rows_get_the_answers_of_the_program(
    library: str, precision: Precision, limit: float, tmp_path: Path
) -> None:
    """Fitted columns: `inputs` makes of raw rows what the data section makes, `answer` what `predict` makes of that."""
    (tmp_path / "rows.csv").write_text(TABLE, encoding="utf-8")
    program = chainrule.compile(SPEC, precision, folder=tmp_path, set={"train.precision": precision})
    program.train()
    program.export(tmp_path / "raw.py", library)
    table: list[dict[str, Any]] = list(csv.DictReader(TABLE.splitlines()))
    strange = [{**table[0], "kind": "castle", "rooms": None}, {**table[1], "size": 33.5, "year": 1900, "town": ""}]
    rows, wrong = [*table, *strange], [[*table, {**table[0], **change}] for change in ({"town": "z"}, {"size": ""})]
    columns, *others = ({name: [row[name] for row in each] for name in table[0]} for each in (rows, *wrong))
    task = {"file": str(tmp_path / "raw.py"), "columns": columns, "wrong": others}
    found = answers(library, {"rows": task}, tmp_path)["rows"]
    assert found["said"] == ["row 6 of town: 'z' is none of ['a', 'b', 'none']", "row 6 lacks a value of sizes"]
    inputs = {name.removesuffix("_"): value for name, value in found["inputs"].items()}  # a word of the library has it
    own = program.rows()
    assert inputs.keys() == own.keys() - {"t"}
    for name, value in inputs.items():
        np.testing.assert_allclose(value[: len(table)], own[name], rtol=limit, atol=limit)
    for wanted in ([row["y"] for row in program.answer(rows)], program.predict(inputs)["y"]):
        assert found["answer"]["y"].shape == np.shape(wanted)
        np.testing.assert_allclose(found["answer"]["y"], wanted, rtol=limit, atol=limit * np.max(np.abs(wanted)))


@pytest.mark.proof
def test_files_type_clean(files: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir=cache"]
    for library in LIBRARIES:
        names = sorted(path.name for path in (files / library).glob("*.py"))
        ran = subprocess.run([*command, *names], capture_output=True, text=True, cwd=files / library, check=False)
        assert ran.returncode == 0, ran.stdout


@pytest.mark.proof
def test_files_train_by_themselves(files: Path) -> None:
    for name in (f"{library}/{name}.py" for library in LIBRARIES for name in ("iris", "hostile")):
        ran = subprocess.run([sys.executable, "-I", name], capture_output=True, text=True, cwd=files, check=False)
        assert ran.returncode == 0, ran.stderr
        assert "loss" in ran.stdout
