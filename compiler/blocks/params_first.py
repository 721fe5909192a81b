"""Params that are declared while the first copy of a scan is made, put before it: they belong to all copies."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

from ..elaborate.draft import Draft
from ..ops.leaves import PARAM


def params_first(draft: Draft, start: int, expansions: int) -> dict[int, int]:
    """Moves the params among the nodes from `start` on to the front of these; returns the new places by the old ones.

    `expansions` is how many of them there were then. Whoever holds numbers of these nodes is the draft, and the caller.
    """
    nodes = draft.builder.nodes
    made = range(start, len(nodes))
    params = [number for number in made if nodes[number].operation is PARAM]
    if not params:
        return {}
    order = [*params, *(number for number in made if nodes[number].operation is not PARAM)]
    places = {number: place for place, number in enumerate(order, start)}
    draft.builder.move(start, places)
    draft.places.forget(start)
    for number in params:
        path = nodes[places[number]].path
        draft.params[path] = replace(draft.params[path], index=places[number])
    for number in [each for each in draft.origins if each >= start]:
        draft.origins[places[number]] = draft.origins.pop(number)
    for number, each in enumerate(draft.expansions[expansions:], expansions):
        first, stop = (place + len(params) - bisect_left(params, place) for place in (each.start, each.stop))
        draft.expansions[number] = each._replace(start=first, stop=stop)
    return places
