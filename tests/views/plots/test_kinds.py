"""Every kind of plot: numbers, text, files that are the same every time, and names shown as they are."""

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from chainrule.cli import plot as verb
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile
from chainrule.program.program import Program
from chainrule.views.plots.kinds import KINDS
from chainrule.views.plots.sheet import FORMATS, METADATA, plain

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SPIRAL = """chainrule 1 "Arms of $\\alpha$ <b>&amp;"
dim N
input x: [N, 2]
input t: int[N]
param W: [2, 6] = he()
param V: [6, 3] = he()
h = tanh(x @ W)
output scores = h @ V
loss = softmax-loss(scores, t)
data d { x = spiral("x", rows = 60) ; t = csv("names.csv", "t") }
train {
  minimize = loss ; optimizer = adam(lr = 0.05) ; epochs = 6 ; batch = 20 ; data = d ; hold_out = 0.2
  metrics = [accuracy(scores, t)]
}
"""

OF_THIS_NET = [kind for kind in KINDS if kind not in ("maps", "matrix")]
"""Kinds that a dense net has; the tests of the others have nets of their own."""

HOSTILE = ("$\\frac{$", "]]><script>&\x1b[31m\n", "_" + "long" * 3000)
"""Names of classes."""


@pytest.fixture(scope="module")
def spiral(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A trained classifier whose classes have hostile names."""
    folder = tmp_path_factory.mktemp("spiral")
    quoted = [f'"{name}"' for name in HOSTILE]
    (folder / "names.csv").write_text("t\n" + "\n".join(quoted[row % 3] for row in range(60)) + "\n", encoding="utf-8")
    made = compile(SPIRAL, folder=folder)
    made.train()
    return made


@pytest.mark.parametrize("kind", OF_THIS_NET)
def test_numbers_and_text_need_no_matplotlib(spiral: Program, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    made = spiral.plot(kind)
    assert json.loads(json.dumps(made.document)) == made.document
    assert str(made)
    assert "\x1b" not in str(made)
    with pytest.raises(ImportError):
        made.figure()


@pytest.mark.parametrize("kind", OF_THIS_NET)
def test_files(spiral: Program, kind: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    made = spiral.plot(kind)
    for suffix in FORMATS if kind == "decision" else (".svg",):
        for name in ("a", "b"):
            made.save(tmp_path / f"{name}{suffix}", dark=suffix == ".png")
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    tags = {each.tag.rpartition("}")[2] for each in root.iter()}
    assert not tags & {"script", "b", "foreignObject", "a"}
    words = " ".join(each.text or "" for each in root.iter() if each.tag.endswith("text"))
    assert "Arms of $\\alpha$ <b>&amp;" in words


@pytest.mark.parametrize("kind", ["confusion", "decision"])
def test_hostile_names_are_shown_as_text(spiral: Program, kind: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    spiral.plot(kind, tmp_path / "a.svg")
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    words = [each.text or "" for each in root.iter() if each.tag.endswith("text")]
    for shown in ("$\\frac{$", "]]><script>&\\x1b[31m\\n"[:19], "_longlong"):
        assert any(shown in word for word in words), (shown, words)
    assert max(map(len, words)) < 200


def test_a_name_is_shown_as_it_stands() -> None:
    text = pytest.importorskip("matplotlib.text")
    for name in ("$x$", "\\$", "a$b\\$c$", "^_{}%#~", "사과"):
        shown, is_math = text.Text(text=plain(name))._preprocess_math(plain(name))
        assert (shown, is_math) == (name, False)


def test_unknown_kinds_options_and_endings(spiral: Program, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="did you mean"):
        spiral.plot("confusions")
    with pytest.raises(ValueError, match="no option of curves"):
        spiral.plot("curves", rows="train")
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError, match="must end with one of"):
        spiral.plot("curves", tmp_path / "a.jpg")
    with pytest.raises(SpecError, match="G520"):
        spiral.plot("curves", tmp_path / "nowhere" / "a.svg")


def test_a_notebook_shows_the_figure(spiral: Program) -> None:
    pytest.importorskip("matplotlib")
    assert spiral.plot("weights")._repr_png_().startswith(b"\x89PNG")


def test_the_command_line_knows_all_kinds_and_formats() -> None:
    assert tuple(KINDS) == verb.KINDS
    assert verb.FORMATS == FORMATS == tuple(METADATA)
    assert verb.plot.help is not None
    for kind in KINDS:
        assert f" {kind} " in verb.plot.help


def test_the_numbers_of_curves_are_those_of_the_history(spiral: Program) -> None:
    columns = spiral.plot("curves").numbers["columns"]
    assert isinstance(columns, dict)
    assert np.array_equal(columns["test.accuracy"], spiral.history["test.accuracy"])
