"""What each primitive of JAX that occurs in the judge's functions computes, in NumPy, float64.

`jax.make_jaxpr` says which ones, and JAX's own rules of differentiation have made them; here they are only carried out.
Each is held against JAX itself (tests/test_random_programs.py), which carries out those that are missing here.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from scipy import special

Array: TypeAlias = Any
Settings: TypeAlias = Mapping[str, Any]
"""The parameters of an equation, by JAX's names."""


def _plain(function: Callable[..., Array]) -> Callable[..., Array]:
    """A function of its operands alone."""
    return lambda settings, *operands: function(*operands)


def _logistic(x: Array) -> Array:
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))


def _select(settings: Settings, which: Array, *cases: Array) -> Array:
    if len(cases) == 2:
        return np.where(which, cases[1], cases[0])
    return np.choose(which, cases)


def _broadcast(settings: Settings, x: Array) -> Array:
    shape, x = settings["shape"], np.asarray(x)
    if not shape:
        return x  # of an elementwise function, which was traced for single numbers
    own = [1] * len(shape)
    for axis, size in zip(settings["broadcast_dimensions"], x.shape, strict=True):
        own[axis] = size
    return np.broadcast_to(x.reshape(own), shape)


def _reshape(settings: Settings, x: Array) -> Array:
    order = settings.get("dimensions")
    return np.reshape(x if order is None else np.transpose(x, order), settings["new_sizes"])


def _reduce(function: Callable[..., Array]) -> Callable[..., Array]:
    return lambda settings, x: function(x, axis=tuple(settings["axes"])) if settings["axes"] else x


def _argument(function: Callable[..., Array]) -> Callable[..., Array]:
    return lambda settings, x: function(x, axis=settings["axes"][0]).astype(settings["index_dtype"])


def _cumulative(settings: Settings, x: Array) -> Array:
    axis = settings["axis"]
    return np.flip(np.cumsum(np.flip(x, axis), axis), axis) if settings["reverse"] else np.cumsum(x, axis)


def _iota(settings: Settings) -> Array:
    shape, axis = settings["shape"], settings["dimension"]
    own = [size if each == axis else 1 for each, size in enumerate(shape)]
    return np.broadcast_to(np.arange(shape[axis], dtype=settings["dtype"]).reshape(own), shape)


def _slice(settings: Settings, x: Array) -> Array:
    strides = settings["strides"] or (1,) * x.ndim
    return x[tuple(map(slice, settings["start_indices"], settings["limit_indices"], strides))]


def _pad(settings: Settings, x: Array, value: Array) -> Array:
    """Zeros between elements, then around them; a width below 0 takes elements away."""
    return _padded(x, settings["padding_config"], value)


def _padded(x: Array, widths: Sequence[tuple[int, int, int]], value: Array) -> Array:
    sizes = [size + (size - 1) * between for size, (_, _, between) in zip(x.shape, widths, strict=True)]
    whole = np.full([max(a, 0) + n + max(b, 0) for n, (a, b, _) in zip(sizes, widths, strict=True)], value, x.dtype)
    places = tuple(
        slice(max(before, 0), max(before, 0) + size, between + 1)
        for size, (before, _, between) in zip(sizes, widths, strict=True)
    )
    whole[places] = x
    return whole[tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b, _) in zip(whole.shape, widths, strict=True))]


def _split(settings: Settings, x: Array) -> list[Array]:
    return np.split(x, np.cumsum(settings["sizes"])[:-1], settings["axis"])


# --- products ---------------------------------------------------------------------------------------------------


def _dot(settings: Settings, a: Array, b: Array) -> Array:
    (over_a, over_b), (batch_a, batch_b) = settings["dimension_numbers"]
    left = [axis for axis in range(a.ndim) if axis not in (*over_a, *batch_a)]
    right = [axis for axis in range(b.ndim) if axis not in (*over_b, *batch_b)]
    batch = [a.shape[axis] for axis in batch_a]
    inner = math.prod(a.shape[axis] for axis in over_a)
    rows = a.transpose(*batch_a, *left, *over_a).reshape(*batch, -1, inner)
    columns = b.transpose(*batch_b, *over_b, *right).reshape(*batch, inner, -1)
    return (rows @ columns).reshape((*batch, *(a.shape[axis] for axis in left), *(b.shape[axis] for axis in right)))


