"""What a classifier and a regressor share: a spec, its settings as parameters, and the program that is fitted."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any, Self

import numpy as np

from ...compiler.graph.spec import Compiled
from ...grammar.source import Source
from ...runtime.arrays import Array
from ...runtime.data.setting_text import setting_text
from ...runtime.runs.kept_specs import compilation
from ..front_door import compile, load
from ..program import Program
from .default_nets import default_net
from .roles import Roles, open_size, roles_of
from .scikit_learn import BaseEstimator, check_is_fitted, check_sample_weight, validate_data
from .steps import Steps


class GraphEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What both share: a spec, its settings, and the program that is fitted."""

    _net: Template
    """The net where no spec is given."""
    _classifies: bool

    def __init__(
        self, spec: str | os.PathLike[str] | None = None, *, random_state: Any = None, **settings: Any
    ) -> None:
        self.spec = spec
        self.random_state = random_state
        self.set_params(**settings)

    # --- parameters ---------------------------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The spec, `random_state`, and the settings: constants by name, keys of sections as `train__optimizer`."""
        return {**super().get_params(deep), **{name: getattr(self, name) for name in self._settings}}

    def set_params(self, **params: Any) -> Self:
        """Sets them; what there is to be set is known when the spec is compiled, by `fit`."""
        for name, value in params.items():
            if name.startswith("_") or name.endswith("_") or hasattr(type(self), name):
                raise ValueError(f"Invalid parameter {name!r}: a setting of that name can't be one of {self}")
            setattr(self, name, value)
        return self

    @property
    def _settings(self) -> list[str]:
        known = ("spec", "random_state")
        return [name for name in vars(self) if name not in known and not name.startswith("_") and name[-1:] != "_"]

    # --- fitting ------------------------------------------------------------------------------------------------

    def _program(self, X: Array, outputs: int, *, weighted: bool) -> tuple[Program, Roles]:
        """The program for such rows, and so many classes, or numbers to be fitted."""
        settings = {name.replace("__", "."): getattr(self, name) for name in self._settings}
        if self.random_state is not None:
            settings["train.seed"] = _seed(self.random_state)
        if self.spec is None:
            text = default_net(self._net, len(X), weighted=weighted)
            program = _compiled_once(text, {**settings, "I": X.shape[1], "K": outputs})
            return program, roles_of(program.written, classifies=self._classifies)
        program = _compiled(self.spec, settings)
        roles = roles_of(program.written, classifies=self._classifies)
        name = open_size(roles.classes)
        if name is not None and name not in settings:
            program = _compiled(self.spec, {**settings, name: outputs})
            roles = roles_of(program.written, classifies=self._classifies)
        return program, roles

    def _begin(self, X: Array, outputs: int, *, weighted: bool) -> None:
        self.program_, self._roles = self._program(X, outputs, weighted=weighted)
        self._steps = Steps()

    def _fed(self, X: Array, targets: Array, sample_weight: Any) -> dict[str, Array]:
        """What one row or many feed, by input."""
        rows = {self._roles.x: self._shaped(self._roles.x, X), self._roles.t: self._shaped(self._roles.t, targets)}
        name = self._roles.weight
        if name is None:
            if sample_weight is not None:
                raise ValueError("the spec takes no weights: declare an input, and give it to the loss as `weight`")
            return rows
        weights = np.ones(len(X)) if sample_weight is None else check_sample_weight(sample_weight, X, dtype=np.float64)
        if np.any(weights < 0):
            raise ValueError("Negative values in data passed to `sample_weight`")
        each = np.broadcast_to(weights.reshape(-1, *(1 for _ in targets.shape[1:])), targets.shape)
        return {**rows, name: self._shaped(name, each)}

    def _train(self, X: Array, targets: Array, sample_weight: Any) -> None:
        self.history_ = self.program_.train(data=self._fed(X, targets, sample_weight))
        self.program_.forget_rows()

    def _go_over(self, X: Array, targets: Array, sample_weight: Any) -> None:
        self._steps.go_over(self.program_, self._fed(X, targets, sample_weight))

    def _computed(self, X: Array) -> Array:
        """The output of each row."""
        name = self._roles.x
        return self.program_.predict({name: self._shaped(name, X)})[self._roles.output]

    def _shaped(self, name: str, rows: Array) -> Array:
        """Rows in the shape that an input declares, where all sizes of its row are numbers."""
        graph = self.program_.written.full
        sizes = graph.nodes[graph.inputs[name].index].type.shape[1:]
        known = tuple(size for size in sizes if isinstance(size, int))
        fits = len(known) == len(sizes) and math.prod(known) == math.prod(rows.shape[1:])
        return rows.reshape(len(rows), *known) if fits else rows

    def _checked(self, X: Any) -> Array:
        check_is_fitted(self, "program_")
        made: Array = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return made


def _compiled_once(text: str, settings: Mapping[str, Any]) -> Program:
    """The program of a net of our own, which folds and grids ask for again and again."""
    written = {name: setting_text(name, value) for name, value in settings.items()}
    return Program(_made(text, tuple(written.items())), settings=written)


@lru_cache(maxsize=32)
def _made(text: str, settings: tuple[tuple[str, str], ...]) -> Compiled:
    return compilation(Source("default net", text), Path(), dict(settings))


def _compiled(spec: str | os.PathLike[str], settings: Mapping[str, Any]) -> Program:
    """The program of a text, or of a path: what ends in .graph and has no second line."""
    if isinstance(spec, str) and ("\n" in spec or not spec.endswith(".graph")):
        return compile(spec, set=settings)
    return load(Path(spec), set=settings)


def _seed(random_state: Any) -> int:
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    return int(random_state)
