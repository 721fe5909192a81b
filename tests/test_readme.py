"""The README's two commands; its snippets and links are tried by `test_docs.py`."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["train", "test"])
def test_the_two_commands_bring_their_set_up(name: str) -> None:
    """`.ci/run` carries out these two as they stand, each in a fresh copy."""
    (command,) = re.findall(rf"^<!-- command: {name} -->\n```sh\n(.*)\n```$", README, re.MULTILINE)
    assert "-m venv" in command
    assert "pip install" in command
