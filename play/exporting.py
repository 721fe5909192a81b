"""`export`: a spec, its picture or its trained net as a file that the page hands to its reader."""

from __future__ import annotations

import base64
import re
import shutil
from pathlib import Path
from typing import Any

from ..program.program import Program
from ..views.figure.figure import figure
from ..views.figure.svg import svg
from ..views.layout.arrange import arrange
from ..views.page.player import page
from ..views.picture.compose import sketch
from ..views.walk.derivation_document import latex
from .data_files import DataFiles
from .passes import Passes
from .request import Request

ENDINGS = {"python": "py", "c": "c", "onnx": "onnx", "graph": "graph", "model": "safetensors"}
"""Of what a program writes."""


def exported(program: Program, passed: Passes | None, request: Request, files: DataFiles) -> dict[str, Any]:
    """A file, and those that belong beside it. Raises SpecError where there is none of that kind."""
    target = request.text("to")
    stem = re.sub(r"[^\w.-]+", "-", Path(request.text("name", "graph")).stem).strip("-.") or "graph"
    if passed is not None:
        return _picture(passed, target, stem)
    if target not in ENDINGS:
        request.refuse(f"there is no export to `{target}`")
    path = files.scratch(f"{stem}.{ENDINGS[target]}")
    try:
        if target == "model":
            program.save(path)
            written = [path]
        else:
            written = program.export(path, target)
        first, *others = (_file(each) for each in sorted(written, key=lambda each: each != path))
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)
    return {**first, "more": others}


def _picture(passed: Passes, target: str, stem: str) -> dict[str, Any]:
    spec, walk = passed.spec, passed.walk
    title = spec.title or stem
    match target:
        case "svg":
            text = svg(figure(sketch(spec, walk), arrange))
        case "html":
            text = page(spec, walk)
        case _:
            text = latex(walk, title)
    return {"filename": f"{stem}.{target}", "text": text, "more": []}


def _file(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    try:
        return {"filename": path.name, "text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"filename": path.name, "base64": base64.b64encode(data).decode("ascii")}
