"""Calls of blocks."""

from collections.abc import Callable

import pytest

from chainrule.compiler.elaborate.budget import Limits
from chainrule.compiler.graph.signatures import Invocation
from chainrule.compiler.graph.spec import Spec
from chainrule.compiler.shape import dimension
from chainrule.grammar.diagnostic import Diagnostic

Compile = Callable[..., Spec]
Find = Callable[..., tuple[Diagnostic, ...]]
Paths = Callable[[str], list[str]]
Said = Callable[[str], list[str]]


def initials(spec: Spec) -> dict[str, object]:
    found: dict[str, object] = {}
    for path, param in spec.graph.params.items():
        initial = param.initial
        found[path] = (initial.name, dict(initial.arguments)) if isinstance(initial, Invocation) else initial
    return found


def test_every_call_owns_new_parameters(spec: Compile) -> None:
    text = "block f(x) {\n  param w = 1\n  return x * w\n}\ninput x = 1\na = f(x)\nb = f(a) -> f as c -> f\n"
    assert list(spec(text).graph.params) == ["a.w", "b.f.w", "c.w", "b.w"]


def test_a_param_passed_in_is_shared(spec: Compile) -> None:
    text = "block f(x, w) { return x * w }\nparam w = 2\ninput x = 1\ny = x -> f(w) -> f(w)\n"
    graph = spec(text).graph
    assert [node.inputs for node in graph.nodes if node.operation.name == "mul"] == [(1, 0), (2, 0)]


def test_statements_of_a_block_may_stand_in_any_order(spec: Compile, paths: Paths) -> None:
    text = "block f(x) {\n  c = b + k\n  b = x * 2\n  const k = 3\n  return c\n}\ninput x = 1\ny = f(x)\n"
    assert paths(text) == ["x", "y.b", "y.c", "y"]


def test_a_block_sees_its_arguments_and_the_constants_of_its_file_alone(said: Said, spec: Compile) -> None:
    text = "const k = 3\nblock f(x) { return x * k }\ninput x = 1\ny = f(x)\n"
    assert spec(text).graph.nodes[1].attributes == (3.0,)
    assert said("block f(x) { return x * h }\ninput x = 1\nh = x\ny = f(x)\n") == [
        "1:25: G101 nothing here is called `h`"
    ]
    assert said("block f(x) { return x * N }\ndim N\ninput x: [N]\ny = f(x)\n") == [
        "1:25: G101 nothing here is called `N`"
    ]


def test_a_name_of_a_block_hides_a_constant(spec: Compile) -> None:
    text = "const k = 3\nblock f(x) {\n  k = x + 1\n  return k * 2\n}\ninput x = 1\ny = f(x) + k\n"
    graph = spec(text).graph
    assert graph.nodes[graph.index["y"]].inputs[0] == graph.index["y.f"]
    assert "y.f.k" in graph.index


def test_blocks_call_blocks(paths: Paths) -> None:
    text = """block inner(x) { return relu(x) + 1 }
block outer(x) {
  h = inner(x) -> inner as second
  return inner(h)
}
input x = 1
y = outer(x)
"""
    assert paths(text) == ["x", "y.h.inner.relu", "y.h.inner", "y.second.relu", "y.second", "y.relu", "y"]


# --- arguments --------------------------------------------------------------------------------------------------


def test_an_argument_takes_anything(spec: Compile) -> None:
    text = """block g(x, act = relu, init = he, inner = f, size = 2) {
  param W: [size] = init()
  return x -> act -> inner -> add(sum(W))
}
block f(x) { return x + 1 }
block h(x) { return x * 2 }
input x = 1
a = g(x)
b = g(x, exp, ones, h, 3)
c = x -> g(size = 4, init = normal(std = 0.1), act = tanh, inner = tanh)
"""
    found = spec(text)
    assert [node.operation.name for node in found.graph.nodes if node.path in ("a.relu", "b.act", "b.exp", "c.tanh_2")]
    names = [node.operation.name for node in found.graph.nodes]
    assert [names.count(name) for name in ("relu", "exp", "tanh")] == [1, 1, 2]
    assert [found.graph.nodes[found.graph.params[path].index].type.shape for path in ("a.W", "b.W", "c.W")] == [
        (2,),
        (3,),
        (4,),
    ]
    assert initials(found) == {
        "a.W": ("he", {"fan": None}),
        "b.W": ("ones", {}),
        "c.W": ("normal", {"mean": 0.0, "std": 0.1}),
    }


