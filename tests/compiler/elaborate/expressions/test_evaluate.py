"""Expressions become nodes: which, in which order, and what they are called."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.elaborate.budget import Limits
from chainrule.compiler.graph.spec import Spec
from chainrule.compiler.ops.table import INFIX
from chainrule.grammar.diagnostic import Diagnostic

Compile = Callable[..., Spec]
Find = Callable[..., tuple[Diagnostic, ...]]
Paths = Callable[[str], list[str]]
Said = Callable[[str], list[str]]

DENSE = """block dense(x: [N, I], units, init = he) {
  param W: [I, units] = init()
  param b: [units]    = zeros()
  return affine(x, W, b)
}
input x = [[1, 2, 3]]
"""

# --- names ------------------------------------------------------------------------------------------------------


def test_unnamed_nodes_are_numbered_in_the_order_of_evaluation(paths: Paths) -> None:
    found = paths("input x = 1\ny = relu(relu(x) + exp(relu(x)) + exp(x))\n")
    assert found == ["x", "y.relu", "y.relu_2", "y.exp", "y.add", "y.exp_2", "y.add_2", "y"]


def test_infix_and_calls_are_the_same_nodes(spec: Compile) -> None:
    infix = spec("input a = 2\ninput b = 3\ny = -(a * b + a / b) ** 2 - a\n").graph
    calls = spec("input a = 2\ninput b = 3\ny = sub(neg(pow(add(mul(a, b), div(a, b)), 2)), a)\n").graph
    assert [node[:5] for node in infix.nodes] == [node[:5] for node in calls.nodes]


@pytest.mark.parametrize("symbol", sorted(INFIX))
def test_every_infix_has_its_operation(spec: Compile, symbol: str) -> None:
    graph = spec(f"input a = [[1]]\ninput b = [[1]]\ny = a {symbol} b\n").graph
    assert graph.nodes[-1].operation is INFIX[symbol]
    assert graph.nodes[-1].path == "y"


def test_stages_and_copies_have_paths(paths: Paths) -> None:
    text = f"""{DENSE}scores = x -> dense(4) as fc1 -> relu -> dense(2) -> relu
           -> repeat 2 {{ dense(3) -> relu }} as tail -> dense(5) as fc3
