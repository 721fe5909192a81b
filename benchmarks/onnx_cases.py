"""Node cases of the ONNX backend suite, read by `chainrule import`: which of them become a spec, and which then hold.

    python benchmarks/onnx_cases.py             # a table of counts; needs the extra `onnx`
    python benchmarks/onnx_cases.py --names     # and the names of those that are not read, or give other values

A case is a model of one node with its inputs and the outputs that ONNX expects. Inputs that a case feeds are inputs of
the spec; where a node is not read so (axes, shapes and borders that are fed), all but the first are part of the model.
"""

import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import numpy_helper

import chainrule

KINDS: Mapping[str, str] = {
    "arithmetic": "Add Sub Mul Div Neg Exp Log Sqrt Pow Abs Identity Sin Cos Sign Floor Clip Gemm MatMul",
    "activations": (
        "Relu Sigmoid Tanh Softplus Softmax LogSoftmax LeakyRelu Elu Selu Celu Gelu HardSigmoid HardSwish Mish"
    ),
    "max, min": "Max Min ArgMax ArgMin",
    "comparisons, where": "Less Greater LessOrEqual GreaterOrEqual Equal Where Not And Or Xor",
    "shapes": "Reshape Transpose Squeeze Unsqueeze Flatten Expand Concat Slice Pad Split Tile",
    "gather": "Gather OneHot Range CumSum",
    "reductions": (
        "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceLogSumExp ReduceSumSquare ReduceL1 ReduceL2"
    ),
    "windows": "Conv ConvTranspose MaxPool AveragePool GlobalAveragePool GlobalMaxPool",
    "norms": "BatchNormalization LayerNormalization InstanceNormalization GroupNormalization RMSNormalization",
    "losses": "SoftmaxCrossEntropyLoss NegativeLogLikelihoodLoss",
}
KNOWN = [np.dtype(each) for each in "? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split()]  # noqa: SIM905  # a list of names


class Case(NamedTuple):
    """One node: what it is called, its model, its inputs by name, its outputs."""

    name: str
    operator: str
    model: Any
    inputs: Mapping[str, Any]
    outputs: list[Any]


def cases() -> list[Case]:
    """Every case of the kinds above that has one node and tensors alone."""
    from onnx.backend.test.loader import load_model_tests

    wanted = {operator for operators in KINDS.values() for operator in operators.split()}
    found = []
    for each in load_model_tests(kind="node"):
        nodes = each.model.graph.node
        if len(nodes) != 1 or nodes[0].op_type not in wanted or "expanded" in each.name:
            continue
        inputs, outputs = each.data_sets[0]
        arrays = [array(value) for value in (*inputs, *outputs)]
        if any(value is None for value in arrays):
            continue
        fed = dict(zip((value.name for value in each.model.graph.input), arrays, strict=False))
        found.append(Case(each.name, nodes[0].op_type, each.model, fed, arrays[len(inputs) :]))
    return found


def array(value: Any) -> Any:
    """A tensor as an array; None for sequences, texts and formats that NumPy does not have."""
    made = numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value
    known = isinstance(made, np.ndarray | np.generic) and made.dtype in KNOWN
    return np.asarray(made) if known else None


def models(case: Case) -> list[Any]:
    """The model as it is, and with all inputs but the first as its own tensors."""
    held = onnx.ModelProto()
    held.CopyFrom(case.model)
    given = list(held.graph.input)
    del held.graph.input[1:]
    held.graph.initializer.extend(numpy_helper.from_array(case.inputs[each.name], each.name) for each in given[1:])
    return [case.model, held]


def tried(case: Case, folder: Path) -> str:
    """`holds`, `differs`, or `not read`."""
    found = "not read"
    for model in models(case):
        path = folder / "model.onnx"
        path.write_bytes(model.SerializeToString())
        try:
            program = chainrule.import_onnx(path)
            program.notify = lambda finding: None
            inputs = [each.name for each in model.graph.input]
            given = {path: case.inputs[name] for path, name in zip(program.spec.graph.inputs, inputs, strict=True)}
            fed = {
                path: value.astype(np.float64 if value.dtype.kind == "f" else np.int64) for path, value in given.items()
            }
            values = program.run(fed)[program.outputs[0]]  # of several, the first
        except chainrule.SpecError:
            continue
        expected = case.outputs[0]
        if np.shape(values) == expected.shape and np.allclose(
            np.asarray(values, float), expected.astype(float), rtol=1e-3, atol=1e-7, equal_nan=True
        ):
            return "holds"
        found = "differs"
    return found


def main() -> None:
    """Prints how many cases there are of each kind, how many are read, and how many hold."""
    warnings.simplefilter("ignore")
    kind_of = {operator: kind for kind, operators in KINDS.items() for operator in operators.split()}
    every, read, holds = Counter[str](), Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for case in cases():
            kind, found = kind_of[case.operator], tried(case, Path(folder))
            every[kind] += 1
            read[kind] += found != "not read"
            holds[kind] += found == "holds"
            if "--names" in sys.argv and found != "holds":
                print(f"{found}: {case.name}")
    print("| kind | cases | read | hold |\n|---|---|---|---|")
    for kind in KINDS:
        print(f"| {kind} | {every[kind]} | {read[kind]} | {holds[kind]} |")
    print(f"| all | {every.total()} | {read.total()} | {holds.total()} |")


if __name__ == "__main__":
    main()
