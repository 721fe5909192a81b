"""The door for what callers give."""

import math
import warnings
from typing import Any

import numpy as np
import pytest

from chainrule.compiler.build import build
from chainrule.compiler.graph.graph import Graph
from chainrule.compiler.graph.spec import Precision
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.stored import StoredArray
from chainrule.runtime.evaluate.door import Door, by_name, parameters_given, replacements_given

TEXT = "dim N\ninput x: [N, 2]\ninput t: int[N]\nparam W: [2, 3] = ones()\nparam b = 0\ny = x @ W + b\n"


def graph(text: str = TEXT) -> Graph:
    return build(*parse(Source("test.graph", text)))[0].graph


def door(precision: Precision = "float64") -> Door:
    return Door(graph(), precision, scalar=False)


def fault(call: Any) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        call()
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def test_arrays_come_out_in_the_form_that_plans_compute_on() -> None:
    odd = np.asfortranarray(np.arange(6, dtype=">f4").reshape(3, 2)[:, ::-1])
    taken = door().take({"t": [1.0, 2.0, 3.0], "x": odd})
    assert list(taken) == ["x", "t"]
    x, t = taken.values()
    assert isinstance(x, np.ndarray)
    assert isinstance(t, np.ndarray)
    assert type(x) is np.ndarray
    assert (x.dtype, t.dtype) == (np.dtype("float64"), np.dtype("int64"))
    assert x.flags.carray
    assert x.dtype.isnative
    assert np.array_equal(x, odd)


def test_what_is_right_already_is_taken_as_it_is() -> None:
    x, t = np.ones((3, 2)), np.arange(3)
    taken = door().take({"x": x, "t": t})
    assert taken["x"] is x
    assert taken["t"] is t


@pytest.mark.parametrize("kind", ["as it is", "float32", "in lists", "a view"])
def test_own_arrays_share_nothing_with_the_callers(kind: str) -> None:
    whole = np.ones((3, 4))
    x: Any = {
        "as it is": np.ones((3, 2)),
        "float32": np.ones((3, 2), "f4"),
        "in lists": [[1, 2]],
        "a view": whole[:, :2],
    }[kind]
    taken = door().take({"x": x}, own=True)["x"]
    assert not np.may_share_memory(np.asarray(x), taken)


def test_other_leaves_come_last_where_they_may_be_given() -> None:
    taken = door().take({"W": np.zeros((2, 3)), "x": [[1, 2]]}, leaves=True)
    assert list(taken) == ["x", "W"]
    found = fault(lambda: door().take({"W": np.zeros((2, 3))}))
    assert (found.code, found.message) == ("G503", "there is no input `W`")
    assert "trainer.params" in str(found.hint)
    for name in ("y", "z", 3):
        assert fault(lambda name=name: door().take({name: 1}, leaves=True)).code == "G503"


def test_graphs_of_scalars_take_floats() -> None:
    scalars = Door(graph("input x = 1\ny = x * x\n"), "float64", scalar=True)
    for value in (2, 2.0, np.float32(2), np.array(2), True + 1):
        taken = scalars.take({"x": value})["x"]
        assert (type(taken), taken) == (float, 2.0)
    for given in ([2.0], np.ones((1, 1))):
        assert fault(lambda given=given: scalars.take({"x": given})).code == "G203"


@pytest.mark.parametrize("value", [1e300, -1e39, 3.403e38])
def test_what_a_precision_cannot_hold_is_refused(value: float) -> None:
    found = fault(lambda: door("float32").take({"x": [[1, 2], [3, value]]}))
    assert found.code == "G446"
    assert found.message.startswith("row 2 of `x` has the value ")
    assert door("float64").take({"x": [[1, value]]})


def test_what_is_not_finite_is_a_value() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = door("float32").take({"x": [[np.inf, np.nan]]})["x"]
    assert np.array_equal(np.asarray(x), [[np.inf, np.nan]], equal_nan=True)


def test_whole_numbers_reach_the_ends_of_64_bits() -> None:
    ends = np.array([2**63 - 1, 0], "uint64")
    assert np.asarray(door().take({"t": ends})["t"]).tolist() == [2**63 - 1, 0]
    assert fault(lambda: door().take({"t": ends + np.uint64(1)})).code == "G443"
    assert np.asarray(door().take({"t": [2**63 - 1, -(2**63)]})["t"]).tolist() == [2**63 - 1, -(2**63)]


def test_rows_in_a_file_are_looked_through() -> None:
    door("float32").look("x", StoredArray.of([np.array([[1.0, 2.0]])]))
    wrong = StoredArray.of([np.ones((5, 2)), np.array([[1.0, 1e300]])])
    assert fault(lambda: door("float32").look("x", wrong)).message.startswith("row 6 of `x`")
    assert fault(lambda: door().look("t", StoredArray.of([np.array([1.0, 0.5])]))).code == "G443"
    assert fault(lambda: door().look("z", wrong)).code == "G503"


