"""Texts, windows and pictures from a spec to an answer: trained, kept, predicted, resumed, split without leaks."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import chainrule
from chainrule.cli.shared.prediction_rows import rows_of
from chainrule.grammar.diagnostic import Place
from chainrule.grammar.spec_error import SpecError

TEXT = "the cat sat on the mat, and the dog sat on the log.\n" * 3

LETTERS = """
dim N
dim V
input x: int[N, 4]
input t: int[N]
param E: [V, 3] = normal(std = 0.3)
param W: [12, V] = normal(std = 0.3)
output scores = reshape(take(E, x), [N, 12]) @ W
loss = softmax-loss(scores, t)
data letters {
  c = text("t.txt"UNKNOWN)
  V = classes(c)
  x = windows(c, 4)[:-1]
  t = c[4:]
}
train { minimize = loss; optimizer = adam(lr = 0.05); epochs = 5; data = letters; hold_out = last(0.2); batch = 20 }
"""

PICTURES = """
dim N
input x: [N, 1, 2, 2]
input t: int[N]
param W: [4, 2] = zeros()
output scores = reshape(x / 255, [N, 4]) @ W
loss = softmax-loss(scores, t)
data photos { x = images("photos/*/*.png"); t = folders("photos/*/*.png") }
train { minimize = loss; optimizer = sgd(lr = 0.5); epochs = 3; data = photos }
"""


def letters(folder: Path, unknown: str = "") -> chainrule.Program:
    (folder / "t.txt").write_text(TEXT, encoding="utf-8")
    return chainrule.compile(LETTERS.replace("UNKNOWN", unknown), folder=folder)


def test_windows_and_their_targets(tmp_path: Path) -> None:
    program = letters(tmp_path)
    rows, names = program.rows(), sorted(set(TEXT))
    numbers = np.array([names.index(each) for each in TEXT])
    np.testing.assert_array_equal(rows["t"], numbers[4:])
    np.testing.assert_array_equal(rows["x"], [numbers[at : at + 4] for at in range(len(TEXT) - 4)])
    assert program.classes == {"x": tuple(names), "t": tuple(names)}


def test_a_model_keeps_its_vocabulary(tmp_path: Path) -> None:
    program = letters(tmp_path)
    program.train()
    program.save(tmp_path / "m.safetensors")
    (tmp_path / "t.txt").unlink()
    loaded = chainrule.load(tmp_path / "m.safetensors")
    new = tmp_path / "new.txt"
    new.write_text("a log", encoding="utf-8")
    names = program.classes["x"]
    given = np.array([[names.index(each) for each in part] for part in ("a lo", " log")])
    np.testing.assert_array_equal(
        loaded.predict(rows_of(loaded, str(new)).inputs)["scores"], program.predict(x=given)["scores"]
    )
    new.write_text("a\nlox", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        rows_of(loaded, str(new))
    (found,) = caught.value.diagnostics
    assert found.code == "G411"
    assert found.where == Place(str(new), 2, 3)
    assert "unknown = true" in str(found.hint)


def test_an_unknown_character_has_a_number_of_its_own(tmp_path: Path) -> None:
    program = letters(tmp_path, ", unknown = true")
    program.train()
    (tmp_path / "new.txt").write_text("aXY\n", encoding="utf-8")
    names = program.classes["x"]
    other = names.index("<unknown>")
    wanted = [[names.index("a"), other, other, names.index("\n")]]
    np.testing.assert_array_equal(rows_of(program, str(tmp_path / "new.txt")).inputs["x"], wanted)


@pytest.mark.parametrize("key", ["hold_out=0.2", "validate=0.1", "validate=fold(1, 5)"])
def test_rows_that_overlap_are_not_drawn(tmp_path: Path, key: str) -> None:
    (tmp_path / "t.txt").write_text(TEXT, encoding="utf-8")
    name, _, value = key.partition("=")
    spec = LETTERS.replace("UNKNOWN", "")
    with pytest.raises(SpecError) as caught:
        chainrule.compile(spec, folder=tmp_path, set={f"train.{name}": value})
    (found,) = caught.value.diagnostics
    assert f"write `{name} = last(" in str(found.hint)


def test_resumed_as_trained_at_once(tmp_path: Path) -> None:
    letters(tmp_path).train(run=tmp_path / "run")
    longer = chainrule.compile(LETTERS.replace("UNKNOWN", ""), folder=tmp_path, set={"train.epochs": "8"})
    longer.train(resume=tmp_path / "run")
    whole = chainrule.compile(LETTERS.replace("UNKNOWN", ""), folder=tmp_path, set={"train.epochs": "8"})
    whole.train()
    for path, value in whole.params.items():
        np.testing.assert_array_equal(longer.params[path], value)


def test_numbers_fitted_before_windows_come_from_the_rows_trained_on(tmp_path: Path) -> None:
    series = np.arange(40.0)
    series[-8:] = 1e6
    (tmp_path / "s.csv").write_text("v\n" + "\n".join(map(str, series)), encoding="utf-8")
    spec = (
        "dim N\ninput x: [N, 3]\nparam w: [3] = zeros()\noutput y = x @ w\nloss = mean(y * y)\n"
        'data s { x = windows(standardize(csv("s.csv", "v")), 3) }\n'
        "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = s; hold_out = last(0.2) }\n"
    )
    program = chainrule.compile(spec, folder=tmp_path)
    (held,) = (program.train(), program.fitted["x"])[1]
    assert held.numbers["mean"] == pytest.approx(series[:32].mean())


@pytest.mark.parametrize(
    ("column", "code"),
    [
        ("windows([1, 2], 3)", "G427"),
        ("windows(3, 1)", "G431"),
        ('windows(csv("gap.csv", "v"), 2)', "G406"),
        ("windows(range(100000), 50000)", "G414"),
    ],
)
def test_what_has_no_windows(tmp_path: Path, column: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAINRULE_DATA_LIMIT", "16")
    (tmp_path / "gap.csv").write_text('v\n1\n""\n3\n', encoding="utf-8")
    program = chainrule.compile(f"dim N\ndim K\ninput x: [N, K]\ny = 2 * x\ndata s {{ x = {column} }}", folder=tmp_path)
    with pytest.raises(SpecError) as caught:
        program.rows()
    assert [each.code for each in caught.value.diagnostics] == [code]


def test_windows_in_a_file_are_those_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = 'dim N\ninput x: [N, 9, 2]\ny = 2 * x\ndata s { x = windows(npy("a.npy"), 9)[:, :, ::-1] }'
    np.save(tmp_path / "a.npy", np.arange(30_000.0).reshape(-1, 2))
    wanted = chainrule.compile(spec, folder=tmp_path).rows()["x"]
    monkeypatch.setenv("CHAINRULE_DATA_MEMORY", "1")
    np.testing.assert_array_equal(chainrule.compile(spec, folder=tmp_path).rows()["x"], wanted)
    np.testing.assert_array_equal(wanted[5, 3], [17, 16])


def test_pictures_from_files_to_classes(tmp_path: Path) -> None:
    for folder, level in (("dark", 20), ("light", 220)):
        (tmp_path / "photos" / folder).mkdir(parents=True)
        for number in range(3):
            Image.fromarray(np.full((2, 2), level + number, np.uint8)).save(
                tmp_path / "photos" / folder / f"{number}.png"
            )
    program = chainrule.compile(PICTURES, folder=tmp_path)
    program.train()
    assert program.classes == {"t": ("dark", "light")}
    rows = rows_of(program, str(tmp_path / "photos" / "light" / "*.png")).inputs
    np.testing.assert_array_equal(np.asarray(rows["x"])[:, 0, 0, 0], [220, 221, 222])
    assert program.predict(rows)["scores"].argmax(axis=1).tolist() == [1, 1, 1]
