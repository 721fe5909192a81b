"""Forms in PyTorch of operations that put elements elsewhere, and of products of matrices."""

from ....shape import Shape, Size, Type, add_sizes, multiply_sizes
from ...arrangement.indexing import GONE, Numbers, part_text
from ...attribute import Attributes
from ...facts import Types
from ..arrangement import FLATTEN_FORM, affine_text
from ..numpy_form import NumpyForm

_TAKE = '''
def take(x: Array, numbers: Array, axis: int) -> Array:
    """The elements along an axis that have these numbers, counted from 0."""
    found = torch.index_select(x, axis, numbers.reshape(-1))
    return found.reshape((*x.shape[:axis], *numbers.shape, *x.shape[axis + 1 :]))
'''


def _turned(types: Types, result: Type, attributes: Attributes) -> str:
    if attributes[0] is not None:
        return "torch.permute({0}, {axes})"
    return "{0}.T" if len(result.shape) == 2 else "torch.transpose({0}, -1, -2)"


def _expanded(types: Types, result: Type, attributes: Attributes) -> str:
    return "{0}.expand({shape})" if attributes[1] is None else "torch.unsqueeze({0}, {axis}).expand({shape})"


def _part(types: Types, result: Type, attributes: Attributes) -> str:
    """PyTorch takes no elements backwards: they are taken forwards, then turned round."""
    start, count, step = attributes
    first, sizes, steps = _forwards(start, count, step)  # type: ignore[arg-type]  # an operation's own attributes
    left = [by for by in steps if by != GONE]
    given = [by for by in step if by != GONE]  # type: ignore[union-attr]  # as above
    backwards = [axis for axis, (own, by) in enumerate(zip(given, left, strict=True)) if own != by]
    taken = f"{{0}}{part_text(first, sizes, steps)}" if steps else "{0}"
    return f"torch.flip({taken}, {backwards})" if backwards else taken


def _forwards(start: Shape, count: Shape, step: Numbers) -> tuple[Shape, Shape, Numbers]:
    first: list[Size] = []
    for begin, many, by in zip(start, count, step, strict=True):
        last = add_sizes(begin, multiply_sizes(add_sizes(many, -1), by)) if by < 0 else begin
        first.append(last)
    return tuple(first), count, tuple(map(abs, step))


def _padded(types: Types, result: Type, attributes: Attributes) -> str:
    widths, value = attributes
    assert isinstance(widths, tuple)
    assert isinstance(value, int | float)
    sides = [int(side) for pair in reversed(widths) for side in pair]  # type: ignore[union-attr, arg-type]  # filled in
    return f"functional.pad({{0}}, {sides}, value={{value}})" if any(sides) else "{0}"


FLATTEN = FLATTEN_FORM
AFFINE = NumpyForm(affine_text)
MATMUL = NumpyForm("{0} @ {1}")
TRANSPOSE = NumpyForm(_turned)
RESHAPE = NumpyForm("torch.reshape({0}, {shape})")
EXPAND = NumpyForm(_expanded)
SLICE = NumpyForm(_part)
PAD = NumpyForm(_padded)
CONCAT = NumpyForm("torch.cat([{operands}], dim={axis})", arrays=True)
STACK = NumpyForm("torch.stack([{operands}], dim={axis})", arrays=True)
TAKE = NumpyForm("take({0}, {1}, {axis})", (_TAKE,), arrays=True)
RANGE = NumpyForm("torch.arange({n})")
ONE_HOT = NumpyForm("(torch.unsqueeze({0}, -1) == torch.arange({classes})).to(INT)")
