"""Faults of columns that are found before any data are read."""

from ...grammar.diagnostic import Fault

COLUMN_CIRCLE = Fault(
    "G486",
    "error",
    "column `{name}` uses itself: {circle}",
    "A column is computed from those that it names, and so cannot be one of them.",
    "dim N\ninput x: [N]\ny = 2 * x\ndata rows { x = x / 2 }\n",
    'Read what is meant under another name: `raw = csv("rows.csv", "x"); x = raw / 2`.',
)

FAULTS = (COLUMN_CIRCLE,)
