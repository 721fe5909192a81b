"""What exported files of PyTorch and JAX compute where there is no chainrule, held against the program itself."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from exported import batches_of, real, sizes
from exported_c import Differences, limits_of, single
from single_steps import Halves, single_steps

import chainrule
from chainrule.compiler.graph.spec import Precision
from chainrule.compiler.ops.draws import key_of

OPENING = """
import sys

libraries, library, task, answer = sys.argv[1:]
sys.path.append(libraries)

import importlib.util
import inspect
import re
import numpy as np

assert importlib.util.find_spec("chainrule") is None
if library == "jax":
    import jax
else:
    import torch
    torch.set_num_threads(1)


def loaded(file):
    specification = importlib.util.spec_from_file_location("exported", file)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def drawn(key, step, shape, bits, words=0):
    philox = np.random.Philox(key=np.array(key, np.uint64), counter=np.array([0, 0, step, words], np.uint64))
    return np.random.Generator(philox).random(shape, bits)


def normal(key, step, shape, bits):
    radius = np.sqrt(np.log(1 - drawn(key, step, shape, bits)) * -2)
    return radius * np.cos(drawn(key, step, shape, bits, words=1) * (2 * np.pi))


def fitting(function, given):
    names = inspect.signature(function).parameters
    return {name: value for name, value in given.items() if name in names}


def plain(value):
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return np.array(value.detach() if hasattr(value, "detach") else value)


def of_raw_rows(given):
    module = loaded(given["file"])
    held = module.Net() if library == "torch" else module.initial()
    said = []
    for columns in given["wrong"]:
        try:
            module.answer(held, columns)
        except ValueError as error:
            said.append(str(error))
    found = module.inputs(given["columns"]), module.answer(held, given["columns"])
    return {**dict(zip(("inputs", "answer"), map(plain, found))), "said": said}
"""

TORCH = (
    OPENING
    + """
MEMORY = {  # of torch.optim, by what we call it
    "velocity": ["momentum_buffer"],
    "mean": ["exp_avg"],
    "square": ["exp_avg_sq"],
    "squares": ["sum", "square_avg"],
}


def answered(given):
    module, at = loaded(given["file"]), {"step": 0}
    for name, draw in (("uniform", drawn), ("normal", normal)):
        if hasattr(module, name):
            setattr(module, name, lambda path, shape, draw=draw: torch.tensor(
                draw(given["keys"][path], at["step"], shape, given["precision"]), dtype=module.REAL))
    text = open(given["file"], encoding="utf-8").read()
    names = {
        path: name
        for pattern in (r'self\\.(\\w+) = nn\\.Parameter\\(held\\["(.*?)"\\]',
                        r'register_buffer\\("(\\w+)", held\\["(.*?)"\\]')
        for name, path in re.findall(pattern, text)
    }
    held = lambda: {path: plain(getattr(net, name)) for path, name in names.items()}
    net, feeds = module.Net(), given["feeds"]
    found = {"predict": plain(module.predict(net, **fitting(module.predict, feeds)))}
    derived = {}
    if hasattr(net, "loss"):
        net.train()
        net.loss(**fitting(net.loss, feeds)).backward()
        net.load_state_dict(module.Net().state_dict())
    elif given["of"] is not None:
        parameters = inspect.signature(net.forward).parameters
        fed = {name: each.default for name, each in parameters.items()} | fitting(net.forward, feeds)
        derived = {name: torch.tensor(value, dtype=module.REAL, requires_grad=True) for name, value in fed.items()
                   if name in given["reals"]}
        value = net(**(fed | derived))
        value = value[given["of"]] if isinstance(value, dict) else value
        if value.requires_grad:
            value.backward(torch.as_tensor(given["upstream"], dtype=module.REAL) if value.ndim else None)
    derived = derived | {path: getattr(net, name) for path, name in names.items()}
    found["gradients"] = {path: plain(each.grad) for path, each in derived.items() if each.grad is not None}
    if given["steps"]:
        net = module.Net()
        optimiser = module.optimiser_of(net)
        rates = [group["lr"] for group in optimiser.param_groups]
        found["losses"], found["weights"] = [], []
        for number, (batch, factor) in enumerate(given["steps"]):
            at["step"] = number
            for group, rate in zip(optimiser.param_groups, rates):
                group["lr"] = rate * factor
            found["losses"].append(plain(module.train_step(net, optimiser, **fitting(module.train_step, batch))))
            found["weights"].append(held())
        found["single"] = []
        params = {path: getattr(net, name) for path, name in names.items() if name in dict(net.named_parameters())}
        params = {path: each for path, each in params.items() if each.requires_grad}

        def begun(weights, memory):
            with torch.no_grad():
                for path, value in weights.items():
                    getattr(net, names[path]).copy_(torch.tensor(value))
                for path, value in memory.items():
                    param, _, what = path.rpartition(" ")
                    remembered = optimiser.state[params[param]]
                    (key,) = [key for key in MEMORY[what] if key in remembered]
                    remembered[key].copy_(torch.tensor(value))

        for single in given["single"]:
            at["step"] = number = single["number"]
            batch, factor = given["steps"][number]
            begun(**single["beginning"])
            net.train()
            optimiser.zero_grad()
            net.loss(**fitting(net.loss, batch)).backward()
            gradients = {path: plain(each.grad) for path, each in params.items() if each.grad is not None}
            after = held()
            begun(**single["beginning"])
            for remembered in optimiser.state.values():
                if "step" in remembered:
                    remembered["step"].fill_(number)
            for group, rate in zip(optimiser.param_groups, rates):
                group["lr"] = rate * factor
            given_gradients = {path: torch.tensor(value) for path, value in single["gradients"].items()}
            net.loss = lambda **_: sum((params[path] * value).sum() for path, value in given_gradients.items())
            module.train_step(net, optimiser, **fitting(module.train_step, batch))
            del net.loss
            found["single"].append({"gradients": gradients, "states": after, "params": held()})
    return found
