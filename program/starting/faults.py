"""What can keep a spec from being written for a table: G578."""

from ...grammar.diagnostic import Fault

NO_START = Fault(
    "G578",
    "error",
    "no spec can be written for `{path}`: {reason}",
    cause="`new --from` looks at the columns of a CSV file, and writes a spec that predicts one of them from the "
    "others. It needs rows with a value to predict, and columns to predict it from.",
    example="input price = 100\noutput total = 2 * price\n",
    fix="Mend what is named, or begin with `chainrule new mlp`, and write the data section by hand.",
)

FAULTS = (NO_START,)
