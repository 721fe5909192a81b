"""The lines of losses over classes: every result in memory that stands already, with the bits of the forms in loss.py.

Scores [..., C] are rows of a matrix; class numbers become places among its elements. That class numbers are in range is
looked at before these lines run, unless they look themselves.
"""

import math
from typing import NamedTuple

from ..emitter import Buffer, Emitter
from ..emitter import spread as spread_out
from ..reductions import reduction
from ..reductions.reduction import average_into, has_long_rows, row_totals_into
from .class_targets import rows_within


class _Rows(NamedTuple):
    """Scores as a matrix, and where each row begins among its elements."""

    scores: Buffer
    starts: Buffer
    alone: bool
    """Whether they are one row [C], whose sum numpy adds in another order."""

    @property
    def count(self) -> int:
        return self.scores.shape[0]

    @property
    def classes(self) -> int:
        return self.scores.shape[1]


def _rows(emit: Emitter, scores: Buffer) -> _Rows:
    count, classes = math.prod(scores.shape[:-1]), scores.shape[-1]
    matrix = emit.view(scores, "reshape", (count, classes))
    return _Rows(matrix, emit.arange(count * classes, classes), len(scores.shape) == 1)


def _elements(emit: Emitter, matrix: Buffer) -> Buffer:
    return emit.view(matrix, "reshape", (math.prod(matrix.shape),))


def _column(emit: Emitter, values: Buffer, matrix: Buffer) -> Buffer:
    """A number for each row, to be taken with each of its elements."""
    return spread_out(emit, emit.view(values, "reshape", (matrix.shape[0], 1)), matrix)


def _taken(emit: Emitter, matrix: Buffer, places: Buffer) -> Buffer:
    """The element of each row at its place."""
    found = emit.scratch(places.shape, matrix.dtype)
    emit.line(f"{emit.method(_elements(emit, matrix), 'take')}({places}, None, {found}, 'clip')")
    return found


def _put(emit: Emitter, matrix: Buffer, places: Buffer, values: Buffer | float) -> None:
    given = values if isinstance(values, Buffer) else emit.full(values, places.shape)
    emit.line(f"{_elements(emit, matrix)}[{places}] = {given}")


def _own(emit: Emitter, rows: _Rows, t: Buffer) -> Buffer:
    """Where the class of each row stands."""
    own = emit.scratch((rows.count,), "intp")
    emit.call("add", emit.view(t, "reshape", (rows.count,)), rows.starts, own)
    return own


def _below_into(emit: Emitter, out: Buffer, rows: _Rows) -> Buffer:
    """The distance of each score below its row's largest; gives where these stand."""
    peaks = emit.scratch((rows.count,), "intp")
    emit.line(f"{emit.method(rows.scores, 'argmax')}(1, {peaks})")
    emit.call("add", peaks, rows.starts, peaks)
    largest = _taken(emit, rows.scores, peaks)
    emit.copy(out, emit.view(largest, "reshape", (rows.count, 1)))
    emit.call("subtract", rows.scores, out, out)
    return peaks


def _rest(emit: Emitter, rows: _Rows, e: Buffer, peaks: Buffer) -> Buffer:
    """The sum of each row's exponentials but for the largest, which is 0 afterwards."""
    _put(emit, e, peaks, 0.0)
    rest = emit.scratch((rows.count,))
    if rows.alone and not has_long_rows(e):
        line = emit.view(e, "reshape", (rows.classes,))
        emit.call("dot", line, emit.full(1.0, (rows.classes,)), emit.view(rest, "reshape", ()))
    else:
        row_totals_into(emit, rest, e)
    return rest


def class_weights_into(emit: Emitter, out: Buffer, t: Buffer, like: Buffer) -> None:
    """The lines of class-weights."""
    rows = _rows(emit, like)
    matrix = emit.view(out, "reshape", rows.scores.shape)
    emit.line(f"{emit.method(matrix, 'fill')}(0.0)")
    _put(emit, matrix, _own(emit, rows, t), 1.0)