def test_an_initialiser_may_get_more_arguments_where_it_is_used(spec: Compile) -> None:
    text = """const wide = 0.5
block f(x, init = normal(std = wide)) {
  param W: [2] = init(mean = 3)
  param b: [2] = init
  return x * W + b
}
input x = 1
a = f(x)
c = f(x, init = normal(2, std = 7))
"""
    assert initials(spec(text)) == {
        "a.W": ("normal", {"mean": 3.0, "std": 0.5}),
        "a.b": ("normal", {"mean": 0.0, "std": 0.5}),
        "c.W": ("normal", {"mean": 3.0, "std": 7.0}),
        "c.b": ("normal", {"mean": 2.0, "std": 7.0}),
    }


def test_a_number_may_stand_for_an_initialiser(spec: Compile) -> None:
    text = "block f(x, init) {\n  param W: [2] = init\n  return x * W\n}\ninput x = 1\ny = f(x, 0.5)\n"
    assert initials(spec(text)) == {"y.W": 0.5}


def test_defaults_see_what_stands_left_of_them(spec: Compile, faults: Find) -> None:
    text = "const k = 2\nblock f(x: [N, I], n = 2 * I, m = n + k) {\n  param W: [n, m] = ones()\n  return x @ W\n}\n"
    graph = spec(f"{text}input x = [[1, 2]]\ny = f(x, n = 2)\n").graph
    assert graph.nodes[graph.params["y.W"].index].type.shape == (2, 4)
    assert faults("block f(x, n = m, m = 2) { return x * n * m }\ny = f(1)\n")[0].code == "G101"


def test_sizes_are_arguments_too(spec: Compile) -> None:
    text = "dim N\nblock f(x, n) { return sum(x) / n }\ninput x: [N]\ny = f(x, N) + f(x, 2 * N + 1) + f(x, n = 3)\n"
    sizes = [node.attributes[0] for node in spec(text).graph.nodes if node.operation.name == "size"]
    assert [str(size) for size in sizes] == ["N", "2*N + 1"]


def test_a_number_for_a_value(spec: Compile) -> None:
    graph = spec("block f(x: real, y) { return x * y }\na = f(2, 3)\nb = f(x = -1, y = [1, 2])\n").graph
    assert graph.nodes[graph.index["b"]].type.shape == (2,)


# --- patterns ---------------------------------------------------------------------------------------------------


def test_sizes_are_read_off_arguments(spec: Compile) -> None:
    text = """block f(x: [2*I + 1, N], y: [N, I]) {
  param W: [N, I] = ones()
  return sum(x) + sum(y) + sum(W) + I * N
}
input x = [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]
input y = [[1, 1], [1, 1]]
z = f(x, y)
"""
    graph = spec(text).graph
    assert graph.nodes[graph.params["z.W"].index].type.shape == (2, 2)


def test_sizes_may_be_free(spec: Compile) -> None:
    text = (
        "dim N, F\nblock f(x: [R, C]) {\n  param W: [C, 2*C] = ones()\n  return x @ W\n}\ninput x: [N, F]\ny = f(x)\n"
    )
    graph = spec(text).graph
    n, f = dimension("N"), dimension("F")
    assert graph.nodes[graph.params["y.W"].index].type.shape == (f, type(f)((("F", 2),)))
    assert graph.nodes[graph.index["y"]].type.shape == (n, type(f)((("F", 2),)))


CLASHES = {
    "rank": ("x: [N, I]", "[1, 2, 3]", "block `f`: `x` wants [N, I], but gets [3]"),
    "equal": ("x: [N, N]", "[[1, 2, 3], [4, 5, 6]]", "block `f`: `x` wants [N, N], but gets [2, 3]"),
    "number": ("x: [2]", "[1, 2, 3]", "block `f`: `x` wants [2], but gets [3]"),
    "whole": ("x: [2*I]", "[1, 2, 3]", "block `f`: `x` wants [2*I], but gets [3]"),
    "positive": ("x: [I + 3]", "[1, 2, 3]", "block `f`: `x` wants [I + 3], but gets [3]"),
    "scalar": ("x: real", "[1, 2, 3]", "block `f`: `x` wants real, but gets [3]"),
    "kind": ("x: int[N]", "[1, 2, 3]", "block `f`: `x` wants int[N], but gets [3]"),
    "free": ("x: [2]", "free", "block `f`: `x` wants [2], but gets [N]"),
}