"""
    assert paths(text) == [
        *("x", "fc1.W", "fc1.b", "fc1", "scores.relu", "scores.dense.W", "scores.dense.b", "scores.dense"),
        *("scores.relu_2", "tail[1].dense.W", "tail[1].dense.b", "tail[1].dense", "tail[1]"),
        *("tail[2].dense.W", "tail[2].dense.b", "tail[2].dense", "tail[2]", "fc3.W", "fc3.b", "fc3"),
    ]


def test_names_of_a_stage_lead_to_its_node(spec: Compile) -> None:
    graph = spec(f"{DENSE}a = x -> dense(2) as fc -> repeat 3 {{ relu }} as tail\nb = x -> dense(1) as out\n").graph
    index = graph.index
    assert index["tail"] == index["a"] == index["tail[3]"]
    assert index["b"] == index["out"]
    assert graph.output_names == ("a", "b")
    assert {"a", "b", "fc", "tail", "out"} <= graph.named
    assert "tail[3]" not in graph.named


@pytest.mark.parametrize("statement", ["y = dense(x, 4)", "y = x -> dense(4)", "y = x -> relu -> dense(4)"])
def test_the_last_call_has_the_statements_name(spec: Compile, statement: str) -> None:
    assert list(spec(f"{DENSE}{statement}\n").graph.params) == ["y.W", "y.b"]


def test_inner_calls_are_called_by_their_block(spec: Compile) -> None:
    graph = spec(f"{DENSE}y = dense(x, 4) + dense(x, 4) + tanh(dense(x, 4))\n").graph
    assert [path for path in graph.params if path.endswith("W")] == ["y.dense.W", "y.dense_2.W", "y.dense_3.W"]


def test_a_copy_without_a_name_is_called_by_its_statement(spec: Compile) -> None:
    graph = spec(f"{DENSE}y = x -> repeat 2 {{ dense(3) }}\nz = (x -> repeat 2 {{ dense(3) }}) + 1\n").graph
    assert [path for path in graph.params if path.endswith("W")] == [
        "y[1].W",
        "y[2].W",
        "z.repeat[1].W",
        "z.repeat[2].W",
    ]


def test_repeats_inside_repeats(paths: Paths) -> None:
    found = paths("input x = 1\ny = x -> repeat 2 { exp -> repeat 2 { relu -> tanh } as inner } as outer\n")
    assert found[1:8] == [
        *("outer[1].exp", "outer[1].inner[1].relu", "outer[1].inner[1]"),
        *("outer[1].inner[2].relu", "outer[1].inner[2]", "outer[2].exp", "outer[2].inner[1].relu"),
    ]


def test_stages_inside_a_copy_belong_to_it(spec: Compile, said: Said) -> None:
    graph = spec("input x = 1\ny = x -> repeat 2 { exp as h -> relu -> add(h) }\n").graph
    assert {"y[1].h", "y[2].h"} <= set(graph.index)
    assert said("input x = 1\ny = x -> repeat 2 { exp as h -> relu }\nz = h\n") == [
        "3:5: G101 nothing here is called `h`"
    ]


def test_no_two_nodes_have_one_path(spec: Compile) -> None:
    block = "block {name}(x) {{\n  param W: [2] = ones()\n  relu = exp(x)\n  return relu(relu) * W\n}}\n"
    text = block.format(name="f") + block.format(name="f_2") + "input x = [1, 2]\ny = f(x) + f_2(x) + f(x)\n"
    graph = spec(text).graph
    found = [node.path for node in graph.nodes if node.path]
    assert len(set(found)) == len(found)
    assert list(graph.params) == ["y.f.W", "y.f_2.W", "y.f_3.W"]


KEYWORDS = "input output param const dim block data train expect use repeat as after within return int real chainrule"


def test_keywords_are_names_too(spec: Compile) -> None:
    names = KEYWORDS.split()
    text = "".join(f"{name} = {number} + 1\n" for number, name in enumerate(names))
    graph = spec(text + f"y = {' + '.join(names)}\n").graph
    assert set(names) <= set(graph.index)


def test_operations_and_nodes_have_namespaces_of_their_own(spec: Compile, faults: Find) -> None:
    assert spec("input x = 1\nrelu = relu(x)\ny = relu + 1 -> relu\n").graph.index["relu"] == 1
    (fault,) = faults("input x = 1\ny = relu + x\n")
    assert fault.hint == "`relu(...)` calls it; a node needs a name of its own"


# --- values -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["x", "2", "-2", "- -2", "[1, 2]", "k", "N", "w", "(x)", "f(x)", "f(2)", "g(1)"])
def test_every_statement_has_a_node_of_its_own(spec: Compile, value: str) -> None:
    blocks = "block f(x) { return x }\nblock g(n) {\n  param V: [n] = ones()\n  return V\n}\n"
    graph = spec(f"{blocks}const k = 3\ndim N\ninput x: [N]\nparam w = 1\ny = {value}\n").graph
    assert graph.nodes[graph.index["y"]].path == "y"
    assert graph.nodes[graph.index["y"]].operation.role == "operation"


def test_a_number_stands_once(spec: Compile) -> None:
    graph = spec("input x = 1\ny = 2 * x + 2 + 2.0 - 3\n").graph
    assert [node.attributes for node in graph.nodes if node.operation.name == "constant"] == [(2.0,), (3.0,)]


def test_a_dim_is_its_size(spec: Compile) -> None:
    graph = spec("dim N\ninput x: [N] = [1, 2]\ny = sum(x) / N\n").graph
    assert [node.operation.name for node in graph.nodes] == ["input", "sum", "size", "div"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('"a"', "a text is not a value that can be computed with"),
        ('x + "a"', "a text is not a value that can be computed with"),
        ("exp(text)", "a text is not a value that can be computed with"),
    ],
)
def test_texts_are_not_computed_with(said: Said, value: str, message: str) -> None:
    assert said(f'const text = "abc"\ninput x = 1\ny = {value}\n')[0].endswith(f"G109 {message}")


# --- calls ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "said_", "hint"),
    [
        ("rleu(x)", "G103 there is no operation or block called `rleu`", "did you mean `relu`?"),
        (
            "d(x)",
            "G103 there is no operation or block called `d`",
            "a derivative is written `d(y)/d(x)`, in `expect` alone",
        ),
        ("x(1)", "G116 `x` is a node; it cannot be called here", None),
        ("k(1)", "G116 `k` is a number; it cannot be called here", None),
        ("he()", "G116 `he` is an initialiser; it cannot be called here", None),
        ('csv("a", "b")', "G116 `csv` is a reader of data; it cannot be called here", None),
        ("spiral(1)", "G116 `spiral` is a generator of data; it cannot be called here", None),
        ("adam(1)", "G116 `adam` is an optimiser; it cannot be called here", None),
        ("sum-to(x)", None, None),
        ("exp(x, x)", "G105 exp(x) takes 1 argument, but 2 are given", None),
        ("mul(x)", "G108 mul(a, b) lacks `b`", None),
    ],
)
def test_what_cannot_be_called(faults: Find, call: str, said_: str | None, hint: str | None) -> None:
    found = faults(f"const k = 1\ninput x = 1\ny = {call}\n")
    if said_ is not None:
        assert f"{found[0].code} {found[0].message}" == said_
        assert hint is None or found[0].hint == hint


def test_arguments_of_a_faulty_call_are_visited(said: Said) -> None:
    assert said("input x = 1\ny = foo(bar(x), z, exp(x, x), k = q)\n") == [
        "2:5: G103 there is no operation or block called `foo`",
        "2:9: G103 there is no operation or block called `bar`",
        "2:17: G101 nothing here is called `z`",
        "2:27: G105 exp(x) takes 1 argument, but 2 are given",
        "2:35: G101 nothing here is called `q`",
    ]


def test_a_fault_silences_what_hangs_on_it(said: Said) -> None:
    text = (
        "input x = 1\na = foo(x)\nb = a + x\nc = b -> relu as s -> mul(a)\nd = s + 1\noutput e = mse(d, x)\nf = x @ e\n"
    )
    assert said(text) == ["2:5: G103 there is no operation or block called `foo`"]


def test_unknown_names(faults: Find) -> None:
    text = "input x = [1]\nlayer = x\na = leyer\nb = x.T\nc = layer.W\n"
    assert [fault.hint for fault in faults(text)] == [
        "did you mean `layer`?",
        "write `transpose(x)`",
        "`layer` owns no params, and has no named stages",
    ]


def test_operands_are_evaluated_as_written(paths: Paths) -> None:
    assert paths("input x = 1\ny = sub(b = exp(x), a = tanh(x))\n") == ["x", "y.exp", "y.tanh", "y"]


# --- clashes ----------------------------------------------------------------------------------------------------


def test_a_clash_names_both_operands_and_where_they_come_from(faults: Find) -> None:
    text = f"""dim B
