"""Topological order and circles."""

import networkx
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.elaborate.circles import circles, topological

GRAPHS = st.integers(1, 8).flatmap(
    lambda count: st.tuples(
        st.just(count), st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=12)
    )
)


@given(GRAPHS)
def test_what_is_placed_stands_behind_what_it_uses(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, edges = graph
    order = topological(count, edges)
    assert len(set(order)) == len(order)
    for used, user in edges:
        if user in order:
            assert order.index(used) < order.index(user)
    if len(order) == count:
        assert networkx.is_directed_acyclic_graph(networkx.DiGraph(edges))


@given(GRAPHS)
def test_each_circle_is_one(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, edges = graph
    found = circles(range(count), edges)
    assert bool(found) == (not networkx.is_directed_acyclic_graph(networkx.DiGraph(edges)))
    on_one = {vertex for _, knot in found for vertex in knot}
    judge = networkx.DiGraph(edges)
    looped = {v for knot in networkx.strongly_connected_components(judge) if len(knot) > 1 for v in knot}
    assert on_one == looped | {user for used, user in edges if used == user}
    for circle, knot in found:
        assert circle[0] == min(knot)
        assert set(circle) <= knot
        for user, used in zip(circle, [*circle[1:], circle[0]], strict=True):
            assert (used, user) in edges


def test_what_could_stand_anywhere_keeps_the_order_of_the_text() -> None:
    assert topological(5, [(4, 0)]) == [1, 2, 3, 4, 0]
    assert topological(3, []) == [0, 1, 2]
