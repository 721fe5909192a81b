"""Faults of names, structure, types, sections and claims: codes G1xx to G3xx.

Over 300 lines: a record for each fault.
"""

from ..grammar.diagnostic import Fault

# --- names and structure ----------------------------------------------------------------------------------------

UNKNOWN_NAME = Fault(
    "G101",
    "error",
    "nothing here is called `{name}`",
    "An expression uses a name that no statement of the file defines.",
    "input price = 100\noutput total = prise * 2\n",
    "Define the name, or write the one that was meant.",
)
DEFINED_TWICE = Fault(
    "G102",
    "error",
    "`{name}` is defined twice",
    "A name stands for one thing: nodes, inputs, params, dims, consts and stages of a file share one namespace.",
    "input x = 1\nx = 2\n",
    "Give the second one a name of its own.",
)
UNKNOWN_CALL = Fault(
    "G103",
    "error",
    "there is no operation or block called `{name}`",
    "A call names something that is neither an operation nor a block.",
    "input x = 1\noutput y = rleu(x)\n",
    "Write the name of an operation (`chainrule show ops` lists them) or define a block of that name.",
)
CYCLE = Fault(
    "G104",
    "error",
    "`{name}` depends on itself: {circle}",
    "Statements may stand in any order, but a value cannot be made of itself.",
    "a = b + 1\nb = a * 2\n",
    "Break the circle: one of the values must come from elsewhere, from an input or a param.",
)
TOO_MANY_ARGUMENTS = Fault(
    "G105",
    "error",
    "{name}({parameters}) takes {expected}, but {given} given",
    "A call gives more arguments than there are operands.",
    "input x = 1\noutput y = exp(x, 2)\n",
    "Leave out what is too many, or use another operation.",
    title="a call gives too many arguments",
)
UNKNOWN_ARGUMENT = Fault(
    "G106",
    "error",
    "{name}({parameters}) has no argument called `{argument}`",
    "A keyword argument has a name that the operation, block or setting does not know.",
    "input x = 1\noutput y = sum(x, axes = 0)\n",
    "Use one of the names in the parentheses.",
    title="a call gives an argument that there is not",
)
ARGUMENT_TWICE = Fault(
    "G107",
    "error",
    "{name}({parameters}): `{argument}` is given twice",
    "An argument is given by position and by keyword, or by two keywords.",
    "input x = [1, 2]\noutput y = sum(x, x = x)\n",
    "Give it once.",
    title="a call gives an argument twice",
)
MISSING_ARGUMENT = Fault(
    "G108",
    "error",
    "{name}({parameters}) lacks `{argument}`",
    "A call gives fewer arguments than the operation needs.",
    "input x = 1\noutput y = mul(x)\n",
    "Give every operand.",
    title="a call lacks an argument",
)
NOT_A_VALUE = Fault(
    "G109",
    "error",
    "{what} is not a value that can be computed with",
    "A text, an operation, a block or an initialiser stands where a number or a tensor is needed.",
    'const file = "a.csv"\ninput x = 1\noutput y = x + file\n',
    "Use a node, an input, a param or a number there.",
)
NOT_CONSTANT = Fault(
    "G110",
    "error",
    "{what} must be known before anything runs, but {culprit} is computed",
    "Constants, sizes, counts and settings are fixed when the spec is compiled; they cannot depend on nodes.",
    "input n = 3\nparam W: [n, 2] = zeros()\n",
    "Use a number or a `const`.",
)
RESERVED_BLOCK = Fault(
    "G111",
    "error",
    "a block cannot be called `{name}`: that is {what}",
    "Blocks, operations and initialisers share one namespace, so that a call always means one thing.",
    "block relu(x) { return x + 1 }\noutput y = relu(2)\n",
    "Choose another name for the block.",
)
EMPTY_FILE = Fault(
    "G112",
    "error",
    "this file defines no node and no block",
    "A spec without a node has nothing to compute.",
    "input x = 1\n",
    "Write a node, for example `output y = 2 * x`.",
)
WRONG_COUNT_OF_VALUES = Fault(
    "G113",
    "error",
    "{wanted}, but {given}",
    "`a, b = call(...)` takes a block that returns as many values as there are names.",
    "input x = 1\na, b = exp(x)\n",
    "Write one name for each value.",
    title="names and values differ in number",
)
BLOCK_CIRCLE = Fault(
    "G114",
    "error",
    "block `{name}` calls itself: {circle}",
    "A block is expanded where it is called, so one that calls itself would never end.",
    "block f(x) { return f(x) }\noutput y = f(1)\n",
    "Repeat a stage with `repeat n { ... }` instead.",
)
USE_CIRCLE = Fault(
    "G115",
    "error",
    "`{path}` uses itself: {circle}",
    "A file is checked before those that use it, so files cannot use one another in a circle.",
    'use "a.graph"\noutput y = 1 + 1\n',
    "Move what both files need into a third one that uses neither.",
)
NOT_CALLABLE = Fault(
    "G116",
    "error",
    "`{name}` is {what}; it cannot be called here",
    "Initialisers, readers and settings are called only where their values are wanted; values are never called.",
    "param w = 1\noutput y = w * he()\n",
    "Use an operation or a block.",
)
USE_FAILED = Fault(
    "G117",
    "error",
    "`{path}` cannot be used: {reason}",
    "`use` takes a spec beside this one, inside the folder tree of the spec that is compiled, or `chainrule.layers`.",
    'use "missing.graph"\noutput y = 1 + 1\n',
    "Correct the path, or move the file beside the spec.",
)
BUDGET = Fault(
    "G118",
    "error",
    "this needs {amount} {what}; the limit is {limit}",
    "Limits keep a typing error, or a hostile file, from filling the memory.",
    "input x = 1\noutput y = x -> repeat 1000000000 { exp }\n",
    "Make it smaller, or raise the limit (`CHAINRULE_LIMITS`, see the language reference).",
)
UNKNOWN_SETTING = Fault(
    "G119",
    "error",
    "nothing is called `{name}` that could be set",
    "`--set` names a const, an input, a dim, a param by its path, or a key of a section.",
    "input x = 1\noutput y = 2 * x\n",
    "Write `--set NAME=VALUE` with a name of the spec.",
)
UNREADABLE_SETTING = Fault(
    "G120",
    "error",
    "`{name}`: {reason}",
    "The value of `--set` is an expression without names, or bare text where a text is wanted.",
    "input x = 1\noutput y = 2 * x\n",
    "Write a number, a list or a call with literal arguments.",
    title="a setting can't be read",
)

