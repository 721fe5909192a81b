"""Hints and warnings about a model that is correct as it stands: codes G6xx."""

from ...grammar.diagnostic import Fault

# --- what nothing needs -----------------------------------------------------------------------------------------

UNREACHED_PARAM = Fault(
    "G601",
    "warning",
    "the loss does not depend on `{name}`: training leaves it as it starts",
    "A param gets its gradient from what is minimised; one that does not lead there never moves.",
    "param w = 1\nparam v = 2\noutput y = w * v\noutput loss = (w - 3) ** 2\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 3 }\n",
    "Use it in what is minimised, or make it a `const`.",
)
UNUSED_NODE = Fault(
    "G602",
    "hint",
    "nothing uses `{name}`",
    "It feeds no output, no loss, no metric and no claim, so its value is never seen.",
    "input x = 2\nhalf = x / 2\noutput y = x * x\n",
    "Use it, mark it as an `output`, or delete it.",
)
UNUSED_NAME = Fault(
    "G603",
    "hint",
    "nothing uses the {what} `{name}`",
    "A name that stands nowhere else is often a misspelt one, or what a change has left behind.",
    "const rate = 0.1\ninput x = 2\noutput y = x * x\n",
    "Use it, or delete it.",
)
IDLE_CLAIM = Fault(
    "G604",
    "hint",
    "this claim can't fail while its values are finite: {reason}",
    "A claim is worth something only if a mistake in the graph can break it. Only nan and infinity, which no claim "
    "takes, would break this one.",
    "input x = 2\noutput y = x * x\nexpect y == y\n",
    "Compare with a value that comes from elsewhere: from a book, by hand, by another way.",
)

HIDDEN_NAME = Fault(
    "G605",
    "hint",
    "the block `{name}` goes before {what} of that name, which came after version 0.1.0",
    "So that no new name breaks an old file, a block of the file's own is meant wherever the file says the name.",
    "block abs(x) { return relu(x) + relu(-x) }\ninput x = -2\noutput y = abs(x)\n",
    "Delete the block, if what came later is the same; else give it a name of its own.",
)

# --- forms that lose digits or overflow -------------------------------------------------------------------------

SIGMOID_BY_HAND = Fault(
    "G611",
    "hint",
    "this is `sigmoid` by hand: {trouble}",
    "exp overflows from 710 on (from 88 on in float32), so values or gradients become inf or nan.",
    "input x = 2\noutput y = 1 / (1 + exp(-x))\n",
    "Write `sigmoid(x)`.",
)
SOFTMAX_BY_HAND = Fault(
    "G612",
    "hint",
    "this is `softmax` by hand: `exp` overflows for large scores, then it is nan",
    "`softmax` takes the largest score off first, which changes no probability and can't overflow.",
    "input x = [1, 2, 3]\noutput p = exp(x) / sum(exp(x))\n",
    "Write `softmax(x)`.",
)
SOFTPLUS_BY_HAND = Fault(
    "G613",
    "hint",
    "this is `softplus` by hand: `exp` overflows for large values, and small ones are lost beside 1",
    "`softplus` is exact at both ends.",
    "input x = 2\noutput y = log(1 + exp(x))\n",
    "Write `softplus(x)`.",
)
LOG_OF_SOFTMAX = Fault(
    "G614",
    "hint",
    "the `log` of a `softmax`: a probability that rounds to 0 gives -inf",
    "`log-softmax` is taken from the scores, where nothing is rounded to 0.",
    "input x = [1, 2, 3]\noutput y = log(softmax(x))\n",
    "Write `log-softmax(x)`, or `softmax-loss(x, t)` for the loss.",
)
LOG_OF_SIGMOID = Fault(
    "G615",
    "hint",
    "the `log` of a `sigmoid`: a probability that rounds to 0 gives -inf",
    "log(sigmoid(x)) is -softplus(-x), which is exact at both ends.",
    "input x = 2\noutput y = log(sigmoid(x))\n",
    "Write `-softplus(-x)`.",
)

