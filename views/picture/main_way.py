"""Which wires are the main way of a picture: what a reader follows from the inputs to the end."""

from collections.abc import Sequence
from typing import NamedTuple

from ..layout.ranks import ranks
from .picture import Picture

ASIDE = frozenset({"param", "state", "constant"})
"""Kinds of boxes from which no main way comes: they stand beside what uses them."""


class MainWays(NamedTuple):
    """For each wire, whether it is the main way out of the box it comes from, and into the one it goes to.

    Into a box that is the longest one from an input, out of one the longest to the end. Of equally long ones none is:
    they stand around the middle.
    """

    out: list[bool]
    into: list[bool]


def main_ways(picture: Picture) -> MainWays:
    """The main ways of a picture, in linear time."""
    place = {box.key: number for number, box in enumerate(picture.boxes)}
    links = [(place[wire.source], place[wire.target]) for wire in picture.wires]
    from_any = ranks(len(picture.boxes), links, ())
    to_end = ranks(len(picture.boxes), [(target, source) for source, target in links], ())
    from_input = _depths(picture, links, from_any)
    coming = [(from_input[source], from_any[source]) for source, _ in links]
    going = [(to_end[target], 0) for _, target in links]
    return MainWays(_longest([source for source, _ in links], going), _longest([target for _, target in links], coming))


def _depths(picture: Picture, links: Sequence[tuple[int, int]], order: Sequence[int]) -> list[int]:
    """The length of the longest way to each box from one that is no parameter or constant; -1 where there is none."""
    depth = [-1 if box.kind in ASIDE else 0 for box in picture.boxes]
    for _, target in links:
        depth[target] = -1
    for source, target in sorted(links, key=lambda link: order[link[0]]):
        if depth[source] >= 0:
            depth[target] = max(depth[target], depth[source] + 1)
    return depth


def _longest(ends: Sequence[int], lengths: Sequence[tuple[int, int]]) -> list[bool]:
    """For each of some ways, whether it is the only longest one of those that share its end."""
    most: dict[int, tuple[int, int]] = {}
    count: dict[int, int] = {}
    for end, length in zip(ends, lengths, strict=True):
        if end not in most or length > most[end]:
            most[end], count[end] = length, 1
        elif length == most[end]:
            count[end] += 1
    return [length == most[end] and count[end] == 1 for end, length in zip(ends, lengths, strict=True)]
