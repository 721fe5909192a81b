"""Initial parameters: their distributions, and that each has a stream of its own."""

import math

import numpy as np
import pytest
from hash_seeds import said_under_hash_seeds

from chainrule.compiler.build import build
from chainrule.compiler.graph.graph import Graph
from chainrule.compiler.graph.signatures import INITIALISERS as SIGNATURES
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.stored import StoredArray
from chainrule.runtime.evaluate.parameters import (
    INITIALISERS,
    as_they_start,
    initial_parameters,
    parameter_stream,
    parameters_for,
    with_states,
)


def compiled(text: str) -> Graph:
    spec, _ = build(*parse(Source("test.graph", text)))
    return spec.full


BIG = """
param zeros: [300, 200] = zeros()
param ones: [300, 200] = ones()
param normal: [300, 200] = normal(mean = 3, std = 0.5)
param uniform: [300, 200] = uniform(low = 1, high = 5)
param he: [300, 200] = he()
param xavier: [300, 200] = xavier()
param lecun: [300, 200] = lecun()
param glorot: [300, 200] = glorot()
y = sum(zeros + ones + normal + uniform + he + xavier + lecun + glorot)
"""

MEAN_AND_DEVIATION = {
    "zeros": (0.0, 0.0),
    "ones": (1.0, 0.0),
    "normal": (3.0, 0.5),
    "uniform": (3.0, 4 / math.sqrt(12)),
    "he": (0.0, math.sqrt(2 / 300)),
    "xavier": (0.0, math.sqrt(1 / 300)),
    "lecun": (0.0, math.sqrt(1 / 300)),
    "glorot": (0.0, math.sqrt(2 / (300 + 200))),
}


def test_every_initialiser_that_may_be_written_exists() -> None:
    assert list(INITIALISERS) == list(SIGNATURES) == list(MEAN_AND_DEVIATION)


@pytest.mark.parametrize("name", MEAN_AND_DEVIATION)
def test_mean_and_deviation(name: str) -> None:
    drawn = initial_parameters(compiled(BIG), {}, 5, "float64")[name]
    mean, deviation = MEAN_AND_DEVIATION[name]
    assert drawn.shape == (300, 200)
    # Five standard errors of 60,000 draws.
    assert drawn.mean() == pytest.approx(mean, abs=5 * deviation / math.sqrt(drawn.size) + 1e-15)
    assert drawn.std() == pytest.approx(deviation, rel=0.02, abs=1e-15)


@pytest.mark.parametrize(
    ("call", "deviation"),
    [
        ("he(fan = 8)", math.sqrt(2 / 8)),
        ("xavier(fan = 8)", math.sqrt(1 / 8)),
        ("lecun(fan = 8)", math.sqrt(1 / 8)),
        ("glorot(fan_in = 8, fan_out = 24)", math.sqrt(2 / 32)),
        ("glorot(fan_out = 100)", math.sqrt(2 / 400)),
    ],
)
def test_what_feeds_a_unit_may_be_told(call: str, deviation: float) -> None:
    graph = compiled(f"param W: [300, 200] = {call}\ny = sum(W)")
    assert initial_parameters(graph, {}, 5, "float64")["W"].std() == pytest.approx(deviation, rel=0.02)


def test_bounded_ones_stay_within_their_bounds() -> None:
    drawn = initial_parameters(compiled(BIG), {}, 5, "float64")
    assert 1 <= drawn["uniform"].min() < 1.01
    assert 4.99 < drawn["uniform"].max() < 5
    assert 0.09 < np.abs(drawn["lecun"]).max() <= 0.1


def test_each_has_a_stream_of_its_own() -> None:
    alone = initial_parameters(compiled("param b: [4] = normal()\ny = sum(b)"), {}, 7, "float64")
    text = "param a: [9] = normal()\nparam c: [4] = normal()\nparam b: [4] = normal()\ny = sum(b) + sum(a) + sum(c)"
    among = initial_parameters(compiled(text), {}, 7, "float64")
    assert np.array_equal(alone["b"], among["b"])
    assert not np.array_equal(among["b"], among["c"])


def test_another_seed_gives_others() -> None:
    graph = compiled("param b: [4] = normal()\ny = sum(b)")
    first = initial_parameters(graph, {}, 0, "float64")["b"]
    assert np.array_equal(first, initial_parameters(graph, {}, 0, "float64")["b"])
    assert not np.array_equal(first, initial_parameters(graph, {}, 1, "float64")["b"])
    assert not np.array_equal(first, initial_parameters(graph, {}, 2**63 - 1, "float64")["b"])


def test_float32_is_float64_rounded_once() -> None:
    exact = initial_parameters(compiled(BIG), {}, 5, "float64")
    rounded = initial_parameters(compiled(BIG), {}, 5, "float32")
    for name, value in exact.items():
        assert rounded[name].dtype == "float32"
        assert np.array_equal(rounded[name], value.astype("float32"))


def test_literals_and_scalars() -> None:
    text = "param a: [2, 3] = 0.5\nparam b = 4\nparam c = [[1, 2], [3, 4]]\nparam d = he()\ny = sum(a) + b + sum(c) + d"
    drawn = initial_parameters(compiled(text), {}, 0, "float64")
    assert drawn["a"].tolist() == [[0.5] * 3] * 2
    assert drawn["b"].shape == ()
    assert float(drawn["b"]) == 4
    assert drawn["c"].tolist() == [[1, 2], [3, 4]]
    assert drawn["d"].shape == ()
    assert all(value.flags.writeable and value.flags.c_contiguous for value in drawn.values())


FREE = "dim N, F\ninput x: [N, F]\nparam W: [F, 3] = normal()\ny = x @ W"


