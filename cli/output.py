"""Writing to the standard streams, whatever stands at their other ends."""

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO, cast

import click

from ..grammar.diagnostic import Diagnostic
from ..grammar.render import render, to_json
from .console import coloured, fitted

if TYPE_CHECKING:
    from ..views.json_values import Json


def say(text: str) -> None:
    """A text on standard output."""
    click.echo(fitted(text, sys.stdout), sys.stdout)  # without a stream click would write ASCII ones in UTF-8


def complain(diagnostics: tuple[Diagnostic, ...]) -> None:
    """Diagnostics on standard error, with colour on a terminal only."""
    colour = coloured(sys.stderr)
    for diagnostic in diagnostics:
        click.echo(fitted(render(diagnostic, colour=colour), sys.stderr), sys.stderr, color=colour)


def answer(document: "dict[str, Json]", diagnostics: tuple[Diagnostic, ...]) -> None:
    """The one JSON document of an answer."""
    from ..views.json_values import dumps

    listed: list[Json] = [to_json(diagnostic) for diagnostic in diagnostics]
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "")
    say(dumps({**document, "diagnostics": listed}, ascii_only=encoding != "utf8"))


def flush() -> None:
    """Writes out what is held back. Raises OSError where it can't be written."""
    sys.stdout.flush()
    sys.stderr.flush()


def prepare() -> None:
    """Makes standard output whole or an error: an unbuffered one drops what a write leaves over.

    A character that an encoding lacks is written as an escape, not refused.
    """
    if isinstance(getattr(sys.stdout, "buffer", None), io.RawIOBase):
        encoding = sys.stdout.encoding
        raw = cast(io.RawIOBase, cast(io.TextIOWrapper, sys.stdout).detach())
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), encoding)
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):  # a stream in place of the real one may have none
            reconfigure(errors="backslashreplace")


def abandon() -> None:
    """Sends what still would go to a closed output nowhere, so that the interpreter's own last flush is quiet."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            _to_nowhere(stream)


def _to_nowhere(stream: TextIO) -> None:
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
