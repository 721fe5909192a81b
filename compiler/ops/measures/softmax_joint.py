"""The lines of softmax-loss and its gradient together, for class numbers: nearly every classifier's step takes them."""

import math

from ..emitter import Buffer, Emitter
from ..emitter import spread as spread_out
from ..reductions import reduction
from ..reductions.reduction import average_into, has_long_rows, row_totals_into
from .class_targets import rows_within


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
