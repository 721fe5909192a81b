"""Operators of ONNX as plain data, and what the forms of operations write them with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from ....shape import Linear, Shape, Size, Type
from ...attribute import Attributes
from ...facts import Types

FLOAT: Literal[1] = 1
DOUBLE: Literal[11] = 11
INT64, STRING, BOOL = 7, 8, 9
"""Types of elements by their numbers in ONNX."""

Setting: TypeAlias = int | float | str | tuple[int, ...]


class OnnxNode(NamedTuple):
    """One operator: `inputs` are names, an empty one stands for an input that is left out."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Setting]


class Nodes:
    """Operators one after the other, `listed`; one that stands already, of the same inputs, is not written again.

    `real` is the type of real numbers. `dim` gives the name of an INT64 scalar for a dim without a size. `taken` are
    names that something has, `constants` arrays by name. `prefix` is what names of operators begin with that a form
    needs beside its last: the path of its node.
    """

    def __init__(self, real: Literal[1, 11], dim: Callable[[str], str], taken: Iterable[str]) -> None:
        self.real: Literal[1, 11] = real
        self.dim = dim
        self.taken = set(taken)
        self.listed: list[OnnxNode] = []
        self.constants: dict[str, Any] = {}
        self.prefix = ""
        self._known: dict[object, tuple[str, ...]] = {}
        self._counters: dict[str, int] = {}

    @property
    def precision(self) -> str:
        """numpy's name for the type of real numbers."""
        return "float32" if self.real == FLOAT else "float64"

    def name(self, wanted: str) -> str:
        """A name that nothing has, as near as can be to the wanted one."""
        name = wanted
        while name in self.taken:
            self._counters[wanted] = self._counters.get(wanted, 1) + 1
            name = f"{wanted}_{self._counters[wanted]}"
        self.taken.add(name)
        return name

    # --- operators ----------------------------------------------------------------------------------------------

    def several(self, operator: str, inputs: Sequence[str], outputs: int, **attributes: Setting) -> tuple[str, ...]:
        """An operator with so many results."""
        key = (operator, tuple(inputs), outputs, tuple(sorted(attributes.items())))
        if key not in self._known:
            names = tuple([self.name(f"{self.prefix}/{operator}" if self.prefix else operator) for _ in range(outputs)])
            self.listed.append(OnnxNode(operator, tuple(inputs), names, attributes))
            self._known[key] = names
        return self._known[key]

    def append(self, operator: str, x: str, name: str) -> None:
        """An operator on one operand whose result has a name that is free."""
        self.listed.append(OnnxNode(operator, (x,), (name,), {}))
        self.taken.add(name)

    def rename_last(self, name: str) -> None:
        """Gives the first result of the last operator a name, before anything reads it."""
        node = self.listed[-1]
        outputs = (name, *node.outputs[1:])
        self.listed[-1] = node._replace(outputs=outputs)
        self._known[node.operator, node.inputs, len(outputs), tuple(sorted(node.attributes.items()))] = outputs
        self.taken.discard(node.outputs[0])
        self.taken.add(name)

    def __call__(self, operator: str, *inputs: str, **attributes: Setting) -> str:
        """An operator with one result, whose name this is."""
        return self.several(operator, inputs, 1, **attributes)[0]

    def cast(self, x: str, to: int) -> str:
        """The same elements in another type."""
        return self("Cast", x, to=to)

    def as_real(self, x: str) -> str:
        """A value as real numbers."""
        return self.cast(x, self.real)

    def where(self, condition: str, a: str, b: str) -> str:
        """a where a condition holds, else b."""
        return self("Where", condition, a, b)

    # --- numbers ------------------------------------------------------------------------------------------------

    def array(self, value: Any, wanted: str = "constant") -> str:
        """An array that is written into the file, as it is."""
        value = np.asarray(value)
        key = ("constant", value.dtype.str, value.shape, value.tobytes())
        if key not in self._known:
            name = self.name(wanted)
            self.constants[name] = value
            self._known[key] = (name,)
        return self._known[key][0]

    def number(self, value: float) -> str:
        """A real scalar."""
        return self.array(np.asarray(value, self.precision), f"{value:.7g}")

    def whole(self, value: int) -> str:
        """An INT64 scalar."""
        return self.array(np.asarray(value, np.int64), str(value))

    def integers(self, values: Sequence[int]) -> str:
        """A row of INT64."""
        return self.array(np.asarray(values, np.int64).reshape(-1), f"[{', '.join(map(str, values))}]")

    # --- sizes --------------------------------------------------------------------------------------------------

    def size(self, size: Size) -> str:
        """A size as an INT64 scalar."""
        if isinstance(size, int):
            return self.whole(size)
        total = ""
        for name, factor in size.terms:
            term = self.dim(name)
            term = term if factor == 1 else self("Mul", term, self.whole(factor))
            total = self("Add", total, term) if total else term
        return self("Add", total, self.whole(size.constant)) if size.constant else total

    def real_size(self, size: Size) -> str:
        """A size as a real scalar."""
        return self.number(size) if isinstance(size, int) else self.as_real(self.size(size))

    def times(self, sizes: Sequence[Size]) -> str:
        """The product of sizes as a real scalar."""
        whole, open_ = 1, ""
        for size in sizes:
            if isinstance(size, int):
                whole *= size
            else:
                open_ = self("Mul", open_, self.size(size)) if open_ else self.size(size)
        if not open_:
            return self.number(whole)
        return self.as_real(open_ if whole == 1 else self("Mul", open_, self.whole(whole)))

    def sizes(self, sizes: Shape) -> str:
        """Sizes as a row of INT64."""
        numbers = [size for size in sizes if isinstance(size, int)]
        if len(numbers) == len(sizes):
            return self.integers(numbers)
        rows = [
            self.integers([size]) if isinstance(size, int) else self("Unsqueeze", self.size(size), self.integers([0]))
            for size in sizes
        ]
        return rows[0] if len(rows) == 1 else self("Concat", *rows, axis=0)

    def reshape(self, x: str, shape: Shape) -> str:
        """The same elements in another shape; one size that is no number needs not be known."""
        if sum(isinstance(size, Linear) for size in shape) == 1 and 0 not in shape:
            return self("Reshape", x, self.integers([size if isinstance(size, int) else -1 for size in shape]))
        if 0 in shape:
            return self("Reshape", x, self.sizes(shape), allowzero=1)
        return self("Reshape", x, self.sizes(shape))

    def range(self, size: Size) -> str:
        """0, 1, 2, ... as a row of INT64."""
        if isinstance(size, int):
            return self.array(np.arange(size), f"range({size})")
        return self("Range", self.whole(0), self.size(size), self.whole(1))

    def zeros(self, shape: Shape) -> str:
        """Real zeros."""
        return self("Expand", self.number(0.0), self.sizes(shape))

    # --- what many forms need -----------------------------------------------------------------------------------

    def add_axis(self, x: str, *axes: int) -> str:
        """A value with an axis of one element more at each place."""
        return self("Unsqueeze", x, self.integers(axes))

    def sum(self, x: str, axes: Sequence[int] | None = None, *, keepdims: bool = False) -> str:
        """The sum along axes, or of all elements."""
        along = () if axes is None else (self.integers(axes),)
        return self("ReduceSum", x, *along, keepdims=int(keepdims))

    def mean(self, x: str) -> str:
        """The mean of all elements."""
        return self("ReduceMean", x, keepdims=0)

    def log1p(self, x: str) -> str:
        """log(1 + x), exact near 0 (Kahan's way)."""
        u = self("Add", self.number(1.0), x)
        rounded = self("Sub", u, self.number(1.0))
        log = self("Log", u)
        small = self("Div", self("Mul", log, x), rounded)
        near = self.where(self("Equal", rounded, self.number(0.0)), x, small)
        return self.where(self("Equal", rounded, x), log, near)


def array_of(value: Any, kind: str) -> Any:
    """A value as an array of a type that numpy has a name for."""
    return np.asarray(value, kind)


def texts_of(value: Any) -> Any:
    """A text or a list of texts as an array."""
    return np.asarray(value, np.str_)


def zeros_like(value: Any) -> Any:
    """What memory of a param begins with."""
    return np.zeros_like(value)


OnnxForm: TypeAlias = Callable[[Nodes, Sequence[str], Types, Type, Attributes], str]
"""form(nodes, names of the operands, their types, type of the result, attributes) writes operators and gives the name
of their result."""


class NoForm(Exception):
    """What an operation cannot be in ONNX with the types or attributes that it has; the message says what."""


def onnx_operator(name: str) -> OnnxForm:
    """The operator of that name, on the same operands."""
    return lambda nodes, x, types, result, attributes: nodes(name, *x)
