"""The plain executor."""

import math
import warnings
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from planned import bits
from random_programs import random_program

from chainrule.compiler.build import build
from chainrule.compiler.compile import compiled
from chainrule.compiler.derive.training import STEP_COUNT, training_graph
from chainrule.compiler.faults import INDEX_RANGE
from chainrule.compiler.graph.bind_dims import bind_dims
from chainrule.compiler.graph.spec import Precision, Spec
from chainrule.compiler.lower.computation import bound
from chainrule.compiler.lower.plan import Indexed, plan, steps_of
from chainrule.compiler.ops.arrangement.taking import OutOfRange
from chainrule.compiler.ops.operation import Operation
from chainrule.compiler.passes.pipeline import optimised
from chainrule.grammar.diagnostic import Fault
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.faults import LABEL_RANGE
from chainrule.runtime.evaluate.door import Door
from chainrule.runtime.evaluate.execute import START, Moment, execute, index_error
from chainrule.runtime.evaluate.parameters import initial_parameters


def spec(text: str) -> Spec:
    return build(*parse(Source("test.graph", text)))[0]


def run(text: str, *, precision: Precision = "float64", **feeds: Any) -> dict[str, Any]:
    """Every named value of a spec without dims."""
    graph = spec(text).graph
    scalar = graph.scalar
    made = plan(graph, range(len(graph.nodes)), {}, precision, scalar=scalar)
    values = execute(made, Door(graph, precision, scalar=made.scalar).take(feeds))
    return {path: values[index] for path, index in graph.index.items()}


def test_scalars_are_floats_and_tensors_are_arrays() -> None:
    found = run("input x\ny = x * 3\n", x=np.float32(0.5))
    assert found == {"x": 0.5, "y": 1.5}
    assert all(type(value) is float for value in found.values())
    found = run("input x: [2]\ny = x * 3\nz = sum(y)\n", x=[1, 2])
    assert all(isinstance(value, np.ndarray | np.float64) for value in found.values())
    assert found["y"].tolist() == [3, 6]


def test_scalars_may_meet_an_operation_that_has_no_form_on_floats() -> None:
    found = run("input x = 3\ny = reshape_like(x, 2 * x) + mae(x, 4, weight = x)\n", x=3)
    assert found["y"] == 4.0


def test_values_lie_in_order_unless_they_are_transposed() -> None:
    text = (
        "input x: [2, 3]\na = log-softmax(x, axis = 0)\nb = maximum(a, x)\nc = transpose(b)\nd = cumsum(c, axis = 1)\n"
    )
    found = run(text, x=[[1, 5, 2], [4, 4, -1]])
    assert [name for name, value in found.items() if not value.flags.c_contiguous] == ["c"]


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_every_value_has_the_precision_of_the_run(precision: Precision) -> None:
    text = "input x: [2]\ninput t: int[2]\ny = x * 0.1 + [1, 2] * t\nz = mean(exp(y)) / 3\ni = identity(t)\n"
    found = run(text, precision=precision, x=[1, 2], t=[3, 4])
    assert {
        path: str(np.asarray(value).dtype) for path, value in found.items() if path not in ("t", "i")
    } == dict.fromkeys([path for path in found if path not in ("t", "i")], precision)
    assert found["t"].dtype == found["i"].dtype == "int64"


def test_float32_is_rounded_at_every_step() -> None:
    found = run("input x\ny = x + 1\nz = y - 1\n", precision="float32", x=1e-9)
    assert float(found["z"]) == 0.0
    assert run("input x\ny = x + 1\nz = y - 1\n", x=1e-9)["z"] != 0.0


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("y = x / 0", math.inf),
        ("y = log(x - 1)", -math.inf),
        ("y = exp(x * 1000)", math.inf),
        ("y = (x - 1) / 0", math.nan),
        ("y = sqrt(-x)", math.nan),
        ("y = (-x) ** 0.5", math.nan),
        ("y = 0 ** -x", math.inf),
    ],
)
@pytest.mark.parametrize("shape", [(), (2,)])
def test_what_is_not_finite_is_a_value_like_any_other(text: str, wanted: float, shape: tuple[int, ...]) -> None:
    declared = "input x: [2]" if shape else "input x"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = run(f"{declared}\n{text}\n", x=np.ones(shape))["y"]
    assert np.array_equal(found, np.full(shape, wanted), equal_nan=True)


def test_what_is_too_large_for_float32_is_infinite() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = run("input x\ny = x * 1e300 + [1e300, 1]\n", precision="float32", x=1)
    assert np.all(found["y"] == np.inf)


def test_what_is_not_needed_is_not_computed() -> None:
    graph = spec("input x\na = x + 1\nb = exp(a)\nc = a * 2\n").graph
    made = plan(graph, [graph.index["c"]], {}, "float64", scalar=True)
    values = execute(made, {"x": 1.0})
    assert values[graph.index["b"]] is None
    assert values[graph.index["c"]] == 4.0


def test_lists_are_constants_of_the_runs_precision() -> None:
    found = run("y = [[1, 2], [3, 4]] @ [0.1, 0.2]\n", precision="float32")
    assert found["y"].dtype == "float32"
    np.testing.assert_allclose(found["y"], [0.5, 1.1], rtol=1e-6)