WRONG_LIMITS = Fault(
    "G121",
    "error",
    "{variable}: {reason}",
    "The environment variable raises or lowers limits: `CHAINRULE_LIMITS=nodes=10000000,nesting=1000000`, or, with a "
    "whole number of mebibytes, what data may take: `CHAINRULE_DATA_LIMIT=8192`.",
    "input x = 1\noutput y = 2 * x\n",
    "Write `name=number`, several of them with `,` between; mebibytes are a number alone.",
    title="a limit can't be read",
)
UNNAMED_NODE = Fault(
    "G130",
    "error",
    "`{path}` is a node that the text gives no name",
    "Expressions take the paths of params, of statements and stages that have a name, and of copies. What is called by "
    "its operation and counted may be another node after the next change of its statement.",
    "input x = 1\ny = exp(x) + relu(x)\nz = y.relu * 2\n",
    "Name it with `as`, or give it a statement of its own.",
)
NOT_ALIKE = Fault(
    "G131",
    "error",
    "this call can't be like `{name}`: {reason}",
    "`like a` calls the same block as the call named `a`, with its params. The block and the settings must be the "
    "same; settings may be left out. The values may have other sizes only where no param hangs on them.",
    "block net(x, k) {\n  param w: [k] = ones()\n  return x * w\n}\n"
    "input x = [1, 2]\na = net(x, 2)\nb = net(x, 3) like a\n",
    "Leave the settings out, or call the block without `like` to give it params of its own.",
    title="a call is not like the one that it names",
)
SCAN_CALL = Fault(
    "G132",
    "error",
    "scan: {message}",
    "`scan(x, cell, h0, axis = 1)` calls a block `(h, row)` for each index of an axis of x, whose size must be known. "
    "Brackets around the first argument hold several sequences; `steps = 100` stands in place of it. A start follows "
    "for each state, further named arguments go to the block.",
    "block cell(h, row) { return tanh(h + row) }\ndim N, T\ninput x: [N, T]\n"
    "hs = scan(x, cell, expand(0, [N]), axis = 1)\n",
    "Write the call as above.",
    title="a call of scan does not go",
)
SCAN_STATE = Fault(
    "G133",
    "error",
    "scan: `{cell}` returns {given} where its state is {wanted}",
    "What a cell returns is the state of the next step, so that both are of one kind and shape.",
    "block cell(h, row) { return sum(h * row) }\ninput x = [[1, 2], [3, 4]]\nhs = scan(x, cell, [0, 0])\n",
    "Start from a state of the shape that the cell returns, or return the state's.",
    title="a cell returns another shape than that of its state",
)
LATE_PARAM = Fault(
    "G135",
    "error",
    "`{name}` would be a {kind} of a claim or a section, which have none",
    "Params and states are those of statements: what a claim or the train section calls may declare none, for a model "
    "would not have it.",
    "block net(x) {\n  param w = 2\n  return x * w\n}\ninput x = 3\ny = x * 1\nexpect net(x) == 6\n",
    "Call the block in a statement, `y = net(x)`, and use that; or write `net(x) like y`, which has the params of `y`.",
)


