"""Random specs of trainings, for every test that holds one way of computing against another.

A program is made of rules, one function each, which add a value to those that are there; `RULES` and `LOSSES` list
them, and a new operation gets its rule there. Values stay of moderate size, so that what two ways of rounding may
differ by stays small too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple, TypeAlias

import numpy as np

Shape: TypeAlias = tuple[int | str, ...]
"""Sizes of axes; "N" counts the rows of a batch."""

SIZES = (1, 1, 2, 3, 4)
"""Sizes of axes; those of size one are where a sum is a view."""

ROWS = ((1, 1, 1), (1, 3), (2, 1, 2), (5, 5, 1), (4, 4), (3, 2, 1), (7, 7))
"""Rows of the batches of a training, one after the other."""

OPTIMISERS = (
    *("sgd(lr = 0.1",) * 6, "momentum(lr = 0.05", "nesterov(lr = 0.05", "adagrad(lr = 0.05",
    "rmsprop(lr = 0.01", "adam(lr = 0.01", "adam(lr = 0.01, lazy = true", "adamw(lr = 0.01",
)  # fmt: skip
"""Open for further arguments. Plain sgd comes more often: only its updates are fused."""

OWN = {
    "sgd": (), "momentum": ("momentum = 0.5", "momentum = 0"), "nesterov": ("momentum = 0.7",),
    "adagrad": ("eps = 0.001",), "rmsprop": ("decay = 0.5", "eps = 0.1"), "adam": ("beta1 = 0", "beta2 = 0.5"),
    "adamw": ("beta1 = 0.5, beta2 = 0.9", "eps = 0.001"),
}  # fmt: skip
"""What groups may replace of an optimiser, beside what they may of each."""

EXTRAS = (", weight_decay = 0.02", ", clip_norm = 0.5", ", clip_value = 0.05", ", weight_decay = 0.1, clip_norm = 1")


class Term(NamedTuple):
    """An expression and its shape."""

    text: str
    shape: Shape


class Input(NamedTuple):
    """What an input is fed: its shape, and for class numbers how many classes there are."""

    shape: Shape
    classes: int = 0


@dataclass(frozen=True)
class RandomProgram:
    """The text of a spec without data, what its inputs are fed, and the rows of each step."""

    text: str
    inputs: Mapping[str, Input]
    rows: tuple[int, ...]
    precision: str

    def batch(self, rows: int, seed: int) -> dict[str, Any]:
        """Values for all inputs, a negative zero among them."""
        generator = np.random.default_rng([seed, rows])
        made: dict[str, Any] = {}
        for name, (shape, classes) in self.inputs.items():
            sizes = tuple(rows if size == "N" else int(size) for size in shape)
            if classes:
                made[name] = generator.integers(classes, size=sizes)
            else:
                made[name] = np.array(generator.normal(size=sizes), self.precision)
                made[name].flat[0] = -0.0
        return made

    def batches(self) -> list[dict[str, Any]]:
        """What each step is given."""
        return [self.batch(rows, step) for step, rows in enumerate(self.rows)]


def random_program(random: Random) -> RandomProgram:
    """A program that is a function of the random numbers alone."""
    return _Maker(random).program()


class _Maker:
    """The statements so far, and the terms that further ones may read."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.params: dict[str, Shape] = {}
        self.states: dict[str, Shape] = {}
        self.statements: list[str] = []
        self.scalar = random.random() < 0.08
        shape: Shape = () if self.scalar else ("N", *self.sizes(random.choice((1, 1, 1, 2))))
        self.inputs: dict[str, Input] = {"x": Input(shape)}
        self.terms: list[Term] = [Term("x", shape)]
        if not self.scalar and random.random() < 0.3:
            self.inputs["u"] = Input(("N",) if random.random() < 0.5 else ("N", 1))
            self.terms.append(Term("u", self.inputs["u"].shape))

    def program(self) -> RandomProgram:
        for _ in range(self.random.randint(2, 9)):
            self.grow()
        losses = [self.loss() for _ in range(self.random.choice((1, 1, 2)))]
        if not self.params:
            self.param(())
        penalties = [self.penalty() for _ in range(self.random.choice((0, 1, 1, 2)))]
        unused = [f"0.1 * sum({name})" for name in self.params if self.random.random() < 0.1]
        optimiser, groups = self.random.choice(OPTIMISERS), ""
        if self.random.random() < 0.35:
            trained = self.random.choice(list(self.params))
            unused.append(f"0.01 * sum({trained} ** 2)")
            groups = self._groups(optimiser.partition("(")[0], trained)
        self.statements.append("loss = " + " + ".join([*losses, *penalties, *unused]))
        self.statements += [rule for name, shape in self.states.items() if (rule := self.rule(name, shape))]
        return RandomProgram(*self._written(optimiser, groups), self.random.choice(ROWS), self.precision)

    def _groups(self, optimiser: str, trained: str) -> str:
        """Groups of the params, some of them frozen, but for one that is trained."""
        random, made = self.random, []
        for _ in range(random.randint(1, 3)):
            name = random.choice(list(self.params))
            pattern = random.choice((name, name, f"*{name[1:]}", "p*", "*", f"{name}*"))
            if name != trained and random.random() < 0.4:
                made.append(f'group("{name}", frozen = true)')
                continue
            settings = random.choice(
                ("lr = 0.02", "lr = 0", "weight_decay = 0.05", "clip_value = 0.1", "weight_decay = 0", *OWN[optimiser])
            )
            if random.random() < 0.3 and "lr" not in settings:
                settings += f", lr = {random.choice((0.03, 0.05))}"
            made.append(f'group("{pattern}", {settings})')
        return f"groups = [{', '.join(made)}] ; "

    def _written(self, optimiser: str, groups: str) -> tuple[str, dict[str, Input]]:
        random = self.random
        declared = [f"input {name}: {_typed(*given)}" for name, given in self.inputs.items()]
        params = [f"param {name}: {_bracketed(shape)} = {self._initial(shape)}" for name, shape in self.params.items()]
        states = [f"state {name}{self._start(shape)}" for name, shape in self.states.items()]
        lines = [*declared, *params, *states, *self.statements]
        if random.random() < 0.6:  # the order of statements has no meaning, but nodes are numbered by it
            random.shuffle(lines)
        self.precision = random.choice(("float32", "float64", "float64"))
        given = f"optimizer = {optimiser}{random.choice(EXTRAS) if random.random() < 0.25 else ''}) ; {groups}"
        several = Random("".join(lines)).choice(("", "", "", "", "accumulate = 2 ; ", "accumulate = 3 ; "))
        train = f"train {{ minimize = loss ; {given}{several}steps = 9 ; precision = {self.precision} }}"
        dims = [] if self.scalar else ["dim N"]
        return "\n".join([*dims, *lines, train]) + "\n", self.inputs

    def _initial(self, shape: Shape) -> str:
        return self.random.choice(("normal(std = 0.5)", "normal(std = 0.5)", "ones()", "uniform()", "zeros()"))

    def _start(self, shape: Shape) -> str:
        alike = [name for name, other in self.params.items() if other == shape]
        if alike and self.random.random() < 0.4:
            return f" = {self.random.choice(alike)}"
        return f": {_bracketed(shape)} = {self._initial(shape)}"

    # --- what rules use -----------------------------------------------------------------------------------------

    def sizes(self, count: int) -> tuple[int, ...]:
        return tuple(self.random.choice(SIZES) for _ in range(count))

    def grow(self) -> None:
        """Adds a term by a rule that applies; as a node of its own, or to be written again where it is read."""
        made = None
        while made is None:
            made = self.random.choice(RULES)(self)
        if self.random.random() < 0.75:
            name = f"n{len(self.statements)}"
            self.statements.append(f"{name} = {made.text}")
            made = Term(name, made.shape)
        elif len(made.text) > 60:
            return
        self.terms.append(Term(made.text if made.text.isidentifier() else f"({made.text})", made.shape))

    def term(self, fits: Callable[[Shape], bool] = lambda shape: True) -> Term | None:
        """A term whose shape fits, the later ones more often."""
        found = [term for term in self.terms if fits(term.shape)]
        if not found:
            return None
        return found[-1] if self.random.random() < 0.5 else self.random.choice(found)

    def param(self, shape: Sequence[int]) -> str:
        """A param of that shape: one that is there, or a new one."""
        known = [name for name, other in self.params.items() if other == tuple(shape)]
        if known and self.random.random() < 0.4:
            return self.random.choice(known)
        name = f"p{len(self.params)}"
        self.params[name] = tuple(shape)
        return name

    def labels(self, classes: int, *more: int) -> str:
        """An input of class numbers, one for each row; of rows of rows, `more` sizes."""
        name = "x".join(map(str, (f"t{classes}", *more)))
        self.inputs.setdefault(name, Input(("N", *more), classes))
        return name

    def weight(self, shape: Shape) -> str:
        """Nothing, or a weight of that shape as losses take it; all of it may be 0."""
        term = self.term(lambda other: other == shape)
        labels = [] if shape[:1] != ("N",) else [self.labels(2, *(int(size) for size in shape[1:]))]
        made = [] if term is None else [template.replace("X", term.text) for template in WEIGHTS]
        if not (given := [*made, *labels]) or self.random.random() < 0.5:
            return ""
        return f", weight = {self.random.choice(given)}"

    def rule(self, name: str, shape: Shape) -> str | None:
        """What a state becomes: of any of the values, params and states; of rows their mean."""
        if self.random.random() < 0.1:
            return None
        held = [other for table in (self.params, self.states) for other, its in table.items() if its == shape]
        if self.random.random() < 0.4:  # params that change, states that do, a state of its own
            return f"next {name} = {self.random.choice(held)}"
        term = self.term(lambda other: other == shape)
        rows = None if term else self.term(lambda other: other[:1] == ("N",) and other[1:] == shape)
        value = term.text if term else f"mean({rows.text}, axis = 0)" if rows else self.random.choice(held)
        other = self.random.choice(held)
        template = self.random.choice(
            ("0.9 * S + 0.1 * tanh(V)", "tanh(V)", "tanh(V) - S", "0.5 * (H + tanh(V))", "tanh(V + H)")
        )
        return f"next {name} = " + template.replace("S", name).replace("V", value).replace("H", other)

    def beside(self, shape: Shape) -> Term | None:
        """A param or a term that broadcasts against a shape without changing it."""
        if self.random.random() < 0.5:
            return self.term(lambda other: _broadcast(shape, other) == shape)
        kept = self.random.randint(0, len(shape))
        sizes = [size if isinstance(size, int) and self.random.random() < 0.7 else 1 for size in shape[kept:]]
        return Term(self.param(sizes), tuple(sizes))

    # --- losses -------------------------------------------------------------------------------------------------

    def loss(self) -> str:
        made = None
        while made is None:
            made = self.random.choice(LOSSES)(self)
        return made

    def penalty(self) -> str:
        name = self.random.choice(list(self.params))
        other = self.random.choice([other for other, shape in self.params.items() if shape == self.params[name]])
        template = self.random.choice(PENALTIES)
        return template.replace("P", name).replace("Q", other)


