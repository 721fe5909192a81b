"""Trainings on rows that a script gives: the same as on the same rows in a file, whatever they come as."""

import copy
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import chainrule
from chainrule.runtime.arrays import Array
from chainrule.runtime.training.history import History

NET = """
dim N
input x: [N, 4]
input t: int[N]
param W: [4, 3] = normal()
scores = x @ W
loss = softmax-loss(scores, t)
output scores
train { minimize = loss; optimizer = momentum(lr = 0.1); epochs = 6; metrics = [accuracy(scores, t)]; KEYS }
"""
DATA = 'data rows { x = csv("rows.csv", ["a", "b", "c", "d"]); t = csv("rows.csv", "t") }\n'
NAMES = np.array(["cat", "ant", "bee"])


def net(keys: str = "batch = 16", **settings: object) -> chainrule.Program:
    return chainrule.compile(NET.replace("KEYS", keys), set=settings)


@pytest.fixture
def x() -> Array:
    made: Array = np.random.default_rng(0).standard_normal((150, 4))
    return made


@pytest.fixture
def t(x: Array) -> Array:
    made: Array = np.argmax(x @ np.random.default_rng(1).standard_normal((4, 3)), axis=1)
    return made


@pytest.fixture
def from_file(tmp_path: Path, x: Array, t: Array) -> Callable[[str], chainrule.Program]:
    """A program that reads the rows from a file."""
    lines = [",".join(map(repr, row)) for row in np.c_[x, t].tolist()]
    (tmp_path / "rows.csv").write_text("\n".join(["a,b,c,d,t", *lines]).replace(".0\n", "\n"))

    def made(keys: str) -> chainrule.Program:
        text = NET.replace("KEYS", f"{keys}; data = rows").replace("train {", f"{DATA}train {{")
        return chainrule.compile(text, folder=tmp_path)

    return made


def reports(history: History) -> list[dict[str, float]]:
    return [{name: value for name, value in row.items() if name != "seconds"} for row in history.rows]


def same(one: Mapping[str, Array], other: Mapping[str, Array]) -> bool:
    return one.keys() == other.keys() and all(one[path].tobytes() == other[path].tobytes() for path in one)


KEYS = (
    "",
    "batch = 16",
    "batch = 16; hold_out = 0.2",
    "batch = 16; sampling = replacement",
    "batch = 16; sampling = ordered; precision = float64",
    "batch = 16; hold_out = 0.2; stop = early(patience = 1)",
    "batch = 16; schedule = cosine(warmup = 5); exact = true",
)


@pytest.mark.parametrize("keys", KEYS)
def test_arrays_train_to_the_bits_of_a_file(
    keys: str, x: Array, t: Array, from_file: Callable[[str], chainrule.Program]
) -> None:
    given, read = net(keys), from_file(keys)
    one, other = given.train(x=x, t=t), read.train()
    assert same(given.params, read.params)
    assert reports(one) == reports(other)
    assert given.evaluate() == read.evaluate()


def test_a_spec_with_data_is_trained_on_what_is_given(
    x: Array, t: Array, from_file: Callable[[str], chainrule.Program]
) -> None:
    read, given = from_file("batch = 16"), net()
    read.train(x=x[:90], t=t[:90])
    given.train(x=x[:90], t=t[:90])
    assert same(given.params, read.params)
    read.train()
    assert same(read.params, (whole := net(), whole.train(x=x, t=t))[0].params)


