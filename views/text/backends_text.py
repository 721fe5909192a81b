"""What two backends make of the same nodes, as text and as JSON."""

from ...runtime.checks.backends import BackendDifference, Differing
from .json_values import Json, json_value

LISTED = 20
"""Nodes that are listed at most."""


def backends_text(found: BackendDifference) -> str:
    """How many nodes there are, where they are furthest apart, and the same for each, the furthest first."""
    largest = found.largest
    if largest is None:
        return "there are no nodes that compute anything"
    if not largest.apart:
        return f"{found.nodes} nodes, each the same to the bit"
    said = f"furthest apart is `{found.name(largest.node)}`, by {largest.apart:.1e} of the largest number in it"
    lines = [f"{found.nodes} nodes, each of the same operands: {said}"]
    apart = sorted((each for each in found.each if each.apart), key=lambda each: -each.apart)
    wide = max(len(found.name(each.node)) for each in apart[:LISTED])
    for each in apart[:LISTED]:
        element = f"[{', '.join(map(str, each.place))}]" if each.place else ""
        numpy, jax = (f"{value:.9g}" for value in each.values)
        lines.append(f"  {found.name(each.node):{wide}}  {each.apart:.1e}  {element or 'it'}: numpy {numpy}, jax {jax}")
    if len(apart) > LISTED:
        lines.append(f"  and {len(apart) - LISTED} more (`--json` has all)")
    return "\n".join(lines)


def backends_document(found: BackendDifference) -> dict[str, Json]:
    """The same as JSON."""
    return {
        "same": found.first is None,
        "nodes": found.nodes,
        "largest": _differing(found, found.largest),
        "first": _differing(found, found.first),
        "each": [_differing(found, each) for each in found.each],
    }


def _differing(found: BackendDifference, each: Differing | None) -> dict[str, Json] | None:
    if each is None:
        return None
    numpy, jax = each.values
    return {
        "node": found.name(each.node),
        "place": list(each.place),
        "numpy": json_value(numpy),
        "jax": json_value(jax),
        "apart": json_value(each.apart),
    }
