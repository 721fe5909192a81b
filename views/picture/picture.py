"""What a picture of a graph says, before anything is placed: boxes, wires and frames with their texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

BoxKind = Literal["input", "param", "state", "constant", "operation", "output", "folded", "entry", "exit"]
"""An entry or exit is the place on a frame's border where a value comes in or goes out."""

Emphasis = Literal["plain", "failed", "reverse"]
"""How a box or wire differs: one that a diagnostic is about is red, one of the reverse pass is tinted."""

HEATS = 6
"""Colours of an overlay."""

UNMEASURED = -1
"""The heat of a box about which an overlay says nothing."""


class Box(NamedTuple):
    """A node, an output's end, or a folded frame.

    `sign` stands in it, or `rows` where it is a tensor of the text, `name` above it (that of a param says whether it is
    frozen), `total` (a gradient that was added up) below it. `nodes` are the graph's. Under an overlay `load` is its
    number, which stands in it too, and `heat` its colour, from 0 to HEATS - 1, or UNMEASURED.
    """

    key: str
    kind: BoxKind
    sign: str
    name: str = ""
    total: tuple[str, ...] = ()
    tooltip: str = ""
    frame: str | None = None
    nodes: tuple[int, ...] = ()
    emphasis: Emphasis = "plain"
    load: str = ""
    heat: int | None = None
    rows: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands in it, line by line."""
        return self.rows or (self.sign,)


def colour_of(box: Box) -> str:
    """What a colour table calls the colour of a box: an overlay's goes before that of the reverse pass and its kind."""
    if box.heat is not None:
        return f"heat{box.heat}" if box.heat != UNMEASURED else "operation"
    return "reverse" if box.emphasis == "reverse" else box.kind


class Wire(NamedTuple):
    """A value on its way to a user: `upper` are the lines of the value, `lower` those of the gradient.

    Nothing stands for what was not computed. `edges` are users and slots of the graph, `node` the value's. `operand`
    is what the user calls the value, where it matters which of its operands it is.
    """

    source: str
    target: str
    upper: tuple[str, ...] = ()
    lower: tuple[str, ...] = ()
    tooltip: str = ""
    node: int = -1
    edges: tuple[tuple[int, int], ...] = ()
    emphasis: Emphasis = "plain"
    operand: str = ""

    @property
    def label(self) -> tuple[str, ...]:
        """The lines at a wire whose place does not say what they are: `b: 0.25`, `∂ 1`."""
        first, *rest = self.upper or ("",)
        if self.operand:
            first = f"{self.operand}: {first}" if first else self.operand
        return (*filter(None, (first, *rest)), *(f"∂ {line}" for line in self.lower))


class PictureFrame(NamedTuple):
    """An open frame: a call of a block, a copy of a repeat, or a whole repeat."""

    key: str
    label: str
    parent: str | None


class Scale(NamedTuple):
    """What an overlay measures, and what each of its colours means, from the palest on."""

    title: str
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """All that is drawn. `messages` stand above the graph, as errors; `remarks` below it."""

    title: str
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    frames: tuple[PictureFrame, ...] = ()
    messages: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    samples: Mapping[str, str] | None = None
    """What the legend says of values and gradients, by `value` and `gradient`; None: there are no numbers."""
    scale: Scale | None = None
    """The legend of an overlay; None where there is none."""
