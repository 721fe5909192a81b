"""The backends that a spec names."""

import importlib.util
from functools import partial
from typing import get_args

from ...compiler.graph.spec import BackendName, TrainSection
from ...grammar.source import Span
from ...grammar.spec_error import SpecError
from ..training_faults import HALF_ON_NUMPY, NO_JAX
from .backend import MakeBackend

BACKENDS: tuple[BackendName, ...] = get_args(BackendName)


def backend_of(section: TrainSection) -> MakeBackend | None:
    """What takes the steps of a section; None for numpy's own. Raises SpecError where its library is not installed,
    and for a precision that it has not."""
    if section.backend == "numpy":
        check_on_numpy(section)
        return None
    need_jax(section.spans.get("backend"))
    from .jax_step import JaxBackend  # most trainings take numpy's steps

    return partial(JaxBackend, mixed=section.mixed)


def check_on_numpy(section: TrainSection) -> None:
    """Raises SpecError where numpy cannot take the steps of a section."""
    if section.mixed:
        raise SpecError([HALF_ON_NUMPY.at(section.spans.get("precision"))])


def need_jax(span: Span | None) -> None:
    """Raises SpecError where JAX is not installed; `span` is where a spec asks for it."""
    if importlib.util.find_spec("jax") is None:
        raise SpecError([NO_JAX.at(span)])
