"""What can go wrong where a spec is written as C, codes G670 to G674."""

from ....grammar.diagnostic import Fault

NO_FORM = Fault(
    "G670", "error", "`{operation}` can't be written in C",
    cause="A file of C has what a net predicts and how it trains. Measures over a whole set of rows, such as "
    "accuracies and matrices of confusion, have no form there: a device has no such set.",
    example="dim N\ninput x: [N, 2]\ninput t: int[N]\nparam W: [2, 3] = he()\noutput y = x @ W\n"
    "output right = accuracy(y, t)\n",
    fix="Take it out of the outputs, or make it one of the `metrics` of `train`; or export to Python.",
)  # fmt: skip

FAULTS = (NO_FORM,)
