"""Every spec as a model of ONNX, run by onnxruntime and by onnx's own evaluator, against chainrule in float64.

    python benchmarks/exported_onnx.py                  # all specs: a table; needs the extras `onnx` and `proof`
    python benchmarks/exported_onnx.py iris mnist       # some of them
    python benchmarks/exported_onnx.py --steps 5        # fewer steps than 50

Differences are those of the furthest element, as a share of the largest one of the value, or of all weights.
"""

import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

import chainrule
from chainrule.compiler.derive.gradients import gradient_graph, paths_with_gradients
from chainrule.compiler.derive.training import training_graph
from chainrule.compiler.graph.bind_dims import bind_dims
from chainrule.compiler.graph.form import form_of
from chainrule.compiler.ops.draws import FILLS, Source
from chainrule.compiler.shape import bind_shape
from chainrule.compiler.targets.onnx.body import Request, onnx_model
from chainrule.program.exports import Options
from chainrule.runtime.exchange.onnx_file import encoded

Arrays = Mapping[str, Any]
Run = Callable[[Arrays], Arrays]

SPECS = Path(chainrule.__file__).parent / "specs"
ROWS = 8


def runners(content: bytes, *, reference: bool) -> dict[str, tuple[list[Any], Run]]:
    """What runs a model, by name: the inputs of it, and a function of values by name."""
    model = onnx.load_from_string(content)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    names = [each.name for each in model.graph.output]
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options)
    inputs = list(model.graph.input)
    found: dict[str, tuple[list[Any], Run]] = {
        "onnxruntime": (inputs, lambda feeds: dict(zip(names, session.run(None, dict(feeds)), strict=True)))
    }
    if reference:
        evaluator = ReferenceEvaluator(model)
        held = {each.name: onnx.numpy_helper.to_array(each) for each in model.graph.initializer}
        given = {each.name for each in inputs}
        defaults = {name: value for name, value in held.items() if name in given}
        found["reference"] = (
            inputs,
            lambda feeds: dict(zip(names, evaluator.run(None, {**defaults, **feeds}), strict=True)),
        )
    return found


def fitted(inputs: list[Any], feeds: Arrays) -> dict[str, Any]:
    """Of values those that are inputs, in their types."""
    kinds = {each.name: onnx.helper.tensor_dtype_to_np_dtype(each.type.tensor_type.elem_type) for each in inputs}
    return {name: np.asarray(feeds[name], kind) for name, kind in kinds.items() if name in feeds}


def apart(found: Any, own: Any, largest: float | None = None) -> float:
    """How far values are from one another, as a share of the largest."""
    own, found = np.asarray(own, float), np.asarray(found, float)
    if own.shape != found.shape:
        return float("inf")
    if not own.size:
        return 0.0
    largest = float(np.max(np.abs(own))) if largest is None else largest
    return float(np.max(np.abs(found - own))) / (largest or 1.0)


def given_inputs(program: chainrule.Program) -> dict[str, Any]:
    """Rows of the data where there are some, defaults, and numbers of a seed for the rest."""
    rows: dict[str, Any] = {}
    if program.spec.train is not None and program.spec.train.data:
        rows = program.rows(0, ROWS)
    random, graph = np.random.default_rng(0), program.spec.graph
    for path, each in graph.inputs.items():
        type = graph.nodes[each.index].type
        if path in rows:
            continue
        if each.default is not None:
            rows[path] = np.asarray(each.default, np.int64 if type.kind == "int" else np.float64)
            continue
        dims = {name: program.dims.get(name, ROWS) for size in type.shape for name, _ in getattr(size, "terms", ())}
        shape = bind_shape(type.shape, dims)
        rows[path] = random.integers(0, 2, shape) if type.kind == "int" else random.uniform(-1, 1, shape)
    return rows


def draws_of(graph: Any, feeds: Arrays, dims: Mapping[str, int], step: int) -> dict[str, Any]:
    """What nodes draw at random in a step."""
    found = {}
    for node in graph.nodes:
        if node.operation.fed_as is not None:
            value = np.empty(bind_shape(node.type.shape, dims))
            FILLS[node.operation.fed_as.name](Source(graph.seed, node.path), value, step, 0)
            found[node.path] = value
    return found


def predicts(name: str) -> dict[str, float]:
    """How far outputs are from ours, and derivatives of the value that is differentiated, if there is one."""
    program = chainrule.load(SPECS / f"{name}.graph")
    program.notify = lambda found: None
    feeds = given_inputs(program)
    graph = program.spec.graph
    shapes = {path: np.shape(value) for path, value in {**feeds, **program.held}.items()}
    dims = bind_dims(graph, shapes, program.spec.known_dims)
    given = {**feeds, **draws_of(graph, feeds, dims, 0)}
    own = program.run(feeds)
    found = {}
    for runner, (inputs, run) in runners(program.exported("onnx").content or b"", reference=True).items():
        values = run(fitted(inputs, given))
        found[runner] = max([apart(value, own[path]) for path, value in values.items()], default=0.0)
    try:
        of = program.default_of
    except chainrule.SpecError:
        return found
    derivatives = program.grad(of, feeds, upstream=np.ones(np.shape(own[of])) if np.shape(own[of]) else None)
    plain = form_of(program.written, training=False).graph
    paths = [path for path in paths_with_gradients(plain, plain.index[of]) if path in derivatives]
    made = gradient_graph(plain, plain.index[of], paths, upstream=bool(np.shape(own[of])))
    targets = {f"d {path}": number for path, number in made.gradients.items()}
    held = bind_dims(graph, {path: np.shape(value) for path, value in program.held.items()}, program.spec.known_dims)
    model = onnx_model(Request(made.graph, targets, program.held, frozenset(), held, {}))
    given |= {"upstream gradient": np.ones(np.shape(own[of]))}
    for runner, (inputs, run) in runners(encoded(model, ""), reference=True).items():
        values = run(fitted(inputs, given))
        largest = max([float(np.max(np.abs(derivatives[path]), initial=0)) for path in paths], default=1.0)
        found[f"d {runner}"] = max(
            [apart(values[f"d {path}"], derivatives[path], largest) for path in paths], default=0.0
        )
    return found


