"""The engine as a process of its own: messages come on standard input and go out on standard output, a line each.

A line that goes out begins with `[id, done, event]` and a tab, so that its server need not read the rest of it.

`python -m chainrule.play.process '{"folder": ..., "file": ..., "memory": ...}'` is how a server starts it. It reads no
file but those of the folder, of the session and of Python itself, opens no connection and starts no program.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, BinaryIO

from .engine import Engine
from .session import Session

CLOSED = object()
"""What stands in the queue for the end of the input."""

FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "ctypes.dlopen")
"""Beginnings of events of Python that a spec has no reason to cause."""


def main(settings: dict[str, Any]) -> None:
    """Answers until the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed must not lie among the answers
    file = Path(settings["file"]) if settings.get("file") else None
    folder, own = Path(settings["folder"]), Path(settings["session"])
    engine = Engine(Session(file, folder, own))
    for _ in engine.session.answer({"id": 0, "do": "hello"}):  # imports what the first answers need
        pass
    limit_memory(int(settings.get("memory", 0)))
    guard([folder, own, Path(tempfile.gettempdir()) / "chainrule"])
    serve(engine, sys.stdin.buffer, answers)


def serve(engine: Engine, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers lines with lines; while nothing is to be done it waits for the next."""
    arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(requests, arrived), daemon=True).start()
    while True:
        while not (engine.busy and arrived.empty()):
            line = arrived.get()
            if line is CLOSED:
                return
            engine.take(_message(line))
        for said in engine.turn():
            head = json.dumps([said.get("id"), said.get("done"), said.get("event")])
            text = json.dumps(said, allow_nan=False, separators=(",", ":"))
            answers.write(f"{head}\t{text}\n".encode())
            answers.flush()


def _message(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _read(requests: BinaryIO, arrived: queue.SimpleQueue[Any]) -> None:
    for line in requests:
        arrived.put(line)
    arrived.put(CLOSED)


def limit_memory(size: int) -> None:
    """Lets the process take so many bytes of addresses, where the system can say so; 0 for any number."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    if size:
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def guard(folders: list[Path]) -> None:
    """From here on files are opened in these folders and in Python's own alone; nothing is connected or started."""
    here = os.path.realpath(os.getcwd())  # among the places of modules, and none of the page's business
    places = [each for each in sys.path if each and os.path.realpath(each) != here]
    own = [
        str(Path(__file__).parent.parent),
        sys.prefix,
        sys.base_prefix,
        *places,
        "/dev/null",
        "/dev/urandom",
        "/proc",
        "/sys",
    ]
    allowed = tuple(os.path.join(os.path.realpath(each), "") for each in (*map(str, folders), *own))

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path = arguments[0]
            if isinstance(path, str | bytes | os.PathLike):
                named = os.fsdecode(path)
                if not os.path.join(os.path.realpath(named), "").startswith(allowed):
                    raise PermissionError(13, "a page reads files of its own folder alone", named)
        elif event.startswith(FORBIDDEN):
            raise PermissionError(13, "a page opens no connection and starts no program")

    sys.addaudithook(look)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
