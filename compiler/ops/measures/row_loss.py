"""The loss of each row, and the mean of what counts by a weight: what weighted losses are made of."""

from ...shape import Type
from ..attribute import AttributeValue
from ..builder import Builder
from ..facts import Array, Values, for_each_operand
from ..forms.c import classes as c_classes
from ..forms.classes import CROSS_ENTROPIES_FORM, SOFTMAX_LOSSES_FORM
from ..forms.onnx import classes as onnx_classes
from ..forms.torch import classes as torch_classes
from ..operation import Namespace, Operation, Reference, Trial
from .class_kernels import cross_entropies_into, softmax_losses_into
from .class_targets import TARGETS, class_target, each_weighed, labelled
from .loss import EPS, PROBABILITIES, SCORES, SMOOTHING, cross_entropies, kept, softmax_losses, weights_of

Pair = tuple[Reference | None, Reference | None]


def _weighted_mean(builder: Builder, x: Reference, weight: Reference) -> Reference:
    each_weighed("weighted-mean", builder.type(x).shape, builder.type(weight))
    nothing = builder.equal(builder.sum(builder.abs(weight)), builder.constant(0.0))
    weights = builder.where(nothing, builder.constant(1.0), builder.sum(weight))
    share = builder.div(builder.sum(builder.mul(weight, x)), weights)
    return builder.where(nothing, builder.constant(0.0), share)


WEIGHTED_MEAN = Operation(
    "weighted-mean",
    ("x", "weight"),
    "sum(weight * x) / sum(weight)",
    "Mean of the elements, each counted by its weight; 0, with gradients of 0, where all weights are 0.",
    define=_weighted_mean,
    role="helper",
    values=Values(side=lambda xp, x, weight: xp.sign(xp.sum(weight))),  # its own kinks and jumps, not its terms'
    trials=(
        Trial(((), ()), (), 0.2),
        Trial(((3,), (3,)), (), 0.2),
        Trial(((2, 3), (2, 3)), (), 0.2),
    ),
)


def _of_rows(xp: Namespace, losses: Array, scores: Array) -> Array:
    """Losses of each row, those of its classes added up."""
    return losses if losses.ndim < scores.ndim else xp.sum(losses, axis=-1)


def _row_type(name: str, operands: tuple[str, str], types: tuple[Type, ...]) -> Type:
    class_target(name, operands, types)
    return Type("real", types[0].shape[:-1])


def _along(builder: Builder, g: Reference, scores: Reference) -> Reference:
    """The gradients of rows, for each of their classes."""
    return builder.expand(g, shape=builder.type(scores).shape, axis=-1)


def _softmax_losses_vjp(
    builder: Builder, g: Reference, scores: Reference, t: Reference, output: Reference, smoothing: float
) -> Pair:
    g = _along(builder, g, scores)
    ds = builder.mul(g, builder.softmax_loss_gradient(scores, t, smoothing=smoothing, rows=1))
    if builder.type(t).kind == "int":
        return ds, None
    return ds, kept(builder, builder.neg(builder.mul(g, builder.log_softmax(scores))), smoothing)


def _cross_entropies_vjp(
    builder: Builder, g: Reference, p: Reference, t: Reference, output: Reference, eps: float
) -> Pair:
    share = builder.neg(_along(builder, g, p))
    raised = builder.add(p, builder.constant(eps))
    dp = builder.mul(share, builder.ratio(weights_of(builder, p, t), raised))
    return dp, None if builder.type(t).kind == "int" else builder.mul(share, builder.log(raised))


def _row_trials(*attributes: AttributeValue, low: float) -> tuple[Trial, ...]:
    return tuple(Trial((shape, target), attributes, low) for shape, target in TARGETS)


SOFTMAX_LOSSES = Operation(
    "softmax-losses",
    SCORES,
    "log(sum(exp(scores))) - scores[t] in each row",
    "The softmax-loss of each row: scores [..., C] give [...].",
    infer=lambda types, smoothing: _row_type("softmax-losses", SCORES, types),
    forward=lambda xp, scores, t, smoothing: _of_rows(xp, softmax_losses(xp, scores, t, smoothing), scores),
    c=c_classes.SOFTMAX_LOSSES_FORM,
    onnx=onnx_classes.SOFTMAX_LOSSES,
    kernel=softmax_losses_into,
    torch=torch_classes.SOFTMAX_LOSSES,
    numpy=SOFTMAX_LOSSES_FORM,
    vjp=_softmax_losses_vjp,
    flops=for_each_operand(5),
    values=Values(classes=labelled),
    attributes=(SMOOTHING,),
    integers=("t",),
    role="helper",
    trials=(*_row_trials(0.0, low=-2.0), *_row_trials(0.1, low=-2.0)),
)
CROSS_ENTROPIES = Operation(
    "cross-entropies",
    PROBABILITIES,
    "-log(p[t] + eps) in each row",
    "The cross-entropy of each row: p [..., C] give [...].",
    infer=lambda types, eps: _row_type("cross-entropies", PROBABILITIES, types),
    forward=lambda xp, p, t, eps: xp.sum(cross_entropies(xp, p, t, eps), axis=-1),
    c=c_classes.CROSS_ENTROPIES_FORM,
    onnx=onnx_classes.CROSS_ENTROPIES,
    kernel=cross_entropies_into,
    torch=torch_classes.CROSS_ENTROPIES,
    numpy=CROSS_ENTROPIES_FORM,
    vjp=_cross_entropies_vjp,
    flops=for_each_operand(3),
    values=Values(classes=labelled),
    attributes=(EPS,),
    integers=("t",),
    role="helper",
    trials=(*_row_trials(1e-7, low=0.2), *_row_trials(0.0, low=0.2)),
)


ROW_LOSSES = (WEIGHTED_MEAN, SOFTMAX_LOSSES, CROSS_ENTROPIES)
