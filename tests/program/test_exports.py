"""Exports of every spec, held against what the spec itself computes."""

import subprocess
import sys
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
import pytest
from exported import worst_of
from planned import commit_seed
from random_programs import random_program

import chainrule

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted((ROOT / "specs").glob("*.graph"))

AFTER_50 = {"sgd": 1e-5, "momentum": 1e-5, "nesterov": 1e-5, "adam": 1e-4, "adamw": 1e-4, "rmsprop": 1e-4,
            "adagrad": 1e-4}  # fmt: skip


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_a_file_of_python_computes_and_trains_the_same(spec: Path, tmp_path: Path) -> None:
    worst = worst_of(partial(chainrule.load, spec, "float64"), tmp_path)
    assert worst["outputs"] <= 1e-15
    assert worst.get("gradients", 0) <= 1e-15
    assert worst.get("step 1", 0) <= 1e-6
    train = chainrule.load(spec).spec.train
    assert train is None or worst["step 50"] <= AFTER_50[train.optimizer.name]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of all specs, and of one whose names are hostile."""
    folder = tmp_path_factory.mktemp("files")
    for spec in SPECS:
        chainrule.load(spec).export(folder / f"{spec.stem}.py")
    chainrule.compile(HOSTILE).export(folder / "hostile.py")
    return folder


HOSTILE = '''chainrule 1 "a \\\\ title with \' and */ in it"
dim class, def
## doc with """ and \\ and */
input None: [class, 3] = [[1, 2, 3], [4, 5, 6]]
input int: int[class] = [0, 1]
input l = 2
input np = 3
input weights = 1
input step = 1.5
input loss = 0.5
param main: [3, 4] = he()
param 오차: [4] = zeros()
param δh1: [4] = ones()
param lambda = 0.5
w₁ = None @ main + 오차
sigmoid_ = sigmoid(w₁ * l)
softmax_losses = sigmoid_ + δh1 * lambda * np * weights * step
print = softmax_losses * 1.5 * loss
output exec = softmax(print)
d_main = softmax-loss(print, int) + 0.001 * sum(exec)
train { minimize = d_main; optimizer = adam(lr = 0.01, clip_norm = 1, clip_value = 0.5); steps = 3; report = every(1)
  metrics = [accuracy(print, int)] }
'''


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "--isolated", "--no-cache"),
        ("mypy", "--strict", "--config-file=", "--cache-dir=cache"),
    ],
    ids=lambda command: command[0],
)
def test_files_lint_and_type_clean(files: Path, command: tuple[str, ...]) -> None:
    names = sorted(path.name for path in files.glob("*.py"))
    ran = subprocess.run(
        [sys.executable, "-m", *command, *names], capture_output=True, text=True, cwd=files, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_hostile_names_break_nothing(files: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-I", "-W", "error", files / "hostile.py"], capture_output=True, text=True, check=True
    )
    assert ran.stdout.count("\n") == 3
    worst = worst_of(partial(chainrule.compile, HOSTILE, "float64"), tmp_path, 3)
    assert worst["outputs"] <= 1e-15
    assert worst["gradients"] <= 1e-15
    assert worst["step 3"] <= 1e-10
    assert worst["loss"] <= 1e-10


def test_a_file_trains_to_what_chainrule_trains_to(files: Path) -> None:
    ran = subprocess.run([sys.executable, "-I", files / "iris.py"], capture_output=True, text=True, check=True)
    program = chainrule.load(ROOT / "specs" / "iris.graph", "float64")
    last = program.train(precision="float64").last
    told = f"{last['test.loss']:.6g}, accuracy {last['test.accuracy']:.6g}"
    assert ran.stdout.splitlines()[-1] == f"rows that are not trained on: loss {told}"


def test_the_same_file_every_time(files: Path, tmp_path: Path) -> None:
    for name in ("iris", "mnist"):
        chainrule.load(ROOT / "specs" / f"{name}.graph").export(tmp_path / f"{name}.py")
        for written in tmp_path.glob(f"{name}.*"):
            assert written.read_bytes() == (files / written.name).read_bytes()


GROUPED = """
dim N
input x: [N, 3]
input t: [N, 1]
param W: [3, 4] = he()
param b: [4] = zeros()
param V: [4, 1] = he()
param rest: [3] = ones()
state seen: [3] = zeros()
next seen = 0.9 * seen + 0.1 * mean(x, axis = 0)
h = in_training(relu((x - seen) @ W + b) * less(uniform_like(x @ W), 0.8), relu((x - seen) @ W + b))
output y = h @ V
loss = mse(y, t) + 0.01 * sum(rest ** 2)
data rows { x = XS; t = TS }
train { minimize = loss; optimizer = OPTIMISER; epochs = 20; data = rows; batch = 7; sampling = SAMPLING; SCHEDULE
  groups = [group("b", lr = 0.5), group("rest", frozen = true), group("V", weight_decay = 0.1)] }
"""


@pytest.mark.parametrize(
    ("optimiser", "sampling", "schedule"),
    [
        ("sgd(lr = 0.1, clip_norm = 0.5)", "shuffle", ""),
        ("momentum(lr = 0.1)", "ordered", "schedule = cosine(warmup = 3);"),
        ("nesterov(lr = 0.05, clip_value = 0.1)", "replacement", "schedule = exponential(factor = 0.9);"),
        ("adam(lr = 0.01)", "shuffle", "schedule = one_cycle(peak = 3);"),
        ("adamw(lr = 0.01, weight_decay = 0.1)", "shuffle", ""),
        ("rmsprop(lr = 0.01)", "shuffle", "schedule = step(every = 3, factor = 0.5);"),
        ("adagrad(lr = 0.1)", "shuffle", ""),
    ],
)
def test_groups_states_draws_and_every_optimiser(optimiser: str, sampling: str, schedule: str, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    text = GROUPED.replace("XS", str(random.normal(size=(17, 3)).tolist())).replace(
        "TS", str(random.normal(size=(17, 1)).tolist())
    )
    text = text.replace("OPTIMISER", optimiser).replace("SAMPLING", sampling).replace("SCHEDULE", schedule)
    worst = worst_of(partial(chainrule.compile, text, "float64"), tmp_path, 30)
    assert worst["outputs"] <= 1e-15
    assert worst["gradients"] <= 1e-15
    assert worst["step 1"] <= 1e-6
    assert worst["step 30"] <= 1e-5
    assert worst["loss"] <= 1e-5


@pytest.mark.parametrize("part", range(2))
def test_random_programs(part: int, tmp_path: Path) -> None:
    for number in (*range(part * 12, part * 12 + 12), commit_seed() + part):
        program = random_program(Random(number))
        worst = worst_of(
            partial(chainrule.compile, program.text, "float64", set={"train.accumulate": "1"}),
            tmp_path,
            fed=program.batches(),
        )
        assert worst["outputs"] <= 1e-15, number
        assert worst["gradients"] <= 1e-15, number
        assert worst["step 1"] <= 1e-6, number
        assert worst["loss"] <= 1e-6, number