# --- kinds and shapes -------------------------------------------------------------------------------------------

SHAPE_CLASH = Fault(
    "G201",
    "error",
    "{message}",
    "The shapes of the operands do not go together.",
    "output y = matmul([[1, 2]], [[3, 4]])\n",
    "Change one of the shapes; the notes say where each comes from.",
    title="shapes do not go together",
)
RAGGED = Fault(
    "G202",
    "error",
    "this list is ragged: {first} in its first row, {other} here",
    "A list literal is a tensor: its rows have the same length, and numbers do not stand beside lists.",
    "const m = [[1, 2], [3]]\noutput y = sum(m)\n",
    "Give every row the same number of elements.",
)
WRONG_SHAPE = Fault(
    "G203",
    "error",
    "`{name}` is declared {declared}, but this is {given}",
    "A default or a literal must have the declared shape; a single number fills any shape of a param.",
    "input x: [3] = [1, 2]\noutput y = sum(x)\n",
    "Correct the declaration or the value.",
)
BAD_SIZE = Fault(
    "G204",
    "error",
    "a size must be a whole number of at least 1; this is {value}",
    "Sizes count elements.",
    "param W: [2.5] = zeros()\noutput y = sum(W)\n",
    "Write a whole number, a const or a dim.",
)
NOT_WHOLE = Fault(
    "G205",
    "error",
    "`{name}` is int, but {value} is not a whole number",
    "An int value holds class numbers or counts.",
    "input t: int[2] = [0, 0.5]\noutput y = sum(t)\n",
    "Write whole numbers, or declare the input without `int`.",
)
NOT_LINEAR = Fault(
    "G206",
    "error",
    "{message}",
    "Sizes are linear in the dims, so that one unknown can be solved for.",
    "dim N, M\ninput x: [N * M]\noutput y = sum(x)\n",
    "Give one of the sizes as a number.",
    title="a size is not linear in the dims",
)
INT_PARAM = Fault(
    "G207",
    "error",
    "a param is real; `{name}` is declared int",
    "Training moves a parameter by small steps, which whole numbers cannot make.",
    "param n: int = 3\noutput y = n * 2\n",
    "Leave out `int`, or make it a const.",
)
NOT_SCALAR = Fault(
    "G208",
    "error",
    "{what} must be a scalar, but `{name}` has shape {shape}",
    "Only a single number can be minimised or differentiated.",
    "param w = [1, 2]\noutput y = w * w\ntrain { minimize = y; optimizer = sgd(lr = 0.1); epochs = 1 }\n",
    "Reduce it with `sum(...)` or `mean(...)` first.",
)
UNBOUND_SIZE = Fault(
    "G209",
    "error",
    "the size `{dim}` is not known: nothing gives `{path}` a shape",
    "A dim gets its size from the data or from the values that are fed.",
    "dim N\nparam W: [N] = zeros()\noutput y = sum(W)\n",
    "Feed an input that has it, or give it with `--set {dim}=...`.",
)
SIZE_CLASH = Fault(
    "G210",
    "error",
    "`{name}` has {given} where its type {declared} wants {wanted}",
    "A dim is the same size wherever it stands.",
    "dim N\ninput x: [N] = [1, 2]\ninput y: [N] = [1, 2, 3]\noutput z = sum(x) + sum(y)\n",
    "Feed values whose sizes agree.",
)
UNKNOWN_SIZE = Fault(
    "G211",
    "error",
    "`{name}` is not a size",
    "A shape holds numbers, consts and dims.",
    "input x: [M, 3]\noutput y = sum(x)\n",
    "Declare it: `dim {name}` for a size that the data give, or `const {name} = ...`.",
)
PATTERN_CLASH = Fault(
    "G212",
    "error",
    "block `{block}`: `{name}` wants {declared}, but gets {given}",
    "The argument's shape does not match the pattern in the block's signature.",
    "block f(x: [N, I]) { return sum(x) }\noutput y = f([1, 2, 3])\n",
    "Pass a value of that rank and of those sizes.",
    title="an argument does not fit the pattern of a block",
)
NO_VALUE = Fault(
    "G213",
    "error",
    "`{name}` has no value: it is an input without a default",
    "Something has to be computed, but an input is not given.",
    "input x\noutput y = 2 * x\nexpect y == 2\n",
    "Give the input a default, feed it, or fill it from data.",
)

