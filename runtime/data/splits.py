"""Which rows of the data are trained on, which decide, and which judge: the one place that says so."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ...compiler.graph.shares import Fold, Share, Taken, shuffles
from ...compiler.graph.spec import TrainSection
from ...grammar.spec_error import SpecError
from .column import Array, Rows
from .faults import HOLD_OUT_LEAVES_NONE
from .random_streams import HOLD_OUT, stream
from .split_faults import FEW_FOR_CLASSES, FEW_FOR_FOLDS, VALIDATE_LEAVES_NONE


class Split(NamedTuple):
    """Indices of rows: those to train on, in the order that they keep, those to validate on, and those held out.

    None where a training takes no such rows from its data. With `rows` there are more than these in the data.
    """

    train: Array
    validate: Array | None
    test: Array | None


def split(section: TrainSection, rows: int, values: Callable[[str], Rows]) -> Split | None:
    """How a train section splits so many rows; None where all are trained on, as they stand.

    Rows to hold out are taken first, after one shuffle by the seed from its end, and rows to validate on from its
    beginning, so that neither changes what the other takes; `last` takes from the end of the data. `rows` then keeps
    a share of what is left, and changes neither of them: without `stratify` a smaller share is a part of a larger one.
    `values` gives an input for all rows, by which they are stratified. Raises SpecError where nothing would be left.
    """
    held, validated = section.hold_out, section.validate_share
    kept = section.rows if section.rows is not None and section.rows.fraction < 1 else None
    if held is None and validated is None and kept is None:
        return None
    _check(section, rows)
    drawn = shuffles(held) or shuffles(validated)
    rest = stream(section.seed, HOLD_OUT).permutation(rows) if drawn or shuffles(kept) else np.arange(rows)
    strata = _strata(section, rows, values)
    test = validate = None
    if held is not None:
        rest, test = _parted(rest, held, rows, strata, at_end=True)
    if validated is not None:
        rest, validate = _parted(rest, validated, rows, strata, at_end=False)
    if kept is not None:
        rest = _some(rest, kept, rows, strata, section)
        rest = rest if drawn else np.sort(rest)
    return Split(rest, _in_order(validate, validated), _in_order(test, held))


def _in_order(rows: Array | None, taken: Taken | None) -> Array | None:
    """Rows that were not drawn as they stand in the data, also where others were."""
    return rows if rows is None or shuffles(taken) else np.sort(rows)


def count_of(taken: Taken, rows: int) -> int:
    """How many of so many rows are taken: one at least; of folds those of the smallest."""
    return rows // taken.of if isinstance(taken, Fold) else max(1, round(rows * taken.fraction))


def _parted(rest: Array, taken: Taken, rows: int, strata: Array | None, *, at_end: bool) -> tuple[Array, Array]:
    """What is left of rows, and what is taken of them: a share of so many; see `_divided`."""
    return _divided(rest, taken, count_of(taken, rows), rows, strata, at_end=at_end)


def _some(rest: Array, kept: Share, rows: int, strata: Array | None, section: TrainSection) -> Array:
    """A share of the rows that are left. Raises SpecError where they can't hold each class."""
    count = count_of(kept, len(rest))
    if strata is not None and count <= (highest := int(strata.max())):
        raise _few(section, "rows", kept, count, highest + 1)
    return _divided(rest, kept, count, rows, strata, at_end=False)[1]


def _divided(
    rest: Array, taken: Taken, count: int, rows: int, strata: Array | None, *, at_end: bool
) -> tuple[Array, Array]:
    """What is left of rows, and the `count` that are taken of them, both in the order in which they stood.

    Where they are drawn from one shuffle, from its end or its beginning: parts of what is given. `rows` is how many
    the data have.
    """
    if isinstance(taken, Fold):
        chosen = _by_class(rest, strata)[taken.number - 1 :: taken.of]
    elif taken.last:
        chosen = np.sort(rest)[-count:]
    elif strata is None:
        return (rest[:-count], rest[-count:]) if at_end else (rest[count:], rest[:count])
    else:  # evenly out of all rows sorted by class: of each class the same share, to within one row
        ordered = _by_class(rest[::-1] if at_end else rest, strata)
        chosen = ordered[(2 * np.arange(count) + 1) * len(rest) // (2 * count)]
    out = np.zeros(rows, dtype=bool)
    out[chosen] = True
    return rest[~out[rest]], rest[out[rest]]


def _by_class(rest: Array, strata: Array | None) -> Array:
    return rest if strata is None else rest[np.argsort(strata[rest], kind="stable")]


def _check(section: TrainSection, rows: int) -> None:
    """Raises SpecError where no row would be left to train on, or a fold be empty."""
    held, validated = section.hold_out, section.validate_share
    left = rows - (count_of(held, rows) if held is not None else 0)
    if held is not None and left < 1:
        span = section.spans.get("hold_out")
        raise SpecError([HOLD_OUT_LEAVES_NONE.at(span, fraction=held, rows=rows)])
    if validated is None:
        return
    span = section.spans.get("validate")
    if isinstance(validated, Fold):
        if left < validated.of:
            raise SpecError([FEW_FOR_FOLDS.at(span, rows=left, of=validated.of)])
        return
    if left - count_of(validated, rows) < 1:
        both = f"validate = {validated}" + (f" with hold_out = {held}" if held is not None else "")
        raise SpecError([VALIDATE_LEAVES_NONE.at(span, share=both, rows=rows)])


def _strata(section: TrainSection, rows: int, values: Callable[[str], Rows]) -> Array | None:
    """The class of each row, numbered; None where rows are not stratified. Raises SpecError for too many classes."""
    if section.stratify is None:
        return None
    classes, numbers = np.unique(np.asarray(values(section.stratify)[:]).reshape(rows), return_inverse=True)
    for key, taken in (("hold_out", section.hold_out), ("validate", section.validate_share)):
        if taken is not None and (count := count_of(taken, rows)) < len(classes):
            raise _few(section, key, taken, count, len(classes))
    return numbers.reshape(rows)


def _few(section: TrainSection, key: str, taken: Taken, count: int, classes: int) -> SpecError:
    span = section.spans.get("stratify")
    return SpecError(
        [FEW_FOR_CLASSES.at(span, key=key, share=taken, count=count, name=section.stratify, classes=classes)]
    )
