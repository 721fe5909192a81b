"""The written rules against what the operations do, and against the reverse pass as a graph."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pytest

import chainrule
from chainrule.compiler.derive.reverse import Flow, differentiate
from chainrule.compiler.graph.graph import Graph, GraphBuilder, Node
from chainrule.compiler.ops.attribute import AttributeValue, attribute_text
from chainrule.compiler.ops.facts import Share
from chainrule.compiler.ops.leaves import FED
from chainrule.compiler.ops.operation import Operation
from chainrule.compiler.ops.table import OPERATIONS, find
from chainrule.compiler.shape import Type
from chainrule.grammar.syntax import Call, Expression, Infix, List, Name, Negative, Number
from chainrule.runtime.arrays import Array
from chainrule.views.walk.derivation import Derivation
from chainrule.views.walk.formulas import parsed
from chainrule.views.walk.rules import counts, share, summed_over
from chainrule.views.walk.sentences import sentences
from chainrule.views.walk.walk import walk

VALUES = (0.7, 1.3, 0.2)

WRITTEN = [
    op
    for op in OPERATIONS.values()
    if (op.role == "operation" or (op.form_of and "t" not in op.integers))  # those of classes are told in words
    and op.vjp is not None
    and op.infer(op.trials[0].types, *op.trials[0].attributes).kind == "real"
]
"""Operations with a gradient."""


TOLD = [op for op in WRITTEN if op.words.local]
"""Operations with local derivatives."""


def sayable(operation: Operation) -> bool:
    """Whether a text has its derivative, and can call it between scalars: it says no shape without axes."""
    return parsed(operation.words.local[0]) is not None and not any(
        each.required and each.symbolic for each in operation.attributes
    )


@pytest.mark.parametrize("operation", [op for op in TOLD if sayable(op)], ids=lambda op: op.name)
def test_a_local_derivative_says_what_the_operation_does(operation: Operation) -> None:
    inputs = dict(zip(operation.operands, VALUES, strict=False))
    declared = "".join(f"input {operand} = {value}\n" for operand, value in inputs.items())
    scalar = next(trial for trial in operation.trials if not any(type_.shape for type_ in trial.types))
    named = zip(operation.attributes, scalar.attributes, strict=True)
    given = [f"{each.name} = {attribute_text(value)}" for each, value in named if each.required]
    program = chainrule.compile(f"{declared}output result = {operation.called}({', '.join([*inputs, *given])})")
    spec = program.written  # in a form, `in_training` is no more there
    taken = walk(spec, spec.graph.index["result"], {}, {})
    for slot, rule in enumerate(operation.words.local):
        if (len(inputs), slot) not in taken.locals:
            assert rule == "0"  # nothing is sent there
            continue
        if " where " in rule:
            continue
        written = chainrule.compile(f"{declared}output slope = {rule}").run()["slope"]
        np.testing.assert_allclose(taken.locals[len(inputs), slot], written, rtol=1e-12)


@pytest.mark.parametrize("operation", WRITTEN, ids=lambda op: op.name)
def test_every_operation_with_a_gradient_has_words_for_it(operation: Operation) -> None:
    words = operation.words
    if operation.define is not None and not words.local and not words.shares:
        return  # its nodes say them
    assert words.local or words.shares
    assert len(words.local) in (0, len(operation.operands))
    assert words.shares or operation.rows.each, "a product element by element is no share of others"
    if operation.scalar is not None:
        assert words.local, "between scalars there is a local derivative"


# --- rules carried out ------------------------------------------------------------------------------------------

ROW_WISE: Mapping[str, Callable[..., Array]] = {
    "softmax": lambda x, axis=-1: np.exp(x) / np.exp(x).sum(axis=int(axis), keepdims=True),
    "log-softmax": lambda x, axis=-1: x - np.log(np.exp(x).sum(axis=int(axis), keepdims=True)),
}
FUNCTIONS: Mapping[str, Callable[..., Array]] = {
    **ROW_WISE,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "transpose": lambda x, axes=None: np.transpose(x, axes) if axes or x.ndim < 2 else np.swapaxes(x, -1, -2),
    "outer": np.outer,
    "sum": lambda x, axis=None: np.sum(x, axis=whole(axis)),
    "clip": np.clip,
    "softplus": lambda x: np.logaddexp(0, x),
    "flatten": lambda x: x.reshape(len(x), -1),
}
SIGNS: Mapping[str, Callable[[Array, Array], Array]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "@": np.matmul, "**": np.power,
}  # fmt: skip


def function(name: str) -> Callable[..., Array]:
    """What a rule's call means: as a reader knows it, or else as the operation of that name computes it."""
    operation = find(name)
    assert name in FUNCTIONS or operation is not None
    return FUNCTIONS[name] if operation is None or name in FUNCTIONS else partial(computed, operation)


