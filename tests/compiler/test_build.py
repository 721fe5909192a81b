"""Modules become specs."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hash_seeds import said_under_hash_seeds
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.compiler.build import build
from chainrule.compiler.files.loading import FileLoader
from chainrule.compiler.graph.spec import Spec
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.parse import parse
from chainrule.grammar.render import render
from chainrule.grammar.source import Source, Span
from chainrule.grammar.spec_error import SpecError

Compile = Callable[..., Spec]
Find = Callable[..., tuple[Diagnostic, ...]]

# --- outputs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "outputs"),
    [
        ("input x = 1\na = x\nb = x\n", ["a", "b"]),
        ("input x = 1\nb = a\na = x\n", ["b"]),
        ("input x = 1\na = x\noutput b = a\nc = a\n", ["b"]),
        ("input x = 1\noutput c, a\na = x\noutput b = a\nc = a\n", ["c", "a", "b"]),
        ("input x = 1\noutput x, a, a\na = x\n", ["x", "a"]),
        ("input x = 1\na = x -> exp as e\n", ["a"]),
        ("input x = 1\noutput a, e\na = x -> exp as e\n", ["a", "e"]),
        ("input x = 1\na = x -> repeat 2 { exp } as tail\n", ["a"]),
        ("input x = 1\na, b = f(x)\nblock f(x) { return x, exp(x) }\n", ["a", "b"]),
        ("input x = 1\na = f(x)\nblock f(x) {\n  unused = exp(x)\n  return relu(x)\n}\n", ["a"]),
        ("block f(x) { return x }\n", []),
        ("param w = 1\ninput x = 1\ny = x\n", ["y"]),
    ],
)
def test_outputs(spec: Compile, text: str, outputs: list[str]) -> None:
    graph = spec(text).graph
    assert list(graph.output_names) == outputs
    assert list(graph.outputs) == [graph.index[name] for name in outputs]


def test_an_output_is_a_node(faults: Find) -> None:
    found = faults("dim N\nconst k = 1\ninput x: [N]\ny = x\noutput k, N, z, y, q\nz = foo(x)\n")
    assert [(fault.code, fault.message) for fault in found] == [
        ("G109", "a number, `k`, is not a value that can be computed with"),
        ("G109", "a size, `N`, is not a value that can be computed with"),
        ("G101", "nothing here is called `q`"),
        ("G103", "there is no operation or block called `foo`"),
    ]


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "input x = 1\n", "const k = 2\ndim N\nparam w = 1\n", "expect 1 == 1\n"]
)
def test_a_file_without_a_node_is_an_error(faults: Find, text: str) -> None:
    (fault,) = faults(text)
    assert fault.code == "G112"


# --- several faults ---------------------------------------------------------------------------------------------

MANY = """input x = [1, 2]
a = relu(x
b = rleu(x)
c = zz + a + b
d = d + 1
e = x + [1, 2, 3]
param W: [k] = he()
block f(y) { return y + q }
train { minimise = e }
expect zz == 1
"""


def test_all_faults_are_reported_in_the_order_of_the_text(faults: Find) -> None:
    found = faults(MANY)
    places = [fault.where.start for fault in found if isinstance(fault.where, Span)]
    assert places == sorted(places)
    assert [fault.code for fault in found] == [
        *("G020", "G103", "G101", "G104", "G201", "G211", "G101", "G302", "G302", "G301", "G101"),
    ]


def test_too_many_faults_are_not_shown(faults: Find) -> None:
    found = faults("".join(f"y{number} = z{number}\n" for number in range(2000)))
    assert len(found) == 101
    assert found[-1].code == "G006"


# --- whatever the text ------------------------------------------------------------------------------------------

CALLS = sorted(name for name, operation in OPERATIONS.items() if operation.written)
NAMES = st.sampled_from(["a", "b", "c", "x", "W", "N", "k", "f", "g", "fc1.W", "tail[1]", "he", "train.loss", "d"])
VALUES = st.recursive(
    st.one_of(
        NAMES, st.sampled_from(["1", "0.5", "[1, 2]", "[[1, 2], [3, 4]]", "[1, [2]]", '"t"', "-3", "1e300", "0"])
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "@", "**", "->"]), inner).map(" ".join),
        st.tuples(st.sampled_from([*CALLS, "f", "g", "he", "csv", "d", "rleu"]), st.lists(inner, max_size=3)).map(
            lambda call: f"{call[0]}({', '.join(call[1])})"
        ),
        inner.map(lambda value: f"-({value})"),
        st.tuples(inner, NAMES).map(lambda pair: f"({pair[0]} -> exp as {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} -> repeat {pair[1]} {{ relu -> f }})"),
        st.tuples(inner, inner).map(lambda pair: f"d({pair[0]})/d({pair[1]})"),
    ),
    max_leaves=6,
)
SIZES = st.lists(st.one_of(NAMES, st.sampled_from(["2", "3", "2*N + 1", "N * k", "0"])), max_size=3).map(
    lambda sizes: f"[{', '.join(sizes)}]" if sizes else "real"
)


def line(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map("".join)


LINES = st.one_of(
    line(NAMES, " = ", VALUES),
    line("output ", NAMES, " = ", VALUES),
    line(NAMES, ", ", NAMES, " = ", VALUES),
    line("output ", NAMES),
    line("dim ", NAMES),
    line("const ", NAMES, " = ", VALUES),
    line("input ", NAMES, ": ", SIZES, " = ", VALUES),
    line("input ", NAMES, ": ", SIZES),
    line("param ", NAMES, ": ", SIZES, " = ", VALUES),
    line("param W: ", SIZES, " = he()"),
    line("block f(x: ", SIZES, ", k = ", VALUES, ") { a = ", VALUES, "; return ", VALUES, " }"),
    line("block g(x) { param W: ", SIZES, " = ones(); return f(x) + ", VALUES, ", x }"),
    line("expect ", VALUES, " == ", VALUES),
    line("expect ", VALUES, " < ", VALUES, " after train"),
    line("data d { x = ", VALUES, "; ", NAMES, " = ", VALUES, " }"),
    line("train { minimize = ", VALUES, "; optimizer = sgd(lr = ", VALUES, "); epochs = ", VALUES, "; data = d }"),
    line("train { minimize = a; optimizer = adam(); steps = 3; metrics = [", VALUES, "]; stop = early(watch = a) }"),
)


@settings(max_examples=300)
@given(st.lists(LINES, min_size=1, max_size=8))
def test_whatever_the_text_there_are_diagnostics_and_no_tracebacks(lines: list[str]) -> None:
    source = Source("test.graph", "\n".join(lines) + "\n")
    module, found = parse(source)
    try:
        spec, diagnostics = build(module, found)
    except SpecError as error:
        diagnostics = error.diagnostics
        assert any(diagnostic.severity == "error" for diagnostic in diagnostics)
    else:
        nodes = spec.full.nodes
        assert all(operand < number for number, node in enumerate(nodes) for operand in node.inputs)
        paths = [node.path for node in spec.graph.nodes if node.path]
        assert len(set(paths)) == len(paths)
    for diagnostic in diagnostics:
        for where in (diagnostic.where, *(note.where for note in diagnostic.notes)):
            if isinstance(where, Span):
                assert where.source is source
                assert 0 <= where.start <= where.stop <= len(source.text)


SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.graph"))
WORDS = [
    *'()[]{}=:,;+-*/@#\n"',
    "->",
    "**",
    "==",
    "x",
    "W",
    "N",
    "2",
    "block f(x) {",
    "return",
    "repeat 2 {",
    " as y",
    "d(",
    "1e9",
]


@settings(max_examples=100)
@given(st.data())
def test_specs_with_a_few_words_changed_are_no_tracebacks_either(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(SPECS))
    words = re.findall(r"\w+|\s+|.", path.read_text(encoding="utf-8"))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(words) - 1))
        length = data.draw(st.integers(0, 3))
        other = data.draw(st.integers(0, len(words) - 1))
        words[place : place + length] = data.draw(
            st.sampled_from([[], words[other : other + 2], [data.draw(st.sampled_from(WORDS))]])
        )
    source = Source(path.name, "".join(words))
    module, found = parse(source)
    try:
        _, diagnostics = build(module, found, loader=FileLoader(module, path.parent))
    except SpecError as error:
        diagnostics = error.diagnostics
    for diagnostic in diagnostics:
        where = diagnostic.where
        assert render(diagnostic)
        assert not isinstance(where, Span) or 0 <= where.start <= where.stop <= len(where.source.text)


# --- size -------------------------------------------------------------------------------------------------------


def test_long_chains_and_many_users(spec: Compile) -> None:
    count = 20_000
    chain = spec("input x = 1\ny0 = x\n" + "".join(f"y{n + 1} = y{n} + 1\n" for n in range(count))).graph
    assert chain.output_names == (f"y{count}",)
    users = spec("input x = 1\n" + "".join(f"y{n} = x * {n}\n" for n in range(count))).graph
    assert len(users.outputs) == count
    backwards = "".join(f"y{n + 1} = y{n} + 1\n" for n in reversed(range(2000)))
    assert spec(f"{backwards}y0 = x\ninput x = 1\n").graph.output_names == ("y2000",)


def test_nothing_depends_on_the_hash_of_texts() -> None:
    program = f"""
from chainrule.compiler.build import build
from chainrule.grammar.spec_error import SpecError
from chainrule.grammar.parse import parse
from chainrule.grammar.render import render
from chainrule.grammar.render import render
from chainrule.grammar.source import Source
spec, found = build(*parse(Source("a", "block f(x, op = relu) {{\\n  param W: [2] = he()\\n  return op(x) * W\\n}}\\n"
    "input x = [1, 2]\\nz = y + q\\ny = f(x) -> repeat 2 {{ f(exp) }}\\nq = y - x\\nexpect d(sum(z))/d(x) == 1\\n")))
print([node[:5] for node in spec.full.nodes], spec.graph.named == set(sorted(spec.graph.named)), found)
try:
    build(*parse(Source("b", {MANY!r} + "p = r\\nr = p\\nu = v\\nv = u\\n")))
except SpecError as error:
    print(error)
"""
    assert len(said_under_hash_seeds(program)) == 1