def _smoothed(emit: Emitter, rows: _Rows, t: Buffer, smoothing: float) -> Buffer:
    """A weight for each class."""
    weights = emit.scratch(rows.scores.shape)
    if math.prod(t.shape) == math.prod(rows.scores.shape):
        emit.copy(weights, emit.view(t, "reshape", weights.shape))
    else:
        class_weights_into(emit, weights, t, rows.scores)
    if smoothing:
        emit.call("multiply", weights, emit.full(1 - smoothing, ()), weights)
        emit.call("add", weights, emit.full(smoothing / rows.classes, ()), weights)
    return weights


def _weighed(emit: Emitter, weights: Buffer, losses: Buffer) -> None:
    """What classes cost, each by its weight, into `losses`: one of weight 0 nothing, even what is infinite."""
    free, infinite = emit.scratch(losses.shape, "bool"), emit.scratch(losses.shape, "bool")
    emit.call("equal", weights, emit.full(0.0, ()), free)
    emit.call("equal", losses, emit.full(math.inf, ()), infinite)
    emit.call("logical_and", free, infinite, free)
    emit.call("multiply", weights, losses, losses)
    emit.call("copyto", losses, emit.full(0.0, ()), '"same_kind"', free)


def _numbers(scores: Buffer, t: Buffer) -> bool:
    return len(t.shape) < len(scores.shape)


def _losses(emit: Emitter, scores: Buffer, t: Buffer, smoothing: float) -> Buffer:
    """What `softmax_losses` gives: the loss of each row [rows], or of each class [rows, C]."""
    rows = _rows(emit, scores)
    below, e = emit.scratch(rows.scores.shape), emit.scratch(rows.scores.shape)
    peaks = _below_into(emit, below, rows)
    emit.call("exp", below, e)
    rest = _rest(emit, rows, e, peaks)
    emit.call("log1p", rest, rest)
    if _numbers(scores, t) and not smoothing:
        emit.call("subtract", rest, _taken(emit, below, _own(emit, rows, t)), rest)
        return rest
    emit.call("subtract", _column(emit, rest, below), below, below)
    _weighed(emit, _smoothed(emit, rows, t, smoothing), below)
    return below


def _of_rows_into(emit: Emitter, out: Buffer, losses: Buffer) -> None:
    """The losses of the rows, those of their classes added up."""
    flat = emit.view(out, "reshape", losses.shape[:1])
    if len(losses.shape) == 1:
        emit.copy(flat, losses)
    else:
        emit.call("add.reduce", losses, 1, None, flat)


def softmax_losses_into(emit: Emitter, out: Buffer, scores: Buffer, t: Buffer, smoothing: float) -> None:
    """The lines of softmax-losses."""
    _of_rows_into(emit, out, _losses(emit, scores, t, smoothing))


def softmax_loss_into(emit: Emitter, out: Buffer, scores: Buffer, t: Buffer, smoothing: float, rows: int) -> None:
    """The lines of softmax-loss."""
    average_into(emit, out, _losses(emit, scores, t, smoothing), rows * rows_within(scores.shape))


def softmax_loss_gradient_into(
    emit: Emitter, out: Buffer, scores: Buffer, t: Buffer, smoothing: float, rows: int
) -> None:
    """The lines of softmax-loss-gradient."""
    matrix = _rows(emit, scores)
    y = emit.view(out, "reshape", matrix.scores.shape)
    peaks = _below_into(emit, y, matrix)
    emit.call("exp", y, y)
    if _numbers(scores, t) and not smoothing:
        _label_gradient_into(emit, y, matrix, peaks, _own(emit, matrix, t), rows)
        return
    rest = _rest(emit, matrix, y, peaks)
    _put(emit, y, peaks, 1.0)
    whole, others = emit.scratch((matrix.count,)), emit.scratch(y.shape)
    emit.call("add", rest, emit.full(1.0, (matrix.count,)), whole)
    emit.call("divide", y, _column(emit, whole, y), y)
    emit.call("subtract", emit.full(1.0, ()), y, others)
    emit.call("divide", rest, whole, rest)
    _put(emit, others, peaks, rest)
    weights = _smoothed(emit, matrix, t, smoothing)
    emit.call("add.reduce", weights, 1, None, whole)
    left = emit.scratch(y.shape)
    emit.call("subtract", _column(emit, whole, y), weights, left)
    emit.call("multiply", y, left, y)
    emit.call("multiply", weights, others, weights)
    emit.call("subtract", y, weights, y)
    emit.call("divide", y, emit.full(float(rows), ()), y)


