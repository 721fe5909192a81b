"""The standard streams: an encoding that lacks a letter still gives JSON that reads back."""

import io
import json
import sys

import pytest

from chainrule.cli import output


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "cp1252"])
def test_json_in_any_encoding(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    output.prepare()
    output.answer({"outputs": {"사과": 1.0, "\U0001f34e": 2.0}}, ())
    output.flush()
    written = stream.buffer.getvalue()
    assert json.loads(written.decode(encoding)) == {"outputs": {"사과": 1.0, "\U0001f34e": 2.0}, "diagnostics": []}