const hidden = 4
{DENSE}input t: [B, hidden]
h = x -> dense(hidden + 1) as fc -> relu
y = mse(h, t)
"""
    (fault,) = faults(text)
    assert fault.message == "mse: y is [1, 5] but t is [B, 4]; they must have the same shape"
    assert [note.message for note in fault.notes] == ["y is `h`, [1, 5]", "t is `t`, [B, 4]"]
    assert [getattr(note.where, "text", None) for note in fault.notes] == ["relu", "input t: [B, hidden]"]


def test_a_clash_at_a_block_points_at_its_call(faults: Find) -> None:
    (fault,) = faults(f"{DENSE}h = x -> dense(4)\ny = h + [1, 2]\n")
    assert [note.message for note in fault.notes] == ["a is `h`, [1, 4]", "b is a literal, [2]"]
    assert [getattr(note.where, "text", None) for note in fault.notes] == ["dense(4)", "[1, 2]"]


def test_a_clash_inside_a_block_shows_the_call(faults: Find) -> None:
    (fault,) = faults("block f(a, b) {\n  return a + b\n}\ninput x = [1, 2]\ny = f(x, [1, 2, 3])\n")
    assert fault.message == "add: shapes [2] and [3] do not broadcast: axis -1 has 2 against 3"
    assert [note.message for note in fault.notes][-1] == "in this call of `f`"


# --- several values ---------------------------------------------------------------------------------------------

STATS = "block stats(x) {\n  m = mean(x)\n  return m, mean((x - m) ** 2)\n}\ninput x = [1, 2]\n"


@pytest.mark.parametrize("statement", ["m, v = stats(x)", "m, v = x -> stats", "m, v = x -> exp -> stats"])
def test_a_call_may_give_several_values(spec: Compile, statement: str) -> None:
    graph = spec(f"{STATS}{statement}\ny = m + v\n").graph
    assert graph.nodes[-1].inputs == (graph.index["m"], graph.index["v"])
    assert {graph.nodes[graph.index[name]].path for name in "mv"} == {"m", "v"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("y = stats(x)", "1 name on the left, but 2 values on the right"),
        ("a, b, c = stats(x)", "3 names on the left, but 2 values on the right"),
        ("a, b = exp(x)", "2 names on the left, but 1 value on the right"),
        ("a, b = x", "2 names on the left, but 1 value on the right"),
        ("y = stats(x) + 1", "one value is wanted, but `stats` returns 2 values"),
        ("y = exp(stats(x))", "one value is wanted, but `stats` returns 2 values"),
        ("y = x -> stats -> exp", "one value is wanted, but `stats` returns 2 values"),
        ("a, b = x -> stats as c", "one value is wanted, but `stats` returns 2 values"),
        ("expect stats(x) == 1", "one value is wanted, but `stats` returns 2 values"),
        ("block f(x) { return stats(x) }\ny = f(x)", "one value is wanted, but `stats` returns 2 values"),
        ("y = x -> repeat 2 { stats }", "one value is wanted, but `stats` returns 2 values"),
    ],
)
def test_as_many_names_as_values(faults: Find, line: str, message: str) -> None:
    found = faults(f"{STATS}{line}\n")
    assert [(fault.code, fault.message) for fault in found] == [("G113", message)]


# --- repeats ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "code"),
    [("0", "G204"), ("-1", "G204"), ("2.5", "G204"), ('"a"', "G204"), ("N", "G204"), ("x", "G110"), ("z", "G101")],
)
def test_a_repeat_counts(faults: Find, count: str, code: str) -> None:
    found = faults(f"dim N\ninput x = 1\ny = x -> repeat ({count}) {{ relu -> foo }}\n")
    assert [fault.code for fault in found] == [code, "G103"]


def test_budgets_are_checked_before_memory_grows(faults: Find) -> None:
    (fault,) = faults("input x = 1\ny = x -> repeat 1000000000 { relu -> exp }\n")
    assert fault.message == "this needs 2,000,000,001 nodes; the limit is 5,000,000"
    (fault,) = faults("const k = 100000\ninput x = 1\ny = x -> repeat k { repeat k { relu } }\n")
    assert fault.message == "this needs 10,000,000,001 nodes; the limit is 5,000,000"
    (fault,) = faults("input x = 1\n" + "y = x + 1 + 2 + 3 + 4\n", limits=Limits(nodes=5))
    assert fault.code == "G118"


# --- depth and size ---------------------------------------------------------------------------------------------

DEEP = 20_000


@pytest.mark.parametrize(
    "expression",
    [
        "(" * DEEP + "x" + ")" * DEEP,
        "relu(" * DEEP + "x" + ")" * DEEP,
        "x" + " + x" * DEEP,
        "x" + " ** x" * DEEP,
        "-" * DEEP + "x",
        "x" + " -> relu" * DEEP,
        "f(" * DEEP + "x" + ")" * DEEP,
        "g(" * DEEP + "1" + " + 1" * 10 + ")" * DEEP,
    ],
    ids=["parentheses", "calls", "infix", "powers", "minus", "chain", "blocks", "arguments"],
)
def test_depth_is_no_matter(spec: Compile, expression: str) -> None:
    text = f"block f(x) {{ return x }}\nblock g(x) {{ return x + 1 }}\ninput x = 1\ny = {expression}\n"
    graph = spec(text).graph
    assert graph.nodes[-1].path == "y"


def test_repeats_inside_repeats_have_a_limit(spec: Compile, faults: Find) -> None:
    def nested(depth: int) -> str:
        return f"input x = 1\ny = x -> {'repeat 1 { ' * depth}relu{' }' * depth}\n"

    assert len(spec(nested(64)).graph.nodes) == 2
    (fault,) = faults(nested(DEEP))
    assert fault.message == "this needs 65 blocks and repeats inside one another; the limit is 64"


@given(
    st.recursive(
        st.just("x"),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda pair: f"({pair[0]} + {pair[1]})"),
            st.tuples(inner, inner).map(lambda pair: f"mul({pair[0]}, {pair[1]})"),
            inner.map(lambda one: f"relu({one})"),
            inner.map(lambda one: f"-({one})"),
            inner.map(lambda one: f"({one} -> exp)"),
        ),
        max_leaves=12,
    )
)
def test_every_node_has_a_path_of_its_own(spec: Compile, expression: str) -> None:
    graph = spec(f"input x = 1\ny = {expression}\n").graph
    found = [node.path for node in graph.nodes if node.operation.name != "constant"]
    assert len(set(found)) == len(found)
    assert all(found)
    assert found[-1] == "y"
