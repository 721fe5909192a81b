"""The reverse rule of each operation as a reader writes it down, for the shapes that its operands have.

The rules are expressions of the language and a few fixed words: tests carry them out, and hold them against what the
operations themselves do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from ..compiler.graph import Node
from ..compiler.ops.operation import Operation
from ..compiler.ops.targets import class_numbers
from ..compiler.shape import Shape, Type
from ..runtime.execute import Array

# --- between scalars --------------------------------------------------------------------------------------------

SCALAR_RULES: dict[str, tuple[str, ...]] = {
    "add": ("1", "1"),
    "sub": ("1", "-1"),
    "mul": ("b", "a"),
    "div": ("1 / b", "-a / b ** 2"),
    "neg": ("-1",),
    "exp": ("exp(x)",),
    "log": ("1 / x",),
    "pow": ("b * a ** (b - 1)", "a ** b * log(a)"),
    "sqrt": ("1 / (2 * sqrt(x))",),
    "sigmoid": ("sigmoid(x) * (1 - sigmoid(x))",),
    "tanh": ("1 - tanh(x) ** 2",),
    "softplus": ("sigmoid(x)",),
    "identity": ("1",),
    "sum": ("1",),
    "mean": ("1",),
    "mse": ("2 * (y - t)", "-2 * (y - t)"),
    "quadratic-loss": ("y - t", "t - y"),
}
"""The local derivative by each operand, for scalars and element by element."""

WORDS: dict[str, tuple[str, ...]] = {"relu": ("1 where x > 0, else 0",)}
"""Local derivatives that need words."""


def local_rule(operation: Operation, slot: int) -> str:
    """The local derivative by an operand, over the operands' names."""
    rules = SCALAR_RULES.get(operation.name) or WORDS.get(operation.name)
    return rules[slot] if rules else f"d {operation.name} / d {operation.operands[slot]}"


