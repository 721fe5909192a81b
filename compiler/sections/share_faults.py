"""Faults of what is taken from the rows to train on."""

from ...grammar.diagnostic import Fault

_ROWS = "dim N\ninput x: [N]\ninput t: int[N]\nparam w = 1.0\nloss = mean(w * x)\n"
_DATA = "data rows { x = [1, 2, 3, 4]; t = [0, 1, 0, 1] }\n"
_TRAIN = "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 9; data = rows; "


def _example(keys: str) -> str:
    return f"{_ROWS}{_DATA}{_TRAIN}{keys} }}\n"


TEST_WATCHED = Fault(
    "G510",
    "error",
    "`{watch}` decides when training stops, although there are rows to validate on",
    "Test rows judge what came out: they must have decided nothing before. Where `validate` gives rows for decisions, "
    "test rows are not watched.",
    _example("validate = 0.25; hold_out = 0.25; stop = early(watch = test.loss)"),
    "Watch the same metric of the rows to validate on, `early(watch = validate.loss)`, which `early()` does by itself.",
)
NOT_CLASSES = Fault(
    "G511",
    "error",
    "rows cannot be stratified by `{name}`: {reason}",
    "`stratify` names an input that the data give a class for each row, one number: int[N], or [N] and [N, 1] of few "
    "different numbers. Each set of rows then has the same shares of the classes.",
    _example("hold_out = 0.25; stratify = w"),
    "Name the column of the targets: `stratify = t`.",
    title="rows cannot be stratified by this",
)
STRATIFIED_LAST = Fault(
    "G512",
    "error",
    "`stratify` draws rows by class, and `{key} = {share}` takes rows as they stand",
    "The last rows are what they are; their classes can have other shares than those of all rows.",
    _example("hold_out = last(0.25); stratify = t"),
    "Leave `stratify` out, or draw the rows: `hold_out = 0.2`.",
)
NO_SUCH_FOLD = Fault(
    "G513",
    "error",
    "there is no fold {number} of {of}",
    "Folds are counted from 1: of five, the last is `fold(5, 5)`.",
    _example("validate = fold(3, 2)"),
    "Choose one of them; `train --folds 5` trains once for each.",
    title="there is no such fold",
)
IDLE_STRATIFY = Fault(
    "G514",
    "hint",
    "`stratify` changes nothing here: no rows are drawn",
    "It keeps the shares of the classes where `validate`, `hold_out` or `train --folds` draw rows.",
    _example("stratify = t"),
    "Draw some: `validate = 0.1`, `hold_out = 0.2`.",
)

WINDOWS_DRAWN = Fault(
    "G419",
    "error",
    "`{key} = {share}` draws rows, and those of `{name}` overlap: a window shares its values with those beside it",
    "Rows that are drawn from among windows have been trained on, nearly: their values stand in the windows before and "
    "behind them. What such rows say of a model is too good.",
    f"{_ROWS}data rows {{ x = windows([1, 2, 3, 4, 5], 2)[:, 0]; t = [0, 1, 0, 1] }}\n{_TRAIN}hold_out = 0.25 }}\n",
    "Take the rows at the end: `hold_out = last(0.2)`, `validate = last(0.1)`; or give rows of another text or series "
    "by `test` and `validate`.",
)

FAULTS = (WINDOWS_DRAWN, TEST_WATCHED, NOT_CLASSES, STRATIFIED_LAST, NO_SUCH_FOLD, IDLE_STRATIFY)
