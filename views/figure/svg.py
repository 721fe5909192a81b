"""A figure as SVG: text is text, colours follow the reader's light or dark, everything is escaped."""

import re

from ..layout.geometry import Point, pieces
from ..picture.picture import HEATS
from .figure import Figure
from .marks import Group, Line, Mark, Outline, Words

ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})

FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK KR', monospace"

LIGHT = {
    "paper": "#ffffff", "ink": "#1b1b1f", "faint": "#6a6a72", "wire": "#85858f", "value": "#0060a8",
    "gradient": "#b94700", "input": "#dcecf9", "param": "#fbeec4", "state": "#e5e1fa", "constant": "#efeff2",
    "operation": "#ffffff",
    "folded": "#e4efe9", "output": "#f3e3ee", "frame": "#f7f7f9", "failed": "#b00020", "reverse": "#fdeadd",
    "heat0": "#fffbea", "heat1": "#fef0bd", "heat2": "#fedb84", "heat3": "#fdbd55", "heat4": "#f89a37",
    "heat5": "#e5781f",
}  # fmt: skip
DARK = {
    "paper": "#16161a", "ink": "#ececf1", "faint": "#a2a2ad", "wire": "#7d7d89", "value": "#66bdf2",
    "gradient": "#f5a04c", "input": "#1c3a52", "param": "#4b3f14", "state": "#393260", "constant": "#2b2b32",
    "operation": "#222228",
    "folded": "#203a30", "output": "#452a3e", "frame": "#1c1c21", "failed": "#ff7a8a", "reverse": "#4a2f1c",
    "heat0": "#23211d", "heat1": "#3d3319", "heat2": "#574212", "heat3": "#70490d", "heat4": "#8a4d0a",
    "heat5": "#a85208",
}  # fmt: skip
"""Blue against orange can be told apart by every eye; besides, values stand above and gradients below. An overlay's
colours go from the paper's lightness to the other end, and each box has its number."""


ILLEGAL = re.compile(r"[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold."""


def escaped(text: str) -> str:
    """Text for XML; characters that XML cannot hold are written as escapes."""
    return ILLEGAL.sub(_spelled, text).translate(ESCAPES)


def _spelled(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape", "surrogatepass").decode("ascii")


def svg(figure: Figure) -> str:
    """The whole file."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{svg_element(figure, style_sheet())}\n'


def svg_element(figure: Figure, style: str | None, prefix: str = "") -> str:
    """The `svg` element, its ids behind a prefix; `style` None leaves the style sheet to the page around it."""
    width, height = _number(figure.width), _number(figure.height)
    title = figure.title or "computation graph"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{escaped(title[:200])}" class="graph">',
        f"<title>{escaped(title[:200])}</title>",
    ]
    if style is not None:
        lines.append(f"<style>{style}</style>")
    lines.append(f'<rect class="paper" width="{width}" height="{height}"/>')
    lines += (group_element(group, prefix) for group in figure.groups)
    return "\n".join((*lines, "</svg>"))


def group_element(group: Group, prefix: str = "") -> str:
    """A group; its tooltip is what a reader sees on hovering over it, and what a screen reader says."""
    title = f"<title>{escaped(group.tooltip[:2000])}</title>" if group.tooltip else ""
    marks = "".join(map(_mark, group.marks))
    return f'<g class="{" ".join(group.styles)}" id="{prefix}{group.key}">{title}{marks}</g>'


def _mark(mark: Mark) -> str:
    match mark:
        case Words():
            start = ' text-anchor="start"' if mark.anchor == "start" else ""
            at = f'x="{_number(mark.x)}" y="{_number(mark.y)}"'
            size = f' font-size="{_number(mark.size)}"' if mark.size != 12 else ""
            return f'<text class="{mark.style}" {at}{size}{start}>{escaped(mark.text)}</text>'
        case Outline():
            x, y, width, height = map(_number, mark.place)
            return (
                f'<rect class="{mark.style}" x="{x}" y="{y}" width="{width}" height="{height}" '
                f'rx="{_number(mark.radius)}"/>'
            )
        case Line():
            tip, (right, middle) = mark.points[-1], mark.points[-1]
            head = f"M{_pair(tip)}L{_pair((right - 8, middle - 3.5))}L{_pair((right - 8, middle + 3.5))}Z"
            return f'<path class="{mark.style}" d="{path(mark)}"/><path class="head" d="{head}"/>'


def path(line: Line) -> str:
    """A route as path data."""
    steps = pieces(line.points, spline=line.spline)
    return f"M{_pair(line.points[0])}" + "".join("LC"[len(step) > 1] + " ".join(map(_pair, step)) for step in steps)


def style_sheet() -> str:
    """Colours and lines, light and dark."""
    return f"""
.graph {{ {_variables(LIGHT)} }}
@media (prefers-color-scheme: dark) {{ .graph {{ {_variables(DARK)} }} }}
.graph text {{ font-family: {FONT}; text-anchor: middle; fill: var(--ink); white-space: pre }}
.graph text[text-anchor=start] {{ text-anchor: start }}
.graph text:not([font-size]) {{ font-size: 12px }}
.graph .paper {{ fill: var(--paper) }}
.graph .body {{ fill: var(--operation); stroke: var(--ink); stroke-width: 1.2 }}
.graph .input .body, .graph .body.input {{ fill: var(--input) }}
.graph .param .body, .graph .body.param {{ fill: var(--param) }}
.graph .state .body, .graph .body.state {{ fill: var(--state) }}
.graph .constant .body, .graph .body.constant {{ fill: var(--constant); stroke-dasharray: 3 2 }}
.graph .folded .body, .graph .body.folded {{ fill: var(--folded) }}
.graph .output .body, .graph .body.output {{ fill: var(--output); stroke-width: 2 }}
.graph .frame .body {{ fill: var(--frame); stroke: var(--faint); stroke-dasharray: 5 3 }}
.graph .reverse .body, .graph .body.reverse {{ fill: var(--reverse) }}
{_heats()}
.graph .failed .body {{ stroke: var(--failed); stroke-width: 3 }}
.graph .behind {{ fill: var(--paper); stroke: var(--ink) }}
.graph .wire {{ fill: none; stroke: var(--wire); stroke-width: 1.4 }}
.graph .head path, .graph path.head {{ fill: var(--wire) }}
.graph .failed .wire {{ stroke: var(--failed); stroke-width: 2.5 }}
.graph .failed path.head, .graph text.message {{ fill: var(--failed) }}
.graph text.value {{ fill: var(--value) }}
.graph text.gradient {{ fill: var(--gradient) }}
.graph text.small, .graph text.label {{ fill: var(--faint) }}
.graph text.name {{ font-weight: 600 }}
.graph text.title {{ font-family: system-ui, 'DejaVu Sans', sans-serif; font-weight: 600 }}
"""


def _heats() -> str:
    """An overlay's colours, in place of those of the kinds of boxes."""
    rules = [f".graph .heat{n} .body, .graph .body.heat{n} {{ fill: var(--heat{n}) }}" for n in range(HEATS)]
    return "\n".join((".graph .unmeasured .body { fill: var(--operation) }", *rules))


def _variables(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def _pair(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    text = f"{value:.1f}"
    return text.removesuffix(".0")
