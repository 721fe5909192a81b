"""Faults of several trainings that are compared."""

from ...grammar.diagnostic import Fault

_BOWL = "param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 }\n"

NO_VALUES = Fault(
    "G555",
    "error",
    "`{name}` is to be tried with each value of a list, and this is {what}",
    cause="A sweep trains once for each value that its list holds; several sweeps try all that go together.",
    example=_BOWL,
    fix="Write a list: `--sweep 'train.optimizer=[sgd(lr = 0.1), adam()]'`; in a script give a list.",
    title="a sweep has no list of values",
)
SET_TWICE = Fault(
    "G556",
    "error",
    "`{name}` is swept over, and {other} sets it as well",
    cause="One run has one value of each setting. Seeds are values of `train.seed`, folds of `train.validate`.",
    example=_BOWL,
    fix="Leave one of the two out.",
    title="a setting is swept over twice",
)
CAME_TO_NO_END = Fault(
    "G557",
    "warning",
    "the run with {settings} came to no end: {reason}",
    cause="Something in it is not finite any more. The other runs go on; this one is never the best.",
    example=_BOWL,
    fix="Leave the value out that it had, or see what `explain G501` says.",
    title="a run of several came to no end",
)

FAULTS = (NO_VALUES, SET_TWICE, CAME_TO_NO_END)
