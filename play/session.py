"""One page's session with the engine: a request goes in, its answers come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ..grammar.parse import parse
from ..grammar.source import Source
from ..grammar.spec_error import SpecError
from ..grammar.write import write
from ..runtime.arrays import Array
from . import lessons
from .checking import checked
from .drawing import drawn, drawn_faulty
from .faults import NO_ROOM, OWN_FAULT
from .passes import Passes, passes
from .programs import Text, Texts
from .request import Request
from .values import ran
from .walking import walked

Message = dict[str, Any]


class Session:
    """Answers the messages of one page, as docs/play.md has them.

    `file` is the spec that the page begins with; paths in texts are relative to `folder`, those of a lesson to the
    folder of the lessons. `own` is where files lie that the page brings; None: it can bring none.
    """

    def __init__(self, file: Path | None = None, folder: Path | None = None, own: Path | None = None) -> None:
        self.file = file
        self.folder = folder or (file.parent if file is not None else Path())
        self.own = own
        self.texts = Texts()
        self._verbs: Mapping[str, Callable[[Request], Message | Iterator[Message]]] = {
            "hello": self._hello,
            "check": self._check,
            "run": partial(self._passed, lambda made, passed, request: ran(made, passed)),
            "draw": self._draw,
            "walk": partial(self._passed, walked),
            "fmt": self._fmt,
        }

    def answer(self, message: object) -> Iterator[Message]:
        """The answers to a message, the last one with `done`. It never raises but for KeyboardInterrupt."""
        fields = message if isinstance(message, dict) else {}
        number = fields.get("id")
        try:
            request = Request(fields)
            if not isinstance(number, int | str):
                number = None
                request.refuse("a message is an object with an `id`")
            verb = request.text("do")
            if verb not in self._verbs:
                request.refuse(f"there is no `{verb}`")
            made = self._verbs[verb](request)
            if isinstance(made, dict):
                yield {"id": number, "done": True, **made}
            else:
                for each in made:
                    yield {"id": number, **each} if each else {}
        except SpecError as error:
            yield {"id": number, "done": True, "failed": failed(error)}
        except MemoryError:
            self.texts.forget()
            yield {"id": number, "done": True, "failed": failed(SpecError([NO_ROOM.at(None)]))}
        except Exception as error:  # a fault of our own must not end the session
            said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            yield {"id": number, "done": True, "failed": failed(SpecError([OWN_FAULT.at(None, error=said)]))}

    @property
    def paused(self) -> bool:
        """Whether the training that runs waits."""
        return False

    def end_training(self) -> None:
        """Lets the training that runs end."""

    # --- about the text -------------------------------------------------------------------------------------------

    def _hello(self, request: Request) -> Message:
        return lessons.hello(self.file)

    def _check(self, request: Request) -> Message:
        return checked(self._text(request))

    def _draw(self, request: Request) -> Message:
        made = self._text(request)
        if made.program is None:
            return drawn_faulty(made)
        return drawn(made, self._passes(made, request), request)

    def _passed(self, answered: Callable[[Text, Passes, Request], Message], request: Request) -> Message:
        made = self._text(request)
        if made.program is None:
            raise SpecError(made.faults)
        return answered(made, self._passes(made, request), request)

    def _fmt(self, request: Request) -> Message:
        module, found = parse(Source(request.text("name", "unnamed.graph"), request.text("text")))
        if any(each.severity == "error" for each in found):
            raise SpecError(found)
        return {"text": write(module)}

    def _text(self, request: Request) -> Text:
        return self.texts.asked(request, self._folder(request.text("name", "")))

    def _folder(self, name: str) -> Path:
        """The folder that the paths of a text are relative to."""
        return lessons.FOLDER if self.file is None and (lessons.FOLDER / Path(name).name).exists() else self.folder

    def _passes(self, made: Text, request: Request) -> Passes:
        return passes(made, request, self._trained(made, request))

    def _trained(self, made: Text, request: Request) -> Mapping[str, Array] | None:
        """The params of the last training of a text, where they are asked for."""
        return None


def failed(error: SpecError) -> Message:
    """Why a request was refused, as the page takes it."""
    from ..views.editor.diagnostics import told
    from ..views.editor.offsets import Offsets

    first = next((each for each in error.diagnostics if each.severity == "error"), error.diagnostics[0])
    where = getattr(first.where, "source", None)
    offsets = Offsets(where.text if where is not None else "")
    return {
        "message": first.message,
        "code": first.code,
        "diagnostics": [told(each, where, offsets) for each in error.diagnostics],
    }
