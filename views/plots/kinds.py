"""The kinds of plots."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ...grammar.suggestion import suggestion
from .activations import activations_plot
from .confusion import confusion_plot
from .curves import curves_plot, health_plot
from .decision import decision_plot
from .histogram import histogram_plot
from .landscape import landscape_plot
from .maps import maps_plot
from .matrix import matrix_plot
from .plot import Plot
from .subject import Subject
from .weights import weights_plot


class Kind(NamedTuple):
    """How a kind is made, and its options; `trained`: of parameters that have not been trained it says nothing."""

    make: Callable[..., Plot]
    options: tuple[str, ...] = ()
    trained: bool = False


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "curves": Kind(curves_plot),
        "health": Kind(health_plot),
        "confusion": Kind(confusion_plot, ("rows",), trained=True),
        "weights": Kind(weights_plot, ("of", "shape"), trained=True),
        "maps": Kind(maps_plot, ("rows", "row"), trained=True),
        "matrix": Kind(matrix_plot, ("of", "rows", "row", "down", "across"), trained=True),
        "activations": Kind(activations_plot),
        "histogram": Kind(histogram_plot, ("of", "rows")),
        "decision": Kind(decision_plot, trained=True),
        "landscape": Kind(landscape_plot, ("directions", "seed", "beside")),
    }
)


def plotted(kind: str, subject: Subject, options: Mapping[str, object]) -> Plot:
    """A plot of a kind. Raises ValueError for an unknown kind or option, SpecError for what the spec has not."""
    if kind not in KINDS:
        raise ValueError(f"there is no plot {kind!r}: {suggestion(kind, KINDS, what='kinds')}")
    found = KINDS[kind]
    for name in options:
        if name not in found.options:
            raise ValueError(f"`{name}` is no option of {kind}")
    return found.make(subject, **options)
