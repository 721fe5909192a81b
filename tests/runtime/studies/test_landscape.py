"""The loss along two directions: recomputed by hand, and where the path lies."""

from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile, load
from chainrule.program.program import Program
from chainrule.runtime.arrays import Array
from chainrule.runtime.studies.landscape import Directions, Landscape, _Ground, _like_filters, landscape
from chainrule.runtime.training.replay import replay

SPECS = Path(chainrule.__file__).parent / "specs"


def of(made: Program, directions: Directions = "path", seed: int = 0) -> Landscape:
    return landscape(
        made._trainings.job(made.precision), made.params, made._trainings.steps, directions=directions, seed=seed
    )


def test_two_numbers_are_the_axes_themselves() -> None:
    descent = load(SPECS / "descent.graph")
    descent.train()
    found = of(descent)
    assert (found.directions, found.shares, found.rows, found.same) == (("x0", "x1"), None, None, True)
    x, y = np.meshgrid(found.x, found.y)
    np.testing.assert_allclose(found.losses, x**2 + y**2, rtol=1e-9)
    steps = np.array(found.steps)
    np.testing.assert_allclose(found.path, np.outer(0.8**steps, [-3, 4]), rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(found.heights, 25 * 0.64**steps, rtol=1e-7)


@pytest.mark.parametrize("directions", ["path", "random"])
def test_the_loss_on_the_plane(directions: Directions) -> None:
    xor = load(SPECS / "xor.graph", set={"train.epochs": 60}, precision="float64")
    xor.train()
    found = of(xor, directions)
    loss = xor.run(xor.rows())["loss"]
    np.testing.assert_allclose(found.heights[-1], loss, rtol=1e-9)
    assert found.path[-1] == pytest.approx([0, 0], abs=1e-9)
    middle = [int(np.argmin(np.abs(axis))) for axis in (found.x, found.y)]
    assert found.losses[middle[1], middle[0]] == pytest.approx(float(loss), abs=0.1)
    assert np.isfinite(found.losses).all()
    assert (found.shares is None) == (directions == "random")
    assert np.array_equal(of(xor, directions).losses, found.losses)


def test_the_principal_directions_are_those_of_the_path() -> None:
    decomposition = pytest.importorskip("sklearn.decomposition")
    xor = load(SPECS / "xor.graph", set={"train.epochs": 60}, precision="float64")
    xor.train()
    found = of(xor)
    stood: list[Array] = []
    job = xor._trainings.job(xor.precision)
    ground = _Ground(job, xor.params)
    replay(job, 60, found.steps, lambda training: stood.append(ground.packed(training.params)))
    moved = np.stack(stood) - stood[-1]
    reference = decomposition.TruncatedSVD(2, algorithm="arpack").fit(moved)
    np.testing.assert_allclose(np.abs(found.path), np.abs(moved @ reference.components_.T), atol=1e-6)
    assert found.shares == pytest.approx(reference.singular_values_**2 / np.sum(moved**2))


def test_random_directions_are_as_long_as_the_filters() -> None:
    xor = load(SPECS / "xor.graph", set={"train.epochs": 5}, precision="float64")
    ground = _Ground(xor._trainings.job(xor.precision), xor.params)
    end = ground.packed(xor.params)
    made = ground.unpacked(_like_filters(ground, np.random.default_rng(1).standard_normal(end.size), end))
    for path in ("W1", "W2"):
        np.testing.assert_allclose(np.linalg.norm(made[path], axis=0), np.linalg.norm(xor.params[path], axis=0))
    assert not made["b1"].any()
    first, second = of(xor, "random", 1), of(xor, "random", 2)
    assert not np.array_equal(first.losses, second.losses)


def test_what_is_not_trained_stands_still() -> None:
    made = compile(
        "param a = 3\nparam b = 4\nparam c = 2\nparam unused = 1\nloss = a * a + b * b * c\n"
        "train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 ; precision = float64\n"
        '        groups = [group("c", frozen = true)] }\n'
    )
    made.train()
    found = of(made)
    assert found.directions == ("a", "b")
    x, y = np.meshgrid(found.x, found.y)
    np.testing.assert_allclose(found.losses, x**2 + 2 * y**2, rtol=1e-9)


def test_one_number_has_no_landscape() -> None:
    with pytest.raises(SpecError, match="G545"):
        of(compile("param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 2 }"))


def test_paths_beside_the_training_are_those_of_the_states() -> None:
    valley = load(SPECS / "valley.graph")
    valley.train()
    job = valley._trainings.job(valley.precision)
    found = landscape(job, valley.held, valley._trainings.steps, beside=("careful", "bold"))
    assert [path.shape for path in found.beside.values()] == [(31, 2)] * 2
    slope, place, seen = np.array([0.1, 2.0]), np.array([-7.0, 2.0]), np.zeros(2)
    for stood in found.beside["careful"]:  # AdaGrad by hand
        np.testing.assert_allclose(stood, place, rtol=1e-9, atol=1e-12)
        seen += (slope * place) ** 2
        place = place - 1.5 * slope * place / np.sqrt(seen + 1e-8)
    for axis, shown in ((0, found.x), (1, found.y)):
        everywhere = np.concatenate([found.path, *found.beside.values()])[:, axis]
        assert shown[0] <= everywhere.min() < everywhere.max() <= shown[-1]


@pytest.mark.parametrize(
    ("spec", "name"), [("valley", "nowhere"), ("valley", "age"), ("valley", "plain"), ("xor", "b")]
)
def test_what_has_no_path_to_draw_beside(spec: str, name: str) -> None:
    made = load(SPECS / f"{spec}.graph")
    with pytest.raises(SpecError, match="nothing to plot as `landscape`"):
        made.plot("landscape", beside=name)
