"""Consoles: what a stream can't show is drawn with plain characters, and names stay what they are."""

import ast
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import chainrule
from chainrule.cli.shared import output
from chainrule.cli.shared.console import FAMILIES, fitted, shows_colours
from chainrule.views.text.terminal_curve import BARS, plot, sparkline

CURVE = sparkline([1, 2, 3, 4, 5, 6, 7, 8])


class Terminal(io.TextIOWrapper):
    """A stream with somebody in front of it."""

    def isatty(self) -> bool:
        return True


def stream(encoding: str, kind: type[io.TextIOWrapper] = io.TextIOWrapper) -> io.TextIOWrapper:
    return kind(io.BytesIO(), encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp65001"])
def test_a_console_that_can_show_everything_gets_it(encoding: str) -> None:
    assert fitted(CURVE, stream(encoding)) == CURVE == BARS


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437", "cp949", "euc-kr", "shift-jis"])
def test_curves_are_plain_where_the_encoding_lacks_a_bar(encoding: str) -> None:
    for text in (CURVE, plot([1.0, 2.0, 1.5], left="1", right="3", mark=1)):
        written = fitted(text, stream(encoding))
        assert len(written) == len(text)
        assert written.encode(encoding).decode(encoding) == written
    assert fitted(CURVE, stream(encoding)).isascii()


def test_a_dumb_terminal_gets_plain_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert fitted(f"사과 {CURVE}", stream("utf-8", Terminal)) == "사과 _.:-=+*#"
    assert fitted(CURVE, stream("utf-8")) == CURVE  # a file is no terminal
    assert not shows_colours(stream("utf-8", Terminal))
    monkeypatch.setenv("TERM", "xterm")
    assert fitted(CURVE, stream("utf-8", Terminal)) == CURVE
    assert shows_colours(stream("utf-8", Terminal))


def test_a_closed_stream_is_no_error() -> None:
    assert fitted(CURVE, None) == CURVE


def test_stand_ins_are_one_for_one() -> None:
    for drawn, plain in FAMILIES:
        assert len(set(drawn)) == len(drawn) == len(plain)
        assert plain.isascii()


NEVER_ON_A_CONSOLE = ("views/editor/", "views/page/player.py", "views/page/stepped.py", "views/walk/formulas.py")
"""What writes pages, or is asked by editors, and what has letters only to write LaTeX in their place."""


def test_every_drawn_character_has_a_stand_in() -> None:
    root = Path(chainrule.__file__).parent
    known = {character for drawn, _ in FAMILIES for character in drawn}
    for path in (path for room in ("views", "cli") for path in (root / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.isascii():
                lacking = {each for each in node.value if not each.isascii()} - known
                place = path.relative_to(root).as_posix()
                assert not lacking or place.startswith(NEVER_ON_A_CONSOLE), f"{path}: {lacking}"


def test_names_are_escaped_and_pictures_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    written = stream("cp1252")
    monkeypatch.setattr(sys, "stdout", written)
    output.prepare()
    output.say(f"사과 {CURVE}")
    output.flush()
    assert written.buffer.getvalue().decode("cp1252") == "\\uc0ac\\uacfc _.:-=+*#" + os.linesep  # type: ignore[attr-defined]  # a BytesIO


@pytest.mark.parametrize("verb", ["draw", "step", "plot"])
def test_verbs_on_an_ascii_console(tmp_path: Path, verb: str) -> None:
    spec = tmp_path / "net.graph"
    spec.write_text(
        "input x: [2, 2] = [[1, 2], [3, 4]]\nparam W: [2, 2] = he()\nloss = mean((x @ W - 1) ** 2) * 2\n"
        "train { minimize = loss; optimizer = sgd(lr = 0.01); steps = 20; report = every(1) }\n",
        encoding="utf-8",
    )
    arguments = [verb, str(spec), *(["curves"] if verb == "plot" else [])]
    answer = subprocess.run(
        [sys.executable, "-m", "chainrule", *arguments],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=True,
        cwd=tmp_path,
    )
    assert answer.stdout.isascii()
    assert b"\\u" not in answer.stdout
    assert b"\\x" not in answer.stdout
