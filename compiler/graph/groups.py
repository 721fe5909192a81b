"""Groups of params: what an optimiser does otherwise with some of them, and which it leaves as they are."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from ...grammar.source import Span
from .signatures import ArgumentValue, Invocation

ANY = "*"
"""Stands for any characters of a path, dots among them; all else stands for itself."""


class Group(NamedTuple):
    """`group("head.*", lr = 0.1)`: params whose path the pattern matches, and the settings that are replaced for them.

    Frozen params keep their values, and have no settings. `columns`: devices that train them together share their last
    axis, `shard = columns`.
    """

    pattern: str
    frozen: bool
    settings: Mapping[str, ArgumentValue]
    span: Span
    columns: bool = False

    def of(self, optimizer: Invocation) -> Invocation:
        """The optimiser as it treats these params."""
        return optimizer._replace(arguments={**optimizer.arguments, **self.settings})


def grouped(groups: Sequence[Group], paths: Iterable[str]) -> dict[str, int]:
    """The number of each path's group, the first whose pattern matches; paths that are in none are left out."""
    exact: dict[str, int] = {}
    wide: list[tuple[int, Callable[[str], bool]]] = []
    for number, group in enumerate(groups):
        if ANY in group.pattern:
            wide.append((number, matcher(group.pattern)))
        else:
            exact.setdefault(group.pattern, number)
    found: dict[str, int] = {}
    for path in paths if groups else ():
        last = exact.get(path, len(groups))
        number = next((each for each, matches in wide if each < last and matches(path)), last)
        if number < len(groups):
            found[path] = number
    return found


def frozen_paths(groups: Sequence[Group], paths: Iterable[str]) -> frozenset[str]:
    """The paths that a group freezes."""
    return frozenset(path for path, number in grouped(groups, paths).items() if groups[number].frozen)


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a path matches a pattern; linear in the path, however many `*` there are."""
    first, *rest = pattern.split(ANY)
    if not rest:
        return pattern.__eq__
    *middle, last = rest

    def matches(path: str) -> bool:
        place, end = len(first), len(path) - len(last)
        if place > end or not path.startswith(first) or not path.endswith(last):
            return False
        for part in middle:  # the leftmost place leaves the most for those that follow
            found = path.find(part, place, end)
            if found < 0:
                return False
            place = found + len(part)
        return True

    return matches


def settings_text(group: Group) -> str:
    """What holds for a group, as a spec writes it."""
    given = ["frozen = true"] if group.frozen else [f"{name} = {value}" for name, value in group.settings.items()]
    given += ["shard = columns"] if group.columns else []
    return ", ".join(given)


def groups_text(groups: Sequence[Group]) -> str:
    """All groups as a spec writes them."""
    written = (", ".join(filter(None, (f'"{group.pattern}"', settings_text(group)))) for group in groups)
    return f"[{', '.join(f'group({each})' for each in written)}]"
