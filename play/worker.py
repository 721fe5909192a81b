"""The engine in a browser: a worker hands it the page's messages as JSON, and asks it for its turns."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from .engine import Engine
from .session import Session


class Worker:
    """What `worker.js` calls. Nothing in it waits."""

    def __init__(self, folder: Path) -> None:
        own = folder / "session"
        own.mkdir(parents=True, exist_ok=True)
        self._engine = Engine(Session(None, folder, own))

    def take(self, text: str) -> None:
        """A message of the page."""
        try:
            self._engine.take(json.loads(text))
        except (ValueError, RecursionError):
            self._engine.take(None)

    def turn(self) -> list[str]:
        """What is said in the next turn."""
        return [json.dumps(said, allow_nan=False) for said in self._engine.turn()]

    def busy(self) -> bool:
        """Whether another turn would do something."""
        return self._engine.busy


def begin() -> Worker:
    """The engine of a page, in the file system of its worker."""
    folder = Path("/page")
    folder.mkdir(exist_ok=True)
    return Worker(folder)


def unburden() -> None:
    """Empties the files of the extension modules that are loaded: a worker's files lie in its memory, and no code is
    read twice."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(".so"):
            os.truncate(file, 0)