WHICH_NODE = Fault(
    "G214",
    "error",
    "there are several outputs: say whose gradients are wanted",
    "`grad` differentiates what `train` minimises, else the only scalar output, else the only output.",
    "input x = 1\noutput a = 2 * x\noutput b = 3 * x\n",
    "Name a node: `--of NAME`.",
)

NO_PARAMETER = Fault(
    "G215",
    "error",
    "there is no value for the parameter `{name}`",
    "A model has other parameters than the spec: it was trained with another one.",
    "param w = 1\noutput y = 2 * w\n",
    "Load the model with the spec that it was trained with (its folder holds it as spec.graph).",
)
COMPUTED_INDEX = Fault(
    "G216",
    "error",
    "an index is known before anything runs, but here stands `{culprit}`",
    "`x[...]` takes a part whose place is written in the file; `take` takes elements by numbers that are values.",
    "input i: int = 1\ninput x = [3, 4]\noutput y = x[i]\n",
    "Write `take(x, i)`, or a number.",
)
BAD_PLACE = Fault(
    "G217",
    "error",
    "{given} can't stand in an index: {wanted}",
    "An index counts elements from 0, so that it takes whole numbers and sizes.",
    "input x = [3, 4]\noutput y = x[0.5]\n",
    "Write a whole number, a `const`, a dim, or a range of these.",
)
NO_INDEX = Fault(
    "G218",
    "error",
    "{what} takes no index",
    "Nodes and lists have elements; numbers, sizes, texts and blocks have none.",
    "const n = 3\noutput y = n[0]\n",
    "Index a node, an input, a param or a list.",
)
NO_COPY = Fault(
    "G219",
    "error",
    "`{written}` is no copy of `{name}`",
    "Right after the name of a `repeat` a single index is the number of a copy, counted from 1.",
    "block twice(x) { return 2 * x }\noutput y = [1, 2] -> repeat 3 { twice } as tail\noutput last = tail[-1]\n",
    "Write a copy's number, or put the name in parentheses: `(tail)[-1]` indexes the value.",
    title="an index right after the name of a repeat",
)
UNEQUAL_ELEMENTS = Fault(
    "G220",
    "error",
    "the elements of a list have one shape, but here are {first} and {other}",
    "`[a, b]` stacks its elements along a new first axis.",
    "input x = [1, 2]\noutput y = [x, 2 * x, 3]\n",
    "Give them one shape, or join them along an axis that they have: `concat(a, b)`.",
)
MISPLACED_DOTS = Fault(
    "G221",
    "error",
    "`...` stands for axes, and here are none that it could stand for",
    "`...` has a meaning in an index, in the type of what a block takes, and in the shapes of `reshape` and `expand`.",
    "input x: [..., 3]\noutput y = sum(x)\n",
    "Write the sizes.",
)
DOTS_TWICE = Fault(
    "G222",
    "error",
    "a type has one `...` at most",
    "With two of them nothing says which axes belong to which.",
    "block f(x: [..., I, ...]) { return sum(x) }\noutput y = f([1, 2])\n",
    "Leave one out.",
)

