"""Bytes of memory: what overlaps, what is left over, and where bound objects lie."""

import numpy as np
import pytest

from chainrule.compiler.targets.regions import ITEM_BYTES, Region, region_of

WHOLE = Region("arena", 64, 128)


@pytest.mark.parametrize(
    ("other", "overlaps", "left"),
    [
        (Region("arena", 0, 64), False, [WHOLE]),
        (Region("arena", 128, 256), False, [WHOLE]),
        (Region("memory", 64, 128), False, [WHOLE]),
        (Region("arena", 0, 65), True, [Region("arena", 65, 128)]),
        (Region("arena", 127, 128), True, [Region("arena", 64, 127)]),
        (Region("arena", 80, 96), True, [Region("arena", 64, 80), Region("arena", 96, 128)]),
        (Region("arena", 0, 256), True, []),
    ],
)
def test_two_regions(other: Region, overlaps: bool, left: list[Region]) -> None:
    assert WHOLE.overlaps(other) == other.overlaps(WHOLE) == overlaps
    assert WHOLE.without(other) == left
    assert other.holds(WHOLE) == (not left)


KNOWN = {"b0": Region("arena", 64, 64 + 40 * 4)}
PLACES = {
    ("arena", 64, (10, 4), "float32"): KNOWN["b0"],
    ("row", 64, (5,), "int64"): Region("arena", 64, 104),
    ("held", "memory", 3, (2, 2)): Region("memory", 12, 28),
    ("held", "rate", 0, ()): Region("rate", 0, 4),
    ("full", 1.0, (3,), "float64"): Region("b9", 0, 24),
    ("arange", 10, 3): Region("b9", 0, 32),
    ("reshape", "b0", (40,)): KNOWN["b0"],
    ("rows", "b0", 2, 5, 10): Region("arena", 96, 144),
    ("method", "b0", "dot"): KNOWN["b0"],
    ("function", "add"): None,
}


@pytest.mark.parametrize("binding", PLACES, ids=lambda binding: str(binding[0]))
def test_where_objects_lie(binding: tuple[object, ...]) -> None:
    kind, *arguments = binding
    assert region_of("b9", str(kind), tuple(arguments), "float32", KNOWN.get) == PLACES[binding]


@pytest.mark.parametrize("dtype", ITEM_BYTES)
def test_arrays_take_the_bytes_of_their_elements(dtype: str) -> None:
    size = 8 if dtype == "intp" else np.dtype(dtype).itemsize  # where addresses have 64 bits
    assert region_of("b9", "full", (1.0, (3, 5), dtype), "float32", KNOWN.get) == Region("b9", 0, 15 * size)
