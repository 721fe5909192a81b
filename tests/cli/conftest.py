"""How verbs are called in tests: in this process, in an empty folder."""

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pytest

from chainrule.cli.main import exit_code

APPLE = """chainrule 1 "Buying apples"
input price = 100
input count = 2
input tax = 1.1
subtotal = price * count
output total = subtotal * tax
expect total == 220
expect d(total)/d(price) == 2.2
"""

LINE = """dim N
input x: [N, 2]
input t: [N, 1]
param W: [2, 1] = normal()
param b = [0]
output y = affine(x, W, b)
loss = mse(y, t)
data points { x = csv("points.csv", ["a", "b"]) ; t = csv("points.csv", "t") }
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; epochs = 2 ; batch = 2 ; data = points }
"""

POINTS = "a,b,t\n1,0,2\n0,1,3\n1,1,5\n2,1,7\n"


class Answer(NamedTuple):
    """What a verb answered; `text` is both streams together."""

    code: int
    out: str
    errors: str

    @property
    def json(self) -> dict[str, Any]:
        """The one document on standard output."""
        document: dict[str, Any] = json.loads(self.out)
        return document


Call: TypeAlias = Callable[..., Answer]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Calls a verb; nothing may look like a traceback or be a fault of our own."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str, stdin: str | bytes = "") -> Answer:
        streams = {name: stream(stdin if name == "stdin" else "") for name in ("stdin", "stdout", "stderr")}
        with monkeypatch.context() as patch:
            for name, each in streams.items():
                patch.setattr(sys, name, each)
            code = exit_code(list(arguments))
        out, errors = (streams[name].buffer.getvalue().decode("utf-8") for name in ("stdout", "stderr"))
        assert "Traceback" not in out + errors
        assert not re.search("fault of chainrule itself: [^{]", out + errors)
        return Answer(code, out, errors)

    return called


class Stream(io.TextIOWrapper):
    """A standard stream, in memory."""

    buffer: io.BytesIO


def stream(content: str | bytes) -> Stream:
    return Stream(io.BytesIO(content.encode() if isinstance(content, str) else content), "utf-8", newline="\n")


@pytest.fixture
def apple(tmp_path: Path) -> str:
    """A spec of scalars."""
    (tmp_path / "apple.graph").write_text(APPLE, encoding="utf-8")
    return "apple.graph"


@pytest.fixture
def line(tmp_path: Path) -> str:
    """A spec with data and a train section."""
    (tmp_path / "line.graph").write_text(LINE, encoding="utf-8")
    (tmp_path / "points.csv").write_text(POINTS, encoding="utf-8")
    return "line.graph"
