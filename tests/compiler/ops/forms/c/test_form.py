"""The form of every operation in files of C: it is there, and has the values of `forward`."""

import ctypes
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from exported_c import NO_GCC, STRICT

from chainrule.compiler.graph.graph import GraphBuilder
from chainrule.compiler.lower.computation import Computation
from chainrule.compiler.ops.forms.c.form import Each, Written
from chainrule.compiler.ops.forms.c.value import CValue, in_order
from chainrule.compiler.ops.leaves import FED
from chainrule.compiler.ops.operation import Operation, Trial
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.targets.c.body import body_of
from chainrule.compiler.targets.c.file import HELPERS
from chainrule.compiler.targets.c.names import Names
from chainrule.compiler.targets.c.numbers import in_precision
from chainrule.compiler.targets.c.task import Destination, Task

WRITTEN = [each for each in OPERATIONS.values() if each.c is not None and each.role != "leaf" and each.trials]
SPECIAL = (0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e300, -1e300, 0.5, 2.0)
PRODUCTS = ("matmul", "affine", "correlate", "correlate-input", "correlate-weights")
"""Their terms are added in an order of their own, by which infinities come or go."""
TYPES = {"real": "double", "int": "int64_t"}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda each: each.name)
def test_every_operation_has_a_form(operation: Operation) -> None:
    """What is made of nodes has theirs, unless it has a kernel: then it stays whole. What is drawn has that of the leaf
    in its place; other leaves are given, and metrics are refused in words."""
    given = operation.role in ("leaf", "metric") or operation.fed_as is not None
    spelt_out = operation.define is not None and operation.kernel is None
    assert operation.c is not None or spelt_out or given


def lines_of(name: str, operation: Operation, trial: Trial) -> tuple[list[str], list[str], tuple[int, ...]]:
    """A function of C, what it calls, and the shape of its result; operands are arrays, also single ones."""
    builder = GraphBuilder()
    leaves = [builder.leaf(FED, type, f"x{number}", None) for number, type in enumerate(trial.types)]
    number = builder.make(operation.name, tuple(leaves), trial.attributes)
    computation = Computation(tuple(builder.nodes), (number,), "float64")
    values = {}
    for place, leaf in enumerate(leaves):
        shape: Any = trial.types[place].shape
        kind = trial.types[place].kind
        array = CValue(f"x{place}", kind, shape, in_order(shape))
        values[leaf] = array if shape else CValue(f"x{place}[0]", kind, (), (), single=True)
    shape = tuple(int(str(size)) for size in computation.nodes[number].type.shape)
    kind = computation.nodes[number].type.kind
    task = Task(computation, values, [Destination(number, CValue("y", kind, shape, in_order(shape)))], 0)
    body = body_of(task, Names([*HELPERS, *(f"x{place}" for place in range(len(leaves))), "y"]))
    arguments = [f"const {TYPES[type.kind]} *x{place}" for place, type in enumerate(trial.types)]
    made = [f"void {name}({', '.join([*arguments, f'{TYPES[kind]} *y'])})", "{"]
    made += [f"    static double memory[{body.sizes['real'] + 1}];", "    (void)memory;"]
    made += [f"    static int64_t whole[{body.sizes['int'] + 1}];", "    (void)whole;"]
    made += [*(f"    (void)x{place};" for place in range(len(leaves)))]
    return [*made, *(in_precision(line, "float64") for line in body.lines), "}"], list(body.functions), shape


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], tuple[Any, tuple[int, ...]]]:
    """All of them, as functions of one library, and the shapes of their results."""
    if shutil.which("gcc") is None:
        pytest.skip(NO_GCC)
    folder = tmp_path_factory.mktemp("forms")
    functions: dict[str, None] = {}
    lines: list[str] = []
    found: dict[tuple[str, int], Any] = {}
    for operation in WRITTEN:
        for number, trial in enumerate(operation.trials):
            name = f"f_{operation.name.replace('-', '_')}_{number}"
            made, called, shape = lines_of(name, operation, trial)
            lines += made
            functions |= dict.fromkeys(called)
            found[operation.name, number] = name, shape
    head = ["#include <math.h>", "#include <stdint.h>", *(in_precision(source, "float64") for source in functions)]
    (folder / "forms.c").write_text("\n".join([*head, *lines]) + "\n", "utf-8")
    ran = subprocess.run(
        ["gcc", *STRICT, "-O0", "-shared", "-fPIC", folder / "forms.c", "-o", folder / "forms.so", "-lm"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    library = ctypes.CDLL(str(folder / "forms.so"))
    return {key: (getattr(library, name), shape) for key, (name, shape) in found.items()}


def tried(operation: Operation, trial: Trial, draw: Callable[..., Any]) -> Iterator[list[Any]]:
    """Operands within the trial's bounds, then some at the extremes."""
    yield draw(trial, 0)
    if trial.low >= 1 or operation.name in PRODUCTS:  # steps are counted from 1
        return
    random = np.random.default_rng(1)
    for _ in range(3):
        yield [
            value if value.dtype.kind == "i" else random.choice(SPECIAL, value.shape) + 0.0 * value
            for value in draw(trial, 0)
        ]


@pytest.mark.parametrize("operation", WRITTEN, ids=lambda each: each.name)
def test_a_form_has_the_values_of_the_operation(
    operation: Operation, compiled: dict[tuple[str, int], Any], draw: Callable[..., Any]
) -> None:
    for number, trial in enumerate(operation.trials):
        function, shape = compiled[operation.name, number]
        for operands in tried(operation, trial, draw):
            given = (*trial.attributes, "float64") if operation.of_run else trial.attributes
            with np.errstate(all="ignore"):
                own = np.asarray(operation.forward(np, *operands, *given))
            out = np.empty(shape, own.dtype)
            arrays = [np.ascontiguousarray(each) for each in (*operands, out)]
            function(*(ctypes.c_void_p(each.ctypes.data) for each in arrays))
            size = np.max(np.abs(own), where=np.isfinite(own), initial=0.0)
            np.testing.assert_allclose(arrays[-1].reshape(shape), own, rtol=1e-13, atol=1e-14 * float(size),
                                       err_msg=f"{operation.name} of {operands}")  # fmt: skip


def test_functions_of_one_name_are_the_same() -> None:
    sources = {
        source for each in OPERATIONS.values() if isinstance(each.c, Each | Written) for source in each.c.functions
    }
    names = [name for source in sources for name in re.findall(r"^static .*?(\w+)\(", source, re.MULTILINE)]
    assert len(names) == len({*names})
    assert {*names} <= {*HELPERS}