"""
)
JAX = (
    OPENING
    + """
def answered(given):
    jax.config.update("jax_enable_x64", False)
    module, at = loaded(given["file"]), {"step": 0}
    draws = False
    for name, draw in (("uniform", drawn), ("normal", normal)):
        if hasattr(module, name):
            draws = True
            setattr(module, name, lambda key, path, shape, draw=draw: jax.numpy.asarray(
                draw(given["keys"][path], at["step"], shape, given["precision"]), module.REAL))
    weights = module.initial() if hasattr(module, "initial") else {}
    def compiled(function):
        return jax.jit(function, static_argnames=[*fitting(function, dict.fromkeys(given["dims"]))])

    every = {**given["feeds"], "weights": weights, "key": jax.random.key(0), "upstream": given["upstream"]}

    def called(name):
        function = getattr(module, name)
        taken = fitting(function, every)
        return (compiled(function) if taken else function)(**taken)

    found = {"predict": plain(called("predict"))}
    if hasattr(module, "gradients"):
        found["gradients"] = plain(called("gradients")[1])
    if given["steps"]:
        memory = module.fresh(weights)
        found["losses"], found["weights"] = [], []
        step = module.train_step if draws else compiled(module.train_step)
        for number, (batch, factor) in enumerate(given["steps"]):
            at["step"] = number
            fed = fitting(module.train_step, {**batch, "key": every["key"]})
            value, weights, memory = step(weights, memory, step=number, factor=factor, **fed)
            found["losses"].append(plain(value))
            found["weights"].append(plain(weights))
        real = lambda arrays: {path: jax.numpy.asarray(value, module.REAL) for path, value in arrays.items()}
        derived, found["single"] = module.gradients, []
        for single in given["single"]:
            at["step"] = number = single["number"]
            batch, factor = given["steps"][number]
            held = {**module.initial(), **real(single["beginning"]["weights"])}
            memory = real(single["beginning"]["memory"])
            assert memory.keys() == module.fresh(held).keys()
            fed = fitting(derived, {**batch, "key": every["key"]})
            value, gradients, *after = (derived if draws else compiled(derived))(held, **fed)
            made = value, real(single["gradients"]), *after
            module.gradients = lambda *_, **__: made
            fed = fitting(module.train_step, {**batch, "key": every["key"]})
            _, params, _ = module.train_step(held, memory, step=number, factor=factor, **fed)
            found["single"].append(
                {"gradients": plain(gradients), "states": plain(after[0] if after else {}), "params": plain(params)})
            module.gradients = derived
    return found
"""
)
CLOSING = """
given = np.load(task, allow_pickle=True)["task"].item()
np.savez(answer, answer=np.array(
    {name: (of_raw_rows if "columns" in each else answered)(each) for name, each in given.items()}, object))
"""

HALVES = {"gradients": "gradients", "states": "outputs", "params": "step 1"}
"""What is compared of a single step, and whose limit it has."""

MOST = 0.25
"""How large a share of the elements of single steps may be left out."""

Load = Callable[..., chainrule.Program]
"""load(precision, training=...) is the program in one of its forms."""


def answers(library: str, tasks: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What files compute for their tasks, in one process that has the library."""
    np.savez(folder / "task.npz", task=np.array(dict(tasks), object))
    driver = folder / "driver.py"
    driver.write_text((TORCH if library == "torch" else JAX) + CLOSING, encoding="utf-8")
    packages = Path(np.__file__).parent.parent
    command = [sys.executable, "-I", "-S", driver, packages, library, folder / "task.npz", folder / "answer.npz"]
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    found: dict[str, Any] = np.load(folder / "answer.npz", allow_pickle=True)["answer"].item()
    return found


