"""Every newer operation in the language itself, losses included, beside PyTorch in float64, with `pytest -m proof`.

Values, gradients and second derivatives on random settings: shapes, axes from either end, lists of them, `keepdims`,
indices from either end, first axes that are open until the rows come.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import chainrule

Array = Any
Random = np.random.Generator

SETTINGS = 200
"""Random settings of each operation."""
TOLERANCE = 1e-12
"""Relative to the largest number of a setting, or to 1: derivatives are differences of numbers that large, and may come
to 0. By a single weight that of a weighted mean is 0, of which both systems leave the last digits of the loss."""


class Setting(NamedTuple):
    """An expression on operands, real ones by letters from `a` on, and the same in torch's words."""

    text: str
    theirs: Callable[..., Any]
    reals: tuple[Array, ...]
    others: dict[str, Array] = {}  # noqa: RUF012  # nobody writes into it


def shape_of(random: Random, least: int = 1, most: int = 4) -> tuple[int, ...]:
    return tuple(map(int, random.integers(1, 5, random.integers(least, most + 1))))


def numbers(random: Random, shape: tuple[int, ...]) -> Array:
    """Numbers away from the places where a derivative jumps; now and then large or small ones."""
    return random.uniform(0.1, 1.5, shape) * random.choice([-1.0, 1.0], shape) * random.choice([1.0, 1.0, 0.01, 10.0])


def axis_of(random: Random, rank: int) -> int:
    return int(random.integers(-rank, rank))


def single(name: str, low: float = -1.5, theirs: str | None = None) -> Callable[[Any, Random], Setting]:
    def setting(torch: Any, random: Random) -> Setting:
        x = random.uniform(low, 1.5, shape_of(random))
        return Setting(f"{name}(a)", getattr(torch, theirs or name, None) or getattr(torch.special, name), (x,))

    return setting


def pair(name: str) -> Callable[[Any, Random], Setting]:
    def setting(torch: Any, random: Random) -> Setting:
        shape = shape_of(random)
        other = tuple(size if random.random() < 0.7 else 1 for size in shape[int(random.integers(len(shape))) :])
        return Setting(f"{name}(a, b)", getattr(torch, name), (numbers(random, shape), numbers(random, other)))

    return setting


def reduction(name: str) -> Callable[[Any, Random], Setting]:
    def setting(torch: Any, random: Random) -> Setting:
        shape = shape_of(random)
        rank = len(shape)
        count = int(random.integers(1, rank + 1))
        axes = [int(axis) - rank * int(random.integers(2)) for axis in random.choice(rank, count, replace=False)]
        keepdims, x = bool(random.integers(2)), numbers(random, shape)
        if name == "prod":
            x = np.where(random.random(shape) < 0.15, 0.0, x)
        written = f"{axes[0]}" if count == 1 and random.integers(2) else f"{axes}"
        text = f"{name}(a, axis = {written}{', keepdims = true' if keepdims else ''})"
        places = sorted((axis % rank for axis in axes), reverse=True)

        def product(x: Any) -> Any:
            for each in places:
                x = torch.prod(x, dim=each, keepdim=keepdims)
            return x

        function = {"max": "amax", "min": "amin"}.get(name, name)
        theirs = product if name == "prod" else lambda x: getattr(torch, function)(x, dim=places, keepdim=keepdims)
        return Setting(text, theirs, (x,))

    return setting


def along(name: str) -> Callable[[Any, Random], Setting]:
    def setting(torch: Any, random: Random) -> Setting:
        shape = shape_of(random)
        axis = axis_of(random, len(shape))
        theirs = getattr(torch, name.replace("-", "_"))
        return Setting(f"{name}(a, axis = {axis})", lambda x: theirs(x, dim=axis), (numbers(random, shape),))

    return setting


def where(torch: Any, random: Random) -> Setting:
    shape = shape_of(random)
    chosen = random.integers(2, size=shape)
    a, b = numbers(random, shape), numbers(random, shape[-1:])
    return Setting("where(c, a, b)", lambda a, b: torch.where(torch.tensor(chosen != 0), a, b), (a, b), {"c": chosen})


