"""Faults of values and gradients that were computed and looked at: codes G540 to G549."""

from ..grammar.diagnostic import Fault

NOT_FINITE_VALUE = Fault(
    "G540", "warning", "{node} is {value}{place}",
    cause="A value that is shown is not a finite number. The node named is the first from which that came: what goes "
    "into it is finite.",
    example="input x = 0\noutput y = 1 / x\n",
    fix="Look at what goes into that node; use the careful form of an operation where there is one.",
    title="a value is not finite",
)  # fmt: skip
WRONG_GRADIENT = Fault(
    "G541", "error", "the gradient of `{of}` to `{path}`{element} is {analytic}, but differences give {numerical}",
    cause="The reverse pass and a small step to both sides disagree by more than rounding explains. Either the reverse "
    "rule of an operation is wrong, or the function jumps or bends sharply there.",
    example="input x = 1e-6\noutput y = 1 / x\n",
    fix="Try other values; if it stays, please report it with the spec.",
)  # fmt: skip
KINK = Fault(
    "G542", "hint", "left out, a step crosses the kink of a relu: `{path}` {elements}",
    cause="Between the two sides of a central difference an operand of relu changes its sign; there the difference "
    "mixes two slopes and says nothing about either.",
    example="param w = 0\nloss = relu(w)\n",
    fix="Nothing: the other elements are checked.",
)  # fmt: skip
NOTHING_TO_CHECK = Fault(
    "G543", "error", "there is no real input or param that `{of}` could have a gradient to",
    cause="`gradcheck` holds the gradients of real inputs and params against central differences.",
    example="output y = 2 * 3\n",
    fix="Make one of the numbers an input or a param.",
)  # fmt: skip

FAULTS = (NOT_FINITE_VALUE, WRONG_GRADIENT, KINK, NOTHING_TO_CHECK)
