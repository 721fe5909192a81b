"""Looks at a training, and what they say about it: each fault by its example, and the specs that teach it."""

import contextlib
import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.grammar.diagnostic import Fault
from chainrule.grammar.source import Span
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile, load
from chainrule.program.program import Program
from chainrule.runtime.training import health_faults
from chainrule.runtime.training.health import Health

SPECS = Path(chainrule.__file__).parent / "specs"


def found(trained: Program) -> list[str]:
    """Codes of what a training found out."""
    with contextlib.suppress(SpecError):  # it may diverge until numbers end
        trained.train()
    return [diagnostic.code for diagnostic in trained.diagnostics if diagnostic.code.startswith("G53")]


def idx(array: "np.ndarray[Any, Any]") -> bytes:
    return gzip.compress(struct.pack(">HBB2I", 0, 14, 2, *array.shape) + array.astype(">f8").tobytes())


@pytest.mark.parametrize("fault", health_faults.FAULTS, ids=lambda fault: fault.code)
def test_the_example_has_the_finding(fault: Fault, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    (tmp_path / "x.gz").write_bytes(idx(generator.uniform(size=(40, 2))))
    np.savez(tmp_path / "noise.npz", x=generator.normal(size=(60, 40)), t=generator.integers(2, size=60))
    (tmp_path / "t.gz").write_bytes(idx(np.ones((40, 1))))
    assert fault.code in found(compile(fault.example, folder=tmp_path))


@pytest.mark.parametrize(
    ("name", "optimizer", "expected"),
    [
        ("linear-regression", "sgd(lr = 0.02)", []),
        ("linear-regression", "sgd(lr = 0.2)", ["G532"]),
        ("linear-regression", "sgd(lr = 0.00001)", ["G534"]),
        ("vanishing", "sgd(lr = 1)", ["G530"]),
        ("xor", None, []),
        ("iris", None, []),
    ],
)
def test_specs(name: str, optimizer: str | None, expected: list[str]) -> None:
    settings = {"train.optimizer": optimizer} if optimizer else {}
    assert found(load(SPECS / f"{name}.graph", set=settings)) == expected


def test_a_layer_of_the_library_is_blamed_where_it_is_called() -> None:
    text = (
        "use chainrule.layers\ninput x = [[1, -1], [-1, 1]]\n\n\n\n\n\n\n\n\n"
        "y = x -> repeat 3 { dense(2, init = normal(std = 100)) -> sigmoid } -> dense(1, xavier)\nloss = mean(y)\n"
        "train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 20 }\n"
    )
    trained = compile(text)
    trained.train()
    said = [each for each in trained.diagnostics if each.code.startswith("G53")]
    assert said
    for each in said:
        assert isinstance(each.where, Span)
        assert (each.where.source.name, each.where.line) == ("<text>", 11)
        assert "(line 11)" in each.message


def test_one_report_is_enough_for_a_loss_that_is_blown_up() -> None:
    text = (
        "dim N\ninput x: [N, 2]\ninput t: int[N]\nparam W: [2, 2] = he()\nloss = softmax-loss(x @ W, t)\n"
        "data d { x = [[1, 2], [2, -3], [-1, 1], [1, 1]] ; t = [0, 1, 1, 0] }\n"
        "train { minimize = loss ; optimizer = sgd(lr = 1e30) ; epochs = 2 ; data = d }\n"
    )
    trained = compile(text)
    trained.train()
    finding = trained.diagnostics[0]
    assert finding.code == "G532"
    assert "the learning rate 1e+30 is too large" in finding.message
    assert finding.hint == "`train --find-lr` looks for one"


def test_a_finding_names_line_ratio_and_way() -> None:
    trained = load(SPECS / "vanishing.graph")
    trained.train()
    (finding,) = [each for each in trained.diagnostics if each.code == "G530"]
    line = next(n for n, text in enumerate(trained.spec.source.text.splitlines(), 1) if text.startswith("param S1"))
    assert finding.message.startswith(f"gradient at `S1` (line {line}) is ")
    assert finding.message.endswith(" of `S5`'s, through 4 sigmoids")


def test_norms_are_those_of_a_step() -> None:
    text = (
        "dim N\ninput x: [N, 3]\ninput t: int[N]\nparam W: [3, 4] = he()\nparam V: [4, 2] = he()\n"
        "h = relu(x @ W)\nloss = softmax-loss(h @ V, t)\n"
        "data d { x = [[1, 2, 3], [3, 2, 1]]; t = [0, 1] }\n"
        "train { minimize = loss; optimizer = sgd(lr = 0.5); epochs = 1; data = d }\n"
    )
    trained = compile(text, precision="float64")
    initial = {path: value.copy() for path, value in trained.params.items()}
    history = trained.train()
    (row,) = history.health
    after = compile(text, precision="float64")
    after.params = trained.params
    rows = after.rows()
    gradients, values = after.grad("loss", rows), after.run(rows)
    for path in ("W", "V"):
        assert row[f"{path}.value"] == pytest.approx(np.linalg.norm(trained.params[path]))
        assert row[f"{path}.gradient"] == pytest.approx(np.linalg.norm(gradients[path]))
        assert row[f"{path}.update"] == pytest.approx(0.5 * np.linalg.norm(gradients[path]))
        assert not np.array_equal(initial[path], trained.params[path])
    assert row["gradient"] == pytest.approx(np.hypot(row["W.gradient"], row["V.gradient"]))
    assert row["h.value"] == pytest.approx(np.linalg.norm(values["h"]))
    assert row["h.dead"] == np.mean(~values["h"].any(axis=0))


def test_looks_are_few() -> None:
    trained = compile("param w = 1\nloss = w * w\ntrain { minimize = loss; optimizer = sgd(lr = 0.1); steps = 5000 }")
    job = trained._trainings.job(trained.precision)
    health = Health(job)
    due = [step for step in range(1, 5001) if health.due(step)]
    assert due[:5] == [1, 2, 3, 4, 5]
    assert due[-1] == 5000
    assert len(due) < 60


def test_looking_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def trained() -> dict[str, bytes]:
        made = load(SPECS / "iris.graph")
        made.train()
        return {path: value.tobytes() for path, value in made.params.items()}

    looked_at = trained()
    monkeypatch.setattr(Health, "due", lambda self, step: False)
    assert trained() == looked_at


def test_units_of_a_convolution_are_its_channels() -> None:
    """Three of four are below 0 everywhere; that all columns of the fourth are above is no comfort to them."""
    made = compile(
        "dim N\ninput x: [N, 1, 5, 5]\ninput t: int[N]\nparam W: [4, 1, 3, 3] = zeros()\n"
        "param b: [4] = [-1, -1, -1, 1]\n"
        "param V: [36, 3] = xavier()\nh = relu(conv(x, W, b))\nloss = softmax-loss(flatten(h) @ V, t)\n"
        "train { minimize = loss ; optimizer = sgd(lr = 0.01) ; epochs = 4 }\n"
    )
    random = np.random.default_rng(0)
    history = made.train(x=random.normal(size=(40, 1, 5, 5)), t=random.integers(3, size=40))
    assert history.health[-1]["h.dead"] == 0.75
    (finding,) = [each for each in made.diagnostics if each.code == "G536"]
    assert finding.message.startswith("3 of 4 channels of `h`")


def test_the_steps_of_a_scan_are_one_layer() -> None:
    """Gates that are all but shut at each step."""
    made = compile(
        "use chainrule.layers\ndim N\ninput x: [N, 3, 6]\ninput t: int[N]\ny = lstm(x, 4, init = normal(std = 500))\n"
        "loss = softmax-loss(y[:, -1] -> dense(3), t)\n"
        "train { minimize = loss ; optimizer = sgd(lr = 0.01) ; epochs = 4 }\n"
    )
    random = np.random.default_rng(0)
    look = made.train(x=random.normal(size=(40, 3, 6)), t=random.integers(3, size=40)).health[-1]
    gates = {name: share for name, share in look.items() if name.endswith(".saturated")}
    assert len(gates) == 5
    assert not any("[" in name for name in gates)
    assert gates["y.states.kept.sigmoid.saturated"] > 0.9
    assert any(each.code == "G537" and "`y.states.kept.sigmoid`" in each.message for each in made.diagnostics)