def _conv(settings: Settings, x: Array, kernel: Array) -> Array:
    """The cross-correlation of groups of channels, or of rows, each with kernels of its own."""
    numbers = settings["dimension_numbers"]
    x, kernel = x.transpose(numbers.lhs_spec), kernel.transpose(numbers.rhs_spec)
    between = [(0, 0, way - 1) for way in settings["lhs_dilation"]]
    x = _padded(x, [(0, 0, 0), (0, 0, 0), *between], 0.0)
    x = _padded(x, [(0, 0, 0), (0, 0, 0), *((*side, 0) for side in settings["padding"])], 0.0)
    kernel = _padded(kernel, [(0, 0, 0), (0, 0, 0), *((0, 0, way - 1) for way in settings["rhs_dilation"])], 0.0)
    axes = tuple(range(2, x.ndim))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2:], axes)
    windows = windows[(slice(None), slice(None), *(slice(None, None, step) for step in settings["window_strides"]))]
    groups, batches = settings["feature_group_count"], settings["batch_group_count"]
    if batches > 1:
        parts = zip(np.split(windows, batches, 0), np.split(kernel, batches, 0), strict=True)
    else:
        parts = zip(np.split(windows, groups, 1), np.split(kernel, groups, 0), strict=True)
    inner = [1, *range(x.ndim, 2 * x.ndim - 2)], [1, *axes]
    made = [np.moveaxis(np.tensordot(part, own, inner), -1, 1) for part, own in parts]
    return np.concatenate(made, 1).transpose(np.argsort(numbers.out_spec))


# --- places -----------------------------------------------------------------------------------------------------


def _places(
    shape: Sequence[int],
    numbers: Array,
    map_: Sequence[int],
    batching: tuple[Sequence[int], Sequence[int]],
    inside: Sequence[int],
    sizes: Sequence[int],
    mode: Any,
) -> tuple[tuple[Array, ...], Array | None]:
    """Of windows that begin at index vectors the places along each axis of an array, and which of them there are.

    `inside` are the axes of the array along which windows reach, `sizes` how far they do along each.
    """  # fmt: skip
    batch = numbers.shape[:-1]
    starts = [np.zeros(batch, np.int64) for _ in shape]
    for position, axis in enumerate(map_):
        starts[axis] = np.asarray(numbers[..., position], np.int64)
    for axis, of_numbers in zip(*batching, strict=True):
        own = [size if each == of_numbers else 1 for each, size in enumerate(batch)]
        starts[axis] = np.broadcast_to(np.arange(batch[of_numbers]).reshape(own), batch)
    there = None
    kind = str(mode).upper()
    if "CLIP" in kind:
        starts = [np.clip(each, 0, size - reach) for each, size, reach in zip(starts, shape, sizes, strict=True)]
    elif "FILL" in kind:
        inner = [(each >= 0) & (each <= size - reach) for each, size, reach in zip(starts, shape, sizes, strict=True)]
        there = np.logical_and.reduce(inner).reshape((*batch, *(1,) * len(inside)))
    found = []
    for axis, start in enumerate(starts):
        whole = start.reshape((*batch, *(1,) * len(inside)))
        if axis in inside:
            own = [sizes[axis] if each == axis else 1 for each in inside]
            whole = whole + np.arange(sizes[axis]).reshape(own)
        found.append(whole)
    return tuple(found), there


