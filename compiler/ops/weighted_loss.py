"""Losses in which each row, or each element, counts by a weight, and the mean that they are.

They are made by calls of the losses themselves that give a `weight`.
"""

from collections.abc import Callable

from ..shape import Shape, Type
from .attribute import Attribute, Attributes, AttributeValue
from .builder import Builder
from .class_targets import (
    ROWS,
    class_numbers,
    class_target,
    each_weighed,
    filling_rows,
    labelled,
    rows_of,
    same_shape,
)
from .facts import Array, Share, Types, Values, Words, for_each_operand, shares
from .huber import DELTA, HUBER, huber_losses
from .loss import (
    CROSS_ENTROPY,
    EPS,
    MSE,
    PROBABILITIES,
    QUADRATIC_LOSS,
    SCORES,
    SMOOTHING,
    SOFTMAX_LOSS,
    cross_entropies,
    kept,
    smoothing_checked,
    softmax_losses,
    weights_of,
)
from .operation import Namespace, Operation, Reference, Trial
from .reduction import count
from .sigmoid_loss import SIGMOID_LOSS

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
    values=Values(side=lambda xp, x, weight: xp.all(weight == 0)),  # of its terms' kinks none is one of the mean
    trials=(
        Trial(((), ()), (), 0.2),
        Trial(((3,), (3,)), (), 0.2),
        Trial(((2, 3), (2, 3)), (), 0.2),
    ),
)

# --- the losses of rows -----------------------------------------------------------------------------------------


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
    return tuple(
        Trial((shape, target), attributes, low)
        for shape in ((3,), (4, 3), (2, 4, 3))
        for target in (Type("int", shape[:-1]), shape, Type("int", shape))
    )


SOFTMAX_LOSSES = Operation(
    "softmax-losses",
    SCORES,
    "log(sum(exp(scores))) - scores[t] in each row",
    "The softmax-loss of each row: scores [..., C] give [...].",
    infer=lambda types, smoothing: _row_type("softmax-losses", SCORES, types),
    forward=lambda xp, scores, t, smoothing: _of_rows(xp, softmax_losses(xp, scores, t, smoothing), scores),
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
    vjp=_cross_entropies_vjp,
    flops=for_each_operand(3),
    values=Values(classes=labelled),
    attributes=(EPS,),
    integers=("t",),
    role="helper",
    trials=(*_row_trials(1e-7, low=0.2), *_row_trials(0.0, low=0.2)),
)

# --- the losses -------------------------------------------------------------------------------------------------

Losses = Callable[..., Reference]
"""losses(builder, *operands but the weight, *attributes) appends what the mean goes over."""


def _weighted(
    base: Operation,
    losses: Losses,
    trials: tuple[Trial, ...],
    *,
    attributes: tuple[Attribute, ...] = (),
    words: Words,
) -> Operation:
    """The form of a loss in which what its mean goes over counts by a weight."""

    def define(builder: Builder, y: Reference, t: Reference, weight: Reference, *given: AttributeValue) -> Reference:
        each = losses(builder, y, t, *given)
        each_weighed(base.name, builder.type(each).shape, builder.type(weight))
        return builder.weighted_mean(each, weight)

    return Operation(
        base.weighted,
        (*base.operands, "weight"),
        f"{base.formula}, each counted by its weight",
        f"{base.name} with a `weight` for each that its mean goes over: sum(weight * l) / sum(weight), 0 where all "
        "weights are 0.",
        define=define,
        form_of=base.name,
        attributes=attributes,
        complete=filling_rows(lambda types: rows_of(types[0].shape)) if ROWS in attributes else None,
        integers=base.integers,
        values=Values(classes=base.values.classes),
        role="helper",
        words=words,
        trials=trials,
    )


def _squares(builder: Builder, y: Reference, t: Reference) -> Reference:
    same_shape("mse", ("y", "t"), (builder.type(y), builder.type(t)))
    difference = builder.sub(y, t)
    return builder.mul(difference, difference)


def _half_squares(builder: Builder, y: Reference, t: Reference, rows: AttributeValue) -> Reference:
    """So that their mean over all elements is half their sum over N rows."""
    same_shape("quadratic-loss", ("y", "t"), (builder.type(y), builder.type(t)))
    difference = builder.sub(y, t)
    shape = builder.type(y).shape
    row = shape[1:] if shape[:1] == (rows,) else shape
    factor = builder.mul(builder.constant(0.5), count(builder, row))
    return builder.mul(factor, builder.mul(difference, difference))


def _sigmoid_losses(builder: Builder, scores: Reference, t: Reference) -> Reference:
    return builder.sigmoid_losses(scores, t)


def _smoothed_losses(builder: Builder, scores: Reference, t: Reference, smoothing: float) -> Reference:
    class_target("softmax-loss", SCORES, (builder.type(scores), builder.type(t)))
    smoothing_checked("softmax-loss", smoothing)
    return builder.softmax_losses(scores, t, smoothing=smoothing)


def _cross_entropies(builder: Builder, p: Reference, t: Reference, eps: float) -> Reference:
    class_target("cross-entropy", PROBABILITIES, (builder.type(p), builder.type(t)))
    return builder.cross_entropies(p, t, eps=eps)