def computed(operation: Operation, *given: Array, **settings: Any) -> Array:
    """An operation's value, its attributes given as a text has them."""
    count = len(given) if operation.variadic else len(operation.operands)
    names = [attribute.name for attribute in operation.attributes]
    settings |= dict(zip(names, given[count:], strict=False))
    attributes = (each.admitted(whole(settings.get(each.name, each.default))) for each in operation.attributes)
    return np.asarray(operation.forward(np, *given[:count], *attributes))


def whole(value: Any) -> Any:
    """A setting with lists as nodes hold them."""
    if isinstance(value, list):
        return tuple(map(whole, value))
    return int(value) if isinstance(value, float) and value.is_integer() else value


COMPARED = {"<": np.less, ">": np.greater}


class Meaning:
    """What the words of a rule mean, read as a reader would."""

    def __init__(self, rule: Share, values: Mapping[str, Array], classes: int, node: Node) -> None:
        self.classes = classes
        self.node = node
        self.values = dict(values)
        for name, other in rule.where.items():  # a later one may speak of those before it
            self.values[name] = self.carried_out(other)

    def carried_out(self, rule: Share, shape: tuple[int, ...] = ()) -> Array:
        *cases, otherwise = rule.formula.split(", ") if " where " in rule.formula else [rule.formula]
        value = self.read(otherwise.removeprefix("else "))
        for case in reversed(cases):
            told, _, condition = case.partition(" where ")
            left, sign, right = re.split(" ([<>]) ", condition)
            value = np.where(COMPARED[sign](self.read(left), self.read(right)), self.read(told), value)
        return self.ended(value, rule.ending, shape)

    def read(self, formula: str) -> Array:
        expression = parsed(formula)
        assert expression is not None
        return np.asarray(self.value(expression))

    def ended(self, value: Array, ending: str, shape: tuple[int, ...]) -> Array:
        match ending.split():
            case []:
                return value
            case ["summed", "in", "each", "row"]:
                return np.asarray(value.sum(axis=-1, keepdims=True))
            case ["summed", "over", *where]:
                axes = {"the rows": (0,), "the columns": (1,), "all elements": None}.get(
                    " ".join(where), tuple(map(int, re.findall(r"\d+", " ".join(where))))
                )
                assert axes != ()
                return np.reshape(value.sum(axis=axes), shape)
            case ["summed", "along", "axis", axis]:
                return np.asarray(value.sum(axis=int(axis), keepdims=True))
            case ["for", "every", "element"]:
                assert value.size == 1
                return np.broadcast_to(value, shape)
            case ["repeated", "along", "axis" | "axes", *named]:
                axes = tuple(int(axis) for axis in re.findall(r"\d+", " ".join(named)))
                kept = value if value.ndim == len(shape) else np.expand_dims(value, axes)
                return np.broadcast_to(kept, shape)
            case ["in", "the", "shape", "of", operand]:
                return np.reshape(value, self.values[operand[1:-1]].shape)
            case ["at", "the", "places", "of", operand] | ["added", "up", "where", operand, "was", "taken"]:
                return self.at_places_of(operand[1:-1], value)
        raise AssertionError(f"nobody knows what {ending!r} means")

    def at_places_of(self, operand: str, value: Array) -> Array:
        """What stands of a value where the operand's elements went, those that went to several places added up."""
        numbers = {slot: np.zeros(self.values[slot].shape, self.values[slot].dtype) for slot in self.node.slots}
        numbers |= {slot: self.values[slot] for slot in self.node.operation.indices}
        own = self.values[operand]
        numbers[operand] = np.arange(100.0, 100 + own.size).reshape(own.shape)
        went = self.node.operation.forward(np, *numbers.values(), *self.node.attributes)
        return np.reshape([value[went == number].sum() for number in numbers[operand].flat], own.shape)

    def value(self, expression: Expression) -> Any:
        match expression:
            case Number():
                return expression.value
            case Name():
                return self.values[expression.name]
            case Negative():
                return -self.value(expression.operand)
            case Infix(symbol, left, right):
                return SIGNS[symbol](self.value(left), self.value(right))
            case Call() if expression.function.name == "one-hot":
                return np.eye(self.classes)[np.asarray(self.value(expression.arguments[0].value), int)]
            case Call():
                given = [self.value(each.value) for each in expression.arguments if each.keyword is None]
                named = {each.keyword.name: self.value(each.value) for each in expression.arguments if each.keyword}
                return function(expression.function.name)(*given, **named)
            case List():
                return [self.value(each) for each in expression.items]
        raise AssertionError(expression)


