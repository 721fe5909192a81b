"""Faults of rows that are taken from those to train on, and that are too few for it."""

from ...grammar.diagnostic import Fault

VALIDATE_LEAVES_NONE = Fault(
    "G515",
    "error",
    "{share} of {rows} rows leaves none to train on",
    cause="Rows to validate on are taken beside those that are held out: at least one each, and one must be left.",
    example="dim N\ninput x: [N]\nparam w = 1.0\nloss = sum(w * x)\ndata points { x = [1, 2] }\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = points; hold_out = 0.5; validate = 0.5 }\n",
    fix="Use more rows, or smaller shares.",
)
FEW_FOR_FOLDS = Fault(
    "G516",
    "error",
    "{rows} rows cannot be dealt into {of} folds",
    cause="Each fold needs a row at least.",
    example="dim N\ninput x: [N]\nparam w = 1.0\nloss = sum(w * x)\ndata points { x = [1, 2] }\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = points; validate = fold(1, 3) }\n",
    fix="Use more rows, or fewer folds.",
)
FEW_FOR_CLASSES = Fault(
    "G517",
    "error",
    "{key} = {share} takes {count} rows, and `{name}` has {classes} classes",
    cause="Rows that are stratified hold each class as often as all rows do, once at least.",
    example="dim N\ninput x: [N]\ninput t: int[N]\nparam w = 1.0\nloss = sum(w * x)\n"
    "data points { x = [1, 2, 3, 4]; t = [0, 1, 0, 1] }\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = points; hold_out = 0.2; stratify = t }\n",
    fix="Take more rows, or stratify by a column of fewer different values.",
)

FAULTS = (VALIDATE_LEAVES_NONE, FEW_FOR_FOLDS, FEW_FOR_CLASSES)