def _bracketed(shape: Shape) -> str:
    return f"[{', '.join(map(str, shape))}]" if shape else "real"


def _typed(shape: Shape, classes: int = 0) -> str:
    return ("int" if classes else "") + _bracketed(shape)


def _broadcast(one: Shape, other: Shape) -> Shape | None:
    """The shape that two shapes broadcast to; None where they do not."""
    longest = max(len(one), len(other))
    padded = ((1,) * (longest - len(shape)) + tuple(shape) for shape in (one, other))
    sizes: list[int | str] = []
    for left, right in zip(*padded, strict=True):
        if left != right and 1 not in (left, right):
            return None
        sizes.append(right if left == 1 else left)
    return tuple(sizes)


# --- rules: each gives a term, or None where it does not apply --------------------------------------------------

UNARY = (
    "tanh(X)", "sigmoid(X)", "relu(X)", "softplus(X)", "abs(X)", "-X", "X * 0.5", "X * X * 0.3", "exp(-X * X)", "-(-X)",
    "X * 1", "X - 0", "X + (-0.0)", "X / 1", "sqrt(1 + X * X)", "X / (1 + X * X)", "log(1 + X ** 2)", "X", "X / N",
    "1 - X", "relu(X) * X", "sum(X) * 0.1", "mean(X) + X", "sin(X)", "cos(X) * X", "log1p(X * X)", "expm1(-X * X)",
    "sign(X) * X", "maximum(X, 0)", "minimum(X, 0.5)", "clip(X, -0.5, 0.5)", "where(X, X, 0.25)", "detach(X) + X",
    "X * less(X, 0.3)", "X + 0.1 * floor(clip(X, -9, 9))", "X * equal(X, 0)", "sum(logsumexp(X)) * 0.1",
    "X * less(uniform_like(X), 0.7) / 0.7", "X + 0.3 * normal_like(X)", "in_training(tanh(X), X)", "in_training(X, -X)",
    "in_training(X * less(uniform_like(X), 0.5), X)", "uniform_like(X) - normal_like(X)",
)  # fmt: skip
BINARY = ("A + B", "A - B", "B - A", "A * B", "A / (1 + B * B)", "relu(A) * B", "A * 2 - B", "tanh(A) + B", "A + B + B",
    "maximum(A, B)", "minimum(B, A)", "where(less(A, B), A, B)", "where(less(B, 0), A, B)", "clip(A, B, 0.5)",
    "A * equal(A, B) + B", "A - detach(B)", "clip(B, -A, A) + A", "A * uniform_like(B)",
)  # fmt: skip


