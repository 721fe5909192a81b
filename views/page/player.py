"""The page: one file that steps through a walk, without a network, its texts safe whatever the names hold."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any

from ...compiler.graph.spec import Spec
from ...grammar.diagnostic import shown
from ..figure.figure import figure
from ..figure.svg import escaped, style_sheet, svg_element
from ..layout.arrange import arrange
from ..picture.compose import sketch
from ..picture.heat import Overlay
from ..picture.picture import Picture
from ..walk.walk import Walk
from .page_program import forms
from .stepped import stepped

MOST_STEPS = 20_000
"""Steps up to which a page has them: with more it would be too heavy for a browser."""


def page(
    spec: Spec, walk: Walk, depth: int | None = None, *, full: bool = False, overlay: Overlay | None = None
) -> str:
    """The page of a walk; frames open and fold in place. `depth` says which are open at first."""
    if not 0 < len(walk.steps) <= MOST_STEPS:
        why = f"the page has no steps: there are {len(walk.steps):,}"
        picture = sketch(spec, walk, depth=depth, full=full, overlay=overlay)
        return still_page(replace(picture, remarks=(*picture.remarks, why)))
    drawn = stepped(spec, walk, depth, full=full, overlay=overlay)
    return _assembled(spec.title or spec.source.name, drawn.svg, drawn.data, script=True)


def still_page(picture: Picture) -> str:
    """A page of a picture that has no steps: of a spec with errors."""
    drawn = svg_element(figure(replace(picture, title=""), arrange), None)
    return _assembled(picture.title or "computation graph", drawn, {}, script=False)


def _assembled(title: str, pictures: str, data: Mapping[str, Any], *, script: bool) -> str:
    """The template with all that belongs into it; what is put in is not looked at again."""
    folder = files(__package__)
    style = style_sheet() + "".join(folder.joinpath(each).read_text("utf-8") for each in ("steps.css", "page.css"))
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
    template = folder.joinpath("built", "page.html").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def _script() -> str:
    """The page's code, as `npm run build` in play/page makes it; operations bring their forms along."""
    return forms() + files(__package__).joinpath("built", "page.js").read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