CHOSEN_TOO_LATE = Fault(
    "G616",
    "hint",
    "`{steep}` is computed where `where` does not take it, too, and there its slope may be infinite or nan",
    "The gradient that goes to what is not taken is 0, and is multiplied by the slope behind it: 0 times infinity is "
    "nan, here as in any other tool.",
    "input x = 0\noutput y = where(less(0, x), log(x), 0)\n",
    "Choose before it, and not only behind it: `where(less(0, x), log(where(less(0, x), x, 1)), 0)`.",
)

# --- nets that learn badly --------------------------------------------------------------------------------------

SOFTMAX_TWICE = Fault(
    "G621",
    "hint",
    "`{loss}` takes scores, but gets what a {given} made",
    "softmax-loss applies the softmax itself, and sigmoid_loss the sigmoid; a second one before it flattens the "
    "differences, and learning is slow. (A log-softmax changes nothing there and only takes time.)",
    "input x = [1, 2, 3]\ninput t: int = 2\noutput loss = softmax-loss(softmax(x), t)\n",
    "Give it the scores.",
)
HE_WITH_SIGMOID = Fault(
    "G622",
    "hint",
    "`{name}` starts from `he`, which is for relu, but goes into `{activation}`",
    "`he` is twice the variance that keeps values in the range where sigmoid and tanh have a slope.",
    "input x = [[1, 2]]\nparam W: [2, 3] = he()\noutput y = sigmoid(x @ W)\n",
    "Start from `xavier`.",
)
XAVIER_WITH_RELU = Fault(
    "G623",
    "hint",
    "`{name}` starts from `xavier`, which is for sigmoid and tanh, but goes into `{activation}`",
    "relu halves the variance, so that values shrink from layer to layer; `he` makes up for it.",
    "input x = [[1, 2]]\nparam W: [2, 3] = xavier()\noutput y = relu(x @ W)\n",
    "Start from `he`.",
)
SIGMOIDS_IN_A_ROW = Fault(
    "G624",
    "hint",
    "{count} sigmoids in a row: each passes at most a quarter of the gradient",
    "Behind four of them less than a 256th arrives, so the first layers hardly learn: the gradient vanishes.",
    "input x = 1\noutput y = x -> repeat 4 { sigmoid }\n",
    "Use relu in the hidden layers, or a short cut around them.",
)

