"""Faults of values and gradients that were computed and looked at: codes G540 to G543, G547, G548 and G550."""

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
    cause="The reverse pass and differences disagree by more than the step and rounding explain, whichever step by the "
    "input's size is taken. Either the function has no slope there (the square root of a square at 0), or the reverse "
    "rule of an operation is wrong.",
    example="input x = 0\noutput y = sqrt(x * x)\n",
    fix="Try other values; if it stays, please report it with the spec.",
)  # fmt: skip
KINK = Fault(
    "G542", "hint", "left out, every step crosses a kink: `{path}`{elements}",
    cause="Between the two ends of a difference an operand passes a place where the slope changes at once (0 for relu "
    "and abs, a border of clip, a tie of max), however short the step; there the difference mixes two slopes and "
    "says nothing about either.",
    example="param w = 0\nloss = relu(w)\n",
    fix="Nothing: the other elements are checked.",
)  # fmt: skip
NOTHING_TO_CHECK = Fault(
    "G543", "error", "there is no real input or param that `{of}` could have a gradient to",
    cause="`gradcheck` holds the gradients of real inputs and params against central differences.",
    example="output y = 2 * 3\n",
    fix="Make one of the numbers an input or a param.",
)  # fmt: skip
CANNOT_TELL = Fault(
    "G547", "hint", "left out, differences can't tell: `{path}`{elements}",
    cause="The gradient is lost in the rounding of the value that it belongs to, or it is infinite, or the function "
    "bends at every step that is tried: then differences are no measure of it.",
    example="input x = 1\noutput y = 1e20 + x\n",
    fix="Nothing: the other elements are checked. `--of` a node nearer to the input may be told.",
)  # fmt: skip
NO_VALUE_TO_CHECK = Fault(
    "G548", "error", "`{of}` is not finite here, so it has no gradient that could be checked",
    cause="Differences need a value, and that of the node is not a finite number on these inputs.",
    example="input x = 0\noutput y = log(x)\n",
    fix="Check it on other values: `--set x=1`, `--inputs`, `--rows`. `chainrule run` names the first node that is not "
    "finite.",
)  # fmt: skip
BACKENDS_DIFFER = Fault(
    "G550", "error", "{node}{element} is {numpy} with numpy and {jax} with jax, of the same operands",
    cause="The two are further apart than rounding explains, though both were given the same. Numbers so small that a "
    "processor may take them for 0 are 0 for both. One of them computes the operation wrongly, or far less exactly.",
    example="input x = 1\noutput y = 2 * x\n",
    fix="Look at what goes into that node; `--precision float64` tells whether it is the precision. If it stays, "
    "please report it with the spec.",
)  # fmt: skip

FAULTS = (
    NOT_FINITE_VALUE, WRONG_GRADIENT, KINK, NOTHING_TO_CHECK, CANNOT_TELL, NO_VALUE_TO_CHECK, BACKENDS_DIFFER,
)  # fmt: skip
