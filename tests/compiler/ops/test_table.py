"""What holds of every operation: it is documented, tried, typed, differentiable as often as one likes."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chainrule.compiler.ops.operation import Operation, Trial
from chainrule.compiler.ops.table import ALL, OPERATIONS, find
from chainrule.compiler.ops.update_helpers import UPDATING
from chainrule.compiler.shape import Type, bind_shape, dimension

Any_ = Callable[..., Any]

FIRST = "add sub mul div neg exp log matmul affine relu sigmoid softmax softmax-loss mse sum mean flatten accuracy"
OTHERS = "pow sqrt tanh softplus identity cross-entropy quadratic-loss transpose log-softmax"

Case = tuple[Operation, Trial]


def named(cases: Iterable[Case]) -> list[Any]:
    return [pytest.param(*case, id=f"{case[0].name}-{number}") for number, case in enumerate(cases)]


CASES = [(operation, trial) for operation in ALL for trial in operation.trials if operation.role != "leaf"]
DIFFERENTIABLE = [case for case in CASES if case[0].vjp is not None and not case[0].values.held]
STRETCHED = [case for case in CASES if any(set(type_.shape) - {1} for type_ in case[1].types)]
TRIALS = named(CASES)
SCALAR_FORMS = [operation for operation in ALL if operation.scalar is not None and operation.operands]


def by_name(operation: Operation) -> str:
    return operation.name


def test_every_operation_of_the_language_is_there() -> None:
    written = {operation.name for operation in ALL if operation.written}
    assert written >= {*FIRST.split(), *OTHERS.split()}


def test_names_are_unique() -> None:
    assert len(OPERATIONS) == len(ALL)


def test_an_operation_is_found_by_either_spelling() -> None:
    assert find("softmax-loss") is find("softmax_loss") is OPERATIONS["softmax-loss"]
    assert find("soft-max") is None


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        OPERATIONS["add"] = OPERATIONS["sub"]  # type: ignore[index]  # that it is read-only is what is tested


@pytest.mark.parametrize("operation", ALL, ids=by_name)
def test_every_operation_is_documented_and_tried(operation: Operation) -> None:
    assert operation.formula
    assert operation.doc.endswith(".")
    assert repr(operation) == f"<operation {operation.name}>"
    assert operation.trials or operation.role == "leaf"
    assert (operation.vjp is None) == (operation.role in ("metric", "leaf") or operation in UPDATING)
    assert set(operation.integers) <= set(operation.operands)


@pytest.mark.parametrize("operation", [operation for operation in ALL if operation.role != "leaf"], ids=by_name)
def test_what_takes_scalars_has_a_form_on_floats(operation: Operation) -> None:
    takes_scalars = any(trial.operands and all(each == () for each in trial.operands) for trial in operation.trials)
    assert (operation.scalar is not None) == takes_scalars or operation.name == "real"


@pytest.mark.parametrize(("operation", "trial"), TRIALS)
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_values_and_gradients_have_the_inferred_type(
    operation: Operation, trial: Trial, precision: str, tape: Any_, draw: Any_
) -> None:
    made = tape(precision)
    leaves = [made.leaf(value) for value in draw(trial)]
    output = made.append(operation, leaves, trial.attributes)  # the tape compares types with values
    if operation.vjp is not None:
        made.reverse(output, made.leaf(np.ones(made.type(output).shape)), leaves)


STRIDED = [case for case in CASES if case[0].strided and (case[0].name, case[1].attributes) != ("transpose", (None,))]


@pytest.mark.parametrize(("operation", "trial"), named(STRIDED))
def test_only_a_transpose_swaps_axes_without_a_copy(operation: Operation, trial: Trial, draw: Any_) -> None:
    """A product takes what has its last two axes swapped as it lies, and rounds by it: in the planned form that is
    nothing but such a transpose."""
    given = draw(trial)
    swapped = [x if x.ndim < 2 else np.ascontiguousarray(x.swapaxes(-1, -2)).swapaxes(-1, -2) for x in given]
    for operands in (given, swapped):
        value = np.asarray(operation.forward(np, *operands, *trial.attributes))
        assert value.flags.c_contiguous or not value.swapaxes(-1, -2).flags.c_contiguous


@pytest.mark.parametrize(("operation", "trial"), named(STRETCHED))
def test_a_size_may_be_unknown(operation: Operation, trial: Trial, tape: Any_, draw: Any_) -> None:
    known = next(size for type_ in trial.types for size in type_.shape if isinstance(size, int) and size != 1)

    def hidden(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(hidden(size) for size in value)
        return dimension("N") if value == known else value

    attributes = tuple(
        hidden(value) if attribute.symbolic else value
        for attribute, value in zip(operation.attributes, trial.attributes, strict=True)
    )
    made = tape()
    leaves = [made.unknown(Type(kind, hidden(shape))) for kind, shape in trial.types]
    output = made.append(operation, leaves, attributes)
    value = operation.forward(np, *draw(trial), *trial.attributes)
    assert bind_shape(made.type(output).shape, {"N": known}) == value.shape
    if operation.vjp is not None:
        made.reverse(output, made.unknown(made.type(output)), leaves)  # the tape compares shapes


@pytest.mark.parametrize(("operation", "trial"), TRIALS)
def test_the_table_is_closed_under_differentiation(operation: Operation, trial: Trial, tape: Any_, draw: Any_) -> None:
    made = tape()
    leaves = [made.leaf(value) for value in draw(trial)]
    output = made.append(operation, leaves, trial.attributes)
    made.reverse(output, made.leaf(np.ones(made.type(output).shape)), leaves)
    assert all(used.vjp is not None for used, _, _ in made.nodes[output + 1 :] if used is not None)


class Derivative:
    """A random combination of the derivatives of an operation, of any order, as a scalar function of its operands."""

    def __init__(self, tape: Any_, operation: Operation, trial: Trial, order: int) -> None:
        self.tape, self.operation, self.trial, self.order = tape, operation, trial, order

    def __call__(self, operands: list[Any]) -> tuple[Any, list[int], int | None]:
        """The tape, its leaves, and the node of the function; None where it is zero all over."""
        random = np.random.default_rng(5)
        made = self.tape()
        leaves = [made.leaf(operand) for operand in operands]
        node = self._mixed(made, [made.append(self.operation, leaves, self.trial.attributes)], random)
        for _ in range(self.order):
            if node is None:
                break
            found = made.reverse(node, made.constant(1.0), leaves)
            node = self._mixed(made, found, random)
        return made, leaves, node

    def value(self, operands: list[Any]) -> float:
        made, _, node = self(operands)
        return 0.0 if node is None else float(made.values[node])

    @staticmethod
    def _mixed(made: Any, nodes: list[int | None], random: np.random.Generator) -> int | None:
        total = None
        for node in nodes:
            if node is None:
                continue
            weights = made.leaf(random.uniform(0.5, 1.5, made.type(node).shape))
            part = made.sum(made.mul(weights, node))
            total = part if total is None else made.add(total, part)
        return total


@pytest.mark.parametrize(("operation", "trial"), named(DIFFERENTIABLE))
@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivatives_agree_with_central_differences(
    operation: Operation, trial: Trial, order: int, tape: Any_, draw: Any_
) -> None:
    step = 1e-5
    operands = draw(trial)
    function = Derivative(tape, operation, trial, order - 1)
    made, leaves, node = function(operands)
    found = [None] * len(leaves) if node is None else made.reverse(node, made.constant(1.0), leaves)
    random = np.random.default_rng(7)
    for position, (operand, gradient) in enumerate(zip(operands, found, strict=True)):
        if operand.dtype.kind == "i":
            assert gradient is None
            continue
        ways = np.eye(operand.size).reshape(-1, *operand.shape)
        if order > 1:  # two directions at random are enough where the first order was held element by element
            ways = random.uniform(-1, 1, (2, *operand.shape))
        for way in ways:
            moved = [list(operands), list(operands)]
            moved[0][position], moved[1][position] = operand - step * way, operand + step * way
            low, high = map(function.value, moved)
            expected = (high - low) / (2 * step)
            actual = 0.0 if gradient is None else float(np.sum(made.values[gradient] * way))
            scale = max(abs(low), abs(high), 1.0)
            assert actual == pytest.approx(expected, rel=1e-6, abs=1e-8 * scale)


@pytest.mark.parametrize("operation", SCALAR_FORMS, ids=by_name)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_floats_and_arrays_agree(operation: Operation, data: st.DataObject) -> None:
    scalars = [
        trial
        for trial in operation.trials
        if not any(type_.shape for type_ in trial.types) and not operation.infer(trial.types, *trial.attributes).shape
    ]
    trial = data.draw(st.sampled_from(scalars))
    numbers = st.integers(-9, 9) if operation.name == "real" else st.floats()
    if operation in UPDATING:  # these are asked about norms and steps alone
        numbers = st.floats(trial.low, trial.high)
    operands = [data.draw(numbers) for _ in operation.operands]
    if operation.name.startswith("pow"):  # numpy takes a root instead, which is NaN here
        assume(operands[0] != -math.inf)
    assert operation.scalar is not None
    scalar = operation.scalar(*operands, *trial.attributes)
    assert type(scalar) is float
    with np.errstate(all="ignore"):
        array = float(operation.forward(np, *map(np.asarray, operands), *trial.attributes))
    assert math.isnan(scalar) == math.isnan(array)
    if not math.isnan(scalar):
        assert scalar == pytest.approx(array, rel=1e-12, abs=1e-307)


# --- under jax.numpy, with `pytest -m proof` --------------------------------------------------------------------

ADDED_UP = {"conv_transpose", "shifted-conv-transpose", "correlate-input", "pool-mean-gradient"}
"""Sums of products in places that overlap: XLA rounds them once where numpy does twice, so that among extremes what
cancels here may be left there."""

SPECIAL = (0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e30, -1e30)


@pytest.mark.proof
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("operation", [each for each in ALL if each.role != "leaf"], ids=by_name)
def test_every_form_runs_under_jax_numpy(operation: Operation, precision: str, draw: Any_) -> None:
    jax = pytest.importorskip("jax", reason="jax is an extra")
    with jax.enable_x64(precision == "float64"):
        for trial in operation.trials:
            compiled = jax.jit(lambda *operands, trial=trial: _under_jax(jax, operation, operands, trial.attributes))
            for operands in _tried_under_jax(trial, precision, draw, extremes=operation.name not in ADDED_UP):
                with np.errstate(all="ignore"):
                    here = np.asarray(operation.forward(np, *operands, *trial.attributes))
                there = compiled(*operands)
                assert there.shape == here.shape
                assert there.dtype.kind == here.dtype.kind
                close = 2e-5 if precision == "float32" else 1e-12
                if here.dtype.kind == "i":  # without 64 bits JAX's end sooner
                    ends = np.iinfo(there.dtype)
                    here = here.clip(int(ends.min), int(ends.max))
                np.testing.assert_allclose(there, here.astype(there.dtype), rtol=close, atol=close)


def _under_jax(jax: Any, operation: Operation, operands: Iterable[Any], attributes: Iterable[Any]) -> Any:
    """What JAX computes: a form of its own, where an operation has one."""
    if operation.jax is not None:
        return operation.jax(jax, *operands, *attributes)
    return operation.forward(jax.numpy, *operands, *attributes)


def _tried_under_jax(trial: Trial, precision: str, draw: Any_, *, extremes: bool) -> Iterator[list[Any]]:
    """Operands within the trial's bounds, then some that are at the extremes."""
    integers = "int64" if precision == "float64" else "int32"
    for seed in range(3):
        operands = [value.astype(integers if value.dtype.kind == "i" else precision) for value in draw(trial, seed)]
        yield operands
        if not extremes:
            continue
        random = np.random.default_rng(seed)
        yield [
            value if value.dtype.kind == "i" else random.choice(SPECIAL, value.shape).astype(precision)
            for value in operands
        ]
