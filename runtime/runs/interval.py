"""How often a run is saved: after so many steps, or so many seconds."""

import re
from typing import NamedTuple

UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}
FORM = re.compile(r"(\d+(?:\.\d+)?)(s|min|h)", re.ASCII)


class Interval(NamedTuple):
    """The time between two checkpoints: steps where there are any, else seconds."""

    steps: int | None = None
    seconds: float = 5.0

    @classmethod
    def of(cls, value: "int | str | Interval") -> "Interval":
        """From a number of steps (`100`), or a time: `30s`, `10min`, `1h`. Raises ValueError for anything else."""
        if isinstance(value, Interval):
            return value
        text = str(value)
        if text.isascii() and text.isdigit() and int(text) > 0:
            return cls(steps=int(text))
        if found := FORM.fullmatch(text):
            return cls(seconds=float(found[1]) * UNITS[found[2]])
        raise ValueError(f"{text!r} is neither a number of steps (100) nor a time (30s, 10min, 1h)")

    def over(self, steps: int, seconds: float) -> bool:
        """Whether it is over after so many steps and seconds."""
        return steps >= self.steps if self.steps is not None else seconds >= self.seconds
