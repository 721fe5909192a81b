"""`walk`: the steps of both passes, in words, with the picture that they go through."""

from __future__ import annotations

from typing import Any

from ..grammar.spec_error import SpecError
from ..views.page.player import MOST_STEPS
from ..views.page.stepped import stepped
from .faults import TOO_LONG
from .passes import Passes
from .programs import Text
from .request import Request


def walked(made: Text, passed: Passes, request: Request) -> dict[str, Any]:
    """What the page of a file is told, and its picture. Raises SpecError where there are too many steps."""
    if passed.remarks:
        raise SpecError(passed.remarks)
    count = len(passed.walk.steps)
    if count > MOST_STEPS:
        raise SpecError([TOO_LONG.at(None, count=count, most=MOST_STEPS)])
    depth = request.whole("depth") if request.fields.get("depth") is not None else None
    drawn = stepped(passed.spec, passed.walk, depth)
    return {**drawn.data, "svg": drawn.svg}
