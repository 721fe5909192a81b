"""Curves and health of a training: what they mark, and files that are the same every time."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import load
from chainrule.runtime.training.history import History
from chainrule.views.plots.curves import draw_curves

pytest.importorskip("matplotlib")

SPECS = Path(chainrule.__file__).parent / "specs"


def history() -> History:
    """One that overfits: test rows are best at step 20, in epoch 2."""
    made = History("float64", higher=lambda name: False)
    for number, (train, test) in enumerate([(3.0, 3.5), (2.0, 2.5), (1.0, 2.75), (0.5, 3.0)], 1):
        made.rows.append({"step": 10 * number, "epoch": number, "train.loss": train, "test.loss": test, "seconds": 0.1})
    made.health += [{"step": 10, "W.gradient": 0.5, "W.value": 1.0}, {"step": 20, "W.gradient": 0.0, "W.value": 2.0}]
    return made


def texts(figure: object) -> str:
    from matplotlib.text import Text

    return "\n".join(each.get_text() for each in figure.findobj(Text))  # type: ignore[attr-defined]  # a matplotlib figure


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_files(tmp_path: Path) -> None:
    trained = load(SPECS / "descent.graph").train()
    for name in ("a.svg", "b.svg"):
        trained.plot(tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert "gradient: norm by layer" in (tmp_path / "a.svg").read_text()
    with pytest.raises(ValueError, match="must end with one of"):
        trained.plot(tmp_path / "a.doc")
    with pytest.raises(SpecError, match="G520"):
        trained.plot(tmp_path / "nowhere" / "a.svg")


def test_the_figure_shows_itself_in_a_notebook() -> None:
    trained = load(SPECS / "descent.graph").train()
    figure: Any = trained.plot()
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert figure.axes


def test_the_test_curve_the_gap_and_the_best_epoch() -> None:
    figure = draw_curves(history())
    panel: Any = figure.axes[0]
    curves = {line.get_label(): line.get_data() for line in panel.lines}
    assert np.array_equal(curves["train rows"], ([10, 20, 30, 40], [3, 2, 1, 0.5]))
    assert np.array_equal(curves["test rows"], ([10, 20, 30, 40], [3.5, 2.5, 2.75, 3]))
    assert [list(each) for each in curves["best test: 2.5, epoch 2"]] == [[20], [2.5]]
    assert "gap, 2.5 at last" in texts(figure)


def test_a_gradient_of_0_is_a_gap_of_its_curve() -> None:
    panel = draw_curves(history()).axes[-2]
    (line,) = panel.lines
    assert line.get_label() == "W"
    assert np.array_equal(line.get_ydata(), [0.5, np.nan], equal_nan=True)
