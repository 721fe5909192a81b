"""What a program knows beside its spec: what it was loaded with, or what the program knew that it is a copy of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from ..arrays import Array

if TYPE_CHECKING:
    from ..data.fitted.held import Held

NOTHING_HELD: Held = MappingProxyType({})


class Beginning(NamedTuple):
    """Names of class numbers by input, what fitted columns hold, and the parameters after a step of training.

    Parameters that are None are still to be drawn.

    `replaced` are names of the settings that are not those of the model that was loaded, `run` is the folder of the
    run that it came from.
    """

    classes: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, Array] | None
    step: int
    replaced: Collection[str]
    run: Path | None
    fitted: Held = NOTHING_HELD
    scripted: bool = False
    """Whether the training was on rows of a script."""
