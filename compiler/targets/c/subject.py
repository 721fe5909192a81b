"""What is written as a file of C."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...graph.spec import Precision, Spec
from ..preparation import Preparation


@dataclass(frozen=True)
class Subject:
    """A spec, the values of its params and states, names of classes by output, and how it is to be written.

    `origin` is what the spec lies in, `dims` are the sizes of all dims. `trains`: with gradients and the step of its
    training. `header` is the name of the file of declarations, empty where they stand in the file itself.
    """

    spec: Spec
    origin: str
    weights: Mapping[str, Any]
    classes: Mapping[str, Sequence[str]]
    dims: Mapping[str, int]
    precision: Precision
    trains: bool
    prefix: str
    header: str
    prepared: Callable[[Sequence[str]], Preparation | None] = lambda paths: None
    """How raw rows become the inputs of some paths, where the spec's own columns say it of all of them."""

    @property
    def real(self) -> str:
        """The type of reals."""
        return "float" if self.precision == "float32" else "double"

    @property
    def largest(self) -> str:
        """The largest real."""
        return "3.4028234e38" if self.precision == "float32" else "1.7976931348623157e308"
