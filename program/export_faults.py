"""What can go wrong where a program is exported, codes G660 to G679 and G237."""

from ..grammar.diagnostic import Fault

_EXAMPLE = "dim N\ninput x: [N, 2]\nparam W: [2, 3000] = he()\noutput y = x @ W\n"

NO_ROWS = Fault(
    "G660", "warning", "the file has no rows of data: {reason}",
    cause="A file of Python trains by itself on the rows that the spec's data section gives. They could not be read, "
    "or are too many to be written beside it.",
    example=_EXAMPLE,
    fix="Give `train` of the file the rows yourself; or mend what the data section reads, and export again.",
)  # fmt: skip
NEEDS_FILE = Fault(
    "G661", "error", "{numbers} numbers are too many for a text; {most} are the most",
    cause="Up to 2000 numbers of weights, or of data, stand in the text itself. More go into a file beside it, which "
    "takes its name.",
    example=_EXAMPLE,
    fix="Say where it goes: `chainrule export net.graph --to python --out net.py` writes net.py and net.arrays.npz.",
)  # fmt: skip
UNKNOWN_TARGET = Fault(
    "G662", "error", "`{path}` has no ending that says what to write: {endings}",
    cause="The target of an export follows from the name of the file, unless it is said.",
    example=_EXAMPLE,
    fix="Give the file one of the endings, or say `--to`.",
)  # fmt: skip

TOO_MANY_NUMBERS = Fault(
    "G663", "error", "{numbers} numbers of params are too many for a text; {most} are the most",
    cause="A spec without blocks has other names, by which params would be drawn differently, and a trained model has "
    "values of its own: these are written out.",
    example=_EXAMPLE,
    fix="Export it to Python, which has a file for the numbers beside it; or keep the model file.",
)  # fmt: skip

GATHERS = Fault(
    "G664", "error", "a file of Python updates in each step, and `accumulate` is {count}",
    cause="The training of a file takes one batch for an update; several batches for one are not written yet.",
    example="param w = 1.0\nloss = w * w\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); steps = 4; accumulate = 2 }\n",
    fix="Write it with `--set train.accumulate=1`, and a batch that is as much larger.",
)  # fmt: skip

LAZY = Fault(
    "G237", "error", "the training of such a file updates all rows of `{path}`, and the optimiser is lazy",
    cause="With `lazy = true` a step of the training changes those rows of the param alone that it reads by `take`; "
    "the update of a file goes over all of them, so it would end elsewhere.",
    example="dim N\ninput x: int[N]\nparam E: [5, 2] = normal()\nloss = mean(take(E, x) ** 2)\n"
    "train { minimize = loss; optimizer = adam(lr = 0.1, lazy = true); steps = 4 }\n",
    fix="Write it with `--set 'train.optimizer=adam(lr = 0.1)'`: its training then changes all rows. Weights that were "
    "trained here are written as they are. Files of C and ONNX can: `--train-step` writes there what the spec says.",
)  # fmt: skip

UNUSED_OPTION = Fault(
    "G665", "error", "`--{option}` says nothing about a file of `{target}`",
    cause="Batch, prefix, the step of a training and a test of itself are asked for where a file is compiled. "
    "Other files have all of the training, for any number of rows.",
    example=_EXAMPLE,
    fix="Leave it out, or write to a target that takes it: `--to c`.",
)  # fmt: skip
GATHERS_IN_C = Fault(
    "G666", "error", "a file of C updates in each step, and `accumulate` is {count}",
    cause="A step of a file takes one batch for an update; several batches for one are not written yet.",
    example="param w = 1.0\nloss = w * w\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); steps = 4; accumulate = 2 }\n",
    fix="Write it with `--set train.accumulate=1` and a larger `--batch`, or without `--train-step`.",
)  # fmt: skip
NOT_A_PREFIX = Fault(
    "G667", "error", "`{prefix}` can't begin a name of C",
    cause="All names of a file of C begin with its prefix, so that several nets go into one program. It has letters of "
    "ASCII, digits and `_`, and begins with a letter.",
    example=_EXAMPLE,
    fix="Say another one, `--prefix net`.",
)  # fmt: skip
NOTHING_TO_TRAIN = Fault(
    "G668", "error", "there is nothing to derive: no `train`, and no single scalar among the outputs",
    cause="`--train-step` writes the step of the training that a spec describes; of a spec without one, the "
    "derivatives of its only scalar output.",
    example=_EXAMPLE,
    fix="Give the spec a `train` section, or leave out `--train-step`.",
)  # fmt: skip
NO_RAW_ROWS = Fault(
    "G671", "warning", "the file takes no raw rows: column `{column}` can't be written, {reason}",
    cause="`inputs` and `answer` of a file make the inputs of raw rows as the spec's columns do. Rows of a CSV file, "
    "their arithmetic, and what `fill`, `standardize`, `scale`, `one_hot` and classes hold can be written; windows, "
    "parts of rows and classes of what was computed can't.",
    example="dim N\ninput x: [N]\noutput y = 2 * x\ndata rows { x = csv(\"rows.csv\", \"size\")[::2] }\n",
    fix="Give `predict` the inputs themselves, made as the spec makes them.",
)  # fmt: skip
RAW_COLUMN = Fault(
    "G672", "error", "the model can't take raw rows: {reason}",
    cause="With `--raw` a model takes the columns of a table, and makes the inputs of them as the spec's data section "
    "does: rows of a CSV file, their arithmetic, and what `fill`, `standardize`, `scale`, `one_hot` and classes hold.",
    example="dim N\ninput x: [N]\noutput y = 2 * x\ndata rows { x = csv(\"rows.csv\", \"size\")[::2] }\n",
    fix="Leave out `--raw`: the model then takes the inputs of the spec.",
)  # fmt: skip
NO_STATE = Fault(
    "G673", "error", "only a step of training has a state: `--state-apart` goes with `--train-step`",
    cause="A step of training takes weights and memory, and gives what they are after it. With `--state-apart` these "
    "must be given, and what they begin with is a model of its own. A model that predicts has no such state.",
    example=_EXAMPLE,
    fix="Leave it out, or write `--train-step` too.",
)  # fmt: skip

FAULTS = (
    NO_ROWS,
    NEEDS_FILE,
    UNKNOWN_TARGET,
    TOO_MANY_NUMBERS,
    GATHERS,
    LAZY,
    UNUSED_OPTION,
    GATHERS_IN_C,
    NOT_A_PREFIX,
    NOTHING_TO_TRAIN,
    NO_RAW_ROWS,
    RAW_COLUMN,
    NO_STATE,
)
