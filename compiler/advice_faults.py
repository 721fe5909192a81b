"""Hints and warnings about a model that is correct as it stands: codes G6xx."""

from ..grammar.diagnostic import Fault

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
    "this claim can't fail: {reason}",
    "A claim is worth something only if a mistake in the graph can break it.",
    "input x = 2\noutput y = x * x\nexpect y == y\n",
    "Compare with a value that comes from elsewhere: from a book, by hand, by another way.",
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

# --- nets that learn badly --------------------------------------------------------------------------------------

SOFTMAX_TWICE = Fault(
    "G621",
    "hint",
    "`softmax-loss` takes scores, but gets what a {given} made",
    "softmax-loss applies the softmax itself; a second one before it flattens the differences, and learning is slow.",
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
    "`{name}` starts from `xavier`, which is for sigmoid and tanh, but goes into `relu`",
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
    SIGMOID_BY_HAND,
    SOFTMAX_BY_HAND,
    SOFTPLUS_BY_HAND,
    LOG_OF_SOFTMAX,
    LOG_OF_SIGMOID,
    SOFTMAX_TWICE,
    HE_WITH_SIGMOID,
    XAVIER_WITH_RELU,
    SIGMOIDS_IN_A_ROW,
    SILENCE_WITHOUT_REASON,
    IDLE_SILENCE,
)
