"""Losses: one number for how far values are from their targets.

Over 300 lines: records, each with all that is known of an operation.
"""

import math

from ...shape import SCALAR, Clash, Size, Type
from ..activation import row_sums, spread
from ..attribute import Attribute, Attributes, AttributeValue, attribute_text
from ..builder import Builder
from ..emitter import Buffer, Emitter, Joint
from ..facts import (
    IN_EACH_ROW,
    Advice,
    Array,
    ByHand,
    Range,
    Rows,
    Share,
    Types,
    Values,
    Words,
    for_each,
    for_each_operand,
    shares,
    within,
)
from ..forms import classes
from ..forms.c import classes as c_classes
from ..forms.c import sums as c_sums
from ..forms.numpy_form import NumpyForm
from ..forms.onnx import classes as onnx_classes
from ..forms.torch import classes as torch_classes
from ..operation import Namespace, Operation, Reference, Trial
from ..reductions.reduction import average, average_into, count
from .class_kernels import (
    class_weights_into,
    cross_entropy_into,
    softmax_loss_gradient_into,
    softmax_loss_into,
)
from .class_targets import (
    ROWS,
    TARGETS,
    class_numbers,
    class_target,
    filling_rows,
    inner_rows,
    labelled,
    labels,
    rows_of,
    rows_within,
    same_shape,
)
from .softmax_joint import softmax_loss_joint_into

Pair = tuple[Reference | None, Reference | None]

SCORES = ("scores", "t")
PROBABILITIES = ("p", "t")

SMOOTHING = Attribute("smoothing", "number", 0.0)
EPS = Attribute("eps", "number", 1e-7)


def _row_count(types: tuple[Type, ...]) -> Size:
    shape = types[0].shape
    return shape[0] if len(shape) > 1 else 1


def weights_of(builder: Builder, values: Reference, t: Reference) -> Reference:
    """The target as a real weight for each class, of the shape of the values."""
    if class_numbers(builder.type(values), builder.type(t)):
        return builder.class_weights(t, values)
    return builder.real(t) if builder.type(t).kind == "int" else t


def _mse(xp: Namespace, y: Array, t: Array) -> Array:
    difference = y - t
    return average(xp, difference * difference, difference.size)


def _mse_vjp(builder: Builder, g: Reference, y: Reference, t: Reference, output: Reference) -> Pair:
    share = builder.div(builder.mul(builder.constant(2.0), g), count(builder, builder.type(y).shape))
    gradient = builder.mul(share, builder.sub(y, t))
    return gradient, builder.neg(gradient)


def _quadratic(xp: Namespace, y: Array, t: Array, rows: int) -> Array:
    difference = y - t
    return average(xp, difference * difference, 2 * rows)


def _quadratic_vjp(builder: Builder, g: Reference, y: Reference, t: Reference, output: Reference, rows: Size) -> Pair:
    gradient = builder.mul(builder.div(g, builder.size(rows)), builder.sub(y, t))
    return gradient, builder.neg(gradient)


def _square(y: float, t: float) -> float:
    return (y - t) * (y - t)


def _same_shape_loss(name: str, types: tuple[Type, ...]) -> Type:
    same_shape(name, ("y", "t"), types)
    return SCALAR


def _class_loss(name: str, operands: tuple[str, str], types: tuple[Type, ...]) -> Type:
    class_target(name, operands, types)
    return SCALAR


def smoothed(xp: Namespace, scores: Array, t: Array, smoothing: float) -> Array:
    """A weight for each class: the target, of which a share is spread evenly over all classes."""
    hot = labels(xp, scores, t) if t.ndim < scores.ndim else t
    weights = hot.astype(scores.dtype)
    return weights * (1 - smoothing) + smoothing / scores.shape[-1] if smoothing else weights


def _spread_rows(xp: Namespace, scores: Array) -> tuple[Array, Array, Array]:
    """`spread` of scores [..., C] as one matrix: its product with ones adds in another order than that of rank 3."""
    if scores.ndim <= 2:
        return spread(xp, scores)
    parts = spread(xp, xp.reshape(scores, (-1, scores.shape[-1])))
    return tuple(xp.reshape(part, (*scores.shape[:-1], part.shape[-1])) for part in parts)