@pytest.mark.parametrize("part", range(4))
def test_what_the_passes_made_has_the_bits_of_the_plain_plan(part: int) -> None:
    for seed in range(part * 15, (part + 1) * 15):
        program = random_program(Random(seed))
        spec = compiled(Source("random.graph", program.text), Path()).spec
        section = spec.train
        assert section is not None
        training = training_graph(spec.full, section.minimize, section.optimizer, section.groups)
        graph, precision = training.graph, section.precision
        held = initial_parameters(spec.full, {}, section.seed, precision)
        given = held | {path: np.zeros_like(held[update.parameter]) for path, update in training.states.items()}
        given |= {path: np.asarray(rate) for path, rate in training.rates.items()} | program.batches()[0]
        given |= {STEP_COUNT: np.asarray(1.0)}
        given |= {path: np.asarray(each.default) for path, each in graph.inputs.items() if path not in given}
        scalar = graph.scalar
        feeds = Door(graph, precision, scalar=scalar and precision == "float64").take(given, leaves=True)
        dims = bind_dims(graph, {path: np.shape(value) for path, value in feeds.items() if path in graph.index}, {})
        plain = execute(plan(graph, training.targets, dims, precision, scalar=scalar), feeds)
        made = steps_of(optimised(bound(graph, training.targets, dims, precision, scalar=scalar)))
        fewer = execute(made, feeds)
        for target, place in zip(training.targets, made.targets, strict=True):
            assert bits(np.asarray(plain[target])) == bits(np.asarray(fewer[place])), f"program {seed}\n{program.text}"


def test_values_lie_in_order_unless_an_operation_takes_them_as_they_lie() -> None:
    graph = spec("input x: [2, 3]\na = exp(transpose(x))\nb = transpose(x) @ x\n").graph
    made = plan(graph, range(len(graph.nodes)), {}, "float64", scalar=False)
    seen: dict[str, bool] = {}

    def watched(operation: Operation) -> Operation:
        def forward(xp: Any, *given: Any) -> Any:
            seen[operation.name] = given[0].flags.c_contiguous
            return np.asfortranarray(operation.forward(xp, *given))

        return replace(operation, forward=forward)

    steps = tuple(step._replace(operation=watched(step.operation)) for step in made.steps)
    values = execute(made._replace(steps=steps), {"x": np.arange(6.0).reshape(2, 3)})
    assert seen == {"transpose": True, "exp": True, "matmul": False}
    exponentials, product = values[graph.index["a"]], values[graph.index["b"]]
    assert isinstance(exponentials, np.ndarray)
    assert isinstance(product, np.ndarray)
    assert exponentials.flags.c_contiguous
    assert not product.flags.c_contiguous


def test_a_number_that_counts_no_element_is_told_with_its_limit() -> None:
    with pytest.raises(SpecError, match="row 2 of `t` is 3, but the elements are 0 to 2"):
        run("input x: [3]\ninput t: int[2]\ny = take(x, t)\n", x=[1.0, 2, 3], t=[2, 3])


# --- draws, and numbers that count nothing ------------------------------------------------------------------------


def drawn_at(text: str, moment: Moment, rows: int, **feeds: Any) -> np.ndarray[Any, Any]:
    """What `y` draws, where N is so many rows."""
    graph = spec(text).graph
    made = plan(graph, [graph.index["y"]], {"N": rows}, "float64", scalar=graph.scalar)
    return np.asarray(execute(made, feeds, moment)[graph.index["y"]])


@pytest.mark.parametrize("start", [1, 3])
def test_a_row_draws_the_same_wherever_a_part_begins(start: int) -> None:
    text = "dim N\ninput x: [N, 3]\ny = uniform_like(x)\n"
    whole = drawn_at(text, Moment(step=2), 6, x=np.zeros((6, 3)))
    part = drawn_at(text, Moment(step=2, row=start), 2, x=np.zeros((2, 3)))
    assert np.array_equal(part, whole[start : start + 2])
    assert not np.array_equal(whole, drawn_at(text, Moment(step=3), 6, x=np.zeros((6, 3))))
    assert np.array_equal(drawn_at(text, Moment(), 6, x=np.zeros((6, 3))), drawn_at(text, START, 6, x=np.zeros((6, 3))))


def test_what_has_no_rows_draws_the_same_for_each_part() -> None:
    text = "input x: [2, 3]\ny = uniform_like(x)\n"
    x = np.zeros((2, 3))
    assert np.array_equal(drawn_at(text, Moment(row=4), 0, x=x), drawn_at(text, Moment(), 0, x=x))


def test_draws_may_be_fed() -> None:
    text = "input x = 2\ny = uniform_like(x)\n"
    graph = spec(text).graph
    made = plan(graph, [graph.index["y"]], {}, "float64", scalar=True)
    (draw,) = made.draws
    assert execute(made, {"x": 2.0, draw.path: 0.25})[draw.slot] == 0.25
    assert type(execute(made, {"x": 2.0})[draw.slot]) is float
    arrays = plan(graph, [graph.index["y"]], {}, "float64", scalar=False)
    assert execute(arrays, {"x": np.array(2.0)})[draw.slot] == execute(made, {"x": 2.0})[draw.slot]


@pytest.mark.parametrize(
    ("named", "place", "fault", "said"),
    [
        (Indexed("k", None), (1, 0), INDEX_RANGE, "row 2 of `k`"),
        (Indexed("t", None, classes=True), (4,), LABEL_RANGE, "row 5 of `t`"),
        (Indexed("k", None), (), INDEX_RANGE, "row 1 of `k`"),
        (None, (0,), INDEX_RANGE, "row 1 of `indices`"),
    ],
)
def test_what_is_said_of_a_number_that_counts_nothing(
    named: Indexed | None, place: tuple[int, ...], fault: Fault, said: str
) -> None:
    (found,) = index_error(named, OutOfRange(place, 7, 5)).diagnostics
    assert found.code == fault.code
    assert found.message.startswith(said)
    assert "7" in found.message
    assert "0 to 4" in found.message
