"""Order and circles among things that use one another: statements of a file, blocks that call blocks."""

from collections.abc import Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush

Edge = tuple[int, int]
"""From what is used to what uses it."""


def topological(count: int, edges: Sequence[Edge]) -> list[int]:
    """Vertices in topological order, else by number; those on or behind a circle are left out."""
    users: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for used, user in edges:
        users[used].append(user)
        waiting[user] += 1
    ready = [vertex for vertex in range(count) if not waiting[vertex]]
    heapify(ready)
    order: list[int] = []
    while ready:
        vertex = heappop(ready)
        order.append(vertex)
        for user in users[vertex]:
            waiting[user] -= 1
            if not waiting[user]:
                heappush(ready, user)
    return order


def circles(vertices: Sequence[int], edges: Sequence[Edge]) -> list[tuple[list[int], set[int]]]:
    """A shortest circle through the first vertex of each knot of circles, and all vertices of that knot.

    A circle goes from a vertex to one that it uses; knots come in the order of their first vertices.
    """
    uses: dict[int, set[int]] = {vertex: set() for vertex in vertices}
    users: dict[int, set[int]] = {vertex: set() for vertex in vertices}
    for used, user in edges:
        if used in uses and user in uses:
            uses[user].add(used)
            users[used].add(user)
    found = []
    for knot in sorted(_knots(uses, users), key=min):
        first = min(knot)
        if len(knot) > 1 or first in uses[first]:
            found.append((_shortest(uses, first, knot), knot))
    return found


def _knots(uses: Mapping[int, set[int]], users: Mapping[int, set[int]]) -> Iterator[set[int]]:
    """The strongly connected components, as Kosaraju has them: what was left last leads to all of its knot."""
    entered: set[int] = set()
    left = [vertex for start in users for vertex in _left(start, users, entered)]
    entered = set()
    for start in reversed(left):
        if start not in entered:
            yield set(_left(start, uses, entered))


def _left(start: int, following: Mapping[int, set[int]], entered: set[int]) -> Iterator[int]:
    """The vertices to which one leads and that were not entered before, each once all behind it have been left."""
    if start in entered:
        return
    entered.add(start)
    way = [(start, iter(following[start]))]
    while way:
        vertex, ahead = way[-1]
        further = next((each for each in ahead if each not in entered), None)
        if further is None:
            way.pop()
            yield vertex
        else:
            entered.add(further)
            way.append((further, iter(following[further])))


def _shortest(uses: Mapping[int, set[int]], first: int, knot: set[int]) -> list[int]:
    """A shortest way from a vertex through what it uses back to itself."""
    came_from: dict[int, int] = {}
    frontier = [first]
    while frontier:
        following: list[int] = []
        for vertex in frontier:
            for used in sorted(uses[vertex]):
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