def softmax_losses(xp: Namespace, scores: Array, t: Array, smoothing: float) -> Array:
    """The losses of the rows, [...]; where a target weighs classes those of each class, [..., C]."""
    below, _, rest = _spread_rows(xp, scores)
    if t.ndim < scores.ndim and not smoothing:
        own = labels(xp, scores, t)
        losses = xp.log1p(rest[..., 0]) - xp.sum(xp.where(own, below, 0), axis=-1)
        return xp.where(xp.any(own, axis=-1), losses, 0)
    losses = xp.log1p(rest) - below
    weights = smoothed(xp, scores, t, smoothing)
    # A class of weight 0 costs nothing, even where its score is -inf.
    free = (weights == 0) & (losses == xp.inf)
    return xp.where(free, 0, weights * losses)


def _softmax_loss(xp: Namespace, scores: Array, t: Array, smoothing: float, rows: int) -> Array:
    return average(xp, softmax_losses(xp, scores, t, smoothing), rows * rows_within(scores.shape))


def _for_each_row(builder: Builder, g: Reference, scores: Reference) -> Reference:
    """The gradient of a mean over rows, where these are counted by several axes, as that of one over the first."""
    inner = inner_rows(builder.type(scores).shape)
    return builder.div(g, count(builder, inner)) if inner else g


def _softmax_loss_vjp(
    builder: Builder,
    g: Reference,
    scores: Reference,
    t: Reference,
    output: Reference,
    smoothing: float,
    rows: Size,
) -> Pair:
    g = _for_each_row(builder, g, scores)
    ds = builder.mul(g, builder.softmax_loss_gradient(scores, t, smoothing=smoothing, rows=rows))
    if builder.type(t).kind == "int":
        return ds, None
    share = builder.neg(builder.div(g, builder.size(rows)))
    return ds, kept(builder, builder.mul(share, builder.log_softmax(scores)), smoothing)


def kept(builder: Builder, gradient: Reference, smoothing: float) -> Reference:
    """What of a gradient goes to a target that is smoothed."""
    return builder.mul(builder.constant(1 - smoothing), gradient) if smoothing else gradient


def _softmax_loss_gradient(xp: Namespace, scores: Array, t: Array, smoothing: float, rows: int) -> Array:
    below, at_peak, rest = _spread_rows(xp, scores)
    if t.ndim < scores.ndim and not smoothing:
        # The label's gradient is minus the sum of the others': 1 - e is 0 at the peak, and exact near it.
        own, e = labels(xp, scores, t), xp.exp(below)
        own_e = xp.sum(xp.where(own, e, 0), axis=-1, keepdims=True)
        return xp.where(own, (own_e - 1) - rest, e) / ((rest + 1) * rows)
    y = xp.exp(below) / (1 + rest)
    others = xp.where(at_peak, rest / (1 + rest), 1 - y)
    weights = smoothed(xp, scores, t, smoothing)
    return (y * (xp.sum(weights, axis=-1, keepdims=True) - weights) - weights * others) / rows


def _fits_joint(types: Types, attributes: Attributes) -> bool:
    """Whether the lines of both are for these operands: rows of scores and class numbers, not smoothed."""
    scores, t = types
    return len(scores.shape) > 1 and class_numbers(scores, t) and not attributes[0]


def _mse_into(emit: Emitter, out: Buffer, y: Buffer, t: Buffer, count: int) -> None:
    squares = emit.scratch(y.shape)
    emit.call("subtract", y, t, squares)
    emit.call("multiply", squares, squares, squares)
    average_into(emit, out, squares, count)


def _softmax_loss_type(types: tuple[Type, ...], smoothing: AttributeValue, rows: AttributeValue) -> Type:
    smoothing_checked("softmax-loss", smoothing)
    return _class_loss("softmax-loss", SCORES, types)


def smoothing_checked(name: str, smoothing: AttributeValue) -> None:
    """Raises Clash where a smoothing is no share."""
    assert isinstance(smoothing, int | float)
    if not 0 <= smoothing <= 1:
        raise Clash(f"{name}: smoothing is {attribute_text(smoothing)}; it is a share, from 0 to 1")