def _unary(maker: _Maker) -> Term | None:
    template, term = maker.random.choice(UNARY), maker.term()
    if term is None:
        return None
    if "N" in template and maker.scalar:
        return None
    shape = () if template.startswith("sum") else term.shape
    return Term(template.replace("X", term.text), shape)


def _binary(maker: _Maker) -> Term | None:
    first = maker.term()
    second = maker.term() if first is None else maker.term(lambda shape: _broadcast(first.shape, shape) is not None)
    if first is None or second is None:
        return None
    shape = _broadcast(first.shape, second.shape)
    if shape is None or shape.count("N") > 1 or len(shape) > 3:
        return None
    text = maker.random.choice(BINARY).replace("A", first.text).replace("B", second.text)
    return Term(text, shape)


def _biased(maker: _Maker) -> Term | None:
    """A value and what broadcasts against it, a bias that is used twice among them."""
    term = maker.term()
    other = None if term is None else maker.beside(term.shape)
    if term is None or other is None:
        return None
    return Term(maker.random.choice(BINARY).replace("A", term.text).replace("B", other.text), term.shape)


def _layer(maker: _Maker) -> Term | None:
    rows = maker.term(lambda shape: len(shape) >= 2 and all(isinstance(size, int) for size in shape[1:]))
    if rows is None:
        return None
    features = int(np.prod([int(size) for size in rows.shape[1:]]))
    units = maker.random.choice(SIZES)
    W, text = maker.param([features, units]), rows.text if len(rows.shape) == 2 else f"flatten({rows.text})"
    b = maker.param(maker.random.choice([[units], [units], [units], [1], [], [1, units]]))
    template = maker.random.choice(
        [
            "affine(X, W, B)",
            "affine(X, W, B)",
            "relu(affine(X, W, B))",
            "X @ W",
            "X @ W + B",
            "X @ W - B",
            "tanh(X @ W)",
        ]
    )
    if len(maker.params[b]) == 2:
        template = "X @ W + B"
    return Term(template.replace("X", text).replace("W", W).replace("B", b), (rows.shape[0], units))


