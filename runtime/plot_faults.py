"""Faults of plots of trained nets: codes G545 and G546."""

from ..grammar.diagnostic import Fault

NOTHING_TO_PLOT = Fault(
    "G545", "error", "there is nothing to plot as `{kind}`: {reason}",
    cause="Each kind of plot needs something of a spec: a confusion matrix a classifier, a decision surface one with "
    "two inputs, activations a hidden layer.",
    example="param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 }\n",
    fix="Choose another kind; `chainrule plot --help` says what each shows.",
)  # fmt: skip
OTHER_END = Fault(
    "G546", "warning",
    "trained again, the spec comes to other parameters than the model's: what is plotted is that training",
    cause="What happens between start and end is not kept, so it is computed again from the spec, its seed and its "
    "data. The model was trained otherwise: from other initial parameters, with other data, by a loop of one's own, or "
    "with versions of NumPy that round differently.",
    example="param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 }\n",
    fix="Bring back the data and the settings that it was trained with, if this training is what you want to see.",
)  # fmt: skip

FAULTS = (NOTHING_TO_PLOT, OTHER_END)