def test_a_run_in_a_folder_goes_on(tmp_path: Path, x: Array, t: Array) -> None:
    straight, begun = net(), net()
    straight.train(x=x, t=t)

    def stop(row: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begun.train(tmp_path / "run", x=x, t=t, callbacks=[stop], checkpoint_every=1)
    again = net()
    again.train(resume=tmp_path / "run", x=x, t=t)
    assert same(straight.params, again.params)
    with pytest.raises(chainrule.SpecError, match="was begun with other data"):
        net().train(resume=tmp_path / "run", x=x + 1, t=t)


def test_a_run_on_arrays_goes_on_with_the_same_rows_from_a_file(
    tmp_path: Path, x: Array, t: Array, from_file: Callable[[str], chainrule.Program]
) -> None:
    read = from_file("batch = 16")
    read.train(tmp_path / "run")
    read.train(resume=tmp_path / "run", x=x, t=t)


def some_at_a_time(x: Array, t: Array) -> Any:
    return ({"x": x[start : start + 7], "t": t[start : start + 7]} for start in range(0, len(x), 7))


SOURCES: dict[str, Callable[[Array, Array], dict[str, Any]]] = {
    "a mapping": lambda x, t: {"data": {"x": x, "t": t}},
    "lists": lambda x, t: {"x": x.tolist(), "t": t.tolist()},
    "pandas": lambda x, t: {"x": pd.DataFrame(x), "t": pd.Series(t)},
    "a pandas table": lambda x, t: {"data": pd.DataFrame({"t": t}), "x": pd.DataFrame(x, index=range(7, 157))},
    "polars": lambda x, t: {"x": pl.DataFrame(x), "t": pl.Series(t)},
    "a polars table": lambda x, t: {"data": pl.DataFrame({"x": x, "t": t})},
    "records": lambda x, t: {"data": np.array(list(zip(x, t, strict=True)), [("x", "f8", 4), ("t", "i8")])},
    "rows one by one": lambda x, t: {"data": ({"x": row, "t": label} for row, label in zip(x, t, strict=True))},
    "rows some at a time": lambda x, t: {"data": some_at_a_time(x, t)},
    "a list of rows": lambda x, t: {"data": [{"x": r, "t": n} for r, n in zip(x.tolist(), t.tolist(), strict=True)]},
    "an iterator an input": lambda x, t: {"x": iter(x), "t": iter(t.tolist())},
    "another order in memory": lambda x, t: {"x": np.asfortranarray(x), "t": t.astype(np.int8)[::-1][::-1]},
}


@pytest.mark.parametrize("source", SOURCES)
def test_rows_come_as_they_are_held(source: str, x: Array, t: Array) -> None:
    plain, given = net(), net()
    plain.train(x=x, t=t)
    given.train(**SOURCES[source](x, t))
    assert same(plain.params, given.params)


@pytest.mark.parametrize("source", SOURCES)
def test_texts_are_names_of_classes(source: str, x: Array, t: Array) -> None:
    if source == "another order in memory" or source == "records":
        pytest.skip("made for numbers")
    names, given = NAMES[t], net()
    given.train(**SOURCES[source](x, names))
    assert given.classes == {"t": ("ant", "bee", "cat")}
    plain = net()
    plain.train(x=x, t=np.searchsorted(np.sort(NAMES), names))
    assert same(plain.params, given.params)
    assert given.labels(x=x)["scores"].tolist() == [
        ("ant", "bee", "cat")[best] for best in np.argmax(given.predict(x=x)["scores"], axis=1)
    ]


def test_rows_that_come_one_by_one_lie_in_files_where_they_are_many(
    x: Array, t: Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, given = net(), net()
    many, labels = np.tile(x, (300, 1)), np.tile(t, 300)
    plain.train(x=many, t=labels)
    monkeypatch.setenv("CHAINRULE_DATA_MEMORY", "1")
    given.train(data=some_at_a_time(many, NAMES[labels]), initial=net().params)
    assert np.isfinite(given.params["W"]).all()
    other = net()
    other.train(data=some_at_a_time(many, labels))
    assert same(plain.params, other.params)


def test_test_rows(x: Array, t: Array) -> None:
    for test in ((x[100:], t[100:]), {"t": t[100:], "x": x[100:]}):
        given = net("hold_out = 0.5")
        history = given.train(x=x[:100], t=t[:100], test=test)
        assert history.last["test.loss"] == given.evaluate(x=x[100:], t=t[100:])["loss"]
        assert history.last["train.loss"] == given.evaluate({"x": x[:100], "t": t[:100]})["loss"]


@pytest.mark.parametrize(
    ("stop", "watched"), [("early(patience = 1)", "test.loss"), ("early(train.loss)", "train.loss")]
)
def test_early_stopping_watches_the_test_rows_that_are_given(stop: str, watched: str, x: Array, t: Array) -> None:
    given = net(f"stop = {stop}")
    seen: list[str] = []

    class Look(chainrule.Callback):
        def started(self, training: Any) -> None:
            seen.append(training.watch.metric)

    given.train(x=x[:100], t=t[:100], test=(x[100:], t[100:]), callbacks=[Look()])
    assert seen == [watched]


def test_what_fails_leaves_all_as_it_was(x: Array, t: Array) -> None:
    given = net()
    given.train(x=x, t=NAMES[t])
    before, metrics = given.params, given.evaluate()
    for wrong in ({"x": x, "t": np.r_[t[:-1], 3]}, {"x": x}, {"x": x, "t": t[:-1]}, {}):
        with pytest.raises(chainrule.SpecError):
            given.train(**wrong)
    assert same(before, given.params)
    assert given.classes == {"t": ("ant", "bee", "cat")}
    assert given.evaluate() == metrics


def test_other_classes_are_learnt_anew_and_those_of_initial_parameters_stay(x: Array, t: Array) -> None:
    given = net()
    given.train(x=x, t=NAMES[t])
    given.train(x=x, t=np.array(["u", "v", "w"])[t])
    assert given.classes == {"t": ("u", "v", "w")}
    given.train(x=x[:9], t=["w"] * 9, initial=given.params)
    assert given.classes == {"t": ("u", "v", "w")}
    with pytest.raises(chainrule.SpecError, match="`ant` is not one of the classes"):
        given.train(x=x, t=NAMES[t], initial=given.params)


def test_a_trained_program_is_copied_and_saved(tmp_path: Path, x: Array, t: Array) -> None:
    given = net()
    given.train(x=x, t=NAMES[t])
    given.save(tmp_path / "model.safetensors")
    copies = (pickle.loads(pickle.dumps(given)), copy.deepcopy(given), chainrule.load(tmp_path / "model.safetensors"))
    for each in copies:
        assert same(given.params, each.params)
        assert each.classes == given.classes
        assert each.evaluate(x=x, t=NAMES[t])["loss"] == given.evaluate()["train.loss"]


def test_a_trainer_takes_the_sizes_of_its_params_from_inputs(x: Array, t: Array) -> None:
    text = NET.replace("KEYS", "").replace("dim N", "dim N, I, K").replace("4]", "I]").replace("[4, 3]", "[I, 3]")
    trainer = chainrule.compile(text).trainer(x=x, t=t)
    assert trainer.params["W"].shape == (4, 3)
    first = trainer.step(x=x, t=t)
    assert trainer.step(x=x, t=t) < first
    with pytest.raises(chainrule.SpecError, match="there is no input `y`"):
        chainrule.compile(text).trainer(y=x)


@pytest.mark.parametrize("data", [{"area": [1, 2], "city": ["Rome", "Oslo"]}, pd.DataFrame({"area": [1, 2]})])
def test_a_table_without_any_input_is_told_by_its_names(data: object, x: Array, t: Array) -> None:
    program = net()
    for refused in (
        lambda: program.train(data=data),
        lambda: program.train(x=x, t=t, test=data),
        lambda: program.trainer(data=data),
    ):
        with pytest.raises(chainrule.SpecError, match="there is no input `area`"):
            refused()


def test_rates_are_found_on_rows_that_are_given(x: Array, t: Array) -> None:
    assert net().find_rate(x=x, t=t).suggestion is not None


def test_a_history_is_a_table_of_pandas(x: Array, t: Array) -> None:
    history = net().train(x=x, t=t)
    table = history.to_pandas()
    assert table.index.tolist() == history["step"].tolist()
    assert table["train.accuracy"].tolist() == history["train.accuracy"].tolist()


def test_claims_are_judged_on_the_rows_that_were_given(x: Array, t: Array) -> None:
    given = chainrule.compile(NET.replace("KEYS", "") + "expect accuracy > 0.5 after train\n")
    given.train(x=x, t=t)
    (result,) = given.test()
    assert result.holds


def test_columns_that_no_input_takes_are_told(x: Array, t: Array) -> None:
    given = net()
    given.train(data=pd.DataFrame({"t": t, "when": ["now"] * len(t)}), x=x)
    assert "no input is called `when`, so this column is not used" in [each.message for each in given.diagnostics]


def test_rows_are_those_that_were_given(x: Array, t: Array) -> None:
    given = net()
    given.train(x=x, t=t)
    assert given.rows(3, 5)["t"].tolist() == t[3:5].tolist()


def test_the_history_of_a_run_asks_for_no_rows(tmp_path: Path, x: Array, t: Array) -> None:
    history = net().train(tmp_path / "run", x=x, t=t)
    loaded = chainrule.load(tmp_path / "run")
    assert reports(loaded.history) == reports(history)
    assert loaded.history.best == history.best
    loaded.plot("curves")
    with pytest.raises(chainrule.SpecError, match="`batch` needs `data`"):
        loaded.evaluate()
    assert loaded.evaluate(x=x, t=t)["loss"] == history.last["train.loss"]