# --- of tensors -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """What an operand gets of the gradient g that arrives: the value of `formula`, then what `ending` does with it.

    The formula is over g, the operands' names, the operation's attributes, n (how many elements a mean is of), N (the
    rows of a loss) and the names that `where` explains; operands stand in braces in an ending.
    """

    formula: str
    ending: str = ""
    where: Mapping[str, "Rule"] = field(default_factory=dict)


Rules = Callable[[Node, Sequence[Type]], tuple[Rule, ...]]
"""The rules for all operands of a node, whose types are given."""

IN_ROWS = "summed in each row"


def tensor_rule(node: Node, slot: int, types: Sequence[Type]) -> Rule:
    """What an operand gets of the gradient g that arrives; `types` are those of all operands."""
    shaped = TENSOR_RULES.get(node.operation.name)
    rule = shaped(node, types)[slot] if shaped else Rule(_element_by_element(node.operation, slot))
    back = summed_over(_before_the_sum(node, slot, types), types[slot].shape)
    return Rule(rule.formula, back or rule.ending, rule.where)


def _element_by_element(operation: Operation, slot: int) -> str:
    if operation.name == "relu":
        return "g where x > 0, else 0"
    local = local_rule(operation, slot)
    if local in ("1", "-1"):
        return f"{local[:-1]}g"
    return f"g / {local.removeprefix('1 / ')}" if local.startswith("1 / ") else f"g * ({local})"


def _matmul(node: Node, types: Sequence[Type]) -> tuple[Rule, ...]:
    match [len(each.shape) for each in types]:
        case [1, 1]:
            return Rule("g * b"), Rule("g * a")
        case [1, 2]:
            return Rule("g @ transpose(b)"), Rule("outer(a, g)")
        case [2, 1]:
            return Rule("outer(g, b)"), Rule("transpose(a) @ g")
    return Rule("g @ transpose(b)"), Rule("transpose(a) @ g")


def _affine(node: Node, types: Sequence[Type]) -> tuple[Rule, ...]:
    match len(types[0].shape):
        case 1:
            return Rule("g @ transpose(W)"), Rule("outer(x, g)"), Rule("g")
        case 2:
            return Rule("g @ transpose(W)"), Rule("transpose(x) @ g"), Rule("g")
    return Rule("g @ transpose(W)", "in the shape of {x}"), Rule("transpose(flatten(x)) @ g"), Rule("g")


def _spread(formula: str) -> Rules:
    """Of a reduction: every element that went into a result gets the same."""

    def rules(node: Node, types: Sequence[Type]) -> tuple[Rule, ...]:
        (axis,), rank = node.attributes, len(types[0].shape)
        if not isinstance(axis, int):
            return (Rule(formula, "for every element" if rank else ""),)
        return (Rule(formula, f"repeated along axis {axis % rank}"),)

    return rules


def _softmax_loss(node: Node, types: Sequence[Type]) -> tuple[Rule, ...]:
    if class_numbers(*types):
        return Rule("g * (softmax(scores) - one-hot(t)) / N"), Rule("0")
    by_scores = Rule("g * (s * softmax(scores) - t) / N", where={"s": Rule("t", IN_ROWS)})
    return by_scores, Rule("-g * log-softmax(scores) / N")


def _cross_entropy(node: Node, types: Sequence[Type]) -> tuple[Rule, ...]:
    weight = "one-hot(t)" if class_numbers(*types) else "t"
    return Rule(f"-g * {weight} / (p + eps) / N"), Rule("-g * log(p + eps) / N")


def _fixed(*rules: Rule) -> Rules:
    return lambda node, types: rules


TENSOR_RULES: Mapping[str, Rules] = MappingProxyType(
    {
        "matmul": _matmul,
        "affine": _affine,
        "sum": _spread("g"),
        "mean": _spread("g / n"),
        "mse": _fixed(Rule("g * 2 * (y - t) / n"), Rule("-g * 2 * (y - t) / n")),
        "quadratic-loss": _fixed(Rule("g * (y - t) / N"), Rule("g * (t - y) / N")),
        "softmax": _fixed(Rule("p * (g - s)", where={"p": Rule("softmax(x)"), "s": Rule("g * softmax(x)", IN_ROWS)})),
        "log-softmax": _fixed(Rule("g - s * softmax(x)", where={"s": Rule("g", IN_ROWS)})),
        "softmax-loss": _softmax_loss,
        "cross-entropy": _cross_entropy,
        "transpose": _fixed(Rule("transpose(g)")),
        "flatten": _fixed(Rule("g", "in the shape of {x}")),
    }
)
"""Operations that are more than a product element by element."""


# --- sums over what was broadcast -------------------------------------------------------------------------------


def _before_the_sum(node: Node, slot: int, types: Sequence[Type]) -> Shape:
    """The shape that the formula's value has: that of the result, where the operand was broadcast to it."""
    own = types[slot].shape
    match node.operation.name:
        case "matmul":
            return (*node.type.shape[:-2], *own[-2:]) if min(len(each.shape) for each in types) > 1 else own
        case "affine":
            return node.type.shape if slot == 2 else own
        case name:
            return own if name in TENSOR_RULES else node.type.shape


def summed_over(shape: Shape, kept: Shape) -> str:
    """The words for a sum that brings a gradient back to the shape of an operand; none where it has that already."""
    if shape == kept:
        return ""
    lead = len(shape) - len(kept)
    axes = [axis for axis, size in enumerate(shape) if axis < lead or kept[axis - lead] != size]
    if len(axes) == len(shape):
        return "summed over all elements"
    if len(shape) == 2:
        return f"summed over the {'columns' if axes == [1] else 'rows'}"
    *others, last = map(str, axes)
    return f"summed over axes {', '.join(others)} and {last}" if others else f"summed over axis {last}"


def counts(node: Node, first: Array) -> dict[str, int | float]:
    """The numbers behind n, N and the attributes of a node; `first` is the value of its first operand."""
    given = {a.name: value for a, value in zip(node.operation.attributes, node.attributes, strict=True)}
    numbers = {name: value for name, value in given.items() if isinstance(value, int | float)}
    axis = numbers.get("axis")
    numbers["n"] = first.size if axis is None else first.shape[int(axis)]
    if "rows" in given:
        numbers["N"] = numbers.get("rows", first.shape[0] if first.ndim else 1)
    return numbers