def clip(torch: Any, random: Random) -> Setting:
    x = numbers(random, shape_of(random))
    low, high = np.array(-0.7), np.array(random.uniform(0.0, 1.0))
    return Setting("clip(a, b, c)", lambda x, low, high: torch.minimum(high, torch.maximum(x, low)), (x, low, high))


def index(torch: Any, random: Random) -> Setting:
    shape = tuple(int(size) + 1 for size in shape_of(random))
    parts: list[str] = []
    places: list[Any] = []
    for size in shape[: int(random.integers(1, len(shape) + 1))]:
        way = int(random.integers(6))
        one = int(random.integers(-size, size))
        start, stop = sorted(map(int, random.choice(size + 1, 2, replace=False)))
        written = (f"{one}", f"{start}:{stop}", ":-1", "1:", "::-1", ":")[way]
        taken = (one, slice(start, stop), slice(-1), slice(1, None), slice(None, None, -1), slice(None))[way]
        parts.append(written)
        places.append(taken)
    if len(parts) < len(shape) and random.random() < 0.3:
        parts, places = ["...", *parts], [..., *places]

    def theirs(x: Any) -> Any:
        backwards = []
        forward: list[Any] = []
        skipped = x.ndim - len(places) + 1 if places[0] is ... else 0
        for number, place in enumerate(places):
            axis = number + max(skipped - 1, 0) if places[0] is ... else number
            turned = isinstance(place, slice) and place.step == -1
            backwards += [axis] if turned else []
            forward.append(slice(None) if turned else place)
        return torch.flip(x, backwards)[tuple(forward)] if backwards else x[tuple(forward)]

    return Setting(f"a[{', '.join(parts)}]", theirs, (numbers(random, shape),))


def arranged(torch: Any, random: Random) -> Setting:
    shape = shape_of(random)
    rank, x = len(shape), numbers(random, shape)
    match int(random.integers(6)):
        case 0:
            axes = [int(each) for each in random.permutation(rank)]
            return Setting(f"transpose(a, axes = {axes})", lambda x: x.permute(axes), (x,))
        case 1:
            return Setting("reshape(a, [-1])", lambda x: x.reshape(-1), (x,))
        case 2:
            whole = tuple(size + 1 for size in shape)  # an axis of 1 may stay or not
            text = f"reshape(a, [..., {whole[-1]}, 1])"
            return Setting(text, lambda x: x.reshape(*whole, 1), (numbers(random, whole),))
        case 3:
            whole = [int(random.integers(1, 4)), *shape]
            return Setting(f"expand(a, {whole})", lambda x: x.expand(*whole), (x,))
        case 4:
            widths = [[int(each) for each in random.integers(0, 3, 2)] for _ in shape]
            flat = [each for pair in reversed(widths) for each in pair]
            text = f"pad(a, {widths}, value = 0.5)"
            return Setting(text, lambda x: torch.nn.functional.pad(x, flat, value=0.5), (x,))
        case _:
            return Setting("transpose(a)", lambda x: x.transpose(-1, -2), (numbers(random, (*shape, 2)),))


def joined(torch: Any, random: Random) -> Setting:
    shape = shape_of(random)
    given = tuple(numbers(random, shape) for _ in range(int(random.integers(2, 4))))
    letters = ", ".join("abc"[: len(given)])
    match int(random.integers(3)):
        case 0:
            axis = axis_of(random, len(shape))
            return Setting(f"concat({letters}, axis = {axis})", lambda *each: torch.cat(each, axis), given)
        case 1:
            axis = axis_of(random, len(shape) + 1)
            return Setting(f"stack({letters}, axis = {axis})", lambda *each: torch.stack(each, axis), given)
        case _:
            return Setting(f"[{letters}]", lambda *each: torch.stack(each), given)


def take(torch: Any, random: Random) -> Setting:
    shape = shape_of(random)
    axis = axis_of(random, len(shape))
    numbered = random.integers(shape[axis], size=shape_of(random, 1, 2))

    def theirs(x: Any) -> Any:
        place = axis % x.ndim
        found = torch.index_select(x, place, torch.tensor(numbered.ravel()))
        return found.reshape(*x.shape[:place], *numbered.shape, *x.shape[place + 1 :])

    return Setting(f"take(a, c, axis = {axis})", theirs, (numbers(random, shape),), {"c": numbered})


