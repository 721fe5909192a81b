"""How many steps are taken at a time, so that Ctrl-C and checkpoints by time are not kept waiting."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

AT_A_TIME = 0.25
"""Seconds."""


class Pace:
    """Measures steps: as many are taken as last AT_A_TIME, at most twice as many as the last time."""

    def __init__(self) -> None:
        self._count = 1

    @contextmanager
    def taking(self, most: int) -> Iterator[tuple[int, list[float]]]:
        """How many steps are to be taken, and a list that the losses of those that were go into."""
        taken: list[float] = []
        count, begun = min(most, self._count), time.monotonic()
        yield count, taken
        passed = time.monotonic() - begun
        if taken:
            fitting = len(taken) if not passed else int(AT_A_TIME / passed * len(taken))
            self._count = max(1, min(2 * max(self._count, len(taken)), fitting))
