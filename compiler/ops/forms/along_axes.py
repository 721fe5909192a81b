"""Sources of functions along axes, and of those that put elements at their places, as exported files have them."""

SOFTMAX = '''
def softmax(x: Array, axis: int) -> Array:
    """Probabilities, in the ratio of the exponentials."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)
'''
BESIDE_LARGEST = '''
def beside_largest(scores: Array) -> tuple[Array, Array, Array]:
    """How far scores are below their row's largest, where that one stands, and the sum of the others' exponentials."""
    below = scores - np.max(scores, axis=-1, keepdims=True)
    largest = np.arange(scores.shape[-1]) == np.expand_dims(np.argmax(scores, axis=-1), -1)
    others = np.dot(np.where(largest, 0, np.exp(below)), np.ones(scores.shape[-1]))
    return below, largest, np.expand_dims(others, -1)
'''
LOG_SOFTMAX = '''
def log_softmax(x: Array, axis: int) -> Array:
    """The logarithm of the softmax, exact where that is 0."""
    below, _, others = beside_largest(np.ascontiguousarray(np.moveaxis(x, axis, -1)))
    return np.ascontiguousarray(np.moveaxis(below - np.log1p(others), -1, axis))
'''
LOGSUMEXP = '''
def logsumexp(x: Array, axis: int) -> Array:
    """log(sum(exp(x))), which does not overflow; the largest stays out of the sum."""
    x = np.moveaxis(x, axis, 0)
    peak = np.max(x, axis=0)
    shift = np.where(np.isfinite(peak), peak, 0)
    numbers = np.arange(x.shape[0]).reshape(-1, *[1] * peak.ndim)
    others = np.where(numbers == np.argmax(x, axis=0), 0, np.exp(x - shift))
    rest = np.sum(np.moveaxis(others, 0, axis).copy(), axis=axis)
    return np.where(np.isfinite(peak), peak + np.log1p(rest), peak)
'''
LOGSUMEXP_SLOPE = '''
def logsumexp_slope(x: Array, axis: int) -> Array:
    """The derivative of logsumexp: shares that add up to 1, and 0 where all elements are -inf."""
    peak = np.max(x, axis=axis, keepdims=True)
    below = x - np.where(np.isinf(peak), 0, peak)
    weights = np.exp(np.where(peak == np.inf, np.where(x == np.inf, 0, -np.inf), below))
    total = np.sum(weights, axis=axis, keepdims=True)
    return weights / np.where(total == 0, 1, total)
'''
RUNNING_SUM = '''
def running_sum(x: Array, axis: int, back: bool) -> Array:
    """The sum of all elements up to each one along an axis, or from each one on."""
    if back:
        return np.flip(np.cumsum(np.flip(x, axis), axis=axis), axis).copy()
    return np.cumsum(x, axis=axis)
'''
PRODUCT_BEFORE = '''
def product_before(x: Array, axis: int, back: bool) -> Array:
    """The product of all elements before each one along an axis, or behind it."""
    x = np.moveaxis(x, axis, 0)
    given = np.flip(x, 0) if back else x
    products = np.cumprod(np.concatenate([np.ones_like(given[:1]), given[:-1]]), axis=0)
    return np.ascontiguousarray(np.moveaxis(np.flip(products, 0) if back else products, 0, axis))
'''
CARRIED = '''
def carried(g: Array, x: Array, axis: int, back: bool) -> Array:
    """What of gradients comes to each element past the others: each goes on, times the x that it passes."""
    added, factors = np.moveaxis(g, axis, 0), np.moveaxis(x, axis, 0)
    if back:
        added, factors = np.flip(added, 0), np.flip(factors, 0)
    found = [np.zeros_like(added[0])]
    for each, factor in zip(added[:-1], factors[:-1], strict=True):
        found.append(each + factor * found[-1])
    stacked = np.stack(found[::-1] if back else found)
    return np.ascontiguousarray(np.moveaxis(stacked, 0, axis))
'''
PLACE = '''
def place(g: Array, i: Array, size: int, axis: int) -> Array:
    """Zeros along a new axis, but for g at the number i."""
    numbers = np.arange(size).reshape(-1, *[1] * (np.ndim(g) - axis))
    return np.where(numbers == np.expand_dims(i, axis), np.expand_dims(g, axis), 0.0)
'''
PUT = '''
def put(shape: tuple[int, ...], places: Any, part: Array) -> Array:
    """Zeros, but for a part at its places."""
    whole = np.zeros(shape)
    whole[places] = part
    return whole
'''
TAKE = '''
def take(x: Array, numbers: Array, axis: int) -> Array:
    """The elements along an axis that have these numbers, counted from 0."""
    if np.any(numbers < 0):
        raise IndexError("a number is below 0")
    return np.take(x, numbers, axis=axis)
'''
PUT_ROWS = '''
def put_rows(x: Array, numbers: Array, rows: Array) -> Array:
    """A table in which the rows of these numbers are others."""
    made = x.copy()
    made[numbers] = rows
    return made
'''
TAKE_GRADIENT = '''
def take_gradient(g: Array, numbers: Array, shape: tuple[int, ...], axis: int) -> Array:
    """The gradients of what was taken, added up where it was taken from."""
    whole = np.zeros(shape)
    places: Any = (slice(None),) * axis + (numbers,)
    np.add.at(whole, places, g)
    return whole
'''
