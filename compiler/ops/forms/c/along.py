"""Forms of what goes along one axis: softmax and its kin, running sums and products, what stands where."""

from math import prod

from .block import Block
from .form import Written
from .value import CValue, in_order

SOFTMAX = """
/* Probabilities, in the ratio of the exponentials of n numbers. */
static void softmax(real *y, int step_of_y, const real *x, int step_of_x, int n)
{
    real largest = x[0], total = 0.0;
    for (int i = 1; i < n; i++)
        largest = x[i * step_of_x] > largest || x[i * step_of_x] != x[i * step_of_x] ? x[i * step_of_x] : largest;
    for (int i = 0; i < n; i++)
        total += y[i * step_of_y] = exp(x[i * step_of_x] - largest);
    for (int i = 0; i < n; i++)
        y[i * step_of_y] /= total;
}
"""
LARGEST_OF = """
/* The number of the largest of n numbers, the first of equal ones; the first NaN, if there is one. */
static int largest_of(const real *x, int step, int n)
{
    int best = 0;
    for (int i = 1; i < n && x[best * step] == x[best * step]; i++)
        if (!(x[i * step] <= x[best * step]))
            best = i;
    return best;
}
"""
SMALLEST_OF = """
/* The number of the smallest of n numbers, the first of equal ones; the first NaN, if there is one. */
static int smallest_of(const real *x, int step, int n)
{
    int best = 0;
    for (int i = 1; i < n && x[best * step] == x[best * step]; i++)
        if (!(x[i * step] >= x[best * step]))
            best = i;
    return best;
}
"""
BESIDE_LARGEST = """
/* The sum of the exponentials of n numbers, beside that of the largest, which is 1. */
static real beside_largest(const real *x, int step, int n, int largest)
{
    real others = 0.0;
    for (int i = 0; i < n; i++)
        if (i != largest)
            others += exp(x[i * step] - x[largest * step]);
    return others;
}
"""
LOG_SOFTMAX = """
/* The logarithm of the softmax of n numbers. */
static void log_softmax(real *y, int step_of_y, const real *x, int step_of_x, int n)
{
    const int largest = largest_of(x, step_of_x, n);
    const real rest = log1p(beside_largest(x, step_of_x, n, largest)), top = x[largest * step_of_x];
    for (int i = 0; i < n; i++)
        y[i * step_of_y] = x[i * step_of_x] - top - rest;
}
"""
LOGSUMEXP = """
/* log(sum(exp(x))) of n numbers, which does not overflow. */
static real logsumexp(const real *x, int step, int n)
{
    const int largest = largest_of(x, step, n);
    const real top = x[largest * step];
    return isfinite(top) ? top + log1p(beside_largest(x, step, n, largest)) : top;
}
"""
LOGSUMEXP_SLOPE = """
/* The derivative of logsumexp: shares that add up to 1, and 0 where all numbers are -inf. */
static void logsumexp_slope(real *y, int step_of_y, const real *x, int step_of_x, int n)
{
    const real top = x[largest_of(x, step_of_x, n) * step_of_x];
    real total = 0.0;
    for (int i = 0; i < n; i++) {
        const real own = x[i * step_of_x];
        if (isinf(top) && top > 0.0)
            y[i * step_of_y] = own == top ? 1.0 : 0.0;
        else
            y[i * step_of_y] = exp(isinf(top) ? own : own - top);
        total += y[i * step_of_y];
    }
    for (int i = 0; i < n; i++)
        y[i * step_of_y] /= total == 0.0 ? 1.0 : total;
}
"""
RUNNING_SUM = """
/* The sum of all of n numbers up to each one. */
static void running_sum(real *y, int step_of_y, const real *x, int step_of_x, int n)
{
    real total = 0.0;
    for (int i = 0; i < n; i++)
        y[i * step_of_y] = total += x[i * step_of_x];
}
"""
PRODUCT_BEFORE = """
/* The product of all of n numbers before each one. */
static void product_before(real *y, int step_of_y, const real *x, int step_of_x, int n)
{
    real product = 1.0;
    for (int i = 0; i < n; i++) {
        const real own = x[i * step_of_x];
        y[i * step_of_y] = product;
        product *= own;
    }
}
"""
PRODUCT_ALONG = """
/* The product of n numbers. */
static real product_along(const real *x, int step, int n)
{
    real product = 1.0;
    for (int i = 0; i < n; i++)
        product *= x[i * step];
    return product;
}
"""
CARRIED = """
/* What of gradients comes to each of n numbers past the others: each goes on, times the x that it passes. */
static void carried(real *y, int step_of_y, const real *g, int step_of_g, const real *x, int step_of_x, int n)
{
    real found = 0.0;
    for (int i = 0; i < n; i++) {
        y[i * step_of_y] = found;
        found = g[i * step_of_g] + x[i * step_of_x] * found;
    }
}
"""


