"""Scalar graphs as text: what takes a statement, what stands inside one, and which local holds it."""

import re
from string import Formatter

import pytest

from chainrule.compiler.graph.graph import Graph, GraphBuilder
from chainrule.compiler.lower.computation import bound
from chainrule.compiler.ops.operation import Operation
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import SCALAR
from chainrule.compiler.targets.scalar_python import scalar_source


def statements(builder: GraphBuilder, *targets: int) -> list[str]:
    """The lines between the copy of the other targets and the result."""
    graph = Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {})
    leaves = [node.path for node in builder.nodes if node.operation.name == "input"]
    names = [f"n{number}" for number, _ in enumerate(targets[1:])]
    text = scalar_source(bound(graph, targets, {}, "float64", scalar=True), leaves, names).text
    found = re.search(r"copy\(\)\n(.*)        except", text, re.DOTALL)
    assert found is not None
    return [line.strip() for line in found[1].splitlines()]


def test_what_is_read_once_stands_inside_its_reader() -> None:
    builder = GraphBuilder()
    x, y = (builder.input(name, SCALAR, None) for name in "xy")
    assert statements(builder, builder.mul(builder.add(x, y), builder.sub(x, y))) == [
        "v0 = (x0 + x1) * (x0 - x1)",
        "return v0, others",
    ]


def test_what_a_template_reads_twice_has_a_local() -> None:
    builder = GraphBuilder()
    x = builder.input("x", SCALAR, None)
    assert statements(builder, builder.relu(builder.add(x, x)))[:2] == [
        "v0 = x0 + x0",
        "v0 = 0.0 if v0 <= 0.0 else v0",
    ]


def test_a_local_is_used_again_after_its_last_reader() -> None:
    builder = GraphBuilder()
    node = builder.input("x", SCALAR, None)
    for _ in range(5):
        node = builder.mul(node, node)
    assert {line.split(" = ")[0] for line in statements(builder, node)[:-1]} == {"v0"}


def test_a_target_that_nobody_reads_has_no_local() -> None:
    builder = GraphBuilder()
    x = builder.input("x", SCALAR, None)
    lines = statements(builder, x, builder.exp(x), x)
    assert [re.sub(r"\bb\d+\b", "b", line) for line in lines] == [
        "others[b] = x0",
        "others[b] = b(x0)",
        "return x0, others",
    ]


PYTHON = [each for each in OPERATIONS.values() if each.python is not None]


@pytest.mark.parametrize("operation", PYTHON, ids=lambda each: each.name)
def test_what_uses_t_reads_no_operand_once(operation: Operation) -> None:
    """An operand that is read once may be an expression, and may itself use t."""
    assert operation.python is not None
    read = [name for _, name, _, _ in Formatter().parse(operation.python) if name is not None and name.isdecimal()]
    assert set(read) == {str(slot) for slot, _ in enumerate(operation.operands)}
    if "t :=" in operation.python:
        assert all(read.count(name) > 1 for name in read)
