"""Every kernel has the bits of its operation's reference form, where its result takes an operand's memory too."""

import numpy as np
import pytest

from chainrule.compiler.graph.spec import Precision
from chainrule.compiler.ops.emitter import Buffer
from chainrule.compiler.ops.operation import Operation, Trial
from chainrule.compiler.ops.reductions import reduction
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.targets.numpy_step import StepSource
from chainrule.compiler.targets.verify_step import verify_step
from chainrule.compiler.targets.writer import LineOperand, Stretch, Writer, program_text
from chainrule.runtime.arrays import Array
from chainrule.runtime.steps.generated import Objects, function_of

CASES = [
    pytest.param(operation, trial, id=f"{operation.name}-{number}")
    for operation in OPERATIONS.values()
    if operation.kernel is not None
    for number, trial in enumerate(operation.trials)
]


def drawn(trial: Trial, precision: str) -> list[Array]:
    random = np.random.default_rng(5)
    made: list[Array] = []
    for kind, shape in trial.types:
        if kind == "int":
            made.append(random.integers(trial.classes, size=shape))  # type: ignore[arg-type]  # a trial's sizes are numbers
        else:
            made.append(random.uniform(trial.low, trial.high, size=shape).astype(precision))  # type: ignore[arg-type]  # as above
    return made


def computed(operation: Operation, trial: Trial, precision: Precision, taken: int | None) -> Array:
    """The kernel's value, in memory of its own or in that of the operand `taken`."""
    given = drawn(trial, precision)
    writer = Writer(precision)
    operands: list[Buffer] = []
    for number, array in enumerate(given):
        operands.append(writer.allocated(array.shape, array.dtype.name)[0])
        writer.copy(operands[-1], writer.argument(f"x{number}", array.shape, array.dtype.name))
    kind, shape = operation.infer(trial.types, *trial.attributes)
    dtype = "int64" if kind == "int" else precision
    out = operands[taken] if taken is not None else writer.allocated(tuple(map(int, map(str, shape))), dtype)[0]
    first = len(writer.lines)
    assert operation.kernel is not None
    operation.kernel(writer, out, *operands, *trial.attributes)
    reads = tuple(LineOperand(each.name, first, each is out) for each in operands)
    writer.stretches.append(Stretch(first, len(writer.lines), reads, (out.name,)))
    writer.line(f"return {out}.copy()")
    names = [f"x{number}" for number in range(len(given))]
    source = StepSource(
        program_text("step", names, writer),
        tuple(writer.bindings.values()),
        writer.arena.bytes,
        tuple((name, array.shape, array.dtype.name) for name, array in zip(names, given, strict=True)),
        (),
        tuple(writer.stretches),
    )
    verify_step(source, precision)
    found: Array = function_of(source.text, Objects(source.arena, {}, precision), source.bindings)(*given)
    return found


ROWS = (256, 257, 300, 569, 5000, 65_535, 65_536, 70_001)
"""Numbers of rows to either side of where the form of a sum changes, with and without some that are left over."""


@pytest.mark.parametrize("long", [300, reduction.LONG])
@pytest.mark.parametrize("shape", [*((rows, 3) for rows in ROWS), (300, 1), (300, 2500), (301, 2500)], ids=str)
def test_sums_of_many_rows(shape: tuple[int, int], long: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reduction, "LONG", long)
    trial = Trial((shape,), (shape[1:],))
    hold_kernel(OPERATIONS["sum-to"], trial, "float32")
    hold_kernel(OPERATIONS["sum-to"], trial, "float64")


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(("operation", "trial"), CASES)
def test_kernels(operation: Operation, trial: Trial, precision: Precision) -> None:
    hold_kernel(operation, trial, precision)


def hold_kernel(operation: Operation, trial: Trial, precision: Precision) -> None:
    attributes: tuple[object, ...] = (precision,) if operation.name == "real" else trial.attributes
    with np.errstate(all="ignore"):
        expected = np.asarray(operation.forward(np, *drawn(trial, precision), *attributes))
        ways = [None, *(each for each in operation.in_place if trial.types[each].shape == expected.shape)]
        for taken in ways:
            assert computed(operation, trial, precision, taken).tobytes() == expected.tobytes()
