"""What an exported file of C computes, compiled by gcc, held against what the program itself computes."""

import ctypes
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from exported import batches_of

import chainrule
from chainrule.compiler.shape import SCALAR

NO_GCC = "there is no program gcc, which compiles files of C"
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic")
SANITIZED = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")

Load = Callable[..., chainrule.Program]
"""load(precision, training=...) is the program in one of its forms."""


class Compiled:
    """A file of C as a shared library: its functions by name, its params, and what its training remembers."""

    def __init__(self, file: Path) -> None:
        library = file.with_suffix(".so")
        compiled(file, library, "-O2", "-shared", "-fPIC")
        self.library = ctypes.CDLL(str(library))
        self.prefix = file.stem
        self.header = file.with_suffix(".h").read_text("utf-8")
        real = ctypes.c_float if re.search(r"\bfloat\b", self.header) else ctypes.c_double
        self.types = {"float": real, "double": real, "int64_t": ctypes.c_int64, "uint32_t": ctypes.c_uint32}
        self.real = real
        self.structures = {
            name: self._structure(name, text)
            for text, name in re.findall(
                r"typedef struct \{(.*?)\} \w*?_(params|training|gradients)_t;", self.header, re.S
            )
        }
        self.arguments = {
            name: re.findall(r"(const )?(\w+) (\*?)(\w+)", arguments)
            for name, arguments in re.findall(rf"^\w+ {self.prefix}_(\w+)\((.*?)\);", self.header, re.M)
        }

    def _structure(self, name: str, text: str) -> Any:
        """A structure, and the path and shape of each of its fields."""
        fields, paths = [], {}
        for kind, field, size, told in re.findall(r"(\w+) (\w+)(?:\[(\d+)\])?; /\* (.*?) \*/", text):
            fields.append((field, self.types[kind] * int(size) if size else self.types[kind]))
            path, _, shape = told.rpartition(" [") if size else (told, "", "")
            paths[field] = path, tuple(map(int, shape.rstrip("]").split(", "))) if size else ()
        made = type(name, (ctypes.Structure,), {"_fields_": fields})
        return made, paths

    def held(self, room: str, instance: Any = None) -> dict[str, Any]:
        """Fields of a structure by path."""
        if room not in self.structures:
            return {}
        made, paths = self.structures[room]
        place = instance if instance is not None else made.in_dll(self.library, f"{self.prefix}_{room}")
        return {
            path: np.array(getattr(place, field)).reshape(shape)
            for field, (path, shape) in paths.items()
            if field not in ("step", "factor")
        }

    def factor(self, value: float) -> None:
        """Says the factor of the learning rate."""
        made, _ = self.structures["training"]
        made.in_dll(self.library, f"{self.prefix}_training").factor = value

    def call(self, name: str, feeds: Mapping[str, Any], sizes: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        """What a function returns and writes; `sizes` are the shapes of what it writes, by name."""
        passed: list[Any] = []
        written: dict[str, Any] = {}
        kept = []
        for constant, kind, pointer, argument in self.arguments[name]:
            if kind.endswith("_gradients_t"):
                made, _ = self.structures["gradients"]
                instance = made()
                passed.append(ctypes.byref(instance))
                kept.append(instance)
                continue
            typed = self.types[kind]
            dtype = "int64" if kind == "int64_t" else ("float64" if typed is ctypes.c_double else "float32")
            if pointer and constant:
                array = np.ascontiguousarray(feeds[argument], dtype)
                kept.append(array)
                passed.append(array.ctypes.data_as(ctypes.POINTER(typed)))
            elif pointer:
                array = written[argument] = np.full(sizes[argument], -1, dtype)
                passed.append(array.ctypes.data_as(ctypes.POINTER(typed)))
            else:
                passed.append(typed(np.asarray(feeds[argument]).item()))
        function = getattr(self.library, f"{self.prefix}_{name}")
        function.restype = ctypes.c_int if name == "predict" else self.real
        result = function(*passed)
        if name == "gradients":
            written = self.held("gradients", kept[-1])
        return result, written


def compiled(source: Path, out: Path, *options: str) -> None:
    """Compiles a file of C; a warning fails."""
    command = ["gcc", *STRICT, *options, str(source), "-o", str(out), "-lm"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def named(feeds: Mapping[str, Any]) -> dict[str, Any]:
    """What is fed, by the names of arguments."""
    from chainrule.compiler.targets.c.file import HELPERS
    from chainrule.compiler.targets.c.names import Names

    return {**feeds, **{Names([*HELPERS, "result"]).of(name): value for name, value in feeds.items()}}


LIMITS = {"outputs": 2e-6, "gradients": 2e-6, "step 1": 1e-6}
AFTER_50 = {"sgd": 1e-5, "momentum": 1e-5, "nesterov": 1e-5}


def limits_of(program: chainrule.Program) -> dict[str, float]:
    """How far apart float32 may be, beside the largest value of an array."""
    train = program.spec.train
    return LIMITS if train is None else {**LIMITS, "step 50": AFTER_50.get(train.optimizer.name, 1e-4)}


class Differences:
    """The largest differences by what is compared, and how many arrays are left out because of rounding: where the
    program in float32 is itself far from what it has in float64, the file may be four times as far from it; and where
    the file is no further from float64 than `chance`, which is how far many roundings take a value by chance."""

    def __init__(self, limits: Mapping[str, float], chance: float = 0.0) -> None:
        self.limits = limits
        self.chance = chance
        self.worst: dict[str, float] = {}
        self.unsure: dict[str, float] = {}

    def compare(self, what: str, found: Mapping[str, Any], own: Mapping[str, Any], finer: Mapping[str, Any]) -> None:
        """Arrays by name, ours in float32 and in float64."""
        for name, value in found.items():
            assert np.shape(value) == np.shape(own[name]), name
            size = largest(own[name]) or 1.0
            pairs = (value, own[name]), (finer[name], own[name]), (value, finer[name])
            apart, rounding, error = (gap(*pair) / size for pair in pairs)
            if apart > self.limits[what] and (apart <= 4 * rounding or error <= self.chance):
                self.unsure[what] = self.unsure.get(what, 0) + 1
                continue
            self.worst[what] = max(self.worst.get(what, 0.0), apart)


def largest(values: Any) -> float:
    """The largest value that is finite."""
    return float(np.max(np.abs(values), where=np.isfinite(values), initial=0.0))


def gap(one: Any, other: Any) -> float:
    """The largest difference; infinite where one of the two alone is no finite number."""
    fine = np.isfinite(one) & np.isfinite(other)
    if not np.array_equal(np.where(fine, 0.0, one), np.where(fine, 0.0, other), equal_nan=True):
        return float("inf")
    return float(np.max(np.abs(np.subtract(one, other, where=fine, out=np.zeros(np.shape(one)))), initial=0.0))


def differences_of(load: Load, folder: Path, count: int = 50) -> Differences:
    """How far a program's file of floats is from the program in float32, after it was compiled strictly, and ran its
    own test with sanitizers."""
    program, finer = (load(precision, training=False) for precision in ("float32", "float64"))
    finer.restore({path: np.asarray(value, np.float64) for path, value in program.held.items()})
    found = Differences(limits_of(program))
    batches, factors, _, _ = batches_of(program, count)
    batches = [single(batch) for batch in batches]
    rows = max((len(value) for value in batches[0].values()), default=1) if batches and batches[0] else 0
    file = folder / "net.c"
    program.export(file, train_step=derives(program), batch=rows, main=True)
    passes_its_test(file)
    net = Compiled(file)
    feeds = dict(batches[0]) if batches else {}
    inputs = program.spec.graph.inputs
    given = {name: each.default for name, each in inputs.items() if each.default is not None} | feeds
    own, fine = (named(dict(each.run(feeds).items())) for each in (program, finer))
    _, written = net.call("predict", named(given), {name: np.shape(value) for name, value in own.items()})
    found.compare("outputs", written, own, fine)
    if "gradients" in net.arguments:
        _, derived = net.call("gradients", named(given), {})
        train = program.spec.train is not None
        slopes = [load(precision, training=train) for precision in ("float32", "float64")]
        slopes[1].restore({path: np.asarray(value, np.float64) for path, value in program.held.items()})
        found.compare("gradients", derived, *(each.grad(None, feeds) for each in slopes))
    if program.spec.train is not None:
        _train(
            net,
            [program.trainer(precision="float32"), finer.trainer(precision="float64")],
            given,
            batches,
            factors,
            found,
        )
    return found


def derives(program: chainrule.Program) -> bool:
    """Whether there is anything to derive: a loss, or one output that is a number."""
    graph = program.spec.graph
    scalars = [number for number in graph.outputs if graph.nodes[number].type == SCALAR]
    return program.spec.train is not None or len(scalars) == 1


def _train(
    net: Compiled,
    trainers: Sequence[Any],
    given: Mapping[str, Any],
    batches: Sequence[Any],
    factors: Sequence[float],
    found: Differences,
) -> None:
    """Takes steps with all three."""
    size = {name: np.shape(value) for name, value in (batches[0] if batches else {}).items()}
    done = 0
    for batch, factor in zip(batches, factors, strict=True):
        if size != {name: np.shape(value) for name, value in batch.items()}:
            continue  # the last rows of an epoch, which are fewer
        net.factor(factor)
        net.call("train_step", named({**given, **batch}), {})
        for trainer in trainers:
            trainer.step(batch)
        done += 1
        if done == 1:
            found.compare("step 1", net.held("params"), *(each.held for each in trainers))
    if done > 1:
        found.compare("step 50", net.held("params"), *(each.held for each in trainers))


def passes_its_test(file: Path) -> None:
    """Compiles a file strictly and with sanitizers, and runs its own test."""
    test = file.with_suffix(".test")
    compiled(file, test, "-O1", *SANITIZED, str(file.with_name(f"{file.stem}_main.c")))
    ran = subprocess.run([test], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def single(batch: Mapping[str, Any]) -> dict[str, Any]:
    """What is fed, in float32."""
    return {name: value if value.dtype.kind == "i" else value.astype("float32") for name, value in batch.items()}