def _softmax_loss_gradient_type(types: tuple[Type, ...], smoothing: AttributeValue, rows: AttributeValue) -> Type:
    class_target("softmax-loss-gradient", SCORES, types)
    return types[0]


def _softmax_loss_gradient_vjp(
    builder: Builder,
    g: Reference,
    scores: Reference,
    t: Reference,
    output: Reference,
    smoothing: float,
    rows: Size,
) -> Pair:
    y = builder.softmax(scores)
    mean = row_sums(builder, builder.mul(g, y))
    share = builder.div(builder.sub(g, mean), builder.size(rows))
    ds = builder.mul(y, share)
    if class_numbers(builder.type(scores), builder.type(t)):
        return ds, None
    sums = kept(builder, row_sums(builder, weights_of(builder, scores, t)), smoothing)
    ds = builder.mul(ds, builder.add(sums, builder.constant(smoothing)) if smoothing else sums)
    return ds, None if builder.type(t).kind == "int" else kept(builder, builder.neg(share), smoothing)


def _softmax_loss_bounds(scores: Type, t: Type) -> Range | None:
    """A loss whose target weighs the classes is as negative as the weights."""
    return (0.0, math.inf) if class_numbers(scores, t) else None


def _softmax_loss_shares(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
    smoothing = attributes[0]
    even = {"u": Share("softmax(0 * scores)")} if smoothing else {}
    if class_numbers(*types):
        t = "(1 - smoothing) * one-hot(t) - smoothing * u" if smoothing else "one-hot(t)"
        return Share(f"g * (softmax(scores) - {t}) / N", where=even), Share("0")
    t = "(1 - smoothing) * t + smoothing * u" if smoothing else "t"
    by_scores = Share("g * (s * softmax(scores) - t) / N", where={"s": Share("t", IN_EACH_ROW)})
    if smoothing:
        where = {**even, "q": Share(t), "s": Share("q", IN_EACH_ROW)}
        by_scores = Share("g * (s * softmax(scores) - q) / N", where=where)
    by_t = "-g * (1 - smoothing)" if smoothing else "-g"
    return by_scores, Share(f"{by_t} * log-softmax(scores) / N")


def _cross_entropy_shares(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
    weight = "one-hot(t)" if class_numbers(*types) else "t"
    return Share(f"-g * {weight} / (p + eps) / N"), Share("-g * log(p + eps) / N")


def cross_entropies(xp: Namespace, p: Array, t: Array, eps: float) -> Array:
    """What each class costs, [..., C]."""
    losses = -xp.log(p + eps)
    if t.ndim < p.ndim:
        return xp.where(labels(xp, p, t), losses, 0)
    free = (t == 0) & (losses == xp.inf)
    return xp.where(free, 0, t.astype(p.dtype) * losses)


def _cross_entropy(xp: Namespace, p: Array, t: Array, eps: float, rows: int) -> Array:
    return average(xp, cross_entropies(xp, p, t, eps), rows * rows_within(p.shape))


def _cross_entropy_vjp(
    builder: Builder, g: Reference, p: Reference, t: Reference, output: Reference, eps: float, rows: Size
) -> Pair:
    share = builder.neg(builder.div(_for_each_row(builder, g, p), builder.size(rows)))
    raised = builder.add(p, builder.constant(eps))
    dp = builder.mul(share, builder.ratio(weights_of(builder, p, t), raised))
    if builder.type(t).kind == "int":
        return dp, None
    return dp, builder.mul(share, builder.log(raised))


def _class_weights_type(types: tuple[Type, ...]) -> Type:
    t, like = types
    if t.kind != "int" or t.shape != like.shape[:-1]:
        raise Clash(f"class-weights: {t} are not the class numbers of {like}", operands=(0, 1))
    return like


def _class_trials(*attributes: AttributeValue, low: float) -> tuple[Trial, ...]:
    """Trials of a loss over classes: every form of target, for one row, for a batch, and for rows of rows."""
    return tuple(
        Trial((shape, target), (*attributes, shape[0] if len(shape) > 1 else 1), low) for shape, target in TARGETS
    )


MSE = Operation(
    "mse",
    ("y", "t"),
    "mean((y - t) ** 2)",
    "Mean of the squared differences; y, t and `weight` of one shape, the result a scalar.",
    weighted="weighted-mse",
    infer=lambda types: _same_shape_loss("mse", types),
    forward=_mse,
    kernel=lambda emit, out, y, t: _mse_into(emit, out, y, t, math.prod(y.shape)),
    scalar=_square,
    javascript="(y - t) * (y - t)",
    c=c_sums.MSE,
    onnx=onnx_classes.MSE,
    torch=torch_classes.MSE,
    numpy=NumpyForm("np.mean(np.square({0} - {1}))"),
    vjp=_mse_vjp,
    flops=for_each_operand(3),
    rows=Rows(averages=True),
    values=Values(bounds=within(0.0, math.inf)),
    words=Words(
        local=("2 * (y - t)", "-2 * (y - t)"),
        shares=shares(Share("g * 2 * (y - t) / n"), Share("-g * 2 * (y - t) / n")),
    ),
    advice=Advice(other_names="mean_squared_error mean_square_error mse_loss squared_error l2_loss"),
    trials=(Trial(((), ())), Trial(((3,), (3,))), Trial(((2, 3), (2, 3)))),
)
QUADRATIC_LOSS = Operation(
    "quadratic-loss",
    ("y", "t"),
    "sum((y - t) ** 2) / (2 N)",
    "Half the squared distance, its mean over N rows; y, t and `weight` of one shape, the result a scalar.",
    weighted="weighted-quadratic-loss",
    infer=lambda types, rows: _same_shape_loss("quadratic-loss", types),
    forward=_quadratic,
    kernel=lambda emit, out, y, t, rows: _mse_into(emit, out, y, t, 2 * rows),
    scalar=lambda y, t, rows: _square(y, t) / (2 * rows),
    javascript="(y - t) * (y - t) / (2 * rows)",
    c=c_sums.QUADRATIC,
    onnx=onnx_classes.QUADRATIC,
    torch=torch_classes.QUADRATIC_LOSS,
    numpy=NumpyForm("np.sum(np.square({0} - {1})) / (2 * {rows})"),
    vjp=_quadratic_vjp,
    flops=for_each_operand(3),
    rows=Rows(averages=True),
    values=Values(bounds=within(0.0, math.inf)),
    words=Words(
        local=("y - t", "t - y"),
        shares=shares(Share("g * (y - t) / N"), Share("g * (t - y) / N")),
    ),
    attributes=(ROWS,),
    complete=filling_rows(lambda types: rows_of(types[0].shape)),
    trials=(
        Trial(((), ()), (1,)),
        Trial(((3,), (3,)), (1,)),
        Trial(((3,), (3,)), (3,)),
        Trial(((2, 3), (2, 3)), (2,)),
        Trial(((2, 3, 2), (2, 3, 2)), (2,)),
    ),
)
SOFTMAX_LOSS = Operation(
    "softmax-loss",
    SCORES,
    "mean(log(sum(exp(scores))) - scores[t]) over rows",
    "Cross-entropy of softmax(scores), mean over rows: scores [..., C], t class numbers int[...], or a weight for each "
    "class, of the shape of the scores. `smoothing` spreads that share of t evenly over all classes. `weight` [...].",
    infer=_softmax_loss_type,
    forward=_softmax_loss,
    c=c_classes.SOFTMAX_LOSS_FORM,
    onnx=onnx_classes.SOFTMAX_LOSS,
    kernel=softmax_loss_into,
    torch=torch_classes.SOFTMAX_LOSS,
    numpy=classes.SOFTMAX_LOSS_FORM,
    vjp=_softmax_loss_vjp,
    joint=Joint("softmax-loss-gradient", _fits_joint, softmax_loss_joint_into, guards=True),
    flops=for_each_operand(5),
    rows=Rows(averages=True),
    values=Values(bounds=_softmax_loss_bounds, classes=labelled, probabilities="softmax"),
    words=Words(shares=_softmax_loss_shares),
    advice=Advice(
        by_hand=tuple(
            ByHand(f"softmax_loss({given}(x), t)", "G621", {"loss": "softmax-loss", "given": f"`{spelt}`"})
            for given, spelt in (("softmax", "softmax"), ("sigmoid", "sigmoid"), ("log_softmax", "log-softmax"))
        ),
        over_one_class="is 0, whatever the scores are, and teaches nothing",
    ),
    attributes=(SMOOTHING, ROWS),
    complete=filling_rows(_row_count),
    integers=("t",),
    weighted="weighted-softmax-loss",
    trials=(*_class_trials(0.0, low=-2.0), *_class_trials(0.1, low=-2.0)),
)
SOFTMAX_LOSS_GRADIENT = Operation(
    "softmax-loss-gradient",
    SCORES,
    "(softmax(scores) - t) / N",
    "Gradient of softmax-loss by its scores, each of its elements exact; of the shape of the scores.",
    infer=_softmax_loss_gradient_type,
    forward=_softmax_loss_gradient,
    c=c_classes.SOFTMAX_LOSS_GRADIENT_FORM,
    onnx=onnx_classes.SOFTMAX_LOSS_GRADIENT,
    kernel=softmax_loss_gradient_into,
    numpy=classes.SOFTMAX_LOSS_GRADIENT_FORM,
    vjp=_softmax_loss_gradient_vjp,
    flops=for_each(6),
    attributes=(SMOOTHING, ROWS),
    complete=filling_rows(_row_count),
    integers=("t",),
    role="helper",
    trials=(*_class_trials(0.0, low=-2.0), *_class_trials(0.1, low=-2.0)),
)
CROSS_ENTROPY = Operation(
    "cross-entropy",
    PROBABILITIES,
    "-mean(log(p[t] + eps)) over rows",
    "Cross-entropy of probabilities, mean over rows: p [..., C], t class numbers int[...], or a weight for each class, "
    "of the shape of p. `weight` [...].",
    infer=lambda types, eps, rows: _class_loss("cross-entropy", PROBABILITIES, types),
    forward=_cross_entropy,
    c=c_classes.CROSS_ENTROPY_FORM,
    onnx=onnx_classes.CROSS_ENTROPY,
    kernel=cross_entropy_into,
    torch=torch_classes.CROSS_ENTROPY,
    numpy=classes.CROSS_ENTROPY_FORM,
    vjp=_cross_entropy_vjp,
    flops=for_each_operand(3),
    rows=Rows(averages=True),
    values=Values(classes=labelled, probabilities="identity"),
    words=Words(shares=_cross_entropy_shares),
    advice=Advice(over_one_class="looks at the rows of class 1 alone: to answer 1 everywhere is best"),
    attributes=(EPS, ROWS),
    complete=filling_rows(_row_count),
    integers=("t",),
    weighted="weighted-cross-entropy",
    trials=(*_class_trials(1e-7, low=0.2), *_class_trials(0.0, low=0.2)),
)
CLASS_WEIGHTS = Operation(
    "class-weights",
    ("t", "like"),
    "1 at the class number, else 0",
    "Class numbers as a weight for each class: int[...] and a value [..., C] to take C from give [..., C].",
    infer=_class_weights_type,
    forward=lambda xp, t, like: labels(xp, like, t).astype(like.dtype),
    c=c_classes.CLASS_WEIGHTS,
    onnx=onnx_classes.CLASS_WEIGHTS,
    kernel=class_weights_into,
    torch=torch_classes.CLASS_WEIGHTS,
    numpy=classes.CLASS_WEIGHTS_FORM,
    vjp=lambda builder, g, t, like, output: (None, None),
    integers=("t",),
    role="helper",
    trials=(
        Trial((Type("int", (4,)), (4, 3))),
        Trial((Type("int", ()), (3,))),
        Trial((Type("int", (2, 4)), (2, 4, 3))),
    ),
)

LOSSES = (MSE, QUADRATIC_LOSS, SOFTMAX_LOSS, CROSS_ENTROPY, SOFTMAX_LOSS_GRADIENT, CLASS_WEIGHTS)
