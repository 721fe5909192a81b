"""What is written as a file of Python."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...graph.spec import Spec
from ..preparation import Preparation


@dataclass(frozen=True)
class Loop:
    """The training that a spec asks for: how many steps, the factor of the rate as text, how often it is reported.

    `order` is a function of the file's own, as text, that says which rows go into a step; empty where all do.
    """

    steps: int
    report: int
    factor: str
    order: str


@dataclass(frozen=True)
class Subject:
    """A spec, the values of its params and states, the rows of its data by input, names of classes, its training.

    `origin` is what the spec lies in. `stored` are arrays that lie in the file `beside`, by the name under which they
    stand there, `weights/W`.
    """

    spec: Spec
    origin: str
    weights: Mapping[str, Any]
    data: Mapping[str, Any]
    held_out: Mapping[str, Any]
    classes: Mapping[str, Sequence[str]]
    loop: Loop | None
    stored: frozenset[str]
    beside: str
    prepared: Callable[[Sequence[str]], Preparation | None] = lambda paths: None
    """How raw rows become the inputs of some paths, where the spec's own columns say it of all of them."""
