"""Forms of what holds scores against classes: losses, their gradients, rows of ones and zeros."""

from math import prod

from ...measures.class_targets import is_column
from .along import BESIDE_LARGEST, LARGEST_OF
from .block import Block
from .form import Written
from .value import CValue

SOFTMAX_LOSS = """
/* The cross-entropy of n scores with the class number t; NaN where there is no such class. */
static real softmax_loss(const real *x, int n, int64_t t)
{
    const int largest = largest_of(x, 1, n);
    if (t < 0 || t >= n)
        return NAN;
    return log1p(beside_largest(x, 1, n, largest)) - (x[t] - x[largest]);
}
"""
SOFTMAX_LOSS_GRADIENT = """
/* (softmax(x) - t) / rows of n scores, where t is a class number. */
static void softmax_loss_gradient(real *y, const real *x, int n, int64_t t, real rows)
{
    const int largest = largest_of(x, 1, n), known = t >= 0 && t < n;
    const real others = beside_largest(x, 1, n, largest), top = x[largest], share = (others + 1.0) * rows;
    for (int i = 0; i < n; i++) {
        const real e = exp(x[i] - top);
        y[i] = !known ? NAN : i == t ? ((e - 1.0) - others) / share : e / share;
    }
}
"""
WEIGHED_SOFTMAX_LOSS = """
/* The cross-entropy of n scores, where each class has a weight. */
static real weighed_softmax_loss(const real *x, int n, const real *weights)
{
    const int largest = largest_of(x, 1, n);
    const real rest = log1p(beside_largest(x, 1, n, largest));
    real total = 0.0;
    for (int i = 0; i < n; i++) {
        const real loss = rest - (x[i] - x[largest]);
        total += weights[i] == 0.0 && loss == INFINITY ? 0.0 : weights[i] * loss;
    }
    return total;
}
"""
WEIGHED_SOFTMAX_LOSS_GRADIENT = """
/* Its gradient by the scores, of a mean over rows. */
static void weighed_softmax_loss_gradient(real *y, const real *x, int n, const real *weights, real rows)
{
    const int largest = largest_of(x, 1, n);
    const real others = beside_largest(x, 1, n, largest), top = x[largest];
    real all = 0.0;
    for (int i = 0; i < n; i++)
        all += weights[i];
    for (int i = 0; i < n; i++) {
        const real own = exp(x[i] - top) / (1.0 + others);
        const real rest = i == largest ? others / (1.0 + others) : 1.0 - own;
        y[i] = (own * (all - weights[i]) - weights[i] * rest) / rows;
    }
}
"""
CLASS_ENTROPY = """
/* -log(p + eps) of the class number t; NaN where there is no such class. */
static real class_entropy(const real *p, int n, int64_t t, real eps)
{
    return t < 0 || t >= n ? NAN : -log(p[t] + eps);
}
"""
CROSS_ENTROPY = """
/* The sum of -weight * log(p + eps) over n classes; what has no weight costs nothing. */
static real cross_entropy(const real *p, int n, const real *weights, real eps)
{
    real total = 0.0;
    for (int i = 0; i < n; i++) {
        const real loss = -log(p[i] + eps);
        total += weights[i] == 0.0 && loss == INFINITY ? 0.0 : weights[i] * loss;
    }
    return total;
}
"""
BOTH = (LARGEST_OF, BESIDE_LARGEST)


def _numbers(scores: CValue, t: CValue) -> bool:
    """Whether targets are class numbers."""
    return t.kind == "int" and t.shape == scores.shape[:-1]


def _weights(block: Block, scores: CValue, t: CValue, smoothing: float) -> CValue:
    """A weight for each class."""
    classes = scores.shape[-1]
    kept, shared = f"{1.0 - smoothing!r}", f"{smoothing / classes!r}"
    if not _numbers(scores, t) and t.kind == "real" and not smoothing:
        return t
    made = block.room(scores.shape, "real")
    with block.over(scores.shape) as index:
        own = f"({t.at(index[:-1])} == {index[-1]} ? 1.0 : 0.0)" if _numbers(scores, t) else f"(real){t.at(index)}"
        block.line(f"{made.at(index)} = {f'{own} * {kept} + {shared}' if smoothing else own};")
    return made


def _each_loss(block: Block, scores: CValue, t: CValue, smoothing: float) -> tuple[CValue, str]:
    """What a row's loss is called with, beside its scores."""
    if _numbers(scores, t) and not smoothing:
        block.call(*BOTH, SOFTMAX_LOSS)
        return t, "softmax_loss"
    block.call(*BOTH, WEIGHED_SOFTMAX_LOSS)
    return _weights(block, scores, t, smoothing), "weighed_softmax_loss"


