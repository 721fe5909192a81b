"""Blocks are checked whether or not anything calls them."""

from collections.abc import Callable

import pytest

from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.diagnostic import Diagnostic

Compile = Callable[..., Spec]
Find = Callable[..., tuple[Diagnostic, ...]]
Said = Callable[[str], list[str]]

REST = "input z = 1\ny = z\n"


@pytest.mark.parametrize(
    ("block", "faults_"),
    [
        ("block f(x) { return rleu(x) }", ["1:21: G103 there is no operation or block called `rleu`"]),
        ("block f(x) { return x + zz }", ["1:25: G101 nothing here is called `zz`"]),
        ("block f(x) { return exp(x, x) }", ["1:28: G105 exp(x) takes 1 argument, but 2 are given"]),
        ("block f(x) { return x -> mul }", ["1:26: G108 mul(a, b) lacks `b`"]),
        ("block f(x) { return x -> repeat n { rleu } }", ["1:33: G101 nothing here is called `n`", "1:37: G103"]),
        ("block f(x, n) { return x -> repeat n { rleu } }", ["1:40: G103"]),
        ("block f(x) {\n  a = x\n  a = 2\n  return a\n}", ["3:3: G102 `a` is defined twice"]),
        ("block f(x, x) { return x }", ["1:12: G102 `x` is defined twice"]),
        ("block f(x: [N], N) { return x * N }", ["1:17: G102 `N` is defined twice"]),
        ("block f(x: [N]) {\n  N = 2\n  return x * N\n}", ["2:3: G102 `N` is defined twice"]),
        ("block f(x, n = m) { return x * n }", ["1:16: G101 nothing here is called `m`"]),
        ("block f(x: [N + M]) { return x * N }", ["1:13: G206 `N` and `M` are both unknown"]),
        ("block f(x) {\n  param W: [k] = he()\n  return x * W\n}", ["2:13: G211 `k` is not a size"]),
        ("block f(x) {\n  param W: [2] = hee()\n  return x * W\n}", ["2:18: G309 `hee` is not an initialiser"]),
        ("block f(x) {\n  a = b\n  b = a\n  return a\n}", ["2:3: G104 `a` depends on itself: a -> b -> a"]),
        (
            "block f(x) { return g(x, 1) }\nblock g(x) { return x }",
            ["1:26: G105 g(x) takes 1 argument, but 2 are given"],
        ),
        ("block f() { return [1, 2] + [1, 2, 3] }", ["1:20: G201 add: shapes [2] and [3] do not broadcast"]),
        ("block relu(x) { return x }", ["1:7: G111 a block cannot be called `relu`: that is an operation"]),
        ("block he(x) { return x }", ["1:7: G111 a block cannot be called `he`: that is an initialiser"]),
        ("block f(x) { return x }\nblock f(y) { return y }", ["2:7: G102 `f` is defined twice"]),
    ],
)
def test_a_block_that_nothing_calls(said: Said, block: str, faults_: list[str]) -> None:
    found = said(f"{block}\n{REST}")
    assert len(found) == len(faults_)
    for line, wanted in zip(found, faults_, strict=True):
        assert line.startswith(wanted)


def test_what_depends_on_arguments_is_no_fault_before_a_call(spec: Compile) -> None:
    text = """const k = 2
block f(x: [N, I], op, init, inner, n, m = 2 * I) {
  const twice = 2 * n
  param W: [I, twice] = init(std = 3)
  param V: [m, k] = init
  a = op(x) -> inner(W, axis = n) -> repeat n { op as h -> add(h) }
  b, c = inner(a)
  return a * N -> sum(axis = n), sum(b) + c * k
}
"""
    assert spec(f"{text}{REST}").graph.output_names == ("y",)


# --- circles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["", "v = f(1)\n"])
def test_a_circle_of_calls_is_an_error_called_or_not(said: Said, call: str) -> None:
    text = "block f(x) { return x -> g }\nblock g(x, k = 2) { return h(x) }\nblock h(x) { return f(x) }\n"
    assert said(f"{text}{REST}{call}") == ["1:7: G114 block `f` calls itself: f -> g -> h -> f"]


def test_each_circle_of_calls_is_reported_once(said: Said) -> None:
    blocks = "block {}(x) {{ return {}(x) }}\n"
    text = "".join(blocks.format(*pair) for pair in ("aa", "bc", "cb", "da", "ed"))
    assert said(f"{text}{REST}v = a(1) + e(2)\n") == [
        "1:7: G114 block `a` calls itself: a -> a",
        "2:7: G114 block `b` calls itself: b -> c -> b",
    ]


def test_a_circle_shows_its_calls(faults: Find) -> None:
    (fault,) = faults(f"block f(x) {{ return g(x) }}\nblock g(x) {{ return f(x) }}\n{REST}")
    assert [note.message for note in fault.notes] == ["`f` calls it here", "`g` calls it here"]


def test_an_argument_that_is_called_like_the_block_is_no_circle(spec: Compile) -> None:
    assert spec("block f(x, f) { return f(x) }\ny = f(1, exp)\n").graph.nodes[-1].operation.name == "exp"


def test_many_blocks_are_checked_in_time(spec: Compile) -> None:
    count = 5000
    text = "".join(f"block f{number}(x) {{ return f{number - 1}(x) + 1 }}\n" for number in range(1, count))
    assert spec(f"block f0(x) {{ return x }}\n{text}y = f9(1)\n").graph.nodes[-1].path == "y"
