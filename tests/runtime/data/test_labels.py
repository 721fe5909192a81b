"""Class numbers held against their classes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from chainrule.compiler.build import build
from chainrule.compiler.graph.class_labels import judges
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.arrays import Array
from chainrule.runtime.data.labels import Limit, hold, limits

INT64 = st.integers(-(2**63), 2**63 - 1)


@given(arrays.arrays(np.int64, st.sampled_from([(), (1,), (7,), (2, 3)]), elements=st.integers(-2, 5) | INT64))
def test_a_number_is_a_class_from_0_to_the_last(labels: Array) -> None:
    for classes in (1, 3, 6):
        assert Limit("t", classes, 0).holds(labels) == bool(np.all((labels >= 0) & (labels < classes)))


def test_the_fewest_classes_count_once_sizes_are_known() -> None:
    text = "dim N, C\ninput x: [N, 3]\ninput y: [N, C]\ninput t: int[N]\n"
    graph = build(*parse(Source("test.graph", f"{text}a = softmax-loss(y, t)\nb = softmax-loss(x, t)\n")))[0].graph
    found = {size: limits(judges(graph), {"C": size}) for size in (2, 5)}
    assert {size: [(each.path, each.classes) for each in limit] for size, limit in found.items()} == {
        2: [("t", 2)],
        5: [("t", 3)],
    }
    assert [each.classes for each in limits(judges(graph), {})] == [3]
    hold(graph, found[2], {"t": np.array([0, 1])})
    with pytest.raises(SpecError, match=r"row 2 of `t` is class 2, but the classes are 0 to 1"):
        hold(graph, found[2], {"t": np.array([0, 2])})
