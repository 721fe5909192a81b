"""What a notebook shows."""

import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import chainrule
from chainrule.views.page.notebook import program_bundle, shown_walk, values_bundle

HOSTILE = "<img src=x onerror=alert(1)>"


def test_a_program_is_its_picture() -> None:
    program = chainrule.compile(f'chainrule 1 "{HOSTILE}"\ninput x = 2\noutput y = x * x')
    bundle = program_bundle(program)
    assert ElementTree.fromstring(bundle["image/svg+xml"]).tag.endswith("svg")
    assert "[x]" in bundle["text/plain"]


def test_a_program_without_values_is_drawn_too() -> None:
    program = chainrule.compile("dim N\ninput x: [N, 3]\nparam W: [N, 3] = he()\noutput y = x * W")
    assert shown_walk(program).values == {}
    assert "image/svg+xml" in program_bundle(program)


def test_several_outputs_are_drawn_forward() -> None:
    program = chainrule.compile("input x = 2\noutput y = x * x\noutput z = x + 1")
    made = shown_walk(program)
    assert made.of is None
    assert len(made.values) == 4


def test_the_player_stays_in_its_frame() -> None:
    program = chainrule.compile(f'chainrule 1 "{HOSTILE}"\ninput x = 2\noutput y = x * x')
    text = program.player()._repr_mimebundle_()["text/html"]
    assert text.count("<") == 2
    assert 'sandbox="allow-scripts"' in text


def test_values_are_a_table(walked: Any) -> None:
    program = chainrule.compile("input x = [1, 2]\noutput y = sum(x * x)")
    bundle = values_bundle(program.grad(), "gradient")
    assert "<code>x</code></td><td><code>[2, 4]</code>" in bundle["text/html"]
    assert bundle["text/plain"] == "x = [2., 4.]\ny = 1.0"
    named = values_bundle(program.grad(), named=lambda path: f"d(y)/d({path})")
    assert named["text/plain"] == "d(y)/d(x) = [2., 4.]\nd(y)/d(y) = 1.0"


def test_of_very_many_values_both_ends_are_shown() -> None:
    lines = "".join(f"y{number + 1} = y{number}\n" for number in range(100))
    values = chainrule.compile(f"input x = 1\ny0 = x\n{lines}").run()
    text = values._repr_mimebundle_()["text/plain"].splitlines()
    assert (len(text), text[0], text[20], text[-1]) == (41, "x   = 1.0", "... 62 more ...", "y100 = 1.0")
    assert values._repr_mimebundle_()["text/html"].count("<tr>") == 42


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """IPython as notebooks run it, with the extension."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    made = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))  # type: ignore[no-untyped-call]  # not ours
    made.run_line_magic("load_ext", "chainrule")
    return made


def test_the_extension(shell: Any) -> None:
    program = shell.run_cell("%%graph apple\ninput x = 2\noutput y = x * x").result
    assert shell.user_ns["apple"] is program
    bundle, _ = shell.display_formatter.format(program)
    assert ElementTree.fromstring(bundle["image/svg+xml"]).tag.endswith("svg")
    assert "[x]" in bundle["text/plain"]


def test_a_wrong_cell_is_told_what_is_wrong_and_nothing_else(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    result = shell.run_cell("%%graph apple\ninput x = 2\noutput y = x * z")
    said = capsys.readouterr().out
    assert said.strip() == str(result.error_in_exec)
    assert ":2:16: error G101: nothing here is called `z`" in said
    assert "apple" not in shell.user_ns


def test_runs_and_gradients_show_themselves(shell: Any) -> None:
    program = chainrule.compile("input x = 2\noutput y = x * x")
    shows = shell.display_formatter.format
    assert repr(program.run()) == str(program.run()) == "x = 2.0\ny = 4.0"
    assert repr(program.grad()) == "d(y)/d(x) = 4.0\nd(y)/d(y) = 1.0"
    for made, head in ((program.run(), "value"), (program.grad(), "gradient of y")):
        assert f"<th>{head}</th>" in shows(made)[0]["text/html"]
    assert "iframe" in shows(program.player())[0]["text/html"]
    assert repr(program.player()).startswith("<Player of <Program")
