"""What a notebook shows."""

from typing import Any
from xml.etree import ElementTree

import pytest

import chainrule
from chainrule.program import load_ipython_extension
from chainrule.views.notebook import program_bundle, shown_walk, values_bundle

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


class Shell:
    """As much of IPython as is needed."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.magic: Any = None

    def push(self, names: dict[str, Any]) -> None:
        self.names |= names

    def register_magic_function(self, function: Any, magic_kind: str, magic_name: str) -> None:
        assert (magic_kind, magic_name) == ("cell", "graph")
        self.magic = function


def test_the_extension() -> None:
    shell = Shell()
    load_ipython_extension(shell)
    assert getattr(chainrule, "load_ipython_extension") is load_ipython_extension  # noqa: B009  # made when asked for
    program = shell.magic("apple", "input x = 2\noutput y = x * x")
    assert shell.names["apple"] is program
    assert "image/svg+xml" in program._repr_mimebundle_()


def test_a_faulty_cell_is_told_like_on_a_terminal() -> None:
    shell = Shell()
    load_ipython_extension(shell)
    with pytest.raises(chainrule.SpecError) as caught:
        shell.magic("apple", "output y = x * x")
    told = getattr(caught.value, "_render_traceback_")()  # noqa: B009  # what IPython asks for
    assert told == str(caught.value).splitlines()
    assert told[0].startswith("<text>:1:12: error G101:")
    assert not shell.names


def test_runs_and_gradients_show_themselves() -> None:
    program = chainrule.compile("input x = 2\noutput y = x * x")
    assert repr(program.run()) == str(program.run()) == "x = 2.0\ny = 4.0"
    assert repr(program.grad()) == "d(y)/d(x) = 4.0\nd(y)/d(y) = 1.0"
    for made, head in ((program.run(), "value"), (program.grad(), "gradient of y")):
        assert f"<th>{head}</th>" in made._repr_mimebundle_()["text/html"]
    assert "iframe" in program.player()._repr_mimebundle_()["text/html"]
    assert repr(program.player()).startswith("<Player of <Program")
