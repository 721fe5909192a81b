"""What two backends make of the same nodes, as text and as JSON."""

from ...runtime.checks.backends import BackendDifference, Differing
from .json_values import Json, json_value


def backends_text(found: BackendDifference) -> str:
    """How many nodes there are, and where they are furthest apart."""
    largest = found.largest
    if largest is None:
        return "there are no nodes that compute anything"
    if not largest.apart:
        return f"{found.nodes} nodes, each the same to the bit"
    said = f"furthest apart is `{found.name(largest.node)}`, by {largest.apart:.1e} of the largest number in it"
    return f"{found.nodes} nodes, each of the same operands: {said}"


def backends_document(found: BackendDifference) -> dict[str, Json]:
    """The same as JSON."""
    return {
        "same": found.first is None,
        "nodes": found.nodes,
        "largest": _differing(found, found.largest),
        "first": _differing(found, found.first),
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
