"""The standard streams, whatever stands at their other ends: all that is printed goes through here."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

import click

from ...grammar.diagnostic import Diagnostic
from ...grammar.hidden import printed
from ...grammar.render import render, to_json
from ...views.text.json_text import dumps
from .console import fitted, shows_colours

if TYPE_CHECKING:
    from ...views.text.json_values import Json

STANDARD_INPUT, STANDARD_OUTPUT = "<standard input>", "<standard output>"
"""Names of the streams in messages that name files."""

PIECE = 1 << 16
"""Bytes of standard input that are taken at once, at most."""


def say(text: str, *, coloured: bool = False, end: bool = True) -> None:
    """A text on standard output; of one that is coloured, what is not its own was made safe before it was painted."""
    with _named(STANDARD_OUTPUT):
        safe = text if coloured else printed(text)
        click.echo(fitted(safe, sys.stdout), sys.stdout, nl=end)  # without a stream click would write ASCII in UTF-8


def say_bytes(data: bytes) -> None:
    """Bytes, such as those of a picture, on standard output."""
    with _named(STANDARD_OUTPUT):
        sys.stdout.buffer.write(data)


def say_lines(text: str) -> None:
    """Lines of data on standard output, at once: as they are where a program reads them, safe where somebody looks."""
    if on_terminal():
        say(text, end=False)
    else:
        say_bytes(text.encode("utf-8", "backslashreplace"))
    flush()


def coloured() -> bool:
    """Whether standard output shows colours."""
    return shows_colours(sys.stdout)


def on_terminal() -> bool:
    """Whether somebody looks at standard output."""
    return sys.stdout.isatty()


def complain(diagnostics: tuple[Diagnostic, ...]) -> None:
    """Diagnostics on standard error, with colour on a terminal only."""
    colour = shows_colours(sys.stderr)
    for diagnostic in diagnostics:
        click.echo(fitted(render(diagnostic, colour=colour), sys.stderr), sys.stderr, color=colour)


def refuse(error: click.ClickException) -> None:
    """What is wrong with a command line, on standard error."""
    text = io.StringIO()
    error.show(text)
    click.echo(printed(text.getvalue()), err=True, nl=False)


def answer(document: "dict[str, Json]", diagnostics: tuple[Diagnostic, ...]) -> None:
    """The one JSON document of an answer."""
    listed: list[Json] = [to_json(diagnostic) for diagnostic in diagnostics]
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "")
    say(dumps({**document, "diagnostics": listed}, ascii_only=encoding != "utf8"))


def read_all() -> bytes:
    """All that standard input holds."""
    with _named(STANDARD_INPUT):
        return sys.stdin.buffer.read()


def read_some() -> bytes:
    """What standard input holds, as soon as there is some; empty at its end."""
    with _named(STANDARD_INPUT):
        data: bytes = sys.stdin.buffer.read1(PIECE)  # type: ignore[union-attr]  # it is buffered, or stands in memory
        return data


def read_line() -> str:
    """A line of standard input; empty at its end."""
    with _named(STANDARD_INPUT):
        return sys.stdin.readline()


@contextlib.contextmanager
def _named(stream: str) -> Iterator[None]:
    """Gives a system's error the name of the stream that it is about."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or stream
        raise


def flush() -> None:
    """Writes out what is held back. Raises OSError where it can't be written."""
    with _named(STANDARD_OUTPUT):
        sys.stdout.flush()
    sys.stderr.flush()


def prepare() -> None:
    """Makes standard output whole or an error: an unbuffered one drops what a write leaves over.

    A character that an encoding lacks is written as an escape, not refused. A stream that is closed is a silent one.
    """
    _open_closed()
    raw = getattr(sys.stdout, "buffer", None)
    if isinstance(raw, io.RawIOBase):
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), sys.stdout.encoding)
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):  # a stream in place of the real one may have none
            reconfigure(errors="backslashreplace")


def _open_closed() -> None:
    """Streams that were closed before the start lead nowhere, so that no file is opened under their numbers.

    What a library writes to standard error would go into that file.
    """
    for name in ("stdin", "stdout", "stderr"):  # 0, 1, 2: the lowest free number is the next to be given
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(nowhere, nowhere <= 2)
            setattr(sys, name, os.fdopen(nowhere, "r" if name == "stdin" else "w", encoding="utf-8"))


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
