"""Forms that add up: sums and means along axes, products of matrices, losses over all elements."""

from collections.abc import Callable, Sequence
from math import prod

from ...reductions.axes import axes_of
from .block import Block
from .form import Written
from .value import CValue, Numbers, in_order

PRODUCT = """
/* out[m, n] = a[m, k] @ b[k, n] + shift[n]; elements of a row of b, and of out, lie side by side. */
static void product(real *out, const real *a, int row_of_a, int column_of_a, const real *b, int row_of_b,
                    const real *shift, int step_of_shift, int m, int k, int n)
{
    for (int i = 0; i < m; i++, out += n, a += row_of_a) {
        int p = 0;
        for (int j = 0; j < n; j++)
            out[j] = 0.0;
        for (; p + 4 <= k; p += 4) {
            const real a0 = a[p * column_of_a], a1 = a[(p + 1) * column_of_a];
            const real a2 = a[(p + 2) * column_of_a], a3 = a[(p + 3) * column_of_a];
            const real *b0 = b + p * row_of_b, *b1 = b0 + row_of_b, *b2 = b1 + row_of_b, *b3 = b2 + row_of_b;
            for (int j = 0; j < n; j++)
                out[j] += (a0 * b0[j] + a1 * b1[j]) + (a2 * b2[j] + a3 * b3[j]);
        }
        for (; p < k; p++)
            for (int j = 0; j < n; j++)
                out[j] += a[p * column_of_a] * b[p * row_of_b + j];
        if (shift)
            for (int j = 0; j < n; j++)
                out[j] += shift[j * step_of_shift];
    }
}
"""
PRODUCT_OF_COLUMNS = """
/* The same where the elements of a column of b lie side by side, or none do. */
static void product_of_columns(real *out, const real *a, int row_of_a, int column_of_a, const real *b, int row_of_b,
                               int column_of_b, const real *shift, int step_of_shift, int m, int k, int n)
{
    for (int i = 0; i < m; i++, out += n, a += row_of_a)
        for (int j = 0; j < n; j++) {
            const real *column = b + j * column_of_b;
            real s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
            int p = 0;
            for (; p + 4 <= k; p += 4) {
                s0 += a[p * column_of_a] * column[p * row_of_b];
                s1 += a[(p + 1) * column_of_a] * column[(p + 1) * row_of_b];
                s2 += a[(p + 2) * column_of_a] * column[(p + 2) * row_of_b];
                s3 += a[(p + 3) * column_of_a] * column[(p + 3) * row_of_b];
            }
            for (; p < k; p++)
                s0 += a[p * column_of_a] * column[p * row_of_b];
            out[j] = (s0 + s1) + (s2 + s3);
            if (shift)
                out[j] += shift[j * step_of_shift];
        }
}
"""


def reduced(
    block: Block,
    out: CValue,
    operands: Sequence[CValue],
    shape: Numbers,
    axes: Sequence[int],
    term: Callable[[Sequence[str]], str],
    finish: str = "{0}",
) -> None:
    """`out` is the sum of terms along some axes of a shape; `finish` says what becomes of each sum."""
    rest = [axis for axis in range(len(shape)) if axis not in axes]
    order = (*rest, *axes)
    turned = [
        each.moved(0, tuple([shape[axis] for axis in order]), tuple([each.strides[axis] for axis in order]))
        for each in (operand.broadcast(shape) for operand in operands)
    ]
    kept = tuple([shape[axis] for axis in rest])
    to = out.moved(0, kept, in_order(kept))  # axes that are left with a size of 1 are none
    with block.over(kept) as index:
        block.sum_of("sum", tuple([shape[axis] for axis in axes]), [each.within(index) for each in turned], term)
        block.line(f"{to.at(index)} = {finish.format('sum')};")


def _summing(finish: Callable[[int], str]) -> Written:
    def write(block: Block, out: CValue, x: CValue, axis: object, keepdims: object) -> None:
        axes = axes_of(x.shape, axis)  # type: ignore[arg-type]  # an operation's own attribute
        count = prod(x.shape[each] for each in axes)
        reduced(block, out, [x], x.shape, axes, lambda texts: texts[0], finish(count))

    return Written(write, strided=True)


def _summed_to(block: Block, out: CValue, x: CValue, shape: Numbers) -> None:
    lead = len(x.shape) - len(shape)
    stretched = [axis for axis in range(lead, len(x.shape)) if shape[axis - lead] == 1 and x.shape[axis] != 1]
    reduced(block, out, [x], x.shape, (*range(lead), *stretched), lambda texts: texts[0])


