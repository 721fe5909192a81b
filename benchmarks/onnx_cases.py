"""Node cases of the ONNX backend suite as specs: which of them the language can say, and which then hold.

    python benchmarks/onnx_cases.py             # a table of counts; needs the extra `onnx`
    python benchmarks/onnx_cases.py --names     # and the names of those that cannot be said, or give other values

A case is one node with its inputs and the outputs that ONNX expects. A rule writes the node as an expression of the
language, or gives None where it cannot be said; what does not compile counts as not sayable too.
"""

import sys
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

import chainrule

Array = Any
Attributes = Mapping[str, Any]
Names = Sequence[str]

KINDS: Mapping[str, str] = {
    "arithmetic": "Add Sub Mul Div Neg Exp Log Sqrt Pow Abs Identity Sin Cos Sign Floor Clip Gemm MatMul",
    "activations": "Relu Sigmoid Tanh Softplus Softmax LogSoftmax",
    "max, min": "Max Min ArgMax ArgMin",
    "comparisons, where": "Less Greater LessOrEqual GreaterOrEqual Equal Where",
    "shapes": "Reshape Transpose Squeeze Unsqueeze Flatten Expand Concat Slice Pad",
    "gather": "Gather OneHot Range CumSum",
    "reductions": (
        "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceLogSumExp ReduceSumSquare ReduceL1 ReduceL2"
    ),
    "losses": "SoftmaxCrossEntropyLoss NegativeLogLikelihoodLoss",
}