def detach(torch: Any, random: Random) -> Setting:
    return Setting("a * detach(a)", lambda x: x * x.detach(), (numbers(random, shape_of(random)),))


def pooled(name: str) -> Callable[[Any, Random], Setting]:
    def setting(torch: Any, random: Random) -> Setting:
        rank = int(random.integers(1, 4))
        size, stride = int(random.integers(1, 4)), int(random.integers(1, 4))
        padding = int(random.integers(size // 2 + 1))
        shape = (2, int(random.integers(1, 3)), *map(int, random.integers(4, 7, rank)))
        theirs = getattr(torch.nn.functional, f"{'max' if name == 'max_pool' else 'avg'}_pool{rank}d")
        text = f"{name}(a, {size}, stride = {stride}, padding = {padding})"
        return Setting(text, lambda x: theirs(x, size, stride, padding), (numbers(random, shape),))

    return setting


def loss(name: str) -> Callable[[Any, Random], Setting]:
    """A loss with and without weights, some of them 0; of classes by number, by shares, smoothed."""

    def setting(torch: Any, random: Random) -> Setting:
        functions = torch.nn.functional
        shape = tuple(size + 1 for size in shape_of(random, 1, 3))
        y = random.normal(size=shape) * random.choice([0.3, 3.0, 30.0])
        t, rows, more = random.normal(size=shape), shape, ""
        others: dict[str, Array] = {}
        if name == "huber":
            delta = float(random.choice([0.3, 1.0, 5.0]))
            each, more = (lambda y, t: functions.huber_loss(y, t, reduction="none", delta=delta)), f", delta = {delta}"
        elif name == "sigmoid_loss":
            t = random.uniform(size=shape)
            each = lambda y, t: functions.binary_cross_entropy_with_logits(y, t, reduction="none")  # noqa: E731
        elif name == "mse":
            each = lambda y, t: (y - t) ** 2  # noqa: E731
        else:
            rows = shape[:-1]
            soft, t = bool(random.integers(2)), random.dirichlet(np.ones(shape[-1]), rows)
            numbered = random.integers(shape[-1], size=rows)
            others = {} if soft else {"c": numbered}
            hot = None if soft else functions.one_hot(torch.tensor(numbered), shape[-1]).double()
            if name == "softmax-loss":
                smoothing = float(random.choice([0.0, 0.1]))
                more = f", smoothing = {smoothing}"

                def each(y: Any, t: Any = hot) -> Any:
                    t = t * (1 - smoothing) + smoothing / shape[-1]
                    return -(t * torch.log_softmax(y, -1)).sum(-1)
            else:
                y = random.dirichlet(np.ones(shape[-1]), rows)

                def each(y: Any, t: Any = hot) -> Any:
                    return -(t * torch.log(y + 1e-7)).sum(-1)

            if not soft:
                return weighed(random, name, (y,), others, more, rows, each)
        return weighed(random, name, (y, t), others, more, rows, each)

    return setting


def weighed(
    random: Random, name: str, reals: tuple[Array, ...], others: dict[str, Array], more: str, rows: Any, each: Any
) -> Setting:
    target = "c" if others else "b"
    if random.integers(2):
        return Setting(f"{name}(a, {target}{more})", lambda *given: each(*given).mean(), reals, others)
    weight = np.where(random.random(rows) < 0.2, 0.0, random.uniform(0.1, 2.0, rows))
    weight = weight if weight.any() else np.ones(rows)
    letter = "abc"[len(reals)] if not others else "b"
    text = f"{name}(a, {target}{more}, weight = {letter})"
    return Setting(
        text, lambda *given: (given[-1] * each(*given[:-1])).sum() / given[-1].sum(), (*reals, weight), others
    )


OPERATIONS: dict[str, Callable[[Any, Random], Setting]] = {
    **{name: single(name) for name in ("abs", "sign", "sin", "cos", "expm1", "erf")},
    "log1p": single("log1p", low=-0.9),
    **{name: pair(name) for name in ("maximum", "minimum")},
    **{name: reduction(name) for name in ("sum", "mean", "max", "min", "prod", "logsumexp")},
    **{name: along(name) for name in ("softmax", "log-softmax", "cumsum")},
    "where": where,
    "clip": clip,
    "index": index,
    "arranged": arranged,
    "joined": joined,
    "take": take,
    "detach": detach,
    **{name: pooled(name) for name in ("max_pool", "mean_pool")},
    **{name: loss(name) for name in ("mse", "huber", "sigmoid_loss", "softmax-loss", "cross-entropy")},
}


def literal(array: Array) -> Any:
    return array.tolist()


def ours(setting: Setting, random: Random, factors: list[Array]) -> list[Array]:
    """Value, gradients, and derivatives of their sum by factors, as claims have them; the first axis may be open."""
    letters = "abc"[: len(setting.reals)]
    first = setting.reals[0].shape[:1]
    opened = bool(random.integers(2)) and first != () and "expand" not in setting.text
    lines, given = (["dim N"] if opened else []), {}
    for letter, array, factor in zip(letters, setting.reals, factors, strict=True):
        sizes = [str(size) for size in array.shape]
        alike = len(array.shape) == len(setting.reals[0].shape) and array.shape[:1] == first
        if opened and (letter == "a" or alike):
            sizes[0] = "N"
        for name, value in ((letter, array), (f"r{letter}", factor)):
            lines.append(f"input {name}: [{', '.join(sizes)}]" if sizes else f"input {name}")
            given[name] = literal(value)
    for name, array in setting.others.items():
        sizes = [str(size) for size in array.shape]
        lines.append(f"input {name}: int[{', '.join(sizes)}]" if sizes else f"input {name}: int")
        given[name] = literal(array)
    mixed = " + ".join(f"sum(d(loss)/d({letter}) * r{letter})" for letter in letters)
    claimed = ["y", *(f"d(loss)/d({letter})" for letter in letters), *(f"d({mixed})/d({letter})" for letter in letters)]
    lines += [
        f"y = {setting.text}",
        "loss = sum(y * y + y)",
        *(f"expect {each} == 0 within 1e300" for each in claimed),
    ]
    try:
        results = chainrule.compile("\n".join(lines), "float64", set=given).test()
    except chainrule.SpecError:
        if not opened:
            raise
        return ours(setting, Closed(), factors)  # sizes that must be known
    assert all(not result.diagnostics for result in results), results
    return [result.left for result in results]


class Closed(np.random.Generator):
    """Chooses no open axis."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))

    def integers(self, *_: Any, **__: Any) -> int:  # type: ignore[override]  # one number is asked for
        return 0


def theirs(torch: Any, setting: Setting, factors: list[Array]) -> list[Array]:
    given = [torch.tensor(each, requires_grad=True) for each in setting.reals]
    y = setting.theirs(*given)
    loss = (y * y + y).sum()

    def grad(of: Any) -> list[Any]:
        if not of.requires_grad:
            return [torch.zeros_like(each) for each in given]
        found = torch.autograd.grad(of, given, create_graph=True, allow_unused=True)
        return [torch.zeros_like(at) if each is None else each for each, at in zip(found, given, strict=True)]

    first = grad(loss)
    second = grad(sum((one * torch.tensor(by)).sum() for one, by in zip(first, factors, strict=True)))
    return [each.detach().numpy() for each in (y, *first, *second)]


@pytest.mark.proof
@pytest.mark.parametrize("name", OPERATIONS)
def test_values_gradients_and_second_derivatives(name: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is an extra")
    worst = 0.0
    for seed in range(SETTINGS):
        random = np.random.default_rng([seed, len(name), *name.encode()])
        setting = OPERATIONS[name](torch, random)
        factors = [random.uniform(0.5, 1.5, each.shape) for each in setting.reals]
        expected = theirs(torch, setting, factors)
        scale = max(1.0, *(float(np.abs(each).max(initial=0.0)) for each in expected))
        for which, (mine, their) in enumerate(zip(ours(setting, random, factors), expected, strict=True)):
            off = float(np.abs(np.asarray(mine) - their).max(initial=0.0)) / scale
            assert math.isfinite(off), f"setting {seed}, {setting.text}, part {which}"
            worst = max(worst, off)
            assert off <= TOLERANCE, f"setting {seed}, {setting.text}, part {which}: off by {off:.1e}"
    print(f"{name}: {worst:.1e}")
