"""Results are the caller's own: writing into one changes nothing else, and what was given is not kept."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

VIEWS = """dim N
input x: [N, 2]
input k: [2, 2] = [[1, 2], [3, 4]]
input t: int[N]
param W: [2, 2] = [[1, 2], [3, 4]]
param b = [5, 6]
same = identity(x)
again = identity(same)
turned = transpose(W)
back = transpose(turned)
flat = flatten(k)
labels = identity(t)
weights = W
listed = [7, 8]
named = identity(listed)
h = x @ W
y = h + x
z = y - b
output loss = sum(z * z) + sum(k * W) + sum(turned)
output same, turned, weights, named, labels, flat, y
train { minimize = loss; optimizer = sgd(lr = 0.01); steps = 3; data = rows; metrics = [mse(y, x)] }
data rows { x = [[1, 2], [3, 4], [5, 6]]; t = [0, 1, 2] }
expect W == [[1, 2], [3, 4]]
"""


def program() -> chainrule.Program:
    return chainrule.compile(VIEWS)


def feeds() -> dict[str, Array]:
    return {"x": np.array([[1.0, 2.0], [3.0, 4.0]]), "t": np.array([3, 4])}


def by_run(made: chainrule.Program, given: Mapping[str, Array]) -> dict[str, Array]:
    return dict(made.run(given))


def by_grad(made: chainrule.Program, given: Mapping[str, Array]) -> dict[str, Array]:
    gradients = made.grad("loss", given)
    return {**gradients, **{f"computed {path}": value for path, value in gradients.computed.items()}}


def by_upstream(made: chainrule.Program, given: Mapping[str, Array]) -> dict[str, Array]:
    return {**made.grad("same", given, upstream=given["x"])}


def by_function(made: chainrule.Program, given: Mapping[str, Array]) -> dict[str, Array]:
    value, gradients = made.function("loss", ["x", "W", "b", "h", "y", "z"])(**given)
    return {"loss": np.asarray(value), **{path: np.asarray(each) for path, each in gradients.items()}}


def by_values(made: chainrule.Program, given: Mapping[str, Array]) -> dict[str, Array]:
    return {
        path: np.asarray(made.function(path)(**given)[0]) for path in ("same", "turned", "weights", "flat", "named")
    }


def by_predict(made: chainrule.Program, given: Mapping[str, Array]) -> dict[str, Array]:
    return made.predict(given)


def by_rows(made: chainrule.Program, given: Mapping[str, Array]) -> dict[str, Array]:
    return made.rows()


def by_params(made: chainrule.Program, given: Mapping[str, Array]) -> dict[str, Array]:
    return made.params


def by_claims(made: chainrule.Program, given: Mapping[str, Array]) -> dict[str, Array]:
    (result,) = made.test()
    return {name: value for name, value in (("left", result.left), ("right", result.right)) if value is not None}


WAYS: dict[str, Callable[[chainrule.Program, Mapping[str, Array]], dict[str, Array]]] = {
    "run": by_run,
    "grad": by_grad,
    "upstream": by_upstream,
    "function": by_function,
    "functions of values": by_values,
    "predict": by_predict,
    "rows": by_rows,
    "params": by_params,
    "test": by_claims,
}
"""Ways to results, as arrays by name."""


def state(made: chainrule.Program, given: Mapping[str, Array]) -> bytes:
    """All that later results depend on, and what was given, by its bits."""
    found = [*made.params.values(), *made.rows().values(), *given.values()]
    found += [*made.run(feeds()).values(), *made.predict(feeds()).values(), *made.grad("loss", feeds()).values()]
    return b"".join(np.ascontiguousarray(each).tobytes() for each in found)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("way", WAYS)
def test_writing_into_a_result_changes_nothing_else(way: str, precision: Any) -> None:
    made = chainrule.compile(VIEWS, precision=precision)
    given = {"x": feeds()["x"].astype(precision), "t": feeds()["t"]}
    before = state(made, given)
    results = WAYS[way](made, given)
    kept = {name: value.copy() for name, value in results.items()}
    assert kept
    for name, value in results.items():
        value[...] = -99
        assert state(made, given) == before, name
        for other, wanted in kept.items():
            expected = -99 if list(results).index(other) <= list(results).index(name) else wanted
            assert np.all(results[other] == expected), f"{name} writes into {other}"


@pytest.mark.parametrize("way", WAYS)
def test_what_was_given_is_not_kept(way: str) -> None:
    made, given = program(), feeds()
    results = WAYS[way](made, given)
    kept = {name: value.copy() for name, value in results.items()}
    for value in given.values():
        value[...] = 9
    assert all(np.array_equal(results[name], value) for name, value in kept.items())


def test_values_that_are_read_later_are_those_of_the_run() -> None:
    made, given = program(), feeds()
    values, gradients = made.run(given), made.grad("loss", given)
    for value in given.values():
        value[...] = 9
    made.params = {path: value * 0 for path, value in made.params.items()}
    assert values["same"].tolist() == [[1, 2], [3, 4]]
    assert values["weights"].tolist() == [[1, 2], [3, 4]]
    assert gradients.computed["x"].tolist() == [[1, 2], [3, 4]]


def test_a_result_stays_what_was_written_into_it() -> None:
    values, gradients = program().run(feeds()), program().grad("loss", feeds())
    for results in (values, gradients):
        assert results["x"] is results["x"]
        results["x"][0, 0] = 7
        assert results["x"][0, 0] == 7
    values["loss"][...] = 7
    assert values["loss"] == 7


def test_parameters_that_were_given_are_not_kept() -> None:
    mine = {"W": np.ones((2, 2)), "b": np.ones(2)}
    made = program()
    made.params = mine
    trained = program()
    trained.train(initial=mine)
    mine["W"][...] = 9
    assert made.params["W"].tolist() == [[1, 1], [1, 1]]
    assert np.max(trained.params["W"]) < 2
    held = made.params
    held["W"][...] = 5
    assert made.params["W"].tolist() == [[1, 1], [1, 1]]
    made.train()
    assert held["W"].tolist() == [[5, 5], [5, 5]]


def test_a_trainer_shows_its_own_parameters() -> None:
    made = program()
    trainer = made.trainer(precision="float64")
    best = dict(trainer.params)
    kept = {path: value.copy() for path, value in trainer.params.items()}
    rows = made.rows()
    trainer.step(rows)
    assert not np.array_equal(trainer.params["W"], kept["W"])
    assert best["W"] is trainer.params["W"]
    trainer.params["W"][...] = kept["W"]
    trainer.params["b"][...] = kept["b"]
    again = made.trainer(precision="float64")
    assert trainer.step(rows) == again.step(rows)
    assert made.params["W"].tolist() == [[1, 2], [3, 4]]


def test_a_trainers_own_memory_may_be_fed() -> None:
    text = "input x: [40, 3]\nparam W: [3, 40] = normal()\nloss = mean((x @ W) ** 2)\n"
    text += "train { minimize = loss; optimizer = sgd(lr = 0.1); steps = 1; precision = float64 }\n"
    made = chainrule.compile(text)
    own, apart = made.trainer(), made.trainer()
    for _ in range(3):
        assert own.step(x=own.params["W"].reshape(40, 3)) == apart.step(x=apart.params["W"].reshape(40, 3).copy())
        assert np.array_equal(own.params["W"], apart.params["W"])


def test_nothing_is_copied_that_nobody_else_has() -> None:
    values = chainrule.compile("dim N\ninput x: [N]\noutput y = 2 * x\n").run(x=np.ones(3))
    assert values["y"] is values.slots[values.graph.index["y"]]


def test_the_names_of_classes_are_the_callers_own(tmp_path: Any) -> None:
    (tmp_path / "rows.csv").write_text("x,t\n1,a\n2,b\n")
    text = "dim N\ninput x: [N]\ninput t: int[N]\noutput y = x * 2\n"
    text += 'data rows { x = csv("rows.csv", "x"); t = csv("rows.csv", "t") }\n'
    made = chainrule.compile(text, folder=tmp_path)
    made.rows()
    made.classes["t"] = ("c",)
    assert made.classes == {"t": ("a", "b")}


# --- random graphs ----------------------------------------------------------------------------------------------

UNARY = (
    "identity({})",
    "transpose({})",
    "flatten({})",
    "relu({})",
    "{} * 1",
    "-{}",
    "tanh({})",
    "transpose(transpose({}))",
)
BINARY = ("{} + {}", "{} - {}", "{} * {}", "{} @ {}")


@st.composite
def graphs(draw: st.DrawFn) -> str:
    """Nodes of shape [2, 2] that see, share and use again what stands before them."""
    lines = ["input x: [2, 2]", "input k: [2, 2] = [[1, 2], [3, 4]]", "param W = [[1, 2], [3, 4]]"]
    names = ["x", "k", "W", "[[1, 0], [0, 1]]"]
    for number in range(draw(st.integers(1, 8))):
        form = draw(st.sampled_from((*UNARY, *BINARY)))
        operands = [draw(st.sampled_from(names)) for _ in range(form.count("{}"))]
        lines.append(f"y{number} = {form.format(*operands)}")
        names.append(f"y{number}")
    return "\n".join([*lines, f"output loss = sum({names[-1]})", ""])


def written(results: Mapping[str, Array]) -> Iterator[tuple[str, bool]]:
    """Writes into one result after the other; says whether each still was what it was at first."""
    kept = {name: value.copy() for name, value in results.items()}
    for name, value in results.items():
        yield name, np.array_equal(value, kept[name], equal_nan=True)
        value[...] = -99


@given(graphs())
def test_results_of_any_graph_are_apart(text: str) -> None:
    made = chainrule.compile(text)
    x = np.array([[0.5, -1.0], [2.0, 0.25]])
    before = {path: value.copy() for path, value in made.run(x=x).items()}
    for results in (made.run(x=x), made.grad("loss", x=x), made.predict(x=x)):
        assert all(same for _, same in written(results))
        after = made.run(x=x)
        assert all(np.array_equal(after[path], value, equal_nan=True) for path, value in before.items())
        assert x.tolist() == [[0.5, -1.0], [2.0, 0.25]]