def test_values_are_given_by_name() -> None:
    class Frame:
        def keys(self) -> list[str]:
            return ["x"]

        def __getitem__(self, name: str) -> int:
            return 3

    assert by_name(None, {"x": 1}, "x") == {"x": 1}
    assert by_name({"x": 1, "t": 2}, {"t": 3}, "xt") == {"x": 1, "t": 3}
    assert by_name(Frame(), {}, "x") == {"x": 3}
    for feeds, said in ((np.ones(3), "an array"), ([1, 2], "a list"), (3.0, "a float"), ("x", "the text 'x'")):
        found = fault(lambda feeds=feeds: by_name(feeds, {}, "xt"))
        assert (found.code, said in found.message, found.hint) == ("G508", True, "the names are: x, t")


# --- parameters -------------------------------------------------------------------------------------------------


def test_parameters_are_taken_in_one_precision() -> None:
    given = {"W": np.ones((2, 3), "f4"), "b": np.float32(0.5)}
    taken = parameters_given(graph(), given, {})
    assert {str(value.dtype) for value in taken.values()} == {"float32"}
    assert all(not np.may_share_memory(taken[path], value) for path, value in given.items())
    for b in (1, 0.5, [[2]][0][0]):
        mixed = parameters_given(graph(), {**given, "b": b}, {})
        assert {str(value.dtype) for value in mixed.values()} == {"float64"}
    assert parameters_given(graph(), given, {}, "float64")["W"].dtype == "float64"


def test_parameters_are_given_all_and_by_their_names() -> None:
    with pytest.raises(SpecError) as caught:
        parameters_given(graph(), {"w": np.ones((2, 3))}, {})
    assert [found.code for found in caught.value.diagnostics] == ["G507", "G215", "G215"]
    assert caught.value.diagnostics[0].hint == "did you mean `W`?"
    assert fault(lambda: parameters_given(graph(), [1, 2], {})).code == "G508"
    assert fault(lambda: parameters_given(graph(), {"W": np.ones((1, 3)), "b": 0}, {})).code == "G210"
    assert fault(lambda: parameters_given(graph(), {"W": [[1e300] * 3] * 2, "b": 0}, {}, "float32")).code == "G446"


def test_numbers_up_to_the_largest_are_taken_on_every_way() -> None:
    for text, scalar in (("input x = 1\ny = x * x\n", True), (TEXT, False)):
        made = Door(graph(text), "float64", scalar=scalar)
        name = "x" if scalar else "b"
        for value in (1e37, 1e39, -1e39, 1e308, math.inf, -math.inf, 3, 2**70):
            taken = made.take({name: value}, leaves=True)[name]
            assert float(np.asarray(taken)) == value
            assert np.asarray(taken).dtype == "float64"
    assert fault(lambda: door("float32").take({"b": 1e39}, leaves=True)).code == "G446"
    assert np.asarray(door("float32").take({"b": 1e37}, leaves=True)["b"]).dtype == "float32"


def test_what_is_computed_or_a_parameter_is_told_apart_from_what_is_unknown() -> None:
    for name, leaves, hint in (
        ("W", False, "`W` is a parameter: write into `trainer.params`, or assign `program.params`"),
        ("y", True, "`y` is computed; inputs are: t, x"),
        ("WW", True, "did you mean `W`?"),
        ("WW", False, "inputs are: t, x"),
    ):
        found = fault(lambda name=name, leaves=leaves: door().take({name: 1}, leaves=leaves))
        assert (found.code, found.hint) == ("G503", hint)
        assert (found.where is None) == (name == "WW")


def test_only_numbers_without_fractions_are_whole() -> None:
    assert np.asarray(door().take({"t": np.array([1.0, 2.0])})["t"]).dtype == "int64"
    assert fault(lambda: door().take({"t": [1, 2.5]})).code == "G443"


# --- replacements -------------------------------------------------------------------------------------------------

HELD = {"W": np.zeros((2, 3), "f4"), "b": np.array(0, "f4")}


def test_values_take_the_place_of_others() -> None:
    given = np.ones((2, 3))
    found = replacements_given(graph(), {"W": given}, HELD, "float32")
    assert list(found) == ["W"]
    assert found["W"].dtype == "float32"
    assert not np.may_share_memory(replacements_given(graph(), {"W": given}, HELD, "float64")["W"], given)
    assert replacements_given(graph(), {"b": math.inf}, HELD, "float64")["b"] == math.inf


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ({"V": 1}, "G507", "V"),
        ({"x": 1}, "G507", "x"),
        ({"W": np.zeros((1, 3))}, "G203", "`W` is declared [2, 3], but this is [1, 3]"),
        ({"W": 1.0}, "G203", "`W` is declared [2, 3], but this is a scalar"),
        ({"b": [1.0]}, "G203", "`b` is declared a scalar, but this is [1]"),
        ({"b": 1e39}, "G446", "float32 cannot hold"),
        ([1], "G508", "a list"),
    ],
)
def test_what_cannot_take_a_place(given: Any, code: str, said: str) -> None:
    found = fault(lambda: replacements_given(graph(), given, HELD, "float32"))
    assert found.code == code
    assert said in found.message