def _product(maker: _Maker) -> Term | None:
    """Products of values that share their rows, or with a transposed param."""
    rows = maker.term(lambda shape: len(shape) == 2)
    if rows is None:
        return None
    if maker.random.random() < 0.4 and isinstance(rows.shape[1], int):
        units = maker.random.choice(SIZES)
        return Term(f"{rows.text} @ transpose({maker.param([units, rows.shape[1]])})", (rows.shape[0], units))
    if maker.random.random() < 0.3:
        return Term(f"{rows.text} @ transpose({rows.text}) @ {rows.text} * 0.1", rows.shape)
    other = maker.term(lambda shape: len(shape) == 2 and shape[0] == rows.shape[0])
    if other is None or "N" in (rows.shape[1], other.shape[1]):
        return None
    return Term(f"transpose({rows.text}) @ {other.text}", (rows.shape[1], other.shape[1]))


def _vector(maker: _Maker) -> Term | None:
    """Matrices and rows by turns: [R, K] @ [K], and [K] @ [K, C]."""
    matrix = maker.term(lambda shape: len(shape) == 2 and isinstance(shape[1], int))
    if matrix is None:
        return None
    row = maker.param([int(matrix.shape[1])])
    return Term(f"{matrix.text} @ {row}", matrix.shape[:1])


def _reduced(maker: _Maker) -> Term | None:
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


def _numbered(maker: _Maker) -> Term | None:
    """Where the largest stand, as numbers."""
    term = maker.term(lambda shape: len(shape) >= 1)
    if term is None:
        return None
    axis, name = maker.random.randrange(len(term.shape)), maker.random.choice(("argmax", "argmin"))
    return Term(f"{name}({term.text}, axis = {axis}) * 0.3", term.shape[:axis] + term.shape[axis + 1 :])


def _reshaped(maker: _Maker) -> Term | None:
    term = maker.term(lambda shape: len(shape) >= 2)
    if term is None:
        return None
    if maker.random.random() < 0.5:
        return Term(f"transpose({term.text})", (*term.shape[:-2], term.shape[-1], term.shape[-2]))
    if not all(isinstance(size, int) for size in term.shape[1:]):
        return None
    return Term(f"flatten({term.text})", (term.shape[0], int(np.prod([int(size) for size in term.shape[1:]]))))


