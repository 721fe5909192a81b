"""Values of several elements, and where they stand."""

from ..maker import Maker
from ..terms import Term


def reduced(maker: Maker) -> Term | None:
    term = maker.term(lambda shape: len(shape) >= 1)
    if term is None:
        return None
    rank = len(term.shape)
    axes = maker.random.sample(range(rank), maker.random.randint(1, rank) if maker.random.random() < 0.4 else 1)
    named = [axis - rank if maker.random.random() < 0.3 else axis for axis in axes]
    keepdims = maker.random.random() < 0.3
    given = f"axis = {named if len(named) > 1 else named[0]}{', keepdims = true' if keepdims else ''}"
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(term.shape))
    shape = kept if keepdims else tuple(size for axis, size in enumerate(term.shape) if axis not in axes)
    name = maker.random.choice(("sum", "sum", "mean", "mean", "max", "min", "logsumexp", "prod"))
    if name == "prod":  # of moderate size
        return Term(f"prod(tanh({term.text}), {given})", shape)
    return Term(f"{name}({term.text}, {given})", shape)


def numbered(maker: Maker) -> Term | None:
    """Where the largest stand, as numbers."""
    term = maker.term(lambda shape: len(shape) >= 1)
    if term is None:
        return None
    axis, name = maker.random.randrange(len(term.shape)), maker.random.choice(("argmax", "argmin"))
    return Term(f"{name}({term.text}, axis = {axis}) * 0.3", term.shape[:axis] + term.shape[axis + 1 :])


def shares(maker: Maker) -> Term | None:
    term = maker.term(lambda shape: len(shape) >= 1)
    if term is None:
        return None
    name, axis = maker.random.choice(("softmax", "log-softmax", "cumsum")), maker.random.randrange(len(term.shape))
    if name != "cumsum" and maker.random.random() < 0.5:
        return Term(f"{name}({term.text})", term.shape)
    return Term(f"{name}({term.text}, axis = {axis}){' * 0.3' if name == 'cumsum' else ''}", term.shape)
