"""What programs are made of: shapes, expressions of a shape, inputs, and the program itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np

Shape: TypeAlias = tuple[int | str, ...]
"""Sizes of axes; "N" counts the rows of a batch."""


SIZES = (1, 1, 2, 3, 4)
"""Sizes of axes; those of size one are where a sum is a view."""


MOST = 8
"""The largest size that an axis grows to."""


class Term(NamedTuple):
    """An expression and its shape."""

    text: str
    shape: Shape


class Input(NamedTuple):
    """What an input is fed: its shape, and for class numbers how many classes there are."""

    shape: Shape
    classes: int = 0


@dataclass(frozen=True)
class RandomProgram:
    """The text of a spec without data, what its inputs are fed, and the rows of each step."""

    text: str
    inputs: Mapping[str, Input]
    rows: tuple[int, ...]
    precision: str

    def batch(self, rows: int, seed: int) -> dict[str, Any]:
        """Values for all inputs, a negative zero among them."""
        generator = np.random.default_rng([seed, rows])
        made: dict[str, Any] = {}
        for name, (shape, classes) in self.inputs.items():
            sizes = tuple(rows if size == "N" else int(size) for size in shape)
            if classes:
                made[name] = generator.integers(classes, size=sizes)
            else:
                made[name] = np.array(generator.normal(size=sizes), self.precision)
                made[name].flat[0] = -0.0
        return made

    def batches(self) -> list[dict[str, Any]]:
        """What each step is given."""
        return [self.batch(rows, step) for step, rows in enumerate(self.rows)]


def bracketed(shape: Shape) -> str:
    return f"[{', '.join(map(str, shape))}]" if shape else "real"


def typed(shape: Shape, classes: int = 0) -> str:
    return ("int" if classes else "") + bracketed(shape)


def broadcast(one: Shape, other: Shape) -> Shape | None:
    """The shape that two shapes broadcast to; None where they do not."""
    longest = max(len(one), len(other))
    padded = ((1,) * (longest - len(shape)) + tuple(shape) for shape in (one, other))
    sizes: list[int | str] = []
    for left, right in zip(*padded, strict=True):
        if left != right and 1 not in (left, right):
            return None
        sizes.append(right if left == 1 else left)
    return tuple(sizes)