KNOWN = [np.dtype(each) for each in "? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split()]  # noqa: SIM905  # a list of names


class Case(NamedTuple):
    """One node: what it is called, its attributes, its inputs by position (None where one is left out), its outputs."""

    name: str
    operator: str
    attributes: Attributes
    inputs: list[Array | None]
    outputs: list[Array]


def cases() -> list[Case]:
    """Every case of the kinds above that has one node and tensors alone."""
    import onnx
    from onnx.backend.test.loader import load_model_tests

    wanted = {operator for operators in KINDS.values() for operator in operators.split()}
    found = []
    for each in load_model_tests(kind="node"):
        nodes = each.model.graph.node
        if len(nodes) != 1 or nodes[0].op_type not in wanted or "expanded" in each.name:
            continue
        node, (inputs, outputs) = nodes[0], each.data_sets[0]
        arrays = [array(onnx, value) for value in (*inputs, *outputs)]
        if any(value is None for value in arrays):
            continue
        fed = dict(zip((value.name for value in each.model.graph.input), arrays, strict=False))
        attributes = {each.name: plain(onnx.helper.get_attribute_value(each)) for each in node.attribute}
        given = [fed.get(name) if name else None for name in node.input]
        found.append(Case(each.name, node.op_type, attributes, given, arrays[len(inputs) :]))
    return found


def array(onnx: Any, value: Any) -> Array | None:
    """A tensor as an array; None for sequences, texts and formats that NumPy does not have."""
    made = onnx.numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value
    known = isinstance(made, np.ndarray | np.generic) and made.dtype in KNOWN
    return np.asarray(made) if known else None


def plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


# --- rules: the node as an expression over the names of its inputs ----------------------------------------------

Rule = Callable[[Names, Attributes, list[Array | None]], str | None]


def call(name: str) -> Rule:
    return lambda x, attributes, values: f"{name}({', '.join(x)})"


def infix(sign: str) -> Rule:
    return lambda x, attributes, values: f"{x[0]} {sign} {x[1]}"


def several(name: str) -> Rule:
    """A function of two, carried from the first to the last."""

    def rule(x: Names, attributes: Attributes, values: list[Array | None]) -> str:
        text = x[0]
        for other in x[1:]:
            text = f"{name}({text}, {other})"
        return text

    return rule


def axes_given(attributes: Attributes, values: list[Array | None]) -> list[int] | None:
    given = attributes.get("axes")
    if given is None and len(values) > 1 and values[1] is not None:
        given = values[1].reshape(-1).tolist()
    return None if given is None else list(map(int, given))


def reduction(call_of: Callable[[str], str]) -> Rule:
    def rule(x: Names, attributes: Attributes, values: list[Array | None]) -> str | None:
        axes, keepdims = axes_given(attributes, values), attributes.get("keepdims", 1)
        if not axes:
            if attributes.get("noop_with_empty_axes"):
                return None
            axes = list(range(np.ndim(values[0])))
        every = len(axes) == np.ndim(values[0]) and not keepdims
        given = "" if every else f", axis = {axes[0] if len(axes) == 1 else axes}"
        return call_of(f"{x[0]}@{given}{', keepdims = true' if keepdims else ''}")

    return rule


def reduced(name: str, inner: str = "@") -> Callable[[str], str]:
    def text(given: str) -> str:
        operand, rest = given.split("@")
        return f"{name}({inner.replace('@', operand)}{rest})"

    return text


def placed(name: str) -> Rule:
    def rule(x: Names, attributes: Attributes, values: list[Array | None]) -> str | None:
        if attributes.get("select_last_index"):
            return None
        keepdims = ", keepdims = true" if attributes.get("keepdims", 1) else ""
        return f"{name}({x[0]}, axis = {attributes.get('axis', 0)}{keepdims})"

    return rule


def sizes(values: Array) -> str:
    return f"[{', '.join(str(int(each)) for each in np.reshape(values, -1))}]"


def reshape(x: Names, attributes: Attributes, values: list[Array | None]) -> str:
    wanted, shape = [int(each) for each in values[1]], values[0].shape  # type: ignore[union-attr]  # both are given
    if not attributes.get("allowzero"):
        wanted = [shape[axis] if size == 0 else size for axis, size in enumerate(wanted)]
    return f"reshape({x[0]}, {wanted})"


def to_shape(change: Callable[[list[int], list[int]], list[int]]) -> Rule:
    def rule(x: Names, attributes: Attributes, values: list[Array | None]) -> str:
        shape = list(np.shape(values[0]))
        return f"reshape({x[0]}, {change(shape, axes_given(attributes, values) or [])})"

    return rule


def squeezed(shape: list[int], axes: list[int]) -> list[int]:
    gone = {axis % len(shape) for axis in axes} or {axis for axis, size in enumerate(shape) if size == 1}
    return [size for axis, size in enumerate(shape) if axis not in gone]


def unsqueezed(shape: list[int], axes: list[int]) -> list[int]:
    rank, rest = len(shape) + len(axes), iter(shape)
    new = {axis % rank for axis in axes}
    return [1 if axis in new else next(rest) for axis in range(rank)]


def flattened(x: Names, attributes: Attributes, values: list[Array | None]) -> str:
    shape = np.shape(values[0])
    axis = attributes.get("axis", 1)
    axis = axis + len(shape) if axis < 0 else axis
    if axis == 1 and len(shape) > 1:
        return f"flatten({x[0]})"
    return f"reshape({x[0]}, [{int(np.prod(shape[:axis]))}, {int(np.prod(shape[axis:]))}])"


def expanded(x: Names, attributes: Attributes, values: list[Array | None]) -> str:
    shape = np.broadcast_shapes(np.shape(values[0]), tuple(int(each) for each in values[1]))  # type: ignore[union-attr]
    return f"expand({x[0]}, {list(shape)})"


def transposed(x: Names, attributes: Attributes, values: list[Array | None]) -> str:
    order = list(range(np.ndim(values[0])))
    wanted = attributes.get("perm", order[::-1])
    swapped = wanted == [*order[:-2], *order[-2:][::-1]]
    return f"transpose({x[0]})" if swapped else f"transpose({x[0]}, axes = {wanted})"


def concat(x: Names, attributes: Attributes, values: list[Array | None]) -> str:
    return f"concat({', '.join(x)}, axis = {attributes['axis']})"


def sliced(x: Names, attributes: Attributes, values: list[Array | None]) -> str:
    """As an index, `x[0:3, ::2]`."""
    rank = np.ndim(values[0])
    starts, ends = (np.reshape(each, -1).tolist() for each in values[1:3])
    axes = range(len(starts)) if len(values) < 4 or values[3] is None else np.reshape(values[3], -1).tolist()
    steps = [1] * len(starts) if len(values) < 5 or values[4] is None else np.reshape(values[4], -1).tolist()
    parts = [":"] * rank
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        first, last, _ = slice(start, end, step).indices(np.shape(values[0])[axis])
        parts[axis] = f"{first}:{'' if last < 0 else last}:{step}"
    return f"{x[0]}[{', '.join(parts)}]"


def padded(x: Names, attributes: Attributes, values: list[Array | None]) -> str | None:
    if attributes.get("mode", "constant") != "constant":
        return None
    rank = np.ndim(values[0])
    pads = np.reshape(values[1], (2, -1)).tolist()
    axes = range(rank) if len(values) < 4 or values[3] is None else np.reshape(values[3], -1).tolist()
    widths = [[0, 0] for _ in range(rank)]
    for number, axis in enumerate(axes):
        widths[axis] = [pads[0][number], pads[1][number]]
    value = float(values[2]) if len(values) > 2 and values[2] is not None else 0.0
    return f"pad({x[0]}, {widths}, value = {value})"


def gathered(x: Names, attributes: Attributes, values: list[Array | None]) -> str:
    return f"take({x[0]}, {x[1]}, axis = {attributes.get('axis', 0)})"


def one_hot(x: Names, attributes: Attributes, values: list[Array | None]) -> str | None:
    if attributes.get("axis", -1) != -1:
        return None
    low, high = (float(each) for each in values[2])  # type: ignore[union-attr]
    return f"one-hot({x[0]}, {int(np.reshape(values[1], -1)[0])}) * {high - low} + {low}"


def cumulated(x: Names, attributes: Attributes, values: list[Array | None]) -> str | None:
    if attributes.get("exclusive") or attributes.get("reverse"):
        return None
    return f"cumsum({x[0]}, axis = {int(np.reshape(values[1], -1)[0])})"


def clipped(x: Names, attributes: Attributes, values: list[Array | None]) -> str:
    text = f"maximum({x[1]}, {x[0]})" if len(values) > 1 and values[1] is not None else x[0]
    return f"minimum({x[2]}, {text})" if len(values) > 2 and values[2] is not None else text


def along(name: str) -> Rule:
    def rule(x: Names, attributes: Attributes, values: list[Array | None]) -> str:
        axis, rank = attributes.get("axis", -1), np.ndim(values[0])
        return f"{name}({x[0]})" if axis % rank == rank - 1 else f"{name}({x[0]}, axis = {axis})"

    return rule


def gemm(x: Names, attributes: Attributes, values: list[Array | None]) -> str:
    a = f"transpose({x[0]})" if attributes.get("transA") else x[0]
    b = f"transpose({x[1]})" if attributes.get("transB") else x[1]
    third = f" + {attributes.get('beta', 1.0)} * {x[2]}" if len(x) > 2 else ""
    return f"{attributes.get('alpha', 1.0)} * ({a} @ {b}){third}"


def loss(of_scores: bool) -> Rule:
    """Scores [N, C, d1, ...] have their classes along axis 1; here they stand last. `ignore_index` is a weight of 0."""

    def rule(x: Names, attributes: Attributes, values: list[Array | None]) -> str | None:
        scores, t = values[0], values[1]
        assert scores is not None
        assert t is not None
        reduction, ignored, rank = attributes.get("reduction", "mean"), attributes.get("ignore_index"), scores.ndim
        if ignored is not None and ((t < 0) | (t >= scores.shape[1])).any():
            return None  # a number that is no class
        order = [0, *range(2, rank), 1]
        moved = f"transpose({x[0]}, axes = {order})" if rank > 2 else x[0]
        weights = [f"take({x[2]}, {x[1]})"] if len(values) > 2 and values[2] is not None else []
        weights += [f"(1 - equal({x[1]}, {ignored}))"] if ignored is not None else []
        weight = " * ".join(weights)
        if reduction == "mean" and of_scores:
            return f"softmax-loss({moved}, {x[1]}{f', weight = {weight}' if weight else ''})"
        rows = t.ndim == 1
        logs = f"log-softmax({moved})" if of_scores else moved
        logs = logs if rows else f"reshape({logs}, [-1, {scores.shape[1]}])"
        hot = f"one-hot({x[1] if rows else f'reshape({x[1]}, [-1])'}, {scores.shape[1]})"
        each = f"-sum({hot} * {logs}, axis = 1)"
        if weight:
            weight = weight if rows else f"reshape({weight}, [-1])"
            each = f"{weight} * ({each})"
        if reduction == "none":
            return each if rows else f"reshape({each}, {list(t.shape)})"
        total = f"sum({weight})" if weight else str(t.size)
        return f"sum({each})" if reduction == "sum" else f"sum({each}) / {total}"

    return rule


SAME = "Neg Exp Log Sqrt Abs Identity Sin Cos Sign Floor Less Equal Where"
"""Operators that are called here as they are there."""

RULES: Mapping[str, Rule] = {
    **{name: infix(sign) for name, sign in (("Add", "+"), ("Sub", "-"), ("Mul", "*"), ("Div", "/"), ("Pow", "**"))},
    **{
        name: call(name.lower())
        for name in (*SAME.split(), "Relu", "Sigmoid", "Tanh", "Softplus")
    },
    "MatMul": infix("@"), "Gemm": gemm, "Clip": clipped,
    "Softmax": along("softmax"), "LogSoftmax": along("log-softmax"),
    "Max": several("maximum"), "Min": several("minimum"), "ArgMax": placed("argmax"), "ArgMin": placed("argmin"),
    "Greater": lambda x, attributes, values: f"less({x[1]}, {x[0]})",
    "LessOrEqual": lambda x, attributes, values: f"1 - less({x[1]}, {x[0]})",
    "GreaterOrEqual": lambda x, attributes, values: f"1 - less({x[0]}, {x[1]})",
    "Reshape": reshape, "Transpose": transposed, "Squeeze": to_shape(squeezed), "Unsqueeze": to_shape(unsqueezed),
    "Flatten": flattened, "Expand": expanded, "Concat": concat, "Slice": sliced, "Pad": padded,
    "Gather": gathered, "OneHot": one_hot, "CumSum": cumulated,
    "Range": lambda x, attributes, values: f"range({int(values[1] - values[0])}) + {x[0]}" if values[2] == 1 else None,
    "ReduceSum": reduction(reduced("sum")), "ReduceMean": reduction(reduced("mean")),
    "ReduceMax": reduction(reduced("max")), "ReduceMin": reduction(reduced("min")),
    "ReduceProd": reduction(reduced("prod")), "ReduceLogSumExp": reduction(reduced("logsumexp")),
    "ReduceSumSquare": reduction(reduced("sum", "@ ** 2")), "ReduceL1": reduction(reduced("sum", "abs(@)")),
    "ReduceL2": reduction(lambda given: f"sqrt({reduced('sum', '@ ** 2')(given)})"),
    "SoftmaxCrossEntropyLoss": loss(of_scores=True), "NegativeLogLikelihoodLoss": loss(of_scores=False),
}  # fmt: skip


# --- trying them ------------------------------------------------------------------------------------------------


def tried(case: Case) -> str:
    """`holds`, `differs`, or `not sayable`."""
    names = [f"x{number}" for number in range(len(case.inputs))]
    text = RULES[case.operator](names, case.attributes, case.inputs)
    if text is None:
        return "not sayable"
    lines, fed = [], {}
    for name, value in zip(names, case.inputs, strict=True):
        if value is None or name not in text:
            continue
        whole = value.dtype.kind in "iub"
        sizes_ = f"[{', '.join(map(str, value.shape))}]" if value.ndim else ""
        lines.append(f"input {name}: {'int' if whole else ('' if value.ndim else 'real')}{sizes_}")
        fed[name] = value.astype(np.int64 if whole else np.float64)
    try:
        found = chainrule.compile("\n".join([*lines, f"output result = {text}"])).run(**fed)["result"]
    except chainrule.SpecError:
        return "not sayable"
    expected = case.outputs[0]  # of the losses that give their logarithms too, the loss
    if np.shape(found) != expected.shape:
        return "differs"
    same = np.allclose(np.asarray(found, float), expected.astype(float), rtol=1e-3, atol=1e-7, equal_nan=True)
    return "holds" if same else "differs"


def main() -> None:
    """Prints how many cases there are of each kind, how many can be said, and how many hold."""
    warnings.simplefilter("ignore")
    kind_of = {operator: kind for kind, operators in KINDS.items() for operator in operators.split()}
    all_, sayable, holds = Counter[str](), Counter[str](), Counter[str]()
    for case in cases():
        kind, found = kind_of[case.operator], tried(case)
        all_[kind] += 1
        sayable[kind] += found != "not sayable"
        holds[kind] += found == "holds"
        if "--names" in sys.argv and found != "holds":
            print(f"{found}: {case.name} {dict(case.attributes)}")
    print("| kind | cases | sayable | hold |\n|---|---|---|---|")
    for kind in KINDS:
        print(f"| {kind} | {all_[kind]} | {sayable[kind]} | {holds[kind]} |")
    print(f"| all | {all_.total()} | {sayable.total()} | {holds.total()} |")


if __name__ == "__main__":
    main()