def _shares(maker: _Maker) -> Term | None:
    term = maker.term(lambda shape: len(shape) >= 1)
    if term is None:
        return None
    name, axis = maker.random.choice(("softmax", "log-softmax", "cumsum")), maker.random.randrange(len(term.shape))
    if name != "cumsum" and maker.random.random() < 0.5:
        return Term(f"{name}({term.text})", term.shape)
    return Term(f"{name}({term.text}, axis = {axis}){' * 0.3' if name == 'cumsum' else ''}", term.shape)


def _of_params(maker: _Maker) -> Term:
    """A value that no row enters."""
    sizes = maker.sizes(0 if maker.scalar else maker.random.randint(0, 2))
    template = maker.random.choice(("P", "tanh(P)", "P * 0.5", "P * P", "1 - P", "P - 0"))
    return Term(template.replace("P", maker.param(sizes)), sizes)


def _kept(maker: _Maker) -> Term | None:
    """A state beside a value, or by itself."""
    if len(maker.states) > 3:
        return None
    if maker.states and maker.random.random() < 0.3:
        name = maker.random.choice(list(maker.states))
        return Term(name, maker.states[name])
    term, name = maker.term(), f"s{len(maker.states)}"
    known = () if term is None else tuple(size if isinstance(size, int) else 1 for size in term.shape)
    if known and term is not None and term.shape[0] == "N":
        known = known[maker.random.choice((0, 1)) :]
    maker.states[name] = known
    if term is None or maker.random.random() < 0.3:
        return Term(name, known)
    template = maker.random.choice(("A + B", "A - B", "A * B", "tanh(A) + B", "detach(A) * B", "maximum(A, B)"))
    shape = _broadcast(term.shape, known)
    return None if shape is None else Term(template.replace("A", term.text).replace("B", name), shape)


def _hot(maker: _Maker) -> Term | None:
    if maker.scalar:
        return None
    classes = maker.random.choice(SIZES[2:])
    return Term(f"one-hot({maker.labels(classes)}, {classes}) * 0.8", ("N", classes))


def _joined(maker: _Maker) -> Term | None:
    """Values side by side along an axis of known size, one of them several times."""
    term = maker.term(lambda shape: any(isinstance(size, int) for size in shape))
    if term is None:
        return None
    axis = maker.random.choice([axis for axis, size in enumerate(term.shape) if isinstance(size, int)])
    rest = (term.shape[:axis], term.shape[axis + 1 :])
    other = maker.term(
        lambda shape: (
            len(shape) == len(term.shape) and (shape[:axis], shape[axis + 1 :]) == rest and isinstance(shape[axis], int)
        )
    )
    parts = [term, *maker.random.choice(([term], [other or term], [other or term, term], [term, other or term, term]))]
    total = sum(int(part.shape[axis]) for part in parts)
    if total > MOST:
        return None
    written = maker.random.choice((axis, axis - len(term.shape)))
    text = f"concat({', '.join(part.text for part in parts)}, axis = {written})"
    return Term(text, (*rest[0], total, *rest[1]))


def _stacked(maker: _Maker) -> Term | None:
    """Values of one shape along an axis of their own, one of them twice."""
    term = maker.term(lambda shape: len(shape) <= 3)
    other = maker.term(lambda shape: shape == term.shape) if term else None
    if term is None or other is None:
        return None
    axis = maker.random.randint(0, len(term.shape))
    written = maker.random.choice((axis, axis - len(term.shape) - 1))
    text = f"stack({term.text}, {other.text}, {term.text}, axis = {written})"
    return Term(text, (*term.shape[:axis], 3, *term.shape[axis:]))


def _padded(maker: _Maker) -> Term | None:
    term = maker.term(lambda shape: len(shape) >= 1)
    if term is None:
        return None
    widths, sizes = [], []
    for size in term.shape:
        before, after = maker.random.choice(((0, 0), (1, 0), (0, 2), (1, 1))) if isinstance(size, int) else (0, 0)
        widths.append(f"[{before}, {after}]" if before != after else str(before))
        sizes.append(size + before + after if isinstance(size, int) else size)
    if any(isinstance(size, int) and size > MOST for size in sizes):
        return None
    value = maker.random.choice(("", ", value = 0.5", ", value = -1"))
    return Term(f"pad({term.text}, [{', '.join(widths)}]{value})", tuple(sizes))