def of_all(term: str, finish: Callable[..., str], functions: tuple[str, ...] = ()) -> Written:
    """A sum over the elements of operands of one shape; `finish(count, *attributes)` is the value by the sum, {0}."""

    def write(block: Block, out: CValue, *given: object) -> None:
        operands = [each for each in given if isinstance(each, CValue)]
        shape = max((each.shape for each in operands), key=lambda shape: (len(shape), shape))
        text = finish(prod(shape), *given[len(operands) :])
        reduced(block, out, operands, shape, range(len(shape)), lambda texts: term.format(*texts), text)

    return Written(write, functions, strided=True)


SUM = _summing(lambda count: "{0}")
MEAN = _summing(lambda count: f"{{0}} / {count}.0")
SUM_TO = Written(_summed_to, strided=True)
MSE = of_all("({0} - {1}) * ({0} - {1})", lambda count: f"{{0}} / {count}.0")
QUADRATIC = of_all("({0} - {1}) * ({0} - {1})", lambda count, rows: f"{{0}} / {2 * int(rows)}.0")


# --- products of matrices ---------------------------------------------------------------------------------------


def _product(block: Block, out: CValue, a: CValue, b: CValue, shift: CValue | None = None) -> None:
    """One product of matrices into elements that lie in order."""
    (m, k), n = a.shape, b.shape[1]
    added = f"{shift.pointer()}, {0 if shift.single else shift.strides[0]}" if shift is not None else "0, 0"
    if b.strides[1] == 1 or n == 1:
        block.call(PRODUCT)
        lie = f"{a.strides[0]}, {a.strides[1]}, {b.pointer()}, {b.strides[0]}"
        block.line(f"product({out.pointer()}, {a.pointer()}, {lie}, {added}, {m}, {k}, {n});")
        return
    block.call(PRODUCT_OF_COLUMNS)
    lie = f"{a.strides[0]}, {a.strides[1]}, {b.pointer()}, {b.strides[0]}, {b.strides[1]}"
    block.line(f"product_of_columns({out.pointer()}, {a.pointer()}, {lie}, {added}, {m}, {k}, {n});")


def _matmul(block: Block, out: CValue, a: CValue, b: CValue) -> None:
    a, b = _array(block, a), _array(block, b)
    if len(a.shape) == 1:
        a = a.moved(0, (1, *a.shape), (0, *a.strides))
    if len(b.shape) == 1:
        b = b.moved(0, (*b.shape, 1), (*b.strides, 0))
    m, n = a.shape[-2], b.shape[-1]
    short, long = sorted((a.shape[:-2], b.shape[:-2]), key=len)
    ones = (1,) * (len(long) - len(short))
    batch = tuple([max(pair) for pair in zip((*ones, *short), long, strict=True)])
    whole = out.moved(0, (*batch, m, n), in_order((*batch, m, n)))
    a, b = a.broadcast((*batch, *a.shape[-2:])), b.broadcast((*batch, *b.shape[-2:]))
    with block.over(batch) as index:
        _product(block, whole.within(index), a.within(index), b.within(index))


def _array(block: Block, value: CValue) -> CValue:
    """The value as an array of C, as single numbers that were repeated are not."""
    if not value.single:
        return value
    copy = block.room(value.shape, value.kind)
    block.each(copy, (value,), "{0}")
    return copy


def _affine(block: Block, out: CValue, x: CValue, weights: CValue, shift: CValue, flatten: object) -> None:
    x, weights, shift = _array(block, x), _array(block, weights), _array(block, shift)
    rows = x.shape[0] if flatten else prod(x.shape[:-1])
    if len(x.shape) == 1:
        rows = 1
    inner = weights.shape[0]
    if len(x.shape) == 2 and x.shape[0] == rows:
        matrix = x
    else:
        x = block.ordered(x)
        matrix = x.moved(0, (rows, inner), (inner, 1))
    _product(block, out, matrix, weights, shift)


def _outer(block: Block, out: CValue, a: CValue, b: CValue) -> None:
    column = a if a.single else a.moved(0, (*a.shape, 1), (*a.strides, 0))
    block.each(out, (column, b), "{0} * {1}")


MATMUL = Written(_matmul, strided=True)
AFFINE = Written(_affine, strided=True)
OUTER = Written(_outer, strided=True)
CHANNEL_SUM = Written(
    lambda block, out, x: reduced(block, out, [x], x.shape, range(1, len(x.shape)), lambda texts: texts[0]),
    strided=True,
)