class Case(NamedTuple):
    """One call of an operation, as a spec: on operands of these types."""

    operation: Operation
    types: tuple[Type, ...]
    attributes: Mapping[str, AttributeValue]
    dims: bool = False
    """Whether first axes are the dim N, as far as they agree."""

    @property
    def text(self) -> str:
        lines = []
        chance = np.random.default_rng(7)
        low, high = next((each.low, each.high) for each in self.operation.trials)
        rows = {each.shape[0] for each in self.types if each.shape}
        for name, (kind, shape) in zip(self.operation.slots(len(self.types)), self.types, strict=True):
            whole = [int(str(size)) for size in shape]
            value = chance.integers(3, size=whole) if kind == "int" else chance.uniform(low, high, whole)
            sizes = list(map(str, shape))
            if self.dims and shape and len(rows) == 1:
                sizes[0] = "N"
            declared = f"{'int' if kind == 'int' else ''}[{', '.join(sizes)}]" if shape else "int" * (kind == "int")
            lines.append(f"input {name}{f': {declared}' if declared else ''} = {np.asarray(value).tolist()}")
        given = "".join(
            f", {name} = {attribute_text(value)}" for name, value in self.attributes.items() if value is not None
        )
        slots = self.operation.slots(len(self.types))
        operands = (f"{slot} = {slot}" if slot in self.operation.by_name else slot for slot in slots)
        call = f"output result = {self.operation.called}({', '.join(operands)}{given})"
        return "\n".join((["dim N"] if self.dims and "N" in " ".join(lines) else []) + [*lines, call])

    def __str__(self) -> str:
        attributes = "".join(f" {name}={value}" for name, value in self.attributes.items() if value is not None)
        return f"{self.operation.name} {' '.join(map(str, self.types))}{attributes}{' N' if self.dims else ''}"


SHAPES = ((), (3,), (1,), (2, 3), (2, 1), (1, 3), (1, 1), (4, 2, 3), (4, 1, 3))


def cases() -> Iterator[Case]:
    """Every operation on every trial; what broadcasts on every pair of shapes."""
    for operation in WRITTEN:
        for trial in operation.trials:
            if operation.infer(trial.types, *trial.attributes).kind == "int":
                continue
            named = zip(operation.attributes, trial.attributes, strict=True)
            attributes = {each.name: value for each, value in named if each.written}
            if () in attributes.values():
                continue  # no text says that
            yield Case(operation, trial.types, attributes)
            if not any(each.symbolic and each.written for each in operation.attributes):
                yield Case(operation, trial.types, attributes, dims=True)
        if operation.name in ("sub", "pow"):  # the others go the same way
            for pair in product(SHAPES, SHAPES):
                try:
                    np.broadcast_shapes(*pair)
                except ValueError:
                    continue
                yield Case(operation, tuple(Type("real", each) for each in pair), {})
    batches = ((), (1,), (3,), (4, 3), (4, 1))
    for one, other in product(batches, batches):
        types = Type("real", (*one, 2, 5)), Type("real", (*other, 5, 3))
        yield Case(OPERATIONS["matmul"], types, {})
    for x, b in product(((5,), (1, 5), (4, 5), (4, 1, 5)), ((), (1,), (3,), (1, 1), (1, 3), (4, 1), (4, 3))):
        if _fits(x, b):
            yield Case(OPERATIONS["affine"], (Type("real", x), Type("real", (5, 3)), Type("real", b)), {})


def _fits(x: tuple[int, ...], b: tuple[int, ...]) -> bool:
    shape = (x[0], 3) if len(x) > 1 else (3,)
    try:
        return np.broadcast_shapes(shape, b) == shape
    except ValueError:
        return False