def trains(name: str, steps: int) -> dict[str, Any]:
    """How far weights are from ours in float64 after one step and after some more, how far ours in float32 are; and the
    largest difference of each of these steps by itself, begun from our weights and memory.

    Elements whose gradient is nothing but rounding are left out, and counted: those that float32 gives another sign in
    some step, or a tenth more or less. Of `kinks`, steps in which some relu or maximum decides otherwise by rounding so
    that a gradient is off by more than a thousandth, the drift alone shows what they do.
    """
    program = chainrule.load(SPECS / f"{name}.graph", training=True)
    program.notify = lambda found: None
    section = program.spec.train
    if section is None:
        return {}
    every = program.rows() if section.data else {}
    many = len(next(iter(every.values()))) if every else 0
    content = program.exported("onnx", options=Options(train_step=True)).content or b""
    training = training_graph(program.written.full, section.minimize, section.optimizer, section.groups)
    draws = any(node.operation.fed_as is not None for node in training.graph.nodes)
    found: dict[str, Any] = {"bytes": len(content)}
    small = many * steps <= 64 * 50 and len(content) < 100_000
    beginning = program.held
    for runner, (inputs, run) in runners(content, reference=small).items():
        program.restore(beginning)
        random = np.random.default_rng(0)
        state: dict[str, Any] = {}
        chosen = random.permutation(many)[: section.batch or many]
        feeds = {path: value[chosen] for path, value in every.items()}
        trainer = program.trainer(precision="float64", data=feeds)
        beside = program.trainer(precision="float32", data=feeds)
        sound = {path: np.ones(np.shape(trainer.params[path]), bool) for path in training.parameters}
        fed, single, kinks = {each.name for each in inputs}, 0.0, 0
        for step in range(steps):
            chosen = random.permutation(many)[: section.batch or many]
            feeds = {path: value[chosen] for path, value in every.items()}
            shapes = {path: np.shape(value) for path, value in {**feeds, **program.held}.items()}
            dims = bind_dims(program.written.graph, shapes, program.spec.known_dims)
            given = {**feeds, **draws_of(training.graph, feeds, dims, step), **trainer.rates, "step count": step + 1}
            ours = {path: np.array(value) for path, value in {**trainer.held, **trainer.states}.items()}
            values, apart_ = run({**fitted(inputs, given), **state}), run(fitted(inputs, {**given, **ours}))
            off = 0.0
            if not draws:  # `grad` has those of the first step
                off = _note_rounding(sound, program, trainer.held, feeds, apart_)
            losses = trainer.step(feeds), beside.step(feeds)
            state, alone = (
                {path[5:]: value for path, value in each.items() if path[5:] in fed and path.startswith("next ")}
                for each in (values, apart_)
            )
            if off > 1e-3:
                kinks += 1
            else:
                single = max(single, _weights_apart(alone, trainer.params, sound))
            if step in (0, steps - 1):
                found[f"{runner} {step + 1}"] = _weights_apart(state, trainer.params, sound)
                found[f"float32 {step + 1}"] = _weights_apart(beside.params, trainer.params, sound)
            if not step:
                found[f"{runner} loss"] = apart(values[section.loss], losses[0])
        found[f"{runner} each"] = single
        found["kinks"] = kinks
        found["left out"] = sum(int(np.sum(~each)) for each in sound.values())
    return found


def _note_rounding(
    sound: dict[str, Any], program: chainrule.Program, held: Arrays, feeds: Arrays, values: Arrays
) -> float:
    """Takes out elements that are rounding; how far the furthest gradient is off, as a share of its largest."""
    program.restore({path: np.array(value) for path, value in held.items()})
    own = program.grad(program.default_of, feeds)
    off = 0.0
    for path, mask in sound.items():
        found = values[f"d_{path}" if f"d_{path}" in values else f"gradient {path}"]
        mask &= np.abs(found - own[path]) <= 0.1 * np.abs(own[path])
        off = max(off, apart(found, own[path]))
    return off


def _weights_apart(found: Arrays, own: Arrays, sound: Arrays) -> float:
    """The furthest of the elements that count, as a share of the largest of all."""
    largest = max(float(np.max(np.abs(own[path]))) for path in sound)
    return max(apart(np.where(mask, found[path], own[path]), own[path], largest) for path, mask in sound.items())


def main() -> None:
    """Prints a line for each spec."""
    warnings.simplefilter("ignore")
    arguments = sys.argv[1:]
    steps = int(arguments.pop(arguments.index("--steps") + 1)) if "--steps" in arguments else 50
    names = [each for each in arguments if each != "--steps"] or sorted(each.stem for each in SPECS.glob("*.graph"))
    for name in names:
        for work in (predicts, lambda name: trains(name, steps)):
            try:
                found = work(name)
            except Exception as problem:  # one spec must not hide the others
                print(f"{name}: {type(problem).__name__}: {str(problem)[:600]}", flush=True)
                continue
            if found:
                listed = ", ".join(
                    f"{key} {value if isinstance(value, int) else f'{value:.1e}'}" for key, value in found.items()
                )
                print(f"{name}: {listed}", flush=True)


if __name__ == "__main__":
    main()