def _along(function: str, *functions: str) -> Written:
    """A function that writes n numbers along an axis; `back` takes them from the last on."""

    def write(block: Block, out: CValue, *given: object) -> None:
        operands = [each for each in given if isinstance(each, CValue)]
        settings = given[len(operands) :]
        axis, back = int(str(settings[0])) % len(out.shape), bool(settings[1:] and settings[1])
        size = out.shape[axis]
        rest = tuple([1 if each == axis else size for each, size in enumerate(out.shape)])
        with block.over(rest) as index:
            index[axis] = str(size - 1) if back else "0"
            places = ", ".join(
                f"{each.pointer(index)}, {-each.strides[axis] if back else each.strides[axis]}"
                for each in (out, *operands)
            )
            block.line(f"{function}({places}, {size});")

    return Written(write, functions)


def _of_one(function: str, *functions: str) -> Written:
    """A function that makes one number of n along an axis, which is then gone."""

    def write(block: Block, out: CValue, x: CValue, axis: object, keepdims: object = False) -> None:
        if axis is None:
            place = out.at(["0"] * len(out.shape))
            block.line(f"{place} = {function}({x.pointer()}, 1, {prod(x.shape)});")
            return
        place_of = int(str(axis)) % len(x.shape)
        rest = tuple([1 if each == place_of else size for each, size in enumerate(x.shape)])
        kept = tuple([size for each, size in enumerate(x.shape) if each != place_of])
        to = out.moved(0, kept, in_order(kept))
        with block.over(rest) as index:
            left = [each for number, each in enumerate(index) if number != place_of]
            found = f"{function}({x.pointer(index)}, {x.strides[place_of]}, {x.shape[place_of]})"
            block.line(f"{to.at(left)} = {found};")

    return Written(write, functions)


def _picked(block: Block, out: CValue, x: CValue, numbers: CValue, axis: int) -> None:
    place = axis % len(x.shape)
    size = x.shape[place]
    with block.over(out.shape) as index:
        chosen = numbers.at(index)
        own = x.at([*index[:place], f"({chosen})" if not chosen.isidentifier() else chosen, *index[place:]])
        block.line(f"{out.at(index)} = {chosen} >= 0 && {chosen} < {size} ? {own} : NAN;")


def _placed(block: Block, out: CValue, g: CValue, numbers: CValue, size: int, axis: int) -> None:
    place = axis % len(out.shape)
    with block.over(out.shape) as index:
        rest = [each for number, each in enumerate(index) if number != place]
        block.line(f"{out.at(index)} = {numbers.at(rest)} == {index[place]} ? {g.at(rest)} : 0.0;")


SOFTMAX_FORM = _along("softmax", SOFTMAX)
LOG_SOFTMAX_FORM = _along("log_softmax", LARGEST_OF, BESIDE_LARGEST, LOG_SOFTMAX)
LOGSUMEXP_FORM = _of_one("logsumexp", LARGEST_OF, BESIDE_LARGEST, LOGSUMEXP)
LOGSUMEXP_SLOPE_FORM = _along("logsumexp_slope", LARGEST_OF, LOGSUMEXP_SLOPE)
RUNNING_SUM_FORM = _along("running_sum", RUNNING_SUM)
PRODUCT_BEFORE_FORM = _along("product_before", PRODUCT_BEFORE)
PRODUCT_ALONG_FORM = _of_one("product_along", PRODUCT_ALONG)
CARRIED_FORM = _along("carried", CARRIED)
ARGMAX = _of_one("largest_of", LARGEST_OF)
ARGMIN = _of_one("smallest_of", SMALLEST_OF)
PICK = Written(_picked, strided=True)
PLACE = Written(_placed, strided=True)