ONE_CLASS = Fault(
    "G625",
    "warning",
    "`{operation}` over one column {comes}: its operand is {given}",
    "The classes are the columns, and with a single one there is nothing to choose: softmax gives it probability 1.",
    "dim N\ninput z: [N, 1]\noutput p = softmax(z)\n",
    "Give it two columns, or write `sigmoid(z)` for the probability of one column of scores, and `sigmoid_loss(z, t)` "
    "for the loss.",
)
LOG_ODDS_HALVED = Fault(
    "G626",
    "warning",
    "`{metric}` counts one column as class 1 above 0.5, but {name} is log-odds, whose border is 0",
    "A score of 0.3 is a probability of 0.57: it says class 1, and is counted as class 0.",
    "dim N\ninput x: [N, 2]\ninput t: [N, 1]\nparam W: [2, 1] = xavier()\nz = x @ W\n"
    "output loss = sigmoid_loss(z, t)\noutput right = accuracy(z, t)\n",
    "Give it the probability, `accuracy(sigmoid(z), t)`, or write `accuracy(z, t, threshold = 0)`.",
)
OUTER = Fault(
    "G627",
    "warning",
    "{column} is {column_shape} and {row} is {row_shape}: `{operation}` makes {shape} of them, each with all others",
    "Shapes broadcast from the last axis on, as NumPy's do, so a column meets a plain row in every pair of elements.",
    "dim N\ninput y: [N, 1]\ninput t: [N]\noutput loss = mean((y - t) ** 2)\n",
    "Declare both alike, or write `sum(y, axis = 1)` for the column without its last axis.",
)
STOPS_AT_ONCE = Fault(
    "G628",
    "warning",
    "`below` stops once `{watched}` is small, but a larger `{metric}` is better",
    "A net that has learnt nothing is below the value already, so that training ends at its first report.",
    "dim N\ninput x: [N, 2]\ninput t: int[N]\nparam W: [2, 3] = he()\nloss = softmax-loss(x @ W, t)\n"
    'data d { x = moons("x"); t = moons("t") }\ntrain { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 9\n'
    "  data = d; metrics = [accuracy(x @ W, t)]; stop = below(accuracy, 0.9) }\n",
    "Write `above(accuracy, 0.9)` or `early(watch = accuracy)`, watch the loss, or name a node for the error: "
    "`error = 1 - accuracy(...)`.",
)
ROWS_HANG = Fault(
    "G629",
    "warning",
    "a row of `{name}` hangs on the rows beside it: {how}",
    "A row is predicted otherwise alone than among others, and otherwise among other rows than those of training.",
    "dim N\ninput x: [N, 2]\ninput t: [N, 1]\nparam W: [2, 1] = xavier()\noutput y = (x - mean(x, axis = 0)) @ W\n"
    "loss = mse(y, t)\ndata d { x = [[1, 2], [3, 4]]; t = [[0], [1]] }\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 9; data = d }\n",
    "Normalise each row by itself (`layer_norm` of chainrule.layers), or predict all rows at once.",
)
ROWS_AS_CLASSES = Fault(
    "G634",
    "warning",
    "`{operation}` takes its operand, {given}, for a single row, and the {size} rows of the data for its classes",
    "The classes are the last axis. A plain column has no other one, so that rows compete where they should be judged "
    "each by itself.",
    "dim N\ninput x: [N]\ninput t: int[N]\nparam w = 1\nloss = softmax-loss(w * x, t)\n"
    "data d { x = [1, 2, 3]; t = [0, 1, 1] }\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 9; data = d }\n",
    "Give it a column for each class, [N, 2], or write `sigmoid_loss(z, t)` for one column of scores.",
)
OWN_ROWS = Fault(
    "G633",
    "warning",
    "`{operation}` puts rows of `{name}` into one another: among other rows a row becomes another",
    "Rows to predict on, and those of a test section, go through the same arithmetic by themselves, so that equal rows "
    "come out differently. A number over all rows is no such thing: `mean(c)` is that of the rows trained on.",
    "dim N\ninput x: [N]\nparam w = 1\noutput y = w * x\nloss = mean(y * y)\n"
    'data d { x = cumsum(csv("points.csv", "x")) }\n'
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 9; data = d }\n",
    "Compute such a column beforehand, and read it.",
)

# --- silences ---------------------------------------------------------------------------------------------------

SILENCE_WITHOUT_REASON = Fault(
    "G631",
    "hint",
    "a silence needs a reason, and this has none: nothing is silenced",
    "The next reader has to know why the advice does not hold here.",
    "input x = 2\nhalf = x / 2 # silence G602\noutput y = x * x\n",
    "Write `# silence G602: the reason`.",
)
IDLE_SILENCE = Fault(
    "G632",
    "hint",
    "there is no {code} to silence here",
    "A silence that no longer silences anything would hide the next finding unseen.",
    "input x = 2\noutput y = x * x # silence G602: shown in the lecture\n",
    "Delete it, or move it to the line that it is about.",
)


def advised(fault: Fault) -> str:
    """What to do about a finding, as its hint."""
    return fault.fix[0].lower() + fault.fix[1:].removesuffix(".")


FAULTS: tuple[Fault, ...] = (
    UNREACHED_PARAM,
    UNUSED_NODE,
    UNUSED_NAME,
    IDLE_CLAIM,
    HIDDEN_NAME,
    SIGMOID_BY_HAND,
    SOFTMAX_BY_HAND,
    SOFTPLUS_BY_HAND,
    LOG_OF_SOFTMAX,
    LOG_OF_SIGMOID,
    CHOSEN_TOO_LATE,
    SOFTMAX_TWICE,
    HE_WITH_SIGMOID,
    XAVIER_WITH_RELU,
    SIGMOIDS_IN_A_ROW,
    ONE_CLASS,
    LOG_ODDS_HALVED,
    OUTER,
    STOPS_AT_ONCE,
    ROWS_HANG,
    SILENCE_WITHOUT_REASON,
    IDLE_SILENCE,
    OWN_ROWS,
    ROWS_AS_CLASSES,
)
