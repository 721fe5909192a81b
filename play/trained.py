"""The trainings of a session: the one that runs, and what the last ones of each text left behind."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..grammar.spec_error import SpecError
from ..program.program import Program
from ..runtime.arrays import Array
from ..runtime.data.setting_text import setting_text
from .faults import NO_RUN
from .looking import KINDS
from .programs import Text, Texts
from .request import Request
from .training import Run

MOST = 8
"""Texts whose last training is kept."""


class Params(NamedTuple):
    """What a training left, by path; `key` tells one such from another."""

    values: Mapping[str, Array]
    key: object


class Trainings:
    """One training runs at a time."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._run: Run | None = None
        self._of = ""
        """The text that is being trained."""
        self._kept: OrderedDict[str, tuple[Program, Params]] = OrderedDict()
        self._count = 0

    @property
    def paused(self) -> bool:
        return self._run is not None and self._run.waits

    def end(self) -> None:
        if self._run is not None:
            self._run.stop()

    def begun(self, request: Request, made: Text, folder: Path) -> Iterator[dict[str, Any]]:
        """Trains a text, and keeps what it comes to. Raises SpecError."""
        if made.program is None:
            raise SpecError(made.faults)
        settings = request.mapping("settings")
        for name, least in (("batch", 1), ("epochs", 1), ("steps", 1), ("seed", 0)):
            if settings.get(name) is not None:
                Request(settings).whole(name, least=least)
        if settings.get("rate") is not None and Request(settings).number("rate") <= 0:
            request.refuse("`rate` is not above 0")
        constants = made.program.settings

        def again(more: Mapping[str, object]) -> Program:
            texts = {f"train.{name}": setting_text(name, value) for name, value in more.items()}
            fresh = self._texts.fresh(made.source, folder, {**constants, **texts})
            if fresh.program is None:
                raise SpecError(fresh.faults)
            return fresh.program

        given = {name: value for name, value in settings.items() if value is not None}
        before = self.params(made, True) if request.flag("go_on") else None
        run = self._run = Run(request.fields.get("id"), again, given, before.values if before else None)
        run.paused = bool(request.flag("paused"))
        _look_at(run, request)
        self._of = made.source.text
        try:
            for event in run.events():
                if event.get("done") and event.get("state") != "failed":
                    self._keep(made.source.text, run)
                yield event
        finally:
            if self._run is run:
                self._run = None

    def _keep(self, text: str, run: Run) -> None:
        self._count += 1
        run.program.restore(run.kept, run.steps)
        self._kept.pop(text, None)
        self._kept[text] = run.program, Params(run.program.held, self._count)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def steer(self, request: Request) -> dict[str, Any]:
        """Pauses, resumes, steps, changes or stops the training that runs. Raises SpecError where it has ended."""
        run, number = self._run, request.fields.get("run")
        if run is None or number != run.number:
            raise SpecError([NO_RUN.at(None, run=number)])
        match request.text("do"):
            case "pause":
                run.pause()
            case "resume":
                run.resume()
            case "step":
                run.step(request.whole("count", 1, least=1))
            case "epoch":
                run.epoch()
            case "stop":
                run.stop()
            case _:
                self._set(run, request)
        return {}

    def _set(self, run: Run, request: Request) -> None:
        rate = request.number("rate") if request.fields.get("rate") is not None else None
        if rate is not None and rate <= 0:
            request.refuse("`rate` is not above 0")
        if request.fields.get("batch") is not None:
            run.set_batch(request.whole("batch", least=1))
        if rate is not None:
            run.set_rate(rate)
        _look_at(run, request)

    # --- what they left -----------------------------------------------------------------------------------------

    def params(self, made: Text, wanted: bool | None) -> Params | None:
        """The params of a text as they were trained: of the training that runs, else of the last one that fits.

        `wanted` None: where the very text was trained. Raises SpecError where they are asked for and there are none.
        """
        if wanted is False or made.program is None:
            return None
        run, text = self._run, made.source.text
        if run is not None and self._of == text:
            return Params({path: np.array(value) for path, value in run.present.items()}, ("run", run.steps))
        if text in self._kept:
            return self._kept[text][1]
        if not wanted:
            return None
        shapes = {path: value.shape for path, value in made.program.held.items()}
        for _, found in reversed(self._kept.values()):
            if {path: value.shape for path, value in found.values.items()} == shapes:
                return found
        raise SpecError([NO_RUN.at(None, run="of this text")])

    def program(self, made: Text, wanted: bool | None) -> Program:
        """The program that was trained; without a training that of the text. Raises SpecError as `params` does."""
        if made.program is None:
            raise SpecError(made.faults)
        if wanted is False:
            return made.program
        kept = self._kept.get(made.source.text)
        if kept is not None:
            return kept[0]
        found = self.params(made, wanted)
        if found is None:
            return made.program
        fresh = self._texts.fresh(made.source, made.program.folder, made.program.settings)
        assert fresh.program is not None  # it was compiled before
        fresh.program.restore(found.values, 1)
        return fresh.program


def _look_at(run: Run, request: Request) -> None:
    """How often is looked, and at what."""
    if request.fields.get("every") is not None:
        run.every = min(60.0, max(0.01, request.number("every")))
    kinds = request.texts("look")
    if kinds is not None:
        unknown = [each for each in kinds if each not in KINDS]
        if unknown:
            request.refuse(f"there is no look `{unknown[0]}`")
        run.kinds = kinds
