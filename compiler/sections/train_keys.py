"""The keys of the `train` section: what each takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..elaborate.calls.checked_calls import argument_value
from ..elaborate.reporter import Reporter
from ..elaborate.settings import Settings
from ..graph.signatures import Parameter


class Key(NamedTuple):
    """What a key of `train` takes: a plain value, a word out of a list, or something of its own.

    One that takes rows has a share of them as its parameter, but is read in its own way.
    """

    parameter: Parameter | None = None
    words: tuple[str, ...] = ()
    needs_data: bool = False
    takes_rows: bool = False


def _plain(name: str, kind: Any, *, needs_data: bool = False, **limits: Any) -> Key:
    return Key(Parameter(name, kind, **limits), needs_data=needs_data)


def _share(name: str, wanted: str, *, whole: bool = False) -> Key:
    below, maximum = (None, 1) if whole else (1, None)
    parameter = Parameter(name, "number", above=0, below=below, maximum=maximum, wanted=wanted)
    return Key(parameter, needs_data=True, takes_rows=True)


LARGEST_SEED = 2**63 - 1

SEED = "train.seed"
"""The one key that can be set for a spec without this section."""

KEYS: Mapping[str, Key] = {
    "minimize": Key(),
    "optimizer": Key(),
    "groups": Key(),
    "epochs": _plain("epochs", "integer", minimum=0),
    "steps": _plain("steps", "integer", minimum=0),
    "data": Key(),
    "test": Key(needs_data=True),
    "hold_out": _share("hold_out", "a share of the rows, such as `0.2` or `last(0.2)`"),
    "validate": _share("validate", "a share of the rows, such as `0.1`, `last(0.1)`, or a data section"),
    "rows": _share("rows", "a share of the rows to train on, such as `0.5`, `last(0.5)`, or 1 for all", whole=True),
    "stratify": Key(needs_data=True),
    "batch": _plain("batch", "integer", minimum=1, needs_data=True),
    "accumulate": _plain("accumulate", "integer", minimum=1),
    "sampling": Key(words=("shuffle", "replacement", "ordered"), needs_data=True),
    "schedule": Key(),
    "report": Key(),
    "metrics": Key(),
    "stop": Key(),
    "precision": Key(words=("float32", "float64", "bfloat16")),
    "seed": _plain("seed", "integer", minimum=0, maximum=LARGEST_SEED),
    "exact": _plain("exact", "boolean"),
    "backend": Key(words=("numpy", "jax")),
}


def seed_alone(settings: Settings, reporter: Reporter) -> int:
    """The seed that was set for a spec without this section, which draws parameters all the same."""
    setting, parameter = settings.take(SEED), KEYS["seed"].parameter
    if setting is None or parameter is None:
        return 0
    value = argument_value(setting.expression, parameter, "seed", setting.site(reporter))
    return value if isinstance(value, int) else 0
