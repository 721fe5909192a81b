"""Paths of nodes: `y.relu`, `y.relu_2`, `fc1.W`. No two nodes have the same."""

from collections.abc import Iterable, Sequence

from ..graph.graph import Node


class Paths:
    """The paths of one compilation."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._counts: dict[tuple[str, str], int] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._taken

    def take(self, path: str) -> str:
        """Enters a path that the text gives a node."""
        self._taken.add(path)
        return path

    def numbered(self, statement: str, name: str) -> str:
        """The path of the next unnamed node of a statement: numbers begin with the second."""
        count = self._counts.get((statement, name), 0)
        first = path = f"{statement}.{name}"
        while True:
            count += 1
            path = first if count == 1 else f"{first}_{count}"
            if path not in self._taken:
                break
        self._counts[statement, name] = count
        return self.take(path)

    def hold(self, path: str, names: Iterable[str]) -> bool:
        """Whether one of some names under a path is taken."""
        return any(f"{path}.{name}" in self._taken for name in names)


class Places:
    """Where the nodes of a graph that grows stand, by path; what was appended is looked at once it is asked for."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._seen = 0

    def of(self, path: str, nodes: Sequence[Node]) -> int | None:
        """The node of a path, None where none has it."""
        for number in range(self._seen, len(nodes)):
            if nodes[number].path:
                self._numbers[nodes[number].path] = number
        self._seen = len(nodes)
        return self._numbers.get(path)

    def forget(self, start: int) -> None:
        """Nodes from a number on have other places."""
        self._seen = min(self._seen, start)
