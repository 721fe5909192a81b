"""Names that differ in a number."""

import pytest

from chainrule.compiler.graph.names_alike import Alike, alike


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("encoder.0.bias", "encoder.1.bias"), Alike("encoder.", (0, 1), ".bias")),
        (("0.weight", "2.weight", "10.weight"), Alike("", (0, 2, 10), ".weight")),
        (("layer1.0.conv2.W", "layer1.1.conv2.W"), Alike("layer1.", (0, 1), ".conv2.W")),
        (("h[1].look", "h[2].look"), Alike("h[", (1, 2), "].look")),
        (("fc1_W", "fc2_W"), Alike("fc", (1, 2), "_W")),
        (("relu_1", "relu_2"), None),  # only counted
        (("body[1]", "body[2]"), None),
        (("a.0.b.0.c", "a.1.b.1.c"), None),  # which of the two it is nobody says
        (("a.0.b", "a.0.b"), None),
        (("a.0.b", "a.1.c"), None),
        (("a.0.b", "a.b"), None),
        (("", ""), None),
    ],
)
def test_names(names: tuple[str, ...], found: Alike | None) -> None:
    assert alike(names) == found


def test_long_names_take_no_time() -> None:
    assert alike(["1" * 10_000_000 + ".a", "2" * 10_000_000 + ".a"]) is None
