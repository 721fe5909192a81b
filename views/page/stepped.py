"""A picture to step through: its frames drawn each by itself, and what the script that places and steps is told."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ...compiler.graph.spec import Spec
from ..figure.figure import MARGIN, legend_group
from ..figure.marks import Group, frame_group, plain
from ..figure.svg import group_element
from ..layout.geometry import Rectangle
from ..picture.heat import Overlay
from ..walk.walk import Walk
from .nest import Inside, nest
from .page_data import page_data

LEAST_WIDTH = 480.0
"""The least width of the legend, in pixels."""


class Stepped(NamedTuple):
    """An `svg` element without a style sheet, and the data of its steps, nodes and frames, as JSON takes them."""

    svg: str
    data: dict[str, Any]


def stepped(
    spec: Spec, walk: Walk, depth: int | None = None, *, full: bool = False, overlay: Overlay | None = None
) -> Stepped:
    """The picture of a walk, which a page's script places and steps; `depth` says which frames are open at first."""
    made = nest(spec, walk, full=full, overlay=overlay)
    data = page_data(spec, walk, made, depth) | {"legend": [_width(made[0]), _legend(made)[0]]}
    return Stepped(_drawing(made), data)


def _drawing(made: Sequence[Inside]) -> str:
    """The frames as groups of one drawing; the script gives them their places. Inner ones lie on those around them."""
    legend = _legend(made)[1]
    return "\n".join(
        (
            '<svg xmlns="http://www.w3.org/2000/svg" id="drawing" class="graph" role="group" '
            'aria-label="computation graph"><rect class="paper"/>',
            *(_frame(number, each) for number, each in enumerate(made)),
            group_element(legend),
            "</svg>",
        )
    )


def _legend(made: Sequence[Inside]) -> tuple[float, Group]:
    """Its height, and what the colours and forms in any frame mean."""
    whole = made[0]
    boxes = tuple(box for each in made for box in each.picture.boxes)
    remarks = tuple(dict.fromkeys(remark for each in made for remark in each.picture.remarks))
    picture = replace(whole.picture, boxes=boxes, remarks=remarks)
    return legend_group(picture, 0.0, _width(whole) - MARGIN)


def _width(whole: Inside) -> float:
    return max(whole.layout.width, LEAST_WIDTH) + 2 * MARGIN


def _frame(number: int, each: Inside) -> str:
    prefix = f"v{number}-"
    around = ""
    if each.frame is not None:
        place = Rectangle(0.0, 0.0, each.layout.width, each.layout.height)
        around = group_element(frame_group("frame", f"▾ {plain(each.frame.label)}", place), prefix)
    inner = "\n".join(group_element(group, prefix) for group in each.groups)
    hidden = "" if each.frame is None else " hidden"  # of a hidden `g` browsers lay out all the same what is in it
    return f'<svg id="{prefix}inside" overflow="visible"{hidden}>{around}{inner}</svg>'
