"""Curves as files; they need matplotlib."""

from pathlib import Path

import pytest

from chainrule import program
from chainrule.program import load

pytest.importorskip("matplotlib")

SPECS = Path(program.__file__).parent / "specs"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_files(tmp_path: Path) -> None:
    history = load(SPECS / "iris.graph").train()
    for name, start in (("a.svg", b"<?xml"), ("a.png", b"\x89PNG")):
        history.plot(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start)
    history.plot(tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    text = (tmp_path / "a.svg").read_text()
    assert "norm of gradient by layer" in text or "<use" in text  # texts may be drawn as outlines
