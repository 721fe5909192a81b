"""Losses in which each row, or each element, counts by a weight.

They are made by calls of the losses themselves that give a `weight`.
"""

from collections.abc import Callable

from ...shape import Type
from ..attribute import Attribute, Attributes, AttributeValue
from ..builder import Builder
from ..facts import Share, Types, Values, Words, shares
from ..operation import Operation, Reference, Trial
from ..reductions.reduction import count
from .class_targets import ROWS, class_numbers, class_target, each_weighed, filling_rows, rows_of, same_shape
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
    smoothing_checked,
)
from .sigmoid_loss import SIGMOID_LOSS

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
        values=Values(classes=base.values.classes, probabilities=base.values.probabilities),
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


def _same(*attributes: AttributeValue, shapes: tuple[tuple[int, ...], ...] = ((), (3,), (2, 3))) -> tuple[Trial, ...]:
    return tuple(Trial((shape,) * 3, attributes, 0.2) for shape in shapes)


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
