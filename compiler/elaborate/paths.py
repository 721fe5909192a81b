"""Paths of nodes: `y.relu`, `y.relu_2`, `fc1.W`. No two nodes have the same."""

from collections.abc import Iterable


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
