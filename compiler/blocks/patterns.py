"""Shape patterns of block signatures: `x: [N, 2*I + 1]` gives N and I their sizes."""

from collections.abc import Mapping, Sequence

from ...grammar.syntax import Dots, Expression
from .. import faults
from ..elaborate.expressions.constants import constant, whole
from ..elaborate.order import names_in
from ..elaborate.scope import FAILED, Failed, Scope
from ..elaborate.site import Site
from ..shape import Linear, Shape, Size, add_sizes, dimension, multiply_sizes, solve_size

UNKNOWN = "?"
"""Stands before a name while it is solved for: it is none of the caller's dims, even if one is called the same."""


def unknown_of(pattern: Expression, site: Site) -> str | Failed | None:
    """The one new name of a pattern, None where all of its names are bound. Several are reported.

    A name is new unless the signature itself, left of here, has bound it.
    """
    unknown = [name for name in dict.fromkeys(names_in(pattern)) if name not in site.scope.values]
    if len(unknown) < 2:
        return unknown[0] if unknown else None
    message = f"`{unknown[0]}` and `{unknown[1]}` are both unknown: a size is solved for one"
    site.tell(faults.NOT_LINEAR, pattern, message=message)
    return FAILED


def axes_of(patterns: Sequence[Expression], shape: Shape) -> list[tuple[Expression, Size | Shape]] | None:
    """Each pattern with its size, `...` with the axes that are left to it; None where there are too few or too many."""
    place = next((number for number, each in enumerate(patterns) if isinstance(each, Dots)), None)
    if place is None:
        return list(zip(patterns, shape, strict=True)) if len(patterns) == len(shape) else None
    after = len(patterns) - place - 1
    stop = len(shape) - after
    if stop < place:
        return None
    ends = list(zip((*patterns[:place], *patterns[place + 1 :]), (*shape[:place], *shape[stop:]), strict=True))
    return [*ends[:place], (patterns[place], shape[place:stop]), *ends[place:]]


def solve_pattern(pattern: Expression, size: Size, site: Site) -> Mapping[str, Size] | Failed | None:
    """What the new name of a pattern must be so that it equals the size; None where nothing makes it so.

    FAILED where the pattern itself is faulty, which is reported.
    """
    unknown = unknown_of(pattern, site)
    if isinstance(unknown, Failed):
        return FAILED
    scope = site.scope
    inner = Scope(scope.unit, scope.path, scope)
    if unknown is not None:
        inner.values[unknown] = dimension(UNKNOWN + unknown)
    value = constant(pattern, site.inside(inner), "a size")
    if isinstance(value, Failed):
        return FAILED
    wanted = whole(value)
    if wanted is None:
        site.tell(faults.BAD_SIZE, pattern, value=value)
        return FAILED
    if unknown is None:
        return {} if wanted == size else None
    marker = UNKNOWN + unknown
    coefficient = 0 if isinstance(wanted, int) else dict(wanted.terms).get(marker, 0)
    if not coefficient:
        message = f"`{unknown}` cancels out of this size, so that nothing says what it is"
        site.tell(faults.NOT_LINEAR, pattern, message=message)
        return FAILED
    term = Linear(((marker, coefficient),))
    others = add_sizes(wanted, multiply_sizes(term, -1))
    solution = solve_size(term, add_sizes(size, multiply_sizes(others, -1)))
    if solution is None:
        return None
    found = solution[marker]
    return None if isinstance(found, int) and found < 1 else {unknown: found}
