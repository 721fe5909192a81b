"""Updates whose new values lie where others are still to be read."""

import re
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
from chainrule.program.front_door import compile
from chainrule.views.stages.generated import python_text, training_subject


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
    optimizer = section_of(spec).optimizer._replace(name="back")
    made = training.training_graph(spec.full, section_of(spec).minimize, optimizer)
    trainers = {name: trainer_of(spec, made, optimizer, way) for name, way in WAYS.items() if name != CACHED}
    generator = np.random.default_rng(0)
    batches: list[dict[str, Any]] = [{"x": generator.normal(size=(rows, size))} for rows in (2, 2, 1)]
    same(trainers, batches)
    plain = trainers["plain"]
    assert np.abs(plain.states["w parameter"]).sum() > 0
    assert not np.array_equal(plain.states["w parameter"], plain.params["w"])


@pytest.mark.parametrize(("rows", "columns", "strips"), [(256, 70, 5), (256, 20, 1), (250, 70, 1)])
def test_matrices_whose_columns_share_places_of_the_cache_are_turned_in_strips(
    rows: int, columns: int, strips: int
) -> None:
    text = f"""
input k: [{rows * columns}]
param w: [{columns}, {rows}] = normal()
turned = reshape(transpose(exp(w)), [-1])
loss = sum(turned * k)
train {{ minimize = loss ; optimizer = sgd(lr = 0.001) ; steps = 3 ; precision = float32 }}
"""
    program = compile(text)
    subject = training_subject(program.written)
    assert subject is not None
    copies = re.findall(r"^ +(b\d+)\[\.\.\.\] = (b\d+)$", python_text(subject, {}), re.MULTILINE)
    parts = [each for each in copies if f"# {each[0]}: part" in python_text(subject, {})]
    assert len(parts) == (strips if strips > 1 else 0)
    k = np.random.default_rng(0).standard_normal(rows * columns)
    grown = []
    for optimise in (True, False):
        trainer = program.trainer(optimise=optimise)
        for _ in range(2):
            trainer.step(k=k)
        grown.append(trainer.params["w"])
    np.testing.assert_array_equal(grown[0], grown[1])
