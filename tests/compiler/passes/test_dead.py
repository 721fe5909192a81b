"""Dead nodes: what targets need is kept, whatever stands between."""

from itertools import combinations

import pytest

from chainrule.compiler.graph.graph import GraphBuilder
from chainrule.compiler.lower.computation import Computation
from chainrule.compiler.lower.verify import verify
from chainrule.compiler.passes.dead import DropDead
from chainrule.compiler.shape import Type


@pytest.mark.parametrize("targets", [each for size in (1, 2) for each in combinations(range(6), size)])
def test_targets_and_what_they_hang_on_are_kept(targets: tuple[int, ...]) -> None:
    builder = GraphBuilder()
    x, y = (builder.input(name, Type("real", (2,)), None) for name in "xy")
    h = builder.exp(x)
    k = builder.mul(h, y)
    builder.tanh(y)
    builder.add(k, h)
    needs = {0: {0}, 1: {1}, 2: {0, 2}, 3: {0, 1, 2, 3}, 4: {1, 4}, 5: {0, 1, 2, 3, 5}}
    made = DropDead()(Computation(tuple(builder.nodes), targets, "float64"))
    verify(made)
    kept = sorted(set().union(*(needs[each] for each in targets)))
    assert [node.operation for node in made.nodes] == [builder.nodes[each].operation for each in kept]
    assert made.targets == tuple(kept.index(each) for each in targets)
