"""An engine's process as its server sees it: started, watched, ended where it takes too long, begun anew."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from ..grammar.spec_error import SpecError
from .faults import ENDED
from .session import failed

LONGEST_LINE = 256 << 20
"""Bytes of one answer."""

LOOK = 0.25
"""Seconds from one look at the clock to the next."""


START = 60.0
"""Seconds that an engine may take for its first word: it imports all that it needs."""


class Limits(NamedTuple):
    """What an engine may take: bytes of memory, and seconds without a word while it has something to answer."""

    memory: int = 4 << 30
    seconds: float = 60.0


class Supervised:
    """One engine. `say` gets what is to be sent to the page, as a text."""

    def __init__(self, settings: dict[str, Any], limits: Limits, say: Callable[[str], Awaitable[None]]) -> None:
        self._settings = {**settings, "memory": limits.memory}
        self._limits = limits
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._open: dict[Any, str] = {}
        """Requests that have not been answered, with their verbs."""
        self._paused: set[Any] = set()
        """Trainings that wait."""
        self._heard = 0.0
        self._begun = False
        """Whether the process has said anything yet."""

    async def start(self) -> None:
        """Starts a process."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"{__package__}.process", json.dumps(self._settings),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_LINE,
        )  # fmt: skip
        self._heard, self._begun = time.monotonic(), False
        self._tasks = [asyncio.create_task(self._listen(self._process)), asyncio.create_task(self._watch())]

    async def ask(self, text: str) -> None:
        """Hands a message of the page on; `stop` without a run ends the process."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        if isinstance(message, dict):
            if message.get("do") == "stop" and message.get("run") is None:
                await self.restart("the page asked for it", message.get("id"))
                return
            if isinstance(message.get("id"), int | str):
                if not self._waits:
                    self._heard = time.monotonic()
                self._open[message["id"]] = str(message.get("do"))
        process = self._process
        if process is not None and process.stdin is not None:
            with contextlib.suppress(ConnectionError):
                process.stdin.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
                await process.stdin.drain()

    async def restart(self, reason: str, asked: Any = None) -> None:
        """Ends the process, says so, and starts another one."""
        await self.end()
        fault = failed(SpecError([ENDED.at(None, reason=reason)]))
        unanswered, self._open, self._paused = [*self._open], {}, set()
        for number in unanswered:
            await self._say(json.dumps({"id": number, "done": True, "failed": fault}))
        await self._say(json.dumps({"id": None, "event": "restarted", "why": reason}))
        if asked is not None:
            await self._say(json.dumps({"id": asked, "done": True}))
        await self.start()

    async def end(self) -> None:
        """Ends the process, whatever it does."""
        current = asyncio.current_task()
        for task in self._tasks:
            if task is not current:
                task.cancel()
        self._tasks = []
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            transport = getattr(process, "_transport", None)
            if transport is not None:
                transport.close()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            self._heard, self._begun = time.monotonic(), True
            head, _, said = line.decode().rstrip("\n").partition("\t")
            self._note(json.loads(head))
            await self._say(said)
        code = await process.wait()
        if process is self._process:
            await self.restart(f"it ended by itself, with code {code}: its memory may have been used up")

    def _note(self, head: list[Any]) -> None:
        number, done, event = head
        if done:
            self._open.pop(number, None)
            self._paused.discard(number)
        elif event == "paused":
            self._paused.add(number)
        elif event is not None:
            self._paused.discard(number)

    @property
    def _waits(self) -> bool:
        """Whether something is to be answered now."""
        return bool(self._open.keys() - self._paused)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            patience = self._limits.seconds if self._begun else max(self._limits.seconds, START)
            if self._waits and time.monotonic() - self._heard > patience:
                await self.restart(f"it said nothing for {self._limits.seconds:g} seconds")
                return
