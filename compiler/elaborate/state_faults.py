"""Faults of states and their rules."""

from ...grammar.diagnostic import Fault

STATE_OF_ROWS = Fault(
    "G122",
    "error",
    "state `{name}` has shape {shape}, and `{dim}` counts rows",
    "A state goes from step to step, whatever rows a step has; what belongs to rows is no part of it.",
    "dim N\ninput x: [N, 2]\nstate seen: [N, 2] = zeros()\noutput y = x + seen\n",
    "Put the rows together first: `mean(x, axis = 0)` has no rows, `state seen: [2]`.",
)
NEXT_TWICE = Fault(
    "G123",
    "error",
    "state `{name}` has two rules",
    "A state has one value after a step, so one `next`.",
    "state n = 0\nnext n = n + 1\nnext n = n + 2\noutput y = 2 * n\n",
    "Put both into one expression.",
)
NEXT_WITHOUT_STATE = Fault(
    "G124",
    "error",
    "`next {name}` has no state `{name}` beside it",
    "`next` gives the value that a state has after a step. It stands in the block or the file that declares the state.",
    "input x = 1\nnext x = x + 1\noutput y = 2 * x\n",
    "Declare it: `state seen = 0`. A param is changed by training, and needs no rule.",
)
NEXT_SHAPE = Fault(
    "G125",
    "error",
    "`next {name}` is {given}, but the state is {declared}",
    "A state keeps its shape from step to step.",
    "input x = [1, 2]\nstate seen = 0\nnext seen = 0.9 * seen + 0.1 * x\noutput y = x - seen\n",
    "Reduce the value, as by `mean(x, axis = 0)`, or declare the state with its shape.",
)
HELD_FIXED = Fault(
    "G126",
    "error",
    "no gradient flows to `{name}`: it is {what}",
    "Derivatives hold states and random draws fixed.",
    "param w = 2\nstate n = 3\noutput y = w * n\nnext n = n + 1\nexpect d(y)/d(n) == 2\n",
    "Ask for the gradient of a param, an input, or a node that is computed from one.",
)
INT_STATE = Fault(
    "G127",
    "error",
    "a state is real; `{name}` is declared int",
    "Rules of states compute with reals, which hold whole numbers exactly up to 9 007 199 254 740 992.",
    "state n: int = 0\nnext n = n + 1\noutput y = 2 * n\n",
    "Leave out `int`.",
)
COPY_OF_NO_PARAM = Fault(
    "G128",
    "error",
    "a state starts from a number, an initialiser or a param, but `{name}` is {what}",
    "Before the first step nothing is computed that it could start from.",
    "input x = 1\nstate seen = x\nnext seen = x\noutput y = seen\n",
    "Start from `zeros()`, and let `next` say what it becomes.",
)
STATE_IN_SCAN = Fault(
    "G134",
    "error",
    "what a scan calls holds no state, and `{name}` is one",
    "A state changes once a step; the copies of a scan are all in one step.",
    "block cell(h, row) {\n  state n = 0\n  next n = n + h\n  return h + row + n\n}\n"
    "input x = [1, 2]\nhs = scan(x, cell, 0)\n",
    "Let the scan carry the value as one more of its states: `hs, ns = scan(x, cell, h0, n0)`.",
)

FAULTS = (
    STATE_OF_ROWS, NEXT_TWICE, NEXT_WITHOUT_STATE, NEXT_SHAPE, HELD_FIXED, INT_STATE, COPY_OF_NO_PARAM, STATE_IN_SCAN
)  # fmt: skip
