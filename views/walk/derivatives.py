"""The local derivative of an operation that is defined by nodes, as a formula over its operands."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from ...compiler.graph.graph import Graph, GraphBuilder, Node
from ...compiler.lower.computation import Computation, bound
from ...compiler.ops.attribute import Attributes, is_number
from ...compiler.ops.leaves import CONSTANT, FED
from ...compiler.ops.operation import Operation
from ...compiler.ops.table import NEGATIVE, infix
from ...compiler.passes.pipeline import optimised
from ...compiler.shape import SCALAR
from ...grammar.expression_text import expression_text
from ...grammar.syntax import Argument, Call, Expression, Infix, Name, Negative, Number
from .formulas import parsed

LONGEST = 200
"""Characters of a formula that still says something."""


def derivative(operation: Operation, attributes: Attributes, slot: int) -> str | None:
    """The derivative between scalars by one operand; None where it would be too long to read."""
    return _derivative(operation, repr(attributes), attributes, slot)


@lru_cache(64)
def _derivative(operation: Operation, said: str, attributes: Attributes, slot: int) -> str | None:
    builder = GraphBuilder()
    operands = [builder.leaf(FED, SCALAR, name, None) for name in operation.operands]
    output = builder.append(operation, tuple(operands), attributes)
    assert operation.vjp is not None  # a gradient has come back along it
    sent = operation.vjp(builder, builder.constant(1.0), *operands, output, *attributes)[slot]
    if sent is None:
        return "0"
    graph = Graph(tuple(builder.nodes), {}, {}, (), frozenset(), {}, {})
    return _written(optimised(bound(graph, [sent], {}, "float64", scalar=True)))


def _written(computation: Computation) -> str | None:
    nodes, (last,) = computation.nodes, computation.targets
    expressions: list[Expression] = []
    for node in nodes:
        expressions.append(_expression(node, expressions))
        if len(expression_text(expressions[-1])) > LONGEST:
            return None
    return _in_cases(nodes, last, expressions) or expression_text(expressions[last])


def _in_cases(nodes: Sequence[Node], last: int, expressions: Sequence[Expression]) -> str | None:
    """A gradient of 1 that passes in some cases: `1 where x - 2 > 0, else 0`."""
    node = nodes[last]
    told = node.operation.words.local
    if not told or " where " not in told[0] or nodes[node.inputs[0]].attributes != (1.0,):
        return None
    names = dict(zip(node.slots, (expressions[each] for each in node.inputs), strict=True))
    return " ".join(expression_text(names[word]) if word in names else word for word in told[0].split(" "))


def _expression(node: Node, expressions: Sequence[Expression]) -> Expression:
    operation, operands = node.operation, [expressions[each] for each in node.inputs]
    if operation is CONSTANT:
        (value,) = node.attributes
        assert isinstance(value, int | float)  # all are scalars here
        number = Number(int(abs(value)) if float(value).is_integer() else abs(value), 0, 0)
        return Negative(number, 0, 0) if value < 0 else number
    if not operands:
        return Name(node.path, 0, 0)
    if (sign := infix(operation)) is not None:
        left, right = operands
        return Infix(sign, left, right, 0, 0)
    if operation is NEGATIVE:
        return Negative(operands[0], 0, 0)
    formula = parsed(operation.formula) if operation.role == "helper" else None
    if formula is not None:
        return _put_in(formula, dict(zip(operation.operands, operands, strict=True)))
    name = Name(operation.name.replace("-", "_") if operation.role == "helper" else operation.name, 0, 0)
    given = zip(operation.attributes, node.attributes, strict=True)
    keywords = (
        Argument(Name(each.name, 0, 0), Number(value, 0, 0), 0, 0)
        for each, value in given
        if each.written and is_number(value) and value != each.default
    )
    return Call(name, (*(Argument(None, each, 0, 0) for each in operands), *keywords), 0, 0)


def _put_in(formula: Expression, operands: Mapping[str, Expression]) -> Expression:
    """A formula of our own records with expressions in the place of its names."""
    match formula:
        case Name(name):
            return operands[name]
        case Negative(operand):
            return Negative(_put_in(operand, operands), 0, 0)
        case Infix(symbol, left, right):
            return Infix(symbol, _put_in(left, operands), _put_in(right, operands), 0, 0)
        case Call(function, arguments):
            values = (_put_in(each.value, operands) for each in arguments)
            return Call(function, tuple(Argument(None, each, 0, 0) for each in values), 0, 0)
    return formula
