"""Sources of functions of windows over the axes of space, [channels, ...space, rows], as exported files have them."""

PLACES = '''
def places(offset: Any, counts: Any, stride: Any, dilation: Any) -> tuple[slice, ...]:
    """Where the element at one offset of all windows stands, in each channel and row."""
    first = [place * apart for place, apart in zip(offset, dilation, strict=True)]
    last = [begin + (count - 1) * by + 1 for begin, count, by in zip(first, counts, stride, strict=True)]
    return (slice(None), *map(slice, first, last, stride))
'''
PATCHES = '''
def patches(x: Array, size: Any, counts: Any, stride: Any, dilation: Any) -> Array:
    """What each window sees of x: a row for each element of a window, a column for each window of each row."""
    seen = [x[places(offset, counts, stride, dilation)] for offset in np.ndindex(*size)]
    return np.stack(seen, axis=1).reshape(x.shape[0] * len(seen), -1)
'''
CORRELATE = '''
def correlate(x: Array, W: Array, stride: Any, dilation: Any, groups: int) -> Array:
    """Sums of filters over windows; each group of channels has filters of its own."""
    size = W.shape[2:]
    ends = zip(x.shape[1:-1], size, stride, dilation, strict=True)
    counts = [(space - (own - 1) * apart - 1) // by + 1 for space, own, by, apart in ends]
    found = [
        filters.reshape(len(filters), -1) @ patches(own, size, counts, stride, dilation)
        for own, filters in zip(np.split(x, groups), np.split(W, groups), strict=True)
    ]
    return np.concatenate(found).reshape(W.shape[0], *counts, x.shape[-1])
'''
CORRELATE_INPUT = '''
def correlate_input(g: Array, W: Array, space: Any, stride: Any, dilation: Any, groups: int) -> Array:
    """The gradient of `correlate` by x: each window's share, added up where windows overlap."""
    size, counts, rows = W.shape[2:], g.shape[1:-1], g.shape[-1]
    whole = np.zeros((W.shape[1] * groups, *space, rows))
    for own, arrived, filters in zip(np.split(whole, groups), np.split(g, groups), np.split(W, groups), strict=True):
        shares = filters.reshape(len(filters), -1).T @ arrived.reshape(len(filters), -1)
        shares = shares.reshape(len(own), -1, *counts, rows)
        for number, offset in enumerate(np.ndindex(*size)):
            own[places(offset, counts, stride, dilation)] += shares[:, number]
    return whole
'''
CORRELATE_WEIGHTS = '''
def correlate_weights(g: Array, x: Array, size: Any, stride: Any, dilation: Any, groups: int) -> Array:
    """The gradient of `correlate` by the filters."""
    found = [
        (patches(own, size, g.shape[1:-1], stride, dilation) @ arrived.reshape(len(arrived), -1).T).T
        for arrived, own in zip(np.split(g, groups), np.split(x, groups), strict=True)
    ]
    return np.concatenate(found).reshape(g.shape[0], x.shape[0] // groups, *size)
'''
CHANNEL_SUM = '''
def channel_sum(x: Array) -> Array:
    """The sum of each channel, in runs, so that long ones lose nothing."""
    flat = x.reshape(x.shape[0], -1)
    run = 1024
    many = flat.shape[1] // run * run
    sums = np.sum(flat[:, :many].reshape(x.shape[0], many // run, run), axis=2)
    return np.sum(np.concatenate([sums, np.sum(flat[:, many:], axis=1)[:, None]], axis=1), axis=1)
'''
PADDED = '''
def padded(x: Array, sides: Any, value: float) -> Array:
    """x with a value before and behind each axis of space."""
    return np.pad(x, [(0, 0), *sides, (0, 0)], constant_values=value)
'''
INSIDE = '''
def inside(x: Array, sides: Any) -> Array:
    """x without what was put before and behind each axis of space."""
    own = [slice(before, size - behind) for (before, behind), size in zip(sides, x.shape[1:-1], strict=True)]
    return x[(slice(None), *own)]
'''
WINDOWS_IN = '''
def windows_in(x: Array, size: Any, stride: Any) -> Any:
    """How many windows there are along each axis of space."""
    return [(space - own) // by + 1 for space, own, by in zip(x.shape[1:-1], size, stride, strict=True)]
'''
POOL_MAX = '''
def pool_max(x: Array, size: Any, stride: Any, sides: Any) -> Array:
    """The largest element of each window."""
    x = padded(x, sides, -np.inf)
    counts = windows_in(x, size, stride)
    found = np.full((x.shape[0], *counts, x.shape[-1]), -np.inf)
    for offset in np.ndindex(*size):
        found = np.maximum(found, x[places(offset, counts, stride, [1] * len(size))])
    return found
'''
POOL_MAX_GRADIENT = '''
def pool_max_gradient(g: Array, x: Array, y: Array, size: Any, stride: Any, sides: Any) -> Array:
    """g at the first place in each window where x is its largest, y."""
    x, left = padded(x, sides, np.nan), g
    whole = np.zeros(x.shape)
    apart = all(own <= by for own, by in zip(size, stride, strict=True))
    for offset in np.ndindex(*size):
        at = places(offset, g.shape[1:-1], stride, [1] * len(size))
        share = np.where(x[at] == y, left, 0.0)
        left = np.where(x[at] == y, 0.0, left)
        whole[at] = share if apart else whole[at] + share
    return inside(whole, sides)
'''
POOL_CHOSEN = '''
def pool_chosen(a: Array, x: Array, y: Array, size: Any, stride: Any, sides: Any) -> Array:
    """a at the first place in each window where x is its largest, y."""
    a, x = padded(a, sides, 0.0), padded(x, sides, np.nan)
    found, taken = np.zeros(y.shape), np.zeros(y.shape, bool)
    for offset in np.ndindex(*size):
        at = places(offset, y.shape[1:-1], stride, [1] * len(size))
        first = (x[at] == y) & ~taken
        found, taken = np.where(first, a[at], found), taken | first
    return found
'''
POOL_MEAN = '''
def pool_mean(x: Array, size: Any, stride: Any, sides: Any) -> Array:
    """The mean of each window; what is put around x counts as 0."""
    x = padded(x, sides, 0.0)
    counts = windows_in(x, size, stride)
    total = np.zeros((x.shape[0], *counts, x.shape[-1]))
    for offset in np.ndindex(*size):
        total = total + x[places(offset, counts, stride, [1] * len(size))]
    return total / np.prod(size)
'''
POOL_MEAN_GRADIENT = '''
def pool_mean_gradient(g: Array, space: Any, size: Any, stride: Any, sides: Any) -> Array:
    """The gradient of `pool_mean`: each window's share, added up where windows overlap."""
    around = [own + before + behind for own, (before, behind) in zip(space, sides, strict=True)]
    whole = np.zeros((g.shape[0], *around, g.shape[-1]))
    for offset in np.ndindex(*size):
        whole[places(offset, g.shape[1:-1], stride, [1] * len(size))] += g / np.prod(size)
    return inside(whole, sides)
'''
