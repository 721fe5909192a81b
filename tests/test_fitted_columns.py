"""A table of raw rows, all the way: fitted to those that are trained on, kept with the model, used on rows alone."""

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from penguins import HEADER, SPEC, birds, write

import chainrule
from chainrule.cli.main import exit_code
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import load
from chainrule.runtime.data.fitted.held import Fitted, same
from chainrule.runtime.data.random_streams import HOLD_OUT, stream
from chainrule.runtime.runs.checkpoint import FORMATS as CHECKPOINTS
from chainrule.runtime.runs.model_file import FORMATS as MODELS
from chainrule.runtime.runs.tensor_file import decode, encode


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "birds.csv", birds())
    (tmp_path / "birds.graph").write_text(SPEC, encoding="utf-8")
    return tmp_path


def chainrule_says(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert exit_code([*arguments, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def held_out(rows: int) -> Any:
    return stream(0, HOLD_OUT).permutation(rows)[rows - round(0.2 * rows) :]


# --- raw rows in, answers out -----------------------------------------------------------------------------------


def test_raw_rows_are_predicted_alone_as_together(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["train", "birds.graph", "--run", "run", "--quiet"]) == 0
    capsys.readouterr()
    metrics = chainrule_says(capsys, "eval", "run")["metrics"]
    assert metrics["test.accuracy"] > 0.85
    new = birds(12, seed=5)
    write(folder / "new.csv", [row[1:] for row in new], HEADER[1:])
    together = chainrule_says(capsys, "predict", "run", "--inputs", "new.csv")
    assert set(together["classes"]["scores"]) <= {"Adelie", "Chinstrap", "Gentoo"}
    right = [one == row[0] for one, row in zip(together["classes"]["scores"], new, strict=True)]
    assert np.mean(right) > 0.8
    for number, row in enumerate(new):
        write(folder / "one.csv", [row[1:]], HEADER[1:])
        alone = chainrule_says(capsys, "predict", "run", "--inputs", "one.csv")["outputs"]["scores"][0]
        np.testing.assert_allclose(alone, together["outputs"]["scores"][number], rtol=1e-5, atol=1e-6)


def test_columns_in_another_order_and_islands_that_nobody_saw(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load("birds.graph").train(run="run")
    header = ["sex", "bill_length", "bill_depth", "flipper", "mass", "island"]
    write(folder / "one.csv", [["", "48", "15", "", "5000", "Elsewhere"]], header)
    assert chainrule_says(capsys, "predict", "run", "--inputs", "one.csv")["classes"]["scores"] == ["Gentoo"]
    write(folder / "one.csv", [["diverse", "48", "15", "200", "5000", "Dream"]], header)
    assert exit_code(["predict", "run", "--inputs", "one.csv"]) == 1
    said = capsys.readouterr().err
    assert "one.csv:2:1: error G411: `diverse` is not one of the classes of `sex`" in said
    assert "the classes are: female, male, unknown; `one_hot(..., unknown = true)`" in said


def test_inputs_of_scripts_are_the_inputs_themselves(folder: Path) -> None:
    program = load("birds.graph")
    program.train()
    rows = program.rows(0, 3)
    given = {name: rows[name] for name in ("size", "island", "sex")}
    assert program.predict(given)["scores"].shape == (3, 3)
    np.testing.assert_allclose(rows["size"].mean(), 0, atol=3)
    other = program.predict({**given, "size": rows["size"] + 1})["scores"]
    assert not np.allclose(other, program.predict(given)["scores"])


# --- of the rows that are trained on alone ------------------------------------------------------------------------


def test_rows_that_are_held_out_have_no_part_in_it(folder: Path) -> None:
    rows = birds()
    before = load("birds.graph")
    before.train()
    for number in held_out(len(rows)):
        rows[number] = [rows[number][0], "Nowhere", "1e5", "-1e5", "", "7", "female"]
    write(folder / "birds.csv", rows)
    after = load("birds.graph")
    after.train()
    assert before.fitted.keys() == after.fitted.keys() == {"size", "island", "sex"}
    assert all(same(before.fitted[name], after.fitted[name]) for name in before.fitted)
    for name, array in before.params.items():
        np.testing.assert_array_equal(after.params[name], array)
    trained = [row for number, row in enumerate(rows) if number not in set(held_out(len(rows)))]
    lengths = np.array([float(row[2]) for row in trained if row[2]])
    assert after.fitted["size"][0].numbers["value"][0] == pytest.approx(lengths.mean(), rel=1e-12)


def test_test_rows_go_by_the_numbers_of_the_training(folder: Path) -> None:
    text = SPEC.replace("hold_out = 0.2", "test = others")
    write(folder / "others.csv", birds(50, seed=9))
    section = text[text.index("data birds") : text.index("train {")]
    text = text.replace(
        "train {", section.replace("data birds", "data others").replace("birds.csv", "others.csv") + "train {"
    )
    program = chainrule.compile(text, folder=folder)
    rows = program.rows(section="others")  # before those of the training are asked for
    held = program.fitted["size"]
    all_rows = chainrule.compile(text, folder=folder)
    all_rows.rows()
    assert same(held, all_rows.fitted["size"])
    assert abs(rows["size"].mean()) > 1e-6
    assert program.evaluate()["test.accuracy"] >= 0


def test_without_a_training_every_section_has_its_own(folder: Path) -> None:
    text = "dim N\ninput x: [N]\ny = x\ndata a { x = standardize([1, 2, 3]) }\ndata b { x = scale([5, 7]) }\n"
    program = chainrule.compile(text)
    np.testing.assert_array_equal(program.rows(section="b")["x"], [0, 1])
    np.testing.assert_allclose(program.rows(section="a")["x"], [-np.sqrt(1.5), 0, np.sqrt(1.5)])


# --- kept with the model ------------------------------------------------------------------------------------------


def models(program: Any, folder: Path) -> list[Any]:
    program.save(folder / "model.safetensors")
    return [
        load(folder / "model.safetensors"),
        load("run"),
        copy.deepcopy(program),
        pickle.loads(pickle.dumps(program)),
    ]


def test_a_model_keeps_them_whatever_becomes_of_the_data(folder: Path) -> None:
    program = load("birds.graph")
    program.train(run="run")
    expected = program.evaluate()
    for other in models(program, folder):
        assert all(same(other.fitted[name], steps) for name, steps in program.fitted.items())
        assert other.evaluate() == expected
    write(folder / "birds.csv", [[row[0], row[1], *row[3:6], "4", row[6]] for row in birds(80, seed=3)])
    for other in models(program, folder):
        other.evaluate()
        assert all(same(other.fitted[name], steps) for name, steps in program.fitted.items())
        assert abs(other.rows()["size"].mean()) > 1, "raw rows of another file go by the numbers of the model"


def test_a_model_that_is_trained_anew_is_fitted_anew(folder: Path) -> None:
    program = load("birds.graph")
    program.train(run="run")
    write(folder / "birds.csv", birds(80, seed=3))
    model = load("run")
    model.train()
    fresh = load("birds.graph")
    fresh.train()
    assert not same(model.fitted["size"], program.fitted["size"])
    assert all(same(model.fitted[name], steps) for name, steps in fresh.fitted.items())


def test_a_training_that_fails_leaves_what_was_held(folder: Path) -> None:
    program = load("birds.graph")
    program.train(run="run")
    model = load("run")
    (folder / "birds.csv").unlink()
    with pytest.raises(SpecError):
        model.train()
    assert all(same(model.fitted[name], steps) for name, steps in program.fitted.items())


def test_a_run_goes_on_with_its_own_numbers(folder: Path) -> None:
    program = load("birds.graph")
    program.train(run="run")
    rows = birds()
    rows.append(["Gentoo", "Biscoe", "900", "900", "900", "900", "male"])
    write(folder / "birds.csv", rows)
    longer = load("birds.graph", set={"train.epochs": 31})
    with pytest.raises(SpecError) as caught:
        longer.train(resume="run")
    assert caught.value.diagnostics[0].code == "G525"
    longer.train(resume="run", force=True)
    assert all(same(longer.fitted[name], steps) for name, steps in program.fitted.items())
    assert all(same(load("run").fitted[name], steps) for name, steps in program.fitted.items())


def test_a_resumed_run_has_the_bits_of_one_that_was_not_killed(folder: Path) -> None:
    whole = load("birds.graph")
    whole.train(run="whole")
    load("birds.graph", set={"train.epochs": 11}).train(run="cut")
    going_on = load("birds.graph")
    going_on.train(resume="cut")
    for name, array in whole.params.items():
        np.testing.assert_array_equal(going_on.params[name], array)
    assert going_on.evaluate() == whole.evaluate()


def test_models_that_say_nothing_of_it_take_it_from_the_training_rows(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = load("birds.graph")
    program.train(run="run")
    path = folder / "run" / "model.safetensors"
    tensors, record = decode(path, *MODELS)
    del record["fitted"]
    path.write_bytes(encode(tensors, record))
    write(folder / "one.csv", [birds(1, seed=5)[0][1:]], HEADER[1:])
    expected = chainrule_says(capsys, "predict", "run", "--inputs", "one.csv")
    assert load("run").fitted == {}
    (folder / "birds.csv").unlink()
    assert exit_code(["predict", "run", "--inputs", "one.csv"]) == 1
    assert "birds.csv" in capsys.readouterr().err
    record["fitted"] = {name: [each.as_json() for each in steps] for name, steps in program.fitted.items()}
    path.write_bytes(encode(tensors, record))
    assert chainrule_says(capsys, "predict", "run", "--inputs", "one.csv") == expected


def _narrow(fitted: dict[str, Any]) -> None:
    fitted["size"][1]["numbers"] = {"mean": [1.0], "std": [1.0]}


def _turned(fitted: dict[str, Any]) -> None:
    fitted["size"].reverse()


def _texts_for_numbers(fitted: dict[str, Any]) -> None:
    fitted["island"][0]["classes"] = [1, 2, 3]


def _more_classes(fitted: dict[str, Any]) -> None:
    fitted["island"][0]["classes"] = [f"{number:04}" for number in range(5000)]


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (lambda fitted: fitted["size"].pop(), "G480"),
        (lambda fitted: fitted.pop("sex"), "G480"),
        (_turned, "G480"),
        (_narrow, "G485"),
        (_texts_for_numbers, "G463"),
        (_more_classes, "G442"),
        (lambda fitted: fitted["size"][0].update(numbers={}), "G5"),
        (lambda fitted: fitted["size"][1]["numbers"]["std"].__setitem__(0, -1.0), "G5"),
        (lambda fitted: fitted.update(size=3), "G5"),
    ],
)
def test_forged_numbers_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], forge: Callable[[dict[str, Any]], object], said: str
) -> None:
    load("birds.graph").train(run="run")
    path = folder / "run" / "model.safetensors"
    tensors, record = decode(path, *MODELS)
    forge(record["fitted"])
    path.write_bytes(encode(tensors, record))
    write(folder / "one.csv", [birds(1, seed=5)[0][1:]], HEADER[1:])
    assert exit_code(["predict", "run", "--inputs", "one.csv"]) == 1
    errors = capsys.readouterr().err
    assert f"error {said}" in errors
    assert "Traceback" not in errors
    assert "G706" not in errors


def test_a_forged_checkpoint_is_refused(folder: Path) -> None:
    load("birds.graph").train(run="run")
    path = folder / "run" / "checkpoint.safetensors"
    tensors, record = decode(path, *CHECKPOINTS)
    record["spec"]["fitted"]["size"][0]["how"] = "standardize"
    path.write_bytes(encode(tensors, record))
    with pytest.raises(SpecError) as caught:
        load("birds.graph", set={"train.epochs": 40}).train(resume="run")
    assert "its record" in caught.value.diagnostics[0].message


# --- seen ---------------------------------------------------------------------------------------------------------


def test_show_says_what_they_hold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = load("birds.graph")
    program.train(run="run")
    assert exit_code(["show", "run"]) == 0
    said = capsys.readouterr().out
    assert "island  one_hot(unknown = true)   Biscoe, Dream, Torgersen\n" in said
    assert "sex     one_hot(unknown = false)  female, male, unknown\n" in said
    mean = program.fitted["size"][1].numbers["mean"][0]
    assert f"size    standardize               mean {mean:.6g}, " in said
    shown = chainrule_says(capsys, "show", "run")["fitted"]
    assert same([Fitted.of(each) for each in shown["size"]], program.fitted["size"])
    assert exit_code(["show", "birds.graph"]) == 0
    assert "fitted" not in capsys.readouterr().out


def test_diff_compares_what_they_hold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load("birds.graph").train(run="one")
    load("birds.graph").train(run="same")
    assert exit_code(["diff", "one", "same"]) == 0
    assert exit_code(["diff", "one/model.safetensors", "same/model.safetensors"]) == 0
    rows = birds()
    trained = next(number for number in range(len(rows)) if number not in set(held_out(len(rows))))
    rows[trained][2] = "44.4"
    write(folder / "birds.csv", rows)
    load("birds.graph").train(run="other")
    capsys.readouterr()
    for ending in ("", "/model.safetensors"):
        assert exit_code(["diff", f"one{ending}", f"other{ending}"]) == 1
        said = capsys.readouterr().out
        assert "fitted size" in said
        assert "fitted sex" not in said


# --- columns that use columns ---------------------------------------------------------------------------------------

SHARED = """use chainrule.layers
dim N, V
input x: [N, 10]
input ids: int[N]
input t: int[N]
param E: [V, 2] = normal()
output scores = concat(x, take(E, ids), axis = 1) -> dense(8, init = xavier) -> tanh -> dense(3, init = xavier)
loss = softmax-loss(scores, t) + 0.0001 * sum(E * E) / V

data birds {
  t = csv("birds.csv", "species")
  x = concat(size, heavy, sex, csv("birds.csv", "mass") -> fill(0) -> scale, axis = 1)
  size = concat(measures, product / 1000, axis = 1) -> standardize
  product = measures[:, 0] * measures[:, 1]
  measures = csv("birds.csv", "bill_length:mass") -> fill(mean)
  heavy = less(mean(measures[:, 3]), measures[:, 3])
  sex = one_hot(fill(csv("birds.csv", "sex"), "unknown"))
  island = csv("birds.csv", "island")
  ids = island
  V = classes(island) + 1
}
train { minimize = loss; optimizer = adam(lr = 0.02); epochs = 20; data = birds; hold_out = 0.2; batch = 32
        metrics = [accuracy(scores, t)] }
"""


def test_columns_use_columns_and_give_dims_their_sizes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "shared.graph").write_text(SHARED, encoding="utf-8")
    for command in ("check", "run", "show", "gradcheck", "step"):
        more = ["--rows", "0:3"] if command in ("run", "gradcheck") else []
        assert exit_code([command, "shared.graph", *more]) == 0, capsys.readouterr().err
    assert "warning" not in capsys.readouterr().err
    assert exit_code(["train", "shared.graph", "--run", "run", "--quiet"]) == 0
    capsys.readouterr()
    assert load("run").params["E"].shape == (4, 2)
    assert chainrule_says(capsys, "eval", "run")["metrics"]["test.accuracy"] > 0.8
    new = birds(8, seed=5)
    write(folder / "new.csv", [row[1:] for row in new], HEADER[1:])
    together = chainrule_says(capsys, "predict", "run", "--inputs", "new.csv")["outputs"]["scores"]
    for number, row in enumerate(new):
        write(folder / "one.csv", [row[1:]], HEADER[1:])
        alone = chainrule_says(capsys, "predict", "run", "--inputs", "one.csv")["outputs"]["scores"][0]
        np.testing.assert_allclose(alone, together[number], rtol=1e-4, atol=1e-5)
    write(folder / "one.csv", [["Dream", "40", "male"]], ("island", "bill_length", "sex"))
    assert exit_code(["predict", "run", "--inputs", "one.csv"]) == 1
    assert "it lacks" in capsys.readouterr().err