def task_of(load: Load, library: str, precision: Precision, file: Path, count: int) -> dict[str, Any]:
    """Writes a program's file, and says what it is to compute."""
    program = load(precision, training=False)
    program.notify = lambda found: None
    program.export(file, library)
    batches, factors, _, _ = batches_of(load("float64", training=False), count)
    batches = [(real if precision == "float64" else single)(batch) for batch in batches]
    feeds = batches[0] if batches else {}
    graph = program.spec.graph
    try:
        of = program.default_of
        shape = np.shape(program.run(feeds)[of])
    except chainrule.SpecError:
        of, shape = None, ()
    seed = program.spec.full.seed
    fed = [{path: value for path, value in batch.items() if path in graph.inputs} for batch in batches]
    return {
        "file": str(file),
        "precision": precision,
        "feeds": {**sizes(program, feeds), **feeds},
        "dims": tuple(graph.dims),
        "of": of,
        "upstream": np.random.default_rng(3).normal(size=shape),
        "reals": [path for path, each in graph.inputs.items() if graph.nodes[each.index].type.kind == "real"],
        "keys": {node.path: key_of(seed, node.path) for node in program.spec.full.nodes if node.path},
        "steps": [({**sizes(program, batch), **batch}, factor) for batch, factor in zip(batches, factors, strict=True)],
        "single": single_steps(load, precision, fed) if batches else [],
    }


def differences(load: Load, precision: Precision, task: Mapping[str, Any], found: Mapping[str, Any]) -> Differences:
    """How far what a file gave is from the program in that precision; see Differences for the third one.

    In float32 single steps decide whether a training is right, and 50 on end are told: two trainings may go apart.
    """
    programs = [load(each, training=False) for each in (precision, "float64")]
    programs[1].restore({path: np.asarray(value, np.float64) for path, value in programs[0].held.items()})
    limits = limits_of(programs[0])
    if precision == "float64":
        limits = dict.fromkeys(limits, 1e-12) | ({"step 50": 1e-9} if "step 50" in limits else {})
    limits = {**limits, **{f"each step's {what}": limits[like] for what, like in HALVES.items()}, "left out": MOST}
    batches = [batch for batch, _ in task["steps"]]
    inputs = programs[0].spec.graph.inputs
    fed = [{path: value for path, value in batch.items() if path in inputs} for batch in batches or [task["feeds"]]]
    own, fine = (dict(each.run(fed[0]).items()) for each in programs)
    made = Differences(limits, chance_of(own, precision))
    made.compare("outputs", found["predict"], own, fine)
    rounding: set[str] = set()
    if found.get("gradients"):
        trains = programs[0].spec.train is not None
        slopes = [load(each, training=trains) for each in (precision, "float64")]
        slopes[1].restore(programs[1].held)
        upstream = {"upstream": task["upstream"]} if not trains and np.ndim(task["upstream"]) else {}
        own, fine = (dict(each.grad(None, fed[0], **upstream)) for each in slopes)
        rounding = nothing_but_rounding(fine)
        made.unsure |= {"rounding": len(rounding)} if rounding else {}
        derived = {name: each for name, each in found["gradients"].items() if name in own and name not in rounding}
        made.compare("gradients", derived, own, fine)
    if batches:
        trainers = [programs[0].trainer(precision=precision), programs[1].trainer(precision="float64")]
        for number, batch in enumerate(fed):
            for trainer in trainers:
                trainer.step(batch)
            if number in (0, len(fed) - 1):
                held = (each.held for each in trainers)
                weights = {name: each for name, each in found["weights"][number].items() if name not in rounding}
                made.compare("step 50" if number else "step 1", weights, *held)
        if precision == "float32" and made.worst.get("step 50", 0.0) > limits["step 50"]:
            made.unsure["50 on end"] = made.worst.pop("step 50")
        halves = Halves(load, precision, {what: limits[f"each step's {what}"] for what in HALVES}, made.chance)
        for step, each in zip(task["single"], found["single"], strict=True):
            halves.compare(step, {what: {path: each[what][path] for path in step[what]} for what in HALVES})
        made.worst |= {f"each step's {what}": worst for what, worst in halves.worst.items()}
        if halves.left_out:
            made.unsure |= {"elements": halves.left_out, "of": halves.compared}
            made.worst["left out"] = halves.left_out / halves.compared
    return made


def chance_of(values: Mapping[str, Any], precision: Precision) -> float:
    """How far roundings take the sum of all that is computed: each by half a unit in the last place at most, up or
    down as it happens, so that many of them come as far as the root of their number."""
    return float(np.finfo(precision).eps / 2 * np.sqrt(sum(map(np.size, values.values()))))


def nothing_but_rounding(gradients: Mapping[str, Any]) -> set[str]:
    """Of derivatives those that are 0 but for rounding, whose weights an optimiser may send anywhere."""
    sizes_of = {name: float(np.max(np.abs(value), initial=0.0)) for name, value in gradients.items()}
    largest = max(sizes_of.values(), default=0.0)
    return {name for name, size in sizes_of.items() if 0 < size <= 1e-14 * largest}


def told(worst: Mapping[str, float], limits: Mapping[str, float]) -> list[str]:
    """What is beyond its limit."""
    return [f"{name} {value:.2g}" for name, value in worst.items() if value > limits[name]]
