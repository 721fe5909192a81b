"""Each operation of the language in JAX, written from docs/language.md and docs/operations.md alone.

A second reading beside torch_operations.py, with JAX's own functions: no form of ours runs here, and JAX differentiates
these by itself. What goes to which of equal elements is written out where JAX would divide a gradient among them.

Where elements only change places, `lax` says it in one primitive: JAX takes a tenth of the time to trace that.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import jax
import numpy as np
from jax import lax, nn
from jax import numpy as jnp
from jax.scipy import special

Value: TypeAlias = Any
"""An array of JAX, which need not be there where types are checked."""
Sizes = tuple[int, ...]


def _pow_of_positive(a: Value, b: Value) -> Value:
    return jnp.exp(b * jnp.log(a))


def _clip(x: Value, low: Value, high: Value) -> Value:
    within = jnp.where(x < low, jnp.where(low > high, high, low), x)
    return jnp.where(x > high, high, within)


# --- along axes -------------------------------------------------------------------------------------------------


def _axes(x: Value, axis: int | Sizes | None) -> Sizes:
    given = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(each % x.ndim for each in given))


def _over(reduce: Callable[..., Value]) -> Callable[..., Value]:
    """A reduction over several axes, of which `reduce(x, axes)` takes them away."""

    def over(x: Value, axis: int | Sizes | None = None, keepdims: bool = False) -> Value:
        axes = _axes(x, axis)
        return lax.expand_dims(reduce(x, axes), axes) if keepdims else reduce(x, axes)

    return over


def _sum(x: Value, axes: Sizes) -> Value:
    return lax.reduce(x, np.float64(0), lax.add, axes)


def _mean(x: Value, axes: Sizes) -> Value:
    return lax.div(_sum(x, axes), float(math.prod(x.shape[axis] for axis in axes)))


def _again(x: Value, like: Value, axes: Sizes) -> Value:
    """What a reduction took away, again: each element as often as `like` has elements along the axes."""
    return lax.broadcast_in_dim(x, like.shape, tuple(axis for axis in range(like.ndim) if axis not in axes))


def _below_largest(x: Value, axes: Sizes) -> tuple[Value, Value]:
    """How far elements are below their largest, which is held, and that one."""
    largest = lax.stop_gradient(lax.reduce(x, np.float64(-math.inf), lax.max, axes))
    return lax.sub(x, _again(largest, x, axes)), largest


def _prod(x: Value, axes: Sizes) -> Value:
    return jnp.prod(x, axis=axes)


def _logsumexp(x: Value, axes: Sizes) -> Value:
    below, largest = _below_largest(x, axes)
    return lax.add(lax.log(_sum(lax.exp(below), axes)), largest)


def _log_softmax(x: Value, axis: int) -> Value:
    axes = _axes(x, axis)
    return lax.sub(x, _again(_logsumexp(x, axes), x, axes))


def _softmax(x: Value, axis: int) -> Value:
    axes = _axes(x, axis)
    powers = lax.exp(_below_largest(x, axes)[0])
    return lax.div(powers, _again(_sum(powers, axes), x, axes))


def _one(reduce: Callable[[Value], Value]) -> Callable[..., Value]:
    """A function of the last axis, over axes put together there in the order of their elements."""

    def along(x: Value, axis: int | Sizes | None = None, keepdims: bool = False) -> Value:
        axes = _axes(x, axis)
        left = tuple(each for each in range(x.ndim) if each not in axes)
        moved = lax.transpose(x, (*left, *axes))
        result = reduce(lax.reshape(moved, (*moved.shape[: len(left)], math.prod(moved.shape[len(left) :]))))
        return lax.expand_dims(result, axes) if keepdims else result

    return along


def _at(x: Value, number: Value) -> Value:
    """Of the last axis the element of a number, which each place before it has for itself."""
    flat = lax.reshape(x, (x.size,))
    rows = np.arange(x.size // x.shape[-1]).reshape(number.shape) * x.shape[-1]
    return _taken(flat, number + rows, 0)


def _taken(x: Value, places: Value, axis: int) -> Value:
    """What stands at places along an axis, all of which there are."""
    places = jnp.asarray(places)
    offset = (*range(axis), *range(axis + places.ndim, x.ndim - 1 + places.ndim))
    numbers = lax.GatherDimensionNumbers(offset, (axis,), (axis,))
    sizes = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    mode = lax.GatherScatterMode.PROMISE_IN_BOUNDS
    return lax.gather(x, lax.expand_dims(places, (places.ndim,)), numbers, sizes, mode=mode)


# --- shapes -----------------------------------------------------------------------------------------------------


def _expand(x: Value, shape: Sizes, axis: int | None = None) -> Value:
    behind = len(shape) - x.ndim
    axes = (
        range(behind, len(shape)) if axis is None else [each for each in range(len(shape)) if each != axis % len(shape)]
    )
    return lax.broadcast_in_dim(x, shape, tuple(axes))


def _slice(x: Value, start: Sizes, count: Sizes, step: Sizes) -> Value:
    """A step of 0 takes one element, and its axis away."""
    whole = list(zip(start, count, step, strict=True))
    low = [first + min(by, 0) * (many - 1) for first, many, by in whole]
    high = [each + abs(by) * (many - 1) + 1 for each, (_, many, by) in zip(low, whole, strict=True)]
    taken = lax.slice(x, low, high, [abs(by) or 1 for _, _, by in whole])
    turned = lax.rev(taken, [axis for axis, (_, _, by) in enumerate(whole) if by < 0])
    return lax.squeeze(turned, [axis for axis, (_, _, by) in enumerate(whole) if not by])


def _transpose(x: Value, axes: Sizes | None = None) -> Value:
    return lax.transpose(x, axes if axes is not None else (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def _flatten(x: Value) -> Value:
    return x if x.ndim == 1 else lax.reshape(x, (x.shape[0], x.size // x.shape[0]))


def _concat(*given: Any) -> Value:
    *parts, axis = given
    return lax.concatenate(parts, axis % parts[0].ndim)


def _stack(*given: Any) -> Value:
    *parts, axis = given
    place = axis % (parts[0].ndim + 1)
    return lax.concatenate([lax.expand_dims(part, (place,)) for part in parts], place)


def _one_hot(t: Value, classes: int) -> Value:
    return (t[..., None] == np.arange(classes)).astype(jnp.float64)


def _sides_of(widths: tuple[Any, ...]) -> list[tuple[int, int]]:
    return [(int(each[0]), int(each[1])) if isinstance(each, tuple) else (int(each), int(each)) for each in widths]


# --- layers -----------------------------------------------------------------------------------------------------


def _matmul(a: Value, b: Value) -> Value:
    if b.ndim > 2 or (a.ndim > 2 and b.ndim > 1):
        return jnp.matmul(a, b)
    return lax.dot_general(a, b, (((a.ndim - 1,), (max(b.ndim - 2, 0),)), ((), ())))


def _affine(x: Value, W: Value, b: Value, flatten: bool) -> Value:
    rows = lax.reshape(x, (x.shape[0], x.size // x.shape[0])) if flatten and x.ndim > 2 else x
    made = lax.dot_general(rows, W, (((rows.ndim - 1,), (0,)), ((), ())))
    return lax.add(made, lax.broadcast_in_dim(b, made.shape, tuple(range(made.ndim - b.ndim, made.ndim))))


def _each(value: int | Sizes, axes: int) -> Sizes:
    return tuple(int(each) for each in value) if isinstance(value, tuple) else (int(value),) * axes


def _sides(padding: Any, size: Sizes, dilation: Sizes) -> list[tuple[int, int]]:
    if padding == "valid":
        return [(0, 0)] * len(size)
    if padding == "same":
        added = [by * (own - 1) for own, by in zip(size, dilation, strict=True)]
        return [(each // 2, each - each // 2) for each in added]
    return _sides_of(padding if isinstance(padding, tuple) else (padding,) * len(size))


def _shift(given: tuple[Any, ...]) -> tuple[Value | None, tuple[Any, ...]]:
    """A bias for each channel, where one is given, and the settings."""
    return (given[0], given[1:]) if isinstance(given[0], jax.Array) else (None, given)


def _shifted(made: Value, b: Value | None) -> Value:
    return made if b is None else lax.add(made, lax.broadcast_in_dim(b, made.shape, (1,)))


def _conv(x: Value, W: Value, *given: Any) -> Value:
    b, (stride, padding, dilation, groups) = _shift(given)
    axes = x.ndim - 2
    by = _each(dilation, axes)
    made = lax.conv_general_dilated(
        x, W, _each(stride, axes), _sides(padding, W.shape[2:], by), rhs_dilation=by, feature_group_count=int(groups)
    )
    return _shifted(made, b)


def _conv_transpose(x: Value, W: Value, *given: Any) -> Value:
    b, (stride, padding, dilation, groups, output_padding) = _shift(given)
    axes, groups = x.ndim - 2, int(groups)
    by, more = _each(dilation, axes), _each(output_padding, axes)
    # W [C, O / groups, ...size] is turned, and its two first axes change places, group by group.
    parts = lax.reshape(W, (groups, W.shape[0] // groups, *W.shape[1:]))
    changed = lax.transpose(parts, (0, 2, 1, *range(3, 3 + axes)))
    turned = lax.rev(changed, tuple(range(3, 3 + axes)))
    around = _sides(padding, W.shape[2:], by)
    sides = [
        (way * (size - 1) - before, way * (size - 1) - after + added)
        for way, size, (before, after), added in zip(by, W.shape[2:], around, more, strict=True)
    ]
    kernel = lax.reshape(turned, (turned.shape[0] * turned.shape[1], *turned.shape[2:]))
    made = lax.conv_general_dilated(
        x, kernel, (1,) * axes, sides, lhs_dilation=_each(stride, axes), rhs_dilation=by, feature_group_count=groups
    )
    return _shifted(made, b)


def _windows(x: Value, size: Any, stride: Any, padding: Any, value: float) -> Value:
    axes = x.ndim - 2
    sizes = _each(size, axes)
    steps = sizes if stride is None else _each(stride, axes)
    made = lax.pad(
        x, jnp.float64(value), [(0, 0, 0), (0, 0, 0), *((*side, 0) for side in _sides(padding, sizes, (1,) * axes))]
    )
    space = made.shape[2:]
    counts = [(own - size) // step + 1 for own, size, step in zip(space, sizes, steps, strict=True)]
    number = np.arange(math.prod(space)).reshape(space)
    inside = np.lib.stride_tricks.sliding_window_view(number, sizes)[tuple(slice(None, None, step) for step in steps)]
    places = inside[tuple(slice(count) for count in counts)].reshape(*counts, -1)
    return _taken(lax.reshape(made, (*made.shape[:2], number.size)), places, 2)


def _max_pool(x: Value, size: Any, stride: Any, padding: Any) -> Value:
    found = _windows(x, size, stride, padding, -math.inf)
    return _at(found, jnp.argmax(found, axis=-1))


def _mean_pool(x: Value, size: Any, stride: Any, padding: Any) -> Value:
    found = _windows(x, size, stride, padding, 0.0)
    return _mean(found, (found.ndim - 1,))


# --- losses -----------------------------------------------------------------------------------------------------


def _total(x: Value) -> Value:
    return _sum(x, tuple(range(x.ndim)))


def _average(x: Value) -> Value:
    return lax.div(_total(x), float(x.size))


def _weighted(losses: Value, weight: Value) -> Value:
    weight = weight.astype(jnp.float64)
    return lax.div(_total(lax.mul(weight, losses)), _total(weight))


def _shares(scores: Value, t: Value) -> Value:
    return _one_hot(t, scores.shape[-1]) if t.ndim < scores.ndim else t.astype(jnp.float64)


def _softmax_losses(scores: Value, t: Value, smoothing: float) -> Value:
    shares = lax.add(lax.mul(_shares(scores, t), 1.0 - smoothing), smoothing / scores.shape[-1])
    return lax.neg(_sum(lax.mul(shares, _log_softmax(scores, -1)), (scores.ndim - 1,)))


def _cross_entropies(p: Value, t: Value, eps: float) -> Value:
    return lax.neg(_sum(lax.mul(_shares(p, t), lax.log(lax.add(p, float(eps)))), (p.ndim - 1,)))


def _sigmoid_losses(scores: Value, t: Value) -> Value:
    t = t.astype(jnp.float64)
    return -(t * nn.log_sigmoid(scores) + (1 - t) * nn.log_sigmoid(-scores))


def _huber(y: Value, t: Value, delta: float) -> Value:
    off = y - t
    return jnp.where(jnp.abs(off) <= delta, off**2 / 2, delta * jnp.abs(off) - delta**2 / 2)


def _half_squares(y: Value, t: Value, rows: int) -> Value:
    return jnp.square(y - t) * (y.size / (2 * rows))


def _mean_of(losses: Callable[..., Value]) -> Callable[..., Value]:
    return lambda y, t, *settings: _average(losses(y, t, *settings))


def _weighted_mean_of(losses: Callable[..., Value]) -> Callable[..., Value]:
    return lambda y, t, weight, *settings: _weighted(losses(y, t, *settings), weight)


OPERATIONS: Mapping[str, Callable[..., Value]] = {
    "add": jnp.add,
    "sub": jnp.subtract,
    "mul": jnp.multiply,
    "div": jnp.divide,
    "neg": jnp.negative,
    "exp": jnp.exp,
    "log": jnp.log,
    "abs": lambda x: jnp.where(x > 0, x, jnp.where(x < 0, -x, 0.0)),
    "pow": jnp.power,
    "sqrt": jnp.sqrt,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "log1p": jnp.log1p,
    "expm1": jnp.expm1,
    "erf": special.erf,
    "sign": jnp.sign,
    "floor": lambda x: jnp.floor(x).astype(jnp.int64),
    "less": lambda a, b: jnp.less(a, b).astype(jnp.int64),
    "equal": lambda a, b: jnp.equal(a, b).astype(jnp.int64),
    "detach": lax.stop_gradient,
    "where": lambda c, a, b: jnp.where(c != 0, a, b),
    "maximum": lambda a, b: jnp.where((a > b) | jnp.isnan(a), a, b),
    "minimum": lambda a, b: jnp.where((a < b) | jnp.isnan(a), a, b),
    "clip": _clip,
    "relu": nn.relu,
    "sigmoid": nn.sigmoid,
    "tanh": jnp.tanh,
    "softplus": lambda x: -nn.log_sigmoid(-x),
    "softmax": _softmax,
    "log-softmax": _log_softmax,
    "matmul": _matmul,
    "affine": _affine,
    "sum": _over(_sum),
    "mean": _over(_mean),
    "max": _one(lambda x: _at(x, jnp.argmax(x, axis=-1))),
    "min": _one(lambda x: _at(x, jnp.argmin(x, axis=-1))),
    "argmax": _one(lambda x: jnp.argmax(x, axis=-1)),
    "argmin": _one(lambda x: jnp.argmin(x, axis=-1)),
    "logsumexp": _over(_logsumexp),
    "prod": _over(_prod),
    "cumsum": lambda x, axis: jnp.cumsum(x, axis=0 if axis is None else axis) if x.ndim else x,
    "identity": lambda x: x,
    "real": lambda x: x.astype(jnp.float64),
    "flatten": _flatten,
    "transpose": _transpose,
    "one-hot": _one_hot,
    "reshape": lax.reshape,
    "expand": _expand,
    "reshape_like": lambda x, like: lax.reshape(x, like.shape),
    "slice": _slice,
    "pad": lambda x, widths, value: lax.pad(x, jnp.float64(value), [(*side, 0) for side in _sides_of(widths)]),
    "concat": _concat,
    "stack": _stack,
    "take": lambda x, indices, axis: _taken(x, indices, axis % x.ndim),
    "range": jnp.arange,
    "conv": _conv,
    "shifted-conv": _conv,
    "conv_transpose": _conv_transpose,
    "shifted-conv-transpose": _conv_transpose,
    "max_pool": _max_pool,
    "mean_pool": _mean_pool,
    "mse": _mean_of(lambda y, t: jnp.square(y - t)),
    "weighted-mse": _weighted_mean_of(lambda y, t: jnp.square(y - t)),
    "quadratic-loss": _mean_of(_half_squares),
    "weighted-quadratic-loss": _weighted_mean_of(_half_squares),
    "sigmoid_loss": _mean_of(_sigmoid_losses),
    "weighted-sigmoid-loss": _weighted_mean_of(_sigmoid_losses),
    "huber": _mean_of(_huber),
    "weighted-huber": _weighted_mean_of(_huber),
    "softmax-loss": lambda scores, t, smoothing, rows: _average(_softmax_losses(scores, t, smoothing)),
    "weighted-softmax-loss": _weighted_mean_of(_softmax_losses),
    "cross-entropy": lambda p, t, eps, rows: _average(_cross_entropies(p, t, eps)),
    "weighted-cross-entropy": _weighted_mean_of(_cross_entropies),
}
"""By the name of a node's operation, from the values of its operands and its attributes."""


def operation(name: str, operands: Sequence[np.ndarray[Any, Any]]) -> tuple[Callable[..., Value], bool]:
    """The function for operands of these values, and whether they ask for another one than all others do.

    A traced function cannot look at values: powers of positive numbers are written by exp and log, whose second
    derivatives are right where an exponent is 0, and where all rows weigh nothing a loss is 0.
    """
    if name == "pow" and bool(np.all(operands[0] > 0)):
        return _pow_of_positive, True
    if name.startswith("weighted-") and not np.any(operands[2]):
        return lambda *_: jnp.zeros(()), True
    return OPERATIONS[name], False
