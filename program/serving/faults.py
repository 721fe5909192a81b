"""Faults of rows that a model is used on, G575 to G577, and G712."""

from ...grammar.diagnostic import Fault

_EXAMPLE = "input price = 100\noutput total = 2 * price\n"

WRONG_COLUMNS = Fault(
    "G712", "error", "`{path}` does not hold the inputs: {reason}",
    cause="The rows to predict on need a value for every input that the outputs depend on. A CSV file has the columns "
    "from which the spec's data section reads the inputs.",
    example=_EXAMPLE,
    fix="Give the file the columns that the model was trained on.",
)  # fmt: skip
NOT_BY_ROWS = Fault(
    "G575",
    "error",
    "no output has a value for each row alone: {outputs}",
    cause="Rows that come one after the other are answered one after the other, so an output must not go over the rows "
    "beside it, nor be one number for all.",
    example="dim N\ninput x: [N, 2]\noutput y = x - mean(x, axis = 0)\n",
    fix="Give all rows at once, as a file, or add an output that each row has by itself.",
)
BAD_LINE = Fault(
    "G576",
    "error",
    "this line holds no row: {reason}",
    cause='Of JSON lines each is an object with the columns of one row, or the inputs: {"x": [1, 2]}.',
    example="dim N\ninput x: [N, 2]\noutput y = 2 * x\n",
    fix="Write one object a line, all with the same names.",
)
NO_PROBABILITIES = Fault(
    "G577",
    "error",
    "no output has scores that probabilities could be made of: {outputs}",
    cause="Probabilities are the softmax of the scores that softmax-loss takes, or the sigmoid of those that "
    "sigmoid_loss takes; an output has to be one of these.",
    example="dim N\ninput x: [N, 2]\noutput y = 2 * x\n",
    fix="Write `output scores` for what the loss takes, or leave `--probabilities` out.",
)

FAULTS = (WRONG_COLUMNS, NOT_BY_ROWS, BAD_LINE, NO_PROBABILITIES)
