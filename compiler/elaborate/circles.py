"""Order and circles among things that use one another: statements of a file, blocks that call blocks."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx

Edge = tuple[int, int]
"""From what is used to what uses it."""


def topological(count: int, edges: Sequence[Edge]) -> list[int]:
    """Vertices in topological order, else by number; those on or behind a circle are left out."""
    import networkx  # a tenth of a second to import: text that is in order does without

    graph: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(edges)
    order: list[int] = []
    with suppress(networkx.NetworkXUnfeasible):  # raised at the end, once all that is not on a circle has come
        for vertex in networkx.lexicographical_topological_sort(graph):
            order.append(vertex)  # noqa: PERF402  # extend would lose what came before the exception
    return order


def circles(vertices: Sequence[int], edges: Sequence[Edge]) -> list[tuple[list[int], set[int]]]:
    """A shortest circle through the first vertex of each knot of circles, and all vertices of that knot.

    A circle goes from a vertex to one that it uses; knots come in the order of their first vertices.
    """
    import networkx  # see above

    inside = set(vertices)
    graph: networkx.DiGraph[int] = networkx.DiGraph()
    graph.add_nodes_from(vertices)
    graph.add_edges_from(edge for edge in edges if edge[0] in inside and edge[1] in inside)
    found = []
    for knot in sorted(networkx.strongly_connected_components(graph), key=min):
        first = min(knot)
        if len(knot) > 1 or graph.has_edge(first, first):
            found.append((_shortest(graph, first, knot), knot))
    return found


def _shortest(graph: "networkx.DiGraph[int]", first: int, knot: set[int]) -> list[int]:
    """A shortest way from a vertex through what it uses back to itself."""
    came_from: dict[int, int] = {}
    frontier = [first]
    while frontier:
        following: list[int] = []
        for vertex in frontier:
            for used in sorted(graph.predecessors(vertex)):
                if used == first:
                    circle = [vertex]
                    while circle[-1] != first:
                        circle.append(came_from[circle[-1]])
                    return circle[::-1]
                if used in knot and used not in came_from:
                    came_from[used] = vertex
                    following.append(used)
        frontier = following
    return [first]
