"""`draw`: every form, every way out."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest


def test_text_is_printed(call: Any, apple: str) -> None:
    answer = call("draw", apple)
    assert answer.code == 0
    assert "[price]" in answer.out
    document = call("draw", apple, "--json").json
    assert document["form"] == "text"
    assert document["edges"] == 5
    assert "220" in document["text"]


@pytest.mark.parametrize("form", ["svg", "dot", "mermaid"])
def test_files(call: Any, apple: str, form: str) -> None:
    suffix = {"mermaid": "mmd"}.get(form, form)
    assert call("draw", apple, "--out", f"x.{suffix}").code == 0
    assert "220" in Path(f"x.{suffix}").read_text(encoding="utf-8")
    assert call("draw", apple, "--out", "-", "--to", form).out.strip() == Path(f"x.{suffix}").read_text("utf-8").strip()


def test_a_picture_is_written_beside_one(call: Any, apple: str) -> None:
    assert "wrote apple.svg" in call("draw", apple, "--to", "svg").out
    assert ElementTree.parse("apple.svg").getroot().tag.endswith("svg")


def test_png(call: Any, apple: str) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    assert call("draw", apple, "--out", "a.png").code == 0
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")


def test_pages(call: Any, apple: str) -> None:
    assert "wrote apple.html" in call("draw", apple, "--html").out
    assert "Content-Security-Policy" in Path("apple.html").read_text(encoding="utf-8")
    Path("bad.graph").write_text("output y = x", encoding="utf-8")
    assert call("draw", "bad.graph", "--out", "bad.html").code == 1
    assert "nothing here is called" in Path("bad.html").read_text(encoding="utf-8")
    assert call("draw", apple, "--html", "--to", "svg").code == 2


def test_settings_rows_and_what_is_asked_for(call: Any, apple: str, line: str) -> None:
    assert "330" in call("draw", apple, "--set", "price=150").out
    reverse = call("draw", apple, "--of", "subtotal", "--reverse", "--to", "dot").out
    assert 'label="d(subtotal)/d(price)"' in reverse
    assert 'label="d(subtotal)/d(count)"' in reverse
    assert 'label="total"' not in reverse
    assert call("draw", line, "--rows", "0:3", "--full").code == 0
    assert call("draw", apple, "--of", "nothing").code == 2
    assert call("draw", apple, "--out", "x.bmp").code == 2


@pytest.mark.parametrize("kind", ["time", "memory", "gradient"])
def test_overlays(call: Any, apple: str, line: str, kind: str) -> None:
    assert call("draw", apple, "--overlay", kind, "--out", "apple.svg").code == 0
    assert '"load"' in Path("apple.svg").read_text(encoding="utf-8")
    assert call("train", line, "--run", "run").code == 0
    answer = call("draw", "run", "--overlay", kind, "--to", "dot", "--out", "-")
    assert answer.code == 0
    assert "[2, 2]" in answer.out  # a minibatch of two rows
    assert "[3, 2]" in call("draw", "run", "--overlay", kind, "--to", "dot", "--out", "-", "--rows", "0:3").out
    assert call("draw", apple, "--overlay", kind, "--reverse").code == 2


def test_an_overlay_of_gradients_needs_one(call: Any) -> None:
    Path("two.graph").write_text("input x = [1, 2]\noutput y = x * x\n", encoding="utf-8")
    assert call("draw", "two.graph", "--overlay", "gradient").code == 2
    assert call("draw", "two.graph", "--overlay", "time").code == 0


def test_dark_paper(call: Any, apple: str) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    for path, *more in (("light.png",), ("dark.png", "--dark")):
        assert call("draw", apple, "--out", path, *more).code == 0
    assert Path("light.png").read_bytes() != Path("dark.png").read_bytes()


def test_a_faulty_spec_is_drawn_and_fails(call: Any) -> None:
    Path("bad.graph").write_text("input x = 1\noutput y = x * foo\n", encoding="utf-8")
    answer = call("draw", "bad.graph", "--out", "bad.svg")
    assert answer.code == 1
    assert "G101" in answer.errors
    assert "nothing here is called" in Path("bad.svg").read_text(encoding="utf-8")


def test_data_that_cannot_be_had_leave_a_picture_without_numbers(call: Any, line: str) -> None:
    Path("points.csv").unlink()
    answer = call("draw", line)
    assert answer.code == 1
    assert "{W}" in answer.out
    assert "not computed" in answer.out


def test_what_lacks_an_input_is_drawn_without_its_numbers(call: Any) -> None:
    Path("open.graph").write_text("input x\ninput y = 3\na = y * y\noutput b = a * x\n", encoding="utf-8")
    answer = call("draw", "open.graph")
    assert answer.code == 0
    assert "not computed: what depends on x" in answer.out
    assert "9" in answer.out
    assert call("draw", "open.graph", "--of", "b").code == 1