# --- sections and claims ----------------------------------------------------------------------------------------

INDEX_RANGE = Fault(
    "G235",
    "error",
    "row {row} of `{name}` is {value}, but the elements are 0 to {limit}",
    "`take` counts the elements of an axis from 0, and none from the end.",
    "dim N\ninput x: [N, 2] = [[1, 2], [3, 4]]\noutput y = take(x, range(3))\n",
    "Count from 0, or give the table a row for every number.",
)
FRACTION = Fault(
    "G236",
    "error",
    "`{given}` counts elements, which takes whole numbers",
    "`take` picks elements by their numbers, from 0 on; there is none at 0.5.",
    "input x: [3]\ny = take(x, [0, 1.5])\n",
    "Write whole numbers.",
)
UNKNOWN_KEY = Fault(
    "G301",
    "error",
    "`{section}` has no key called `{key}`",
    "The keys of `train` are a closed list, so that a typing error is never taken for a setting.",
    "param w = 1\nloss = w * w\ntrain { minimise = loss; optimizer = sgd(lr = 0.1); epochs = 3 }\n",
    "Use a key of the list.",
)
MISSING_KEY = Fault(
    "G302",
    "error",
    "`train` lacks {what}",
    "`train` needs `minimize`, `optimizer`, and one of `epochs` and `steps`.",
    "param w = 1\nloss = w * w\ntrain { minimize = loss; optimizer = sgd(lr = 0.1) }\n",
    "Add the key.",
    title="`train` lacks a key",
)
WRONG_SETTING = Fault(
    "G303",
    "error",
    "`{key}` takes {wanted}",
    "A key or an argument has a value of another kind than it takes.",
    'param w = 1\nloss = w * w\ntrain { minimize = loss; optimizer = sgd(lr = "fast"); epochs = 3 }\n',
    "Write a value of the kind that the message names.",
    title="a value of another kind is wanted here",
)
OUT_OF_RANGE = Fault(
    "G304",
    "error",
    "`{key}` must be {wanted}; this is {value}",
    "A setting is outside of the range in which it means something.",
    "param w = 1\nloss = w * w\ntrain { minimize = loss; optimizer = sgd(lr = -1); epochs = 3 }\n",
    "Choose a value inside the range.",
    title="a value is out of range",
)
UNKNOWN_SECTION = Fault(
    "G305",
    "error",
    "there is no data section called `{name}`",
    "`data` and `test` name a `data NAME { ... }` section of the file.",
    "param w = 1\nloss = w * w\ntrain { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 3; data = digts }\n",
    "Name a section of the file, or write one.",
)
KEYS_CONFLICT = Fault(
    "G306",
    "error",
    "`{key}` and `{other}` cannot stand together",
    "Two keys of `train` say the same thing in different ways.",
    "param w = 1\nloss = w * w\ntrain { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 3; steps = 5 }\n",
    "Leave one of them out.",
)
NEEDS_DATA = Fault(
    "G307",
    "error",
    "`{key}` needs `data`",
    "Without rows `train` minimises a function of its parameters, and an epoch is one step. Rows come from a data "
    "section, or from a script, which gives them to a spec without one: `program.train(x = ...)`.",
    "param w = 1\nloss = w * w\ntrain { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 3; batch = 10 }\n",
    "Name a data section with `data = ...`, give rows in a script, or leave the key out.",
)
TWO_TRAINS = Fault(
    "G308",
    "error",
    "a file has one `train` section; this is the second",
    "What is to be trained, and how, is said once.",
    "param w = 1\nloss = w * w\ntrain { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1 }\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 2 }\n",
    "Merge the two, or try variants with `--set train.KEY=VALUE`.",
)
UNKNOWN_CHOICE = Fault(
    "G309",
    "error",
    "`{name}` is not {what}",
    "A setting names something that does not exist.",
    "param w = 1\nloss = w * w\ntrain { minimize = loss; optimizer = sdg(lr = 0.1); epochs = 1 }\n",
    "Choose from the list.",
    title="this is none of the choices",
)
METRIC_TWICE = Fault(
    "G310",
    "error",
    "two metrics are called `{name}`",
    "A metric is known by the name of its operation or node, and a row of the log holds each name once.",
    "param w = [1, 2]\nloss = sum(w * w)\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; metrics = [sum(w), sum(w * w)] }\n",
    "Give one of them a node of its own and list the node.",
)
NOT_A_METRIC = Fault(
    "G311",
    "error",
    "a metric is a node or the call of an operation",
    "A metric is reported under the name of its node or operation; an infix expression has none.",
    "param w = 1\nloss = w * w\ntrain { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; metrics = [w + 1] }\n",
    "Define a node for the expression and list the node.",
)
NO_TRAIN = Fault(
    "G312",
    "error",
    "`after train` needs a `train` section",
    "The claim speaks of the trained model, but the file does not say how to train.",
    "param w = 1\noutput y = w * w\nexpect y < 1 after train\n",
    "Write a `train` section, or leave `after train` out.",
)
NO_GRADIENT = Fault(
    "G313",
    "error",
    "no gradient flows to `{name}`: it is int",
    "Class numbers and counts cannot be moved by small steps.",
    "input t: int = 1\noutput y = 2 * t\nexpect d(y)/d(t) == 2\n",
    "Ask for the gradient of a real value.",
)
UNKNOWN_METRIC = Fault(
    "G314",
    "error",
    "`{name}` is not a metric of this file",
    "A rule that watches a metric names one that is reported.",
    "param w = 1\nloss = w * w\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 9; stop = early(watch = train.lss) }\n",
    "Name the minimised node or one of `metrics`, with `train.`, `validate.` or `test.` before it.",
)
NO_TRAIN_SECTION = Fault(
    "G315",
    "error",
    "this file has no `train` section",
    "Training needs to be told what to minimise, by which optimiser, and for how long.",
    "input x = 1\noutput y = 2 * x\n",
    "Add one: `train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 10 }`.",
)
WITHIN_INEQUALITY = Fault(
    "G316",
    "error",
    "`within` stands beside `==` alone, and this compares with `{comparison}`",
    "`within` says how far two sides may be apart and still count as equal; an inequality has no such distance.",
    "input x = 1\noutput y = 2 * x\nexpect y >= 3 within 1\n",
    "Leave `within` out and write the border itself: `expect y >= 2`.",
)
NO_SUCH_PARAMS = Fault(
    "G317",
    "error",
    "no param is called `{pattern}`",
    "The pattern of a group is held against the paths of all params: `*` stands for any characters, dots among them, "
    "and all else for itself.",
    "param w = 1\nloss = w * w\n"
    'train { minimize = loss; optimizer = sgd(lr = 0.1); groups = [group("v", lr = 0.2)]; epochs = 3 }\n',
    "Write a path, or a part of one with `*`: `fc1.W`, `*.b`, `body[1].*`. `show` lists all paths.",
    title="a group's pattern matches no param",
)
NO_SUCH_SETTING = Fault(
    "G318",
    "error",
    "`{optimizer}` has no setting called `{setting}`",
    "A group replaces settings that the optimiser of the training has.",
    "param w = 1\nloss = w * w\n"
    'train { minimize = loss; optimizer = sgd(lr = 0.1); groups = [group("w", momentum = 0.5)]; epochs = 3 }\n',
    "Replace a setting that the optimiser has, or choose an optimiser that has this one.",
    title="a group replaces a setting that the optimiser lacks",
)
ALL_FROZEN = Fault(
    "G319",
    "error",
    "every param that `{loss}` depends on is frozen: nothing is left to train",
    "Training changes params, and groups say of all of them that they keep their values.",
    "param w = 1\nloss = w * w\n"
    'train { minimize = loss; optimizer = sgd(lr = 0.1); groups = [group("*", frozen = true)]; epochs = 3 }\n',
    "Freeze fewer params; `expect` and `run` need no training.",
    title="every param is frozen",
)
CLAIM_FAILED = Fault(
    "G320",
    "error",
    "this does not hold: the left side is {left}, the right side {right}",
    "An `expect` line claims something that the numbers contradict.",
    "input x = 1\noutput y = 2 * x\nexpect y == 3\n",
    "Correct the claim or the graph; `within` gives a claim its tolerance.",
)

