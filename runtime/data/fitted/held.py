"""What a fitted step of a column holds of the rows that were trained on, and how files say it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from ....compiler.graph.signatures import FITTED
from ...arrays import Array
from ...fields import Fields, Unfit

Held: TypeAlias = "Mapping[str, tuple[Fitted, ...]]"
"""What the fitted steps of each column hold, in their order."""

MOST_AXES = 64

MOST_LISTED = 8
"""Numbers or classes that a line shows."""

NUMBERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"standardize": ("mean", "std"), "scale": ("min", "max"), "fill": ("value",), "one_hot": (), "classes": ()}
)
"""The names of the numbers that each fitted call holds. Any other step is a reduction, which holds its value."""

VALUE = ("value",)


@dataclass(frozen=True, eq=False)
class Fitted:
    """What one step holds: `how` it is written, numbers by name (int64 or float64, of any shape), and classes.

    Classes are texts or whole numbers, in order, no two of them the same; None where the step has none.
    """

    how: str
    numbers: Mapping[str, Array] = field(default_factory=dict)
    classes: tuple[str, ...] | tuple[int, ...] | None = None

    def as_json(self) -> dict[str, object]:
        """As a file holds it; floats as they are, to the bit."""
        numbers = {name: array.tolist() for name, array in self.numbers.items()}
        return {"how": self.how, "numbers": numbers, "classes": None if self.classes is None else list(self.classes)}

    @staticmethod
    def of(record: object) -> "Fitted":
        """From what a file holds. Raises Unfit where no step holds such a thing."""
        fields = Fields(record)
        numbers = {name: _array(value) for name, value in fields.record("numbers").items()}
        fitted = Fitted(fields.text("how"), numbers, _classes(fields))
        _check(fitted)
        return fitted


def same(one: Sequence[Fitted], other: Sequence[Fitted]) -> bool:
    """Whether the steps of two columns hold the same, to the bit."""
    return [each.as_json() for each in one] == [each.as_json() for each in other]


def text_of(steps: Sequence[Fitted], *, exact: bool = False) -> str:
    """What a column holds, for people; `exact`: every digit."""
    return "; ".join(f"{each.how}: {values_text(each, exact=exact)}" for each in steps)


def values_text(fitted: Fitted, *, exact: bool = False) -> str:
    """What a step holds, for people: `mean 43.9, 17.2; std 5.45, 1.97`."""
    if fitted.classes is not None:
        return _listed([str(each) for each in fitted.classes], exact=exact)
    digits = 17 if exact else 6
    numbers = {
        name: _listed([f"{value:.{digits}g}" for value in array.ravel()], exact=exact)
        for name, array in fitted.numbers.items()
    }
    if numbers.keys() == set(VALUE):
        return numbers["value"]
    return "; ".join(f"{name} {each}" for name, each in numbers.items())


def _listed(texts: list[str], *, exact: bool) -> str:
    if len(texts) <= MOST_LISTED or exact:
        return ", ".join(texts)
    return f"{', '.join(texts[:MOST_LISTED])}, ... ({len(texts):,})"


def held_json(held: Held) -> dict[str, object]:
    """What columns hold, as a file has it."""
    return {name: [each.as_json() for each in steps] for name, steps in held.items()}


def held_of(fields: Fields, name: str) -> dict[str, tuple[Fitted, ...]]:
    """What columns hold, from a field of a file; nothing where it has no such field. Raises Unfit."""
    if name not in fields:
        return {}
    record = fields.record(name)
    if not all(type(steps) is list for steps in record.values()):
        raise Unfit
    return {column: tuple([Fitted.of(each) for each in steps]) for column, steps in record.items()}


# --- held to its form -------------------------------------------------------------------------------------------


def _check(fitted: Fitted) -> None:
    """Raises Unfit where the numbers are not those of the call, or such as no rows give."""
    name = fitted.how.partition("(")[0]
    if fitted.numbers.keys() != set(NUMBERS.get(name, VALUE)):
        raise Unfit
    if (fitted.classes is not None) != (name in FITTED and not NUMBERS[name]):
        raise Unfit
    shapes = {array.shape for array in fitted.numbers.values()}
    if len(shapes) > 1:
        raise Unfit
    if name in ("standardize", "scale") and any(array.dtype.kind != "f" for array in fitted.numbers.values()):
        raise Unfit
    if name == "standardize" and (fitted.numbers["std"] < 0).any():
        raise Unfit
    if name == "scale" and (fitted.numbers["min"] > fitted.numbers["max"]).any():
        raise Unfit


def _classes(fields: Fields) -> tuple[str, ...] | tuple[int, ...] | None:
    if "classes" not in fields:
        return None
    listed = fields.items("classes")
    kinds = {type(each) for each in listed}
    if kinds not in ({str}, {int}) or any(one >= other for one, other in pairwise(listed)):
        raise Unfit
    if kinds == {int} and not all(-(2**63) <= each < 2**63 for each in listed):
        raise Unfit
    return tuple(listed)


def _array(value: object) -> Array:
    """Numbers, alone or in lists of one length, all whole or all real. Raises Unfit."""
    leaves: list[Any] = [value]
    shape: list[int] = []
    while any(type(each) is list for each in leaves):
        lengths = {len(each) if type(each) is list else -1 for each in leaves}
        if len(lengths) > 1 or not min(lengths) > 0 or len(shape) == MOST_AXES:
            raise Unfit
        shape.append(min(lengths))
        leaves = [item for each in leaves for item in each]
    if all(type(each) is int and -(2**63) <= each < 2**63 for each in leaves):
        return np.array(leaves, np.int64).reshape(shape)
    if not all(type(each) is float and math.isfinite(each) for each in leaves):
        raise Unfit
    return np.array(leaves, np.float64).reshape(shape)
