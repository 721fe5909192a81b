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
from ..views.editor.completion import completion
from ..views.editor.diagnostics import told
from ..views.editor.hover import hover
from ..views.editor.offsets import Offsets
from ..views.editor.tokens import tokens
from . import lessons
from .checking import checked
from .data_files import DataFiles
from .drawing import drawn, drawn_faulty
from .exporting import exported
from .faults import NO_ROOM, OWN_FAULT
from .passes import Passes, passes
from .predicting import predicted
from .programs import Text, Texts
from .request import Request
from .trained import Trainings
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
        self.texts = Texts()
        base = folder or (file.parent if file is not None else Path())
        self.files = DataFiles(base, own, lessons.FOLDER, named=file.name if file is not None else "")
        self.trainings = Trainings(self.texts)
        self._verbs: Mapping[str, Callable[[Request], Message | Iterator[Message]]] = {
            "hello": lambda request: lessons.hello(self.file),
            "check": lambda request: checked(self._text(request)),
            "run": partial(self._passed, lambda made, passed, request: ran(made, passed)),
            "draw": self._draw,
            "walk": partial(self._passed, walked),
            "tokens": self._tokens,
            "complete": self._complete,
            "hover": self._hover,
            "fmt": self._fmt,
            "file": self._file,
            "files": lambda request: {"files": self.files.listed()},
            "forget": self._forget,
            "train": self._train,
            **dict.fromkeys(("pause", "resume", "step", "epoch", "set", "stop"), self.trainings.steer),
            "predict": self._predict,
            "export": self._export,
        }

    def answer(self, message: object) -> Iterator[Message]:
        """The answers to a message, the last one with `done`; an empty one where a training only goes on.

        It never raises but for KeyboardInterrupt and SystemExit.
        """
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
        """Whether the training that runs waits, and has said so."""
        return self.trainings.paused

    def end_training(self) -> None:
        """Lets the training that runs end."""
        self.trainings.end()

    # --- about the text -------------------------------------------------------------------------------------------

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

    def _tokens(self, request: Request) -> Message:
        text = request.text("text")
        offsets = Offsets(text)
        found = tokens(text)
        return {"tokens": [[offsets.to_units(start), offsets.to_units(stop), kind] for start, stop, kind in found]}

    def _complete(self, request: Request) -> Message:
        made = self._text(request)
        at = made.offsets.to_characters(request.whole("at"))
        found = completion(made.module, made.spec, at, [each["name"] for each in self.files.listed()])
        items = [each._asdict() for each in found.items]
        return {"from": made.offsets.to_units(found.start), "to": made.offsets.to_units(found.stop), "items": items}

    def _hover(self, request: Request) -> Message:
        made = self._text(request)
        found = hover(made.module, made.spec, made.offsets.to_characters(request.whole("at")))
        if found is None:
            return dict.fromkeys(("from", "to", "title", "shape", "formula", "mathml", "about"))
        places = {"from": made.offsets.to_units(found.start), "to": made.offsets.to_units(found.stop)}
        said = {name: getattr(found, name) for name in ("title", "shape", "formula", "mathml", "about")}
        return {**places, **said}

    def _fmt(self, request: Request) -> Message:
        module, found = parse(Source(request.text("name", "unnamed.graph"), request.text("text")))
        if any(each.severity == "error" for each in found):
            raise SpecError(found)
        return {"text": write(module)}

    def _text(self, request: Request) -> Text:
        return self.texts.asked(request, self.files.folder(request.text("name", "unnamed.graph")))

    def _passes(self, made: Text, request: Request) -> Passes:
        return passes(made, request, self.trainings.params(made, request.flag("trained")))

    # --- files ----------------------------------------------------------------------------------------------------

    def _file(self, request: Request) -> Message:
        put = self.files.put(request)
        self.texts.forget()
        return put

    def _forget(self, request: Request) -> Message:
        self.files.forget(request.text("name"))
        self.texts.forget()
        return {}

    # --- training ---------------------------------------------------------------------------------------------------

    def _train(self, request: Request) -> Iterator[Message]:
        return self.trainings.begun(request, self._text(request), self.files.folder(request.text("name", "")))

    def _predict(self, request: Request) -> Message:
        made = self._text(request)
        return predicted(self.trainings.program(made, request.flag("trained")), request, self.files)

    def _export(self, request: Request) -> Message:
        made = self._text(request)
        if made.program is None:
            raise SpecError(made.faults)
        wanted = request.flag("trained")
        pictured = request.text("to") in ("svg", "html", "tex")
        passed = self._passes(made, request) if pictured else None
        program = made.program if pictured else self.trainings.program(made, wanted)
        return exported(program, passed, request, self.files)


def failed(error: SpecError) -> Message:
    """Why a request was refused, as the page takes it."""
    first = next((each for each in error.diagnostics if each.severity == "error"), error.diagnostics[0])
    where = getattr(first.where, "source", None)
    offsets = Offsets(where.text if where is not None else "")
    return {
        "message": first.message,
        "code": first.code,
        "diagnostics": [told(each, where, offsets) for each in error.diagnostics],
    }
