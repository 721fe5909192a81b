"""The page: one file that steps through a walk, without a network, its texts safe whatever the names hold."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

from ...compiler.graph.spec import Spec
from ...grammar.diagnostic import shown
from ..figure.figure import MARGIN, figure, legend_group
from ..figure.marks import Group, frame_group, plain
from ..figure.svg import escaped, group_element, style_sheet, svg_element
from ..layout.arrange import arrange
from ..layout.geometry import Rectangle
from ..picture.compose import sketch
from ..picture.heat import Overlay
from ..picture.picture import Picture
from ..walk.walk import Walk
from .nest import Inside, nest
from .page_data import page_data
from .page_program import forms

MOST_STEPS = 20_000
"""Steps up to which a page has them: with more it would be too heavy for a browser."""

LEAST_WIDTH = 480.0
"""The least width of the legend, in pixels."""


def page(
    spec: Spec, walk: Walk, depth: int | None = None, *, full: bool = False, overlay: Overlay | None = None
) -> str:
    """The page of a walk; frames open and fold in place. `depth` says which are open at first."""
    if not 0 < len(walk.steps) <= MOST_STEPS:
        why = f"the page has no steps: there are {len(walk.steps):,}"
        picture = sketch(spec, walk, depth=depth, full=full, overlay=overlay)
        return still_page(replace(picture, remarks=(*picture.remarks, why)))
    made = nest(spec, walk, full=full, overlay=overlay)
    data = page_data(spec, walk, made, depth) | {"legend": [_width(made[0]), _legend(made)[0]]}
    return _assembled(spec.title or spec.source.name, _nested(made), data, script=True)


def still_page(picture: Picture) -> str:
    """A page of a picture that has no steps: of a spec with errors."""
    drawn = svg_element(figure(replace(picture, title=""), arrange), None)
    return _assembled(picture.title or "computation graph", drawn, {}, script=False)


def _nested(made: Sequence[Inside]) -> str:
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
    return f'<g id="{prefix}inside"{"" if each.frame is None else " hidden"}>{around}{inner}</g>'


def _assembled(title: str, pictures: str, data: Mapping[str, Any], *, script: bool) -> str:
    """The template with all that belongs into it; what is put in is not looked at again."""
    folder = files(__package__)
    style = style_sheet() + folder.joinpath("page.css").read_text("utf-8")
    code = _script() if script else ""
    policy = (
        f"default-src 'none'; script-src '{_hash(code)}'; style-src '{_hash(style)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    parts = {
        "policy": policy,
        "title": escaped(shown(title)),
        "style": style,
        "pictures": pictures,
        "data": json.dumps(data, ensure_ascii=True, allow_nan=False).replace("<", "\\u003c").replace(">", "\\u003e"),
        "script": code,
    }
    template = folder.joinpath("page.html").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def _script() -> str:
    """The page's code; operations bring their forms along."""
    folder = files(__package__)
    return folder.joinpath("place.js").read_text("utf-8") + forms() + folder.joinpath("page.js").read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
