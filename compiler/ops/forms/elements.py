"""Sources of functions that go element by element, as exported files have them."""

POWER = '''
def power(a: Array, b: Array) -> Array:
    """a ** b; where numpy takes a root in its place, -0 and -inf have IEEE's power."""
    root = (b == 0.5) & ((a == 0) | (a == -np.inf))
    return np.where(root, np.abs(a), np.power(a, b))
'''
POWER_SLOPE = '''
def power_slope(a: Array, b: Array, order: int) -> Array:
    """The derivative of a ** b by a, taken so many times."""
    factor = b
    for less in range(1, order):
        factor = factor * (b - less)
    whole = np.where(b - order == 1, a, np.power(a, b - order))
    # Where the power alone is out of range its product need not be: it is taken in halves.
    lost = (np.isinf(whole) | (whole == 0)) & (a != 0) & np.isfinite(a) & np.isfinite(b) & (factor != 0)
    half = np.power(np.abs(a), (b - order) / 2)
    return np.where(lost, factor * half * np.copysign(half, whole), np.where(factor == 0, 0, factor * whole))
'''
FLOOR = '''
def floor(x: Array) -> Array:
    """Rounded down to an int: the largest for what is too large, the smallest for NaN and for what is too small."""
    below = np.floor(x)
    inside = (below >= -(2.0**63)) & (below < 2.0**63)
    whole = np.where(inside, below, 0).astype(np.int64)
    return np.where(inside, whole, np.where(below > 0, 2**63 - 1, -(2**63)))
'''
MAXIMUM = '''
def maximum(a: Array, b: Array) -> Array:
    """The larger one; of equal ones, as zeros of either sign are, b."""
    return np.where(a == b, b, np.maximum(a, b))
'''
MINIMUM = '''
def minimum(a: Array, b: Array) -> Array:
    """The smaller one; of equal ones, as zeros of either sign are, b."""
    return np.where(a == b, b, np.minimum(a, b))
'''
SIGMOID = '''
def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), exact in both tails."""
    return np.exp(np.minimum(x, 0.0)) / (1 + np.exp(-np.abs(x)))
'''
SIGMOID_SLOPE = '''
def sigmoid_slope(x: Array) -> Array:
    """The derivative of the sigmoid at x."""
    tail = np.exp(-np.abs(x))
    return tail / ((1 + tail) * (1 + tail))
'''
TANH_SLOPE = '''
def tanh_slope(x: Array) -> Array:
    """The derivative of tanh at x: 1 - tanh(x) ** 2, exact in both tails."""
    tail = np.exp(-2 * np.abs(x))
    return 4 * tail / ((1 + tail) * (1 + tail))
'''
SOFTPLUS = '''
def softplus(x: Array) -> Array:
    """log(1 + exp(x)), which does not overflow."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))
'''
UNIFORM = '''
def uniform(key: tuple[int, int], step: int, shape: tuple[int, ...], words: int = 0) -> Array:
    """Random numbers in [0, 1): the key says which ones, and each step has its own."""
    bits = np.random.Philox(key=np.array(key, np.uint64), counter=np.array([0, 0, step, words], np.uint64))
    return np.random.Generator(bits).random(shape)
'''
NORMAL = '''
def normal(key: tuple[int, int], step: int, shape: tuple[int, ...]) -> Array:
    """Normally distributed random numbers, of two uniform ones each (Box and Muller)."""
    radius = np.sqrt(np.log(1 - uniform(key, step, shape)) * -2)
    return radius * np.cos(uniform(key, step, shape, words=1) * (2 * np.pi))
'''
CLIP_FACTOR = '''
def clip_factor(norm: Array, limit: float) -> Array:
    """What shortens gradients of that norm to the limit; NaN where the norm is infinite."""
    return np.where(np.isinf(norm), np.nan, np.minimum(1, limit / norm))
'''
GATHERED = '''
def gathered(step: Array, decay: float) -> Array:
    """1 - decay ** step: the weight that a running mean, which began at 0, has gathered by then."""
    return -np.expm1(step * np.log(decay))
'''
