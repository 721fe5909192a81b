"""What a long command has done, in a file, so that a later call goes on from there."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Progress:
    """Programs tried from number `start` on, up to before `next`; the numbers of those in which something was found.

    `steps` are those that a judge of steps took.
    """

    start: int
    next: int
    found: list[int] = field(default_factory=list)
    seconds: float = 0.0
    steps: int = 0

    @property
    def tried(self) -> int:
        return self.next - self.start

    def keep(self, path: Path) -> None:
        """Writes it under its name at once, so that a kill leaves the old file or the new one."""
        written = path.with_suffix(".part")
        written.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")
        os.replace(written, path)


def progress_in(path: Path, start: int) -> Progress:
    """What a file holds of a hunt from this number on; a fresh start where it holds none."""
    if not path.exists():
        return Progress(start, start)
    held = Progress(**json.loads(path.read_text(encoding="utf-8")))
    return held if held.start == start else Progress(start, start)
