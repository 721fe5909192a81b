"""The warning that names where a value came from which is not finite."""

from pathlib import Path

import numpy as np
import pytest

from chainrule.compiler.compile import compiled
from chainrule.compiler.graph.graph import Graph
from chainrule.grammar.source import Source
from chainrule.runtime.arrays import Value
from chainrule.runtime.evaluate.first_nonfinite import first_nonfinite

TEXT = "dim N\ninput x: [N, 2]\ninput v: [3]\na = log(x)\nb = a * 2\nc = log(v)\noutput s = sum(b)\noutput r = sum(c)\n"


def graph() -> Graph:
    return compiled(Source("test.graph", TEXT), Path()).spec.graph


def values(**spoilt: Value) -> list[Value | None]:
    made: list[Value | None] = [
        np.ones(tuple(4 if not isinstance(size, int) else size for size in node.type.shape)) for node in graph().nodes
    ]
    for path, value in spoilt.items():
        made[graph().index[path]] = value
    return made


def at(*place: int, shape: tuple[int, ...], value: float = np.inf) -> Value:
    array = np.zeros(shape)
    array[place] = value
    return array


def test_nothing_is_said_of_what_is_finite() -> None:
    made = graph()
    assert first_nonfinite(made, values(), made.outputs) == ()
    assert first_nonfinite(made, values(a=at(0, 0, shape=(4, 2))), made.outputs) == (), "it did no harm"


@pytest.mark.parametrize("start", [0, 10])
def test_rows_are_counted_from_the_first_of_all(start: int) -> None:
    made = graph()
    spoilt = values(a=at(3, 1, shape=(4, 2)), b=at(3, 1, shape=(4, 2)), s=np.array(np.nan))
    (found,) = first_nonfinite(made, spoilt, made.outputs, start)
    assert f"`a` is inf at [{3 + start}, 1]" in found.message
    assert found.where == made.nodes[made.index["a"]].span


def test_elements_that_are_no_rows_are_counted_as_they_stand() -> None:
    made = graph()
    (found,) = first_nonfinite(made, values(c=at(2, shape=(3,), value=-np.inf), r=np.array(-np.inf)), made.outputs, 10)
    assert "`c` is -inf at [2]" in found.message
    (found,) = first_nonfinite(made, values(s=np.array(np.nan)), made.outputs, 10)
    assert "`s` is nan" in found.message
    assert "[" not in found.message


def test_what_has_no_name_and_no_place_is_told_at_what_was_asked_for() -> None:
    made = graph()
    number = made.index["a"]
    nodes = [*made.nodes[:number], made.nodes[number]._replace(path="", span=None), *made.nodes[number + 1 :]]
    bare = Graph(tuple(nodes), {}, {}, (), frozenset(), {}, {})
    spoilt = values(a=at(0, 0, shape=(4, 2)), b=at(0, 0, shape=(4, 2)))
    (found,) = first_nonfinite(bare, spoilt, [made.index["b"]])
    assert "`log`, made for a gradient," in found.message
    assert found.where == made.nodes[made.index["b"]].span