def test_sizes_are_bound() -> None:
    assert initial_parameters(compiled(FREE), {"F": 7}, 0, "float32")["W"].shape == (7, 3)
    with pytest.raises(SpecError, match="the size `F` is not known: nothing gives `W` a shape") as caught:
        initial_parameters(compiled(FREE), {}, 0, "float32")
    assert caught.value.diagnostics[0].code == "G209"


def test_too_many_bytes_are_refused_before_they_are_taken() -> None:
    with pytest.raises(SpecError) as caught:
        initial_parameters(compiled(FREE), {"F": 10**12}, 0, "float32")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "G504"
    assert "12,000,000,000,000" in diagnostic.message


def test_bits_do_not_depend_on_the_hash_seed() -> None:
    script = (
        "from chainrule.runtime.evaluate.parameters import parameter_stream\n"
        "print(parameter_stream(3, 'fc1.W').standard_normal(4).tobytes().hex())"
    )
    assert len(said_under_hash_seeds(script)) == 1


def test_they_may_take_as_many_bytes_as_the_limit_says() -> None:
    graph = compiled("param a: [3] = ones()\nparam b: [2] = ones()\ny = sum(a) + sum(b)")
    for precision, held in (("float64", 40), ("float32", 20)):
        assert initial_parameters(graph, {}, 0, precision, held).keys() == {"a", "b"}  # type: ignore[arg-type]  # both are precisions
        with pytest.raises(SpecError) as caught:
            initial_parameters(graph, {}, 0, precision, held - 1)  # type: ignore[arg-type]  # as above
        (found,) = caught.value.diagnostics
        assert ("`b`" in found.message, str(held) in found.message, str(held - 1) in found.message) == (True,) * 3


def test_the_smallest_shapes_are_fed_by_one_value() -> None:
    graph = compiled("param s = xavier()\nparam v: [1] = xavier()\nparam g = glorot()\ny = s + sum(v) + g")
    drawn = initial_parameters(graph, {}, 3, "float64")
    for path in ("s", "v", "g"):
        value = parameter_stream(3, path).standard_normal(drawn[path].shape)
        assert np.array_equal(drawn[path], value)


STATES = """dim N
input x: [N, 2]
param w: [2] = normal()
param v = 3
state kept = w
state seen: [2] = uniform(low = 1, high = 2)
state count = 0
output y = sum(x * w * kept * seen) + v + count
"""


def test_a_state_may_begin_as_a_copy_of_a_parameter() -> None:
    drawn = initial_parameters(compiled(STATES), {}, 4, "float64")
    assert list(drawn) == ["w", "v", "kept", "seen", "count"]
    assert np.array_equal(drawn["kept"], drawn["w"])
    assert drawn["kept"] is not drawn["w"]
    again = as_they_start(compiled(STATES), drawn, 4, "float64")
    assert all(np.array_equal(again[path], value) for path, value in drawn.items())
    assert not np.array_equal(as_they_start(compiled(STATES), drawn, 5, "float64")["w"], drawn["w"])


@pytest.mark.parametrize(
    ("kinds", "expected"), [("f4 f4", "float32"), ("f4 f8", "float64"), ("f8 f4", "float64"), ("f8 f8", "float64")]
)
def test_states_that_are_not_given_begin_in_the_precision_of_what_is(kinds: str, expected: str) -> None:
    first, second = kinds.split()
    given = {"w": np.array([5.0, 6.0], first), "v": np.array(1.0, second)}
    found = with_states(compiled(STATES), given, {}, 4)
    assert list(found) == ["w", "v", "kept", "seen", "count"]
    assert {str(found[path].dtype) for path in ("seen", "count")} == {expected}
    assert found["kept"].tolist() == [5, 6]
    assert found["w"] is given["w"]
    complete = with_states(compiled(STATES), found, {}, 9)
    assert complete == found
    assert complete is not found


def test_a_state_whose_size_nothing_gives_is_told() -> None:
    graph = compiled("dim K\nparam w = 2\nstate s: [K] = zeros()\noutput y = w * sum(s)")
    assert with_states(graph, {"w": np.array(2.0)}, {"K": 3}, 0)["s"].shape == (3,)
    with pytest.raises(SpecError, match="the size `K` is not known"):
        with_states(graph, {"w": np.array(2.0)}, {}, 0)


OPEN = "dim N, F\ninput x: [N, F]\ninput d: [F] = [1, 2]\nparam W: [F, 3] = normal()\noutput y = (x * d) @ W"


def test_open_sizes_come_from_what_is_fed_then_from_data_then_from_defaults() -> None:
    graph = compiled(OPEN)

    def width(feeds: dict[str, object], row: dict[str, np.ndarray], known: dict[str, int]) -> object:
        return parameters_for(graph, feeds, lambda: row, known, 0, "float64")["W"].shape[0]

    data = {"x": np.ones((1, 4))}
    assert width({"x": [[1, 2, 3]]}, data, {}) == 3
    assert width({"x": StoredArray.of([np.ones((2, 3))])}, data, {}) == 3
    assert width({"other": 3}, data, {}) == 4
    assert width({}, {}, {}) == 2
    assert width({"x": [[1, 2, 3]]}, data, {"F": 7}) == 7


def test_data_is_read_only_where_a_size_is_open() -> None:
    def never() -> dict[str, np.ndarray]:
        raise AssertionError("no row is needed")

    fixed = compiled("dim N\ninput x: [N, 2]\nparam W: [2, 3] = normal()\noutput y = x @ W")
    assert parameters_for(fixed, {}, never, {}, 0, "float64")["W"].shape == (2, 3)
    with pytest.raises(AssertionError, match="no row"):
        parameters_for(compiled(OPEN), {}, never, {}, 0, "float64")