def _gather(settings: Settings, x: Array, numbers: Array) -> Array:
    how, sizes = settings["dimension_numbers"], settings["slice_sizes"]
    inside = [axis for axis in range(x.ndim) if axis not in (*how.collapsed_slice_dims, *how.operand_batching_dims)]
    batching = how.operand_batching_dims, how.start_indices_batching_dims
    places, there = _places(x.shape, numbers, how.start_index_map, batching, inside, sizes, settings["mode"])
    if there is None:
        found = x[places]
    else:
        fill = settings["fill_value"]
        fill = fill if fill is not None else (np.nan if x.dtype.kind == "f" else np.iinfo(x.dtype).min)
        found = np.where(there, x[tuple(np.where(there, each, 0) for each in places)], fill)
    rows = numbers.ndim - 1
    return np.moveaxis(found, range(rows, found.ndim), how.offset_dims)


def _scatter_add(settings: Settings, x: Array, numbers: Array, updates: Array) -> Array:
    how = settings["dimension_numbers"]
    inside = [axis for axis in range(x.ndim) if axis not in (*how.inserted_window_dims, *how.operand_batching_dims)]
    rows = numbers.ndim - 1
    moved = np.moveaxis(updates, how.update_window_dims, range(rows, updates.ndim))
    sizes = [1] * x.ndim
    for axis, size in zip(inside, moved.shape[rows:], strict=True):
        sizes[axis] = size
    batching = how.operand_batching_dims, how.scatter_indices_batching_dims
    places, there = _places(
        x.shape, numbers, how.scatter_dims_to_operand_dims, batching, inside, sizes, settings["mode"]
    )
    if there is not None:
        moved = np.where(there, moved, 0)
        places = tuple(np.where(there, each, 0) for each in places)
    found = np.array(x)
    np.add.at(found, places, moved)
    return found


PRIMITIVES: Mapping[str, Callable[..., Array]] = {
    "add": _plain(np.add),
    "add_any": _plain(np.add),
    "sub": _plain(np.subtract),
    "mul": _plain(np.multiply),
    "div": _plain(np.divide),
    "neg": _plain(np.negative),
    "exp": _plain(np.exp),
    "log": _plain(np.log),
    "log1p": _plain(np.log1p),
    "expm1": _plain(np.expm1),
    "sin": _plain(np.sin),
    "cos": _plain(np.cos),
    "tanh": _plain(np.tanh),
    "logistic": _plain(_logistic),
    "erf": _plain(special.erf),
    "sqrt": _plain(np.sqrt),
    "square": _plain(np.square),
    "abs": _plain(np.abs),
    "sign": _plain(np.sign),
    "floor": _plain(np.floor),
    "pow": _plain(np.power),
    "integer_pow": lambda settings, x: np.power(np.asarray(x, "float64"), settings["y"]),
    "max": _plain(np.maximum),
    "eq": _plain(np.equal),
    "ne": _plain(np.not_equal),
    "lt": _plain(np.less),
    "le": _plain(np.less_equal),
    "gt": _plain(np.greater),
    "ge": _plain(np.greater_equal),
    "or": _plain(np.bitwise_or),
    "stop_gradient": _plain(lambda x: x),
    "select_n": _select,
    "convert_element_type": lambda settings, x: np.asarray(x).astype(settings["new_dtype"]),
    "broadcast_in_dim": _broadcast,
    "reshape": _reshape,
    "squeeze": lambda settings, x: np.squeeze(x, tuple(settings["dimensions"])),
    "transpose": lambda settings, x: np.transpose(x, settings["permutation"]),
    "rev": lambda settings, x: np.flip(x, tuple(settings["dimensions"])),
    "slice": _slice,
    "pad": _pad,
    "concatenate": lambda settings, *parts: np.concatenate(parts, settings["dimension"]),
    "split": _split,
    "iota": _iota,
    "reduce_sum": _reduce(np.sum),
    "reduce_max": _reduce(np.max),
    "argmax": _argument(np.argmax),
    "argmin": _argument(np.argmin),
    "cumsum": _cumulative,
    "dot_general": _dot,
    "conv_general_dilated": _conv,
    "gather": _gather,
    "scatter-add": _scatter_add,
}
"""By JAX's name: what an equation gives, or a list where it gives several, from its parameters and its operands."""
