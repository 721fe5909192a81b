"""What can go wrong where a spec is written as ONNX, codes G680 to G684."""

from ....grammar.diagnostic import Fault

NO_FORM = Fault(
    "G680", "error", "`{operation}` can't be written in ONNX: {reason}",
    cause="A file of ONNX holds operators of its own alone, with the meaning that they have there. Not every operation "
    "can be put together from them at all sizes.",
    example="dim N\ninput x: [N]\noutput y = sum(prod(x))\n",
    fix="Write it with other operations, or give the dim that it goes along a size; or export to Python.",
)  # fmt: skip
NO_SIZE = Fault(
    "G681", "error", "nothing that the model is given says how large `{dim}` is",
    cause="A free size is read off the shape of an input. This one stands in no shape of an input that is needed, or "
    "only together with another one that isn't known.",
    example="dim N\noutput y = sum(range(N))\n",
    fix="Give the dim a size, `dim {dim} = 4` or `--set {dim}=4`.",
)  # fmt: skip
ONNX_GATHERS = Fault(
    "G682", "error", "a step of ONNX makes an update each time, and `accumulate` is {count}",
    cause="The step that is written takes one batch for an update; several batches for one are not written.",
    example="param w = 1.0\nloss = w * w\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); steps = 4; accumulate = 2 }\n",
    fix="Write it with `--set train.accumulate=1`, and feed batches that are as much larger.",
)  # fmt: skip

FAULTS = (NO_FORM, NO_SIZE, ONNX_GATHERS)
