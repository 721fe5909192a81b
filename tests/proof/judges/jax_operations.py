"""Each operation of the language in JAX, written from docs/language.md and docs/operations.md alone.

A second reading beside torch_operations.py, with JAX's own functions: no form of ours runs here, and JAX differentiates
these by itself. What goes to which of equal elements is written out where JAX would divide a gradient among them.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import jax
from jax import lax, nn
from jax import numpy as jnp
from jax.scipy import special

Value: TypeAlias = Any
"""An array of JAX, which need not be there where types are checked."""
Sizes = tuple[int, ...]


def _pow(a: Value, b: Value) -> Value:
    return jnp.exp(b * jnp.log(a)) if bool((a > 0).all()) else jnp.power(a, b)


def _clip(x: Value, low: Value, high: Value) -> Value:
    within = jnp.where(x < low, jnp.where(low > high, high, low), x)
    return jnp.where(x > high, high, within)


# --- along axes -------------------------------------------------------------------------------------------------


def _axes(x: Value, axis: int | Sizes | None) -> Sizes:
    given = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(each % x.ndim for each in given))


def _over(reduce: Callable[..., Value]) -> Callable[..., Value]:
    """A function of JAX that takes several axes by itself."""

    def over(x: Value, axis: int | Sizes | None = None, keepdims: bool = False) -> Value:
        return reduce(x, axis=_axes(x, axis), keepdims=keepdims) if x.ndim else reduce(x[None])

    return over


def _one(reduce: Callable[[Value], Value]) -> Callable[..., Value]:
    """A function of the last axis, over axes put together there in the order of their elements."""

    def along(x: Value, axis: int | Sizes | None = None, keepdims: bool = False) -> Value:
        if not x.ndim:
            return reduce(x[None])
        axes = _axes(x, axis)
        moved = jnp.moveaxis(x, axes, range(x.ndim - len(axes), x.ndim))
        result = reduce(moved.reshape(*moved.shape[: x.ndim - len(axes)], -1))
        return jnp.expand_dims(result, axes) if keepdims else result

    return along


def _at(x: Value, number: Value) -> Value:
    return jnp.take_along_axis(x, number[..., None], axis=-1)[..., 0]


# --- shapes -----------------------------------------------------------------------------------------------------


def _expand(x: Value, shape: Sizes, axis: int | None = None) -> Value:
    return jnp.broadcast_to(x if axis is None else jnp.expand_dims(x, axis), shape)


def _slice(x: Value, start: Sizes, count: Sizes, step: Sizes) -> Value:
    places = tuple(
        first if not by else first + by * jnp.arange(many) for first, many, by in zip(start, count, step, strict=True)
    )
    for axis in reversed(range(len(places))):
        x = jnp.take(x, places[axis], axis=axis)
    return x


def _sides_of(widths: tuple[Any, ...]) -> list[tuple[int, int]]:
    return [(int(each[0]), int(each[1])) if isinstance(each, tuple) else (int(each), int(each)) for each in widths]


def _several(join: Callable[..., Value]) -> Callable[..., Value]:
    return lambda *given: join(given[:-1], axis=given[-1])


# --- layers -----------------------------------------------------------------------------------------------------


def _affine(x: Value, W: Value, b: Value, flatten: bool) -> Value:
    rows = x.reshape(x.shape[0], -1) if flatten and x.ndim > 2 else x
    return jnp.dot(rows, W) + b


def _each(value: int | Sizes, axes: int) -> Sizes:
    return tuple(int(each) for each in value) if isinstance(value, tuple) else (int(value),) * axes


def _sides(padding: Any, size: Sizes, dilation: Sizes) -> list[tuple[int, int]]:
    if padding == "valid":
        return [(0, 0)] * len(size)
    if padding == "same":
        added = [by * (own - 1) for own, by in zip(size, dilation, strict=True)]
        return [(each // 2, each - each // 2) for each in added]
    return _sides_of(padding if isinstance(padding, tuple) else (padding,) * len(size))


def _shift(value: Value, given: tuple[Any, ...]) -> tuple[Value, tuple[Any, ...]]:
    """A bias for each channel, where one is given, and the settings."""
    if not isinstance(given[0], jax.Array):
        return jnp.zeros(()), given
    return given[0].reshape(-1, *(1,) * (value.ndim - 2)), given[1:]


def _conv(x: Value, W: Value, *given: Any) -> Value:
    b, (stride, padding, dilation, groups) = _shift(x, given)
    axes = x.ndim - 2
    by = _each(dilation, axes)
    made = lax.conv_general_dilated(
        x, W, _each(stride, axes), _sides(padding, W.shape[2:], by), rhs_dilation=by, feature_group_count=int(groups)
    )
    return made + b


def _conv_transpose(x: Value, W: Value, *given: Any) -> Value:
    b, (stride, padding, dilation, groups, output_padding) = _shift(x, given)
    axes, groups = x.ndim - 2, int(groups)
    by, more = _each(dilation, axes), _each(output_padding, axes)
    # W [C, O / groups, ...size] is turned, and its two first axes change places, group by group.
    parts = W.reshape(groups, W.shape[0] // groups, *W.shape[1:])
    turned = jnp.flip(jnp.swapaxes(parts, 1, 2), axis=tuple(range(3, 3 + axes)))
    around = _sides(padding, W.shape[2:], by)
    sides = [
        (way * (size - 1) - before, way * (size - 1) - after + added)
        for way, size, (before, after), added in zip(by, W.shape[2:], around, more, strict=True)
    ]
    kernel = turned.reshape(-1, *turned.shape[2:])
    made = lax.conv_general_dilated(
        x, kernel, (1,) * axes, sides, lhs_dilation=_each(stride, axes), rhs_dilation=by, feature_group_count=groups
    )
    return made + b


def _windows(x: Value, size: Any, stride: Any, padding: Any, value: float) -> Value:
    axes = x.ndim - 2
    sizes = _each(size, axes)
    steps = sizes if stride is None else _each(stride, axes)
    made = jnp.pad(x, [(0, 0), (0, 0), *_sides(padding, sizes, (1,) * axes)], constant_values=value)
    for axis in range(axes):
        counts = (made.shape[axis + 2] - sizes[axis]) // steps[axis] + 1
        places = jnp.arange(counts)[:, None] * steps[axis] + jnp.arange(sizes[axis])
        made = jnp.moveaxis(jnp.take(made, places, axis=axis + 2), axis + 3, -1)
    return made.reshape(*made.shape[: 2 + axes], -1)


def _max_pool(x: Value, size: Any, stride: Any, padding: Any) -> Value:
    found = _windows(x, size, stride, padding, -math.inf)
    return _at(found, jnp.argmax(found, axis=-1))


# --- losses -----------------------------------------------------------------------------------------------------


def _weighted(losses: Value, weight: Value) -> Value:
    weight = weight.astype(jnp.float64)
    return jnp.zeros(()) if bool((weight == 0).all()) else jnp.vdot(weight, losses) / weight.sum()


def _shares(scores: Value, t: Value) -> Value:
    return nn.one_hot(t, scores.shape[-1], dtype=jnp.float64) if t.ndim < scores.ndim else t.astype(jnp.float64)


def _softmax_losses(scores: Value, t: Value, smoothing: float) -> Value:
    shares = (1 - smoothing) * _shares(scores, t) + smoothing / scores.shape[-1]
    return (shares * (special.logsumexp(scores, axis=-1, keepdims=True) - scores)).sum(-1)


def _cross_entropies(p: Value, t: Value, eps: float) -> Value:
    return -(_shares(p, t) * jnp.log(p + eps)).sum(-1)


def _sigmoid_losses(scores: Value, t: Value) -> Value:
    t = t.astype(jnp.float64)
    return -(t * nn.log_sigmoid(scores) + (1 - t) * nn.log_sigmoid(-scores))


def _huber(y: Value, t: Value, delta: float) -> Value:
    off = y - t
    return jnp.where(jnp.abs(off) <= delta, off**2 / 2, delta * jnp.abs(off) - delta**2 / 2)


def _half_squares(y: Value, t: Value, rows: int) -> Value:
    return jnp.square(y - t) * (y.size / (2 * rows))


def _mean_of(losses: Callable[..., Value]) -> Callable[..., Value]:
    return lambda y, t, *settings: losses(y, t, *settings).mean()


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
    "pow": _pow,
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
    "softmax": lambda x, axis: nn.softmax(x, axis=axis),
    "log-softmax": lambda x, axis: nn.log_softmax(x, axis=axis),
    "matmul": jnp.matmul,
    "affine": _affine,
    "sum": _over(jnp.sum),
    "mean": _over(jnp.mean),
    "max": _one(lambda x: _at(x, jnp.argmax(x, axis=-1))),
    "min": _one(lambda x: _at(x, jnp.argmin(x, axis=-1))),
    "argmax": _one(lambda x: jnp.argmax(x, axis=-1)),
    "argmin": _one(lambda x: jnp.argmin(x, axis=-1)),
    "logsumexp": _over(special.logsumexp),
    "prod": _over(jnp.prod),
    "cumsum": lambda x, axis: jnp.cumsum(x, axis=0 if axis is None else axis) if x.ndim else x,
    "identity": lambda x: x,
    "real": lambda x: x.astype(jnp.float64),
    "flatten": lambda x: x if x.ndim == 1 else x.reshape(x.shape[0], -1),
    "transpose": lambda x, axes=None: jnp.swapaxes(x, -1, -2) if axes is None else jnp.transpose(x, axes),
    "one-hot": lambda t, classes: nn.one_hot(t, classes, dtype=jnp.float64),
    "reshape": jnp.reshape,
    "expand": _expand,
    "reshape_like": lambda x, like: jnp.reshape(x, like.shape),
    "slice": _slice,
    "pad": lambda x, widths, value: jnp.pad(x, _sides_of(widths), constant_values=value),
    "concat": _several(jnp.concatenate),
    "stack": _several(jnp.stack),
    "take": lambda x, indices, axis: jnp.take(x, indices, axis=axis),
    "range": jnp.arange,
    "conv": _conv,
    "shifted-conv": _conv,
    "conv_transpose": _conv_transpose,
    "shifted-conv-transpose": _conv_transpose,
    "max_pool": _max_pool,
    "mean_pool": lambda x, size, stride, padding: _windows(x, size, stride, padding, 0.0).mean(-1),
    "mse": _mean_of(lambda y, t: jnp.square(y - t)),
    "weighted-mse": _weighted_mean_of(lambda y, t: jnp.square(y - t)),
    "quadratic-loss": _mean_of(_half_squares),
    "weighted-quadratic-loss": _weighted_mean_of(_half_squares),
    "sigmoid_loss": _mean_of(_sigmoid_losses),
    "weighted-sigmoid-loss": _weighted_mean_of(_sigmoid_losses),
    "huber": _mean_of(_huber),
    "weighted-huber": _weighted_mean_of(_huber),
    "softmax-loss": lambda scores, t, smoothing, rows: _softmax_losses(scores, t, smoothing).mean(),
    "weighted-softmax-loss": _weighted_mean_of(_softmax_losses),
    "cross-entropy": lambda p, t, eps, rows: _cross_entropies(p, t, eps).mean(),
    "weighted-cross-entropy": _weighted_mean_of(_cross_entropies),
}
"""By the name of a node's operation, from the values of its operands and its attributes."""
