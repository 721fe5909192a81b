"""How many nodes a call makes at the least."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.blocks.block_check import check_blocks
from chainrule.compiler.elaborate.limits import Limits
from chainrule.compiler.elaborate.reporter import Reporter
from chainrule.compiler.elaborate.scope import BlockValue, Unit
from chainrule.compiler.graph.spec import Spec
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.syntax import Block


def sizes(text: str) -> dict[str, int]:
    source = Source("test", text)
    unit = Unit(source)
    for statement in parse(source)[0].statements:
        if isinstance(statement, Block):
            unit.blocks[statement.name.name] = BlockValue(statement, unit)
    reporter = Reporter()
    check_blocks(unit, reporter, Limits())
    assert not reporter.diagnostics
    return unit.block_sizes


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
    assert sizes(text) == {"same": 1, "dense": 2, "twice": 4, "many": 70, "given": 1}


BODIES = st.lists(
    st.sampled_from(["exp", "a", "b", "repeat 3 { exp -> a }", "repeat 2 { b }", "mul(2)"]), min_size=1, max_size=4
)


@given(BODIES, BODIES, BODIES)
def test_no_call_makes_fewer(spec: Callable[..., Spec], a: list[str], b: list[str], c: list[str]) -> None:
    stages = [
        [stage for stage in a if "a" not in stage.replace("repeat", "") and "b" not in stage],
        [s for s in b if "b" not in s],
        c,
    ]
    bodies = [" -> ".join(["x", *each]) for each in stages]
    text = "".join(f"block {name}(x) {{ return {body} }}\n" for name, body in zip("abc", bodies, strict=True))
    nodes = spec(f"{text}input x = 1\ny = c(x)\n").graph.nodes
    assert 1 <= sizes(text)["c"] <= len(nodes) - 1
