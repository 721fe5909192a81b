"""Faults of rows that a script gives, G570 to G574."""

from ....grammar.diagnostic import Fault

SPEC = (
    "dim N\ninput x: [N, 2]\ninput t: [N]\nparam w: [2] = zeros()\nloss = mse(x @ w, t)\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 3; stop = early(test.loss, patience = 2) }\n"
)

TEST_VALUES = Fault(
    "G570",
    "error",
    "`test` has {count} values, and the rows to train on are given as {names}",
    cause="Test rows are given by name, as a mapping or a table, or as a tuple in the order of the rows to train on.",
    example=SPEC,
    fix="Write `test = (x_test, t_test)` after `x = x_train, t = t_train`, or `test = {'x': x_test, 't': t_test}`.",
)
TEST_ALONE = Fault(
    "G571",
    "error",
    "test rows are given without rows to train on",
    cause="In a script `test` goes with the rows that are trained on; the test rows of a spec stand in the spec.",
    example=SPEC,
    fix="Give both, `program.train(x = x, t = t, test = (x_test, t_test))`, or name a section of the spec as `test`.",
)
BAD_ROW = Fault(
    "G572",
    "error",
    "row {row} of what is given one by one: {reason}",
    cause="An iterator gives a mapping for each row, `{'x': [1, 2], 't': 3}`, or for several rows at a time, where "
    "each value has one axis more. All of them have the same names and shapes.",
    example=SPEC,
    fix="Look at what the iterator gives there; rows that are not to be trained on are left out before.",
)
NO_TEST_ROWS = Fault(
    "G573",
    "error",
    "`{watched}` is watched, and there are no test rows",
    cause="Without `data` the rows come from a script, and so do the test rows, unless `hold_out` takes some away.",
    example=SPEC,
    fix="Give test rows, `program.train(x = x, t = t, test = (x_test, t_test))`, write `hold_out = 0.2`, or watch "
    "`train`.",
)
MISSING_LABEL = Fault(
    "G574",
    "error",
    "row {row} of `{name}` has no text: {value}",
    cause="The other rows have texts as names of classes, and what is missing is no class.",
    example=SPEC,
    fix="Fill it in, or leave out its row.",
)

FAULTS = (TEST_VALUES, TEST_ALONE, BAD_ROW, NO_TEST_ROWS, MISSING_LABEL)
