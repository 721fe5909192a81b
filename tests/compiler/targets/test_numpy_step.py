"""Updates whose new values lie where others are still to be read."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planned import CACHED, WAYS, same, section_of, trainer_of

from chainrule.compiler.compile import compiled
from chainrule.compiler.derive import optimisers, training
from chainrule.compiler.derive.optimisers import Optimiser, References, Update
from chainrule.compiler.lower import packing
from chainrule.compiler.ops.operation import Reference
from chainrule.grammar.source import Source


def looking_back(update: Update, p: Reference, g: Reference, states: References) -> tuple[Reference, References]:
    """Keeps the parameter and the gradient of the step before, as they are: no operation stands between."""
    builder = update.builder
    change = builder.sub(builder.mul(builder.constant(0.1), g), builder.mul(builder.constant(0.01), states[0]))
    return builder.sub(p, builder.sub(change, states[1])), (p, builder.mul(states[2], states[1]), g)


@pytest.mark.parametrize("size", [3, 400])
@pytest.mark.parametrize("penalty", ["", " + 0.1 * sum(v)"])
def test_states_that_are_what_was_there_before(size: int, penalty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = Optimiser("back", ("parameter", "product", "gradient"), looking_back)
    for module in (optimisers, packing, training):
        monkeypatch.setattr(module, "OPTIMISERS", {"back": rule})
    text = f"""
dim N
input x: [N, {size}]
param w: [{size}, {size}] = normal(std = 0.1)
param v: [{size}, {size}] = normal(std = 0.1)
loss = mean((x @ w - x) ** 2) + 0.01 * sum(v * w){penalty}
train {{ minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 3 ; precision = float64 }}
"""
    spec = compiled(Source("test.graph", text), Path()).spec
    optimizer = replace(section_of(spec).optimizer, name="back")
    made = training.training_graph(spec.full, section_of(spec).minimize, optimizer)
    trainers = {name: trainer_of(spec, made, optimizer, way) for name, way in WAYS.items() if name != CACHED}
    generator = np.random.default_rng(0)
    batches: list[dict[str, Any]] = [{"x": generator.normal(size=(rows, size))} for rows in (2, 2, 1)]
    same(trainers, batches)
    plain = trainers["plain"]
    assert np.abs(plain.states["w parameter"]).sum() > 0
    assert not np.array_equal(plain.states["w parameter"], plain.params["w"])
