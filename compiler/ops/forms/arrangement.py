"""Forms of operations that put elements elsewhere, as exported files have them."""

from ...shape import Type, product
from ..arrangement.indexing import part_text
from ..attribute import Attributes
from ..facts import Types
from .along_axes import PUT
from .numpy_form import NumpyForm, tuple_text


def _flat(types: Types, result: Type, attributes: Attributes) -> str:
    return "{0}" if len(types[0].shape) == 1 else f"{{0}}.reshape({tuple_text(result.shape)})"


def affine_text(types: Types, result: Type, attributes: Attributes) -> str:
    """x @ W + b, all axes of x but the first in one, or all but the last."""
    x = types[0].shape
    if len(x) <= 2:
        return "{0} @ {1} + {2}"
    if not attributes[0]:
        return f"({{0}}.reshape((-1, {x[-1]})) @ {{1}}).reshape({{shape}}) + {{2}}"
    return f"{{0}}.reshape({tuple_text((x[0], product(x[1:])))}) @ {{1}} + {{2}}"


def _turned(types: Types, result: Type, attributes: Attributes) -> str:
    if attributes[0] is not None:
        return "np.transpose({0}, {axes})"
    return "{0}.T" if len(result.shape) == 2 else "np.swapaxes({0}, -1, -2)"


def _turned_in_order(types: Types, result: Type, attributes: Attributes) -> str:
    return f"np.ascontiguousarray({_turned(types, result, attributes)})"


def _expanded(types: Types, result: Type, attributes: Attributes) -> str:
    return "np.full({shape}, {0})" if attributes[1] is None else "np.full({shape}, np.expand_dims({0}, {axis}))"


def _summed(types: Types, result: Type, attributes: Attributes) -> str:
    own, kept = types[0].shape, result.shape
    lead = len(own) - len(kept)
    stretched = (axis for axis in range(lead, len(own)) if kept[axis - lead] == 1 and own[axis] != 1)
    axes = (*range(lead), *stretched)
    if all(own[axis] == 1 for axis in axes):
        return "np.reshape({0}, {shape})"
    text = (
        f"np.sum({{0}}, axis={axes[0] if len(axes) == 1 else axes})"
        if axes != tuple(range(len(own)))
        else "np.sum({0})"
    )
    left = tuple(size for axis, size in enumerate(own) if axis not in axes)
    return text if left == kept else f"np.reshape({text}, {{shape}})"


def _part(types: Types, result: Type, attributes: Attributes) -> str:
    start, count, step = attributes
    taken = f"{{0}}{part_text(start, count, step)}"  # type: ignore[arg-type]  # an operation's own attributes
    own = types[0].shape
    assert isinstance(count, tuple)
    assert isinstance(step, tuple)
    first = next((axis for axis, size in enumerate(count) if size != 1), len(count))
    in_order = count[first + 1 :] == own[first + 1 :] and all(by in (0, 1) for by in step)
    return taken if in_order or not result.shape else f"np.ascontiguousarray({taken})"


def _part_back(types: Types, result: Type, attributes: Attributes) -> str:
    return f"put({{shape}}, np.s_{part_text(*attributes[1:])}, {{0}})"  # type: ignore[arg-type]  # as above


FLATTEN_FORM = NumpyForm(_flat)
TRANSPOSE_FORM = NumpyForm(_turned_in_order, view=_turned)
EXPAND_FORM = NumpyForm(_expanded)
SUM_TO_FORM = NumpyForm(_summed)
SLICE_FORM = NumpyForm(_part)
SLICE_GRADIENT_FORM = NumpyForm(_part_back, (PUT,))
