"""Each operation of the language in PyTorch, written from docs/language.md and docs/operations.md alone.

No value or gradient of ours takes part: PyTorch differentiates these by itself. What goes to which of equal elements is
written out where PyTorch would divide a gradient among them.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import torch
from torch.nn import functional

Tensor: TypeAlias = Any
"""One of PyTorch, which need not be there where types are checked."""
Sizes = tuple[int, ...]


def _where(c: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return torch.where(c != 0, a, b)


def _pow(a: Tensor, b: Tensor) -> Tensor:
    # PyTorch's own has wrong second derivatives where an exponent is 0: of (0.5 + sigmoid(x)) ** x at 0 it gives 0.25,
    # and the right one is 0.5.
    return torch.exp(b * torch.log(a)) if bool((a > 0).all()) else torch.pow(a, b)


def _maximum(a: Tensor, b: Tensor) -> Tensor:
    return torch.where((a > b) | a.isnan(), a, b)


def _minimum(a: Tensor, b: Tensor) -> Tensor:
    return torch.where((a < b) | a.isnan(), a, b)


def _clip(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    return torch.where(x > high, high, torch.where(x < low, torch.where(low > high, high, low), x))


def _floor(x: Tensor) -> Tensor:
    return torch.floor(x).to(torch.int64)


# --- along axes -------------------------------------------------------------------------------------------------


def _axes(x: Tensor, axis: int | Sizes | None) -> Sizes:
    if axis is None:
        return tuple(range(x.ndim))
    return tuple(each % x.ndim for each in (axis if isinstance(axis, tuple) else (axis,)))


def _reduction(reduce: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """A reduction along axes, by one along the last axis that holds all of their elements, in their order."""

    def along(x: Tensor, axis: int | Sizes | None = None, keepdims: bool = False) -> Tensor:
        if not x.ndim:
            return reduce(x.reshape(1))
        axes = _axes(x, axis)
        kept = [each for each in range(x.ndim) if each not in axes]
        moved = x.permute(*kept, *sorted(axes)).reshape(*[x.shape[each] for each in kept], -1)
        result = reduce(moved)
        return (
            result.reshape([1 if each in axes else size for each, size in enumerate(x.shape)]) if keepdims else result
        )

    return along


def _first(x: Tensor, number: Tensor) -> Tensor:
    return torch.gather(x, -1, number[..., None])[..., 0]


def _cumsum(x: Tensor, axis: int | None) -> Tensor:
    return torch.cumsum(x, 0 if axis is None else axis)


# --- shapes -----------------------------------------------------------------------------------------------------


def _flatten(x: Tensor) -> Tensor:
    return x if x.ndim == 1 else x.reshape(x.shape[0], -1)


def _transpose(x: Tensor, axes: Sizes | None = None) -> Tensor:
    return x.transpose(-1, -2) if axes is None else x.permute(*axes)


def _expand(x: Tensor, shape: Sizes, axis: int | None = None) -> Tensor:
    return (x if axis is None else x.unsqueeze(axis)).expand(*shape)


def _slice(x: Tensor, start: Sizes, count: Sizes, step: Sizes) -> Tensor:
    for axis, (first, many, by) in enumerate(zip(start, count, step, strict=True)):
        x = torch.index_select(x, axis, torch.arange(many) * (by or 1) + first)
    return x.reshape([many for many, by in zip(count, step, strict=True) if by])


def _pad(x: Tensor, widths: tuple[Any, ...], value: float) -> Tensor:
    given = [each if isinstance(each, tuple) else (each, each) for each in widths]
    flat = [int(side) for pair in reversed(given) for side in pair]
    return functional.pad(x, flat, value=value) if x.is_floating_point() else functional.pad(x, flat, value=int(value))


def _alike(parts: tuple[Tensor, ...]) -> list[Tensor]:
    real = any(part.is_floating_point() for part in parts)
    return [part.to(torch.float64) if real else part for part in parts]


def _concat(*given: Any) -> Tensor:
    return torch.cat(_alike(given[:-1]), dim=given[-1])


def _stack(*given: Any) -> Tensor:
    return torch.stack(_alike(given[:-1]), dim=given[-1])


def _take(x: Tensor, indices: Tensor, axis: int) -> Tensor:
    axis %= x.ndim
    picked = torch.index_select(x, axis, indices.reshape(-1))
    return picked.reshape([*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]])


# --- layers -----------------------------------------------------------------------------------------------------


def _affine(x: Tensor, W: Tensor, b: Tensor, flatten: bool) -> Tensor:
    rows = x.reshape(x.shape[0], -1) if flatten and x.ndim > 2 else x
    return rows @ W + b


def _each(value: int | Sizes, axes: int) -> Sizes:
    return tuple(int(each) for each in value) if isinstance(value, tuple) else (int(value),) * axes


def _sides(padding: Any, size: Sizes, dilation: Sizes) -> list[tuple[int, int]]:
    """What is added before and behind each axis of space."""
    if padding == "valid":
        return [(0, 0)] * len(size)
    if padding == "same":
        added = [by * (own - 1) for own, by in zip(size, dilation, strict=True)]
        return [(each // 2, each - each // 2) for each in added]
    given = padding if isinstance(padding, tuple) else (padding,) * len(size)
    return [(int(each[0]), int(each[1])) if isinstance(each, tuple) else (int(each), int(each)) for each in given]


def _padded(x: Tensor, sides: list[tuple[int, int]], value: float) -> Tensor:
    return functional.pad(x, [each for pair in reversed(sides) for each in pair], value=value)


CONV = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
CONV_TRANSPOSE = {1: functional.conv_transpose1d, 2: functional.conv_transpose2d, 3: functional.conv_transpose3d}


def _conv(x: Tensor, W: Tensor, *given: Any) -> Tensor:
    b, (stride, padding, dilation, groups) = (
        (given[0], given[1:]) if isinstance(given[0], torch.Tensor) else (None, given)
    )
    axes = x.ndim - 2
    by = _each(dilation, axes)
    padded = _padded(x, _sides(padding, tuple(W.shape[2:]), by), 0.0)
    return CONV[axes](padded, W, b, stride=_each(stride, axes), dilation=by, groups=int(groups))


def _conv_transpose(x: Tensor, W: Tensor, *given: Any) -> Tensor:
    b, settings = (given[0], given[1:]) if isinstance(given[0], torch.Tensor) else (None, given)
    stride, padding, dilation, groups, output_padding = settings
    axes = x.ndim - 2
    by, more = _each(dilation, axes), _each(output_padding, axes)
    sides = _sides(padding, tuple(W.shape[2:]), by)
    step = _each(stride, axes)
    whole = CONV_TRANSPOSE[axes](x, W, None, stride=step, dilation=by, groups=int(groups))
    for axis, ((before, after), added) in enumerate(zip(sides, more, strict=True), 2):
        missing = max(0, added - after)  # what is asked for beyond the last window is 0
        whole = functional.pad(whole, [0, 0] * (whole.ndim - 1 - axis) + [0, missing]) if missing else whole
        whole = whole.narrow(axis, before, whole.shape[axis] - before - after + min(added, after))
    return whole if b is None else whole + b.reshape(-1, *(1,) * axes)


def _windows(x: Tensor, size: Any, stride: Any, padding: Any, value: float) -> Tensor:
    axes = x.ndim - 2
    sizes = _each(size, axes)
    steps = sizes if stride is None else _each(stride, axes)
    made = _padded(x, _sides(padding, sizes, (1,) * axes), value)
    for axis in range(axes):
        made = made.unfold(axis + 2, sizes[axis], steps[axis])
    return made.flatten(-axes)


def _max_pool(x: Tensor, size: Any, stride: Any, padding: Any) -> Tensor:
    found = _windows(x, size, stride, padding, -math.inf)
    return _first(found, torch.argmax(found, dim=-1))


def _mean_pool(x: Tensor, size: Any, stride: Any, padding: Any) -> Tensor:
    return _windows(x, size, stride, padding, 0.0).mean(dim=-1)


# --- losses -----------------------------------------------------------------------------------------------------


def _weighted(losses: Tensor, weight: Tensor) -> Tensor:
    """Their mean by weight; 0 where all weights are 0."""
    weight = weight.to(torch.float64)
    return torch.sum(losses) * 0.0 if bool((weight == 0).all()) else torch.sum(weight * losses) / torch.sum(weight)


def _shares(scores: Tensor, t: Tensor) -> Tensor:
    """The target as a weight for each class."""
    numbers = t.ndim < scores.ndim
    return functional.one_hot(t, scores.shape[-1]).to(torch.float64) if numbers else t.to(torch.float64)


def _softmax_losses(scores: Tensor, t: Tensor, smoothing: float) -> Tensor:
    shares = _shares(scores, t) * (1 - smoothing) + smoothing / scores.shape[-1]
    return -torch.sum(shares * torch.log_softmax(scores, -1), -1)


def _cross_entropies(p: Tensor, t: Tensor, eps: float) -> Tensor:
    return -torch.sum(_shares(p, t) * torch.log(p + eps), -1)


def _sigmoid_losses(scores: Tensor, t: Tensor) -> Tensor:
    return torch.logaddexp(scores, torch.zeros_like(scores)) - t.to(torch.float64) * scores


def _huber(y: Tensor, t: Tensor, delta: float) -> Tensor:
    size = torch.abs(y - t)
    # At delta both arms have one slope and two second derivatives; the page's `clip` passes there.
    return torch.where(size <= delta, (y - t) ** 2 / 2, delta * (size - delta / 2))


def _half_squares(y: Tensor, t: Tensor, rows: int) -> Tensor:
    """Whose mean over all elements is half the squared distance over N rows."""
    return (y - t) ** 2 / 2 * (y.numel() / rows)


def _mean_of(losses: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda y, t, *settings: torch.mean(losses(y, t, *settings))


def _weighted_mean_of(losses: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda y, t, weight, *settings: _weighted(losses(y, t, *settings), weight)


OPERATIONS: Mapping[str, Callable[..., Tensor]] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "neg": torch.neg,
    "exp": torch.exp,
    "log": torch.log,
    "abs": torch.abs,
    "pow": _pow,
    "sqrt": torch.sqrt,
    "sin": torch.sin,
    "cos": torch.cos,
    "log1p": torch.log1p,
    "expm1": torch.expm1,
    "erf": torch.erf,
    "sign": torch.sign,
    "floor": _floor,
    "less": lambda a, b: (a < b).to(torch.int64),
    "equal": lambda a, b: (a == b).to(torch.int64),
    "detach": lambda x: x.detach(),
    "where": _where,
    "maximum": _maximum,
    "minimum": _minimum,
    "clip": _clip,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
    "softmax": lambda x, axis: torch.softmax(x, axis),
    "log-softmax": lambda x, axis: torch.log_softmax(x, axis),
    "matmul": torch.matmul,
    "affine": _affine,
    "sum": _reduction(lambda x: x.sum(-1)),
    "mean": _reduction(lambda x: x.mean(-1)),
    "max": _reduction(lambda x: _first(x, torch.argmax(x, -1))),
    "min": _reduction(lambda x: _first(x, torch.argmin(x, -1))),
    "argmax": _reduction(lambda x: torch.argmax(x, -1)),
    "argmin": _reduction(lambda x: torch.argmin(x, -1)),
    "logsumexp": _reduction(lambda x: torch.logsumexp(x, -1)),
    "prod": _reduction(lambda x: torch.prod(x, -1)),
    "cumsum": _cumsum,
    "identity": lambda x: x,
    "real": lambda x: x.to(torch.float64),
    "flatten": _flatten,
    "transpose": _transpose,
    "one-hot": lambda t, classes: functional.one_hot(t, classes).to(torch.float64),
    "reshape": lambda x, shape: x.reshape(*shape),
    "expand": _expand,
    "reshape_like": lambda x, like: x.reshape(like.shape),
    "slice": _slice,
    "pad": _pad,
    "concat": _concat,
    "stack": _stack,
    "take": _take,
    "range": lambda n: torch.arange(n),
    "conv": _conv,
    "shifted-conv": _conv,
    "conv_transpose": _conv_transpose,
    "shifted-conv-transpose": _conv_transpose,
    "max_pool": _max_pool,
    "mean_pool": _mean_pool,
    "mse": _mean_of(lambda y, t: (y - t) ** 2),
    "weighted-mse": _weighted_mean_of(lambda y, t: (y - t) ** 2),
    "quadratic-loss": _mean_of(_half_squares),
    "weighted-quadratic-loss": _weighted_mean_of(_half_squares),
    "sigmoid_loss": _mean_of(_sigmoid_losses),
    "weighted-sigmoid-loss": _weighted_mean_of(_sigmoid_losses),
    "huber": _mean_of(_huber),
    "weighted-huber": _weighted_mean_of(_huber),
    "softmax-loss": lambda scores, t, smoothing, rows: torch.mean(_softmax_losses(scores, t, smoothing)),
    "weighted-softmax-loss": _weighted_mean_of(_softmax_losses),
    "cross-entropy": lambda p, t, eps, rows: torch.mean(_cross_entropies(p, t, eps)),
    "weighted-cross-entropy": _weighted_mean_of(_cross_entropies),
}
"""By the name of a node's operation, from the values of its operands and its attributes."""
