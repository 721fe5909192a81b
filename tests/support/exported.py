"""What an exported file of Python computes, where there is numpy and nothing of chainrule.

It is held against what the program itself computes: outputs, gradients, and weights step by step.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import chainrule
from chainrule.compiler.derive.training import LEARNING_RATE
from chainrule.compiler.graph.bind_dims import bind_dims

DRIVER = """
import sys

libraries, file, task, answer = sys.argv[1:]
sys.path.append(libraries)

import importlib.util
import inspect
import numpy as np

assert importlib.util.find_spec("chainrule") is None
specification = importlib.util.spec_from_file_location("exported", file)
module = importlib.util.module_from_spec(specification)
specification.loader.exec_module(module)
given = np.load(task, allow_pickle=True)["task"].item()
weights = module.initial() if hasattr(module, "initial") else {}


def call(name, given):
    function = getattr(module, name)
    return function(weights, **given) if "weights" in inspect.signature(function).parameters else function(**given)


found = {name: call(name, arguments) for name, arguments in given["calls"].items() if hasattr(module, name)}
if given["steps"]:
    memory = module.fresh(weights)
    found["losses"], found["weights"] = [], []
    for number, (batch, factor) in enumerate(given["steps"]):
        found["losses"].append(module.train_step(weights, memory, step=number, factor=factor, **batch))
        found["weights"].append({name: np.array(value) for name, value in weights.items()})
if hasattr(module, "order"):
    found["order"] = [module.order(step, given["rows"]) for step in range(len(given["steps"]))]
np.savez(answer, answer=np.array(found, object))
"""


def computed(file: Path, task: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What the functions of a file give for a task."""
    np.savez(folder / "task.npz", task=np.array(task, object))
    libraries = folder / "libraries"
    libraries.mkdir(exist_ok=True)
    packages = Path(np.__file__).parent.parent
    for name in ("numpy", "numpy.libs"):
        if (packages / name).exists() and not (libraries / name).exists():
            (libraries / name).symlink_to(packages / name, target_is_directory=True)
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", DRIVER]
    arguments: Sequence[Path] = (libraries, file, folder / "task.npz", folder / "answer.npz")
    ran = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = np.load(folder / "answer.npz", allow_pickle=True)["answer"].item()
    return found


Load = Callable[..., chainrule.Program]
"""load(training=...) is the program in one of its forms, in float64."""


def worst_of(load: Load, folder: Path, count: int = 50, fed: Sequence[dict[str, Any]] = ()) -> dict[str, float]:
    """How far a program's file is from the program, by what is compared: the largest difference beside the largest
    value of each array. Without data of its own a program takes the steps that are `fed`."""
    program = load(training=False)
    file = folder / "file.py"
    program.export(file)
    text = file.read_text(encoding="utf-8")
    batches, factors, rows, order = batches_of(program, len(fed) or count)
    batches, count = ([real(batch) for batch in fed], len(fed)) if fed else (batches, count)
    feeds = batches[0] if batches else {}
    sized = {**sizes(program, feeds), **feeds}
    calls = {name: taken(text, name, sized) for name in ("predict", "loss", "gradients")}
    values = program.run(feeds)
    upstream = {}
    if "upstream: Array" in text:
        upstream = {"upstream": np.random.default_rng(3).normal(size=np.shape(values[program.default_of]))}
    calls["gradients"] |= upstream
    steps = [
        (taken(text, "train_step", {**sizes(program, batch), **batch}), factor)
        for batch, factor in zip(batches, factors, strict=True)
    ]
    found = computed(file, {"calls": calls, "steps": steps, "rows": rows}, folder)
    worst = {"outputs": apart(found["predict"], values)}
    if "gradients" in found:
        own = load(training=program.spec.train is not None).grad(None, feeds, **upstream)
        worst["gradients"] = apart(found["gradients"][1], own)
    if program.spec.train is not None:
        if "order" in found:
            assert all(np.array_equal(one, other) for one, other in zip(found["order"], order, strict=True))
        trainer = program.trainer(precision="float64")
        for number, batch in enumerate(batches):
            loss = trainer.step(batch)
            worst["loss"] = max(worst.get("loss", 0), apart({"loss": found["losses"][number]}, {"loss": loss}))
            if number in (0, count - 1):
                worst[f"step {number + 1}"] = apart(found["weights"][number], trainer.held)
    return worst


def real(batch: Mapping[str, Any]) -> dict[str, Any]:
    """What is fed, in float64."""
    return {name: value if value.dtype.kind == "i" else value.astype("float64") for name, value in batch.items()}


def sizes(program: chainrule.Program, feeds: Mapping[str, Any]) -> dict[str, int]:
    """What a function of a file is given whose values count rows, and which takes none."""
    graph = program.spec.graph
    return bind_dims(graph, {name: np.shape(value) for name, value in feeds.items() if name in graph.inputs}, {})


def batches_of(program: chainrule.Program, count: int) -> tuple[list[dict[str, Any]], list[float], int, list[Any]]:
    """What the first steps of a training are fed, the factors of their rates, how many rows there are, and which rows
    they take."""
    if program.spec.train is None:
        return [], [], 0, []
    trainer = program.trainer(precision="float64")
    job = program._trainings.job("float64")
    factors = []
    for number in range(count):
        trainer.steps = number
        factors.append(trainer.rates[LEARNING_RATE] / trainer.training.rates[LEARNING_RATE])
    if job.data is None or job.minibatches is None:
        return [{}] * count, factors, 0, []
    order = [job.minibatches.at(number) for number in range(count)]
    batches = [{name: np.asarray(each[chosen]) for name, each in job.data.inputs.items()} for chosen in order]
    return batches, factors, job.data.rows, order


def taken(text: str, function: str, feeds: Mapping[str, Any]) -> dict[str, Any]:
    """Of what is fed that which a function of the file takes."""
    found = re.search(rf"^def {function}\((.*?)\) ->", text, re.MULTILINE | re.DOTALL)
    names = {each.partition(":")[0].strip() for each in found[1].split(",")} if found else set()
    return {name: value for name, value in feeds.items() if name in names}


def apart(found: Mapping[str, Any], own: Mapping[str, Any]) -> float:
    """The largest difference, each beside the largest value of its array."""
    worst = 0.0
    for name, value in found.items():
        one, other = np.asarray(value), np.asarray(own[name])
        assert one.shape == other.shape, name
        assert np.array_equal(np.isfinite(one), np.isfinite(other)), name
        fine = np.isfinite(other)
        if fine.any():
            size = float(np.max(np.abs(other[fine]))) or 1.0
            worst = max(worst, float(np.max(np.abs(one[fine] - other[fine]))) / size)
    return worst