def _taken(maker: _Maker) -> Term | None:
    """Elements by their numbers, some several times: literals, and class numbers of the rows."""
    if not maker.scalar and maker.random.random() < 0.4:
        classes = maker.random.choice(SIZES[2:])
        width = maker.sizes(maker.random.randint(0, 2))
        return Term(f"take({maker.param([classes, *width])}, {maker.labels(classes)})", ("N", *width))
    term = maker.term(lambda shape: any(isinstance(size, int) for size in shape))
    if term is None:
        return None
    axis = maker.random.choice([axis for axis, size in enumerate(term.shape) if isinstance(size, int)])
    size = int(term.shape[axis])
    numbers = [maker.random.randrange(size) for _ in range(maker.random.randint(1, 3))]
    text, shape = maker.random.choice(
        (
            (str(numbers), (len(numbers),)),
            (str(numbers), (len(numbers),)),
            (str(numbers[0]), ()),
            (f"range({size})", (size,)),
            (f"[{numbers}, {numbers[::-1]}]", (2, len(numbers))),
        )
    )
    if len(term.shape) + len(shape) > 4:
        return None
    return Term(f"take({term.text}, {text}, axis = {axis})", (*term.shape[:axis], *shape, *term.shape[axis + 1 :]))


def _arranged(maker: _Maker) -> Term | None:
    """The same elements in another shape or another order."""
    term = maker.term(lambda shape: len(shape) >= 1)
    if term is None:
        return None
    shape = list(term.shape)
    if maker.random.random() < 0.5:
        order = list(range(len(shape)))
        maker.random.shuffle(order)
        return Term(f"transpose({term.text}, axes = {order})", tuple(shape[axis] for axis in order))
    known = [size for size in shape if isinstance(size, int)]
    total = int(np.prod(known)) if known else 1
    if shape.count("N") == 1 and shape[0] != "N":
        return None
    lead: list[int | str] = ["N"] if "N" in shape else []
    divisor = maker.random.choice([size for size in range(1, total + 1) if total % size == 0])
    made: list[int | str] = maker.random.choice(([*lead, divisor, total // divisor], [*lead, total], [*lead, 1, total]))
    written = [str(size) for size in made]
    if maker.random.random() < 0.5:
        written[-1] = "-1"
    return Term(f"reshape({term.text}, [{', '.join(written)}])", tuple(made))


def _expanded(maker: _Maker) -> Term | None:
    term = maker.term(lambda shape: len(shape) <= 3)
    if term is None:
        return None
    sizes = [maker.random.choice((1, 2, 3)) if size == 1 else size for size in term.shape]
    if len(sizes) < 3 and maker.random.random() < 0.5:
        sizes.insert(0, "N" if not maker.scalar and "N" not in sizes else 2)
    if not sizes:
        return None
    return Term(f"expand({term.text}, [{', '.join(map(str, sizes))}])", tuple(sizes))


def _convolved(maker: _Maker) -> Term | None:
    """Rows made pictures, a convolution over them, and what lies between it and a pool."""
    random = maker.random
    term = maker.term(lambda shape: len(shape) >= 1 and shape[0] == "N" and "N" not in shape[1:])
    if term is None:
        return None
    total = int(np.prod([int(size) for size in term.shape[1:]]))
    channels = random.choice([size for size in (1, 2, 4) if total % size == 0])
    sizes = [total // channels]
    if random.random() < 0.5:
        first = random.choice([size for size in range(1, sizes[0] + 1) if sizes[0] % size == 0])
        sizes = [first, sizes[0] // first]
    picture = f"reshape({term.text}, [N, {', '.join(map(str, [channels, *sizes]))}])"
    groups, filters = random.choice([size for size in (1, 2) if channels % size == 0]), random.choice((2, 4))
    window = [random.randint(1, min(3, size)) for size in sizes]
    stride = [random.choice((1, 1, 2)) for _ in sizes]
    W, b = maker.param([filters, channels // groups, *window]), maker.param([filters])
    settings = f"stride = {stride}, groups = {groups}, padding = {random.choice((0, 1))}"
    text = f"conv({picture}, {W}{random.choice(('', f', {b}'))}, {settings})"
    around = 2 * int(settings[-1])
    found = [(size + around - own) // by + 1 for size, own, by in zip(sizes, window, stride, strict=True)]
    text = random.choice(("X", "relu(X)", "tanh(X)", "relu(X) * 0.5")).replace("X", text)
    pool = [random.randint(1, min(2, size)) for size in found]
    if random.random() < 0.6:
        by = random.choice((pool, [1] * len(pool)))
        text = f"{random.choice(('max_pool', 'mean_pool'))}({text}, {pool}, stride = {by})"
        found = [(size - own) // step + 1 for size, own, step in zip(found, pool, by, strict=True)]
    size = filters * int(np.prod(found))
    return Term(f"reshape({text}, [N, {size}])", ("N", size)) if size <= 4 * MOST else None


def _scanned(maker: _Maker) -> Term | None:
    """A value gone through by a cell of its own, there or back; its params are used by their paths too."""
    random = maker.random
    term = maker.term(lambda shape: 1 <= len(shape) <= 3 and any(isinstance(size, int) for size in shape))
    if term is None:
        return None
    axis = random.choice([axis for axis, size in enumerate(term.shape) if isinstance(size, int)])
    row = (*term.shape[:axis], *term.shape[axis + 1 :])
    layer = len(row) == 2 and isinstance(row[1], int)
    state: Shape = (row[0], random.choice(SIZES)) if layer else row
    if axis > len(state):
        return None
    name = f"z{len(maker.statements)}"
    if layer:
        weights = f"param w: [{row[1]}, {state[1]}] = normal(std = 0.5) ; param u: [{state[1]}, {state[1]}] = uniform()"
        weighed: Shape = (int(row[1]), int(state[1]))
        value = "tanh(row @ w + h @ u)"
    else:
        weights, weighed, value = "param w = 0.7", (), "tanh(row * w + 0.5 * h)"
    several = random.random() < 0.3
    taken, given = ("h, c, row", f"{value} * c, 0.5 * c + 0.1 * h") if several else ("h, row", value)
    maker.statements.append(f"block {name}_cell({taken}) {{ {weights} ; return {given} }}")
    start = f"expand(0.5, {_bracketed(state)})" if state else "0.5"
    starts = f"{start}, {start}" if several else start
    names = f"{name}, {name}_c" if several else name
    back = random.choice(("", ", reverse = true"))
    sequence = f"1 * {term.text}" if term.text.startswith("([") else term.text  # a list itself is several sequences
    call = f"scan({sequence}, {name}_cell, {starts}, axis = {axis}{back})"
    maker.statements.append(f"{names} = {call}")
    maker.terms.append(Term(f"{name}.w", weighed))
    shape: Shape = (*state[:axis], term.shape[axis], *state[axis:])
    maker.terms.append(Term(f"{name}[1]", state))
    if several or random.random() < 0.6:
        return Term(name, shape)
    maker.statements.append(f"{name}_like = scan({term.text} * 0.5, {name}_cell, {starts}, axis = {axis}) like {name}")
    return Term(f"({name} - {name}_like)", shape)


def _indexed(maker: _Maker) -> Term | None:
    """Parts of a value by NumPy's basic indexing: numbers, ranges either way, `...`."""
    random, term = maker.random, maker.term(lambda shape: len(shape) >= 1)
    if term is None:
        return None
    rows = random.choice((":", ":", ":", "::-1"))
    written: list[str] = []
    shape: list[int | str] = []
    for size in term.shape:
        if not isinstance(size, int):
            written.append(rows)
            shape.append(size)
            continue
        first, last = sorted((random.randint(0, size - 1), random.randint(1, size)))
        step = random.choice((2, -1, -2))
        parts: tuple[tuple[str, int | None], ...] = (
            (":", size),
            (":", size),
            (str(first), None),
            (str(first - size), None),
            (f"{first}:{max(last, first + 1)}", max(last, first + 1) - first),
            (f"{first - size}:", size - first),
            (f"::{step}", len(range(size)[::step])),
        )
        text, kept = random.choice(parts)
        written.append(text)
        shape += [] if kept is None else [kept]
    while len(written) > 1 and written[-1] == ":" and random.random() < 0.5:
        written.pop()
    text = ", ".join(written)
    if text.strip(":, ") == "" or random.random() < 0.2:
        text += ", ..."
    return Term(f"({term.text})[{text}]", tuple(shape))


def _listed(maker: _Maker) -> Term | None:
    """A list of values: one above the other, along a new first axis; of lists, too."""
    term = maker.term(lambda shape: len(shape) <= 2)
    other = maker.term(lambda shape: shape == term.shape) if term else None
    if term is None or other is None:
        return None
    if maker.random.random() < 0.3:
        text = f"[[{term.text}, {other.text}], [{other.text}, 0.5 * {term.text}]]"
        return Term(text, (2, 2, *term.shape))
    return Term(f"[{term.text}, {other.text}, {term.text}]", (3, *term.shape))


def _called(maker: _Maker) -> Term | None:
    """A block of its own: called once, in a chain of copies, or by two calls with the same params and states."""
    random, term = maker.random, maker.term(lambda shape: len(shape) >= 1 and isinstance(shape[-1], int))
    if term is None:
        return None
    name, features = f"z{len(maker.statements)}", term.shape[-1]
    kept = random.random() < 0.5
    state = f" ; state seen: [{features}] = zeros() ; next seen = 0.5 * seen + 0.1 * tanh(w)" if kept else ""
    body = random.choice(("tanh(v * w)", "v * w + 0.1 * v", "in_training(v * w, v)", "v * less(uniform_like(v), 0.8)"))
    value = f"{body} + {'seen' if kept else 'w'}"
    kept_param = f"param w: [{features}] = normal(std = 0.5){state}"
    maker.statements.append(f"block {name}_net(v: {_bracketed(term.shape)}) {{ {kept_param} ; return {value} }}")
    if random.random() < 0.4:
        maker.statements.append(f"{name} = {term.text} -> repeat 2 {{ {name}_net as each }}")
        maker.terms.append(Term(f"{name}[2].each.w", (features,)))
        return Term(name, term.shape)
    maker.statements.append(f"{name} = {term.text} -> {name}_net")
    maker.terms.append(Term(f"{name}.w", (features,)))
    if kept:
        maker.terms.append(Term(f"{name}.seen", (features,)))
    if random.random() < 0.5:
        return Term(name, term.shape)
    maker.statements.append(f"{name}_like = 0.5 * {term.text} -> {name}_net like {name}")
    return Term(f"({name} - {name}_like)", term.shape)


MOST = 8
"""The largest size that an axis grows to."""

RULES: tuple[Callable[[_Maker], Term | None], ...] = (
    *(_unary,) * 2, *(_binary,) * 2, *(_biased,) * 3, *(_layer,) * 6, _product, _vector, *(_reduced,) * 2,
    *(_reshaped,) * 2, _shares, _numbered, _of_params, _hot, *(_joined,) * 2, _stacked, _padded,
    *(_taken,) * 2, *(_arranged,) * 2, _expanded, *(_kept,) * 2, *(_scanned,) * 2, *(_indexed,) * 2, _listed, _called,
    *(_convolved,) * 2,
)  # fmt: skip
"""How a value is made of others; what stands here twice comes twice as often."""


def _mean(maker: _Maker) -> str | None:
    term = maker.term()
    templates = ("mean(X)", "0.1 * sum(X)", "mean(X ** 2)", "0.1 * sum(X * X)", "mean(tanh(X))", "0.3 * mean(X) ** 2")
    return term and maker.random.choice(templates).replace("X", term.text)


WEIGHTS = ("sigmoid(X)", "abs(X)", "less(X, 0.5)", "0 * X")


def _distance(maker: _Maker) -> str | None:
    first = maker.term()
    second = first and maker.term(lambda shape: shape == first.shape)
    if first is None or second is None:
        return None
    name = maker.random.choice(("mse", "quadratic-loss", "huber", "sigmoid_loss"))
    delta = maker.random.choice(("", ", delta = 0.3")) if name == "huber" else ""
    return f"{name}({first.text}, {second.text} * 0.5{delta}{maker.weight(first.shape)})"


def _classes(maker: _Maker) -> str | None:
    scores = maker.term(
        lambda shape: len(shape) >= 2 and shape[0] == "N" and all(isinstance(size, int) for size in shape[1:])
    )
    if scores is None or scores.shape[-1] == 1:
        return None
    soft = maker.term(lambda shape: shape == scores.shape) or scores
    *inner, classes = (int(size) for size in scores.shape[1:])
    t, weight = maker.labels(classes, *inner), maker.weight(scores.shape[:-1])
    smoothing = maker.random.choice(("", "", ", smoothing = 0.1"))
    return maker.random.choice(
        (
            f"softmax-loss({scores.text}, {t}{smoothing}{weight})",
            f"softmax-loss({scores.text}, {t})",
            f"softmax-loss({scores.text}, softmax({soft.text}){smoothing}{weight})",
            f"cross-entropy(softmax({scores.text}), {t}{weight})",
        )
    )


LOSSES: tuple[Callable[[_Maker], str | None], ...] = (_mean, _mean, _distance, _classes, _classes)

PENALTIES = (
    "0.1 * sum(P ** 2)", "0.1 * sum((P - 1) ** 2)", "0.1 * sum(P)", "0.1 * sum(P) ** 2", "0.1 * mean(tanh(P))",
    "0.05 * sum(P * Q)", "0.1 * sum(P * 1)",
)  # fmt: skip
"""What a loss may add for a param P, and another one Q of its shape."""
