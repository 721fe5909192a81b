"""Random numbers by seed, purpose and number: no state has to be kept to draw the same ones again.

A stream is PCG64 seeded by SeedSequence(seed, spawn_key=(purpose, number)); purposes are numbered here and never
renumbered, since saved runs are resumed by them.
"""

from __future__ import annotations

import numpy as np

GENERATE = 1
"""Points of a generator; number 0."""
HOLD_OUT = 2
"""The shuffle before rows are held out; number 0."""
SHUFFLE = 3
"""The order of the rows in an epoch; the number is the epoch's, from 0."""
REPLACEMENT = 4
"""Rows drawn with replacement; the number is the epoch's, from 0."""


def stream(seed: int, purpose: int, number: int = 0) -> np.random.Generator:
    """The random numbers of one purpose and number."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(purpose, number))))
