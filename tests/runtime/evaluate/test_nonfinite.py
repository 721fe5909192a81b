"""What is said of a training that a number stopped which is not finite."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chainrule.compiler.compile import compiled
from chainrule.compiler.derive.training import TrainingGraph, training_graph
from chainrule.grammar.source import Source
from chainrule.runtime.arrays import Value
from chainrule.runtime.evaluate.nonfinite import diagnose, finite, first_culprit, first_spoilt

TEXT = """
dim N
input x: [N, 2]
param w: [2] = ones()
y = exp(x * w) * 2
train { minimize = mean(sqrt(y)) ; optimizer = sgd(lr = 0.5) ; steps = 1 }
"""


def training() -> TrainingGraph:
    made = compiled(Source("test.graph", TEXT), Path()).spec
    assert made.train is not None
    return training_graph(made.full, made.train.minimize, made.train.optimizer)


def test_the_first_that_is_spoilt() -> None:
    values: list[Value | None] = [
        np.ones(2),
        1.0,
        None,
        np.array([3]),
        np.array([1e200, 1.0]),
        np.array([1.0, np.nan]),
        float("inf"),
    ]
    assert first_spoilt(values, range(len(values))) == 5
    assert first_spoilt(values, [6, 5]) == 5
    assert first_spoilt(values, range(5)) is None


def test_a_culprit_has_sound_operands() -> None:
    bad, good = np.array(np.inf), np.array(1.0)
    inputs = [(), (), (0, 1), (2,), (1,), (3, 4)]
    assert first_culprit(inputs, [good, bad, bad, good, bad, bad], 5) == 1
    assert first_culprit(inputs, [good, good, bad, bad, good, bad], 5) == 2
    assert first_culprit(inputs, [good, bad, good, good, good, bad], 5) == 5


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ("sqrt", "`train.minimize.sqrt`"),
        ("mul", "`y`"),
        ("exp", "`y.exp`"),
        ("sub", "the new value of `w`"),
        ("mean", "`train.minimize`"),
    ],
)
def test_the_node_is_named(operation: str, said: str) -> None:
    made = training()
    nodes = made.graph.nodes
    shapes = [tuple(3 if not isinstance(size, int) else size for size in node.type.shape) for node in nodes]
    values: list[np.ndarray] = [np.ones(shape) for shape in shapes]
    forward = range(made.loss + 1) if operation != "sub" else range(len(nodes))
    at = max(number for number in forward if nodes[number].operation.name == operation)
    users = {at}
    for number, node in enumerate(nodes):
        if number in users or users & set(node.inputs):
            users.add(number)
            values[number] = np.where(
                np.arange(values[number].size).reshape(shapes[number]) == values[number].size - 1, np.nan, 1.0
            )
    found = diagnose(made, values, 4, made.rates, [10, 20, 30])
    assert said in found.message
    assert "0.5" in (found.hint or "")
    unnamed = replace(made.graph, nodes=tuple(node._replace(path="") for node in nodes))
    found_there = diagnose(replace(made, graph=unnamed), values, 4, made.rates, None)
    reverse = operation == "sub"
    assert (f"`{operation}` became" in found_there.message) == (not reverse)
    assert ("row 31" in found.message) == (operation in ("sqrt", "mul", "exp"))


@pytest.mark.parametrize(
    ("value", "sound"),
    [
        (None, True),
        (1.0, True),
        (float("nan"), False),
        (np.float64("inf"), False),
        (np.array([1, 2]), True),
        (np.array([True]), True),
        (np.array([1e200, -1e200]), True),
        (np.array([[1.0, -np.inf]]), False),
        (np.array(np.nan), False),
        (np.array([3e38, 3e38], "f4"), True),
        (np.zeros((0, 3)), True),
    ],
)
def test_what_is_finite(value: Value | None, sound: bool) -> None:
    assert finite(value) == sound
    assert first_spoilt([value], [0]) == (None if sound else 0)


def test_what_was_spoilt_before_some_weights_had_changed_is_told_of_the_reverse_pass() -> None:
    made = training()
    shapes = [tuple(3 if not isinstance(size, int) else size for size in node.type.shape) for node in made.graph.nodes]
    found = diagnose(made, [np.ones(shape) for shape in shapes], 7, made.rates, None)
    assert "step 7" in found.message
    assert "a gradient of the reverse pass" in found.message
    assert "0.5" in str(found.hint)
    assert found.where == made.graph.nodes[made.loss].span


def test_rows_are_counted_from_one_and_only_where_there_are_rows() -> None:
    made = training()
    nodes = made.graph.nodes

    def row(path: str, rows: list[int] | None) -> str:
        at = made.graph.index[path]
        shapes = [tuple(3 if not isinstance(size, int) else size for size in node.type.shape) for node in nodes]
        values = [np.ones(shape) for shape in shapes]
        users = {at}
        for number, node in enumerate(nodes):
            if number in users or users & set(node.inputs):
                users.add(number)
                values[number].reshape(-1)[-1] = np.nan
        return diagnose(made, values, 1, made.rates, rows).message

    assert " in row 3" in row("y", None)
    assert " in row 31" in row("y", [10, 20, 30])
    assert " in row" not in row("train.minimize", None)