FROZEN_SETTINGS = Fault(
    "G321",
    "error",
    "a frozen group has no settings; {settings} would change nothing",
    "Frozen params keep their values, so no setting of the optimiser means anything for them.",
    "param w = 1\nparam v = 1\nloss = w * w + v * v\n"
    'train { minimize = loss; optimizer = sgd(lr = 0.1); groups = [group("w", frozen = true, lr = 1)]; epochs = 3 }\n',
    "Leave the settings out, or `frozen`.",
    title="a frozen group has a setting",
)
IDLE_GROUP = Fault(
    "G322",
    "warning",
    "groups before it take every param that `{pattern}` matches",
    "The first group whose pattern matches a param is the one that holds for it.",
    "param w = 1\nloss = w * w\ntrain { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 3\n"
    '        groups = [group("*", lr = 0.2), group("w", lr = 0.3)] }\n',
    "Write the narrower pattern first.",
    title="a group holds for no param",
)
NORM_OF_GROUP = Fault(
    "G323",
    "error",
    "`clip_norm` is over all params that are not frozen, not over those of a group",
    "The gradients of all params are shortened together, so that their direction stays.",
    "param w = 1\nloss = w * w\n"
    'train { minimize = loss; optimizer = sgd(lr = 0.1); groups = [group("w", clip_norm = 1)]; epochs = 3 }\n',
    "Write it in the optimiser: `sgd(lr = 0.1, clip_norm = 1)`. A group may have a `clip_value`.",
)

UNEVEN_PIECES = Fault(
    "G324",
    "error",
    "`at` has {at}, `factors` has {factors}: each epoch needs a factor",
    "`piecewise` multiplies the rate by a factor of its own from each epoch of `at` on.",
    "param w = 1\nloss = w * w\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 9\n"
    "        schedule = piecewise(at = [3, 6], factors = 0.1) }\n",
    "Give as many factors as epochs: `piecewise(at = [3, 6], factors = [0.1, 0.01])`.",
    title="a schedule has another number of epochs than of factors",
)
PIECES_ASTRAY = Fault(
    "G325",
    "error",
    "the epochs of `at` do not rise",
    "Each piece of the schedule lasts until the next epoch of `at`.",
    "param w = 1\nloss = w * w\ntrain { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 9\n"
    "        schedule = piecewise(at = [6, 3], factors = [0.1, 0.01]) }\n",
    "Write the epochs in their order, each once.",
)

FAULTS: tuple[Fault, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Fault))
