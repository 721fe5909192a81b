"""What records say of their operations is so; and what a reader of them needs to be right stands there."""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.advice.forms import form
from chainrule.compiler.graph.signatures import INITIALISERS
from chainrule.compiler.ops.operation import Operation, Trial
from chainrule.compiler.ops.table import OPERATIONS as TABLE
from chainrule.compiler.shape import Clash, Type

Array = Any
Draw = Callable[..., list[Array]]

OPERATIONS = [operation for operation in TABLE.values() if operation.role != "leaf"]


def cases(*operations: Operation) -> pytest.MarkDecorator:
    """Each operation with each of its trials."""
    return pytest.mark.parametrize(
        ("operation", "trial"),
        [
            pytest.param(each, trial, id=f"{each.name}-{number}")
            for each in operations
            for number, trial in enumerate(each.trials)
        ],
    )


def each_of(*operations: Operation) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", operations, ids=lambda operation: str(operation.name))


def value(operation: Operation, operands: list[Array], trial: Trial, precision: str = "float64") -> Array:
    run = (precision,) if operation.of_run else ()
    with np.errstate(all="ignore"):
        return np.asarray(operation.forward(np, *operands, *trial.attributes, *run))


def bits(array: Array) -> bytes:
    return bytes(np.where(np.isnan(array), np.nan, array).tobytes())


# --- what every operation needs ---------------------------------------------------------------------------------


@each_of(*(each for each in OPERATIONS if each.scalar is not None and each.vjp is not None and each.fed_as is None))
def test_the_page_can_compute_it(operation: Operation) -> None:
    assert operation.javascript is not None or operation.define is not None


@each_of(*(each for each in OPERATIONS if each.integers))
def test_whoever_takes_integers_says_what_they_are(operation: Operation) -> None:
    """Labels are checked, named and counted along these."""
    said = operation.values.classes is not None or operation.values.passes_on
    # A condition is no class, and of what gives its shape alone nothing is read.
    assert said or operation.role == "helper" or operation.integers in (("c",), ("like",))


@each_of(*(each for each in OPERATIONS if each.scalar is not None and each.vjp is not None))
def test_differences_know_its_kinks_and_jumps(operation: Operation) -> None:
    """Where the slopes on both sides of a point are not the same, the sides are not either."""
    assert operation.scalar is not None
    side, count, step = operation.values.side, len(operation.operands), 1e-6
    for trial, base in itertools.product(operation.trials, itertools.product((-1.5, -1, 0, 0.5, 1), repeat=count)):
        if any(type_.shape for type_ in trial.types):
            continue
        for slot in range(count):
            points = [[x + (k - 1) * step * (n == slot) for n, x in enumerate(base)] for k in range(3)]
            before, here, after = (operation.scalar(*point, *trial.attributes) for point in points)
            if not all(map(math.isfinite, (before, here, after))):
                continue
            left, right = (here - before) / step, (after - here) / step
            if abs(left - right) <= 1e-3 * max(1.0, abs(left), abs(right)):
                continue
            assert side is not None, (base, slot)
            sides = [side(np, *map(np.asarray, point), *trial.attributes) for point in (points[0], points[2])]
            assert sides[0].tolist() != sides[1].tolist(), (base, slot)


@cases(*(each for each in OPERATIONS if each.role == "metric"))
def test_which_values_of_a_metric_are_better(operation: Operation, trial: Trial, draw: Draw) -> None:
    """The one of an answer that is right, as against those of random ones."""
    scores, t, *weight = draw(trial)
    numbers = t.ndim < scores.ndim
    right = (np.arange(scores.shape[-1]) == np.expand_dims(t, -1)) * 5.0 if numbers else t
    best = value(operation, [right, t, *weight], trial)
    if best.shape:
        return  # a matrix, of which nothing is better
    others = [value(operation, [draw(trial, seed)[0], t, *weight], trial) for seed in range(8)]
    better = np.greater_equal if operation.values.higher_is_better else np.less_equal
    assert all(better(best, other) for other in others)
    if max(others) != min(others):
        assert any(best != other for other in others)


# --- rows -------------------------------------------------------------------------------------------------------


def touched(operation: Operation, trial: Trial, draw: Draw, slot: int, axis: int, row: int) -> Array:
    """Which elements of the value hang on a row of an operand, along one of its axes; as far as a few draws show it."""
    found: Array = False
    for seed in range(4):
        operands = draw(trial, seed)
        before = value(operation, operands, trial)
        other = operands[slot].copy()
        place = (slice(None),) * axis + (row,)
        other[place] = (other[place] + 1) % trial.classes if other.dtype.kind == "i" else other[place] + 0.37 + seed
        after = value(operation, [*operands[:slot], other, *operands[slot + 1 :]], trial)
        found = found | ((before != after) & ~(np.isnan(before) & np.isnan(after)))
    return found


