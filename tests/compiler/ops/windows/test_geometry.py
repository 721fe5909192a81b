"""Windows over the axes of space: how many fit, where their parts lie."""

import numpy as np
import pytest

from chainrule.compiler.ops.windows.geometry import MOST_PARTS, PART, boxes, windows
from chainrule.compiler.shape import Clash


@pytest.mark.parametrize(
    ("space", "size", "stride", "padding", "dilation", "counts", "sides"),
    [
        ((28, 28), (5, 5), 1, 2, 1, (28, 28), ((2, 2), (2, 2))),
        ((7,), (3,), 2, "valid", 1, (3,), ((0, 0),)),
        ((7,), (4,), 1, "same", 1, (7,), ((1, 2),)),
        ((7, 8), (3, 3), 2, "same", 1, (4, 4), ((1, 1), (0, 1))),
        ((7,), (3,), 1, "same", 2, (7,), ((2, 2),)),
        ((5, 6), (1, 3), (1, 2), ((0, 0), (1, 0)), (1, 2), (5, 2), ((0, 0), (1, 0))),
    ],
)
def test_how_many_fit(space, size, stride, padding, dilation, counts, sides) -> None:  # type: ignore[no-untyped-def]  # rows of a table
    found = windows("conv", space, size, stride, padding, dilation)
    assert found.counts == counts
    assert found.sides == sides


@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "said"),
    [
        (0, 0, 1, "stride is 0"),
        (1.5, 0, 1, "stride is 1.5"),
        ((1, 1), 0, 1, r"stride is \[1, 1\]"),
        (1, -1, 1, "padding is -1"),
        (1, ((0, 1, 2),), 1, r"padding is \[\[0, 1, 2\]\]"),
        (1, 0, 0, "dilation is 0"),
        (1, 1, 4, r"a window of 9 does not fit into 6 with \[\[1, 1\]\] added: along axis 2 it needs 9, there are 8"),
    ],
)
def test_what_does_not_fit_is_said_with_its_numbers(stride, padding, dilation, said: str) -> None:  # type: ignore[no-untyped-def]  # as above
    with pytest.raises(Clash, match=said):
        windows("conv", (6,), (3,), stride, padding, dilation)


@pytest.mark.parametrize("counts", [(1,), (7,), (5, 3), (28, 28, 100), (3, 1000, 7), (2, 2, 2, 50000)])
@pytest.mark.parametrize("patch", [1, 25, 576, 10 * PART])
def test_parts_lie_one_after_the_other(counts: tuple[int, ...], patch: int) -> None:
    found = boxes(counts, patch)
    whole = int(np.prod(counts))
    numbers = np.arange(whole).reshape(counts)
    seen = [
        numbers[tuple(slice(first, first + size) for first, size in zip(box.start, box.counts, strict=True))].ravel()
        for box in found
    ]
    np.testing.assert_array_equal(np.concatenate(seen), np.arange(whole))
    most = max(PART // patch, whole // MOST_PARTS, 1)
    assert all(part.size <= most for part in seen)
    assert len(found) <= 4 * MOST_PARTS or len(found) <= 4 * whole * patch / PART


def test_parts_of_one_cut_are_alike() -> None:
    sizes = [int(np.prod(box.counts)) for box in boxes((28, 28, 100), 25)]
    assert max(sizes) <= 2 * min(sizes)
