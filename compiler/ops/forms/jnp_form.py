"""How an operation is written for `jax.numpy`: as for numpy, but for what reads values or writes into arrays there."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from .numpy_form import NumpyForm, changed

WORDS = {"np.float64": "REAL", "np.int64": "INT", "np.ascontiguousarray": "jnp.asarray"}
"""What is called otherwise: REAL and INT are names of the file, whose arrays all lie in order."""

UNIFORM = '''
def uniform(key: Array, name: str, shape: tuple[int, ...]) -> Array:
    """Random numbers in [0, 1), for each key and each name of a node others."""
    return jax.random.uniform(jax.random.fold_in(key, zlib.crc32(name.encode())), shape, REAL)
'''
NORMAL = '''
def normal(key: Array, name: str, shape: tuple[int, ...]) -> Array:
    """Normally distributed random numbers, for each key and each name of a node others."""
    return jax.random.normal(jax.random.fold_in(key, zlib.crc32(name.encode())), shape, REAL)
'''
FLOOR = '''
def floor(x: Array) -> Array:
    """Rounded down to an int: the largest for what is too large, the smallest for NaN and for what is too small."""
    limits: Any = jnp.iinfo  # which has no types
    low, high = limits(INT).min, limits(INT).max
    below = jnp.floor(x)
    inside = (below >= float(low)) & (below < float(high))
    return jnp.where(inside, jnp.where(inside, below, 0.0).astype(INT), jnp.where(below > 0, high, low))
'''
TAKE = '''
def take(x: Array, numbers: Array, axis: int) -> Array:
    """The elements along an axis that have these numbers, counted from 0; NaN where there is none of a number."""
    beyond = jnp.where(numbers < 0, x.shape[axis], numbers)
    return jnp.take(x, beyond, axis=axis, mode="fill")
'''
TAKE_GRADIENT = '''
def take_gradient(g: Array, numbers: Array, shape: tuple[int, ...], axis: int) -> Array:
    """The gradients of what was taken, added up where it was taken from."""
    places: Any = (slice(None),) * axis + (numbers,)
    return jnp.zeros(shape, REAL).at[places].add(g)
'''
PUT = '''
def put(shape: tuple[int, ...], places: Any, part: Array) -> Array:
    """Zeros, but for a part at its places."""
    return jnp.zeros(shape, REAL).at[places].set(part)
'''
PUT_ROWS = '''
def put_rows(x: Array, numbers: Array, rows: Array) -> Array:
    """A table in which the rows of these numbers are others."""
    return x.at[numbers].set(rows)
'''
GATHERED = '''
def gathered(step: Array, decay: float) -> Array:
    """1 - decay ** step: the weight that a running mean, which began at 0, has gathered by then."""
    logarithm = math.log(decay) if decay else -math.inf  # in 64 bits: 32 lose what the decay lacks to 1
    return -jnp.expm1(step * logarithm)
'''

# --- classes ----------------------------------------------------------------------------------------------------

OF_CLASS = '''
def of_class(t: Array, classes: int) -> Array:
    """1 at the class number of each row, 0 elsewhere; NaN in all of a row whose number is of no class."""
    known = jnp.expand_dims((t >= 0) & (t < classes), -1)
    return jnp.where(known, (jnp.arange(classes) == jnp.expand_dims(t, -1)).astype(REAL), jnp.nan)
'''
SOFTMAX_LOSSES = '''
def softmax_losses(scores: Array, t: Array) -> Array:
    """The cross-entropy of each row of scores with its class number t."""
    below, _, others = beside_largest(scores)
    own = of_class(t, scores.shape[-1])
    found = jnp.log1p(others[..., 0]) - jnp.sum(jnp.where(own == 1, below, 0), axis=-1)
    return jnp.where(jnp.isnan(own[..., 0]), jnp.nan, found)
'''
SOFTMAX_LOSS_GRADIENT = '''
def softmax_loss_gradient(scores: Array, t: Array, rows: int) -> Array:
    """(softmax(scores) - t) / rows, where t are class numbers; each element exact."""
    below, _, others = beside_largest(scores)
    own, e = of_class(t, scores.shape[-1]), jnp.exp(below)
    own_e = jnp.sum(jnp.where(own == 1, e, 0), axis=-1, keepdims=True)
    found = jnp.where(own == 1, (own_e - 1) - others, e) / ((others + 1) * rows)
    return jnp.where(jnp.isnan(own), jnp.nan, found)
'''
CLASS_ENTROPIES = '''
def class_entropies(p: Array, t: Array, eps: float) -> Array:
    """What each class costs: -log(p + eps) of the row's class number t, and 0."""
    own = of_class(t, p.shape[-1])
    return jnp.where(own == 0, 0, own * -jnp.log(p + eps))
'''

# --- windows ----------------------------------------------------------------------------------------------------

CORRELATE = '''
def correlate(x: Array, W: Array, stride: Any, dilation: Any, groups: int) -> Array:
    """Sums of filters over windows; each group of channels has filters of its own."""
    own = (x.ndim - 1, 0, *range(1, x.ndim - 1))
    axes = jax.lax.ConvDimensionNumbers(own, tuple(range(x.ndim)), own)
    return jax.lax.conv_general_dilated(
        x, W, stride, "VALID", rhs_dilation=dilation, dimension_numbers=axes, feature_group_count=groups
    )
