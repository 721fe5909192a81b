"""What several trainings of one spec are told otherwise: seeds, folds, values of settings."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from ..compiler.elaborate.settings import read_setting
from ..compiler.graph.spec import Spec
from ..grammar.spec_error import SpecError
from ..grammar.syntax import List
from ..runtime.data.setting_text import setting_text
from ..runtime.runs.selection_faults import NO_VALUES, SET_TWICE

SEED, VALIDATE = "train.seed", "train.validate"

Sweep = Mapping[str, Iterable[object]]


def listed(name: str, text: str) -> list[str]:
    """The values of a sweep, as texts, that is written as a list. Raises SpecError where it is none."""
    setting = read_setting(name, text)
    if setting.fault is not None:
        raise SpecError([setting.fault])
    if not isinstance(setting.expression, List):
        raise SpecError([NO_VALUES.at(setting.span, name=name, what="none")])
    return [setting.source.text[item.start : item.stop] for item in setting.expression.items]


def swept(sweep: Sweep) -> dict[str, list[str]]:
    """The values of each setting, as the language writes them. Raises SpecError where there are none."""
    found: dict[str, list[str]] = {}
    for name, values in sweep.items():
        if isinstance(values, str | Mapping) or not isinstance(values, Iterable):
            raise SpecError([NO_VALUES.at(None, name=name, what="none")])
        written = [setting_text(name, value) for value in values]
        if not written:
            raise SpecError([NO_VALUES.at(None, name=name, what="an empty one")])
        found[unicodedata.normalize("NFC", name)] = written
    return found


def choices(spec: Spec, seeds: int | None, folds: int | None, sweep: Sweep) -> list[dict[str, str]]:
    """The settings of each run: all values of the sweeps that go together, and for each of these each seed and fold.

    Seeds count from that of the spec. Raises SpecError where a setting would have two values, ValueError for fewer than
    one seed or two folds.
    """
    if seeds is not None and seeds < 1:
        raise ValueError(f"seeds is {seeds}; there is one at least")
    if folds is not None and folds < 2:
        raise ValueError(f"folds is {folds}; there are two at least")
    axes = swept(sweep)
    if seeds is not None:
        _add(axes, SEED, [str(spec.seed + number) for number in range(seeds)], "seeds")
    if folds is not None:
        _add(axes, VALIDATE, [f"fold({number}, {folds})" for number in range(1, folds + 1)], "folds")
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]


def _add(axes: dict[str, list[str]], name: str, values: list[str], what: str) -> None:
    if name in axes:
        raise SpecError([SET_TWICE.at(None, name=name, other=f"the number of {what}")])
    axes[name] = values


def folder_name(settings: Mapping[str, str], sweep: Sweep) -> str:
    """What the folder of a run is called: by its settings alone, so that it is found again among more runs."""
    return "-".join(_words(settings, sweep)) or "run"


def _words(settings: Mapping[str, str], sweep: Sweep) -> Iterator[str]:
    own = {name: value for name, value in settings.items() if name in sweep}
    for name, value in own.items():
        yield re.sub(r"[^A-Za-z0-9.]+", "-", f"{name.rpartition('.')[2]}-{value}").strip("-.")[:40]
    if own:
        yield hashlib.sha256(repr(list(own.items())).encode("utf-8", "surrogatepass")).hexdigest()[:6]
    if SEED in settings and SEED not in sweep:
        yield f"seed-{settings[SEED]}"
    if VALIDATE in settings and VALIDATE not in sweep:
        number, of = re.findall(r"\d+", settings[VALIDATE])
        yield f"fold-{number}-of-{of}"
