"""Generated points: by seed, of the announced shape, on the announced curve where there is no noise."""

from typing import Any

import numpy as np
import pytest

from chainrule.compiler.graph.signatures import GENERATORS as SIGNATURES
from chainrule.compiler.graph.signatures import Invocation
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.data.column import Array
from chainrule.runtime.data.readers.generators import GENERATORS, generate


def points(name: str, column: str, **arguments: Any) -> Array:
    defaults = {parameter.name: parameter.default for parameter in SIGNATURES[name].parameters}
    return np.asarray(generate(Invocation(name, {**defaults, "column": column, **arguments}), None).array)


def test_every_generator_is_carried_out() -> None:
    assert set(GENERATORS) == set(SIGNATURES)


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_the_seed_decides(name: str) -> None:
    first, again, other = (points(name, "x", seed=seed) for seed in (7, 7, 8))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()
    assert np.isfinite(first).all()
    assert len(first) == len(points(name, "t", seed=7))


@pytest.mark.parametrize("name", ["spiral", "moons", "circles"])
def test_classes_take_turns(name: str) -> None:
    t = points(name, "t", rows=31)
    assert t.dtype == np.int64
    assert points(name, "x", rows=31).shape == (31, 2)
    counts = np.bincount(t)
    assert counts.max() - counts.min() <= 1


def test_without_noise_points_lie_on_their_curves() -> None:
    assert np.allclose(
        points("line", "t", noise=0.0, slope=3.0, intercept=-1.0), 3 * points("line", "x", noise=0.0) - 1
    )
    assert np.allclose(points("sine", "t", noise=0.0), np.sin(points("sine", "x", noise=0.0)))
    circles, kind = points("circles", "x", noise=0.0), points("circles", "t")
    assert np.allclose(np.hypot(*circles.T), np.where(kind == 0, 1.0, 0.5))
    moons, kind = points("moons", "x", noise=0.0), points("moons", "t")
    assert np.allclose(np.hypot(moons[:, 0] - kind, moons[:, 1] - 0.5 * kind), 1)
    spiral = points("spiral", "x", noise=0.0, rows=30, classes=3)
    assert np.allclose(np.hypot(*spiral.T), np.repeat(np.arange(10) / 9, 3))


def test_one_row_is_enough() -> None:
    for name in SIGNATURES:
        assert len(points(name, "x", rows=1)) == 1


def test_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SpecError) as caught:
        points("line", "z")
    assert caught.value.diagnostics[0].code == "G402"
    monkeypatch.setenv("CHAINRULE_DATA_LIMIT", "1")
    with pytest.raises(SpecError) as caught:
        points("spiral", "x", rows=100_000_000)
    assert caught.value.diagnostics[0].code == "G414"
