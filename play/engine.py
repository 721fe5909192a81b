"""The engine of one page: requests queue up, are answered in turn, and a training runs in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from .session import Message, Session

REDRAWS = frozenset({"check", "run", "draw", "complete", "hover", "tokens", "walk"})
"""Verbs of which only the last request counts."""


class Engine:
    """Takes messages and answers them; whoever owns it calls `turn` while it is `busy`.

    Nothing here waits, and there are no threads: a page without a server has neither.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._queue: deque[object] = deque()
        self._running: Iterator[Message] | None = None

    def take(self, message: object) -> None:
        """Notes a message that came."""
        self._queue.append(message)

    @property
    def busy(self) -> bool:
        """Whether a turn would do something."""
        return bool(self._queue) or (self._running is not None and not self.session.paused)

    def turn(self) -> Iterator[Message]:
        """Answers the next message; where there is none, lets a training go on for a moment."""
        if self._queue:
            message = self._queue.popleft()
            if self._superseded(message):
                yield {"id": message["id"], "done": True, "superseded": True}  # type: ignore[index]  # it is a mapping
            elif isinstance(message, dict) and message.get("do") == "train":
                yield from self._begin(message)
            else:
                yield from filter(None, self.session.answer(message))
        elif self._running is not None and not self.session.paused:
            said = next(self._running, None)
            if said is None:
                self._running = None
            elif said:
                yield said

    def _begin(self, message: Message) -> Iterator[Message]:
        """Starts a training, after the one that runs has ended."""
        self.session.end_training()
        if self._running is not None:
            yield from filter(None, self._running)
        self._running = self.session.answer(message)
        said = next(self._running, None)
        if said:
            yield said

    def _superseded(self, message: object) -> bool:
        if not isinstance(message, dict) or message.get("do") not in REDRAWS or "id" not in message:
            return False
        return any(isinstance(later, dict) and later.get("do") == message["do"] for later in self._queue)
