"""Binary cross-entropy of scores, exact at any of them: `sigmoid_loss`, what it is the mean of, and its slope."""

import math

from ...shape import Type
from ..builder import Builder
from ..emitter import Buffer, Emitter
from ..facts import EACH, Advice, Array, ByHand, Rows, Share, Values, Words, for_each, shares
from ..forms import classes
from ..forms.c import elements as c_elements
from ..forms.c.form import Each
from ..forms.numpy_form import NumpyForm
from ..forms.onnx import classes as onnx_classes
from ..forms.torch import classes as torch_classes
from ..operation import Namespace, Operation, Reference, Trial
from .class_targets import same_shape

Pair = tuple[Reference | None, Reference | None]

SCORES = ("scores", "t")

TRIALS = (Trial(((), ())), Trial(((3,), (3,))), Trial(((2, 3), (2, 3))))


def _type(types: tuple[Type, ...]) -> Type:
    same_shape("sigmoid_loss", SCORES, types)
    return types[0]


def _losses(xp: Namespace, scores: Array, t: Array) -> Array:
    # For scores above 0 it is (1 - t) * scores, else -t * scores, which keeps every digit, and the same small rest.
    factor = xp.where(scores > 0, 1 - t, -t)
    return xp.where(factor == 0, 0, factor * scores) + xp.log1p(xp.exp(-xp.abs(scores)))


def _losses_into(emit: Emitter, out: Buffer, scores: Buffer, t: Buffer) -> None:
    zero, mask = emit.full(0.0, ()), emit.scratch(out.shape, "bool")
    factor, rest = emit.scratch(out.shape), emit.scratch(out.shape)
    emit.call("subtract", emit.full(1.0, ()), t, factor)
    emit.call("negative", t, rest)
    emit.call("greater", scores, zero, mask)
    emit.call("logical_not", mask, mask)
    emit.call("copyto", factor, rest, '"same_kind"', mask)
    emit.call("absolute", scores, rest)
    emit.call("negative", rest, rest)
    emit.call("exp", rest, rest)
    emit.call("log1p", rest, rest)
    emit.call("equal", factor, zero, mask)
    emit.call("multiply", factor, scores, out)
    emit.call("copyto", out, zero, '"same_kind"', mask)
    emit.call("add", out, rest, out)


def _losses_scalar(scores: float, t: float) -> float:
    factor = 1 - t if scores > 0 else -t
    return (0.0 if factor == 0 else factor * scores) + math.log1p(math.exp(-abs(scores)))


def _losses_vjp(builder: Builder, g: Reference, scores: Reference, t: Reference, output: Reference) -> Pair:
    return builder.mul(g, builder.sigmoid_error(scores, t)), builder.neg(builder.mul(g, scores))


def _error(xp: Namespace, scores: Array, t: Array) -> Array:
    # (1 - t) sigmoid(scores) - t sigmoid(-scores): where t is 0 or 1 one of the two is exact, the other one 0.
    tail = xp.exp(-xp.abs(scores))
    near, far = 1 / (1 + tail), tail / (1 + tail)
    above = scores > 0
    return (1 - t) * xp.where(above, near, far) - t * xp.where(above, far, near)


def _error_into(emit: Emitter, out: Buffer, scores: Buffer, t: Buffer) -> None:
    one, mask = emit.full(1.0, ()), emit.scratch(out.shape, "bool")
    near, far, total = emit.scratch(out.shape), emit.scratch(out.shape), emit.scratch(out.shape)
    emit.call("absolute", scores, far)
    emit.call("negative", far, far)
    emit.call("exp", far, far)
    emit.call("add", one, far, total)
    emit.call("divide", one, total, near)
    emit.call("divide", far, total, far)
    emit.call("greater", scores, emit.full(0.0, ()), mask)
    emit.copy(total, far)  # the sigmoid of the scores, and then that of their negatives
    emit.call("copyto", total, near, '"same_kind"', mask)
    emit.call("copyto", near, far, '"same_kind"', mask)
    emit.call("multiply", t, near, near)
    emit.call("subtract", one, t, far)
    emit.call("multiply", far, total, total)
    emit.call("subtract", total, near, out)


