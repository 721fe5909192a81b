"""How nodes without a name are called."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from chainrule.compiler.elaborate.paths import Paths
from chainrule.compiler.graph.spec import Spec


def test_unnamed_nodes_count_from_the_second_on() -> None:
    paths = Paths()
    found = [paths.numbered("y", name) for name in ("relu", "exp", "relu", "relu")]
    assert found == ["y.relu", "y.exp", "y.relu_2", "y.relu_3"]
    assert paths.numbered("z", "relu") == "z.relu"


def test_no_path_is_given_twice() -> None:
    paths = Paths()
    paths.take("y.exp")
    assert paths.numbered("y", "exp") == "y.exp_2"
    assert [paths.numbered("y", name) for name in ("f", "f_2", "f")] == ["y.f", "y.f_2", "y.f_3"]
    assert paths.hold("y", ["a", "exp"])
    assert not paths.hold("z", ["a", "exp"])


BODIES = st.lists(
    st.sampled_from(["exp", "a", "a_2", "b", "repeat 2 { exp -> a } as s", "relu as h", "relu_2", "repeat 2 { b }"]),
    min_size=1,
    max_size=4,
    unique=True,
)
"""Stages of blocks that call one another: a_2 calls a, b calls both."""

CALLS = {"a": set[str](), "a_2": {"a"}, "relu_2": {"a"}, "b": {"a", "a_2", "relu_2"}}


@given(st.fixed_dictionaries(dict.fromkeys(CALLS, BODIES)), st.booleans())
def test_whatever_blocks_call_no_two_nodes_have_one_path(
    spec: Callable[..., Spec], bodies: dict[str, list[str]], wide: bool
) -> None:
    text = ""
    for name, stages in bodies.items():
        allowed = [stage for stage in stages if not (set(CALLS) - CALLS[name]) & set(stage.split())]
        locals_ = "  param W: [2] = ones()\n  relu = exp(x)\n" if wide else "  param exp: [2] = ones()\n"
        start = "relu * W" if wide else "x * exp"
        text += f"block {name}(x) {{\n{locals_}  return {start} -> {' -> '.join([*allowed, 'relu'])}\n}}\n"
    graph = spec(f"{text}input x = [1, 2]\ny = x -> b -> a\nz = b(x) + a(relu(x)) + a_2(x) + a(x)\n").graph
    found = [node.path for node in graph.nodes if node.path]
    assert len(set(found)) == len(found)
    assert len(graph.params) == sum(node.operation.name == "param" for node in graph.nodes)
