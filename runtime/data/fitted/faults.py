"""Faults of fitted columns, G48x: numbers that come from the rows that are trained on."""

from ....grammar.diagnostic import Fault

HEAD = "dim N\ninput x: [N]\nparam w = 1.0\noutput y = w * x\nloss = mean(y * y)\n"
TAIL = "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = rows"

OTHER_FIT = Fault(
    "G480",
    "error",
    "`{name}` has {how} here, and in the rows that were trained on {other}",
    cause="What a fitted column holds comes from the rows that are trained on. A column of the same name that is read "
    "elsewhere is fitted in the same way, or its numbers would mean something else.",
    example=f"{HEAD}data rows {{ x = [1, 2, 3] }}\ndata others {{ x = standardize([4, 5, 6]) }}\n{TAIL}; "
    "test = others }\n",
    fix="Write the same `standardize`, `scale`, `fill`, `one_hot` and reductions in both, in the same order. After a "
    "change of the spec, train anew.",
)
FOREIGN_FIT = Fault(
    "G428",
    "warning",
    "the numbers of `{name}` come from the rows of the spec's data, and the model was trained on rows of a script",
    cause="A script gave the values of inputs, after whatever arithmetic it did on them. Raw rows go through the "
    "columns of the spec, whose fitted numbers are those of the rows that `data` reads: perhaps others.",
    example=f"{HEAD}data rows {{ x = standardize([1, 2, 3]) }}\n{TAIL} }}\n",
    fix="Give the inputs themselves, `predict(x = ...)`, made as those for the training were; or train on the spec's "
    "own data.",
)
NOTHING_TO_FIT = Fault(
    "G481",
    "error",
    "`{how}` of `{name}` has no value to go by: none of the rows that are trained on has one",
    cause="A mean or a median is that of values that are there.",
    example=f"{HEAD}data rows {{ x = fill([0, 0, 0] / 0, mean) }}\n{TAIL} }}\n",
    fix="Write the number itself: `fill(c, 0)`.",
)
OTHER_FILLING = Fault(
    "G482",
    "error",
    "`{name}` is filled with {what}, and holds {kind}, such as `{value}`",
    cause="A column holds numbers or texts (the names of classes), never both.",
    example=f'{HEAD}data rows {{ x = fill([1, 2, 3], "none") }}\n{TAIL} }}\n',
    fix='Fill numbers with `mean`, `median` or a number, texts with a text: `fill(c, "unknown")`.',
)
NO_CLASSES = Fault(
    "G483",
    "error",
    "row {row} of `{name}` is {value}, and classes are texts or whole numbers",
    cause="Each different value would be a class of its own, and fractions seldom are.",
    example=f"{HEAD}data rows {{ x = sum(one_hot([1, 2, 2.5]), axis = 1) }}\n{TAIL} }}\n",
    fix="Use the numbers as they are, or `standardize` them.",
)
NOT_FINITE_FIT = Fault(
    "G484",
    "error",
    "`{how}` of `{name}` is not finite over the rows that are trained on",
    cause="NaN and infinity would spoil every value computed from them; sums and spreads may be beyond float64.",
    example=f'{HEAD}data rows {{ x = line("x") - sum(exp(1000 * line("x"))) }}\n{TAIL} }}\n',
    fix="Scale the column before, or correct its values.",
)
OTHER_WIDTH = Fault(
    "G485",
    "error",
    "`{how}` of `{name}` holds numbers of shape {held}, and a row has shape {found}",
    cause="What was fitted to some columns says nothing about others.",
    example=f"{HEAD}data rows {{ x = standardize([1, 2, 3]) }}\ndata others {{ x = standardize([[4, 4], [5, 5]]) }}\n"
    f"{TAIL}; test = others }}\n",
    fix="Read as many columns as in the rows that were trained on, in the same order.",
)

NO_SIZE = Fault(
    "G487",
    "error",
    "`{name}` is a dim, and here {value}; its size is a whole number of at least 1",
    cause="An entry of a data section that is called like a dim gives it its size.",
    example="dim N, V\ninput x: [N]\nparam w: [V] = ones()\noutput y = x * sum(w)\nloss = mean(y * y)\n"
    f"data rows {{ x = [1, 2, 3]; V = [1, 2] }}\n{TAIL} }}\n",
    fix="Write a number, such as `V = classes(ids)`, or call the column otherwise.",
)

FAULTS = (FOREIGN_FIT, OTHER_FIT, NOTHING_TO_FIT, OTHER_FILLING, NO_CLASSES, NOT_FINITE_FIT, OTHER_WIDTH, NO_SIZE)