def _error_scalar(scores: float, t: float) -> float:
    tail = math.exp(-abs(scores))
    near, far = 1 / (1 + tail), tail / (1 + tail)
    return (1 - t) * (near if scores > 0 else far) - t * (far if scores > 0 else near)


def _error_vjp(builder: Builder, g: Reference, scores: Reference, t: Reference, output: Reference) -> Pair:
    return builder.mul(g, builder.sigmoid_slope(scores)), builder.neg(g)


def _mean(builder: Builder, scores: Reference, t: Reference) -> Reference:
    return builder.mean(builder.sigmoid_losses(scores, t))


SIGMOID_LOSS = Operation(
    "sigmoid_loss",
    SCORES,
    "mean(softplus(scores) - t * scores)",
    "Binary cross-entropy of sigmoid(scores), mean over all elements, exact at any score: t, 0 or 1 or a probability, "
    "and `weight` of the shape of the scores.",
    define=_mean,
    weighted="weighted-sigmoid-loss",
    rows=Rows(averages=True),
    values=Values(probabilities="sigmoid"),
    words=Words(
        local=("sigmoid(scores) - t", "-scores"),
        shares=shares(Share("g * (sigmoid(scores) - t) / n"), Share("-g * scores / n")),
    ),
    advice=Advice(
        by_hand=(
            ByHand("sigmoid_loss(sigmoid(x), t)", "G621", {"loss": "sigmoid_loss", "given": "`sigmoid`"}),
            ByHand("sigmoid_loss(softmax(x), t)", "G621", {"loss": "sigmoid_loss", "given": "`softmax`"}),
        ),
        log_odds="sigmoid_loss(z, t)",
        other_names="bce_with_logits bce_with_logits_loss binary_cross_entropy_with_logits sigmoid_cross_entropy "
        "sigmoid_cross_entropy_with_logits sigmoid_with_loss sigmoid_binary_cross_entropy",
    ),
    trials=TRIALS,
)
LOSSES = Operation(
    "sigmoid-losses",
    SCORES,
    "softplus(scores) - t * scores",
    "The binary cross-entropy of each score; both of one shape.",
    infer=_type,
    forward=_losses,
    kernel=_losses_into,
    scalar=_losses_scalar,
    javascript="(scores > 0 ? (t === 1 ? 0 : (1 - t) * scores) : t === 0 ? 0 : -t * scores)"
    " + Math.log1p(Math.exp(-Math.abs(scores)))",
    c=Each("sigmoid_loss({0}, {1})", (c_elements.SIGMOID_LOSS,)),
    onnx=onnx_classes.SIGMOID_LOSSES,
    torch=torch_classes.SIGMOID_LOSSES,
    numpy=NumpyForm("sigmoid_losses({0}, {1})", (classes.SIGMOID_LOSSES,)),
    vjp=_losses_vjp,
    flops=for_each(7),
    role="helper",
    rows=EACH,
    words=Words(local=("sigmoid(scores) - t", "-scores")),
    trials=TRIALS,
)
ERROR = Operation(
    "sigmoid-error",
    SCORES,
    "sigmoid(scores) - t",
    "Derivative of the binary cross-entropy by each score, exact where t is 0 or 1.",
    infer=_type,
    forward=_error,
    kernel=_error_into,
    scalar=_error_scalar,
    javascript="(1 - t) / (1 + Math.exp(-scores)) - t / (1 + Math.exp(scores))",
    c=Each("sigmoid_error({0}, {1})", (c_elements.SIGMOID_ERROR,)),
    onnx=onnx_classes.SIGMOID_ERROR,
    numpy=NumpyForm("sigmoid_error({0}, {1})", (classes.SIGMOID_ERROR,)),
    vjp=_error_vjp,
    flops=for_each(9),
    role="helper",
    rows=EACH,
    words=Words(local=("sigmoid(scores) * (1 - sigmoid(scores))", "-1")),
    trials=TRIALS,
)

SIGMOID_LOSSES = (SIGMOID_LOSS, LOSSES, ERROR)
