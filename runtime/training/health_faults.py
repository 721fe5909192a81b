"""Findings about a training while it runs, codes G530 to G539: none of them stops it."""

from ...grammar.diagnostic import Fault

_DEEP = (
    "input x = [[1, -1], [-1, 1]]\nparam A: [2, 2] = normal(std = 0.1)\nparam B: [2, 2] = normal(std = 0.1)\n"
    "param C: [2, 2] = normal(std = 0.1)\ny = sigmoid(sigmoid(sigmoid(x @ A) @ B) @ C)\nloss = mean(y)\n"
    "train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 20 }\n"
)
_RELUS = (
    "dim N\ninput x: [N, 2]\ninput t: [N, 1]\nparam A: [2, 8] = uniform(low = -2, high = -1)\n"
    "param B: [8, 1] = ones()\nh = relu(x @ A)\nloss = mse(h @ B, t)\n"
    'data d { x = flatten(idx("x.gz")) ; t = flatten(idx("t.gz")) }\n'
    "train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 20 ; data = d }\n"
)
_BOWL = "param w = 1\nloss = w * w\ntrain {{ minimize = loss ; optimizer = sgd(lr = {lr}) ; steps = 40 }}\n"

VANISHING = Fault(
    "G530",
    "warning",
    "gradient at `{early}`{line} is {ratio} of `{late}`'s{through}",
    cause="On its way back each layer multiplies the gradient by its slopes and weights; where these are small, the "
    "layers far from the loss hardly learn. Compared are norms, over some of the rows.",
    example=_DEEP,
    fix="Use relu in place of sigmoid or tanh between the layers, initialise with `he()` or `xavier()`, or take layers "
    "out.",
    title="the gradient vanishes on its way back",
)
EXPLODING = Fault(
    "G531",
    "warning",
    "gradient at `{early}`{line} is {ratio} times `{late}`'s{through}",
    cause="On its way back each layer multiplies the gradient by its slopes and weights; where these are large, it "
    "grows from layer to layer, and one step spoils the layers far from the loss.",
    example="input x = [[1, 2]]\nparam A: [2, 2] = 0.001\nparam B: [2, 2] = 100\nparam C: [2, 2] = 100\n"
    "loss = mean(relu(relu(x @ A) @ B) @ C)\n"
    "train { minimize = loss ; optimizer = sgd(lr = 0.000000001) ; steps = 20 }\n",
    fix="Initialise with `he()` or `xavier()`, or clip the gradient (`clip_norm = 1`).",
    title="the gradient explodes on its way back",
)
DIVERGING = Fault(
    "G532",
    "warning",
    "the loss diverges: {loss} after step {step}, and it was {best}; the learning rate {rate} is too large",
    cause="Each step goes further over the lowest point than the one before.",
    example=_BOWL.format(lr=1.1),
    fix="Lower the learning rate; `train --find-lr` looks for one.",
)
BOUNCING = Fault(
    "G533",
    "warning",
    "the loss goes up and down and does not fall: {loss} after step {step}, {first} at first; the learning rate {rate} "
    "is too large",
    cause="Each step goes over the lowest point to about as high on the other side.",
    example=_BOWL.format(lr=1.0),
    fix="Lower the learning rate; `train --find-lr` looks for one.",
)
SLOW = Fault(
    "G534",
    "warning",
    "the loss falls slowly: by {share} in {step} steps; the learning rate {rate} is small",
    cause="The loss falls at nearly every report, but most of the training is over before much has come of it.",
    example=_BOWL.format(lr=0.00001),
    fix="Raise the learning rate tenfold, or train for longer; `train --find-lr` looks for a rate.",
)
STALLED = Fault(
    "G535",
    "warning",
    "the loss does not fall: {loss} after step {step}, {first} at first{reason}",
    cause="The parameters stand at a place without a slope, or what they can change does not help: labels that have "
    "nothing to do with the inputs, layers whose units are all dead.",
    example="param w = 0\nloss = 1 + w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 40 }\n",
    fix="Look at the initial values and at the other findings; check that rows and labels belong together.",
)
DEAD = Fault(
    "G536",
    "warning",
    "{dead} of {units} {what} of `{node}`{line} are 0 for all of {rows} rows: dead relus",
    cause="Where a relu is 0 its gradient is 0 too, so a unit that is 0 for every row never changes again.",
    example=_RELUS,
    fix="Lower the learning rate, initialise with `he()`, begin with smaller or positive biases, or use softplus.",
)
SATURATED = Fault(
    "G537",
    "warning",
    "{share} of the values of `{node}`{line} lie at the ends of {operation}, where its slope is almost 0",
    cause="A saturated unit passes almost no gradient on, so the layers before it hardly learn.",
    example=_DEEP.replace("std = 0.1", "std = 100"),
    fix="Scale the inputs to about -1 to 1, initialise with `xavier()`, lower the learning rate, or use relu.",
)

OVERFITTING = Fault(
    "G538",
    "warning",
    "overfitting since step {step} (epoch {epoch}): `{side}.{metric}` was {best} then and is {last}, while "
    "`train.{metric}` gets better; the gap is {gap}",
    cause="The model learns the rows that it sees by heart. It is said once, at the report at which it is seen.",
    example="dim N\ninput x: [N, 40]\ninput t: int[N]\nparam A: [40, 50] = he()\nparam B: [50, 2] = he()\n"
    'loss = softmax-loss(relu(x @ A) @ B, t)\ndata d { x = npz("noise.npz", "x") ; t = npz("noise.npz", "t") }\n'
    "train { minimize = loss ; optimizer = adam(lr = 0.01) ; epochs = 60 ; data = d ; hold_out = 0.5 }\n",
    fix="Stop at the best weights (`validate = 0.1`, `stop = early()`), use more rows, fewer units, or `weight_decay`.",
)

FAULTS = (VANISHING, EXPLODING, DIVERGING, BOUNCING, SLOW, STALLED, DEAD, SATURATED, OVERFITTING)
