"""Names that differ in one number, as those of the layers of a net do: `encoder.0.bias`, `encoder.1.bias`."""

import re
from collections.abc import Sequence
from typing import NamedTuple

LONGEST = 400
"""Letters of a name that are looked at."""

DIGITS = re.compile(r"(\d{1,9})")


class Alike(NamedTuple):
    """What stands before the number that differs, the numbers, and what stands behind it."""

    before: str
    numbers: tuple[int, ...]
    after: str


def alike(names: Sequence[str]) -> Alike | None:
    """What some names share; None where they differ in more than a number, or where nothing comes after the number.

    A number at the end (`relu_1`, `relu_2`) only counts things up, and says nothing of where they belong.
    """
    pieces = [DIGITS.split(name[:LONGEST]) for name in names]
    first = pieces[0]
    if any(len(each) != len(first) for each in pieces):
        return None
    differing = [place for place, column in enumerate(zip(*pieces, strict=True)) if len({*column}) > 1]
    if len(differing) != 1 or differing[0] % 2 == 0:
        return None
    (place,) = differing
    after = "".join(first[place + 1 :])
    if not re.search(r"^\W.*\w|^_.*[^\W_]", after, re.DOTALL):
        return None
    return Alike("".join(first[:place]), tuple([int(each[place]) for each in pieces]), after)