def _same(*attributes: AttributeValue, shapes: tuple[Shape, ...] = ((), (3,), (2, 3))) -> tuple[Trial, ...]:
    return tuple(Trial((shape,) * 3, attributes, 0.2) for shape in shapes)  # type: ignore[misc]  # sizes are numbers


def _rows_weighed(*attributes: AttributeValue, low: float) -> tuple[Trial, ...]:
    return tuple(
        Trial((shape, target, shape[:-1]), attributes, low)
        for shape in ((3,), (4, 3), (2, 4, 3))
        for target in (Type("int", shape[:-1]), shape)
    )


S = Share("sum(weight)")


def _alone(slope: str, by_t: str = "") -> tuple[str, str, str]:
    """Local derivatives between scalars, where a weight that is not 0 changes nothing."""
    both = slope, by_t or f"-({slope})"
    cases = (f"{part} where weight > 0, {part} where weight < 0, else 0" for part in both)
    return (*cases, "0")  # type: ignore[return-value]  # it is three


def _elementwise(slope: str, loss: str) -> Words:
    """What operands get of a loss that is a weighted mean over elements, by the slope of each and the loss of each."""
    mean = Share(f"sum(weight * {loss}) / sum(weight)")
    return Words(
        local=_alone(slope),
        shares=shares(
            Share(f"g * weight * {slope} / s", where={"s": S}),
            Share(f"-g * weight * {slope} / s", where={"s": S}),
            Share(f"g * ({loss} - m) / s", where={"m": mean, "s": S}),
        ),
    )


def _quadratic_words(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
    # A mean over all elements would divide by their number, which is n, and half their sum over N rows by N.
    words = _elementwise("(n / N) * (y - t)", "(n / N) * (y - t) ** 2 / 2").shares
    assert words is not None
    return words(types, result, attributes)


def _row_words(slope: str, by_t: str) -> Words:
    """The same of a loss that is a weighted mean over rows; `slope` has the target as `q`."""

    def told(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
        numbers = class_numbers(types[0], types[1])
        row = "each row by its own weight"
        loss = {"l": Share("the loss of each row"), "m": Share("their weighted mean"), "s": S}
        return (
            Share(slope.replace("q", "one-hot(t)" if numbers else "t"), row, {"s": S}),
            Share("0") if numbers else Share(by_t, row, {"s": S}),
            Share("g * (l - m) / s", where=loss),
        )

    return Words(shares=told)


SOFTMAX_WORDS = _row_words("g * weight * (softmax(scores) - q) / s", "-g * weight * log-softmax(scores) / s")
SMOOTHED_WORDS = _row_words(
    "g * weight * (softmax(scores) - (q smoothed)) / s", "-g * weight * (1 - smoothing) * log-softmax(scores) / s"
)


def _softmax_words(types: Types, result: Type, attributes: Attributes) -> tuple[Share, ...]:
    words = (SMOOTHED_WORDS if attributes[0] else SOFTMAX_WORDS).shares
    assert words is not None
    return words(types, result, attributes)


WEIGHTED_LOSSES = (
    WEIGHTED_MEAN,
    SOFTMAX_LOSSES,
    CROSS_ENTROPIES,
    _weighted(MSE, _squares, _same(), words=_elementwise("2 * (y - t)", "(y - t) ** 2")),
    _weighted(
        QUADRATIC_LOSS,
        _half_squares,
        (*_same(1, shapes=((), (3,))), *_same(3, shapes=((3,),)), *_same(2, shapes=((2, 3), (2, 3, 2)))),
        attributes=(ROWS,),
        words=Words(local=_alone("y - t"), shares=_quadratic_words),
    ),
    _weighted(
        SIGMOID_LOSS,
        _sigmoid_losses,
        _same(),
        words=Words(
            local=_alone("sigmoid(scores) - t", "-scores"),
            shares=shares(
                Share("g * weight * (sigmoid(scores) - t) / s", where={"s": S}),
                Share("-g * weight * scores / s", where={"s": S}),
                Share(
                    "g * (softplus(scores) - t * scores - m) / s",
                    where={"m": Share("sum(weight * (softplus(scores) - t * scores)) / sum(weight)"), "s": S},
                ),
            ),
        ),
    ),
    _weighted(
        HUBER,
        huber_losses,
        (*_same(1.0), *_same(0.25)),
        attributes=(DELTA,),
        words=_elementwise(
            "clip(y - t, -delta, delta)",
            "clip(y - t, -delta, delta) * (y - t - clip(y - t, -delta, delta) / 2)",
        ),
    ),
    _weighted(
        SOFTMAX_LOSS,
        _smoothed_losses,
        (*_rows_weighed(0.0, low=0.2), *_rows_weighed(0.1, low=0.2)),
        attributes=(SMOOTHING,),
        words=Words(shares=_softmax_words),
    ),
    _weighted(
        CROSS_ENTROPY,
        _cross_entropies,
        _rows_weighed(1e-7, low=0.2),
        attributes=(EPS,),
        words=_row_words("-g * weight * q / (p + eps) / s", "-g * weight * log(p + eps) / s"),
    ),
)
