"""How many nodes a call makes at the least with its arguments."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.blocks import call_sizes
from chainrule.compiler.blocks.block_check import check_blocks
from chainrule.compiler.blocks.call_sizes import CallSizes
from chainrule.compiler.elaborate.budget import Limits
from chainrule.compiler.elaborate.reporter import Reporter
from chainrule.compiler.elaborate.scope import BlockValue, Unit, Value
from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.syntax import Block, Const, Number


def unit(text: str) -> Unit:
    source = Source("test", text)
    made = Unit(source)
    for statement in parse(source)[0].statements:
        if isinstance(statement, Block):
            made.blocks[statement.name.name] = BlockValue(statement, made)
        elif isinstance(statement, Const) and isinstance(statement.value, Number):
            made.constants[statement.name.name] = statement.value.value
    reporter = Reporter()
    check_blocks(made, reporter, Limits())
    assert not reporter.diagnostics
    return made


def size(text: str, name: str, **given: Value) -> int:
    made = unit(text)
    return CallSizes().of_call(made.blocks[name], given)


TEXT = """const k = 5
block copies(x, n, f = exp) { return x -> repeat n { f } }
block twice(x, n) { return copies(copies(x, n), n = n + 1) }
block thrice(x) { return x -> repeat k { twice(2) } }
block shadowed(x, k) { return x -> repeat k { exp } }
"""


def test_arguments_and_constants_count() -> None:
    assert size(TEXT, "copies") == 1
    assert size(TEXT, "copies", n=7) == 7
    assert size(TEXT, "twice", n=7.0) == 15
    assert size(TEXT, "thrice") == 5 * (2 + 3)
    assert size(TEXT, "shadowed") == 1  # what its argument is, not the constant of that name
    assert size(TEXT, "copies", n=7, f=unit(TEXT).blocks["thrice"]) == 7 * 25


def test_the_work_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "block b0(x, n) { return x -> repeat n { exp } }\n" + "".join(
        f"block b{i}(x, n) {{ return b{i - 1}(b{i - 1}(x, 2 * n), 2 * n + 1) }}\n" for i in range(1, 50)
    )
    monkeypatch.setattr(call_sizes, "STEPS", 1000)
    assert size(text, "b49", n=1) >= 2**49


BODIES = st.lists(
    st.sampled_from(["exp", "a(n)", "a(2)", "b(n = n + 1)", "repeat n { exp -> a(n) }", "repeat (n - 1) { b(2) }"]),
    min_size=1,
    max_size=3,
)


@given(BODIES, BODIES, BODIES, st.integers(2, 4))
def test_no_call_makes_fewer(spec: Callable[..., Spec], a: list[str], b: list[str], c: list[str], n: int) -> None:
    stages = [
        [stage for stage in a if "a(" not in stage and "b(" not in stage],
        [stage for stage in b if "b(" not in stage],
        c,
    ]
    bodies = [" -> ".join(["x", *each]) for each in stages]
    text = "".join(f"block {name}(x, n) {{ return {body} }}\n" for name, body in zip("abc", bodies, strict=True))
    nodes = spec(f"{text}input x = 1\ny = c(x, {n})\n").graph.nodes
    assert 1 <= size(text, "c", n=n) <= len(nodes) - 1


def test_whole_numbers_alone_are_counts() -> None:
    assert size(TEXT, "copies", n=2.5) == 1


# --- whatever it is given ---------------------------------------------------------------------------------------------


def test_calls_params_and_copies_count() -> None:
    text = """block same(x) { return x }
block dense(x, n) {
  param W: [n] = ones()
  return relu(x * W)
}
block twice(x) { return x -> dense(1) -> dense(2) }
block many(x) { return x -> repeat 10 { twice -> repeat 3 { exp } } }
block given(x, op, n) { return x -> repeat n { op } -> exp }
"""
    assert unit(text).block_sizes == {"same": 1, "dense": 2, "twice": 4, "many": 70, "given": 1}


PLAIN_BODIES = st.lists(
    st.sampled_from(["exp", "a", "b", "repeat 3 { exp -> a }", "repeat 2 { b }", "mul(2)"]), min_size=1, max_size=4
)


@given(PLAIN_BODIES, PLAIN_BODIES, PLAIN_BODIES)
def test_no_call_makes_fewer_whatever_it_is_given(
    spec: Callable[..., Spec], a: list[str], b: list[str], c: list[str]
) -> None:
    stages = [
        [stage for stage in a if "a" not in stage.replace("repeat", "") and "b" not in stage],
        [s for s in b if "b" not in s],
        c,
    ]
    bodies = [" -> ".join(["x", *each]) for each in stages]
    text = "".join(f"block {name}(x) {{ return {body} }}\n" for name, body in zip("abc", bodies, strict=True))
    nodes = spec(f"{text}input x = 1\ny = c(x)\n").graph.nodes
    assert 1 <= unit(text).block_sizes["c"] <= len(nodes) - 1