@pytest.mark.parametrize("case", CLASHES)
def test_an_argument_must_fit_its_pattern(faults: Find, case: str) -> None:
    parameter, value, message = CLASHES[case]
    (fault,) = faults(f"dim N\ninput free: [N]\nblock f({parameter}) {{ return x * 2 }}\nv = {value}\ny = f(v)\n")
    assert (fault.code, fault.message) == ("G212", message)
    assert [note.message for note in fault.notes] == ["the pattern stands here", "the argument comes from here"]


def test_a_clash_says_what_was_bound_before(faults: Find) -> None:
    (fault,) = faults("block f(a: [N, I], b: [I]) { return a * b }\ny = f([[1, 2]], [1, 2, 3])\n")
    assert fault.hint == "bound before it: N = 1, I = 2"


def test_ints_go_where_reals_are_wanted(spec: Compile) -> None:
    assert spec("input t: int[3]\nblock f(x: [N]) { return sum(x) }\ny = f(t)\n").graph.index["y"]


# --- circles and depth ------------------------------------------------------------------------------------------


def test_a_block_passed_to_itself_is_a_circle(faults: Find) -> None:
    (fault,) = faults("block f(x, g) { return g(x, g) }\ny = f(1, f)\n")
    assert (fault.code, fault.message) == ("G114", "block `f` calls itself: f -> f")


def test_how_deep_blocks_may_be(spec: Compile, faults: Find) -> None:
    text = "block f0(x) { return x + 1 }\n"
    text += "".join(f"block f{number + 1}(x) {{ return f{number}(x) }}\n" for number in range(64))
    assert len(spec(f"{text}input x = 1\ny = f63(x)\n").graph.nodes) == 3
    (fault,) = faults(f"{text}input x = 1\ny = f64(x)\n")
    assert fault.message == "this needs 65 blocks and repeats inside one another; the limit is 64"
    assert len(fault.notes) == 4  # the outermost call and the three innermost


def test_blocks_that_double_are_refused_at_once(faults: Find) -> None:
    text = "block f0(x) { return x + 1 }\n"
    text += "".join(f"block f{number + 1}(x) {{ return f{number}(f{number}(x)) }}\n" for number in range(60))
    (fault,) = faults(f"{text}y = f60(1)\n")
    assert fault.message.startswith("this needs at least 1,000,000,000,000,000,000 nodes")
    (fault,) = faults(f"{text}y = f5(1)\n", limits=Limits(nodes=30))
    assert fault.message == "this needs 32 nodes; the limit is 30"


def test_a_fault_in_a_block_is_reported_once(said: Said) -> None:
    text = "block f(x) { return x + [1, 2] }\ninput x = [1, 2, 3]\na = f(x)\nb = f(x)\nc = f([1, 2, 3, 4])\n"
    assert [line[:10] for line in said(text)] == ["1:21: G201", "1:21: G201"]


def test_a_block_whose_text_is_broken_stays_quiet(said: Said) -> None:
    assert [line.split()[1] for line in said("block f(x) { return x + }\ny = f(1)\nz = y + q\n")] == [
        "G030",
        "G101",
    ]
    found = said("block f(x) {\n  a = 1 +\n  b = a * x\n  return b\n}\ny = f(1)\n")
    assert [line.split()[1] for line in found] == ["G030"]


def test_what_calls_were_made_into(spec: Compile) -> None:
    text = "block f(x) { return relu(x) + 1 }\ninput x = 1\ny = x -> repeat 2 { f -> exp }\n"
    graph = spec(text).graph
    found = [(each.path, each.block, graph.nodes[each.stop - 1].path) for each in graph.expansions]
    assert found == [
        ("y[1].f", "f", "y[1].f"),
        ("y[1]", "", "y[1]"),
        ("y[2].f", "f", "y[2].f"),
        ("y[2]", "", "y[2]"),
    ]
