"""Draws what a race found: `python benchmarks/race.py --json results.json`, then `picture.py results.json race.svg`.

One group of bars for each case, the time of a step as a multiple of chainrule's (the dashed line).
"""

import json
import sys
from html import escape
from pathlib import Path

COLOURS = {
    "chainrule": "#1b6ca8", "chainrule-exact": "#7fb2d6", "products": "#bbbbbb",
    "jax": "#e07b39", "jax-scan": "#f0b48a",
    "torch": "#b5403c", "torch-compile": "#dc9794", "sklearn": "#6a9a52", "textbook": "#8a6bb0",
}  # fmt: skip
NAMES = {"products": "its matrix products", "chainrule-exact": "chainrule, exact", "sklearn": "scikit-learn"}
NAMES |= {"jax": "jax, jit", "jax-scan": "jax, scan", "torch-compile": "torch.compile", "textbook": "textbook numpy"}
TITLES = {
    "mlp-1": "batch 1", "mlp-32": "batch 32", "mlp-100": "batch 100", "mlp-1000": "batch 1000",
    "wide-100": "784-1024-1024-10, batch 100", "mlp-100-adam": "batch 100, adam",
    "mlp-100-two-threads": "batch 100, two threads", "mlp-1000-two-threads": "batch 1000, two threads",
}  # fmt: skip
LEFT, BAR, GAP, WIDTH, MOST = 130, 13, 26, 560, 5.0
"""Pixels, and the longest bar as a multiple of chainrule's."""


def picture(results: dict[str, dict[str, dict[str, float]]]) -> str:
    """The picture as SVG."""
    parts: list[str] = []
    y = 8
    scale = (WIDTH - LEFT - 60) / MOST
    for case, title in TITLES.items():
        times = {name: each["median"] for name, each in results.get(case, {}).items() if "median" in each}
        if "chainrule" not in times:
            continue
        y += 18
        parts.append(f'<text x="{LEFT}" y="{y - 5}" class="title">{escape(title)}</text>')
        top = y
        for name in sorted((name for name in times if name in COLOURS), key=times.__getitem__):
            ratio = times[name] / times["chainrule"]
            length = min(ratio, MOST) * scale
            label = f"{ratio:.2f}" if ratio <= MOST else f"{ratio:.1f} →"
            parts += [
                f'<text x="{LEFT - 6}" y="{y + BAR - 3}" class="name">{escape(NAMES.get(name, name))}</text>',
                f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR - 2}" fill="{COLOURS[name]}"/>',
                f'<text x="{LEFT + length + 4:.1f}" y="{y + BAR - 3}">{label}</text>',
            ]
            y += BAR
        line = LEFT + scale
        parts.append(f'<line x1="{line:.1f}" y1="{top}" x2="{line:.1f}" y2="{y}" class="mark"/>')
        y += GAP - 18
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 4}" width="{WIDTH}" height="{y + 4}">'
        "<title>Time of a training step as a multiple of chainrule's</title>"
        "<style>text{font:10px sans-serif;fill:#444}.title{font-weight:bold;fill:#111}.name{text-anchor:end}"
        ".mark{stroke:#111;stroke-dasharray:3 2;stroke-width:.7}</style>"
        f'<rect width="{WIDTH}" height="{y + 4}" fill="#fff"/>'
    )
    return "\n".join([head, *parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    found = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(sys.argv[2]).write_text(picture(found), encoding="utf-8")