def _label_gradient_into(emit: Emitter, e: Buffer, matrix: _Rows, peaks: Buffer, own: Buffer, rows: int) -> None:
    """The gradient for class numbers, in place of the exponentials `e`."""
    one, own_e = emit.full(1.0, (matrix.count,)), _taken(emit, e, own)
    rest = _rest(emit, matrix, e, peaks)
    _put(emit, e, peaks, 1.0)
    emit.call("subtract", own_e, one, own_e)
    emit.call("subtract", own_e, rest, own_e)
    _share_into(emit, e, own_e, rest, own, rows)


def _share_into(emit: Emitter, e: Buffer, own_e: Buffer, rest: Buffer, own: Buffer, rows: int) -> None:
    """Divides the gradient of each row by its sum of exponentials and by how many rows there are."""
    count = rest.shape
    emit.call("add", rest, emit.full(1.0, count), rest)
    emit.call("multiply", rest, emit.full(float(rows), count), rest)
    emit.call("divide", own_e, rest, own_e)
    emit.call("divide", e, _column(emit, rest, e), e)
    _put(emit, e, own, own_e)


# --- cross-entropy ----------------------------------------------------------------------------------------------


def _logs(emit: Emitter, p: Buffer, eps: float) -> Buffer:
    """-log(p + eps)"""
    losses = emit.scratch(p.shape)
    emit.call("add", p, emit.full(eps, ()), losses)
    emit.call("log", losses, losses)
    emit.call("negative", losses, losses)
    return losses


def _entropies(emit: Emitter, p: Buffer, t: Buffer, eps: float) -> Buffer:
    """What `cross_entropies` gives: what each class costs, [rows, C]."""
    rows = _rows(emit, p)
    losses = _logs(emit, rows.scores, eps)
    if _numbers(p, t):
        own = _own(emit, rows, t)
        found = _taken(emit, losses, own)
        emit.line(f"{emit.method(losses, 'fill')}(0.0)")
        _put(emit, losses, own, found)
        return losses
    _weighed(emit, _smoothed(emit, rows, t, 0.0), losses)
    return losses


def cross_entropies_into(emit: Emitter, out: Buffer, p: Buffer, t: Buffer, eps: float) -> None:
    """The lines of cross-entropies."""
    _of_rows_into(emit, out, _entropies(emit, p, t, eps))


def cross_entropy_into(emit: Emitter, out: Buffer, p: Buffer, t: Buffer, eps: float, rows: int) -> None:
    """The lines of cross-entropy."""
    average_into(emit, out, _entropies(emit, p, t, eps), rows * rows_within(p.shape))


# --- the loss and its gradient together -------------------------------------------------------------------------