def alone(hangs: list[Array], axis: int) -> bool:
    """Whether rows of the value along an axis hang on the operand's row of their own number, and on no other."""
    if hangs[0].ndim < -axis or hangs[0].shape[axis] != len(hangs):
        return False
    return all(not np.delete(each, row, axis).any() for row, each in enumerate(hangs))


def rows_of(operation: Operation, trial: Trial, draw: Draw) -> Iterator[tuple[int, int, list[Array]]]:
    """Each axis of each operand, counted from the last, and what hangs on its rows."""
    for slot, type_ in enumerate(trial.types):
        for axis, size in enumerate(type_.shape):
            assert isinstance(size, int)
            if size > 1:
                hangs = [touched(operation, trial, draw, slot, axis, row) for row in range(size)]
                yield slot, axis - len(type_.shape), hangs


@cases(*(each for each in OPERATIONS if each.rows.axes is not None))
def test_rows_run_where_the_record_says(operation: Operation, trial: Trial, draw: Draw) -> None:
    rule = operation.rows.axes
    assert rule is not None
    result = operation.infer(trial.types, *trial.attributes)
    for slot, axis, hangs in rows_of(operation, trial, draw):
        over = [frozenset({axis}) if each == slot else frozenset[int]() for each in range(len(trial.types))]
        through, mixed = rule(over, trial.types, result, trial.attributes)
        if through is None or mixed:
            continue
        if not through:
            assert not any(each.any() for each in hangs), (slot, axis)
        assert all(alone(hangs, each) for each in through), (slot, axis)


@cases(*(each for each in OPERATIONS if each.written and each.rows.axes is None))
def test_rows_that_stand_alone_are_known_to(operation: Operation, trial: Trial, draw: Draw) -> None:
    for slot, axis, hangs in rows_of(operation, trial, draw):
        for other in range(-hangs[0].ndim, 0):
            assert not (alone(hangs, other) and any(each.any() for each in hangs)), (slot, axis, other)


@cases(*(each for each in OPERATIONS if each.rows.same_bits))
def test_a_row_has_its_bits_whatever_stands_beside_it(operation: Operation, trial: Trial, draw: Draw) -> None:
    first = trial.types[0].shape
    if not first or first[0] == 1 or any(each.symbolic for each in operation.attributes):
        return
    with_rows = [type_.shape[:1] == first[:1] and len(type_.shape) == len(first) for type_ in trial.types]
    operands = [
        each if each.dtype.kind == "i" else each.astype("float32")
        for each in (np.tile(one, (40, *[1] * (one.ndim - 1))) if rows else one
                     for one, rows in zip(draw(trial), with_rows, strict=True))
    ]  # fmt: skip
    count = operands[0].shape[0]
    over = [frozenset({-len(first)}) if rows else frozenset[int]() for rows in with_rows]
    types = tuple(Type(type_.kind, each.shape) for type_, each in zip(trial.types, operands, strict=True))
    try:
        result = operation.infer(types, *trial.attributes)
    except Clash:  # its operands have rows together, or none has
        return
    rule = operation.rows.axes
    assert rule is not None
    through, mixed = rule(over, types, result, trial.attributes)
    if not through or mixed:
        return
    (axis,) = through
    whole = value(operation, operands, trial, "float32")
    for row in range(0, count, 7):
        part = [each[row : row + 1] if rows else each for each, rows in zip(operands, with_rows, strict=True)]
        assert bits(value(operation, part, trial, "float32")) == bits(np.take(whole, [row], axis))


@cases(*OPERATIONS)
def test_averages_are_means_over_rows(operation: Operation, trial: Trial, draw: Draw) -> None:
    """Of two halves of the rows it has values whose mean is that of all of them: then the record says so."""
    if not trial.types:
        return
    first = trial.types[0].shape
    if not first or first[0] == 1 or operation.infer(trial.types, *trial.attributes).shape or not operation.written:
        return
    classes = operation.values.classes
    if classes is not None and len(first) == 1:
        return  # a single row
    names = [attribute.name for attribute in operation.attributes]
    if "axis" in names and trial.attributes[names.index("axis")] is not None:
        return

    def over(operands: list[Array]) -> Array:
        given = [
            len(operands[0]) if name == "rows" else value for name, value in zip(names, trial.attributes, strict=True)
        ]
        return value(operation, operands, Trial(trial.operands, tuple(given)))

    same = True
    for seed in range(10):
        one, two = draw(trial, seed), draw(trial, seed + 10)
        both = [np.concatenate(pair) for pair in zip(one, two, strict=True)]
        same = same and bool(np.isclose(over(both), (over(one) + over(two)) / 2, rtol=1e-12))
    assert same == operation.rows.averages


# --- values -----------------------------------------------------------------------------------------------------


