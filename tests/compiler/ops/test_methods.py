"""The builder has a method for each operation, which takes what the operation takes and nothing else."""

import inspect
from typing import Any, get_type_hints

import pytest

from chainrule.compiler.graph.graph import GraphBuilder
from chainrule.compiler.ops.builder import Builder
from chainrule.compiler.ops.leaves import FED
from chainrule.compiler.ops.methods import PLACE, builder_text
from chainrule.compiler.ops.operation import Operation
from chainrule.compiler.ops.table import OPERATIONS
from chainrule.compiler.shape import Type

APPENDED = [operation for operation in OPERATIONS.values() if operation.role != "leaf"]
EACH = pytest.mark.parametrize("operation", APPENDED, ids=lambda operation: str(operation.name))


def test_the_file_is_what_the_records_make() -> None:
    assert PLACE.read_text(encoding="utf-8") == builder_text(), "python -m chainrule.compiler.ops.methods"


@pytest.fixture
def builder() -> Any:
    """A builder of which a type checker knows nothing, with one node, [2, 3]."""
    made = GraphBuilder()
    made.leaf(FED, Type("real", (2, 3)), "x", None)
    return made


@EACH
def test_its_parameters_are_typed(operation: Operation) -> None:
    method = getattr(Builder, operation.name.replace("-", "_"))
    first, *parameters = inspect.signature(method).parameters.values()
    hints = get_type_hints(method)
    assert first.name == "self"
    more = ["more"] if operation.variadic else []
    attributes = [each.name for each in operation.attributes]
    assert [each.name for each in parameters] == [*operation.operands, *more, *attributes]
    for each in parameters:
        assert Any not in (hints[each.name], hints["return"])
        assert (each.kind is each.KEYWORD_ONLY) == (each.name in attributes)


@EACH
def test_what_it_does_not_take_is_refused(operation: Operation, builder: Any) -> None:
    method = getattr(builder, operation.name.replace("-", "_"))
    operands = [0] * len(operation.operands)
    required = {each.name: 1 for each in operation.attributes if each.required}
    with pytest.raises(TypeError, match=f"{method.__name__}.. got an unexpected keyword argument 'axsi'"):
        method(*operands, **required, axsi=0)
    if not operation.variadic:
        with pytest.raises(TypeError, match="positional"):
            method(*operands, 0, **required)
    if operands:
        with pytest.raises(TypeError, match="missing"):
            method(*operands[1:], **required)
    assert len(builder) == 1, "nothing was appended"


def test_a_misspelt_axis_is_no_sum_over_all(builder: Any) -> None:
    with pytest.raises(TypeError, match=r"sum\(\) got an unexpected keyword argument 'axsi'"):
        builder.sum(0, axsi=0)
    with pytest.raises(AttributeError, match="summ"):
        builder.summ(0)
    assert builder.type(builder.sum(0, axis=0)) == Type("real", (3,))
