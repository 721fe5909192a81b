"""Statements in any order, and circles among them."""

import random
from collections.abc import Callable

from chainrule.compiler.elaborate.order import circle_text, first_name, functions_in, names_in, ordered, stages_in
from chainrule.compiler.elaborate.reporter import Reporter
from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.parse import parse, parse_expression
from chainrule.grammar.source import Source
from chainrule.grammar.syntax import Expression, Node

Compile = Callable[..., Spec]
Find = Callable[..., tuple[Diagnostic, ...]]
Said = Callable[[str], list[str]]

NET = [
    "dim N",
    "const wide = 2 * k",
    "const k = 2",
    "input x: [N, wide] = [[1, 2, 3, 4]]",
    "param W: [wide, k] = ones()",
    "h = x @ W",
    "y = h -> exp as e -> sum",
    "z = e * y",
    "output loss = sum(z)",
]


def expression(text: str) -> Expression:
    return parse_expression(Source("test", text))


def test_any_order_means_the_same(spec: Compile) -> None:
    wanted = {node.path for node in spec("\n".join(NET)).graph.nodes}
    for seed in range(10):
        lines = list(NET)
        random.Random(seed).shuffle(lines)
        graph = spec("\n".join(lines)).graph
        assert {node.path for node in graph.nodes} == wanted
        assert all(operand < number for number, node in enumerate(graph.nodes) for operand in node.inputs)


def test_text_that_is_in_order_stays_so() -> None:
    source = Source("test", "a = 1\nb = a\nc = 2\nd = a + b\n")
    module, _ = parse(source)
    assert ordered(module.statements, source, Reporter()).statements == list(module.statements)


def test_a_late_definition_moves_as_little_as_possible() -> None:
    source = Source("test", "a = d\nb = 1\nc = 2\nd = b\n")
    order = ordered(parse(source)[0].statements, source, Reporter())
    assert [node.names[0].name for node in order.statements if isinstance(node, Node)] == ["b", "c", "d", "a"]


def test_a_circle_is_reported_at_its_first_statement(said: Said) -> None:
    text = "input x = 1\nb = a * 2\nc = x\na = b + 1\n"
    assert said(text) == ["2:1: G104 `b` depends on itself: b -> a -> b"]


def test_each_circle_is_reported_once(said: Said) -> None:
    text = "a = b\nb = c\nc = a\np = q\nq = p\ns = s + 1\nt = a + p + s\nu = t * v\nv = 2\n"
    assert said(text) == [
        "1:1: G104 `a` depends on itself: a -> b -> c -> a",
        "4:1: G104 `p` depends on itself: p -> q -> p",
        "6:1: G104 `s` depends on itself: s -> s",
    ]


def test_constants_can_stand_in_a_circle_too(said: Said) -> None:
    assert said("const a = b\nconst b = a\nparam W: [a] = ones()\ny = sum(W)\n") == [
        "1:1: G104 `a` depends on itself: a -> b -> a"
    ]


def test_other_faults_on_a_circle_are_found_too(said: Said) -> None:
    found = said("a = b + rleu(1)\nb = a\nc = zz + a\n")
    assert [line.split(": ")[1][:4] for line in found] == ["G104", "G103", "G101"]


def test_a_circle_shows_where_its_members_are(faults: Find) -> None:
    (fault,) = faults("a = b\nb = c\nc = a\n")
    assert [note.message for note in fault.notes] == ["`b` is defined here", "`c` is defined here"]


def test_long_circles_are_cut(faults: Find) -> None:
    count = 2000
    (fault,) = faults("".join(f"y{i} = y{(i + 1) % count}\n" for i in range(count)))
    assert fault.message == "`y0` depends on itself: y0 -> y1 -> y2 -> y3 -> y4 -> y5 -> y6 -> ... -> y0"
    assert circle_text(["a", "b"]) == "a -> b -> a"


def test_a_circle_inside_a_block_is_reported_once(said: Said) -> None:
    text = "block f(x) {\n  a = b\n  b = a * x\n  return a\n}\ny = f(1)\nz = f(2)\n"
    assert said(text) == ["2:3: G104 `a` depends on itself: a -> b -> a"]


def test_what_is_behind_a_circle_is_still_in_order(said: Said) -> None:
    text = "a = a\nu = v + w\nv = a * 2\nw = unknown\n"
    assert said(text) == ["1:1: G104 `a` depends on itself: a -> a", "4:5: G101 nothing here is called `unknown`"]


def test_a_stage_may_be_used_further_on_in_its_own_statement(
    spec: Compile, faults: Find, paths: Callable[[str], list[str]]
) -> None:
    assert paths("input x = 1\ny = x -> exp as h -> relu -> add(h)\n") == ["x", "h", "y.relu", "y"]
    assert paths("input x = 1\ny = (x -> exp as h) * h\n") == ["x", "h", "y"]
    (fault,) = faults("input x = 1\ny = h * (x -> exp as h)\n")
    assert (fault.code, fault.hint) == ("G101", "a stage's name can be used after the stage, and in other statements")


def test_names_in_an_expression() -> None:
    found = expression("f(a, k = b.W[1]) + [c, 2] -> repeat n { g(d) as s -> h } -> L.dense(e)")
    assert list(names_in(found)) == ["a", "b", "c", "n", "d", "e"]
    assert [name.name for name in functions_in(found)] == ["f", "g", "h", "L.dense"]
    assert stages_in(expression("x -> f as a -> add(y -> g as b) -> repeat 2 { h as c } as d")) == ["a", "b", "d"]
    assert [first_name(path) for path in ("x", "fc1.W", "tail[1].dense.W")] == ["x", "fc1", "tail"]
