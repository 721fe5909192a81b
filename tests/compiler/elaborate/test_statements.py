"""Statements enter names, nodes and declarations."""

from collections.abc import Callable

import pytest

from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.diagnostic import Diagnostic

Compile = Callable[..., Spec]
Find = Callable[..., tuple[Diagnostic, ...]]
Said = Callable[[str], list[str]]

FIRST = {
    "dim": "dim a",
    "const": "const a = 1",
    "input": "input a = 1",
    "param": "param a = 1",
    "node": "a = 1",
    "output": "output a = 1",
    "stage": "s = x -> exp as a",
    "several": "p, a = f(x)",
}


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("second", FIRST)
def test_one_namespace_holds_all_values(faults: Find, first: str, second: str) -> None:
    start = "block f(x) { return x, x + 1 }\ninput x = 1\n"
    lines = [FIRST[first], FIRST[second].replace("s =", "t =").replace("p,", "q,")]
    (fault,) = faults(f"{start}{lines[0]}\n{lines[1]}\n")
    assert (fault.code, fault.message) == ("G102", "`a` is defined twice")
    assert getattr(fault.where, "line", 0) == 4
    assert [(note.message, getattr(note.where, "line", 0)) for note in fault.notes] == [("it is defined here first", 3)]


def test_blocks_and_sections_have_namespaces_of_their_own(spec: Compile) -> None:
    text = "block a(x) { return x }\na = a(1)\ndata a { a = [1, 2] }\ndata train_rows { a = [1] }\n"
    found = spec(text)
    assert list(found.data) == ["a", "train_rows"]
    assert "a" in found.graph.index


def test_a_later_definition_is_the_second_even_if_it_is_evaluated_first(faults: Find) -> None:
    (fault,) = faults("a = b\nb = 1\nc = b -> exp as a\n")
    assert getattr(fault.where, "line", 0) == 3


def test_a_stage_called_as_its_statement(said: Said) -> None:
    assert said("input x = 1\ny = x -> exp as y\n") == ["2:17: G102 `y` is defined twice"]


def test_doc_lines_belong_to_what_is_under_them(spec: Compile) -> None:
    text = """## in won
input price = 100
## half
## of it
const half = 0.5
block f(x) {
  ## inside
  h = x * half
  return h
}
## both
a, b = g(price)
block g(x) { return f(x), x }
"""
    docs = spec(text).graph.docs
    assert docs["price"] == ("in won",)
    assert docs["half"] == ("half", "of it")
    assert docs["a"] == docs["b"] == ("both",)
    assert [path for path in docs if path.endswith(".h")] == ["a.h"]


def test_what_is_named(spec: Compile) -> None:
    block = "block f(x) {\n  h = relu(exp(x))\n  return h\n}\n"
    assert spec(f"{block}input x = 1\nparam w = 2\ny = exp(f(x)) * w -> relu as r -> exp\n").graph.named == {
        "x",
        "w",
        "y",
        "r",
        "y.f.h",
    }


def test_dims_and_constants_are_no_nodes(spec: Compile) -> None:
    found = spec("dim N\nconst k = 2\ninput x: [N]\ny = x * k\n")
    assert (found.dims, found.constants) == ({"N": None}, {"k": 2})
    assert {"N", "k"}.isdisjoint(found.graph.index)


def test_names_in_any_script(spec: Compile) -> None:
    assert spec("사과 = 100\noutput 값 = 사과 * 2\n").graph.output_names == ("값",)
