"""Training graphs: what a step computes and changes, and updates of packed numbers and of rows with the same bits."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.derive.training import (
    GATHERED,
    GRADIENT,
    LEARNING_RATE,
    NUMBERS,
    PARAMETER,
    STEP_COUNT,
    SUM,
    UPDATE_COUNT,
    PackedUpdate,
    TrainingGraph,
    packed_sum,
    packed_update,
    rows_update,
    training_graph,
)
from chainrule.compiler.graph.graph import Graph
from chainrule.compiler.graph.spec import Spec
from chainrule.compiler.lower.plan import plan
from chainrule.compiler.shape import Clash
from chainrule.runtime.evaluate.execute import execute

Compile = Callable[..., Spec]
Array = np.ndarray[Any, Any]

TEXT = """input x = [1, 2, 3]
param w: [3] = ones()
param v: [3] = ones()
param still = 2
state seen = 0
next seen = seen + 1
loss = sum((w * x + v) ** 2)
train { minimize = loss ; optimizer = OPTIMIZER ; steps = 1 MORE }
"""
OPTIMIZERS = (
    *("sgd(lr = 0.1)", "momentum(lr = 0.1)", "nesterov(lr = 0.1)", "adagrad(lr = 0.1)", "rmsprop(lr = 0.1)"),
    *("adam(lr = 0.1)", "adamw(lr = 0.1)", "sgd(lr = 0.1, weight_decay = 0.2)", "adamw(lr = 0.1, weight_decay = 0.2)"),
)


def made(spec: Compile, optimizer: str = "adam(lr = 0.1)", more: str = "", accumulate: int = 1) -> TrainingGraph:
    checked = spec(TEXT.replace("OPTIMIZER", optimizer).replace("MORE", more))
    train = checked.train
    assert train is not None
    return training_graph(checked.full, train.minimize, train.optimizer, train.groups, accumulate=accumulate)


def computed(graph: Graph, targets: tuple[int, ...], feeds: Mapping[str, object]) -> list[Array]:
    values = execute(
        plan(graph, targets, {}, "float64", scalar=False), {path: np.asarray(each) for path, each in feeds.items()}
    )
    return [np.asarray(values[target]) for target in targets]


def drawn(*shape: int) -> Array:
    return np.random.default_rng(sum(shape)).random(shape)


# --- what a step changes ------------------------------------------------------------------------------------------


def test_a_step_computes_its_loss_and_all_new_values(spec: Compile) -> None:
    step = made(spec)
    assert list(step.changed) == ["w", "v", "w mean", "w square", "v mean", "v square", "seen"]
    assert step.targets == (step.loss, *step.changed.values())
    assert (step.rates, step.counts, step.zero, step.gathers) == ({LEARNING_RATE: 0.1}, (), None, False)
    assert [each.rows for each in step.parameters.values()] == [None, None]


def test_steps_that_gather_change_sums_and_the_last_clears_them(spec: Compile) -> None:
    step = made(spec, accumulate=4)
    sums = [f"w {SUM}", f"v {SUM}"]
    assert step.counts == (UPDATE_COUNT, GATHERED)
    assert list(step.changed) == ["w", "v", "w mean", "w square", "v mean", "v square", "seen", *sums]
    zero = step.graph.nodes[step.changed[sums[0]]]
    assert (zero.operation.name, zero.attributes) == ("constant", (0.0,))
    before = step.gathering
    assert list(before.changed) == [*sums, "seen"]
    assert before.targets == (step.loss, *before.changed.values())
    feeds = {"x": [1, 2, 3], "w": drawn(3), "v": drawn(3), sums[0]: drawn(3), sums[1]: drawn(3), "seen": 5.0}
    values = dict(zip(before.changed, computed(before.graph, before.targets, feeds)[1:], strict=True))
    for path, name in zip("wv", sums, strict=True):
        (gradient,) = computed(step.graph, (step.parameters[path].gradient,), feeds)
        assert np.array_equal(values[name], np.asarray(feeds[name]) + gradient)
    assert values["seen"] == 6


def test_an_update_takes_the_mean_of_what_was_gathered(spec: Compile) -> None:
    one, four = made(spec, "sgd(lr = 0.1)"), made(spec, "sgd(lr = 0.1)", accumulate=4)
    feeds = {"x": [1, 2, 3], "w": drawn(3), "v": drawn(3), LEARNING_RATE: 0.1, STEP_COUNT: 8.0}
    sums = {f"{path} {SUM}": drawn(3) for path in "wv"}
    for path in "wv":
        (gradient,) = computed(one.graph, (one.parameters[path].gradient,), feeds)
        more = {**feeds, **sums, UPDATE_COUNT: 2.0, GATHERED: 4.0}
        (found,) = computed(four.graph, (four.parameters[path].value,), more)
        np.testing.assert_allclose(found, drawn(3) - 0.1 * (drawn(3) + gradient) / 4, rtol=1e-14)


def test_adam_corrects_by_the_number_of_the_update(spec: Compile) -> None:
    for accumulate, count in ((1, STEP_COUNT), (2, UPDATE_COUNT)):
        nodes = made(spec, accumulate=accumulate).graph.nodes
        read = {nodes[node.inputs[0]].path for node in nodes if node.operation.name == "bias-correction"}
        assert read == {count}


def test_only_a_scalar_is_minimised(spec: Compile) -> None:
    checked = spec(TEXT.replace("OPTIMIZER", "sgd(lr = 0.1)").replace("MORE", ""))
    assert checked.train is not None
    with pytest.raises(Clash):
        training_graph(checked.full, checked.full.index["w"], checked.train.optimizer)


# --- packed -------------------------------------------------------------------------------------------------------


def updated(update: PackedUpdate, feeds: Mapping[str, object]) -> list[Array]:
    return computed(update.graph, update.targets, feeds)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_packed_update_has_the_bits_of_one_alone(spec: Compile, optimizer: str) -> None:
    step = made(spec, optimizer)
    update = step.parameters["w"]
    states = {name.removeprefix("w "): each for name, each in step.states.items() if each.parameter == "w"}
    feeds = {"x": [1, 2, 3], "w": drawn(3), "v": drawn(3), LEARNING_RATE: 0.1, STEP_COUNT: 3.0}
    held = {name: drawn(3) + 1 for name in states}
    wanted = (update.direction, update.value, *(each.value for each in states.values()))
    direction, *alone = computed(step.graph, wanted, {**feeds, **{f"w {name}": value for name, value in held.items()}})
    made_packed = packed_update(3, update.settings)
    assert made_packed.states == tuple(states)
    packed = updated(
        made_packed,
        {PARAMETER: feeds["w"], GRADIENT: direction, LEARNING_RATE: 0.1, STEP_COUNT: 3.0}
        | {f"{PARAMETER} {name}": value for name, value in held.items()},
    )
    assert [each.tobytes() for each in packed] == [each.tobytes() for each in alone]


@pytest.mark.parametrize("optimizer", [each for each in OPTIMIZERS if "decay" not in each])
def test_an_update_of_rows_has_the_bits_of_one_of_all_in_these_rows(spec: Compile, optimizer: str) -> None:
    settings = made(spec, optimizer).parameters["w"].settings
    table, gradient, numbers = drawn(5, 2), drawn(3, 2), np.array([4, 0, 2])
    some = rows_update((5, 2), (3,), settings)
    held = {name: drawn(5, 2) + 1 for name in some.states}
    common: dict[str, object] = {LEARNING_RATE: 0.1, STEP_COUNT: 3.0}
    found = updated(
        some,
        {PARAMETER: table, GRADIENT: gradient, NUMBERS: numbers, **common}
        | {f"{PARAMETER} {name}": value for name, value in held.items()},
    )
    dense = packed_update(6, settings)
    assert dense.states == some.states
    packed = updated(
        dense,
        {PARAMETER: table[numbers].ravel(), GRADIENT: gradient.ravel(), **common}
        | {f"{PARAMETER} {name}": value[numbers].ravel() for name, value in held.items()},
    )
    for before, after, expected in zip((table, *held.values()), found, packed, strict=True):
        assert np.array_equal(after[numbers].ravel(), expected)
        assert np.array_equal(after[[1, 3]], before[[1, 3]])


def test_a_packed_sum_adds_the_gradient_to_what_was_there() -> None:
    update = packed_sum(3)
    assert update.states == ()
    assert updated(update, {SUM: [1.0, 2.0, 3.0], GRADIENT: [0.5, 0.25, 4.0]})[0].tolist() == [1.5, 2.25, 7.0]