@cases(*(each for each in OPERATIONS if each.values.bounds is not None))
def test_values_lie_within_their_bounds(operation: Operation, trial: Trial, draw: Draw) -> None:
    assert operation.values.bounds is not None
    found = operation.values.bounds(*trial.types)
    if found is None:
        return
    low, high = found
    for scale in (1e-300, 1.0, 30.0, 1e3, 1e307):
        operands = [each if each.dtype.kind == "i" else each * scale for each in draw(trial, 2)]
        got = value(operation, operands, trial)
        assert not (got < low).any()
        assert not (got > high).any()


@cases(*OPERATIONS)
def test_what_passes_on_its_operand(operation: Operation, trial: Trial, draw: Draw) -> None:
    kind = operation.values.passes_on
    if not kind:
        return
    operands = draw(trial)
    operand = operands[0]
    got = value(operation, operands, trial)
    if kind == "elements":
        assert got.ravel().tolist() == operand.ravel().tolist()
    elif kind == "chosen":
        known = {float(each) for each in trial.attributes if isinstance(each, int | float)}
        assert set(got.ravel().tolist()) <= known.union(*(each.ravel().tolist() for each in operands))
    else:
        assert sorted(got.ravel().tolist()) == sorted(operand.ravel().tolist())


# --- algebra ----------------------------------------------------------------------------------------------------

SPECIAL = np.array([0.0, -0.0, 1.0, -1.5, 5e-324, 1e308, math.inf, -math.inf, math.nan])


@each_of(*(each for each in OPERATIONS if each.algebra.commutative))
def test_operands_that_may_change_places(operation: Operation) -> None:
    a, b = np.meshgrid(SPECIAL, SPECIAL)
    trial = operation.trials[0]
    assert bits(value(operation, [a, b], trial)) == bits(value(operation, [b, a], trial))


@each_of(*(each for each in OPERATIONS if each.algebra.neutral is not None))
def test_neutral_operands(operation: Operation) -> None:
    neutral = np.full_like(SPECIAL, operation.algebra.neutral)
    for place in operation.algebra.neutral_at:
        operands = [neutral, SPECIAL] if place == 0 else [SPECIAL, neutral]
        assert bits(value(operation, operands, operation.trials[0])) == bits(SPECIAL)


@each_of(*(each for each in OPERATIONS if each.algebra.involution))
def test_what_done_twice_is_nothing(operation: Operation) -> None:
    operand = np.column_stack((SPECIAL, SPECIAL[::-1]))
    trial = operation.trials[0]
    once = value(operation, [operand], trial)
    assert bits(value(operation, [once], trial)) == bits(operand)


@cases(*(each for each in OPERATIONS if each.algebra.linear))
def test_linear_operands(operation: Operation, trial: Trial, draw: Draw) -> None:
    for group in operation.algebra.linear:
        one, two = draw(trial, 1), draw(trial, 2)
        two = [other if slot in group else mine for slot, (mine, other) in enumerate(zip(one, two, strict=True))]
        if any(each.dtype.kind == "i" for each in one):
            continue
        middle = [(mine + other) / 2 for mine, other in zip(one, two, strict=True)]
        mean = (value(operation, one, trial) + value(operation, two, trial)) / 2
        np.testing.assert_allclose(value(operation, middle, trial), mean, rtol=1e-12, atol=1e-14)


@each_of(*(each for each in OPERATIONS if each.promotes))
def test_integers_that_numpy_promotes_itself(operation: Operation) -> None:
    whole, real = np.array([1, 2, 2**53 + 1]), np.array([0.5, 1.5, 2.5])
    trial = operation.trials[0]
    assert bits(value(operation, [whole, real], trial)) == bits(value(operation, [whole.astype(float), real], trial))
    assert bits(value(operation, [real, whole], trial)) == bits(value(operation, [real, whole.astype(float)], trial))


# --- advice -----------------------------------------------------------------------------------------------------


@each_of(*(each for each in OPERATIONS if each.activation is not None))
def test_activations(operation: Operation) -> None:
    activation, scalar = operation.activation, operation.scalar
    assert activation is not None
    assert not activation.start or activation.start in INITIALISERS
    if scalar is None:
        assert activation.slope is None
        return
    given = operation.trials[0].attributes
    points = np.linspace(-6, 6, 101)
    slopes = [(scalar(x + 1e-6, *given) - scalar(x - 1e-6, *given)) / 2e-6 for x in points]
    if activation.slope is not None:
        values = np.array([scalar(x, *given) for x in points])
        np.testing.assert_allclose(activation.slope(values), slopes, atol=1e-8)
    if activation.rectifies:
        assert [scalar(x, *given) for x in (-3.0, -0.1)] == [0, 0]
    assert activation.shrinks == (max(slopes) <= 0.2500001)


@each_of(*OPERATIONS)
def test_its_forms_can_be_read(operation: Operation) -> None:
    for each in (*(by_hand.form for by_hand in operation.advice.by_hand), operation.advice.log_odds):
        if each:
            assert form(each).operation.written