def _over_rows(
    block: Block, out: CValue, scores: CValue, t: CValue, called: str, rest: str, rows: float | None
) -> None:
    """A loss for each row, or what comes of their sum."""
    lead = scores.shape[:-1]
    with_numbers = t.shape == lead

    def loss(index: list[str]) -> str:
        target = t.at(index) if with_numbers else t.pointer([*index, "0"])
        return f"{called}({scores.pointer([*index, '0'])}, {scores.shape[-1]}, {target}{rest})"

    if rows is None:
        with block.over(lead) as index:
            block.line(f"{out.at(index)} = {loss(index)};")
        return
    with block.inside(""):
        block.line("real sum = 0.0;")
        with block.over(lead) as index:
            block.line(f"sum += {loss(index)};")
        block.line(f"{out.at()} = sum / {float(rows)!r};")


def _rows(scores: CValue, rows: object) -> float:
    return float(str(rows)) * prod(scores.shape[1:-1])


def _softmax_loss(block: Block, out: CValue, scores: CValue, t: CValue, smoothing: float, rows: object) -> None:
    plain = _numbers(scores, t) and not smoothing
    target, called = _each_loss(block, scores, t, smoothing)
    many = float(prod(scores.shape[:-1])) if plain else _rows(scores, rows)
    _over_rows(block, out, scores, target, called, "", many)


def _softmax_losses(block: Block, out: CValue, scores: CValue, t: CValue, smoothing: float) -> None:
    target, called = _each_loss(block, scores, t, smoothing)
    _over_rows(block, out, scores, target, called, "", None)


def _gradient(block: Block, out: CValue, scores: CValue, t: CValue, smoothing: float, rows: object) -> None:
    classes, many = scores.shape[-1], float(str(rows))
    plain = _numbers(scores, t) and not smoothing
    target = t if plain else _weights(block, scores, t, smoothing)
    called = "softmax_loss_gradient" if plain else "weighed_softmax_loss_gradient"
    block.call(*BOTH, SOFTMAX_LOSS_GRADIENT if plain else WEIGHED_SOFTMAX_LOSS_GRADIENT)
    with block.over(scores.shape[:-1]) as index:
        own = target.at(index) if plain else target.pointer([*index, "0"])
        places = f"{out.pointer([*index, '0'])}, {scores.pointer([*index, '0'])}"
        block.line(f"{called}({places}, {classes}, {own}, {many!r});")


def _entropies(block: Block, out: CValue, p: CValue, t: CValue, eps: float, rows: object = None) -> None:
    if _numbers(p, t):
        block.call(CLASS_ENTROPY)
        target, called = t, "class_entropy"
    else:
        block.call(CROSS_ENTROPY)
        target, called = _weights(block, p, t, 0.0), "cross_entropy"
    _over_rows(block, out, p, target, called, f", {eps!r}", None if rows is None else _rows(p, rows))


def _accuracy(block: Block, out: CValue, y: CValue, t: CValue, threshold: float, rows: object) -> None:
    column = is_column(y.shape, t.shape, int(str(rows)))
    judged = y.shape if column else y.shape[:-1]
    with block.inside(""):
        block.line("int right = 0;")
        if column:
            with block.over(judged) as index:
                actual = t.at(index[: len(t.shape)])
                block.line(f"right += ({y.at(index)} > {threshold!r}) == ({actual} > 0.5);")
        else:
            block.call(LARGEST_OF)
            ones = t if t.shape == judged or t.kind == "real" else _weights(block, y, t, 0.0)
            with block.over(judged) as index:
                classes = y.shape[-1]
                best = f"largest_of({y.pointer([*index, '0'])}, 1, {classes})"
                own = f"largest_of({ones.pointer([*index, '0'])}, 1, {classes})"
                block.line(f"right += {best} == {t.at(index) if t.shape == judged else own};")
        block.line(f"{out.at()} = right / {float(prod(judged))!r};")


def _one_hot(block: Block, out: CValue, t: CValue, *attributes: object) -> None:
    with block.over(out.shape) as index:
        block.line(f"{out.at(index)} = {t.at(index[:-1])} == {index[-1]};")


def _class_weights(block: Block, out: CValue, t: CValue, like: CValue) -> None:
    classes = out.shape[-1]
    with block.over(out.shape) as index:
        own = t.at(index[:-1])
        block.line(f"{out.at(index)} = {own} < 0 || {own} >= {classes} ? NAN : {own} == {index[-1]} ? 1.0 : 0.0;")


SOFTMAX_LOSS_FORM = Written(_softmax_loss)
SOFTMAX_LOSSES_FORM = Written(_softmax_losses)
SOFTMAX_LOSS_GRADIENT_FORM = Written(_gradient)
CROSS_ENTROPY_FORM = Written(_entropies)
CROSS_ENTROPIES_FORM = Written(_entropies)
ACCURACY = Written(_accuracy)
ONE_HOT = Written(_one_hot, strided=True)
CLASS_WEIGHTS = Written(_class_weights, strided=True)
