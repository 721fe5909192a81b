"""What can go wrong where a model of ONNX is read, codes G685 to G689."""

from ...grammar.diagnostic import Fault

_EXAMPLE = "dim N\ninput x: [N, 2]\nparam W: [2, 3] = he()\noutput y = x @ W\n"

NOT_ONNX = Fault(
    "G685", "error", "`{path}` can't be read as a model of ONNX: {reason}",
    cause="A file of ONNX is protobuf: operators in an order in which each reads what stands before it, and tensors "
    "that hold as many bytes as their sizes say. Tensors may lie in files of the same folder.",
    example=_EXAMPLE,
    fix="Export the model again. `onnx.checker.check_model` says what is wrong with a file.",
)  # fmt: skip
UNKNOWN_OPERATOR = Fault(
    "G686", "error", "{place}: the operator `{operator}` can't be said in the language",
    cause="Operators are read that feed-forward nets, convolutions and transformers are exported with. Loops, "
    "branches, recurrent cells as one operator, quantised numbers and operators of one vendor are not among them.",
    example=_EXAMPLE,
    fix="Export it from plain layers, without loops; or cut the model before it with `onnx.utils.extract_model`.",
)  # fmt: skip
UNSAYABLE = Fault(
    "G687", "error", "{place}: `{operator}` can't be said so: {reason}",
    cause="The language has this operator, but not with these settings, or sizes that are known only when it runs.",
    example=_EXAMPLE,
    fix="Export the model with sizes as numbers, all but the batch; or simplify it before, for example with onnxsim.",
)  # fmt: skip
NO_TEXT = Fault(
    "G688", "error", "the model can't be written as a spec: {reason}",
    cause="What was read is compiled as any other spec, and held to the same limits.",
    example=_EXAMPLE,
    fix="Raise the limit that it says, if it is one; else report it, with the model.",
)  # fmt: skip

NO_ONNX = Fault(
    "G689", "error", "models of ONNX need the package onnx, which is not installed",
    cause="Models are written, read and checked by a library of their own, which comes with an extra.",
    example=_EXAMPLE,
    fix="pip install 'chainrule[onnx]'",
)  # fmt: skip

FAULTS = (NOT_ONNX, UNKNOWN_OPERATOR, UNSAYABLE, NO_TEXT, NO_ONNX)
