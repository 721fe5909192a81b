"""A training on a terminal, as a terminal shows it: the reports in order, a live line below, which goes at the end."""

import io
import re
import sys
from typing import Any

import pyte
import pytest

import chainrule
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.runtime.training.train import Training
from chainrule.views.text import live_progress
from chainrule.views.text.live_progress import LiveReports
from chainrule.views.text.progress import row_text

BOWL = """param x = -3
output f = x ** 2
train { minimize = f ; optimizer = sgd(lr = 0.1) ; steps = 30 ; report = every(10) ; precision = float64 }
"""

LIVE = re.compile(r"(?:step (\d+)/30  loss \S+  lr 0\.1 +)?━* +(?:--:--|\d\d:\d\d)")


class Terminal(io.StringIO):
    """What is written to a terminal, by either stream; `seen` is how its lines looked each time."""

    def __init__(self) -> None:
        super().__init__()
        self.screen = pyte.Screen(120, 40)
        self.screen.set_mode(pyte.modes.LNM)  # a line feed returns to the margin, as on any terminal of a system
        self.stream = pyte.Stream(self.screen)
        self.seen: list[list[str]] = []

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.stream.feed(text)
        return len(text)

    def flush(self) -> None:
        self.seen.append([line.rstrip() for line in self.screen.display if line.strip()])


class Warned(LiveReports):
    """The second report brings a warning."""

    def reported(self, training: Training, row: Any) -> None:
        super().reported(training, row)
        if training.step == 20:
            self.warned(training, Diagnostic("G501", "warning", "this is odd", None))


def terminal_for(monkeypatch: pytest.MonkeyPatch, *streams: str) -> Terminal:
    made = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    for stream in streams:
        monkeypatch.setattr(sys, stream, made)
    return made


def test_reports_stand_above_the_live_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_for(monkeypatch, "stdout", "stderr")
    monkeypatch.setattr(live_progress, "REFRESH", 0.0)
    reports = Warned(print, lambda found: print(*(each.message for each in found)))
    history = chainrule.compile(BOWL).train(callbacks=[reports])
    rows = [row_text(row) for row in history.rows]
    told = [rows[0], rows[1], "this is odd", rows[2]]
    steps = []
    for lines in terminal.seen:
        live = LIVE.fullmatch(lines[-1]) if lines else None
        reported = lines[:-1] if live else lines
        assert reported == told[: len(reported)]
        if live and live[1]:
            steps.append(int(live[1]))
    assert sorted(set(steps)) == list(range(1, 31))
    assert terminal.seen[-1] == told


def test_a_row_is_one_line_where_the_output_is_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_for(monkeypatch, "stderr")
    piped = io.StringIO()
    monkeypatch.setattr(sys, "stdout", piped)
    history = chainrule.compile(BOWL).train(callbacks=[LiveReports(print, lambda found: None)])
    assert piped.getvalue().splitlines() == [row_text(row) for row in history.rows]
    assert any(LIVE.fullmatch(line) for lines in terminal.seen for line in lines)
    assert terminal.seen[-1] == []
