"""The shipped lessons, and all else that a page is told when it opens."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..grammar.parse import parse
from ..grammar.read import read_source
from ..grammar.source import Source
from ..views.figure.svg import style_sheet

FOLDER = Path(__file__).parent.parent / "specs"

PROTOCOL = 1


def hello(file: Path | None) -> dict[str, Any]:
    """What a page begins with; `file` is the spec that it opens."""
    return {
        "version": _version(),
        "protocol": PROTOCOL,
        "lessons": [_lesson(path) for path in sorted(FOLDER.glob("*.graph"))],
        "file": {"name": file.name, "text": read_source(file).text} if file is not None else None,
        "style": style_sheet(),
    }


def _version() -> str:
    try:
        return version("chainrule")
    except PackageNotFoundError:  # the files alone, as a page without a server has them
        return ""


def _lesson(path: Path) -> dict[str, Any]:
    source = read_source(path)
    module, _ = parse(source)
    header = module.header
    first = module.statements[0].start if module.statements else len(source.text)
    alone = [each for each in module.comments if each.alone and each.start < first]
    return {
        "name": path.name,
        "title": (header.title if header else None) or path.stem,
        "about": " ".join(each.text.lstrip("#").strip() for each in alone),
        "text": source.text,
        "files": _files(source),
    }


def _files(source: Source) -> list[str]:
    """The data files beside the lessons that a text names."""
    return sorted({name for name in re.findall(r'"([^"\n]+)"', source.text) if (FOLDER / name).is_file()})
