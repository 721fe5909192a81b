"""What is told of a training is told of the weights that it keeps, and of the rows that it was trained on."""

import json
from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.cli.main import exit_code
from chainrule.grammar.diagnostic import Place
from chainrule.program.serving.csv_rows import csv_rows

EARLY = """
dim N
input x: [N]
input t: [N]
param w = 0.0
y = w * x
loss = mse(y, t)
data rows { x = line("x", rows = 40); t = line("t", rows = 40, noise = 0.3) }
train {
  minimize = loss; optimizer = momentum(lr = 0.4, momentum = 0.95); epochs = 60; data = rows; validate = 0.3
  stop = early(patience = 4)
}
"""


def test_the_last_lines_are_about_the_weights_that_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("early.graph").write_text(EARLY, encoding="utf-8")
    assert exit_code(["train", "early.graph", "--run", "run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["kept_step"] < told["steps"]
    assert exit_code(["eval", "run", "--json"]) == 0
    judged = json.loads(capsys.readouterr().out)["metrics"]
    assert told["metrics"] == pytest.approx(judged)
    assert exit_code(["train", "early.graph", "--quiet"]) == 0
    assert f"validate.loss = {judged['validate.loss']:.8g}" in capsys.readouterr().out
    assert exit_code(["train", "early.graph"]) == 0
    assert f", kept {judged['validate.loss']:.4g}\n" in capsys.readouterr().out


CLASSES = """
dim N, C
input x: [N]
input t: int[N]
param w: [1, C] = zeros()
scores = reshape(x, [N, 1]) @ w
loss = softmax-loss(scores, t)
data rows {
  x = csv("rows.csv", "x")
  kind = csv("rows.csv", "kind")
  t = kind
  C = classes(kind)
}
train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = rows; hold_out = last(0.2) }
"""


def test_a_class_that_no_row_trained_on_has_is_told_at_its_row(tmp_path: Path) -> None:
    kinds = ["flat", "loft", "flat", "loft", "flat", "flat", "loft", "loft", "castle", "flat"]
    (tmp_path / "rows.csv").write_text("x,kind\n" + "".join(f"1,{kind}\n" for kind in kinds), encoding="utf-8")
    with pytest.raises(chainrule.SpecError) as caught:
        chainrule.compile(CLASSES, folder=tmp_path).train()
    (found,) = caught.value.diagnostics
    assert found.code == "G411"
    assert found.where == Place(str(tmp_path / "rows.csv"), 10, 2)
    assert "`castle`" in found.message
    chainrule.compile(CLASSES, folder=tmp_path, set={"train.hold_out": "last(0.1)"}).train()


FITTED = """
dim N
input x: [N]
param w = 1.0
output y = w * x
loss = mean(y * y)
data rows { x = standardize(csv("rows.csv", "x")) }
train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = rows }
"""


def test_raw_rows_after_a_training_on_rows_of_a_script_are_warned_of(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("x\n1\n2\n3\n", encoding="utf-8")
    program = chainrule.compile(FITTED, folder=tmp_path)
    path = str(tmp_path / "rows.csv")
    program.train()
    assert not csv_rows(program, path).warnings
    program.train(x=[10.0, 20.0])
    program.save(tmp_path / "m.safetensors")
    for model in (program, chainrule.load(tmp_path / "m.safetensors")):
        (warning,) = csv_rows(model, path).warnings
        assert warning.code == "G428"
    program.train()
    assert not csv_rows(program, path).warnings


def test_a_selection_on_rows_of_a_script(tmp_path: Path) -> None:
    spec = "dim N\ninput x: [N]\ninput t: [N]\nparam w = 0.0\nloss = mse(w * x, t)\ntrain { minimize = loss; "
    program = chainrule.compile(spec + "optimizer = sgd(lr = 0.1); epochs = 3; batch = 4; validate = 0.2 }")
    x = np.linspace(-1, 1, 20)
    selection = program.select(folds=4, data=iter([{"x": x, "t": 2 * x}]), run=tmp_path / "runs")
    alone = chainrule.compile(program.spec.source.text, set={"train.validate": "fold(3, 4)"})
    alone.train(x=x, t=2 * x)
    np.testing.assert_array_equal(selection.runs[2].program.params["w"], alone.params["w"])
    assert selection.best_run is not None
    np.testing.assert_array_equal(chainrule.load(selection.runs[2].folder).params["w"], alone.params["w"])  # type: ignore[arg-type]  # it is kept
    assert program.params["w"] == 0


@pytest.mark.parametrize("given", ["", "\n\n", "x\n", "[1, 2]\n"])
def test_standard_input_without_rows_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: str
) -> None:
    from chainrule.cli.shared import output

    (tmp_path / "rows.csv").write_text("x\n1\n2\n3\n", encoding="utf-8")
    (tmp_path / "s.graph").write_text(FITTED, encoding="utf-8")
    parts = iter([given.encode(), b""])
    monkeypatch.setattr(output, "read_some", lambda: next(parts))
    assert exit_code(["predict", str(tmp_path / "s.graph"), "--inputs", "-"]) == 1
    assert "standard input" in capsys.readouterr().err
