"""What rules make programs of: the statements so far, and the terms that further ones may read."""

from collections.abc import Callable, Sequence
from random import Random

from .terms import SIZES, Input, Shape, Term, broadcast

WEIGHTS = ("sigmoid(X)", "abs(X)", "less(X, 0.5)", "0 * X")


class Maker:
    """A program in the making. `scalar`: it has no rows and no axes but those that rules add."""

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

    def sizes(self, count: int) -> tuple[int, ...]:
        return tuple(self.random.choice(SIZES) for _ in range(count))

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
        inner = [size for size in shape[1:] if isinstance(size, int)]  # a batch has no input of rows by rows
        labels = [self.labels(2, *inner)] if shape == ("N", *inner) else []
        made = [] if term is None else [template.replace("X", term.text) for template in WEIGHTS]
        if not (given := [*made, *labels]) or self.random.random() < 0.5:
            return ""
        return f", weight = {self.random.choice(given)}"

    def beside(self, shape: Shape) -> Term | None:
        """A param or a term that broadcasts against a shape without changing it."""
        if self.random.random() < 0.5:
            return self.term(lambda other: broadcast(shape, other) == shape)
        kept = self.random.randint(0, len(shape))
        sizes = [size if isinstance(size, int) and self.random.random() < 0.7 else 1 for size in shape[kept:]]
        return Term(self.param(sizes), tuple(sizes))