@pytest.mark.parametrize("case", {str(case): case for case in cases()}.values(), ids=str)
def test_what_is_stated_is_true(case: Case) -> None:
    program = chainrule.compile(case.text)
    graph = program.spec.graph
    of = graph.index["result"]
    upstream = np.asarray(np.random.default_rng(3).uniform(0.5, 2.0, program.run()["result"].shape))
    taken = walk(program.spec, of, {}, {}, upstream=upstream)
    sums = with_sums(graph, of)
    equations = dict(zip((s for s in taken.steps if s.kind != "value"), Derivation(taken).reverse(None), strict=True))
    for told in sentences(taken):
        edge = (told.step.user, told.step.slot)
        if told.step.kind != "product" or edge in taken.locals:
            continue
        node = graph.nodes[told.step.user]
        operands = [taken.values[each] for each in node.inputs]
        rule = share(node, told.step.slot, [graph.nodes[each].type for each in node.inputs])
        if node.operation.define is not None and f"d {node.operation.name} / d " in rule.formula:
            continue  # its nodes say more than a line holds
        values = {name: np.asarray(number) for name, number in counts(node, operands[0]).items()}
        values |= {"g": taken.gradients[told.step.user], **dict(zip(node.slots, operands, strict=True))}
        sent = taken.products[edge]
        classes = operands[0].shape[-1] if operands[0].ndim else 1
        stated = Meaning(rule, values, classes, node).carried_out(rule, sent.shape)
        assert stated.shape == sent.shape
        np.testing.assert_allclose(stated, sent, rtol=1e-9, atol=1e-12)
        assert ("summed over" in rule.ending) == ("summed over" in told.text) == (edge in sums), told.text
        assert ("summed over" in equations[told.step]) == (edge in sums), equations[told.step]


def with_sums(graph: Graph, of: int) -> set[tuple[int, int]]:
    """The edges along which the reverse pass sums a gradient over what was broadcast."""
    builder = GraphBuilder(graph.nodes)
    arriving = builder.leaf(FED, Type("real", graph.nodes[of].type.shape), "arriving", None)
    flows: list[Flow] = []
    differentiate(builder, of, [each.index for each in graph.inputs.values()], arriving, flows)
    whole = graph.extended(builder.nodes[len(graph.nodes) :])
    return {
        (flow.user, flow.slot)
        for flow in flows
        if any(
            needed and node.operation.name == "sum-to"
            for needed, node in zip(whole.ancestors([flow.gradient]), whole.nodes, strict=True)
        )
    }


def test_a_broadcast_operand_is_told(walked: Any) -> None:
    text = "X = [[0, 0, 0], [10, 10, 10]]\ninput B = [1, 2, 3]\nY = X + B\noutput L = sum(Y * [[1, 2, 3], [4, 5, 6]])"
    _, taken = walked(text)
    told = [each.text for each in sentences(taken)]
    assert "d L/d B = g summed over the rows with g = d L/d Y ([2, 3] ‖9.54‖) = [3] ‖12.4‖" in told
    (equation,) = (line for line in Derivation(taken).reverse(None) if r"{\partial B}" in line.partition("&")[0])
    assert r"\ \text{summed over the rows}" in equation
    _, taken = walked("input w = 2\ninput x = [1, 2, 3]\ny = w * x\noutput L = sum(y)")
    told = [each.text for each in sentences(taken)]
    assert "d L/d w = (g × x) summed over all elements with g = d L/d y ([3] ‖1.73‖) = 6" in told


def test_a_node_called_like_a_letter_of_a_rule(walked: Any) -> None:
    _, taken = walked("input g = [1, 2]\ninput p = [1, 2]\nh = g * p\noutput L = sum(softmax(h) * g)")
    told = "\n".join(each.text for each in sentences(taken))
    assert "d L/d p = g′ × g with g′ = d L/d h" in told


@pytest.mark.parametrize(
    ("shape", "kept", "words"),
    [
        ((2, 3), (2, 3), ""),
        ((2, 3), (3,), "summed over the rows"),
        ((2, 3), (1, 3), "summed over the rows"),
        ((2, 3), (2, 1), "summed over the columns"),
        ((2, 3), (), "summed over all elements"),
        ((3,), (1,), "summed over all elements"),
        ((4, 2, 3), (2, 3), "summed over axis 0"),
        ((4, 2, 3), (2, 1), "summed over axes 0 and 2"),
        ((5, 4, 2, 3), (2, 1), "summed over axes 0, 1 and 3"),
    ],
)
def test_the_words_for_a_sum(shape: tuple[int, ...], kept: tuple[int, ...], words: str) -> None:
    assert summed_over(shape, kept) == words