def softmax_loss_joint_into(
    emit: Emitter, loss: Buffer, gradient: Buffer, scores: Buffer, t: Buffer, smoothing: float, rows: int
) -> None:
    """The lines of softmax-loss and of its gradient together, for class numbers: scores [..., C], t int[...].

    An infinite score makes the loss not finite, and the gradient is then not that of `forward`.
    """
    inner = rows_within(scores.shape)
    if len(scores.shape) > 2:
        flat = (math.prod(scores.shape[:-1]), scores.shape[-1])
        scores, gradient = (emit.view(each, "reshape", flat) for each in (scores, gradient))
        t = emit.view(t, "reshape", flat[:1])
    count, classes = scores.shape
    if count == 1:
        _single_row_into(emit, loss, gradient, scores, t, rows)
        return
    labels = emit.view(t, "bits")  # as unsigned numbers the negative ones are the largest
    emit.guard(f"{labels}[{emit.method(labels, 'argmax')}()] < {classes}")
    one, starts = emit.full(1.0, (count,)), emit.arange(count * classes, classes)
    peaks, own = emit.scratch((count,), "intp"), emit.scratch((count,), "intp")
    chosen, own_e, rest = emit.scratch((count,)), emit.scratch((count,)), emit.scratch((count,))
    elements = emit.view(gradient, "reshape", (count * classes,))
    take = emit.method(elements, "take")
    emit.line(f"{emit.method(scores, 'argmax')}(1, {peaks})")
    emit.call("add", peaks, starts, peaks)
    emit.line(f"{emit.method(emit.view(scores, 'reshape', elements.shape), 'take')}({peaks}, None, {rest}, 'clip')")
    emit.copy(gradient, emit.view(rest, "reshape", (count, 1)))
    emit.call("subtract", scores, gradient, gradient)
    emit.call("add", t, starts, own)
    emit.line(f"{take}({own}, None, {chosen}, 'clip')")
    emit.call("exp", gradient, gradient)
    emit.line(f"{take}({own}, None, {own_e}, 'clip')")
    emit.line(f"{elements}[{peaks}] = {emit.full(0.0, (count,))}")
    row_totals_into(emit, rest, gradient)
    emit.line(f"{elements}[{peaks}] = {one}")
    emit.call("subtract", own_e, one, own_e)
    emit.call("subtract", own_e, rest, own_e)
    losses = emit.scratch((count,))
    emit.call("log1p", rest, losses)
    emit.call("subtract", losses, chosen, losses)
    average_into(emit, loss, losses, rows * inner)
    emit.call("add", rest, one, rest)
    emit.call("multiply", rest, emit.full(float(rows), (count,)), rest)
    emit.call("divide", own_e, rest, own_e)
    emit.call("divide", gradient, spread_out(emit, emit.view(rest, "reshape", (count, 1)), gradient), gradient)
    emit.line(f"{elements}[{own}] = {own_e}")


def _single_row_into(emit: Emitter, loss: Buffer, gradient: Buffer, scores: Buffer, t: Buffer, rows: int) -> None:
    """The same for one row: numpy's numbers are several times as fast as its arrays of one element."""
    classes = scores.shape[1]
    elements = emit.view(gradient, "reshape", (classes,))
    emit.line(f"own = {emit.method(t, 'item')}()")
    emit.guard(f"0 <= own < {classes}")
    emit.line(f"peak = {emit.method(scores, 'argmax')}()")
    emit.line(f"{emit.method(gradient, 'fill')}({emit.view(scores, 'reshape', (classes,))}[peak])")
    emit.call("subtract", scores, gradient, gradient)
    emit.line(f"chosen = {elements}[own]")
    emit.call("exp", gradient, gradient)
    emit.line(f"own_e = {elements}[own]")
    emit.line(f"{elements}[peak] = 0.0")
    if has_long_rows(gradient) and classes >= reduction.LONG:
        sums = emit.scratch((1,))
        row_totals_into(emit, sums, gradient)
        emit.line(f"rest = {sums}[0]")
    elif has_long_rows(gradient):
        emit.line(f"rest = {emit.function('add.reduce')}({elements})")
    else:
        emit.line(f"rest = {emit.method(elements, 'dot')}({emit.full(1.0, (classes,))})")
    emit.line(f"{elements}[peak] = 1.0")
    emit.line(f"{emit.method(loss, 'fill')}(float({emit.function('log1p')}(rest) - chosen) / {rows})")
    emit.line(f"scale = (rest + 1.0) * {rows}.0")
    scale = emit.scratch(gradient.shape)
    emit.line(f"{emit.method(scale, 'fill')}(scale)")
    emit.call("divide", gradient, scale, gradient)
    emit.line(f"{elements}[own] = ((own_e - 1.0) - rest) / scale")
