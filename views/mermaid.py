"""A picture in Mermaid, which forges and wikis draw inside Markdown."""

from collections.abc import Iterable

from ..grammar.diagnostic import shown
from .picture import Box, Picture, Wire
from .svg import LIGHT

FORMS = {
    "input": ("([", "])"), "param": ("[", "]"), "constant": ("[", "]"), "operation": ("((", "))"),
    "output": ("([", "])"), "folded": ("[[", "]]"),
}  # fmt: skip

PLAIN = frozenset(" .,:=+-/()[]{}×−∂Σ‖±…^@·")
"""Signs that mean nothing inside Mermaid's quotes, beside letters and digits."""


def mermaid(picture: Picture) -> str:
    """The whole diagram."""
    lines = ["flowchart LR"]
    lines += [f"  %% {_comment(line)}" for line in (picture.title, *picture.messages) if line]
    lines += _frames(picture)
    lines += (_edge(wire) for wire in picture.wires)
    for kind in ("input", "param", "constant", "folded", "output", "reverse"):
        keys = [box.key for box in picture.boxes if (box.note if box.note == "reverse" else box.kind) == kind]
        if keys:
            lines += [f"  classDef {kind} fill:{LIGHT[kind]},stroke:{LIGHT['ink']},color:{LIGHT['ink']}"]
            lines += [f"  class {','.join(keys)} {kind}"]
    failed = [box.key for box in picture.boxes if box.note == "failed"]
    if failed:
        lines += [f"  classDef failed stroke:{LIGHT['failed']},stroke-width:3px", f"  class {','.join(failed)} failed"]
    return "\n".join(lines) + "\n"


def quoted(lines: Iterable[str]) -> str:
    """Lines between quotes; whatever could mean something to Mermaid or HTML is written as a number."""
    return '"' + "<br/>".join("".join(map(_letter, shown(line))) for line in lines) + '"'


def _letter(character: str) -> str:
    return character if character.isalnum() or character in PLAIN else f"#{ord(character)};"


def _comment(text: str) -> str:
    return "".join(c if c.isalnum() or c in PLAIN else " " for c in shown(text))


def _frames(picture: Picture) -> Iterable[str]:
    """The nodes, in subgraphs that are nested as the frames are."""
    children: dict[str | None, list[str]] = {}
    for each in picture.enclosures:
        children.setdefault(each.parent, []).append(each.key)
    labels = {each.key: each.label for each in picture.enclosures}
    inside: dict[str | None, list[Box]] = {}
    for box in picture.boxes:
        inside.setdefault(box.frame, []).append(box)
    work: list[tuple[str, str]] = [("inside", "")]
    while work:
        what, key = work.pop()
        if what == "close":
            yield "  end"
            continue
        if key:
            yield f"  subgraph {key} [{quoted([labels[key]])}]"
            work.append(("close", ""))
        yield from (_node(box) for box in inside.get(key or None, ()))
        work += [("inside", child) for child in reversed(children.get(key or None, []))]


def _node(box: Box) -> str:
    start, stop = FORMS[box.kind]
    return f"  {box.key}{start}{quoted(each for each in (box.name, box.sign, *box.total) if each)}{stop}"


def _edge(wire: Wire) -> str:
    lines = (*wire.upper, *(f"∂ {line}" for line in wire.lower))
    label = f"|{quoted(lines)}|" if lines else ""
    return f"  {wire.source} -->{label} {wire.target}"