'''
CORRELATE_INPUT = '''
def correlate_input(g: Array, W: Array, space: Any, stride: Any, dilation: Any, groups: int) -> Array:
    """The gradient of `correlate` by x, in which it is linear."""
    x = jnp.empty((W.shape[1] * groups, *space, g.shape[-1]), g.dtype)
    return jax.linear_transpose(lambda each: correlate(each, W, stride, dilation, groups), x)(g)[0]
'''
CORRELATE_WEIGHTS = '''
def correlate_weights(g: Array, x: Array, size: Any, stride: Any, dilation: Any, groups: int) -> Array:
    """The gradient of `correlate` by the filters, in which it is linear."""
    W = jnp.empty((g.shape[0], x.shape[0] // groups, *size), g.dtype)
    return jax.linear_transpose(lambda each: correlate(x, each, stride, dilation, groups), W)(g)[0]
'''
POOL_MAX = '''
def pool_max(x: Array, size: Any, stride: Any, sides: Any) -> Array:
    """The largest element of each window."""
    around = [(0, 0), *sides, (0, 0)]
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, *size, 1), (1, *stride, 1), around)
'''
POOL_MAX_GRADIENT = '''
def pool_max_gradient(g: Array, x: Array, y: Array, size: Any, stride: Any, sides: Any) -> Array:
    """g at the first place in each window where x is its largest, y."""
    x, left = padded(x, sides, jnp.nan), g
    whole = jnp.zeros(x.shape, REAL)
    for offset in itertools.product(*map(range, size)):
        at = places(offset, g.shape[1:-1], stride, [1] * len(size))
        whole = whole.at[at].add(jnp.where(x[at] == y, left, 0.0))
        left = jnp.where(x[at] == y, 0.0, left)
    return inside(whole, sides)
'''
POOL_CHOSEN = '''
def pool_chosen(a: Array, x: Array, y: Array, size: Any, stride: Any, sides: Any) -> Array:
    """a at the first place in each window where x is its largest, y."""
    a, x = padded(a, sides, 0.0), padded(x, sides, jnp.nan)
    found, taken = jnp.zeros(y.shape, REAL), jnp.zeros(y.shape, bool)
    for offset in itertools.product(*map(range, size)):
        at = places(offset, y.shape[1:-1], stride, [1] * len(size))
        first = (x[at] == y) & ~taken
        found, taken = jnp.where(first, a[at], found), taken | first
    return found
'''
POOL_MEAN = '''
def pool_mean(x: Array, size: Any, stride: Any, sides: Any) -> Array:
    """The mean of each window; what is put around x counts as 0."""
    around = [(0, 0), *sides, (0, 0)]
    total = jax.lax.reduce_window(x, 0.0, jax.lax.add, (1, *size, 1), (1, *stride, 1), around)
    return total / math.prod(size)
'''
POOL_MEAN_GRADIENT = '''
def pool_mean_gradient(g: Array, space: Any, size: Any, stride: Any, sides: Any) -> Array:
    """The gradient of `pool_mean`: each window's share, added up where windows overlap."""
    around = [own + before + behind for own, (before, behind) in zip(space, sides, strict=True)]
    whole = jnp.zeros((g.shape[0], *around, g.shape[-1]), REAL)
    for offset in itertools.product(*map(range, size)):
        whole = whole.at[places(offset, g.shape[1:-1], stride, [1] * len(size))].add(g / math.prod(size))
    return inside(whole, sides)
'''

REPLACED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "floor": (FLOOR,),
        "take": (TAKE,),
        "take_gradient": (TAKE_GRADIENT,),
        "put": (PUT,),
        "put_rows": (PUT_ROWS,),
        "gathered": (GATHERED,),
        "of_class": (OF_CLASS,),
        "softmax_losses": (SOFTMAX_LOSSES,),
        "softmax_loss_gradient": (SOFTMAX_LOSS_GRADIENT,),
        "class_entropies": (CLASS_ENTROPIES,),
        "correlate": (CORRELATE,),
        "correlate_input": (CORRELATE, CORRELATE_INPUT),
        "correlate_weights": (CORRELATE, CORRELATE_WEIGHTS),
        "pool_max": (POOL_MAX,),
        "pool_max_gradient": (POOL_MAX_GRADIENT,),
        "pool_chosen": (POOL_CHOSEN,),
        "pool_mean": (POOL_MEAN,),
        "pool_mean_gradient": (POOL_MEAN_GRADIENT,),
    }
)
"""What stands in place of a function of numpy's that looks at values or writes into an array, behind what it calls."""


def mirrored(form: NumpyForm) -> NumpyForm:
    """The same form over `jax.numpy`."""
    made = changed(form, lambda text: _mirrored(_of_reals(text)))
    return made._replace(functions=tuple(dict.fromkeys([each for own in made.functions for each in _replaced(own)])))


def _replaced(source: str) -> tuple[str, ...]:
    name = source.partition("(")[0].removeprefix("\ndef ")
    return REPLACED.get(name, (source,))


def _of_reals(text: str) -> str:
    """The mean of comparisons in the precision of the file: of truth values JAX takes it in 32 bits."""
    if (text.startswith("np.mean(") and " == " in text) or text.startswith("np.mean(among_top("):
        return f"{text.removesuffix(')')}, dtype=np.float64)"
    return text


def _mirrored(text: str) -> str:
    return re.sub(r"\bnp\.\w+", lambda found: WORDS.get(found[0], f"j{found[0]}"), text)


UNIFORM_FORM = NumpyForm("uniform(key, {key}, {shape})", (UNIFORM,))
NORMAL_FORM = NumpyForm("normal(key, {key}, {shape})", (NORMAL,))