def test_a_kept_compilation_has_the_same_columns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "shared.graph").write_text(SHARED, encoding="utf-8")
    monkeypatch.setenv("CHAINRULE_CACHE", str(folder / "cache"))
    first, second = load("shared.graph"), load("shared.graph")
    assert repr(first.spec.data["birds"].columns) == repr(second.spec.data["birds"].columns)
    for name, array in first.rows().items():
        np.testing.assert_array_equal(second.rows()[name], array)


def test_a_setting_replaces_a_column_that_others_use(folder: Path) -> None:
    (folder / "shared.graph").write_text(SHARED, encoding="utf-8")
    plain = load("shared.graph").rows()["x"]
    changed = load("shared.graph", set={"birds.product": "measures[:, 0] * 0"}).rows()["x"]
    np.testing.assert_array_equal(changed[:, 4], 0)
    np.testing.assert_array_equal(changed[:, :4], plain[:, :4])


def test_a_set_size_goes_before_that_of_the_data(folder: Path) -> None:
    program = chainrule.compile(SHARED, folder=folder, set={"V": 7})
    program.train()
    assert program.params["E"].shape == (7, 2)


def test_texts_of_a_test_section_are_numbered_by_those_of_the_training(folder: Path) -> None:
    (folder / "a.csv").write_text("kind\nb\nc\na\nb\n")
    (folder / "b.csv").write_text("kind\nc\nb\n")
    text = """dim N
input t: int[N]
param W: [3] = normal()
output y = take(W, t)
loss = mean(y * y)
data a { FIRST }
data b { SECOND }
train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = a; test = b }
"""
    for column in (
        't = csv("FILE", "kind")[0:2]',
        't = raw; raw = csv("FILE", "kind")[0:2]',
        't = fill(csv("FILE", "kind")[0:2], "c")',
    ):
        first, second = column.replace("FILE", "a.csv").replace("0:2", "0:4"), column.replace("FILE", "b.csv")
        program = chainrule.compile(text.replace("FIRST", first).replace("SECOND", second), folder=folder)
        np.testing.assert_array_equal(program.rows()["t"], [1, 2, 0, 1])
        np.testing.assert_array_equal(program.rows(section="b")["t"], [2, 1])
        assert program.classes == {"t": ("a", "b", "c")}


def test_a_column_that_others_use_may_have_new_texts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = SPEC.replace('one_hot(csv("birds.csv", "island"), unknown = true)', "one_hot(place, unknown = true)")
    text = text.replace("  sex =", '  place = csv("birds.csv", "island")\n  sex =')
    (folder / "birds.graph").write_text(text, encoding="utf-8")
    load("birds.graph").train(run="run")
    write(folder / "one.csv", [["Elsewhere", *birds(1, seed=5)[0][2:]]], HEADER[1:])
    assert len(chainrule_says(capsys, "predict", "run", "--inputs", "one.csv")["outputs"]["scores"]) == 1


def test_a_dim_may_be_all_that_uses_the_only_input(folder: Path) -> None:
    text = """dim N, V
input ids: int[N]
param E: [V] = normal()
output y = take(E, ids)
loss = mean(y * y)
data a { ids = csv("birds.csv", "island"); V = classes(ids) }
train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = a; hold_out = 0.5 }
"""
    program = chainrule.compile(text, folder=folder)
    program.train()
    assert program.params["E"].shape == (3,)
    assert len(program.rows()["ids"]) == 200
