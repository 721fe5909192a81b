"""What an exported file of C computes, compiled by gcc, held against what the program itself computes."""

import ctypes
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from exported import apart, batches_of

import chainrule
from chainrule.compiler.graph.spec import Precision

STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic")
SANITIZED = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")

Load = Callable[..., chainrule.Program]
"""load(training=...) is the program in one of its forms."""


class Compiled:
    """A file of C as a shared library: its functions by name, its params, and what its training remembers."""

    def __init__(self, file: Path) -> None:
        library = file.with_suffix(".so")
        compiled(file, library, "-O2", "-shared", "-fPIC")
        self.library = ctypes.CDLL(str(library))
        self.prefix = file.stem
        self.header = file.with_suffix(".h").read_text("utf-8")
        real = ctypes.c_double if re.search(r"\bdouble\b", self.header) else ctypes.c_float
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


def worst_of_c(load: Load, folder: Path, count: int = 50, precision: Precision = "float32") -> dict[str, float]:
    """How far a program's file is from the program, by what is compared: the largest difference beside the largest
    value of each array; where a gradient is nothing but rounding, beside the largest of all gradients."""
    program = load(training=False)
    batches, factors, _, _ = batches_of(program, count)
    train = program.spec.train
    rows = max((len(value) for value in batches[0].values()), default=1) if batches and batches[0] else 0
    file = folder / "net.c"
    program.export(file, train_step=True, batch=rows, main=True)
    compiled(file, folder / "test", "-O1", *SANITIZED, str(folder / "net_main.c"))
    ran = subprocess.run([folder / "test"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    net = Compiled(file)
    feeds = dict(batches[0]) if batches else {}
    inputs = program.spec.graph.inputs
    given = {name: each.default for name, each in inputs.items() if each.default is not None} | feeds
    own = named(dict(program.run(feeds).items()))
    _, written = net.call("predict", named(given), {name: np.shape(value) for name, value in own.items()})
    worst = {"outputs": apart(written, own)}
    if "gradients" in net.arguments:
        _, found = net.call("gradients", named(given), {})
        slopes = load(training=train is not None).grad(None, feeds)
        worst["gradients"], worst["rounding"] = gradients_apart(found, slopes)
    if train is None:
        return worst
    trainer = program.trainer(precision=precision)
    size = {name: np.shape(value) for name, value in feeds.items()}
    done = 0
    for batch, factor in zip(batches, factors, strict=True):
        if {name: np.shape(value) for name, value in batch.items()} != size:
            continue  # the last rows of an epoch, which are fewer
        net.factor(factor)
        loss, _ = net.call("train_step", named({**given, **batch}), {})
        real = {name: value if value.dtype.kind == "i" else value.astype(precision) for name, value in batch.items()}
        expected = trainer.step(real)
        worst["loss"] = max(worst.get("loss", 0), abs(loss - float(expected)) / (abs(float(expected)) or 1))
        done += 1
        if done in (1, count):
            worst[f"step {done}"] = apart(net.held("params"), trainer.held)
    worst["steps"] = done
    return worst


def gradients_apart(found: Mapping[str, Any], own: Mapping[str, Any]) -> tuple[float, int]:
    """The largest difference, each beside the largest value of its array, and how many arrays are left out because all
    of it is rounding."""
    largest = max((float(np.max(np.abs(own[name]))) for name in found), default=0.0)
    real = {name: value for name, value in found.items() if np.max(np.abs(own[name])) > 1e-6 * largest}
    return apart(real, own), len(found) - len(real)
