"""Limits that the environment sets: `CHAINRULE_LIMITS=nodes=10000000,nesting=1000000`."""

import os
from collections.abc import Mapping
from dataclasses import fields
from typing import NamedTuple

from ..grammar.limits import Limits as TextLimits
from ..grammar.limits import chosen_limits, limits_of
from ..grammar.spec_error import SettingError
from ..grammar.suggestion import suggestion
from .elaborate.budget import Limits
from .faults import WRONG_LIMITS

VARIABLE = "CHAINRULE_LIMITS"


class AllLimits(NamedTuple):
    """Limits of a text, and of the graph that is made of it."""

    text: TextLimits
    graph: Limits


def limits_from(environment: Mapping[str, str] | None = None) -> AllLimits:
    """The limits that hold under an environment (default: that of the process). Raises SettingError."""
    chosen = _chosen((os.environ if environment is None else environment).get(VARIABLE, ""))
    known = [field.name for kind in (TextLimits, Limits) for field in fields(kind)]
    for name in chosen:
        if name not in known:
            raise _wrong(f"no limit is called `{name}`", suggestion(name, known, what="limits"))
    return AllLimits(limits_of(TextLimits, chosen), limits_of(Limits, chosen))


def _chosen(text: str) -> dict[str, int]:
    try:
        return chosen_limits(text)
    except ValueError as error:
        raise _wrong(str(error)) from None


def _wrong(reason: str, hint: str | None = None) -> SettingError:
    return SettingError([WRONG_LIMITS.at(None, hint=hint, variable=VARIABLE, reason=reason)])
